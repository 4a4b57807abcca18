"""The dictionaries of `groups --json` and `changes --json`, in full."""

from __future__ import annotations

import json

from cim_models import identifiers
from tests.groups.feeders import normal_state, on, switched
from tests.groups.plain import view_pair
from topogroup.groups.changes import membership_changes
from topogroup.groups.report import changes_report, groups_report
from topogroup.groups.template import parse_template, parse_templates
from topogroup.groups.version import Version

F1 = {"mrid": "F1", "name": "name of F1"}
PV = {"mrid": "pv", "name": "pv"}
F1_PV = identifiers.derived("group:feeder,kind:F1,pv")


def test_groups() -> None:
    """One group in full; all groups of both templates, sorted by mRID."""
    report = groups_report(parse_templates(["feeder,kind", "substation"]), view_pair(normal_state()))
    assert list(report) == ["groups"]
    found = report["groups"]
    assert len(found) == 8
    assert [g["mrid"] for g in found] == sorted(g["mrid"] for g in found)
    assert next(g for g in found if g["mrid"] == F1_PV) == {
        "mrid": F1_PV,
        "name": "name of F1 pv",
        "key": {"feeder": F1, "kind": PV},
        "version": "1.0.0",
        "members": [{"mrid": "d1", "name": "name of d1"}],
    }
    assert list(found[0]) == ["mrid", "name", "key", "version", "members"]


def test_groups_with_versions_of_their_own() -> None:
    """A version that is known stands."""
    versions = {F1_PV: Version(2, 4, 0)}
    report = groups_report(parse_templates(["feeder,kind"]), view_pair(normal_state()), versions)
    assert sorted({g["version"] for g in report["groups"] if g["mrid"] != F1_PV}) == ["1.0.0"]
    assert [g["version"] for g in report["groups"] if g["mrid"] == F1_PV] == ["2.4.0"]


def test_changes() -> None:
    """d1 moves from F1 to F2; the report is plain JSON."""
    before, after = view_pair(normal_state()), view_pair(switched(d1=on("F2")))
    report = changes_report(membership_changes(parse_template("feeder"), before, after))
    moved = [{"mrid": "d1", "name": "name of d1", "reason": "moved"}]
    by_name = {change["group"]["name"]: change for change in report["changes"]}
    assert by_name == {
        "name of F1": {
            "group": {
                "mrid": identifiers.derived("group:feeder:F1"),
                "name": "name of F1",
                "key": {"feeder": F1},
            },
            "verb": "executed",
            "joined": [],
            "left": moved,
            "version": "1.1.0",
            "previous_version": "1.0.0",
        },
        "name of F2": {
            "group": {
                "mrid": identifiers.derived("group:feeder:F2"),
                "name": "name of F2",
                "key": {"feeder": {"mrid": "F2", "name": "name of F2"}},
            },
            "verb": "changed",
            "joined": moved,
            "left": [],
            "version": "1.1.0",
            "previous_version": "1.0.0",
        },
    }
    assert list(report["changes"][0]) == ["group", "verb", "joined", "left", "version", "previous_version"]
    assert json.loads(json.dumps(report)) == report


def test_a_created_group_has_no_previous_version() -> None:
    """It is null in JSON."""
    before, after = normal_state(), normal_state()
    after.objects["feeder"] = after.objects["feeder"] | {"F9"}
    found = membership_changes(parse_template("feeder"), view_pair(before), view_pair(after))
    assert [c["previous_version"] for c in changes_report(found)["changes"]] == [None]
