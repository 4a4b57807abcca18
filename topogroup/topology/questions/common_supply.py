"""The lowest common supply of two DER: the nearest supply point without which both are dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.connectivity import fed_from
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.questions.paths import LEVELS_UPWARD, SOURCE_LEVEL

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CommonSupply:
    """A supply point that several DER have in common: its level, one of `LEVELS_UPWARD` or `source`, and itself."""

    level: str
    supply: Item

    def as_dict(self) -> dict[str, Any]:
        """Return the supply point as answers show it."""
        return {"level": self.level, "supply": self.supply._asdict()}


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A supply point on ways to both DER, its distance from the grid, its edges, and the sources beside it."""

    distance: int
    common: CommonSupply
    edges: I64
    sources: Bools


def lowest_common_supply(known: KnownState, a: int, b: int) -> CommonSupply | None:
    """Find the nearest supply point through which all supply of two DER passes.

    Args:
        known: the state.
        a: position of a DER.
        b: position of another, or the same.

    Returns:
        Of all supply points, grid sources included, without which every phase of both that has supply now would have
        none, the one farthest from the grid; None where there is none, or one of the two has no supply.
    """
    rows = [known.rows_of(a), known.rows_of(b)]
    if not all(rows):
        return None
    vertices = known.rows.vertex[rows[0] + rows[1]]
    found = sorted(_candidates(known, rows[0], rows[1]), key=lambda one: -one.distance)
    for candidate in found:
        if not _live_without(known, candidate)[vertices].any():
            return candidate.common
    return None


def _candidates(known: KnownState, a: list[int], b: list[int]) -> Iterator[_Candidate]:
    """Yield the supply points that lie on ways to both, on any phase of each; nearest level first."""
    on_ways = [_on_ways(known, a), _on_ways(known, b)]
    depth, count = known.ways.depth, known.used.size
    edges, used = known.grid.graph.edges, [known.used[on[:count]] for on in on_ways]
    for name in LEVELS_UPWARD:
        level = known.grid.levels[name]
        one, other = (level.item[np.isin(level.edge, mine)] for mine in used)
        for item in np.intersect1d(one, other).tolist():
            own = level.edge[level.item == item]
            here = own[np.isin(own, np.concatenate(used))]
            distance = int(np.maximum(depth[edges.u[here]], depth[edges.v[here]]).max())
            yield _Candidate(distance, CommonSupply(name, level.items[item]), own, known.live.source)
    nothing = np.empty(0, np.int64)
    sources = [{known.source_at(at) for at in known.fed_at[on[count:]].tolist()} for on in on_ways]
    for e in sorted(sources[0] & sources[1]):
        others = known.sources_of([one for one in known.network.source.equipment.tolist() if one != e])
        if e >= 0:
            others[known.grid.graph.mobile_sources] = True
        yield _Candidate(0, CommonSupply(SOURCE_LEVEL, known.part(e).item), nothing, others)


def _on_ways(known: KnownState, rows: list[int]) -> Bools:
    """Return which edges of the ways of supply lie on some way to some rows."""
    found = np.zeros(known.ways.of_edge.size, np.bool_)
    for vertex in {int(known.rows.vertex[row]) for row in rows}:
        found |= known.ways.on_ways(vertex)
    return found


def _live_without(known: KnownState, candidate: _Candidate) -> Bools:
    """Return what is live without a supply point: bool[n_vertices]."""
    graph = known.grid.graph
    free = graph.conducting(known.network, known.state)
    free[candidate.edges] = False
    return fed_from(graph, free, candidate.sources, known.grid.contraction(known.state))[2]
