"""Contraction: vertices that no switch parts are one block, so that a state is traced on what switches can change.

A network has ten times fewer blocks than vertices. What is joined for good: lines, and windings without a gate, as
long as they conduct under the flags of a state (in service, connected). What stays an edge between blocks: poles,
windings that depend on phases other than their own, and the supply points of all levels, which levels cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_models.network import Network
from topogroup.topology.graph.connectivity import ConductorGraph, Kind
from topogroup.topology.graph.phases import components
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.levels import Level

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Contraction:
    """The blocks of a network under the flags of a state.

    Attributes:
        flags: the state it was made for; its switches do not matter.
        block: int64[n_vertices]; the block of each vertex.
        count: number of blocks.
        edge: int64[n]; the edges that may or may not conduct.
        u, v: int64[n]; their blocks.
    """

    flags: NetworkState
    block: I64
    count: int
    edge: I64
    u: I64
    v: I64

    def holds_for(self, state: NetworkState) -> bool:
        """Tell whether a state has the same flags."""
        return self.flags.same_flags(state)

    def components(self, conducting: Bools) -> I64:
        """Return a component number for each vertex.

        Args:
            conducting: bool[n_edges]; edges within blocks conduct, whatever it says of them.

        Returns:
            int64[n_vertices].
        """
        used = conducting[self.edge]
        return components(self.count, self.u[used], self.v[used])[self.block]


def contracted(
    network: Network, graph: ConductorGraph, levels: Iterable[Level], state: NetworkState
) -> Contraction:
    """Contract a network.

    Args:
        network: the network.
        graph: its graph of (node, phase).
        levels: the levels of supply; their points stay edges.
        state: the state whose flags count.

    Returns:
        The contraction; it holds for all states with these flags.
    """
    edges, gates = graph.edges, graph.gates
    may_change = edges.kind == Kind.POLE
    gated = np.zeros(int(edges.row.max(initial=-1)) + 1, np.bool_)
    gated[gates.unit] = True
    may_change |= (edges.kind == Kind.WINDING) & gated[edges.row]
    may_change[gates.tap_edge] = True
    for level in levels:
        may_change[level.edge] = True
    fixed = graph.conducting(network, state) & ~may_change
    block = components(graph.n_vertices, edges.u[fixed], edges.v[fixed])
    edge = np.flatnonzero(may_change)
    count = int(block.max(initial=-1)) + 1
    return Contraction(state, block, count, edge, block[edges.u[edge]], block[edges.v[edge]])


class Contractions:
    """Keeps the contractions that were needed last: those of the normal and of the current flags."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: tuple[Contraction, ...] = ()

    def of(self, network: Network, graph: ConductorGraph, levels: Iterable[Level], state: NetworkState) -> Contraction:
        """Return the contraction for the flags of a state; the arguments are those of `contracted`."""
        for known in self._kept:
            if known.holds_for(state):
                return known
        made = contracted(network, graph, levels, state)
        self._kept = (made, *self._kept[:1])
        return made
