"""Compiling the kernels beside the service: a process of its own, once for each machine, when it is worth while."""

from __future__ import annotations

import os
import subprocess
import sys

from topogroup.topology.tracing import choosing


class Compiling:
    """Starts the process that makes machine code; until it is done, kernels run as plain Python."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> str:
        """Return `compiled`, `compiling`, or `plain` where there is no machine code and nobody makes it."""
        if choosing.is_compiled():
            return "compiled"
        return "compiling" if self._process is not None and self._process.poll() is None else "plain"

    def start(self, blocks: int) -> None:
        """Make machine code for networks of this size, unless it is there, is made, or is not wanted."""
        unwanted = os.environ.get(choosing.SWITCH) == "0" or blocks < choosing.BLOCKS_WORTH_COMPILING
        if unwanted or self._process is not None or not choosing.is_possible() or choosing.is_compiled():
            return
        words = [sys.executable, "-m", "topogroup.cli.compiling"]
        nothing = subprocess.DEVNULL
        self._process = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)

    def stop(self) -> None:
        """End the process if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
