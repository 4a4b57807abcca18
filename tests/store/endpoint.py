"""A real SPARQL 1.1 server on this machine: that of Oxigraph, from the package `oxigraph`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cim_models.store.remote import Endpoint


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        port: int = made.getsockname()[1]
        return port


def endpoint(port: int, token_file: Path | None = None) -> Endpoint:
    """Return the addresses of a server of Oxigraph, or of one that looks like it."""
    base = f"http://127.0.0.1:{port}"
    return Endpoint(f"{base}/query", f"{base}/update", f"{base}/store", token_file)


@contextmanager
def oxigraph(port: int, folder: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; skip where it is not installed.

    Args:
        port: where it listens.
        folder: where it keeps its data, None = in memory.
    """
    beside = Path(sys.executable).parent / "oxigraph"
    program = str(beside) if beside.exists() else shutil.which("oxigraph")
    if program is None:
        pytest.skip("The server of Oxigraph is absent: pip install oxigraph.")
    where = [] if folder is None else ["--location", str(folder)]
    command = [program, "serve", *where, "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _until_it_answers(process, port)
            yield process
        finally:
            process.kill()


def _until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(3000):
        assert process.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise AssertionError("the server never answered")
