"""`/v1/models`: received, read, reported, made active; and what the service says without one."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cim_models import limits
from cim_models.errors import JournalError
from tests.api.live import SAMPLE, Live, live
from topogroup.journal.sqlite import SqliteJournal
from topogroup.testing import NetworkBuilder


def upload(service: Live, content: bytes, **parameters: Any) -> Any:  # noqa: ANN401 - a response
    """Send a model."""
    return service.client.post("/v1/models", content=content, params=parameters)


def read(service: Live, location: str, state: str = "ready") -> dict[str, Any]:
    """Wait until a model is read."""
    service.until(lambda: service.get(location).json()["state"] not in ("reading",))
    said: dict[str, Any] = service.get(location).json()
    assert said["state"] == state, said
    return said


def test_without_a_model_the_service_says_so(tmp_path: Path) -> None:
    """It is alive, not ready, and every question about the network names the mend."""
    with live(tmp_path / "data") as service:
        assert service.get("/livez").status_code == 200
        ready = service.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["model"]) == (503, None)
        for path in ("/v1/ders", "/v1/feeders", "/v1/substations", "/v1/sections", "/v1/switches", "/v1/ders/x"):
            answer = service.get(path)
            assert (answer.status_code, answer.json()["code"]) == (409, "no_active_model"), path
        assert service.items("/v1/groups") == service.items("/v1/templates") == service.items("/v1/models") == []
        assert service.get("/v1/network").json()["model"] is None
        answer = service.post("/v1/sparql", {"query": "objects_of_class", "parameters": {"class": "Breaker"}})
        assert (answer.status_code, answer.json()["code"]) == (503, "store_not_ready")
        answer = service.post("/v1/switching", {"source": "d", "sequence": 1, "operations": []})
        assert answer.status_code == 409


def zipped(content: bytes) -> bytes:
    """Return a zip that holds one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("network.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize("packed", [bytes, gzip.compress, zipped])
def test_a_model_is_received_read_and_made_active(tmp_path: Path, packed: Any) -> None:  # noqa: ANN401 - a function
    """Its report tells what is in it; templates made before it get their groups with it."""
    content = packed(SAMPLE.read_bytes())
    with live(tmp_path / "data") as service:
        assert service.post("/v1/templates", {"by": ["feeder"]}).json()["groups"] == 0
        answer = upload(service, content, name="sample.xml")
        assert answer.status_code == 202 and answer.json()["state"] == "reading"
        location = answer.headers["location"]
        said = read(service, location)
        assert (said["name"], said["counts"]["Breaker"]) == ("sample.xml", 16)
        report = service.get(f"{location}/report").json()
        assert report["counts"] == said["counts"] and isinstance(report["findings"], list)
        assert upload(service, content, name="again").status_code == 200
        done = service.post(f"{location}/activate")
        assert done.status_code == 200 and len(service.events()) == 6
        assert {one["cause"]["kind"] for one in service.events()} == {"model"}
        assert [one["state"] for one in service.items("/v1/models")] == ["active"]
        assert service.get("/readyz").status_code == 200
        assert list((tmp_path / "data" / "uploads").iterdir()) == []


def test_another_model_replaces_the_active_one(service: Live) -> None:
    """Groups whose feeder is gone end; `activate=true` does it all at once."""
    network = NetworkBuilder().energy_source("grid", "a", 20_000).breaker("CB", "a", "b").pv("PV1", "b")
    answer = upload(service, network.to_xml().encode(), name="other", activate="true")
    said = read(service, answer.headers["location"], "active")
    assert [one["id"] for one in service.items("/v1/models") if one["state"] == "active"] == [said["id"]]
    assert [one["name"] for one in service.items("/v1/ders")] == ["PV1"]
    assert {one["verb"] for one in service.events("1-6")} >= {"deleted"}


@pytest.mark.parametrize(
    ("content", "code"), [(b"no XML at all", None), (b"<a/>", None), (b"PK\x03\x04 broken", None), (b"", "empty_body")]
)
def test_what_is_no_model_is_refused(unchanged: Live, content: bytes, code: str | None) -> None:
    """The list of models says why; the active one stays."""
    before = unchanged.service.engine.view
    answer = upload(unchanged, content, name="bad.xml")
    if code is not None:
        assert answer.json()["code"] == code
        return
    said = read(unchanged, answer.headers["location"], "failed")
    assert said["error"]["message"] and said["error"]["code"]
    assert unchanged.service.engine.view is before
    assert list(unchanged.service.directory.uploads.iterdir()) == []


def test_too_much_is_refused(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it stays on the disk."""
    monkeypatch.setattr(limits, "UPLOAD_BYTES_MAX", 10)
    assert upload(unchanged, b"x" * 11).json()["code"] == "model_too_large"
    monkeypatch.setattr(limits, "UPLOAD_DISK_FREE_BYTES_MIN", 1 << 62)
    answer = upload(unchanged, b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")
    assert upload(unchanged, b"x", name="").json()["code"] == "disk_full"
    assert upload(unchanged, b"x", name="\n a \n b").json()["code"] == "model_name"
    assert list(unchanged.service.directory.uploads.iterdir()) == []


def test_health_follows_disk_and_journal(service: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not ready while one of them is not; ready again as soon as it is."""
    monkeypatch.setattr(limits, "WATCH_EVERY_S", 0.01)

    def told() -> tuple[int, str]:
        answer = service.get("/readyz")
        return answer.status_code, answer.json()["checks"]["journal"]

    def broken(_: SqliteJournal) -> int:
        raise JournalError("journal_failed", "The journal cannot be read.")

    with monkeypatch.context() as damage:
        damage.setattr(SqliteJournal, "head", broken)
        service.until(lambda: told() == (503, "The journal cannot be read."))
    service.until(lambda: told() == (200, "ready"))
    with monkeypatch.context() as full:
        full.setattr(limits, "DISK_FREE_BYTES_MIN", 1 << 62)
        assert told() == (503, "ready")
    with monkeypatch.context() as hangs:
        hangs.setattr(limits, "WATCH_SILENT_S", -1.0)
        assert "has not answered" in told()[1]
    assert told() == (200, "ready")


def test_too_many_at_once_are_refused_and_failures_forgotten(service: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same content twice counts twice; a place becomes free when one is over."""
    monkeypatch.setattr(limits, "IMPORTS_FAILED_KEPT", 2)
    with monkeypatch.context() as few:
        few.setattr(limits, "UPLOADS_WAITING_MAX", 0)
        answer = upload(service, b"x")
        assert (answer.status_code, answer.json()["code"]) == (503, "imports_full")
    for content in (b"a", b"b", b"c", b"c", b"d"):
        read(service, upload(service, content).headers["location"], "failed")
    service.until(lambda: service.service.imports.waiting == 0)
    failed = [one for one in service.items("/v1/models") if one["state"] == "failed"]
    assert len(failed) == 3
    lines = service.get("/metrics").text.splitlines()
    assert "topogroup_imports_waiting 0.0" in lines and "topogroup_imports_failed 5.0" in lines


def test_an_unknown_model_is_not_found(unchanged: Live) -> None:
    """Whatever hides in its name."""
    for name in ("x", "..", "%2e%2e%2fetc"):
        assert unchanged.get(f"/v1/models/{name}/report").status_code == 404
    assert unchanged.post("/v1/models/x/activate").json()["code"] == "unknown_model"
