"""Pieces of network that lines hold together: where every search for connected nodes can begin.

Lines are most of a network and no switch parts them, so that they are looked at once, and what is joined further by
switches or transformers is found among a third as many pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.graph.connectivity import ConductorGraph, Kind

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_PHASES: Final = np.arange(3)
"""The slots of A, B and C: all that a node has in a graph of three slots."""


@dataclass(frozen=True, slots=True, eq=False)
class LinePieces:
    """The pieces of network that lines and other branches hold together.

    Attributes:
        of_node: int64[n_nodes]; ascending by the lowest node of the pieces.
        count: number of pieces.
    """

    of_node: I64
    count: int

    def joined(self, *pairs: tuple[Ints, Ints]) -> I64:
        """Return a number for each piece, the same for pieces that more than lines join.

        Args:
            pairs: nodes that are joined, those at one end and those at the other.

        Returns:
            int64[count]; ascending by the lowest node.
        """
        one, other = (np.concatenate([self.of_node[pair[side]] for pair in pairs]) for side in (0, 1))
        return components(self.count, one, other)


def line_pieces(network: Network) -> LinePieces:
    """Find what lines and other branches hold together."""
    of_node = components(len(network.node.id), network.branch.node1, network.branch.node2)
    return LinePieces(of_node, int(of_node.max(initial=-1)) + 1)


class OverLines:
    """Finds what is joined in a graph of (node, phase) over what its lines join, found once and kept."""

    def __init__(self, network: Network, graph: ConductorGraph, lines: LinePieces) -> None:
        """Remember where to look; `lines` count where a node is a vertex and all lines conduct."""
        self._network, self._graph, self._lines = network, graph, lines
        self._is_line = graph.edges.kind == Kind.BRANCH
        self._lines_on: Bools | None = None
        self._piece = lines.of_node

    def components(self, conducting: Bools) -> I64:
        """Return a component number for each vertex: int64[n_vertices] from bool[n_edges]."""
        lines_on = conducting & self._is_line
        if self._lines_on is None or not np.array_equal(self._lines_on, lines_on):
            self._lines_on, self._piece = lines_on, self._over_lines(lines_on)
        return self._joined(self._piece, np.flatnonzero(conducting & ~self._is_line))

    def _joined(self, piece: I64, used: I64) -> I64:
        """Join pieces by some edges."""
        edges = self._graph.edges
        return components(int(piece.max(initial=-1)) + 1, piece[edges.u[used]], piece[edges.v[used]])[piece]

    def _over_lines(self, lines_on: Bools) -> I64:
        """Return what the lines that conduct join: a number for each vertex."""
        width = self._graph.slots.width
        if width == 1 and np.array_equal(lines_on, self._is_line):
            return self._lines.of_node
        if width != _PHASES.size:
            return self._graph.components(lines_on)
        # what lines of three phases join is alike in all three: it is found once, for nodes
        branch, row_of = self._network.branch, self._graph.edges.row
        whole = branch.phases1 & branch.phases2 & codes.ABC == codes.ABC
        for bit in (codes.A, codes.B, codes.C):
            own = np.flatnonzero(self._is_line & (self._graph.edges.bit == bit))
            whole[row_of[own]] &= lines_on[own]
        rows = np.flatnonzero(whole)
        of_node = components(len(self._network.node.id), branch.node1[rows], branch.node2[rows])
        piece = (of_node[:, np.newaxis] * width + _PHASES).reshape(-1)
        rest = np.flatnonzero(lines_on)
        return self._joined(piece, rest[~whole[row_of[rest]]])
