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
    return is_possible() and _marker().exists()


def note_compiled() -> None:
    """Note that all kernels were compiled into the cache."""
    _marker().parent.mkdir(parents=True, exist_ok=True)
    _marker().touch()


@cache
def kernels() -> tuple[ModuleType, ModuleType]:
    """Return the modules `kernels` and `linking`, whose functions are compiled when they are called first."""
    import numba

    config: Any = numba.config
    config.CACHE_DIR = str(_cache_folder())
    from cim_models.scan import kernels as scanning
    from cim_models.scan import linking

    return scanning, linking


@cache
def _marker() -> Path:
    """Return the file that stands for complete machine code of just these sources, by this numba and Python."""
    folder = Path(__file__).parent
    sources = [folder / name for name in ("bytes_known.py", "kernels.py", "linking.py", "scanner.py")]
    digest = sha256(b"".join(source.read_bytes() for source in sources))
    digest.update(f"{version('numba')} {sys.version} {platform.machine()}".encode())
    return _cache_folder() / f"scanner-{digest.hexdigest()[:16]}"


def _cache_folder() -> Path:
    if own := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "topogroup" / "kernels"
