"""Values by what they belong to, in linear time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

I64 = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]


def grouped(count: int, owner: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Sort values by their owner; the values of one owner keep their order.

    Args:
        count: number of owners.
        owner: the owner of each value, 0 to `count` - 1.
        value: the values.

    Returns:
        int[count + 1] and int[n]; the values of owner i are `values[start[i]:start[i + 1]]`.

    >>> [column.tolist() for column in grouped(3, np.array([2, 0, 2]), np.array([7, 8, 9]))]
    [[0, 1, 1, 3], [8, 7, 9]]
    """
    # a sparse matrix with one value in each column: asked for its rows, it counts instead of comparing
    columns = np.arange(owner.size + 1, dtype=np.int32)
    by_row = csc_array((value, owner.astype(np.int32, copy=False), columns), shape=(count, owner.size)).tocsr()
    data: Ints = np.asarray(by_row.data)  # type: ignore[assignment]
    return np.asarray(by_row.indptr), data


def ranks(size: int, numbers: Ints) -> tuple[I64, I64]:
    """Number the distinct values of some small numbers.

    Args:
        size: all numbers lie below it.
        numbers: the numbers.

    Returns:
        The distinct numbers, ascending, and the position of each of `numbers` among them.

    >>> [column.tolist() for column in ranks(10, np.array([7, 2, 7]))]
    [[2, 7], [1, 0, 1]]
    """
    present = np.zeros(size, np.bool_)
    present[numbers] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[numbers]
