"""The self-check: a defect planted in the incremental path is found, and nothing is taken or sent after that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cim_models.errors import BusyError
from tests.engine.made import Running
from topogroup.engine.commands import CreateGroup
from topogroup.engine.self_check import SelfCheck, difference_to_full
from topogroup.groups.criteria import parse_criteria
from topogroup.groups.definition import RuleDefinition
from topogroup.topology.tracing.kernels import listing, operating


def plant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the incremental path forget to move blocks and to pass on supply where an edge closes."""
    for name in ("move", "inherit", "spread"):
        monkeypatch.setattr(operating, name, lambda *_: None)


def test_what_is_right_agrees(running: Running) -> None:
    """Revision after revision; one that was checked is not checked again."""
    checks = SelfCheck(running.engine)
    for count, step in enumerate((("-F1",), ("+TIE",), ("+F1", "-TIE")), start=1):
        running.switch(*step)
        assert checks.check() and checks.check()
        assert (checks.checked.state, checks.checked.count) == ("agrees", count)
        assert checks.checked.revision == running.engine.view.revision
    assert running.engine.state == "running"


def test_a_wrong_attachment_stops_the_engine(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that moves nothing leaves DER without supply that a tie feeds again."""
    alarms: list[str] = []
    checks = SelfCheck(running.engine, lambda: alarms.append("alarm"))
    running.switch("-F1")
    assert checks.check()
    plant(monkeypatch)
    running.switch("+TIE")
    monkeypatch.undo()
    view = running.engine.view
    assert not checks.check() and alarms == ["alarm"]
    assert checks.checked.state == "differs" and running.engine.state == "failed"
    assert (running.engine.error or "").startswith("At revision 4 2 DER hang elsewhere by a full recompute")
    with pytest.raises(BusyError, match="At revision 4"):
        running.switch("-TIE")
    assert running.engine.view is view
    assert not checks.check() and alarms == ["alarm"]


def test_a_start_mends_and_tells(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start computes everything anew: what was told wrongly is told rightly, as a revision of its own."""
    running.switch("-F1")
    plant(monkeypatch)
    running.switch("+TIE")
    monkeypatch.undo()
    running.new_events()
    running.restart()
    assert difference_to_full(running.engine.view) is None
    assert running.new_events() == ["r5 changed F2 1.1.0 +B1(rule) +PV1(rule)"]


def test_a_lost_change_of_members_stops_the_engine(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """DER that move without being listed stay in their groups: the members are checked too."""
    checks = SelfCheck(running.engine)
    monkeypatch.setattr(listing, "_list_block", lambda *_: None)
    running.switch("-F1")
    monkeypatch.undo()
    assert difference_to_full(running.engine.view) is not None
    assert not checks.check() and running.engine.state == "failed"


def test_groups_by_rule_are_checked(running: Running) -> None:
    """A rule group with a member too many is a difference."""
    running.does(CreateGroup("solar", RuleDefinition(parse_criteria("kind = 'pv'"))))
    view = running.engine.view
    assert difference_to_full(view) is None
    (mrid,) = [m for m, g in view.groups.items() if isinstance(g.definition, RuleDefinition)]
    wrong = replace(view.groups[mrid], members=np.arange(3))
    assert difference_to_full(replace(view, groups={**view.groups, mrid: wrong})) == (
        "1 groups have other members by a full recompute: solar"
    )
