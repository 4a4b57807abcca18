"""Whether the scanner may be used: only with numba, and once the machine code of its kernels lies in the cache.

Compiling takes longer than the conforming reader needs for most files, so that no load ever waits for it:
`python -m topogroup.cli.compiling` does it, which the service starts as a process of its own.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Final

from cim_models.machine_code import MachineCode, is_possible, said

CODE: Final = MachineCode(
    "scanner", __file__, ("bytes_known.py", "compiling.py", "linked.py", "scanner.py", "kernels/*.py")
)


def is_wanted() -> bool:
    """Tell whether large documents are scanned."""
    return said() != "0" and is_possible() and (said() == "1" or CODE.is_complete())


@cache
def kernels() -> ModuleType:
    """Return the kernels, which are compiled when they are called first."""
    CODE.numba()
    from cim_models.scan import kernels as compiled

    return compiled
