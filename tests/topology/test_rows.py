"""Distinct rows equal those of numpy's own way, for any spans."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from topogroup.topology.arrays.rows import distinct

NUMBERS = st.integers(0, 3) | st.integers(0, 2**40) | st.sampled_from([0, 2**61, 2**62 - 1])


@given(rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=0, max_size=20))
def test_distinct_rows_are_those_of_a_set(rows: list[tuple[int, int, int]]) -> None:
    """Ascending, each once."""
    columns = np.array(rows, np.int64).reshape(-1, 3)
    found = distinct(*columns.T)
    assert [tuple(row) for row in np.stack(found, axis=1).tolist()] == sorted(set(rows))
