"""Kernels, compiled or plain: the same loops are machine code with the extra `fast`, plain Python without it.

Both ways run the same source and give the same answers. numba is imported only where a network is large enough to
repay that. Compiling takes half a minute, once for each machine and release: that is done by `topogroup.cli.compiling`,
which the service starts as a process of its own; until the machine code lies in the user's cache, kernels are plain.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from topogroup.topology.tracing.jit import COMPILERS

BLOCKS_WORTH_COMPILING: Final = 2_000
"""Networks with fewer blocks are traced in plain Python: an operation there takes less than a millisecond anyway."""

SWITCH: Final = "TOPOGROUP_COMPILED"
"""Environment variable: `0` = always plain, `1` = always compiled, now if need be; otherwise the size decides, and
whether the machine code is there."""

_KERNELS: Final = "topogroup.topology.tracing.kernels"

_COMPLETE: Final = "complete"
"""The file that stands for machine code of all kernels in a folder."""


def kernels(blocks: int) -> ModuleType:
    """Return the kernels for a network.

    Args:
        blocks: its number of blocks.

    Returns:
        The module `kernels`, its functions compiled if that is possible and worth while.
    """
    said = os.environ.get(SWITCH, "")
    wanted = said == "1" or (said != "0" and blocks >= BLOCKS_WORTH_COMPILING and is_compiled())
    if wanted and is_possible():
        return _compiled()
    from topogroup.topology.tracing import kernels as plain

    return plain


@cache
def is_possible() -> bool:
    """Tell whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


def is_compiled() -> bool:
    """Tell whether the machine code of these kernels lies in the cache."""
    return is_possible() and (_folder() / _COMPLETE).exists()


def note_compiled() -> None:
    """Note that all kernels were compiled into the cache."""
    _folder().mkdir(parents=True, exist_ok=True)
    (_folder() / _COMPLETE).touch()


@cache
def _folder() -> Path:
    """Return the folder for the machine code of just these sources, by this numba and Python.

    numba looks at the file of a kernel alone: it would go on with kernels of other files as they were, hence a folder
    for each state of the sources. It also looks at where the file lies, and at its time.
    """
    here = Path(__file__).parent
    sources = [here / "tables.py", *sorted((here / "kernels").glob("*.py"))]
    digest = sha256(b"".join(source.read_bytes() for source in sources))
    digest.update(f"{here} {[source.stat().st_mtime_ns for source in sources]}".encode())
    digest.update(f"{version('numba')} {sys.version} {platform.machine()}".encode())
    return _cache_folder() / f"trace-{digest.hexdigest()[:16]}"


@cache
def _compiled() -> ModuleType:
    """Load the source of the kernels a second time, with numba's compiler as `jit`."""
    import numba

    config: Any = numba.config
    config.CACHE_DIR = str(_folder())
    plain = importlib.import_module(_KERNELS)
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if (name + ".").startswith(f"{_KERNELS}.")}
    # kernels never make arrays, and counting the references of a hundred of them took nine tenths of the time
    njit: Any = numba.njit
    COMPILERS.append(njit(nogil=True, cache=True, _nrt=False))
    try:
        return importlib.import_module(_KERNELS)
    finally:
        COMPILERS.pop()
        for name in [name for name in sys.modules if (name + ".").startswith(f"{_KERNELS}.")]:
            del sys.modules[name]
        sys.modules.update(known)
        # the import has put the compiled module into its package as well
        package, _, own = _KERNELS.rpartition(".")
        setattr(sys.modules[package], own, plain)


def _cache_folder() -> Path:
    if own := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "topogroup" / "kernels"
