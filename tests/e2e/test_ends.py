"""The service ends when it is told to, whatever it is doing, and leaves nothing half done."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cim_models.generate import NetworkSpec, generate
from tests.e2e.service import Service

SPEC = NetworkSpec(substations=12, feeders_per_substation=10, sections_per_feeder=10, ders=2_000)


@pytest.mark.thorough
@pytest.mark.parametrize("ends", ["stop", "kill"])
def test_an_import_under_way_is_ended_with_the_service(tmp_path: Path, ends: str) -> None:
    """At once, without a trace; the next run of the service reads the model from its beginning."""
    generate(tmp_path / "network.xml", SPEC)
    service = Service(tmp_path / "data").start(ready=False)
    try:
        with service.client() as client:
            content = (tmp_path / "network.xml").read_bytes()
            sent = client.post("/v1/models", content=content, params={"name": "network.xml", "activate": True})
            assert sent.status_code == 202
            location = sent.headers["location"]
            while not list((tmp_path / "data" / "models").iterdir()):
                time.sleep(0.01)
            assert client.get(location).json()["state"] == "reading"
        began = time.monotonic()
        if ends == "stop":
            assert service.stop() == 0
            assert list((tmp_path / "data" / "models").iterdir()) == []
        else:
            service.kill()
        assert time.monotonic() - began < 5
        service.start(ready=False)
        with service.client() as client:
            assert client.get("/v1/models").json()["items"] == []
            assert client.post("/v1/models", content=content, params={"activate": True}).status_code == 202
        service.wait_ready()
        assert service.stop() == 0
    finally:
        if service.running:
            service.kill()
