"""Joints: edges of the graph of (node, phase) in the making, put together once at the end, column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from topogroup.topology.graph.connectivity import Edges, Kind
from topogroup.topology.graph.phases import Slots

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]


class Ends(Protocol):
    """A table of what joins two nodes."""

    @property
    def node1(self) -> npt.NDArray[np.int32]:
        """The node at one end."""

    @property
    def node2(self) -> npt.NDArray[np.int32]:
        """The node at the other end."""

    @property
    def equipment(self) -> npt.NDArray[np.int32]:
        """What it is."""

    @property
    def terminal1(self) -> npt.NDArray[np.int32]:
        """The terminal at one end."""

    @property
    def terminal2(self) -> npt.NDArray[np.int32]:
        """The terminal at the other end."""


@dataclass(frozen=True, slots=True)
class Joints:
    """Some edges of one kind that join one phase to one phase.

    Attributes:
        table: where their ends stand.
        rows: int64[n]; their rows in it, ascending.
        kind: what they are.
        bit1, bit2: the phases joined, or ways of them.
        bit: the phase of side 1.
        row, lower_end: int64[n]; as in `Edges`; no `lower_end` = -1.
    """

    table: Ends
    rows: I64
    kind: Kind
    bit1: int
    bit2: int
    bit: int
    row: I64
    lower_end: I64 | None = None

    def __len__(self) -> int:
        """Return the number of edges."""
        return int(self.rows.size)

    def picked(self, column: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return the rows of a column of the table."""
        return column if column.size == self.rows.size else column[self.rows]


def edges_of(slots: Slots, parts: Sequence[Joints]) -> Edges:
    """Put joints together, in their order.

    Args:
        slots: how (node, phase) becomes a vertex.
        parts: the joints.

    Returns:
        The edges.
    """
    ends = np.cumsum([0, *(len(part) for part in parts)]).tolist()
    spans = [slice(first, last) for first, last in pairwise(ends)]

    def column(of_part: Callable[[Joints], Ints | int]) -> I64:
        # each part is written where it belongs: long columns are not held twice
        result = np.empty(ends[-1], np.int64)
        for part, span in zip(parts, spans, strict=True):
            result[span] = of_part(part)
        return result

    def vertices(node: I64, bits: Sequence[int]) -> I64:
        if slots.width == 1:
            return node
        result = np.empty_like(node)
        for bit, span in zip(bits, spans, strict=True):
            result[span] = slots.vertex(node[span], bit)
        return result

    def constant(values: Sequence[int]) -> U8:
        return np.repeat(np.array(values, np.uint8), [len(part) for part in parts])

    node1 = column(lambda part: part.picked(part.table.node1))
    node2 = column(lambda part: part.picked(part.table.node2))
    return Edges(
        u=vertices(node1, [part.bit1 for part in parts]),
        v=vertices(node2, [part.bit2 for part in parts]),
        node1=node1,
        node2=node2,
        kind=constant([part.kind for part in parts]),
        row=column(lambda part: part.row),
        bit=constant([part.bit for part in parts]),
        equipment=column(lambda part: part.picked(part.table.equipment)),
        terminal1=column(lambda part: part.picked(part.table.terminal1)),
        terminal2=column(lambda part: part.picked(part.table.terminal2)),
        lower_end=column(lambda part: -1 if part.lower_end is None else part.lower_end),
    )
