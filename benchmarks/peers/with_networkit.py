"""NetworKit: a graph in C++, one thread."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.frame import Frame

nk: Any = importlib.import_module("networkit")

I64 = npt.NDArray[np.int64]


class Networkit:
    """A graph kept by NetworKit."""

    name = "networkit"

    def __init__(self, frame: Frame) -> None:
        """Fill the graph."""
        nk.setNumberOfThreads(1)
        used = frame.inner & frame.on
        self._graph = nk.Graph(frame.n_vertices)
        self._graph.addEdges((frame.u[used].astype(np.uint64), frame.v[used].astype(np.uint64)))

    def remove(self, u: int, v: int) -> None:
        """Take an edge away."""
        self._graph.removeEdge(u, v)

    def add(self, u: int, v: int) -> None:
        """Put an edge back."""
        self._graph.addEdge(u, v)

    def labels(self) -> I64:
        """Return a component number for each vertex."""
        found = nk.components.ConnectedComponents(self._graph)
        found.run()
        return np.array(found.getPartition().getVector(), np.int64)
