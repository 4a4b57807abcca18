"""Where every DER hangs now, as an RDF graph that queries find beside the model: `<urn:topogroup:attachment>`.

Made anew for a revision when a query that names it is asked and not before: a revision that nobody asks about costs
nothing, one that is asked about costs some 17 triples per DER, made off the engine's thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cim_models import limits
from cim_models.errors import RefusedError
from cim_models.store.nquads import escaped
from cim_models.store.port import Beside
from cim_models.store.terms import object_iri
from topogroup.engine.view import View
from topogroup.topology.supplying.attachment import Energisation

GRAPH: Final = "urn:topogroup:attachment"
TERMS: Final = "urn:topogroup:is:"
"""Namespace of its properties: feeder, normalFeeder, substation, energisation …"""

DIMENSIONS: Final = {
    "feeder": "feeder",
    "substation": "substation",
    "transformer": "transformer",
    "section": "section",
    "service_transformer": "serviceTransformer",
}
"""What a DER hangs on → property; of the normal state with `normal` before it."""

_BOOLEAN: Final = "http://www.w3.org/2001/XMLSchema#boolean"
_FLAGS: Final = {"paralleled": "paralleled", "back_fed": "backFed", "in_service": "inService", "uncertain": "uncertain"}


def attachment_of(view: View) -> Beside | None:
    """Return the graph of a view; None while no model is active.

    Raises:
        RefusedError: the model has more DER than the graph takes.
    """
    model = view.model
    if model is None:
        return None
    if len(model.normal_view.der_mrids) > limits.ATTACHMENT_DERS_MAX:
        most = limits.ATTACHMENT_DERS_MAX
        raise RefusedError("too_many_ders", f"The graph of attachments takes {most} DER at most; ask /v1/ders.", GRAPH)
    return Beside(GRAPH, f"{view.generation}-{view.revision}-{model.id}", lambda: _lines(view))


def _lines(view: View) -> Iterator[str]:
    """Yield the graph as N-Triples: DER by DER in each property, then the names of what they hang on."""
    current, now, model = view.current, view.current_view, view.model
    assert current is not None and now is not None and model is not None
    ders = [f"<{object_iri(mrid)}>" for mrid in model.normal_view.der_mrids]
    yield from _texts(ders, "name", model.normal_view.der_names)
    yield from _texts(ders, "kind", model.tables.der_kinds)
    words = [one.name.lower() for one in Energisation]
    yield from _texts(ders, "energisation", [words[code] for code in current.energisation.tolist()])
    for flag, name in _FLAGS.items():
        said = ("false", "true")
        middle = f" <{TERMS}{name}> "
        for der, value in zip(ders, getattr(current, flag).tolist(), strict=True):
            yield f'{der}{middle}"{said[value]}"^^<{_BOOLEAN}> .\n'
    named: dict[str, str] = {}
    for state, before in ((now, ""), (model.normal_view, "normal")):
        for dimension, word in DIMENSIONS.items():
            name = before + (word[0].upper() + word[1:] if before else word)
            links, items = state.links(dimension), state.items(dimension)
            middle = f" <{TERMS}{name}> "
            for der, at in zip(links.owners().tolist(), links.item.tolist(), strict=True):
                item = items[at]
                iri = object_iri(item.mrid)
                named[iri] = item.name
                yield f"{ders[der]}{middle}<{iri}> .\n"
    yield from _texts([f"<{iri}>" for iri in named], "name", list(named.values()))


def _texts(subjects: Sequence[str], name: str, values: Sequence[str]) -> Iterator[str]:
    middle = f" <{TERMS}{name}> "
    for subject, value in zip(subjects, values, strict=True):
        yield f'{subject}{middle}"{escaped(value)}" .\n'
