"""Every refusal: exit code 2, one clear line on stderr, JSON with --json, nothing on stdout, never a traceback."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cim_models.small import SMALL, rdf, zip_bytes
from tests.cim_models.test_refused_files import DIFFERENCE
from tests.cli.conftest import Cli
from topogroup.testing import NetworkBuilder

TOPOGROUP = Path(sys.executable).parent / "topogroup"


def refused(cli: Cli, *arguments: str | Path, code: str, object_: str | None, words: str = "") -> None:
    """Require a refusal, for people and for programs."""
    plain = cli(*arguments)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.startswith("topogroup: ")
    assert plain.err.endswith("\n")
    assert plain.err.count("\n") == 1
    assert "Traceback" not in plain.err
    assert words in plain.err
    machine = cli(*arguments, "--json")
    assert (machine.code, machine.out) == (2, "")
    answer = json.loads(machine.err)
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message", "object"}
    assert (answer["error"]["code"], answer["error"]["object"]) == (code, object_), answer
    assert plain.err == f"topogroup: {' '.join(answer['error']['message'].split())}\n"


BAD_FILES: dict[str, bytes] = {
    "file_empty": b"",
    "not_rdf": b"hello",
    "not_cim": b"<html/>",
    "file_truncated": SMALL[:-30].encode(),
    "not_well_formed": SMALL.replace("</cim:Breaker>", "</cim:Fuse>").encode(),
    "document_type_declaration": b'<!DOCTYPE r [<!ENTITY a "b">]>' + rdf("").split("\n", 1)[1].encode(),
    "encoding_unsupported": SMALL.encode("utf-16"),
    "difference_model": rdf(DIFFERENCE).encode(),
    "too_deep": rdf("<cim:A>" * 80 + "</cim:A>" * 80).encode(),
    "too_many_attributes": rdf("<cim:A " + " ".join(f'cim:a{i}="1"' for i in range(80)) + "/>").encode(),
    "text_too_long": rdf(f'<cim:A rdf:ID="a"><cim:b>{"x" * 70_000}</cim:b></cim:A>').encode(),
    "zip_too_deep": zip_bytes({"a.zip": zip_bytes({"b.zip": zip_bytes({"c": SMALL})})}),
    "file_damaged": zip_bytes({"a.xml": SMALL})[:-9],
}

COMMANDS: dict[str, Callable[[Path], list[str | Path]]] = {
    "inspect": lambda path: ["inspect", path],
    "attach": lambda path: ["attach", path],
    "groups": lambda path: ["groups", path, "--by", "feeder"],
    "changes": lambda path: ["changes", path, "--by", "feeder"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("code", BAD_FILES)
def test_files(cli: Cli, tmp_path: Path, code: str, command: str) -> None:
    path = tmp_path / "model"
    path.write_bytes(BAD_FILES[code])
    object_ = f"{path}!a.zip" if code == "zip_too_deep" else str(path)
    refused(cli, *COMMANDS[command](path), code=code, object_=object_, words=object_)


@pytest.mark.parametrize("command", COMMANDS)
def test_missing_files_and_models_without_terminals(cli: Cli, tmp_path: Path, command: str) -> None:
    path = tmp_path / "nowhere.xml"
    refused(cli, *COMMANDS[command](path), code="file_not_found", object_=str(path), words="does not exist")
    path.write_text(rdf('<cim:Breaker rdf:ID="_a"/>'))
    refused(cli, *COMMANDS[command](path), code="no_terminals", object_=None, words="no terminal with a node")


def test_the_good_model_comes_with_the_bad(cli: Cli, model: Path, tmp_path: Path) -> None:
    """Nothing is printed of the good one."""
    bad = tmp_path / "bad.xml.gz"
    bad.write_bytes(gzip.compress(SMALL.encode())[:-20])
    refused(cli, "attach", model, bad, code="file_truncated", object_=str(bad))


def two_of_a_name(tmp_path: Path) -> Path:
    b = NetworkBuilder().external_network_injection("G", "bus", 20_000)
    for mrid in ("s1", "s2", "s3"):
        b.breaker(mrid, "bus", f"{mrid}a").line(f"L{mrid}", f"{mrid}a", f"{mrid}b")
    b.pv("PV", "s1b")
    path = b.write(tmp_path / "twins.xml")
    text = path.read_text()
    for mrid in ("s1", "s2"):
        text = text.replace(f"<cim:IdentifiedObject.name>{mrid}<", "<cim:IdentifiedObject.name>twin<")
    path.write_text(text.replace("<cim:IdentifiedObject.name>Ls1<", "<cim:IdentifiedObject.name>s3x<"))
    return path


OPERATIONS = [
    ("nothing", "unknown_id"),
    ("", "unknown_id"),
    (":", "unknown_id"),
    (":A", "unknown_id"),
    ("nothing:A", "unknown_id"),
    ("x" * 2000, "unknown_id"),
    ("\x1b[31mred\x1b[0m\n", "unknown_id"),
    ("PV1", "not_a_switch"),
    ("L1", "not_a_switch"),
    ("PV1:A", "not_a_switch"),
    ("F1:X", "unknown_phase"),
    ("F1:", "unknown_phase"),
    ("F1:N", "unknown_phase"),
    ("F1:ABCN", "unknown_phase"),
]


@pytest.mark.parametrize("option", ["--open", "--close"])
@pytest.mark.parametrize(("text", "code"), OPERATIONS)
def test_switches(cli: Cli, model: Path, option: str, text: str, code: str) -> None:
    for command in (["attach", model], ["changes", model, "--by", "feeder"]):
        answer = cli(*command, option, text, "--json")
        assert (answer.code, answer.out) == (2, "")
        error = json.loads(answer.err)["error"]
        assert error["code"] == code
        assert error["object"] in {text, text[:60], text[:40], "F1"}
        plain = cli(*command, option, text)
        assert (plain.code, plain.out, plain.err.count("\n")) == (2, "", 1)
        assert plain.err[:-1].isprintable(), "no control character reaches the terminal"


def test_a_phase_that_the_switch_lacks(cli: Cli, tmp_path: Path) -> None:
    b = NetworkBuilder().external_network_injection("G", "bus", 20_000).breaker("F", "bus", "a", phases="AB")
    path = b.line("L", "a", "b", phases="AB").pv("PV", "b", phases="A").write(tmp_path / "m.xml")
    refused(cli, "attach", path, "--open", "F:C", code="unknown_phase", object_="F", words="has no phase C")
    refused(cli, "attach", path, "--open", "F:ABC", code="unknown_phase", object_="F", words="has no phase C")
    assert cli("attach", path, "--open", "F:AB").code == 0


def test_an_ambiguous_name_lists_its_holders(cli: Cli, tmp_path: Path) -> None:
    path = two_of_a_name(tmp_path)
    for text in ("twin", "twin:A"):
        answer = cli("attach", path, "--open", text, "--json")
        error = json.loads(answer.err)["error"]
        assert (answer.code, answer.out, error["code"]) == (2, "", "ambiguous_id")
        assert "s1, s2" in error["message"]
        assert "s3" not in error["message"]
    assert cli("attach", path, "--open", "s1").code == 0
    assert cli("attach", path, "--open", "s3").code == 0


YAML_FILES = [
    ("file_unreadable", None),
    ("not_yaml", "feeders: ["),
    ("not_yaml", "feeders: \x00"),
    ("file_unreadable", b"\xff\xfe\xfa"),
    ("too_deep", "[" * 1_000_000),
    ("{}_file", ""),
    ("{}_file", "hello"),
    ("{}_file", "[]"),
    ("{}_file", "other: []"),
    ("{}_file", "{}: hello"),
    ("{}_file", "{}: [[a]]"),
    ("{}_file", "{}: ['']"),
]


@pytest.mark.parametrize("option", ["heads", "sources"])
@pytest.mark.parametrize(("code", "content"), YAML_FILES)
def test_heads_and_sources_files(
    cli: Cli, model: Path, tmp_path: Path, option: str, code: str, content: str | bytes | None
) -> None:
    path = tmp_path / "given.yaml"
    key = {"heads": "feeders", "sources": "sources"}[option]
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content.replace("{}", key))
    expected = {"{}_file": {f"{key}_file", f"{option}_file"}}.get(code, {code})
    answer = cli("attach", model, f"--{option}", path, "--json")
    assert (answer.code, answer.out) == (2, "")
    error = json.loads(answer.err)["error"]
    assert error["code"] in expected
    assert error["object"] == str(path)
    assert str(path) in error["message"]
    assert cli("attach", model, f"--{option}", path).err.count("\n") == 1


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{name: A}", "heads_file"),
        ("{head: F1}", "heads_file"),
        ("{name: A, head: F1, extra: 1}", "heads_file"),
        ("{name: , head: F1}", "heads_file"),
        ("{name: A, head: }", "heads_file"),
        ("{name: A, head: [F1]}", "heads_file"),
        ("{name: {a: b}, head: F1}", "heads_file"),
        ("{name: A, head: nothing}", "unknown_id"),
        ("{name: A, head: PV1}", "not_a_head"),
        ("{name: A, head: F1, substation: nothing}", "unknown_id"),
    ],
)
def test_entries_of_a_heads_file(cli: Cli, model: Path, tmp_path: Path, entry: str, code: str) -> None:
    path = tmp_path / "heads.yaml"
    path.write_text(f"feeders:\n  - {entry}\n")
    answer = cli("attach", model, "--heads", path, "--json")
    assert (answer.code, answer.out, json.loads(answer.err)["error"]["code"]) == (2, "", code)
    assert cli("inspect", model, "--heads", path).err.count("\n") == 1


def test_a_heads_file_with_a_bomb_of_aliases_is_refused_at_once(cli: Cli, model: Path, tmp_path: Path) -> None:
    """Ten lists of ten aliases each: 10,000,000,000 words if anybody wrote them out."""
    path = tmp_path / "heads.yaml"
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 11))]
    path.write_text("\n".join([*lines, "feeders:", "  - {name: *a10, head: F1}", ""]))
    words = "line 2 has an alias (*a0)"
    refused(cli, "attach", model, "--heads", path, code="yaml_alias", object_=str(path), words=words)


def test_entries_of_a_sources_file(cli: Cli, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("sources: [nothing]\n")
    refused(cli, "attach", model, "--sources", path, code="unknown_id", object_="nothing", words="line 1: 'nothing'")
    twins = two_of_a_name(tmp_path)
    path.write_text("sources: [twin]\n")
    refused(cli, "attach", twins, "--sources", path, code="ambiguous_id", object_="twin", words="s1, s2")


USAGE = [
    ["attach"],
    ["groups", "MODEL"],
    ["changes", "MODEL"],
    ["attach", "MODEL", "--bogus"],
    ["attach", "MODEL", "--open"],
    ["nonsense"],
    ["--bogus"],
    ["generate"],
    ["generate", "OUT", "--ders", "many"],
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_usage(cli: Cli, model: Path, tmp_path: Path, words: list[str]) -> None:
    places = {"MODEL": str(model), "OUT": str(tmp_path / "out.xml")}
    arguments = [places.get(word, word) for word in words]
    plain = cli(*arguments)
    assert (plain.code, plain.out, plain.err.count("\n")) == (2, "", 1)
    assert plain.err.endswith("; see `topogroup --help`.\n")
    machine = cli(arguments[0], "--json", *arguments[1:])
    assert (machine.code, machine.out) == (2, "")
    error = json.loads(machine.err)["error"]
    assert (error["code"], error["object"]) == ("usage", None)
    assert not (tmp_path / "out.xml").exists()


@pytest.mark.parametrize("by", ["voltage", "", "feeder,", "feeder,voltage", "feeder,feeder", "Feeder"])
def test_words_of_by(cli: Cli, model: Path, by: str) -> None:
    for command in ("groups", "changes"):
        answer = cli(command, model, "--by", by, "--json")
        assert (answer.code, answer.out) == (2, "")
        assert set(json.loads(answer.err)["error"]) == {"code", "message", "object"}


def test_state_is_current_or_normal(cli: Cli, model: Path) -> None:
    refused(
        cli, "attach", model, "--state", "actual", code="unknown_state", object_="actual", words="current or normal"
    )


def test_a_bad_option_is_refused_before_a_long_load(cli: Cli, tmp_path: Path) -> None:
    """The model is not even looked for."""
    missing = tmp_path / "nowhere.xml"
    refused(cli, "attach", missing, "--state", "actual", code="unknown_state", object_="actual")
    refused(cli, "attach", missing, "--heads", missing, code="file_unreadable", object_=str(missing))
    answer = cli("groups", missing, "--by", "voltage", "--json")
    assert json.loads(answer.err)["error"]["code"] != "file_not_found"


@pytest.mark.skipif(not TOPOGROUP.exists(), reason="the command is not installed beside this Python")
def test_the_installed_program(tmp_path: Path) -> None:
    """A real process: exit codes, both streams, names outside the locale's encoding."""
    name = "Ümläut–✓"
    model = NetworkBuilder().external_network_injection("G", "bus", 20_000).pv(name, "bus").write(tmp_path / "m.xml")
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"}

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        done = subprocess.run([TOPOGROUP, *arguments], capture_output=True, env=environment, timeout=60, check=False)
        return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")

    code, out, err = run("attach", model)
    assert (code, err) == (0, "")
    assert name in out
    code, out, err = run("attach", model, "--json")
    assert (code, err, json.loads(out)["ders"][0]["name"]) == (0, "", name)
    assert run("attach", tmp_path / "nichts–da.xml") == (
        2,
        "",
        f"topogroup: {tmp_path / 'nichts–da.xml'} does not exist.\n",
    )


@pytest.mark.skipif(not TOPOGROUP.exists(), reason="the command is not installed beside this Python")
def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    """A name that is no UTF-8 and one that would colour the terminal."""
    raw = bytes(tmp_path) + b"/\xff\x1b[31m.xml"
    done = subprocess.run([TOPOGROUP, "inspect", raw], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"\x1b" not in done.stderr
    assert done.stderr.count(b"\n") == 1
    Path(raw.decode("utf-8", "surrogateescape")).write_text(SMALL)
    done = subprocess.run([TOPOGROUP, "attach", raw, "--json"], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [der["mrid"] for der in json.loads(done.stdout)["ders"]] == ["PV"]
    done = subprocess.run(
        [TOPOGROUP, "changes", raw, "--by", "feeder", "--open", "CB", "--xml"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not TOPOGROUP.exists(), reason="the command is not installed beside this Python")
def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    b = NetworkBuilder().external_network_injection("G", "bus", 20_000)
    for number in range(200):
        b.pv(f"PV{number}", "bus")
    model = b.write(tmp_path / "m.xml")
    with subprocess.Popen(
        [TOPOGROUP, "attach", model, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.read(1) == b"{"
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait(60) == 0
