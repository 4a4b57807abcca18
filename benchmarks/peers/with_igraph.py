"""igraph: a graph in C; taking one edge away writes its indices anew."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.frame import Frame

igraph: Any = importlib.import_module("igraph")

I64 = npt.NDArray[np.int64]


class Igraph:
    """A graph kept by igraph."""

    name = "igraph"

    def __init__(self, frame: Frame) -> None:
        """Fill the graph."""
        used = frame.inner & frame.on
        self._graph = igraph.Graph(frame.n_vertices, np.stack([frame.u[used], frame.v[used]], axis=1))

    def remove(self, u: int, v: int) -> None:
        """Take an edge away."""
        self._graph.delete_edges([(u, v)])

    def add(self, u: int, v: int) -> None:
        """Put an edge back."""
        self._graph.add_edges([(u, v)])

    def labels(self) -> I64:
        """Return a component number for each vertex."""
        return np.array(self._graph.connected_components().membership, np.int64)
