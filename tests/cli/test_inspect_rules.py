"""`topogroup inspect` says by which rule everything is what it is; given files are refused by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cim_models import snapshot
from tests.cim_models.small import BODY, rdf
from tests.cli.conftest import Cli
from topogroup.testing import NetworkBuilder


def written(tmp_path: Path, b: NetworkBuilder) -> Path:
    return b.write(tmp_path / "model.xml")


def two_feeders() -> NetworkBuilder:
    b = NetworkBuilder().energy_source("grid", "hv", 110_000).substation("S1")
    b.transformer("T1", [("hv", 110_000), ("bus", 20_000)], container="S1").busbar("BB", "bus")
    for n in (1, 2):
        b.breaker(f"F{n}", "bus", f"f{n}a").line(f"L{n}", f"f{n}a", f"f{n}b").pv(f"PV{n}", f"f{n}b")
    return b.end_device("E1", "PV1", group="Roofs").end_device("E2", "PV2")


def test_feeders_substations_and_sources_have_rules(cli: Cli, tmp_path: Path) -> None:
    said = cli("inspect", written(tmp_path, two_feeders()), "--json").json()
    rules = {f["name"]: (f["rule"], f["why"], f["substation"]) for f in said["feeders"]}
    assert rules == dict.fromkeys(("F1", "F2"), ("derived", "derived from the busbars", "S1"))
    (substation,) = said["substations"]
    assert (substation["rule"], [t["name"] for t in substation["transformers"]]) == ("transformers", ["T1"])
    assert [(one["mrid"], one["rule"]) for one in said["sources"]] == [("grid", "electrical_values")]
    classes = {one.pop("class"): one for one in said["source_classes"]}
    assert classes == {
        "EnergySource": {
            "total": 1,
            "sources": 1,
            "generation": 0,
            "rules": ["electrical_values"],
            "why": "it gives a nominalVoltage, voltageMagnitude, voltageAngle, r, x, r0 or x0",
        },
        "PowerElectronicsConnection": {
            "total": 2,
            "sources": 0,
            "generation": 2,
            "rules": [],
            "why": "none: it generates behind power electronics",
        },
    }
    (group,) = said["groups"]
    assert (group["mrid"], group["name"], group["end_devices"]) == ("Roofs", "Roofs", 1)
    assert [member["mrid"] for member in group["members"]] == ["PV1"]
    assert [(one["mrid"], one["kind"], one["p_max_w"], one["s_rated_va"]) for one in said["ders"]] == [
        ("PV1", "pv", 10_000, None),
        ("PV2", "pv", 10_000, None),
    ]


def test_given_files_are_rules_too(cli: Cli, tmp_path: Path) -> None:
    model = written(tmp_path, two_feeders().energy_source("other", "f2b", 20_000))
    heads, sources = tmp_path / "heads.yaml", tmp_path / "sources.yaml"
    heads.write_text("feeders:\n  - {name: North, head: F1}\n")
    sources.write_text("sources: [grid]\n")
    said = cli("inspect", model, "--heads", heads, "--sources", sources, "--json").json()
    assert {f["name"]: (f["rule"], f["why"]) for f in said["feeders"]} == {
        "North": ("heads_file", "named in the heads file"),
        "F2": ("derived", "derived from the busbars"),
    }
    assert [(one["mrid"], one["rule"]) for one in said["sources"]] == [("grid", "sources_file")]
    (energy,) = (one for one in said["source_classes"] if one["class"] == "EnergySource")
    assert (energy["sources"], energy["generation"]) == (1, 1)
    assert energy["why"] == "the sources file names it; the others not: the sources file does not name it"


def test_the_table_reads_well(cli: Cli, tmp_path: Path) -> None:
    text = cli("inspect", written(tmp_path, two_feeders())).text()
    for title in ("Grid sources", "DER", "EndDeviceGroups", "Substations", "Feeders"):
        assert f"\n{title}" in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Roofs Roofs 1 1" in lines
    assert "F1 F1 primary S1 derived from the busbars" in lines
    assert "S1 S1 T1 the transformers of its busbars lie in it" in lines
    assert "pv 2 20 kW – – – –" in lines


@pytest.mark.parametrize(
    ("option", "text", "code", "line"),
    [
        ("heads", "feeders:\n  - {name: A, head: F1}\n  - {name: B, head: F9}\n", "unknown_id", "line 3"),
        ("heads", "feeders:\n  - {name: A, head: F1}\n  - {name: B, head: F1}\n", "repeated_head", "line 3"),
        ("heads", "feeders:\n  - {name: A, head: F1}\n  - {name: B, head: 'urn:uuid:F1'}\n", "repeated_head", "line 3"),
        ("heads", "feeders:\n  - name: A\n    head: F1\n    name: B\n", "repeated_key", "line 4"),
        ("heads", "feeders: []\n\nfeeders:\n  - {name: A, head: F1}\n", "repeated_key", "line 3"),
        ("heads", "feeders:\n  - {name: A, head: F1, substation: X}\n", "unknown_id", "line 2"),
        ("heads", "feeders:\n  - &a {name: A, head: F1}\n  - *a\n", "yaml_alias", "line 3"),
        ("heads", "feeders:\n  - {name: A}\n", "heads_file", "line 2"),
        ("heads", "feeders:\n  " + "[" * 20 + "]" * 20, "too_deep", "line 2"),
        ("sources", "sources:\n  - grid\n  - nothing\n", "unknown_id", "line 3"),
        ("sources", "sources:\n  - grid\n  - '#_grid'\n", "repeated_source", "line 3"),
        ("sources", "sources:\n  - grid\n  - [a]\n", "sources_file", "line 3"),
        ("sources", "sources:\n  - grid\n - b\n", "not_yaml", "line 3"),
    ],
)
def test_given_files_are_refused_by_line(
    cli: Cli, tmp_path: Path, option: str, text: str, code: str, line: str
) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(text)
    answer = cli("inspect", written(tmp_path, two_feeders()), f"--{option}", path, "--json")
    error = json.loads(answer.err)["error"]
    assert (answer.code, answer.out, error["code"]) == (2, "", code)
    assert line in error["message"]
    assert "\n" not in error["message"]


def test_conventions_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    model = tmp_path / "m.xml"
    power = "<cim:PowerElectronicsUnit.maxP>5</cim:PowerElectronicsUnit.maxP></cim:PhotovoltaicUnit>"
    model.write_text(rdf(BODY.replace("</cim:PhotovoltaicUnit>", power)))

    def maximum(*words: str) -> float:
        return float(cli("inspect", model, *words, "--json").json()["ders"][0]["p_max_w"])

    assert (maximum(), maximum("--power-unit", "W"), maximum("--power-unit", "MW")) == (5e6, 5, 5e6)
    for words in (("--p-sign", "up"), ("--power-unit", "kW"), ("--local-crs", "EPSG:31467")):
        answer = cli("inspect", model, *words, "--json")
        assert (answer.code, json.loads(answer.err)["error"]["code"]) == (2, "bad_convention")


def test_a_saved_network_is_settled(cli: Cli, tmp_path: Path) -> None:
    snapshot.save(two_feeders().build(), tmp_path / "saved")
    assert cli("inspect", tmp_path / "saved").code == 0
    answer = cli("inspect", tmp_path / "saved", "--p-sign", "load", "--json")
    assert (answer.code, json.loads(answer.err)["error"]["code"]) == (2, "conventions_settled")
