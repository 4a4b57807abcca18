"""Compiling: `python -m topogroup.cli.compiling` makes the machine code of the kernels, once for each machine.

A process of its own, since numba would keep all other threads waiting for half a minute.
"""

from __future__ import annotations

import os

import numpy as np

from cim_models import machine_code, phase_codes
from cim_models.scan.compiling import compile_all
from topogroup.testing import NetworkBuilder
from topogroup.topology.graph.states import current_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import der_rows
from topogroup.topology.tracing import choosing
from topogroup.topology.tracing.trace import Trace


def main() -> None:
    """Compile the kernels of reader and trace into the cache, unless they are there or numba is not installed."""
    compile_all()
    if not machine_code.is_possible() or choosing.CODE.is_complete():
        return
    os.environ[machine_code.SWITCH] = "1"
    exercise()
    choosing.CODE.note_complete()


def exercise() -> None:
    """Trace a small network so that every kernel is called as the service calls it."""
    network = (
        NetworkBuilder()
        .energy_source("grid", "high", 110_000)
        .substation("S")
        .transformer("T", [("high", 110_000), ("bus", 20_000)], container="S")
        .busbar("BB", "bus")
        .breaker("F1", "bus", "one")
        .line("L1", "one", "here")
        .breaker("F2", "bus", "other")
        .line("L2", "other", "there")
        .switch("TIE", "here", "there", open=True, normal_open=True)
        .pv("PV1", "here")
        .battery("B2", "there")
        .build()
    )
    grid = prepare(network)
    trace = Trace(grid, der_rows(grid), current_state(network))
    poles = np.arange(network.pole.side1.size)
    # a set of two feeders was never met, so that the slow way is taken too
    for opened in (0, phase_codes.ALL, 0):
        trace.operate(poles, np.full(poles.size, opened, np.uint8))


if __name__ == "__main__":
    main()
