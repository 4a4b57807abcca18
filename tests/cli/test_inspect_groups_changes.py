"""`inspect`, `groups` and `changes`: the shapes of DESIGN section 7, exactly."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cim_models.identifiers import derived
from tests.cli.conftest import Cli
from tests.cli.test_attach import F1, F2, item
from tests.iec61968.made import schema

MESSAGE = "{http://iec.ch/TC57/2011/schema/message}"


def head(name: str) -> dict[str, Any]:
    return item(name, name)


def test_inspect_is_exact(cli: Cli, model: Path) -> None:
    answer = cli("inspect", model, "--json").json()
    old = {"model", "counts", "findings", "feeders", "substations", "sources"}
    assert set(answer) == old | {"source_classes", "groups", "ders"}
    assert answer["model"] == [str(model)]
    assert answer["counts"] == {
        "ACLineSegment": 2,
        "BaseVoltage": 2,
        "BatteryUnit": 1,
        "Breaker": 3,
        "BusbarSection": 1,
        "ConnectivityNode": 6,
        "EndDevice": 1,
        "ExternalNetworkInjection": 1,
        "PhotovoltaicUnit": 1,
        "PowerElectronicsConnection": 2,
        "PowerTransformer": 1,
        "PowerTransformerEnd": 2,
        "Substation": 1,
        "Terminal": 16,
        "UsagePoint": 1,
    }
    assert [{key: f[key] for key in ("mrid", "name", "head", "rule")} for f in answer["feeders"]] == sorted(
        ({"mrid": f["mrid"], "name": f["name"], "head": f["name"], "rule": "derived"} for f in (F1, F2)),
        key=lambda f: f["mrid"],
    )
    assert [(f["derived"], f["tier"], f["heads"]) for f in answer["feeders"]] == [
        (True, "primary", [head(f["name"])]) for f in answer["feeders"]
    ]
    why = {"rule": "transformers", "why": "the transformers of its busbars lie in it"}
    assert answer["substations"] == [{**item("S1", "S1"), **why, "transformers": [item("T1", "T1")]}]
    why = {"rule": "network_injection", "why": "a network injection always is one"}
    assert answer["sources"] == [{**item("G", "G"), **why}]
    assert answer["groups"] == []
    assert [(one["mrid"], one["kind"]) for one in answer["ders"]] == [("BA2", "battery"), ("PV1", "pv")]
    for one in answer["findings"]:
        assert set(one) == {"code", "severity", "objects", "message", "file", "line"}
    assert [f["code"] for f in answer["findings"]] == [
        "der_unmapped",
        "feeder_rule",
        "feeder_rule",
        "power_unit_assumed",
        "source_decided",
    ]


def test_inspect_as_text(cli: Cli, model: Path) -> None:
    text = cli("inspect", model).text()
    for words in (
        str(model),
        "10 pieces of equipment, 6 nodes, 2 DER, 1 grid sources",
        "feeder_rule",
        "source_decided",
    ):
        assert words in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Breaker 3" in lines
    assert "S1 S1 T1 the transformers of its busbars lie in it" in lines
    assert "F1 F1 primary S1 derived from the busbars" in lines


def group(template: str, key: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the identity of a group, made from the design's rule for derived ids."""
    mrids = ",".join(one["mrid"] for one in key.values())
    return {
        "mrid": derived(f"group:{template}:{mrids}"),
        "name": " ".join(one["name"] for one in key.values()),
        "key": {dimension: {"mrid": one["mrid"], "name": one["name"]} for dimension, one in key.items()},
    }


def kind(word: str) -> dict[str, Any]:
    return {"mrid": word, "name": word}


def member(name: str) -> dict[str, str]:
    return {"mrid": name, "name": name}


def by_mrid(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(groups, key=lambda one: str(one["mrid"]))


def with_members(identity: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**identity, "version": "1.0.0", "members": [member(name) for name in names]}


def test_groups_are_exact(cli: Cli, model: Path) -> None:
    assert cli("groups", model, "--by", "feeder", "--json").json() == {
        "groups": by_mrid(
            [with_members(group("feeder", {"feeder": F1}), "PV1"), with_members(group("feeder", {"feeder": F2}), "BA2")]
        )
    }
    answer = cli("groups", model, "--by", "substation", "--by", "kind", "--json").json()
    assert answer["groups"] == by_mrid(
        [
            with_members(group("substation", {"substation": item("S1", "S1")}), "BA2", "PV1"),
            with_members(group("kind", {"kind": kind("pv")}), "PV1"),
            with_members(group("kind", {"kind": kind("battery")}), "BA2"),
        ]
    )


def test_products(cli: Cli, model: Path) -> None:
    groups = cli("groups", model, "--by", "feeder,kind", "--json").json()["groups"]
    own = {
        one["name"]: (one["key"], [m["mrid"] for m in one["members"]], one["mrid"]) for one in groups if one["members"]
    }
    assert set(own) == {"F1 pv", "F2 battery"}
    expected = group("feeder,kind", {"feeder": F1, "kind": kind("pv")})
    assert own["F1 pv"] == (expected["key"], ["PV1"], expected["mrid"])
    assert [one["mrid"] for one in groups] == sorted(one["mrid"] for one in groups)


@pytest.mark.parametrize("word", ["substation", "transformer", "feeder", "section", "service_transformer", "kind"])
def test_every_word_of_by_works(cli: Cli, model: Path, word: str) -> None:
    groups = cli("groups", model, "--by", word, "--json").json()["groups"]
    assert all(set(one) == {"mrid", "name", "key", "version", "members"} for one in groups)
    assert all(list(one["key"]) == [word] for one in groups)
    members = sorted(m["mrid"] for one in groups for m in one["members"])
    assert members == ([] if word == "service_transformer" else ["BA2", "PV1"])


def test_groups_as_csv_and_text(cli: Cli, model: Path) -> None:
    rows = list(csv.reader(io.StringIO(cli("groups", model, "--by", "feeder", "--csv").text())))
    one, other = (group("feeder", {"feeder": f})["mrid"] for f in (F1, F2))
    assert rows[0] == ["group", "group_name", "version", "mrid", "name"]
    assert sorted(rows[1:]) == sorted([[one, "F1", "1.0.0", "PV1", "PV1"], [other, "F2", "1.0.0", "BA2", "BA2"]])
    lines = [line.split() for line in cli("groups", model, "--by", "feeder").text().splitlines()]
    assert lines == [["2", "groups"], ["group", "DER", "members"], ["F1", "1", "PV1"], ["F2", "1", "BA2"]]


def change(identity: dict[str, Any], verb: str, joined: list[str], left: list[str], reason: str) -> dict[str, Any]:
    return {
        "group": identity,
        "verb": verb,
        "joined": [{**member(name), "reason": reason} for name in joined],
        "left": [{**member(name), "reason": reason} for name in left],
        "version": "1.1.0",
        "previous_version": "1.0.0",
    }


def changed(cli: Cli, model: Path, *arguments: str) -> list[dict[str, Any]]:
    answer = cli("changes", model, *arguments, "--json").json()
    assert set(answer) == {"changes"}
    return sorted(answer["changes"], key=lambda one: str(one["group"]["name"]))


def test_changes_are_exact(cli: Cli, model: Path) -> None:
    one, other = (group("feeder", {"feeder": f}) for f in (F1, F2))
    assert changed(cli, model, "--by", "feeder", "--close", "TIE", "--open", "F1") == [
        change(one, "executed", [], ["PV1"], "moved"),
        change(other, "changed", ["PV1"], [], "moved"),
    ]
    assert changed(cli, model, "--by", "feeder", "--open", "F1") == [
        change(one, "executed", [], ["PV1"], "lost_supply")
    ]
    assert changed(cli, model, "--by", "feeder", "--by", "substation", "--open", "F1") == [
        change(one, "executed", [], ["PV1"], "lost_supply"),
        change(group("substation", {"substation": item("S1", "S1")}), "executed", [], ["PV1"], "lost_supply"),
    ]


@pytest.mark.parametrize(
    "nothing",
    [
        [],
        ["--by", "kind", "--close", "TIE", "--open", "F1"],
        ["--by", "substation", "--close", "TIE", "--open", "F1"],
        ["--open", "TIE"],
        ["--close", "F1"],
    ],
)
def test_only_groups_that_change_are_named(cli: Cli, model: Path, nothing: list[str]) -> None:
    arguments = nothing if "--by" in nothing else ["--by", "feeder", *nothing]
    assert changed(cli, model, *arguments) == []
    assert cli("changes", model, *arguments, "--xml").text() == ""
    assert cli("changes", model, *arguments).text() == "No group changes.\n"


def test_changes_as_text(cli: Cli, model: Path) -> None:
    lines = [
        line.split()
        for line in cli("changes", model, "--by", "feeder", "--close", "TIE", "--open", "F1").text().splitlines()
    ]
    assert lines == [
        ["2", "groups", "change,", "1", "DER"],
        ["group", "DER", "reason", "version"],
        ["F1", "−", "PV1", "moved", "1.0.0", "→", "1.1.0"],
        ["F2", "+", "PV1", "moved", "1.0.0", "→", "1.1.0"],
    ]


def words(message: etree._Element, path: str) -> str:
    """Return the one text at a path."""
    found = message.xpath(path)
    assert isinstance(found, list)
    assert len(found) == 1
    return str(found[0])


def test_messages_are_one_a_line_and_valid(cli: Cli, model: Path) -> None:
    """Without an XML declaration; the EndDevice's id stands for a DER that has exactly one."""
    text = cli("changes", model, "--by", "feeder", "--close", "TIE", "--open", "F1", "--xml").text()
    lines = text.splitlines()
    assert (len(lines), text[-1]) == (2, "\n")
    messages = [etree.fromstring(line) for line in lines]
    for line, message in zip(lines, messages, strict=True):
        assert line.startswith("<tns:")
        schema("partial").assertValid(message)
    verbs = sorted((m.findtext(f".//{MESSAGE}Verb"), m.findtext(f".//{MESSAGE}Noun")) for m in messages)
    assert verbs == [("changed", "DERGroups"), ("executed", "OperationSet")]
    sets = {words(m, "//*[local-name()='Property'][*='changeSet']/*[2]/text()") for m in messages}
    assert len(sets) == 1
    for message in messages:
        assert words(message, "//*[local-name()='EndDevices']/*[local-name()='mRID']/text()") == "ED1"
    named = {words(m, "//*[local-name()='EndDeviceGroup']/*[local-name()='mRID']/text()") for m in messages}
    assert named == {group("feeder", {"feeder": f})["mrid"] for f in (F1, F2)}


def test_a_name_cannot_break_a_message(cli: Cli, model: Path) -> None:
    """Markup, a line break and `]]>` in the name of a feeder's head: still one line, still valid, still that name."""
    model.write_text(
        model.read_text().replace(
            "<cim:IdentifiedObject.name>F1<", "<cim:IdentifiedObject.name>&lt;b&gt;]]&gt; &amp; x\n y<"
        )
    )
    text = cli("changes", model, "--by", "feeder", "--open", "F1", "--xml").text()
    (line,) = text.splitlines()
    schema("partial").assertValid(etree.fromstring(line))
    (one,) = changed(cli, model, "--by", "feeder", "--open", "F1")
    assert one["group"]["name"].split() == ["<b>]]>", "&", "x", "y"]
