"""Attachment: where every DER hangs in one state, as flat arrays.

One row per (DER, phase); lists of a DER are unions over its phases, a flag is true if it is true for one phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from topogroup.topology.arrays.links import Links
from topogroup.topology.arrays.rows import distinct
from topogroup.topology.graph.connectivity import Liveness, fed_from, liveness
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.contraction import Contraction
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import SERVICE_LEVEL, TIER_LEVELS, TRANSFORMER_LEVEL, Level
from topogroup.topology.supplying.doubt import doubtful
from topogroup.topology.supplying.supply import Supply, supply

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


class Energisation(IntEnum):
    """How a DER is energised; the order is only a code."""

    ENERGISED = 0
    PARTIALLY_ENERGISED = 1
    ISLANDED = 2
    UNSUPPLIED = 3
    UNATTACHED = 4


LISTS: Final = (
    "substation",
    "transformer",
    "feeder",
    "lv_feeder",
    "subtransmission_feeder",
    "service_transformer",
)


@dataclass(frozen=True, slots=True)
class DerRows:
    """One row per (DER, phase), two for a split phase that is supplied by two; the same in every state.

    Attributes:
        der: int64[n]; ascending.
        bit: uint8[n]; the phase.
        vertex: int64[n]; where it hangs.
        phases: uint8[n_ders]; resolved phases, without N.
        node: int64[n_ders]; -1 = unattached.
    """

    der: I64
    bit: U8
    vertex: I64
    phases: U8
    node: I64


@dataclass(frozen=True, slots=True)
class LevelAnswer:
    """Who supplies what on one level in one state: part of each vertex, and the supply of each part."""

    level: Level
    part: I64
    supply: Supply


@dataclass(frozen=True, slots=True)
class Attachments:
    """Where all DER hang in one state.

    Attributes:
        energisation: uint8[n_ders]; an `Energisation`.
        paralleled, back_fed, in_service, uncertain: bool[n_ders].
        links: what each DER hangs on, by `LISTS`.
        answers: the supply of every level.
        live: liveness of the state.
        row_energisation, row_flags: uint8[n_rows], bool[n_rows, 3] (paralleled, back_fed, uncertain).
        row_links: as `links`, by row of `DerRows`.
    """

    energisation: U8
    paralleled: Bools
    back_fed: Bools
    in_service: Bools
    uncertain: Bools
    links: dict[str, Links]
    answers: dict[str, LevelAnswer]
    live: Liveness
    row_energisation: U8
    row_flags: Bools
    row_links: dict[str, Links]


def der_rows(grid: Grid) -> DerRows:
    """Return the rows of all DER: their phases, else those that their node has."""
    network, der = grid.network, grid.network.der
    node = np.where(der.terminal >= 0, network.terminal.node[der.terminal], -1).astype(np.int64)
    own = der.phases & codes.ALL
    of_node = np.where(node >= 0, grid.graph.slots.node_phases[node], codes.ABC)
    phases = np.where(own > 0, own, of_node).astype(np.uint8)
    parts = []
    for bit in codes.BITS:
        here = np.flatnonzero((node >= 0) & ((phases & bit) > 0))
        for way in grid.graph.slots.ways(bit):
            parts.append(np.stack([here, np.full(here.size, bit), grid.graph.slots.vertex(node[here], way)]))
    rows = distinct(*np.concatenate(parts, axis=1))
    return DerRows(rows[0], rows[1].astype(np.uint8), rows[2], phases, node)


def attachments(grid: Grid, rows: DerRows, state: NetworkState) -> Attachments:
    """Find where all DER hang in a state.

    Args:
        grid: the prepared network.
        rows: its DER.
        state: normal, current or what-if.

    Returns:
        The attachment of every DER.
    """
    network = grid.network
    blocks = grid.contraction(state)
    live = liveness(network, grid.graph, state, blocks)
    answers = {name: _answer(blocks, live, level) for name, level in grid.levels.items()}
    islanded = _island_vertices(grid, rows, live, state)
    terminal = network.der.terminal
    joined = np.zeros(rows.phases.size, np.bool_)
    joined[terminal >= 0] = state.connected[terminal[terminal >= 0]]
    row_energisation = _row_energisation(rows, live, islanded, joined)
    doubt = doubtful(grid.graph, state, live, supply_points(grid), blocks)
    return assembled(grid, rows, state, live, answers, row_energisation, doubt[rows.vertex])


def supply_points(grid: Grid) -> I64:
    """Return the edges that are supply points of any level."""
    return np.concatenate([level.edge for level in grid.levels.values()])


def assembled(
    grid: Grid,
    rows: DerRows,
    state: NetworkState,
    live: Liveness,
    answers: dict[str, LevelAnswer],
    row_energisation: U8,
    doubt: Bools,
    ders: I64 | None = None,
) -> Attachments:
    """Put together where all DER hang, or some of them, from who supplies what.

    Args:
        grid: the prepared network.
        rows: its DER.
        state: the state.
        live: what is live in it.
        answers: who supplies what, by level.
        row_energisation: uint8[n_rows]; an `Energisation`.
        doubt: bool[n_rows]; a switch in doubt is on the supply of the row.
        ders: int64[n_ders]; the DER that the rows are of, None = all.

    Returns:
        The attachment of every DER of the rows.
    """
    supplied = row_energisation <= Energisation.PARTIALLY_ENERGISED
    row_links = _row_links(grid, rows, answers, supplied)
    flags = _row_flags(rows, answers, row_links, supplied)
    flags[:, 2] = doubt
    count = rows.phases.size
    of_der = {name: _union(links, rows.der, count) for name, links in row_links.items()}
    flag = np.zeros((count, 3), np.bool_)
    for column in range(3):
        np.logical_or.at(flag[:, column], rows.der, flags[:, column])
    return Attachments(
        energisation=_energisation(rows, row_energisation),
        paralleled=flag[:, 0],
        back_fed=flag[:, 1],
        in_service=state.in_service[grid.network.der.equipment[ders if ders is not None else slice(None)]],
        uncertain=flag[:, 2],
        links=of_der,
        answers=answers,
        live=live,
        row_energisation=row_energisation,
        row_flags=flags,
        row_links=row_links,
    )


def _answer(blocks: Contraction, live: Liveness, level: Level) -> LevelAnswer:
    """Cut the supply points of a level and find who supplies each part."""
    kept = live.conducting.copy()
    kept[level.edge] = False
    part = blocks.components(kept)
    count = int(part.max(initial=-1)) + 1
    source = np.zeros(count, np.bool_)
    source[part[live.source]] = True
    points = live.conducting[level.edge]
    found = supply(
        count, source, part[level.upper[points]], part[level.lower[points]], np.flatnonzero(points).astype(np.int64)
    )
    return LevelAnswer(level, part, found)


def _island_vertices(grid: Grid, rows: DerRows, live: Liveness, state: NetworkState) -> Bools:
    """Return the vertices of islands: no grid source, but a machine or battery with none on any of its phases."""
    network, der = grid.network, grid.network.der
    on_grid = np.zeros(rows.phases.size, np.bool_)
    np.logical_or.at(on_grid, rows.der, live.live[rows.vertex])
    holds = der.forms_island & state.in_service[der.equipment] & ~on_grid & (rows.node >= 0)
    terminal = der.terminal
    holds[terminal >= 0] &= state.connected[terminal[terminal >= 0]]
    machine = np.zeros(grid.graph.n_vertices, np.bool_)
    machine[rows.vertex[holds[rows.der]]] = True
    if not machine.any():
        return machine
    _, _, held = fed_from(grid.graph, grid.graph.conducting(network, state), machine, grid.contraction(state))
    return held & ~live.live


def _row_energisation(rows: DerRows, live: Liveness, islanded: Bools, joined: Bools) -> U8:
    v = rows.vertex
    result = np.full(v.size, Energisation.UNSUPPLIED, np.uint8)
    result[islanded[v]] = Energisation.ISLANDED
    result[live.live[v]] = Energisation.PARTIALLY_ENERGISED
    result[live.whole[v]] = Energisation.ENERGISED
    result[~joined[rows.der]] = Energisation.UNSUPPLIED
    return result


def _energisation(rows: DerRows, row: U8) -> U8:
    """Combine the phases: all whole = energised, some live = partially, none = islanded if one is, else unsupplied."""
    count = rows.phases.size
    worst, best = np.zeros(count, np.uint8), np.full(count, 9, np.uint8)
    np.maximum.at(worst, rows.der, row)
    np.minimum.at(best, rows.der, row)
    result = np.where(best <= Energisation.PARTIALLY_ENERGISED, Energisation.PARTIALLY_ENERGISED, best)
    result = np.where(worst == Energisation.ENERGISED, Energisation.ENERGISED, result)
    return np.where(rows.node < 0, Energisation.UNATTACHED, result).astype(np.uint8)


def _row_links(grid: Grid, rows: DerRows, answers: dict[str, LevelAnswer], supplied: Bools) -> dict[str, Links]:
    """Return what each row hangs on, by list."""
    result = {}
    for name in (TRANSFORMER_LEVEL, SERVICE_LEVEL, *TIER_LEVELS.values()):
        row, point = _supplying_points(answers[name], rows, supplied)
        result[name] = Links.from_pairs(rows.der.size, row, answers[name].level.item[point])
    row, point = _supplying_points(answers[TRANSFORMER_LEVEL], rows, supplied)
    substation = answers[TRANSFORMER_LEVEL].level.substation[point]
    row, substation = row[substation >= 0], substation[substation >= 0]
    by_heads = [_of_heads(grid, answers[name], rows, supplied) for name in TIER_LEVELS.values()]
    for fallback in (*by_heads, _of_container(grid, rows, supplied)):
        missing = ~np.isin(fallback[0], row)
        row = np.concatenate([row, fallback[0][missing]])
        substation = np.concatenate([substation, fallback[1][missing]])
    result["substation"] = Links.from_pairs(rows.der.size, row, substation)
    return result


def _supplying_points(answer: LevelAnswer, rows: DerRows, supplied: Bools) -> tuple[I64, I64]:
    """Return (row, supply edge of the level) pairs of supplied rows."""
    parts, inverse = np.unique(answer.part[rows.vertex[supplied]], return_inverse=True)
    lists = [answer.supply.items[p] for p in parts.tolist()]
    length = np.array([len(one) for one in lists], np.int64)
    flat = np.array([x for one in lists for x in one], np.int64)
    start = np.concatenate([[0], np.cumsum(length)])
    row = np.repeat(np.flatnonzero(supplied), length[inverse])
    offset = np.arange(row.size) - np.repeat(np.cumsum(length[inverse]) - length[inverse], length[inverse])
    return row, flat[np.repeat(start[inverse], length[inverse]) + offset] if flat.size else np.empty(0, np.int64)


def _of_heads(grid: Grid, answer: LevelAnswer, rows: DerRows, supplied: Bools) -> tuple[I64, I64]:
    """Return (row, substation) by NormalEnergizingSubstation of the feeders of one tier that supply."""
    row, point = _supplying_points(answer, rows, supplied)
    normal = np.array([f.normal_substation for f in grid.feeders], np.int64)
    container = normal[answer.level.position[answer.level.item[point]]]
    row, container = row[container >= 0], container[container >= 0]
    substation = grid.zones.container_substation[container]
    return row[substation >= 0], substation[substation >= 0]


def _of_container(grid: Grid, rows: DerRows, supplied: Bools) -> tuple[I64, I64]:
    """Return (row, substation) by the container of the DER's own node."""
    row = np.flatnonzero(supplied)
    container = grid.network.node.container[rows.node[rows.der[row]]]
    substation = np.full(row.size, -1, np.int64)
    there = container >= 0
    if there.any():
        substation[there] = grid.zones.container_substation[container[there]]
    return row[substation >= 0], substation[substation >= 0]


def _row_flags(
    rows: DerRows, answers: dict[str, LevelAnswer], row_links: dict[str, Links], supplied: Bools
) -> Bools:
    """Return paralleled and back-fed of each row; the third column is left for doubt."""
    flags = np.zeros((rows.der.size, 3), np.bool_)
    for name in ("substation", *TIER_LEVELS.values()):
        flags[:, 0] |= np.diff(row_links[name].start) > 1
    for answer in answers.values():
        part = answer.part[rows.vertex]
        flags[:, 0] |= answer.supply.both_ways[part]
        flags[:, 1] |= answer.supply.back_fed[part]
    flags[~supplied] = False
    return flags


def _union(links: Links, der: I64, n_ders: int) -> Links:
    """Merge the links of rows into links of DER."""
    return Links.from_pairs(n_ders, der[links.owners()], links.item.astype(np.int64))
