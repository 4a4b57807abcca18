"""What kernels are marked with; whether they are compiled is decided where they are loaded, in `choosing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

COMPILERS: Final[list[Callable[..., Any]]] = []
"""The compiler for the kernels that are loaded just now is the last; none = they stay plain."""


def jit(function: F) -> F:
    """Compile a kernel if its module is being loaded as the compiled one, else leave it as it is."""
    if not COMPILERS:
        return function
    compiled: F = COMPILERS[-1](function)
    return compiled
