"""`serve`, `demo` and `verify`: what cannot be started says why in one line; settings; a journal that was changed."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.e2e.service import Service
from topogroup.settings import read_settings

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
PROGRAM = "from topogroup.cli.app import main; main()"


def refused(*words: str | Path, before: str = "") -> dict[str, Any]:
    """Run the program, which must end by itself with exit code 2 and one line, and return what it says."""
    done = subprocess.run(
        [sys.executable, "-c", before + PROGRAM, *map(str, words), "--json"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    error: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])["error"]
    return error


def test_a_model_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything is made."""
    error = refused("serve", tmp_path / "nothing.xml", "--data-dir", tmp_path / "data")
    assert (error["code"], error["object"]) == ("file_not_found", str(tmp_path / "nothing.xml"))
    assert not (tmp_path / "data").exists()


def test_a_model_that_cannot_be_read_ends_the_service(tmp_path: Path) -> None:
    """There would be nothing to serve."""
    (tmp_path / "bad.xml").write_text("no XML")
    error = refused("serve", tmp_path / "bad.xml", "--data-dir", tmp_path / "data", "--port", "0")
    assert "bad.xml" in error["message"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "example.org", "::"])
def test_only_this_machine_is_listened_to(tmp_path: Path, host: str) -> None:
    """The service has a token but no encryption."""
    error = refused("serve", "--data-dir", tmp_path / "data", "--host", host)
    assert error["code"] == "host_not_loopback"


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """With the mend."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = refused("serve", "--data-dir", tmp_path / "data", "--port", str(port))
    assert error["code"] == "port_unusable" and str(port) in error["message"] and "--port" in error["message"]


def test_the_demo_takes_another_port_where_its_own_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a port is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("TOPOGROUP_PORT", str(other.getsockname()[1]))
        service = Service(tmp_path / "data", command="demo").start(port=None)
        try:
            assert int(service.url.rpartition(":")[2]) != other.getsockname()[1]
            assert service.stop() == 0
        finally:
            if service.running:
                service.kill()


def test_a_data_directory_has_one_service(tmp_path: Path) -> None:
    """The second one is refused, the first goes on."""
    service = Service(tmp_path / "data").start(ready=False)
    try:
        error = refused("serve", "--data-dir", tmp_path / "data", "--port", "0")
        assert error["code"] == "data_dir_in_use"
        with service.client() as client:
            assert client.get("/livez").status_code == 200
        assert service.stop() == 0
    finally:
        if service.running:
            service.kill()


def test_a_data_directory_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "file").write_text("")
    assert refused("serve", "--data-dir", tmp_path / "file" / "data")["code"] == "data_dir_unusable"


def test_another_database_is_refused(tmp_path: Path) -> None:
    """Only SQLite is there."""
    error = refused("serve", "--data-dir", tmp_path / "data", "--database", "postgresql://localhost/x", "--port", "0")
    assert "postgresql" in error["message"] or "sqlite" in error["message"]


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    """With the words that install it."""
    before = "import sys; sys.modules['uvicorn'] = None; "
    error = refused("serve", "--data-dir", tmp_path / "data", before=before)
    assert error["code"] == "extra_missing" and "topogroup[server]" in error["message"]


def test_settings_come_from_flags_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that says something wins."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "topogroup.toml").write_text('port = 1000\nsource = "file"\nhost = "::1"\n')
    monkeypatch.setenv("TOPOGROUP_PORT", "2000")
    monkeypatch.setenv("TOPOGROUP_SOURCE", "environment")
    settings = read_settings(port=3000, host=None)
    assert (settings.port, settings.source, settings.host) == (3000, "environment", "::1")
    assert str(settings.data_dir) == "topogroup-data"


@pytest.mark.parametrize(("text", "code"), [("port = 70000", "settings"), ("port = ", "settings")])
def test_settings_that_cannot_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli, text: str, code: str
) -> None:
    """By name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "topogroup.toml").write_text(text)
    answer = cli("serve", "--json")
    assert answer.code == 2 and json.loads(answer.err)["error"]["code"] == code


def test_verify_tells_whether_the_journal_is_what_was_written(tmp_path: Path, cli: Cli) -> None:
    """Beside the running service, after it, and after somebody changed a row."""
    home = tmp_path / "data"
    assert cli("verify", "--data-dir", home).code == 2
    service = Service(home, [SAMPLE]).start()
    try:
        with service.client() as client:
            client.post("/v1/templates", json={"by": ["feeder"]})
            client.post("/v1/groups", json={"name": "g", "criteria": "NOT supplied"})
            body = {"source": "d", "sequence": 1, "operations": [{"switch": "S1-F1-CB", "open": True}]}
            assert client.post("/v1/switching", json=body).status_code == 200
        assert cli("verify", "--data-dir", home, "--json").json() == {"revision": 4, "events": 9, "differences": []}
        assert service.stop() == 0
    finally:
        if service.running:
            service.kill()
    assert "9 events" in cli("verify", "--data-dir", home).text()
    with sqlite3.connect(home / "journal.sqlite") as database:
        database.execute("UPDATE log SET body = replace(body, 'true', 'false') WHERE kind = 'switching'")
    database.close()
    damaged = cli("verify", "--data-dir", home, "--json")
    assert damaged.code == 1 and "revision 4" in json.loads(damaged.out)["differences"][0]
