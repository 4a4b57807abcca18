"""Levels of supply: which edges are the supply points of substations, tiers of feeders, service transformers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.network import Network
from topogroup.topology.connectivity import Edges, Kind
from topogroup.topology.heads import TIERS, Feeder
from topogroup.topology.links import Item
from topogroup.topology.zones import MEDIUM_FROM_V, Zones

I64 = npt.NDArray[np.int64]

TRANSFORMER_LEVEL: Final = "transformer"
SERVICE_LEVEL: Final = "service_transformer"
TIER_LEVELS: Final = {"primary": "feeder", "low_voltage": "lv_feeder", "subtransmission": "subtransmission_feeder"}


@dataclass(frozen=True, slots=True)
class Level:
    """The supply points of one level.

    Attributes:
        name: `transformer`, `feeder`, `lv_feeder`, `subtransmission_feeder` or `service_transformer`.
        edge: int64[n]; the edges that are cut.
        upper, lower: int64[n]; their vertices by the fixed sides of the point.
        item: int64[n]; the point each edge belongs to, a position in `items`.
        items: what supplies, ascending by mRID; for transformers one entry per equipment.
        position: for feeders, position of each item in the list of all feeders; for transformers the equipment.
        substation: int64[n]; for substation transformers the substation behind each edge, else -1.
    """

    name: str
    edge: I64
    upper: I64
    lower: I64
    item: I64
    items: tuple[Item, ...]
    position: I64
    substation: I64


def build_levels(network: Network, edges: Edges, zones: Zones, feeders: list[Feeder]) -> dict[str, Level]:
    """Build all levels of a network.

    Args:
        network: the network.
        edges: its graph of (node, phase).
        zones: its busbar zones.
        feeders: its feeders, ascending by mRID.

    Returns:
        The levels by name.
    """
    windings = np.flatnonzero(edges.kind == Kind.WINDING)
    ends = edges.lower_end[windings]
    feeding = np.array(sorted(zones.substation_of_end), np.int64)
    of_substation = windings[np.isin(ends, feeding)]
    levels = {TRANSFORMER_LEVEL: _transformers(network, edges, TRANSFORMER_LEVEL, of_substation, zones)}
    lower_v = network.end.voltage_v[ends]
    upper_v = _upper_voltage(network)[edges.equipment[windings]]
    service = windings[(upper_v >= MEDIUM_FROM_V) & (lower_v < MEDIUM_FROM_V)]
    levels[SERVICE_LEVEL] = _transformers(network, edges, SERVICE_LEVEL, service, zones)
    for tier in TIERS:
        levels[TIER_LEVELS[tier]] = _feeder_level(edges, tier, feeders)
    return levels


def _upper_voltage(network: Network) -> npt.NDArray[np.float64]:
    result = np.full(len(network.equipment.id), -1.0)
    np.maximum.at(result, network.end.equipment, np.nan_to_num(network.end.voltage_v, nan=-1.0))
    return result


def _transformers(network: Network, edges: Edges, name: str, cut: I64, zones: Zones) -> Level:
    equipment, item = np.unique(edges.equipment[cut], return_inverse=True)
    table = network.equipment
    items = tuple(Item(table.id[e], table.name[e], False) for e in equipment.tolist())
    substation = [zones.substation_of_end.get(int(row), -1) for row in edges.lower_end[cut]]
    return Level(
        name, cut, edges.u[cut], edges.v[cut], item.astype(np.int64), items, equipment, np.array(substation, np.int64)
    )


def _feeder_level(edges: Edges, tier: str, feeders: list[Feeder]) -> Level:
    rows: list[tuple[int, int, int, int]] = []
    own = [position for position, feeder in enumerate(feeders) if feeder.tier == tier]
    headed = {e: (i, head) for i, p in enumerate(own) for head in feeders[p].heads for e in head.equipment}
    candidates = np.flatnonzero(np.isin(edges.equipment, np.array(sorted(headed), np.int64)))
    for edge in candidates.tolist():
        item, head = headed[int(edges.equipment[edge])]
        u, v = int(edges.u[edge]), int(edges.v[edge])
        # of a line with cuts or clamps the piece at its upper end is the supply point
        above = int(edges.node1[edge]) in head.upper_nodes, int(edges.node2[edge]) in head.upper_nodes
        if above == (True, False):
            rows.append((edge, u, v, item))
        elif above == (False, True):
            rows.append((edge, v, u, item))
    columns = np.array(rows, np.int64).reshape(-1, 4)
    items = tuple(feeders[p].item for p in own)
    none = np.full(len(rows), -1, np.int64)
    cut = columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3]
    return Level(TIER_LEVELS[tier], *cut, items, np.array(own, np.int64), none)
