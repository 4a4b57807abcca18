"""The service makes the machine code that is missing, of the trace and of the scanner, and tells of both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from api.compiling import Compiling
from cim_models import machine_code
from cim_models.scan import choosing as reading
from tests.api.live import Live
from topogroup.topology.tracing import choosing as tracing

LARGE = tracing.BLOCKS_WORTH_COMPILING
SMALL = LARGE - 1


class Machine:
    """What lies in the cache of a machine, and the compilers started on it, which wait until they are ended."""

    def __init__(self) -> None:
        """Start with no machine code."""
        self.scanner = self.trace = False
        self.started: list[list[str]] = []
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, words: list[str], **_: object) -> subprocess.Popen[bytes]:
        """Start a compiler, in place of `subprocess.Popen`."""
        self.started.append(words)
        process = _popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Let all compilers come to their end."""
        while self.processes:
            self.processes.pop().communicate(b"\n")


_popen = subprocess.Popen


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Return a machine with numba whose user has not said what to compile."""
    made = Machine()
    monkeypatch.delenv(machine_code.SWITCH, raising=False)
    monkeypatch.setattr(machine_code, "is_possible", lambda: True)
    monkeypatch.setattr(tracing.CODE, "is_complete", lambda: made.trace)
    monkeypatch.setattr(reading.CODE, "is_complete", lambda: made.scanner)
    monkeypatch.setattr(subprocess, "Popen", made.start)
    yield made
    made.end()


@pytest.mark.parametrize(
    ("scanner", "trace", "blocks", "starts"),
    [
        (False, False, SMALL, True),
        (False, True, LARGE, True),
        (True, False, LARGE, True),
        (True, False, SMALL, False),
        (True, True, LARGE, False),
    ],
)
def test_what_is_missing_is_made(machine: Machine, scanner: bool, trace: bool, blocks: int, starts: bool) -> None:
    machine.scanner, machine.trace = scanner, trace
    compiling = Compiling()
    compiling.start(blocks)
    assert machine.started == ([[sys.executable, "-m", "topogroup.cli.compiling"]] if starts else [])
    made, unmade = "compiled", "compiling" if starts else "plain"
    assert compiling.scanner_state == (made if scanner else unmade)
    assert compiling.state == (made if trace else unmade)
    compiling.stop()


def test_states_while_it_is_made_and_afterwards(machine: Machine) -> None:
    compiling = Compiling()
    assert (compiling.scanner_state, compiling.state) == ("plain", "plain")
    compiling.start(LARGE)
    compiling.start(LARGE)
    assert len(machine.started) == 1
    assert os.getpriority(os.PRIO_PROCESS, machine.processes[0].pid) == max(10, os.getpriority(os.PRIO_PROCESS, 0))
    machine.scanner = True
    assert (compiling.scanner_state, compiling.state) == ("compiled", "compiling")
    machine.end()
    assert (compiling.scanner_state, compiling.state) == ("compiled", "plain")
    machine.trace = True
    assert (compiling.scanner_state, compiling.state) == ("compiled", "compiled")


@pytest.mark.parametrize("reason", ["switched off", "no numba"])
def test_nothing_is_made_where_it_is_not_wanted(machine: Machine, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    if reason == "switched off":
        monkeypatch.setenv(machine_code.SWITCH, "0")
    else:
        monkeypatch.setattr(machine_code, "is_possible", lambda: False)
    compiling = Compiling()
    compiling.start(LARGE)
    assert machine.started == []
    assert (compiling.scanner_state, compiling.state) == ("plain", "plain")


def test_readiness_tells_of_both(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing.CODE, "is_complete", lambda: False)
    monkeypatch.setattr(reading.CODE, "is_complete", lambda: True)
    checks = unchanged.get("/readyz").json()["checks"]
    assert (checks["kernels"], checks["scanner"]) == ("plain", "compiled")
