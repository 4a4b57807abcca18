"""Where the machine code of kernels lies, and whether it is there: a folder in the user's cache for each of its states.

numba looks at the file of a kernel alone: it would go on with kernels of other files as they were, hence a folder for
each state of all sources. It also looks at where a file lies, and at its time.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Sequence
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

SWITCH: Final = "TOPOGROUP_COMPILED"
"""Environment variable: `0` = kernels are never compiled, `1` = always, now if need be; otherwise machine code is used
once it is there, and where it repays."""

_COMPLETE: Final = "complete"
"""The file that stands for machine code of all kernels in a folder."""


@cache
def is_possible() -> bool:
    """Tell whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


def said() -> str:
    """Return what the environment says: `0`, `1`, or anything else."""
    return os.environ.get(SWITCH, "")


class MachineCode:
    """The machine code of some kernels, by one numba and Python."""

    def __init__(self, name: str, package: str, sources: Sequence[str]) -> None:
        """Remember what it is made of.

        Args:
            name: how its folders begin.
            package: a file of the package that the sources lie in.
            sources: patterns of the files that it depends on, from the folder of the package.
        """
        self._name, self._here, self._patterns = name, Path(package).parent, sources

    @cached_property
    def folder(self) -> Path:
        """Return the folder for the sources as they are now."""
        sources = [source for pattern in self._patterns for source in sorted(self._here.glob(pattern))]
        digest = sha256(b"".join(source.read_bytes() for source in sources))
        digest.update(f"{self._here} {[source.stat().st_mtime_ns for source in sources]}".encode())
        digest.update(f"{version('numba')} {sys.version} {platform.machine()}".encode())
        return _cache_folder() / f"{self._name}-{digest.hexdigest()[:16]}"

    def is_complete(self) -> bool:
        """Tell whether numba is installed and the machine code of all kernels is there."""
        return is_possible() and (self.folder / _COMPLETE).exists()

    def note_complete(self) -> None:
        """Note that all kernels were compiled into the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _COMPLETE).touch()

    def numba(self) -> Any:  # noqa: ANN401 - numba has no types
        """Return numba, told to keep what it compiles from now on in the folder."""
        import numba

        config: Any = numba.config
        config.CACHE_DIR = str(self.folder)
        return numba


def _cache_folder() -> Path:
    if own := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "topogroup" / "kernels"
