"""`topogroup attach`: JSON, CSV and table say the same, in the shapes of DESIGN section 7."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from cim_models import Network
from cim_models.identifiers import derived
from tests.cli.conftest import Cli, small
from topogroup import attach
from topogroup.testing import NetworkBuilder

A_KEYS = {
    *("energisation", "paralleled", "back_fed", "in_service", "uncertain", "substations", "transformers", "feeders"),
    *("lv_feeders", "subtransmission_feeders", "upstream_feeders", "section", "service_transformers"),
}
"""Section 7's A, and `uncertain` of section 4."""

DER_KEYS = {"mrid", "source_id", "name", "kind", "unit_kinds", "end_devices", "phases", "current", "normal"}
LISTS = [key for key in sorted(A_KEYS) if key.endswith("s") and key != "section"]


def item(mrid: str, name: str, is_derived: bool = False) -> dict[str, Any]:
    return {"mrid": mrid, "name": name, "derived": is_derived}


F1, F2 = (item(derived(f"feeder:{name}"), name, True) for name in ("F1", "F2"))


def on(feeder: dict[str, Any] | None, section: str) -> dict[str, Any]:
    """Return the attachment to one feeder of the small network, None = dead; the battery keeps an island alive."""
    live = feeder is not None
    return {
        "energisation": "energised" if live else "islanded" if section == "BA2" else "unsupplied",
        "paralleled": False,
        "back_fed": False,
        "in_service": True,
        "uncertain": False,
        "substations": [item("S1", "S1")] if live else [],
        "transformers": [item("T1", "T1")] if live else [],
        "feeders": [feeder] if live else [],
        "lv_feeders": [],
        "subtransmission_feeders": [],
        "upstream_feeders": [],
        "section": item(derived(f"section:{section}"), section, True),
        "service_transformers": [],
    }


def pv1(current: dict[str, Any], normal: dict[str, Any]) -> dict[str, Any]:
    return {
        "mrid": "PV1",
        "source_id": "urn:uuid:PV1",
        "name": "PV1",
        "kind": "pv",
        "unit_kinds": ["pv"],
        "end_devices": [item("ED1", "ED1")],
        "phases": "ABC",
        "current": current,
        "normal": normal,
    }


def ba2(current: dict[str, Any], normal: dict[str, Any]) -> dict[str, Any]:
    rest = {"mrid": "BA2", "source_id": "urn:uuid:BA2", "name": "BA2", "kind": "battery", "unit_kinds": ["battery"]}
    return {**rest, "end_devices": [], "phases": "ABC", "current": current, "normal": normal}


def test_json_is_exact(cli: Cli, model: Path) -> None:
    answer = cli("attach", model, "--json").json()
    assert set(answer) == {"model", "findings", "ders"}
    assert answer["model"] == [str(model)]
    assert answer["ders"] == [
        ba2(on(F2, "BA2"), on(F2, "BA2")),
        pv1(on(F1, "L1"), on(F1, "L1")),
    ]
    assert answer["findings"] == [f.as_dict() for f in attach(Network.load(model)).findings]
    assert {tuple(f) for f in answer["findings"]} == {("code", "severity", "objects", "message", "file", "line")}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (["--open", "F1"], {"PV1": None, "BA2": F2}),
        (["--open", "F1", "--close", "TIE"], {"PV1": F2, "BA2": F2}),
        (["--close", "TIE", "--open", "F2"], {"PV1": F1, "BA2": F1}),
        (["--open", "F1", "--open", "F2"], {"PV1": None, "BA2": None}),
        (["--open", "F1", "--close", "F1"], {"PV1": None, "BA2": F2}),
        (["--close", "F1", "--open", "F1"], {"PV1": None, "BA2": F2}),
        (["--open", "urn:uuid:F1"], {"PV1": None, "BA2": F2}),
        (["--open", "_F1"], {"PV1": None, "BA2": F2}),
        (["--open", "F1:ABC"], {"PV1": None, "BA2": F2}),
        (["--open=F1"], {"PV1": None, "BA2": F2}),
    ],
)
def test_operations_change_current_only(
    cli: Cli, model: Path, operations: list[str], expected: dict[str, dict[str, Any] | None]
) -> None:
    """Closes come first: an id in both ends open."""
    ders = cli("attach", model, *operations, "--json").json()["ders"]
    assert ders == [
        ba2(on(expected["BA2"], "BA2"), on(F2, "BA2")),
        pv1(on(expected["PV1"], "L1"), on(F1, "L1")),
    ]


def test_phases_of_an_operation(cli: Cli, model: Path) -> None:
    """One pole open: the DER is partly dead, and by_phase tells which phase hangs where."""
    (_, der) = cli("attach", model, "--open", "F1:B", "--json").json()["ders"]
    current = der["current"]
    assert set(current) == A_KEYS | {"by_phase"}
    assert current["energisation"] == "partially_energised"
    assert {letter: one["energisation"] for letter, one in current["by_phase"].items()} == {
        "A": "energised",
        "B": "unsupplied",
        "C": "energised",
    }
    assert {letter: one["feeders"] for letter, one in current["by_phase"].items()} == {"A": [F1], "B": [], "C": [F1]}
    assert all(set(one) == A_KEYS for one in current["by_phase"].values())
    assert der["normal"] == on(F1, "L1")
    rest = cli("attach", model, "--open", "F1", "--close", "F1:AC", "--json").json()["ders"][1]["current"]
    assert rest == on(None, "L1"), "closes come first"


def test_an_id_with_a_colon_is_tried_whole_first(cli: Cli, tmp_path: Path) -> None:
    """`X:A` is a switch of its own beside `X`; `X:B` is phase B of `X`."""
    b = (
        NetworkBuilder()
        .external_network_injection("G", "bus", 20_000)
        .breaker("X", "bus", "a")
        .breaker("X:A", "a", "b")
    )
    path = b.line("L", "b", "c").pv("PV", "c").line("L2", "a", "d").pv("PVa", "d").write(tmp_path / "m.xml")

    def states(operation: str) -> dict[str, str]:
        return {
            d["name"]: d["current"]["energisation"]
            for d in cli("attach", path, "--open", operation, "--json").json()["ders"]
        }

    assert states("X:A") == {"PV": "unsupplied", "PVa": "energised"}
    assert states("X:B") == {"PV": "partially_energised", "PVa": "partially_energised"}
    assert states("X:A:C") == {"PV": "partially_energised", "PVa": "energised"}
    assert states("X") == {"PV": "unsupplied", "PVa": "unsupplied"}


def test_state_normal_starts_from_the_normal_state(cli: Cli, tmp_path: Path) -> None:
    """F1 is open now and closed normally; the tie is closed now and open normally."""
    b = small()
    b.switch("F3", "bus", "f3a", open=True, normal_open=False).line("L3", "f3a", "f3b").pv("PV3", "f3b")
    path = b.write(tmp_path / "m.xml")

    def current(*more: str) -> tuple[str, str]:
        der = {d["name"]: d for d in cli("attach", path, *more, "--json").json()["ders"]}["PV3"]
        return der["current"]["energisation"], der["normal"]["energisation"]

    assert current() == current("--state", "current") == ("unsupplied", "energised")
    assert current("--state", "normal") == ("energised", "energised")
    assert current("--state", "normal", "--open", "F3") == ("unsupplied", "energised")
    assert current("--close", "F3") == ("energised", "energised")


def cells(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return how a value of the JSON stands in a cell of the CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return str(value["mrid"])
    if isinstance(value, list):
        return ";".join(one if isinstance(one, str) else one["mrid"] for one in value)
    return str(value)


@pytest.mark.parametrize("operations", [(), ("--open", "F1:B"), ("--close", "TIE"), ("--open", "F1", "--close", "TIE")])
def test_csv_says_what_json_says(cli: Cli, model: Path, operations: tuple[str, ...]) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("attach", model, *operations, "--csv").text())))
    expected = []
    for der in cli("attach", model, *operations, "--json").json()["ders"]:
        row = {key: cells(value) for key, value in der.items() if key not in ("current", "normal")}
        for state in ("current", "normal"):
            row |= {f"{state}.{key}": cells(value) for key, value in der[state].items() if key != "by_phase"}
        expected.append(row)
    assert rows == expected
    assert set(rows[0]) == DER_KEYS - {"current", "normal"} | {
        f"{s}.{k}" for s in ("current", "normal") for k in A_KEYS
    }


def test_csv_holds_any_name(cli: Cli, tmp_path: Path) -> None:
    names = ['a "quoted", name', "semi;colon", "Ümläut ✓", "=1+1"]
    b = NetworkBuilder().external_network_injection("G", "bus", 20_000)
    for name in names:
        b.pv(name, "bus")
    text = cli("attach", b.write(tmp_path / "m.xml"), "--csv").text()
    assert sorted(row["name"] for row in csv.DictReader(io.StringIO(text))) == sorted(names)


def test_sorted_by_mrid_and_names_need_not_be_unique(cli: Cli, tmp_path: Path) -> None:
    b = NetworkBuilder().external_network_injection("G", "bus", 20_000)
    for mrid in ("b", "a", "C", "10", "9"):
        b.pv(mrid, "bus")
    path = b.write(tmp_path / "m.xml")
    path.write_text(path.read_text().replace("<cim:IdentifiedObject.name>a<", "<cim:IdentifiedObject.name>b<"))
    ders = cli("attach", path, "--json").json()["ders"]
    assert [(d["mrid"], d["name"]) for d in ders] == [("10", "10"), ("9", "9"), ("C", "C"), ("a", "b"), ("b", "b")]


def test_the_table_shows_names_and_states(cli: Cli, model: Path) -> None:
    table = cli("attach", model, "--open", "F1", "--close", "TIE").text()
    (line,) = [line for line in table.splitlines() if line.startswith("PV1")]
    assert line.split() == ["PV1", "pv", "ABC", "S1", "T1", "F2", "L1", "energised,", "normally", "F1"]
    (line,) = [line for line in table.splitlines() if line.startswith("BA2")]
    assert line.split() == ["BA2", "battery", "ABC", "S1", "T1", "F2", "BA2", "energised"]
    assert "2 energised" in table
    dead = cli("attach", model, "--open", "F1").text()
    (line,) = [line for line in dead.splitlines() if line.startswith("PV1")]
    assert line.split() == ["PV1", "pv", "ABC", "–", "–", "–", "L1", "unsupplied,", "normally", "F1"]
    assert "1 energised, 1 unsupplied" in dead


def test_warnings_stand_under_the_table_and_information_does_not(cli: Cli, tmp_path: Path) -> None:
    path = small().equipment("Fuse", "LOST", ["f1b"]).write(tmp_path / "m.xml")
    table = cli("attach", path).text()
    assert "switch_one_terminal" in table
    assert "feeder_rule" not in table


def test_pandas_is_the_csv(cli: Cli, model: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="the extra interop is not installed")
    report = attach(Network.load(model), opened=["F1"], closed=["TIE"])
    text = cli("attach", model, "--open", "F1", "--close", "TIE", "--csv").text()
    frame = report.to_pandas()
    assert frame.shape == (2, len(DER_KEYS) - 2 + 2 * len(A_KEYS))
    pandas.testing.assert_frame_equal(
        frame.astype(str), pandas.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    )


def test_python_and_command_line_agree(cli: Cli, model: Path) -> None:
    report = attach(Network.load(model), opened=["F1"], closed=["TIE"])
    assert cli("attach", model, "--open", "F1", "--close", "TIE", "--json").json() == report.to_dict()
    assert [der.mrid for der in report] == ["BA2", "PV1"]
    assert report[-1].as_dict() == report[1].as_dict()
    with pytest.raises(IndexError):
        report[2]


def test_several_files_are_one_network_and_a_snapshot_is_one_too(cli: Cli, model: Path, tmp_path: Path) -> None:
    text = model.read_text()
    head, body = text.split("\n  <", 1)
    middle = body.index("\n  <cim:Breaker") if "\n  <cim:Breaker" in body else len(body) // 2
    first, second = tmp_path / "1.xml", tmp_path / "2.xml"
    first.write_text(f"{head}\n  <{body[:middle]}\n</rdf:RDF>\n")
    second.write_text(f"{head}{body[middle:]}")
    expected = cli("attach", model, "--json").json()["ders"]
    assert cli("attach", first, second, "--json").json()["ders"] == expected
    assert cli("attach", second, first, "--json").json()["ders"] == expected
    Network.load(model).save(tmp_path / "saved")
    assert cli("attach", tmp_path / "saved", "--json").json() == cli("attach", model, "--json").json()
