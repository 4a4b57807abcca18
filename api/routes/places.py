"""`/v1/feeders`, `/v1/substations`, `/v1/sections`: places of the network, and what hangs on them now."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter
from starlette.responses import Response

from api.bodies import answer
from api.lists import Cursor, Limit, page
from api.parts import AttachedView, item_at, model_of
from topogroup.engine.view import View
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.grid import feeder_substation
from topogroup.topology.structure.heads import RULE_WORDS as HEAD_WORDS
from topogroup.topology.structure.substations import RULE_WORDS
from topogroup.topology.supplying.area_supply import PRIMARY_LEVEL, area_supply

router = APIRouter(prefix="/v1", tags=["network"])

_OF_TIER = {"primary": "feeder", "low_voltage": "lv_feeder", "subtransmission": "subtransmission_feeder"}


@router.get("/feeders")
def feeders(view: AttachedView, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List feeders of all tiers with their heads and the number of DER on them, now and normally."""
    shown = _Feeders(view)
    return answer(page([one.item.mrid for one in shown.feeders], shown.item, limit, cursor))


@router.get("/feeders/{feeder_id}")
def feeder(view: AttachedView, feeder_id: str) -> Response:
    """Return one feeder."""
    shown = _Feeders(view)
    return answer(shown.item(item_at([one.item for one in shown.feeders], feeder_id, "feeder")))


@router.get("/substations")
def substations(view: AttachedView, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List substations with the number of DER that they supply, now and normally."""
    items, shown = _substations(view)
    return answer(page([item.mrid for item in items], shown, limit, cursor))


@router.get("/substations/{substation_id}")
def substation(view: AttachedView, substation_id: str) -> Response:
    """Return one substation."""
    items, shown = _substations(view)
    return answer(shown(item_at(items, substation_id, "substation")))


@router.get("/sections")
def sections(view: AttachedView, limit: Limit = None, cursor: Cursor = None) -> Response:
    """List sections, the network between switches, with who feeds them now."""
    shown = _Sections(view)
    return answer(page([item.mrid for item in shown.items], shown.item, limit, cursor))


@router.get("/sections/{section_id}")
def section(view: AttachedView, section_id: str) -> Response:
    """Return one section."""
    shown = _Sections(view)
    return answer(shown.item(item_at(shown.items, section_id, "section")))


class _Feeders:
    def __init__(self, view: View) -> None:
        self._grid = model_of(view).grid
        self.feeders = self._grid.feeders
        self._counts = {tier: _counts(view, level) for tier, level in _OF_TIER.items()}
        self._at = {
            tier: {feeder: at for at, feeder in enumerate(self._grid.levels[level].position.tolist())}
            for tier, level in _OF_TIER.items()
        }

    def item(self, position: int) -> dict[str, Any]:
        feeder = self.feeders[position]
        table = self._grid.network.equipment
        now, normally = self._counts[feeder.tier]
        at = self._at[feeder.tier].get(position)
        heads = sorted({e for head in feeder.heads for e in head.equipment})
        return {
            **feeder.item._asdict(),
            "tier": feeder.tier,
            "rule": feeder.rule,
            "why": HEAD_WORDS[feeder.rule],
            "heads": [{"mrid": table.id[e], "name": table.name[e]} for e in heads],
            "substation": feeder_substation(self._grid, feeder),
            "ders": 0 if at is None else int(now[at]),
            "ders_normally": 0 if at is None else int(normally[at]),
        }


class _Sections:
    def __init__(self, view: View) -> None:
        model = model_of(view)
        assert view.current is not None
        grid, tables = model.grid, model.tables
        links, self.items = tables.sections
        self._order = tables.section_order.tolist()
        self._supply = area_supply(grid, view.current, grid.sections.of_node, len(self.items))
        self._feeders = grid.levels[PRIMARY_LEVEL].items
        self._ders = np.bincount(links.item, minlength=len(self.items))

    def item(self, position: int) -> dict[str, Any]:
        at = self._order[position]
        return {
            **self.items[position]._asdict(),
            "feeders": [self._feeders[i]._asdict() for i in self._supply.feeders.get(at, [])],
            "energised": bool(self._supply.energised[at]),
            "partially": bool(self._supply.partially[at]),
            "paralleled": at in self._supply.paralleled,
            "ders": int(self._ders[position]),
        }


def _substations(view: View) -> tuple[list[Item], Any]:
    grid = model_of(view).grid
    items = grid.zones.substations
    now, normally = _counts(view, "substation")
    own: dict[str, list[dict[str, Any]]] = {}
    for one in grid.feeders:
        if (mrid := feeder_substation(grid, one)) is not None:
            own.setdefault(mrid, []).append(one.item._asdict())

    def shown(at: int) -> dict[str, Any]:
        ders = {"ders": int(now[at]), "ders_normally": int(normally[at])}
        rule = grid.zones.substation_rules[at]
        said = {**items[at]._asdict(), "rule": rule, "why": RULE_WORDS[rule]}
        return {**said, "feeders": own.get(items[at].mrid, []), **ders}

    return items, shown


def _counts(view: View, dimension: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the number of DER on each item of a kind, now and normally: int64[n_items] each."""
    state = view.group_state
    assert state is not None
    now, normally = (
        np.bincount(one.links(dimension).item, minlength=len(one.items(dimension))).astype(np.int64) for one in state
    )
    return now, normally
