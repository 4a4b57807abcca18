"""A running `topogroup serve`: started, killed and started again on the same data directory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

PROGRAM = "from topogroup.cli.app import main; main()"


class Service:
    """One data directory and the process that serves it."""

    def __init__(self, data_dir: Path, models: Sequence[Path] = (), command: str = "serve") -> None:
        """Keep what to start; `start` starts it."""
        self.data_dir, self._models, self._command = data_dir, [str(path) for path in models], command
        self.url, self.token = "", ""
        self._process: subprocess.Popen[str] | None = None
        self._log = data_dir.parent / f"{data_dir.name}.log"

    def start(self, *, ready: bool = True, port: int | None = 0) -> Service:
        """Start the process; with `ready`, wait until it takes commands."""
        words = [self._command, *self._models, "--data-dir", str(self.data_dir), "--json"]
        words += [] if port is None else ["--port", str(port)]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONWARNINGS": "default"},
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the service did not start: {self._log.read_text()[-3000:]}")
        said = json.loads(line)
        self.url, self.token = said["url"].rstrip("/"), said["token"]
        if ready:
            self.wait_ready()
        return self

    def client(self) -> httpx.Client:
        """Return a client that carries the token."""
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30.0, trust_env=False
        )

    def wait_ready(self, timeout_s: float = 90.0) -> None:
        """Wait until a model is active."""
        deadline = time.monotonic() + timeout_s
        with self.client() as client:
            while time.monotonic() < deadline:
                if client.get("/readyz").status_code == 200:
                    return
                time.sleep(0.05)
        raise AssertionError(f"the service does not get ready: {self._log.read_text()[-3000:]}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> int:
        """Ask the process to end, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._end()

    @property
    def running(self) -> bool:
        """Return whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> list[dict[str, Any]]:
        """Return the log lines, which are JSON."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.strip()]

    def _end(self) -> int:
        assert self._process is not None and self._process.stdout is not None
        try:
            return self._process.wait(20)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
