"""`plan`: the shape of DESIGN section 7, exactly, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cim_models.identifiers import derived
from tests.cli.conftest import Cli
from tests.cli.test_attach import F1, F2
from tests.engine.made import two_substations
from topogroup.testing import NetworkBuilder

HEADER = "step,switch,action,phases,at,comment,place,place2,until\n"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Return the file of a plan that brings PV1 to the other feeder and cuts it off."""
    path = tmp_path / "plan.csv"
    path.write_text(HEADER + "1,TIE,close,,09:30,first\n2,F1,open\n3,C1,cut,,,,L2,,2026-05-01T16:00Z\n")
    return path


def group(feeder: dict[str, Any], joined: dict[str, str] | None = None, left: dict[str, str] | None = None) -> Any:  # noqa: ANN401
    """Return what a report says of a feeder's group: DER with their reasons."""
    sides = [[{"mrid": d, "name": d, "reason": r} for d, r in (side or {}).items()] for side in (joined, left)]
    mrid = derived(f"group:feeder:{feeder['mrid']}")
    return {"mrid": mrid, "name": feeder["name"], "joined": sides[0], "left": sides[1]}


def by_mrid(*groups: dict[str, Any]) -> list[dict[str, Any]]:
    """Return groups in the order of reports."""
    return sorted(groups, key=lambda one: str(one["mrid"]))


def test_a_plan_is_exact(cli: Cli, model: Path, plan: Path) -> None:
    quiet: dict[str, list[Any]] = {"unsupplied": [], "paralleled": [], "substations_paralleled": []}
    lost = {"BA2": "lost_supply", "PV1": "lost_supply"}
    assert cli("plan", model, plan, "--by", "feeder", "--json").json() == {
        "steps": [
            {
                "step": "1",
                "operations": [{"switch": "TIE", "name": "TIE", "action": "close", "at": "09:30", "comment": "first"}],
                "groups": [],
                **quiet,
                "paralleled": ["BA2", "PV1"],
            },
            {
                "step": "2",
                "operations": [{"switch": "F1", "name": "F1", "action": "open"}],
                "groups": by_mrid(group(F1, left={"PV1": "moved"}), group(F2, joined={"PV1": "moved"})),
                **quiet,
            },
            {
                "step": "3",
                "operations": [{"device": "C1", "action": "cut", "place": "L2", "until": "2026-05-01T16:00Z"}],
                "groups": [group(F2, left=lost)],
                **quiet,
                "unsupplied": ["BA2", "PV1"],
            },
        ],
        "net": {
            "groups": by_mrid(group(F1, left={"PV1": "lost_supply"}), group(F2, left={"BA2": "lost_supply"})),
            **quiet,
            "unsupplied": ["BA2", "PV1"],
        },
    }


def test_by_substation_and_by_feeder_where_nothing_is_said(cli: Cli, model: Path, plan: Path) -> None:
    steps = cli("plan", model, plan, "--json").json()["steps"]
    assert [sorted(one["name"] for one in step["groups"]) for step in steps] == [[], ["F1", "F2"], ["F2", "S1"]]


def test_the_rows_of_a_step_are_one_net_change(cli: Cli, model: Path, tmp_path: Path) -> None:
    """Closes go first: PV1 moves and is never without supply, whatever the order of the rows."""
    path = tmp_path / "plan.csv"
    path.write_text("step,switch,action\n7,F1,open\n7,TIE,close\n")
    (step,) = cli("plan", model, path, "--by", "feeder", "--json").json()["steps"]
    assert [one["action"] for one in step["operations"]] == ["open", "close"]
    assert step["groups"] == by_mrid(group(F1, left={"PV1": "moved"}), group(F2, joined={"PV1": "moved"}))


def test_what_is_undone_is_no_net_change(cli: Cli, model: Path, tmp_path: Path) -> None:
    """Devices are undone by id, also single poles of them; a source feeds on no feeder."""
    path = tmp_path / "plan.csv"
    rows = (
        "1,C1,cut,A,,,L1\n2,C2,cut,BC,,,L1\n3,G1,source,,,,PV1\n4,G1,remove\n5,J1,jumper,,,,L1/2,F1/1\n"
        "6,J1,remove\n7,C1,remove\n7,C2,remove\n"
    )
    path.write_text(HEADER + rows)
    answer = cli("plan", model, path, "--by", "feeder", "--json").json()
    assert [(step["groups"], step["unsupplied"]) for step in answer["steps"]] == [
        ([], []),
        ([group(F1, left={"PV1": "lost_supply"})], ["PV1"]),
        ([], []),
        ([], ["PV1"]),
        # the jumper passes by the breaker: fed from the busbar, on no feeder
        ([], []),
        ([], ["PV1"]),
        ([group(F1, joined={"PV1": "supply_restored"})], []),
    ]
    assert answer["net"] == {"groups": [], "unsupplied": [], "paralleled": [], "substations_paralleled": []}


def test_substations_in_parallel(cli: Cli, tmp_path: Path) -> None:
    """While the tie is closed, and while a jumper lies beside it."""
    model, path = two_substations().write(tmp_path / "model.xml"), tmp_path / "plan.csv"
    path.write_text(HEADER + "1,TIE,close\n2,J1,jumper,A,,,TIE/1,TIE/2\n3,TIE,open\n4,J1,remove\n")
    answer = cli("plan", model, path, "--json").json()
    pairs = [step["substations_paralleled"] for step in answer["steps"]]
    assert pairs == [[["S1", "S2"]], [["S1", "S2"]], [["S1", "S2"]], []]
    assert [len(step["paralleled"]) for step in answer["steps"]] == [3, 3, 3, 0]
    path.write_text(HEADER + "1,F1,open\n2,TIE,close\n")
    answer = cli("plan", model, path, "--json").json()
    assert [step["substations_paralleled"] for step in answer["steps"]] == [[], []]


def test_an_island_is_without_supply(cli: Cli, tmp_path: Path) -> None:
    """What was without supply before the plan is not its doing."""
    b: NetworkBuilder = two_substations().breaker("DARK", "f1b", "d", open=True).pv("PV9", "d")
    path = tmp_path / "plan.csv"
    path.write_text("step,switch,action\n1,F1,open\n")
    (step,) = cli("plan", b.write(tmp_path / "m.xml"), path, "--json").json()["steps"]
    assert step["unsupplied"] == ["B1", "PV1"]


def test_as_text(cli: Cli, model: Path, plan: Path) -> None:
    lines = cli("plan", model, plan).text().splitlines()
    assert lines[0].strip() == "3 steps"
    assert [line.split() for line in lines[2:]] == [
        ["1", "close", "TIE", "–", "–", "BA2,", "PV1"],
        ["2", "open", "F1", "F1", "−1,", "F2", "+1", "–", "–"],
        ["3", "cut", "C1", "at", "L2", "F2", "−2,", "S1", "−2", "BA2,", "PV1", "–"],
        ["net", "F1", "−1,", "F2", "−1,", "S1", "−2", "BA2,", "PV1", "–"],
    ]


REFUSED = (
    ("1,TIE,close\n2,NO,open\n", "Row 2 (step 2): 'NO' names no switch of this model"),
    ("1,L1,open\n", "Row 1 (step 1): 'L1' is no switch."),
    ("1,TIE,toggle\n", "Row 1 (step 1): the action is one of open, close, cut, jumper, source, remove, not 'toggle'."),
    ("1,TIE,\n", "Row 1 (step 1): it has no action."),
    (",TIE,open\n", "Row 1: it has no step."),
    ("1,TIE,open,Q\n", "Row 1 (step 1): 'Q' is no phase code"),
    ("1,TIE,open,s1\n1,TIE,open,N\n", "Row 2 (step 1): 'N' is no phase code"),
    ("1,TIE,close\n2,F1,open\n1,F2,open\n", "Row 3 (step 1): step '1' comes again"),
    ("1,TIE,close,,,,L1\n", "Row 1 (step 1): place belongs to cut, jumper and source, not to close."),
    ("1,C1,cut,,,,L9\n", "Row 1 (step 1): 'L9' names no line of this model"),
    ("1,C1,cut,,,,L1\n2,C1,cut,,,,L2\n", "Row 2 (step 2): a device 'C1' is in place already."),
    ("1,C1,remove\n", "Row 1 (step 1): no device 'C1' is in place there."),
    ("1,J1,jumper,,,,L1/1,hv\n", "Row 1 (step 1): Jumper 'J1' would join L1/1 with 20000 V and n.hv with 110000 V."),
    ("1,TIE,close,,,a,b,c,d,e,f\n", "Row 1: it has 11 fields for 9 columns"),
    ("", "The plan has no rows"),
)


@pytest.mark.parametrize(("rows", "says"), REFUSED)
def test_a_bad_row_refuses_the_plan(cli: Cli, model: Path, tmp_path: Path, rows: str, says: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(HEADER + rows)
    answer = cli("plan", model, path, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1 and says in answer.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no column step"),
        (b"step,switch\n1,TIE\n", "has no column action"),
        (b"step,switch,action,phase\n1,TIE,open,A\n", "it has 'phase'"),
        (b"step,switch,action,step\n1,TIE,open,1\n", "it has 'step'"),
        (b"step;switch;action\n1;TIE;open\n", "it has 'step;switch;action'"),
        (b'step,switch,action\n1,"TIE,open\n', "is no CSV"),
        (b"step,switch,action\n1,\xff,open\n", "it is not UTF-8"),
    ],
)
def test_files_that_are_no_plan(cli: Cli, model: Path, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(content)
    answer = cli("plan", model, path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1 and says in answer.err
    assert "cannot be read" in cli("plan", model, tmp_path / "none.csv").err
