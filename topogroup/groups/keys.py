"""Keys of groups as integers, so that a million memberships are compared without a loop.

A key is a row of positions, one for each dimension of a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from topogroup.topology.arrays.links import Links

_SPAN_MAX: Final = 2**62
"""Codes stay below it: a signed 64-bit integer holds them, their sum with one more too."""

Codes = npt.NDArray[np.int64]
Keys = npt.NDArray[np.int64]


def packed(keys: Keys, sizes: Sequence[int]) -> Codes:
    """Give every key one integer; equal keys get equal ones, a key that sorts later a larger one.

    Args:
        keys: int64[n_keys, n_dimensions].
        sizes: number of items of each dimension; positions lie below it.

    Returns:
        int64[n_keys], comparable within this call only. Five dimensions of a large utility have more
        combinations than 64 bits: codes are renumbered without gaps whenever the next dimension would not
        fit.
    """
    codes = np.zeros(len(keys), np.int64)
    span = 1
    for column, size in zip(keys.T, sizes, strict=True):
        if span * max(size, 1) >= _SPAN_MAX:
            distinct, codes = np.unique(codes, return_inverse=True)
            span = distinct.size
        codes = codes * max(size, 1) + column
        span *= max(size, 1)
    return codes


def numbered(keys: Keys, sizes: Sequence[int]) -> tuple[Keys, Codes]:
    """Number the distinct keys.

    Args:
        keys: int64[n_keys, n_dimensions], in any order, repeats allowed.
        sizes: number of items of each dimension.

    Returns:
        The distinct keys, ascending, and for each given key its row there: int64[n_keys].
    """
    _, first, number = np.unique(packed(keys, sizes), return_index=True, return_inverse=True)
    return keys[first], number.astype(np.int64, copy=False)


def all_combinations(sizes: Sequence[int]) -> Keys:
    """Return every key there can be, ascending: int64[product of sizes, n_dimensions]."""
    return np.indices(tuple(sizes), np.int64).reshape(len(sizes), -1).T


def spread(links: Links, der: Codes) -> tuple[Codes, Codes]:
    """List the items of each of a number of DER, one after the other.

    Args:
        links: the items of all DER.
        der: int64[n]; positions of DER, repeats allowed.

    Returns:
        (row, item), int64[n_pairs] each: the entry of `der` that a pair belongs to, and the item.
    """
    start = links.start[der]
    count = links.start[der + 1] - start
    row = np.repeat(np.arange(der.size), count)
    within = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    return row, links.item[start[row] + within].astype(np.int64)
