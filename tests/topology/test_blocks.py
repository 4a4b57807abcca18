"""Blocks of random graphs, loops and parallel edges included, against all simple paths that networkx finds."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.test_attachment import examples
from topogroup.topology.graph.blocks import block_tree

Ends = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Ends, int]:
    """Draw the number of vertices, the edges and a start."""
    size = draw(st.integers(1, 7))
    vertex = st.integers(0, size - 1)
    return size, draw(st.lists(st.tuples(vertex, vertex), max_size=11)), draw(vertex)


@examples(3.0)
@given(graphs(), st.data())
def test_what_lies_on_ways(drawn: tuple[int, Ends, int], data: st.DataObject) -> None:
    """Edges on ways, vertices behind edges, and shortest ways."""
    size, ends, start = drawn
    columns = np.array(ends, np.int64).reshape(-1, 2)
    tree = block_tree(size, columns[:, 0], columns[:, 1], start)
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    graph.add_nodes_from(range(size))
    for number, (u, v) in enumerate(ends):
        graph.add_edge(u, v, key=number)
    marked = data.draw(st.lists(st.booleans(), min_size=len(ends), max_size=len(ends)))
    behind = tree.behind(np.array(marked, np.bool_))
    for vertex in range(size):
        ways: list[list[tuple[int, int, int]]] = []
        if vertex != start:
            ways = list(nx.all_simple_edge_paths(graph, start, vertex))  # type: ignore[arg-type]
        on_ways = {edge[2] for way in ways for edge in way}
        assert np.flatnonzero(tree.on_ways(vertex)).tolist() == sorted(on_ways)
        assert bool(behind[vertex]) == any(marked[key] for key in on_ways)
        way = tree.way(vertex)
        if vertex == start or ways:
            assert (way[0], way[-1], len(way) - 1) == (vertex, start, min(map(len, ways), default=0))
            assert nx.is_path(graph, way)
        else:
            assert way == []
