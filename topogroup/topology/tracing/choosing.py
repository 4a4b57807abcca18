"""Kernels, compiled or plain: the same loops are machine code with the extra `fast`, plain Python without it.

Both ways run the same source and give the same answers. numba is imported only where a network is large enough to
repay that. Compiling takes half a minute, once for each machine and release: that is done by `topogroup.cli.compiling`,
which the service starts as a process of its own; until the machine code lies in the user's cache, kernels are plain.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Final

from cim_models.machine_code import MachineCode, is_possible, said
from topogroup.topology.tracing.jit import COMPILERS

BLOCKS_WORTH_COMPILING: Final = 2_000
"""Networks with fewer blocks are traced in plain Python: an operation there takes less than a millisecond anyway."""

_KERNELS: Final = "topogroup.topology.tracing.kernels"

CODE: Final = MachineCode("trace", __file__, ("tables.py", "kernels/*.py"))


def kernels(blocks: int) -> ModuleType:
    """Return the kernels for a network.

    Args:
        blocks: its number of blocks.

    Returns:
        The module `kernels`, its functions compiled if that is possible and worth while.
    """
    wanted = said() == "1" or (said() != "0" and blocks >= BLOCKS_WORTH_COMPILING and CODE.is_complete())
    if wanted and is_possible():
        return _compiled()
    from topogroup.topology.tracing import kernels as plain

    return plain


@cache
def _compiled() -> ModuleType:
    """Load the source of the kernels a second time, with numba's compiler as `jit`."""
    numba = CODE.numba()
    plain = importlib.import_module(_KERNELS)
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if (name + ".").startswith(f"{_KERNELS}.")}
    # kernels never make arrays, and counting the references of a hundred of them took nine tenths of the time
    COMPILERS.append(numba.njit(nogil=True, cache=True, _nrt=False))
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
