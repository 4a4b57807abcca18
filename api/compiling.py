"""Compiling the kernels beside the service: a process of its own, once for each machine, when it is worth while."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from cim_models import machine_code
from cim_models.scan import choosing as reading
from topogroup.topology.tracing import choosing as tracing

_PRIORITY: Final = 10
"""Commands come first: nobody waits for machine code."""


class Compiling:
    """Starts the process that makes machine code of reader and trace; until it is done, both go without."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> str:
        """Return `compiled`, `compiling`, or `plain` where the trace has no machine code and nobody makes it."""
        return self._state(tracing.CODE.is_complete())

    @property
    def scanner_state(self) -> str:
        """Return the same of the scanner of large files: without machine code, the conforming reader reads them."""
        return self._state(reading.CODE.is_complete())

    def _state(self, is_compiled: bool) -> str:
        if is_compiled:
            return "compiled"
        return "compiling" if self._process is not None and self._process.poll() is None else "plain"

    def start(self, blocks: int) -> None:
        """Make the machine code that is missing, unless it is made already, or is not wanted.

        Args:
            blocks: how large the network is. A small one is traced without machine code; the scanner's is made for
                whatever is read next.
        """
        if machine_code.said() == "0" or self._process is not None or not machine_code.is_possible():
            return
        is_large = blocks >= tracing.BLOCKS_WORTH_COMPILING
        if reading.CODE.is_complete() and (tracing.CODE.is_complete() or not is_large):
            return
        words = [sys.executable, "-m", "topogroup.cli.compiling"]
        nothing = subprocess.DEVNULL
        self._process = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)
        if sys.platform != "win32":
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, self._process.pid, max(own, _PRIORITY))

    def stop(self) -> None:
        """End the process if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
