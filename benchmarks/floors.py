"""Floors: what no method can be quicker than, or what the answer needs at least."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from topogroup.topology.tracing.trace import Trace

I32 = npt.NDArray[np.int32]


def _gathered(u: I32, v: I32, label: I32) -> int:
    total = 0
    for at in range(u.size):
        total += label[u[at]] ^ label[v[at]]
    return total


def _united(u: I32, v: I32, parent: I32) -> int:
    """Unite by the method of Rem; return the number of sets."""
    count = parent.size
    for at in range(count):
        parent[at] = at
    for at in range(u.size):
        one, other = u[at], v[at]
        while parent[one] != parent[other]:
            if parent[one] < parent[other]:
                one, other = other, one
            if parent[one] == one:
                parent[one] = parent[other]
                count -= 1
                break
            above = parent[one]
            parent[one] = parent[other]
            one = above
    for at in range(parent.size):
        parent[at] = parent[parent[at]]
    return count


def _nothing(*_given: object) -> int:
    return 0


@cache
def compiled(name: str) -> Callable[..., int]:
    """Return one of these loops as machine code: `gathered`, `united` or `nothing`."""
    numba: Any = importlib.import_module("numba")
    loops = {"gathered": _gathered, "united": _united, "nothing": _nothing}
    made: Callable[..., int] = numba.njit(nogil=True)(loops[name])
    return made


def kernel_arguments(trace: Trace, poles: npt.NDArray[np.int64], opened: npt.NDArray[np.uint8]) -> tuple[Any, ...]:
    """Return what the kernel of an operation is given."""
    areas = trace._areas
    assert areas is not None
    return (trace.working.fixed, areas.c, areas._x, areas._tables, poles, opened, 1)
