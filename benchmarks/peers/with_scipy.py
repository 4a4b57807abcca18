"""scipy.sparse.csgraph: a matrix in rows, kept; an edge that is taken away becomes a loop at its own end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from benchmarks.peers.frame import Frame

I64 = npt.NDArray[np.int64]


class Scipy:
    """A graph kept as a sparse matrix."""

    name = "scipy"

    def __init__(self, frame: Frame) -> None:
        """Fill the matrix with all edges, then take away those that do not conduct."""
        edge = np.flatnonzero(frame.inner)
        u, v = frame.u[edge], frame.v[edge]
        order = np.argsort(u, kind="stable")
        start = np.zeros(frame.n_vertices + 1, np.int32)
        np.cumsum(np.bincount(u, minlength=frame.n_vertices), out=start[1:])
        shape = (frame.n_vertices, frame.n_vertices)
        self._matrix = csr_array((np.ones(edge.size, np.int8), v[order].astype(np.int32), start), shape=shape)
        for off in edge[~frame.on[edge]].tolist():
            self.remove(int(frame.u[off]), int(frame.v[off]))

    def _place(self, u: int, v: int) -> int:
        first, last = self._matrix.indptr[u], self._matrix.indptr[u + 1]
        return int(first + np.flatnonzero(self._matrix.indices[first:last] == v)[0])

    def remove(self, u: int, v: int) -> None:
        """Take an edge away."""
        self._matrix.indices[self._place(u, v)] = u

    def add(self, u: int, v: int) -> None:
        """Put an edge back."""
        self._matrix.indices[self._place(u, u)] = v

    def labels(self) -> I64:
        """Return a component number for each vertex."""
        _, label = connected_components(self._matrix, directed=False)
        return np.asarray(label, np.int64)
