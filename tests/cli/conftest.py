"""The command line in this process: arguments in, exit code and both streams out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from topogroup.cli import app
from topogroup.testing import NetworkBuilder


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what was printed, read as JSON; nothing may stand on stderr."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)

    def text(self) -> str:
        """Return what was printed; nothing may stand on stderr."""
        assert (self.code, self.err) == (0, "")
        return self.out


Cli = Callable[..., Answer]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs `topogroup` with arguments."""

    def run(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["topogroup", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            app.main()
        captured = capsys.readouterr()
        code = stop.value.code
        assert isinstance(code, int)
        return Answer(code, captured.out, captured.err)

    return run


def small() -> NetworkBuilder:
    """Return a network with one substation, two feeders and a tie.

    G ── T1 ── bus ─┬─[F1]── L1 ─┬─ PV1
                    │           [TIE] open
                    └─[F2]── L2 ─┴─ BA2
    """
    b = (
        NetworkBuilder()
        .external_network_injection("G", "hv", 110_000)
        .substation("S1")
        .busbar("BB", "bus", container="S1")
    )
    b.transformer("T1", [("hv", 110_000), ("bus", 20_000)], container="S1")
    b.breaker("F1", "bus", "f1a").line("L1", "f1a", "f1b").pv("PV1", "f1b").end_device("ED1", "PV1")
    b.breaker("F2", "bus", "f2a").line("L2", "f2a", "f2b").battery("BA2", "f2b")
    return b.breaker("TIE", "f1b", "f2b", open=True)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the file of the small network."""
    return small().write(tmp_path / "model.xml")
