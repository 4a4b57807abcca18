"""The diagram: a forest of layers from the grid sources downwards, as the normal state feeds the sections.

What no normal way reaches hangs behind the open switch that leads to it. Ties are no part of the forest; they join two
of its places. Leaves stand side by side, each parent above the middle of its children, so that no two
sections share a place.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_STEP: Final = 24.0
"""Drawing units between two leaves."""

_LAYER: Final = (30.0, 90.0)
"""Drawing units between two layers: the least and the most."""

_SHAPE: Final = 1.7
"""Width of a diagram by its height, about that of a screen."""

_ROWS_MAX: Final = 60
"""Rows of substations tried; the networks that would need more have too many to be read on one page."""

Adjacency = list[list[tuple[int, bool, bool]]]
"""The ways from each section: the other section, whether the way is closed, whether it is a transformer."""


class _Forest:
    """Parents, children and depths of all sections."""

    def __init__(self, adjacency: Adjacency, sources: list[int]) -> None:
        self._adjacency = adjacency
        size = len(adjacency)
        self.children: list[list[int]] = [[] for _ in range(size)]
        self.depth = [-1] * size
        self.below_transformer = [False] * size
        self.roots: list[int] = []
        self._open: deque[tuple[int, int, bool]] = deque()
        for root in sources:
            self._plant(root)
        # every source keeps what it feeds; only then comes what hangs behind open switches
        self._follow_open_ways()
        by_degree = sorted(range(size), key=lambda v: (-len(adjacency[v]), v))
        for root in by_degree:
            self._plant(root)
            self._follow_open_ways()

    def _plant(self, root: int) -> None:
        """Begin a tree with all that closed ways reach, unless another tree has it."""
        if self.depth[root] < 0:
            self.roots.append(root)
            self.depth[root] = 0
            self._grow(root)

    def _follow_open_ways(self) -> None:
        while self._open:
            above, below, transformer = self._open.popleft()
            if self.depth[below] < 0:
                self._hang(above, below, transformer)
                self._grow(below)

    def _grow(self, start: int) -> None:
        queue = deque([start])
        while queue:
            at = queue.popleft()
            for other, closed, transformer in self._adjacency[at]:
                if self.depth[other] >= 0:
                    continue
                if closed:
                    self._hang(at, other, transformer)
                    queue.append(other)
                else:
                    self._open.append((at, other, transformer))

    def _hang(self, above: int, below: int, transformer: bool) -> None:
        self.depth[below] = self.depth[above] + 1
        self.children[above].append(below)
        self.below_transformer[below] = transformer


def tree_places(
    ends: tuple[I64, I64], closed: Bools, transformer: Bools, names: list[str], sources: Bools
) -> tuple[F64, F64]:
    """Place the sections of a network in layers.

    Args:
        ends: int64[n] each; the two sections that each switch or transformer joins, -1 = none.
        closed: bool[n]; it conducts in the normal state.
        transformer: bool[n]; it is a substation transformer.
        names: of the switches and transformers; children stand in this order.
        sources: bool[n_sections]; a grid source stands there.

    Returns:
        x and y of each section, y growing downwards.
    """
    adjacency: Adjacency = [[] for _ in range(sources.size)]
    order = sorted(range(len(names)), key=names.__getitem__)
    a, b = ends[0].tolist(), ends[1].tolist()
    is_closed, is_transformer = closed.tolist(), transformer.tolist()
    for i in order:
        if a[i] >= 0 and b[i] >= 0 and a[i] != b[i]:
            adjacency[a[i]].append((b[i], is_closed[i], is_transformer[i]))
            adjacency[b[i]].append((a[i], is_closed[i], is_transformer[i]))
    forest = _Forest(adjacency, np.flatnonzero(sources).tolist())
    return _placed(forest)


def _placed(forest: _Forest) -> tuple[F64, F64]:
    """Place the trees side by side; those of substations in several rows where one row would be too wide."""
    places = _Places(forest)
    blocks = places.outermost_blocks()
    sizes = [places.place([block], 0.0, 0.0) for block in blocks]
    rows = _rows(sizes)
    if len(rows) <= 1:
        width, height = places.place(forest.roots, 0.0, 0.0)
        return places.drawn(width, height)
    top, height = places.place(forest.roots, 0.0, 0.0, frozenset(blocks))
    width = max(top, *(sum(sizes[i][0] for i in row) for row in rows))
    places.place(forest.roots, (width - top) / 2, 0.0, frozenset(blocks))
    for row in rows:
        # the free layer is for the ways from the top down to this row
        height += 1.0
        at = (width - sum(sizes[i][0] for i in row)) / 2
        for i in row:
            places.place([blocks[i]], at, height)
            at += sizes[i][0]
        height += max(sizes[i][1] for i in row)
    return places.drawn(width, height)


class _Places:
    """Columns and layers of all sections, as far as they are placed."""

    def __init__(self, forest: _Forest) -> None:
        self._forest = forest
        self._column = [0.0] * len(forest.depth)
        self._layer = [0.0] * len(forest.depth)

    def outermost_blocks(self) -> list[int]:
        """Return the sections below the first transformer on each way down, from left to right."""
        found, stack = [], list(reversed(self._forest.roots))
        while stack:
            at = stack.pop()
            if self._forest.below_transformer[at]:
                found.append(at)
            else:
                stack.extend(reversed(self._forest.children[at]))
        return found

    def place(
        self, roots: list[int], left: float, top: float, without: frozenset[int] = frozenset()
    ) -> tuple[float, float]:
        """Place some trees side by side, leaves one column apart and parents in the middle of their children.

        Args:
            roots: their roots.
            left: the first column.
            top: the layer of the roots.
            without: sections that are left out with all below them.

        Returns:
            The columns and layers taken, with one column of air at the right.
        """
        order, stack, free = [], list(roots), left
        for root in roots:
            self._layer[root] = top
        while stack:
            at = stack.pop()
            order.append(at)
            below = [child for child in self._forest.children[at] if child not in without]
            for child in below:
                self._layer[child] = self._layer[at] + 1
            stack += below
        # the rightmost way down was followed first: backwards, leaves come from left to right and parents last
        for at in reversed(order):
            below = [child for child in self._forest.children[at] if child not in without]
            if below:
                self._column[at] = (self._column[below[0]] + self._column[below[-1]]) / 2
            else:
                self._column[at] = free
                free += 1.0
        height = max((self._layer[at] for at in order), default=top)
        return free - left + 1.0, height - top + 1.0

    def drawn(self, width: float, height: float) -> tuple[F64, F64]:
        """Return x and y of all sections; layers are as far apart as gives the whole a good shape."""
        layer = min(max(width * _STEP / _SHAPE / max(height, 1.0), _LAYER[0]), _LAYER[1])
        return np.array(self._column, np.float64) * _STEP, np.array(self._layer, np.float64) * layer


def _rows(sizes: list[tuple[float, float]]) -> list[list[int]]:
    """Break blocks of some widths and heights into the rows that give the whole the best shape."""
    best: tuple[float, list[list[int]]] = (np.inf, [])
    total = sum(width for width, _ in sizes)
    for count in range(1, min(len(sizes), _ROWS_MAX) + 1):
        rows: list[list[int]] = [[]]
        taken = 0.0
        for i, (width, _) in enumerate(sizes):
            if rows[-1] and taken + width / 2 > total / count:
                rows.append([])
                taken = 0.0
            rows[-1].append(i)
            taken += width
        across = max(sum(sizes[i][0] for i in row) for row in rows) * _STEP
        down = sum(max(sizes[i][1] for i in row) + 1 for row in rows) * _LAYER[0]
        # a wide diagram gets higher layers, so only one that is wider than these make good is worth a break
        ill = max(across / down / _SHAPE / (_LAYER[1] / _LAYER[0]), down / across * _SHAPE, 1.0)
        if ill < best[0]:
            best = ill, rows
    return best[1]
