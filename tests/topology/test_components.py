"""Connected pieces and grouping by whole arrays, against the plainest way to find the same."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topogroup.topology.arrays import components as components_module
from topogroup.topology.arrays import grouped as grouped_module
from topogroup.topology.arrays.components import components
from topogroup.topology.arrays.grouped import grouped, ranks


def plain(size: int, edges: list[tuple[int, int]]) -> list[int]:
    """Number the pieces by their lowest vertex, spreading the lowest number edge by edge until nothing changes."""
    lowest = list(range(size))
    while True:
        before = lowest.copy()
        for one, other in edges:
            lowest[one] = lowest[other] = min(lowest[one], lowest[other])
        if before == lowest:
            order = sorted(set(lowest))
            return [order.index(vertex) for vertex in lowest]


@given(st.integers(1, 40), st.data())
def test_components_of_any_graph(size: int, data: st.DataObject) -> None:
    """Loops and repeated edges included, whatever the type of the numbers."""
    vertex = st.integers(0, size - 1)
    edges = data.draw(st.lists(st.tuples(vertex, vertex), max_size=60))
    dtype = data.draw(st.sampled_from([np.int32, np.int64]))
    pairs = np.array(edges, dtype).reshape(-1, 2)
    found = components(size, pairs[:, 0], pairs[:, 1])
    assert found.dtype == np.int64
    assert found.tolist() == plain(size, edges)


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("shape", ["path", "star", "ring"])
def test_components_of_long_shapes(shape: str, step: int) -> None:
    """A hundred thousand vertices in a row, around one, and in a ring, in either order, and one that is alone."""
    size = 100_000
    row = np.arange(size)[::step]
    other = {"path": row[1:], "star": row[1:], "ring": np.roll(row, 1)}[shape]
    one = {"path": row[:-1], "star": np.repeat(row[:1], size - 1), "ring": row}[shape]
    assert np.array_equal(components(size + 1, one, other), np.append(np.zeros(size), 1))


def test_components_of_nothing() -> None:
    """No vertices, and vertices without edges."""
    none = np.empty(0, np.int64)
    assert components(0, none, none).tolist() == []
    assert components(3, none, none).tolist() == [0, 1, 2]


@given(st.integers(1, 8), st.data())
def test_grouped_and_ranks(count: int, data: st.DataObject) -> None:
    """Values of one owner keep their order; ranks are positions among the distinct numbers."""
    owners = data.draw(st.lists(st.integers(0, count - 1), max_size=30))
    values = np.arange(len(owners), dtype=np.int32) * 3
    start, by_owner = grouped(count, np.array(owners, np.int32), values)
    found = [by_owner[start[i] : start[i + 1]].tolist() for i in range(count)]
    assert found == [[3 * at for at, owner in enumerate(owners) if owner == i] for i in range(count)]
    distinct, rank = ranks(count, np.array(owners, np.int64))
    assert distinct.tolist() == sorted(set(owners))
    assert distinct[rank].tolist() == owners


@pytest.mark.parametrize("module", [components_module, grouped_module])
def test_examples_in_docstrings(module: object) -> None:
    """What the docstrings show is so."""
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.failed == 0
    assert result.attempted > 0
