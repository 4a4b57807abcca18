"""Kernels, compiled or plain: the same loops are machine code with the extra `fast`, plain Python without it.

numba costs half a second to import and a second to open its cache, so it is asked for only where a network is large
enough to repay that. Both ways run the same source file and give the same answers.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

BLOCKS_WORTH_COMPILING: Final = 2_000
"""Networks with fewer blocks are traced in plain Python: an operation there takes less than a millisecond anyway."""

SWITCH: Final = "TOPOGROUP_COMPILED"
"""Environment variable: `0` never compiles, `1` always does; otherwise the size decides."""

_KERNELS: Final = "topogroup.topology.kernels"

_compiler: list[Callable[..., Any]] = []


def jit(function: F) -> F:
    """Compile a kernel if its module is being loaded as the compiled one, else leave it as it is."""
    if not _compiler:
        return function
    compiled: F = _compiler[-1](function)
    return compiled


def kernels(blocks: int) -> ModuleType:
    """Return the kernels for a network.

    Args:
        blocks: its number of blocks.

    Returns:
        The module `kernels`, its functions compiled if that is possible and worth while.
    """
    said = os.environ.get(SWITCH, "")
    wanted = said == "1" or (said != "0" and blocks >= BLOCKS_WORTH_COMPILING)
    if wanted and importlib.util.find_spec("numba") is not None:
        return _compiled()
    from topogroup.topology import kernels as plain

    return plain


@cache
def _compiled() -> ModuleType:
    """Load the source of the kernels a second time, with numba's compiler as `jit`."""
    import numba

    if not os.environ.get("NUMBA_CACHE_DIR"):
        config: Any = numba.config
        config.CACHE_DIR = str(_cache_folder())
    plain = {name: sys.modules.pop(name) for name in list(sys.modules) if (name + ".").startswith(f"{_KERNELS}.")}
    # kernels never make arrays, and counting the references of a hundred of them took nine tenths of the time
    njit: Any = numba.njit
    _compiler.append(njit(nogil=True, cache=True, _nrt=False))
    try:
        return importlib.import_module(_KERNELS)
    finally:
        _compiler.pop()
        for name in [name for name in sys.modules if (name + ".").startswith(f"{_KERNELS}.")]:
            del sys.modules[name]
        sys.modules.update(plain)


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "topogroup" / "kernels"
