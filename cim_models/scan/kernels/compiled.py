"""What kernels are marked with: numba compiles them when they are called first, and keeps the machine code.

They run without the interpreter's lock. They make no arrays, so that nobody need count references to arrays.
"""

from __future__ import annotations

from typing import Any, Final

import numba

_njit: Any = numba.njit

jit: Final[Any] = _njit(nogil=True, cache=True, _nrt=False)
"""For kernels that Python calls."""

inner: Final[Any] = _njit(nogil=True, cache=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For those that kernels alone call; most become a part of their callers."""
