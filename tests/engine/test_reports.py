"""A report of some phases of a ganged switch leaves the doubt of the model's own statements."""

from __future__ import annotations

from pathlib import Path

from tests.engine.made import Models, Running
from topogroup.engine.commands import Switching, SwitchOperation
from topogroup.engine.reports import reported_state
from topogroup.testing import NetworkBuilder


def test_doubt_goes_with_a_report_on_all_phases(tmp_path: Path) -> None:
    """Also after a report in doubt itself; the state led on and the state made anew are one."""
    b = NetworkBuilder().energy_source("G", "n0", 20_000)
    b.switch("SW", "n0", "n1", open=False, sv_open=True, normal_open=False).line("L", "n1", "n2").pv("PV", "n2")
    running = Running(tmp_path, Models({"one": b}))
    running.activate("one")

    def doubt(phases: str, quality: str = "good") -> bool:
        running.does(Switching((SwitchOperation("SW", False, phases, None, quality),)))
        view = running.engine.view
        assert view.state is not None and view.model is not None
        anew = reported_state(view.model.network, view.reports)
        assert anew.conflict.tolist() == view.state.conflict.tolist()
        return bool(view.state.conflict.any())

    try:
        assert [doubt("A"), doubt("B", "old"), doubt("B"), doubt("C")] == [True, True, True, False]
        assert [doubt("A", "old"), doubt("")] == [True, False]
    finally:
        running.close()
