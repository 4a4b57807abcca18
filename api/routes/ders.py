"""`/v1/ders`: where every DER hangs, now and normally."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Query
from starlette.responses import Response

from api.bodies import answer
from api.lists import Cursor, Limit, page
from api.parts import AttachedView, CurrentService, der_at, item_at, model_of
from api.places_asked import behind, beside, fed, known_of, near
from cim_models.catalogue import KINDS
from cim_models.errors import OptionError
from topogroup.engine.view import View
from topogroup.topology.answers.nameplate import nameplate
from topogroup.topology.questions.common_supply import lowest_common_supply
from topogroup.topology.questions.paths import path
from topogroup.topology.questions.way_back import way_back
from topogroup.topology.supplying.attachment import Energisation

router = APIRouter(prefix="/v1/ders", tags=["DER"])

Bools = npt.NDArray[np.bool_]
_ENERGISATIONS = tuple(one.name.lower() for one in Energisation)
_STATES = ("current", "normal")
_Place = Annotated[str | None, Query(description="mRID or unique name: only DER that hang there now.")]
_Carrier = "switch, line, transformer, feeder or grid source, by mRID or unique name"
_Near = "DER or equipment by mRID or unique name"


@router.get("")
def ders(
    view: AttachedView,
    limit: Limit = None,
    cursor: Cursor = None,
    substation: _Place = None,
    transformer: _Place = None,
    feeder: _Place = None,
    section: _Place = None,
    service_transformer: _Place = None,
    kind: Annotated[str | None, Query(description=f"One of {', '.join(KINDS)}.")] = None,
    energisation: Annotated[str | None, Query(description=f"One of {', '.join(_ENERGISATIONS)}.")] = None,
    name: Annotated[str | None, Query(description="Part of the name; case does not count.")] = None,
    moved: Annotated[bool, Query(description="Only those that hang on other feeders than normally.")] = False,
    downstream: Annotated[str | None, Query(description=f"Only DER that go dark when this opens: {_Carrier}.")] = None,
    fed_through: Annotated[str | None, Query(description=f"Only DER with this on their supply: {_Carrier}.")] = None,
    same_section: Annotated[str | None, Query(description=f"Only DER of one section with this: {_Near}.")] = None,
    within_switches: Annotated[str | None, Query(description=f"Only DER within n switches: {_Near}, `:n`.")] = None,
) -> Response:
    """List DER; all conditions must hold."""
    model = model_of(view)
    assert view.current is not None
    places = {
        "substation": substation,
        "transformer": transformer,
        "feeder": feeder,
        "section": section,
        "service_transformer": service_transformer,
    }
    chosen = np.ones(len(model.normal_view.der_mrids), np.bool_)
    for dimension, text in places.items():
        if text is not None:
            chosen &= _hanging(view, dimension, text)
    if kind is not None:
        chosen &= model.network.der.kind == _word(KINDS, kind, "kind")
    if energisation is not None:
        chosen &= view.current.energisation == _word(_ENERGISATIONS, energisation, "energisation")
    if name:
        wanted = name.casefold()
        names = model.normal_view.der_names
        chosen &= np.fromiter((wanted in one.casefold() for one in names), np.bool_, len(names))
    if moved:
        chosen &= _moved(view)
    questions = ((behind, downstream), (fed, fed_through), (beside, same_section), (near, within_switches))
    for question, text in questions:
        if text is not None:
            chosen &= question(view, text)
    report = view.report
    assert report is not None
    positions = np.flatnonzero(chosen)
    return answer(page(model.normal_view.der_mrids, lambda at: report[at].as_dict(), limit, cursor, positions))


@router.get("/{der_id}")
def der(view: AttachedView, der_id: str) -> Response:
    """Return one DER with its attachment, its nameplate and its groups."""
    model = model_of(view)
    at = der_at(model, der_id)
    report = view.report
    assert report is not None
    own = [view.groups[mrid] for mrid in view.groups_with(at)]
    groups = [{"mrid": one.group.mrid, "name": one.group.name, "version": str(one.version)} for one in own]
    plate = nameplate(model.network, at, model.tables.voltages[at])
    return answer({**report[at].as_dict(), "nameplate": plate, "groups": groups, "revision": view.revision})


@router.get("/{der_id}/path")
def der_path(
    view: AttachedView,
    der_id: str,
    state: Annotated[str | None, Query(description="current (the default) or normal.")] = None,
) -> Response:
    """Return the switches and equipment between a DER and each of its supply points."""
    model, chosen = model_of(view), _STATES[0] if state is None else _STATES[_word(_STATES, state, "state")]
    known = model.normal_known if chosen == "normal" else known_of(view)
    found = path(known, der_at(model, der_id))
    return answer({**found.as_dict(), "state": chosen, "revision": view.revision})


@router.get("/{der_id}/way-back")
def der_way_back(view: AttachedView, service: CurrentService, der_id: str) -> Response:
    """Return the fewest switch operations that bring a DER back to its normal feeders."""
    model = model_of(view)
    at = der_at(model, der_id)
    with service.long_questions.one():
        found = way_back(known_of(view), model.normal, at)
    return answer({**_named(view, at), **found.as_dict(), "revision": view.revision})


@router.get("/{der_id}/neighbours")
def der_neighbours(view: AttachedView, der_id: str) -> Response:
    """Return the sections beside that of a DER, each with the switch between."""
    model = model_of(view)
    at = der_at(model, der_id)
    found = model.nearness.neighbours(known_of(view), [int(model.network.der.equipment[at])])
    items = [one.as_dict() for one in found]
    return answer({**_named(view, at), "neighbours": items, "revision": view.revision})


@router.get("/{der_id}/common-supply")
def der_common_supply(
    view: AttachedView,
    der_id: str,
    other: Annotated[str, Query(description="Another DER, by mRID or unique name.")],
) -> Response:
    """Return the nearest supply point through which all supply of two DER passes, null where there is none."""
    model = model_of(view)
    at = der_at(model, der_id)
    found = lowest_common_supply(known_of(view), at, der_at(model, other))
    common = None if found is None else found.as_dict()
    return answer({**_named(view, at), "common_supply": common, "revision": view.revision})


def _named(view: View, at: int) -> dict[str, str]:
    normal = model_of(view).normal_view
    return {"mrid": normal.der_mrids[at], "name": normal.der_names[at]}


def _hanging(view: View, dimension: str, text: str) -> Bools:
    """Return which DER hang on an object now: bool[n_ders]."""
    state = view.current_view
    assert state is not None
    item, links = item_at(state.items(dimension), text, dimension.replace("_", " ")), state.links(dimension)
    found = np.zeros(links.start.size - 1, np.bool_)
    found[links.owners()[links.item == item]] = True
    return found


def _moved(view: View) -> Bools:
    """Return which DER hang on other feeders than normally: bool[n_ders]."""
    state = view.group_state
    assert state is not None
    width = max(len(state[0].items("feeder")), 1)
    now, normally = (one.links("feeder").owners() * width + one.links("feeder").item for one in state)
    found = np.zeros(len(state[0].der_mrids), np.bool_)
    found[np.setxor1d(now, normally) // width] = True
    return found


def _word(words: tuple[str, ...], given: str, name: str) -> int:
    if given not in words:
        raise OptionError(f"bad_{name}", f"{name} is one of {', '.join(words)}, not {given[:40]!r}.", name)
    return words.index(given)

