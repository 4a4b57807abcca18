"""Help and version answer at once: nothing heavy is imported for them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import Cli
from topogroup import __version__

COMMANDS = (
    *("inspect", "attach", "groups", "changes", "plan", "regroup", "difference"),
    *("generate", "serve", "demo", "verify"),
)
# not pydantic: typer looks for it by itself where it is installed
HEAVY = {"numpy", "scipy", "lxml", "networkx", "yaml", "pandas", "rdflib", "numba", "fastapi", "sqlalchemy", "uvicorn"}


def loaded_by(*arguments: str) -> set[str]:
    """Return the top packages that a fresh process has imported when a command ends."""
    program = (
        "import json, sys\n"
        f"sys.argv = ['topogroup', *{list(arguments)!r}]\n"
        "from topogroup.cli.app import main\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert stop.code in (0, 2), stop.code\n"
        "print('LOADED' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout.rpartition("LOADED")[2]))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["attach", "--help"], ["--version"], ["attach", "--bogus"]], ids=" ".join
)
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)
    assert "topogroup" in loaded
    assert not loaded & HEAVY


def test_heavy_imports_would_be_seen() -> None:
    """The check above can fail: a command that works does import them."""
    assert {"numpy", "lxml"} <= loaded_by("inspect", "data/sample.xml")


def test_help_lists_the_commands(cli: Cli) -> None:
    text = cli("--help").text()
    for command in COMMANDS:
        assert f"\n  {command} " in text


def test_no_arguments_are_help(cli: Cli) -> None:
    assert cli().text() == cli("--help").text()


def test_version(cli: Cli) -> None:
    assert cli("--version").text() == f"topogroup {__version__}\n"


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("inspect", ["--heads", "--sources", "--json"]),
        ("attach", ["--open", "--close", "--heads", "--sources", "--state", "--json", "--csv"]),
        ("groups", ["--by", "--json", "--csv"]),
        ("changes", ["--by", "--open", "--close", "--json", "--xml"]),
        ("generate", ["--substations", "--feeders", "--ders", "--seed"]),
        ("serve", ["--data-dir", "--database", "--host", "--port", "--json"]),
        ("demo", ["--data-dir", "--port", "--json"]),
        ("verify", ["--data-dir", "--json"]),
    ],
)
def test_options_of_the_design(cli: Cli, command: str, options: list[str]) -> None:
    text = cli(command, "--help").text()
    for option in options:
        assert f" {option} " in text
