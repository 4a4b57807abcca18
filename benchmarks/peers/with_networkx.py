"""networkx: a Graph of dictionaries."""

from __future__ import annotations

import networkx as nx
import numpy as np
import numpy.typing as npt

from benchmarks.peers.frame import Frame

I64 = npt.NDArray[np.int64]


class Networkx:
    """A graph kept by networkx."""

    name = "networkx"

    def __init__(self, frame: Frame) -> None:
        """Fill the graph."""
        self._graph: nx.Graph[int] = nx.Graph()
        self._graph.add_nodes_from(range(frame.n_vertices))
        used = frame.inner & frame.on
        self._graph.add_edges_from(zip(frame.u[used].tolist(), frame.v[used].tolist(), strict=True))

    def remove(self, u: int, v: int) -> None:
        """Take an edge away."""
        self._graph.remove_edge(u, v)

    def add(self, u: int, v: int) -> None:
        """Put an edge back."""
        self._graph.add_edge(u, v)

    def labels(self) -> I64:
        """Return a component number for each vertex."""
        label = np.empty(self._graph.number_of_nodes(), np.int64)
        for number, members in enumerate(nx.connected_components(self._graph)):
            label[np.fromiter(members, np.int64, len(members))] = number
        return label

    def component(self, vertex: int) -> I64:
        """Return the vertices joined to one."""
        members = nx.node_connected_component(self._graph, vertex)
        return np.fromiter(members, np.int64, len(members))
