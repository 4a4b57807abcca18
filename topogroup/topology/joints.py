"""Joints: edges of the graph of (node, phase) in the making, put together once at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from topogroup.topology.connectivity import Edges, Kind

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Joints:
    """Some edges of one kind and phase, with the columns of `Edges`.

    `u` and `v` are None where a node is a vertex; `lower_end` is None where there is none.
    """

    u: I64 | None
    v: I64 | None
    node1: Ints
    node2: Ints
    kind: Kind
    row: Ints
    bit: int
    equipment: Ints
    terminal1: Ints
    terminal2: Ints
    lower_end: I64 | None = None

    def __len__(self) -> int:
        """Return the number of edges."""
        return int(self.node1.size)


def edges_of(parts: Sequence[Joints]) -> Edges:
    """Put joints together, in their order.

    Args:
        parts: at least one.

    Returns:
        The edges.
    """

    def column(arrays: Sequence[Ints]) -> I64:
        return np.concatenate(arrays, dtype=np.int64)

    def constant(values: Sequence[int]) -> npt.NDArray[np.uint8]:
        return np.repeat(np.array(values, np.uint8), sizes)

    sizes = [len(part) for part in parts]
    node1, node2 = column([part.node1 for part in parts]), column([part.node2 for part in parts])
    u, v = ([part.u for part in parts if part.u is not None], [part.v for part in parts if part.v is not None])
    none = np.int64(-1)
    return Edges(
        # of a balanced network vertices are nodes, and these long columns are kept once
        u=column(u) if u else node1,
        v=column(v) if v else node2,
        node1=node1,
        node2=node2,
        kind=constant([part.kind for part in parts]),
        row=column([part.row for part in parts]),
        bit=constant([part.bit for part in parts]),
        equipment=column([part.equipment for part in parts]),
        terminal1=column([part.terminal1 for part in parts]),
        terminal2=column([part.terminal2 for part in parts]),
        lower_end=column(
            [np.broadcast_to(none, len(part)) if part.lower_end is None else part.lower_end for part in parts]
        ),
    )
