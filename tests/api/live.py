"""A service over real HTTP in this process, on a port of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.app import make_app
from api.service import Service
from api.serving import listener
from topogroup.settings import Settings

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"


class Live:
    """A running service, and a client that carries its token."""

    def __init__(self, data_dir: Path, models: tuple[Path, ...] = (), templates: tuple[str, ...] = ()) -> None:
        """Start; with models, wait until they are active."""
        self.service = Service(Settings(data_dir=data_dir))
        self.service.at_start(models, templates)
        bound = listener("127.0.0.1", 0)
        config = uvicorn.Config(make_app(self.service), log_config=None, access_log=False, lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        self.token = self.service.directory.token
        self.client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=20.0, trust_env=False
        )
        self.until(lambda: self._server.started)
        if models:
            self.until(lambda: self.get("/readyz").status_code == 200)
            self.until(lambda: len(self.items("/v1/templates")) == len(templates))

    def until(self, met: Any) -> None:  # noqa: ANN401 - any condition
        """Wait until a condition is met."""
        deadline = time.monotonic() + 60
        while not met():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def get(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - of the client
        """GET."""
        return self.client.get(path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:  # noqa: ANN401 - of the client
        """POST JSON."""
        return self.client.post(path, json=body, **more)

    def items(self, path: str, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of the client
        """Return all items of a list, by pages."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.get(path, params=parameters)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            parameters = {**parameters, "cursor": answer.json()["next"]}

    def events(self, after: str = "1-0") -> list[dict[str, Any]]:
        """Return all events after one, as stored."""
        answer = self.get("/v1/events", params={"after": after, "limit": 1000}, headers={"Accept": "application/json"})
        assert answer.status_code == 200 and answer.json()["next"] is None
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def operate(self, sequence: int, **opens: bool) -> dict[str, Any]:
        """Operate switches by name (underscores for hyphens) and return the answer."""
        operations = [{"switch": name.replace("_", "-"), "open": value} for name, value in opens.items()]
        answer = self.post("/v1/switching", {"source": "dms", "sequence": sequence, "operations": operations})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def stop(self) -> None:
        """End as a supervisor would end it."""
        self.client.close()
        self.service.stopping()
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextmanager
def live(data_dir: Path, *models: Path, templates: tuple[str, ...] = ()) -> Iterator[Live]:
    """Run a service for the time of a test."""
    running = Live(data_dir, models, templates)
    try:
        yield running
    finally:
        running.stop()


class Stream:
    """A stream of events, read block by block."""

    def __init__(self, service: Live, **asked: Any) -> None:  # noqa: ANN401 - of the client
        """Open it."""
        self._context = service.client.stream("GET", "/v1/events", **asked)
        self.response = self._context.__enter__()
        self._lines = self.response.iter_lines() if self.response.status_code == 200 else iter(())

    def next(self) -> dict[str, Any] | None:
        """Return the fields of the next block that is no comment, None = the end."""
        block: dict[str, Any] = {}
        for line in self._lines:
            if not line and block:
                return block
            name, _, value = line.partition(": ")
            if name:
                block[name] = json.loads(value) if name == "data" else value
        return None

    def close(self) -> None:
        """Close it."""
        self._context.__exit__(None, None, None)
