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
    network = (
        NetworkBuilder()
        .energy_source("grid", "high", 110_000)
        .transformer("T", [("high", 110_000), ("bus", 20_000)])
        .breaker("F1", "bus", "one")
        .breaker("F2", "bus", "other")
        .switch("TIE", "one", "other", open=True, normal_open=True)
        .pv("PV1", "one")
        .battery("B2", "other")
        .build()
    )
    grid = prepare(network)
    trace = Trace(grid, der_rows(grid), current_state(network))
    poles = np.arange(network.pole.side1.size)
    # a set of two feeders was never met, so that the slow way is taken too
    for opened in (0, phase_codes.ALL, 0):
        trace.operate(poles, np.full(poles.size, opened, np.uint8))
    choosing.CODE.note_complete()


if __name__ == "__main__":
    main()
