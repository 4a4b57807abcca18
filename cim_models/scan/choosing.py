"""Whether the scanner may be used: only with numba, and once the machine code of its kernels lies in the cache.

Compiling takes longer than the conforming reader needs for most files, so that no load ever waits for it:
`python -m topogroup.cli.compiling` does it, which the service starts as a process of its own.
"""

from __future__ import annotations

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

SWITCH: Final = "TOPOGROUP_COMPILED"
"""Environment variable, the same as for the kernels of the trace: `0` = never, `1` = always, compiled now."""

_COMPLETE: Final = "complete"
"""The file that stands for machine code of all kernels in a folder."""


def is_wanted() -> bool:
    """Tell whether large documents are scanned."""
    said = os.environ.get(SWITCH, "")
    return said != "0" and is_possible() and (said == "1" or is_compiled())


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
def kernels() -> ModuleType:
    """Return the kernels, which are compiled when they are called first."""
    import numba

    config: Any = numba.config
    config.CACHE_DIR = str(_folder())
    from cim_models.scan import kernels as compiled

    return compiled


@cache
def _folder() -> Path:
    """Return the folder for the machine code of just these sources, by this numba and Python.

    numba looks at the file of a kernel alone: it would go on with kernels of other files as they were, hence a folder
    for each state of the sources. It also looks at where the file lies, and at its time.
    """
    here = Path(__file__).parent
    around = [here / name for name in ("bytes_known.py", "compiling.py", "linked.py", "scanner.py")]
    kernels = sorted((here / "kernels").glob("*.py"))
    digest = sha256(b"".join(source.read_bytes() for source in [*around, *kernels]))
    digest.update(f"{here} {[source.stat().st_mtime_ns for source in kernels]}".encode())
    digest.update(f"{version('numba')} {sys.version} {platform.machine()}".encode())
    return _cache_folder() / f"scanner-{digest.hexdigest()[:16]}"


def _cache_folder() -> Path:
    if own := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "topogroup" / "kernels"
