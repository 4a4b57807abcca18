"""Levels of supply: which edges are the supply points of substations, tiers of feeders, service transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.network import Network
from topogroup.topology.arrays.grouped import ranks
from topogroup.topology.arrays.items import EquipmentItems
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.connectivity import Edges, Kind
from topogroup.topology.structure.heads import TIERS, Feeder
from topogroup.topology.structure.transformers import MEDIUM_FROM_V
from topogroup.topology.structure.zones import Zones

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
    items: Sequence[Item]
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
    feeding = np.zeros(network.end.node.size, np.bool_)
    feeding[list(zones.substation_of_end)] = True
    of_substation = windings[np.flatnonzero(feeding[ends])]
    levels = {TRANSFORMER_LEVEL: _transformers(network, edges, TRANSFORMER_LEVEL, of_substation, zones)}
    lower_v = network.end.voltage_v[ends]
    upper_v = _upper_voltage(network)[edges.equipment[windings]]
    service = windings[np.flatnonzero((upper_v >= MEDIUM_FROM_V) & (lower_v < MEDIUM_FROM_V))]
    levels[SERVICE_LEVEL] = _transformers(network, edges, SERVICE_LEVEL, service, zones)
    headed = np.zeros(len(network.equipment.id), np.bool_)
    headed[[e for feeder in feeders for head in feeder.heads for e in head.equipment]] = True
    candidates = np.flatnonzero(headed[edges.equipment])
    for tier in TIERS:
        levels[TIER_LEVELS[tier]] = _feeder_level(edges, candidates, tier, feeders)
    return levels


def _upper_voltage(network: Network) -> npt.NDArray[np.float64]:
    result = np.full(len(network.equipment.id), -1.0)
    # of one type with the result, which is three times as fast
    known_v = np.nan_to_num(network.end.voltage_v, nan=-1.0).astype(np.float64)
    np.maximum.at(result, network.end.equipment, known_v)
    return result


def _transformers(network: Network, edges: Edges, name: str, cut: I64, zones: Zones) -> Level:
    equipment, item = ranks(len(network.equipment.id), edges.equipment[cut])
    substation = np.full(network.end.node.size, -1)
    substation[list(zones.substation_of_end)] = list(zones.substation_of_end.values())
    items = EquipmentItems(network.equipment, equipment)
    of_edge = substation[edges.lower_end[cut]]
    return Level(name, cut, edges.u[cut], edges.v[cut], item, items, equipment, of_edge)


def _feeder_level(edges: Edges, candidates: I64, tier: str, feeders: list[Feeder]) -> Level:
    rows: list[tuple[int, int, int, int]] = []
    own = [position for position, feeder in enumerate(feeders) if feeder.tier == tier]
    headed = {e: (i, head) for i, p in enumerate(own) for head in feeders[p].heads for e in head.equipment}
    for edge, e in zip(candidates.tolist(), edges.equipment[candidates].tolist(), strict=True):
        if e not in headed:
            continue
        item, head = headed[e]
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
