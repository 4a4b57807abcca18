"""rustworkx: a PyGraph in Rust."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.frame import Frame

rx: Any = importlib.import_module("rustworkx")

I64 = npt.NDArray[np.int64]


class Rustworkx:
    """A graph kept by rustworkx."""

    name = "rustworkx"

    def __init__(self, frame: Frame) -> None:
        """Fill the graph."""
        self._graph = rx.PyGraph(multigraph=False)
        self._graph.add_nodes_from([None] * frame.n_vertices)
        used = frame.inner & frame.on
        pairs = list(zip(frame.u[used].tolist(), frame.v[used].tolist(), strict=True))
        self._graph.add_edges_from_no_data(pairs)

    def remove(self, u: int, v: int) -> None:
        """Take an edge away."""
        self._graph.remove_edge(u, v)

    def add(self, u: int, v: int) -> None:
        """Put an edge back."""
        self._graph.add_edge(u, v, None)

    def labels(self) -> I64:
        """Return a component number for each vertex."""
        label = np.empty(self._graph.num_nodes(), np.int64)
        for number, members in enumerate(rx.connected_components(self._graph)):
            label[np.fromiter(members, np.int64, len(members))] = number
        return label

    def component(self, vertex: int) -> I64:
        """Return the vertices joined to one."""
        members = rx.node_connected_component(self._graph, vertex)
        return np.fromiter(members, np.int64, len(members))
