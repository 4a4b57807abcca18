"""SwitchingPlan documents: what becomes a row, what a finding, what is refused."""

from __future__ import annotations

import pytest

from cim_models import limits
from cim_models.errors import FileError, LimitError
from topogroup.iec61968 import switching_plan
from topogroup.iec61968.switching_plan import PlanDocument, read_switching_plan

NS = "http://iec.ch/TC57/2017/SwitchingPlan#"


def plan(body: str) -> str:
    return f'<SwitchingPlan xmlns="{NS}"><SwitchingPlan><mRID>p</mRID>\n{body}\n</SwitchingPlan></SwitchingPlan>'


def step(number: int | None, action: str) -> str:
    said = "" if number is None else f"<sequenceNumber>{number}</sequenceNumber>"
    return f"<SwitchingStep>{said}{action}</SwitchingStep>"


def switch(kind: str, mrid: str, more: str = "") -> str:
    return f"<SwitchAction><kind>{kind}</kind><OperatedSwitch><mRID>{mrid}</mRID></OperatedSwitch>{more}</SwitchAction>"


def read(text: str) -> PlanDocument:
    return read_switching_plan(text.encode(), "p.xml")


def short(found: PlanDocument) -> list[tuple[str, str, str]]:
    return [(row["step"], row["action"], row["switch"]) for row in found.rows]


def test_steps_follow_their_numbers_and_equal_numbers_are_one_step() -> None:
    found = read(
        plan(step(20, switch("open", "b")) + step(10, switch("close", "a")) + step(20, switch("Energise", "c")))
    )
    assert short(found) == [("10", "close", "a"), ("20", "open", "b"), ("20", "close", "c")]
    assert found.findings == ()


def test_groups_of_steps_come_one_after_the_other() -> None:
    def group(number: int, steps: str) -> str:
        return f"<SwitchingStepGroup><sequenceNumber>{number}</sequenceNumber>{steps}</SwitchingStepGroup>"

    one = group(2, step(1, switch("open", "c"))) + group(
        1, step(1, switch("open", "a")) + step(2, switch("close", "b"))
    )
    assert short(read(plan(one))) == [("1/1", "open", "a"), ("1/2", "close", "b"), ("2/1", "open", "c")]
    single = group(7, step(None, switch("open", "a")) + step(None, switch("open", "b")))
    assert short(read(plan(single))) == [("1", "open", "a"), ("2", "open", "b")]


def test_a_row_keeps_phases_time_comment_and_line() -> None:
    more = "<phases>AB</phases><plannedDateTime>2026-05-01T08:00:00Z</plannedDateTime><comment>call first</comment>"
    (row,) = read(plan(step(1, switch("open", "a", more)))).rows
    assert row == {
        "step": "1",
        "switch": "a",
        "action": "open",
        "phases": "AB",
        "at": "2026-05-01T08:00:00Z",
        "comment": "call first",
        "line": "2",
    }


def test_typed_steps_and_names_are_understood() -> None:
    body = (
        '<SwitchingSteps xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="SwitchAction">'
        "<kind>SwitchActionKind.open</kind><OperatedSwitch><Names><name>sw 1</name></Names></OperatedSwitch>"
        "</SwitchingSteps><SwitchAction><kind>close</kind><OperatedSwitch ref='urn:uuid:x'/></SwitchAction>"
    )
    assert short(read(plan(body))) == [("1", "open", "sw 1"), ("2", "close", "urn:uuid:x")]


def test_cuts_jumpers_and_sources_become_temporary_devices() -> None:
    body = (
        step(
            1,
            "<CutAction><kind>place</kind><Cut><mRID>c</mRID></Cut><ACLineSegment><mRID>L</mRID></ACLineSegment></CutAction>",
        )
        + step(
            2,
            "<JumperAction><kind>place</kind><Jumper><mRID>j</mRID></Jumper><ConnectivityNode>n1</ConnectivityNode>"
            "<ConnectivityNode>n2</ConnectivityNode></JumperAction>",
        )
        + step(
            3,
            "<EnergySourceAction><kind>place</kind><EnergySource><mRID>g</mRID></EnergySource>"
            "<ConnectivityNode>n3</ConnectivityNode></EnergySourceAction>",
        )
        + step(4, "<CutAction><kind>remove</kind><Cut><mRID>c</mRID></Cut></CutAction>")
    )
    found = read(plan(body))
    assert [(r["action"], r["switch"], r.get("place"), r.get("place2")) for r in found.rows] == [
        ("cut", "c", "L", ""),
        ("jumper", "j", "n1", "n2"),
        ("source", "g", "n3", ""),
        ("remove", "c", None, None),
    ]
    assert found.findings == ()


@pytest.mark.parametrize(
    ("action", "says", "object_"),
    [
        (
            "<TagAction><kind>place</kind><OperatedSwitch><mRID>a</mRID></OperatedSwitch></TagAction>",
            "TagAction place",
            "a",
        ),
        ("<GroundAction><kind>place</kind></GroundAction>", "GroundAction place", ""),
        (switch("disableReclosing", "a"), "SwitchAction disablereclosing", "a"),
        ("<JumperAction><kind>place</kind><Jumper><mRID>j</mRID></Jumper></JumperAction>", "0 places for 2", "j"),
        ("<description>call the control room</description>", "SwitchingStep is nothing", ""),
    ],
)
def test_what_cannot_be_tried_is_a_finding_with_its_line(action: str, says: str, object_: str) -> None:
    found = read(plan(step(1, switch("open", "b")) + "\n" + step(2, action)))
    assert short(found) == [("1", "open", "b")]
    (note,) = found.findings
    assert (note.code, note.line, note.objects) == ("plan_step_unmapped", 3, (object_,) if object_ else ())
    assert says in note.message


def test_the_message_around_it_says_whose_plan_it_is() -> None:
    message = (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb>'
        "<Noun>SwitchingPlan</Noun><Source>DMS</Source></Header>"
        f"<Payload>{plan(step(1, switch('open', 'a')))}</Payload></EventMessage>"
    )
    soap = f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{message}</s:Body></s:Envelope>'
    for text in (message, soap):
        found = read(text)
        assert (short(found), found.source) == ([("1", "open", "a")], "DMS")
    assert read(plan(step(1, switch("open", "a")))).source == ""


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (
            plan(step(1, switch("open", "a")) + step(None, switch("open", "b"))),
            FileError,
            "line 2: it has no sequenceNumber",
        ),
        (
            plan(step(1, "<SwitchAction><kind>open</kind></SwitchAction>")),
            FileError,
            "line 2: step 1 names no OperatedSwitch",
        ),
        (f"<X>{plan('')}{plan('')}</X>", FileError, "2 SwitchingPlan elements"),
        ("<X/>", FileError, "no SwitchingPlan"),
        (plan("<a>"), FileError, "line 3"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x/>', FileError, "document type declaration"),
        ("<a>" * 65 + "</a>" * 65, LimitError, "deeper than 64"),
        (plan("<SwitchAction>" + "x" * 70_000 + "</SwitchAction>"), LimitError, "text"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        read(text)


def test_actions_count_against_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many actions in one step are as many as many steps, also those that are left out."""
    monkeypatch.setattr(limits, "PLAN_XML_STEPS_MAX", 3)
    tag = "<TagAction><kind>place</kind></TagAction>"
    assert len(read(plan(step(1, switch("open", "a") + switch("open", "b") + tag))).rows) == 2
    for body in (step(1, switch("open", "a") * 2 + tag * 2), step(1, switch("open", "a")) * 4):
        with pytest.raises(LimitError, match="more than 3 steps and actions"):
            read(plan(body))


def test_what_a_step_says_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements looked at grow with the actions of a step, not with their square."""
    looked, local = [0], switching_plan._local

    def counting(element: object) -> str:
        looked[0] += 1
        return local(element)

    monkeypatch.setattr(switching_plan, "_local", counting)
    counts = []
    for number in (50, 100, 200):
        looked[0] = 0
        found = read(plan(step(1, "".join(switch("open", f"s{i}") for i in range(number)) + "<comment>c</comment>")))
        assert [row["comment"] for row in found.rows] == ["c"] * number
        counts.append(looked[0])
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])
