"""The two ways of a peer: everything anew for each operation, or the components of the two ends alone."""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.peers.answers import Answers, Solver, degraded_links, row_codes
from benchmarks.peers.frame import Frame, lists, picked
from topogroup.topology.graph.phases import components

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


class Library(Protocol):
    """A graph kept by a library."""

    name: str

    def remove(self, u: int, v: int) -> None:
        """Take an edge away."""

    def add(self, u: int, v: int) -> None:
        """Put an edge back."""

    def labels(self) -> I64:
        """Return a component number for each vertex."""


class LocalLibrary(Library, Protocol):
    """A library that finds the component of one vertex alone."""

    def component(self, vertex: int) -> I64:
        """Return the vertices joined to one."""


class Full:
    """Everything anew for each operation.

    Attributes:
        connectivity_s: seconds that the library itself took in the last operation.
    """

    def __init__(self, frame: Frame, library: Library) -> None:
        """Find the first answer."""
        self._frame, self._library = frame, library
        self._solver = Solver(frame)
        self.connectivity_s = 0.0
        self._code = self._everything(library.labels())

    @property
    def name(self) -> str:
        """Return the name of the library."""
        return self._library.name

    def operate(self, poles: I64, opened: U8) -> I64:
        """Give poles other open phases; return the DER whose attachment changed, ascending."""
        frame = self._frame
        off, on = frame.switched(poles, opened)
        off, on = off[frame.inner[off]], on[frame.inner[on]]
        began = time.perf_counter()
        for u, v in zip(frame.u[off].tolist(), frame.v[off].tolist(), strict=True):
            self._library.remove(u, v)
        for u, v in zip(frame.u[on].tolist(), frame.v[on].tolist(), strict=True):
            self._library.add(u, v)
        label = self._library.labels()
        self.connectivity_s = time.perf_counter() - began
        before, self._code = self._code, self._everything(label)
        return np.unique(frame.rows.der[before != self._code])

    def _everything(self, label: I64) -> I64:
        answers = everything(self._frame, self._solver, label)
        return all_codes(self._frame, label, answers)


def everything(frame: Frame, solver: Solver, label: npt.NDArray[np.integer]) -> Answers:
    """Return the answers of all pieces."""
    count = int(label.max(initial=-1)) + 1
    source = np.zeros(count, np.bool_)
    source[label[frame.source]] = True
    link = np.flatnonzero(frame.on[frame.links])
    edge = frame.links[link]
    u, v = label[frame.u[edge]].astype(np.int64), label[frame.v[edge]].astype(np.int64)
    # pieces at no link are alone: the small graph leaves them out
    used, place = np.unique(np.concatenate([u, v, np.flatnonzero(source)]), return_inverse=True)
    u, v = place[: u.size], place[u.size : u.size + v.size]
    part = components(used.size, u, v)
    fed = np.zeros(int(part.max(initial=-1)) + 1, np.bool_)
    fed[part[source[used]]] = True
    live = np.zeros(count, np.bool_)
    live[used] = fed[part]
    degraded = degraded_links(frame, label, live, link)
    result = Answers.empty(count)
    result.put(used, solver.solve(used.size, u, v, link, source[used], degraded))
    _hold(frame, label, result, used, part)
    return result


def _hold(frame: Frame, label: npt.NDArray[np.integer], result: Answers, used: I64, part: I64) -> None:
    """Mark the pieces of islands: dead, with a machine in what is joined that has no phase on the grid."""
    rows = frame.machine_row
    der = frame.rows.der[rows]
    at = label[frame.rows.vertex[rows]]
    on_grid = np.zeros(frame.rows.phases.size, np.bool_)
    on_grid[der[result.live[at]]] = True
    holder = np.unique(at[~on_grid[der]])
    result.held[holder] = True
    joined = np.full(result.live.size, -1, np.int64)
    joined[used] = part
    parts = joined[holder]
    held = np.zeros(int(part.max(initial=-1)) + 1, np.bool_)
    held[parts[parts >= 0]] = True
    result.held[used] = held[part]


def all_codes(frame: Frame, label: npt.NDArray[np.integer], answers: Answers) -> I64:
    """Return the codes of all rows."""
    lacking = np.zeros(frame.in_leaf.size, np.bool_)
    lacking[frame.gate_row[~answers.live[label[frame.gate_vertex]]]] = True
    return row_codes(frame, np.arange(lacking.size), label[frame.rows.vertex], answers, lacking)


class Local:
    """The components of the two ends of what is operated; the small graph of pieces only where it changes.

    Attributes:
        connectivity_s: seconds that the library itself took in the last operation.
    """

    def __init__(self, frame: Frame, library: LocalLibrary) -> None:
        """Find the first answer."""
        self._frame, self._library = frame, library
        self._solver = Solver(frame)
        self.connectivity_s = 0.0
        label = library.labels().astype(np.int32)
        count = int(label.max()) + 1
        self._label = label
        self._size = np.zeros(2 * count + 10_000, np.int64)
        self._size[:count] = np.bincount(label)
        self._free = list(range(self._size.size - 1, count - 1, -1))
        self._answers = Answers.empty(self._size.size)
        self._answers.put(np.arange(count), everything(frame, self._solver, label))
        self._code = all_codes(frame, label, self._answers)
        self._rows_at = lists(frame.rows.vertex, frame.n_vertices)
        self._gated_at = lists(frame.gate_vertex, frame.n_vertices)
        self._gates_of = lists(frame.gate_row, frame.in_leaf.size)
        special = np.zeros(frame.n_vertices, np.bool_)
        special[frame.u[frame.links]] = special[frame.v[frame.links]] = True
        special[frame.source] = True
        special[frame.grid.graph.gates.vertex[np.isin(frame.grid.graph.gates.unit, frame.unit[frame.links])]] = True
        self._special = special
        self._machine = np.zeros(frame.in_leaf.size, np.bool_)
        self._machine[frame.machine_row] = True
        self._rows_of_der = lists(frame.rows.der, frame.rows.phases.size)

    @property
    def name(self) -> str:
        """Return the name of the library."""
        return self._library.name

    def operate(self, poles: I64, opened: U8) -> I64:
        """Give poles other open phases; return the DER whose attachment changed, ascending."""
        frame = self._frame
        off, on = frame.switched(poles, opened)
        self.connectivity_s = 0.0
        simple = bool(frame.inner[off].all() and frame.inner[on].all())
        moved: list[I64] = []
        for edge in off[frame.inner[off]].tolist():
            simple &= self._opened(edge, moved)
        for edge in on[frame.inner[on]].tolist():
            simple &= self._closed(edge, moved)
        if simple and self._settle_alone(moved):
            return self._changed(np.concatenate(moved)) if moved else np.empty(0, np.int64)
        answers = everything(frame, self._solver, self._label)
        self._answers.put(np.arange(answers.live.size), answers)
        before, self._code = self._code, all_codes(frame, self._label, self._answers)
        return np.unique(frame.rows.der[before != self._code])

    def _opened(self, edge: int, moved: list[I64]) -> bool:
        """Part a piece; return whether what came off is without supply points and the rest is live."""
        u, v = int(self._frame.u[edge]), int(self._frame.v[edge])
        began = time.perf_counter()
        self._library.remove(u, v)
        one = self._library.component(u)
        other = self._library.component(v) if one.size < self._size[self._label[u]] else one[:0]
        self.connectivity_s += time.perf_counter() - began
        if not other.size:
            return True
        old, new = int(self._label[u]), self._free.pop()
        off, rest = (one, other) if one.size < other.size else (other, one)
        plain = not self._special[off].any()
        if not plain and not self._special[rest].any():
            off, plain = rest, True
        self._label[off] = new
        self._size[new], self._size[old] = off.size, self._size[old] - off.size
        for name in ("live", "whole", "held"):
            getattr(self._answers, name)[new] = False
        moved.append(off)
        return plain and bool(self._answers.live[old])

    def _closed(self, edge: int, moved: list[I64]) -> bool:
        """Join two pieces; return whether one is without supply points and the other live."""
        u, v = int(self._frame.u[edge]), int(self._frame.v[edge])
        old, new = int(self._label[u]), int(self._label[v])
        began = time.perf_counter()
        if old != new:
            one, other = self._library.component(u), self._library.component(v)
        self._library.add(u, v)
        self.connectivity_s += time.perf_counter() - began
        if old == new:
            return True
        if one.size > other.size:
            one, other, old, new = other, one, new, old
        plain = not self._special[one].any()
        if not plain and not self._special[other].any():
            one, old, new, plain = other, new, old, True
        self._label[one] = new
        self._size[new] += self._size[old]
        self._size[old] = 0
        self._free.append(old)
        moved.append(one)
        return plain and bool(self._answers.live[new]) and not self._answers.live[old]

    def _settle_alone(self, moved: list[I64]) -> bool:
        """Tell which of the pieces that came off are islands; False where other pieces depend on it."""
        if not moved:
            return True
        frame, label = self._frame, self._label
        start, flat = self._rows_at
        vertices = np.concatenate(moved)
        rows = picked(start, flat, vertices)
        ders = np.unique(frame.rows.der[rows[self._machine[rows]]])
        all_rows = picked(*self._rows_of_der, ders)
        at = label[frame.rows.vertex[all_rows]]
        touched = np.unique(label[vertices])
        live = self._answers.live[at]
        if not (live | np.isin(at, touched)).all():
            return False
        der = frame.rows.der[all_rows]
        on_grid = np.isin(der, der[live])
        self._answers.held[touched] = False
        self._answers.held[at[~on_grid]] = True
        return True

    def _changed(self, vertices: I64) -> I64:
        """Renew the rows at some vertices and those that wait for them; return the DER that changed."""
        frame = self._frame
        rows = picked(*self._rows_at, vertices)
        if frame.gate_row.size:
            rows = np.unique(np.concatenate([rows, frame.gate_row[picked(*self._gated_at, vertices)]]))
        lacking = np.zeros(rows.size, np.bool_)
        if frame.gate_row.size:
            start, flat = self._gates_of
            gates = picked(start, flat, rows)
            owner = np.repeat(np.arange(rows.size), start[rows + 1] - start[rows])
            lacking[owner[~self._answers.live[self._label[frame.gate_vertex[gates]]]]] = True
        code = row_codes(frame, rows, self._label[frame.rows.vertex[rows]], self._answers, lacking)
        other = rows[code != self._code[rows]]
        self._code[rows] = code
        return np.unique(frame.rows.der[other])
