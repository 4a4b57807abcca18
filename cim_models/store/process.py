"""The store process: it alone imports pyoxigraph, and may be killed at any time.

It is told one N-Quads file and opens it. It has no network where the system can take it away (`child.no_network`); in
memory it can open nothing more from then on, on disk the library opens files, and so could open sockets. A thread
fills the store piece by piece while queries wait or are refused by the parent; another listens, so that the process
ends with its parent. Each query is answered by a fork, which shares the filled store, can open no file and no socket,
has its own time and memory, and may crash: the store stays filled. On disk, where the library has threads that no
fork survives, the process answers itself; where a query ends it, the next one opens what is there.
"""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final

import pyoxigraph as ox

from cim_models import child, limits
from cim_models.store import frames, query_fork

_FRAME_BYTES_MAX: Final = 4 * limits.STORE_PIECE_BYTES_MAX
_FILLED: Final = "filled.json"
_SAYING = threading.Lock()


def main() -> None:
    """Run as the child: the first frame names the file, every other one asks a question or brings a graph."""
    order = frames.read(sys.stdin.buffer, _FRAME_BYTES_MAX)
    if order is None:
        return
    child.confine(order["memory_bytes"])
    child.no_network()
    folder = None if order["disk"] is None else Path(order["disk"])
    try:
        # it lives as long as the process: a closed one would free its number for a socket
        stream = open(order["path"], "rb")  # noqa: SIM115, PTH123
        forks = query_fork.Forks()
        store = ox.Store() if folder is None else ox.Store(str(folder / "store"))
    except OSError as error:
        _say(state="failed", message=f"{order['path']} cannot be read, or its store not opened: {error}.")
        return
    if folder is None:
        child.no_more_files()
    graph = ox.NamedNode(order["graph"])
    filling = _Filling(store, stream, order["path"], order["graph"], folder)
    threading.Thread(target=filling.run, daemon=True).start()
    said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=[said], daemon=True).start()
    while True:
        question = said.get()
        if "beside" in question:
            _hold(store, question)
        else:
            _write((forks.answer if folder is None else forks.answer_here)(store, graph, question))


def _listen(said: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Take frames off the pipe; end the process when the parent is gone, even in the middle of a query."""
    while (question := frames.read(sys.stdin.buffer, _FRAME_BYTES_MAX)) is not None:
        said.put(question)
    child.end()


def _hold(store: ox.Store, piece: dict[str, Any]) -> None:
    """Take a piece of a graph beside the model; the first one takes the place of what was there."""
    signal.alarm(math.ceil(limits.STORE_WAIT_SECONDS))
    graph = ox.NamedNode(piece["beside"])
    try:
        if piece["first"]:
            store.remove_graph(graph)
        store.bulk_load(input=piece["lines"].encode(), format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
        _write(json.dumps({"held": True}))
    except (SyntaxError, ValueError, OSError) as error:
        _write(json.dumps({"error": str(error)}))
    signal.alarm(0)


class _Filling:
    """Fills the store from the file and says after each piece how far it is."""

    def __init__(self, store: ox.Store, stream: IO[bytes], path: str, graph: str, folder: Path | None) -> None:
        self._store, self._stream, self._path, self._graph, self._folder = store, stream, path, graph, folder
        self._size = os.fstat(stream.fileno()).st_size

    def run(self) -> None:
        """Fill, unless the disk holds it all already."""
        if (quads := self._held()) is not None:
            _say(state="ready", quads=quads, quads_total=quads)
            return
        stream = self._stream
        total = sum(piece.count(b"\n") for piece in iter(lambda: stream.read(limits.STORE_PIECE_BYTES_MAX), b""))
        stream.seek(0)
        done, rest = 0, b""
        _say(state="filling", quads=0, quads_total=total)
        try:
            self._clear()
            while piece := stream.read(limits.STORE_PIECE_BYTES_MAX):
                cut = piece.rfind(b"\n") + 1
                self._store.bulk_load(input=rest + piece[:cut], format=ox.RdfFormat.N_QUADS)
                rest = piece[cut:]
                done += piece.count(b"\n")
                _say(state="filling", quads=done, quads_total=total)
            if not rest:
                self._keep(done)
        except (SyntaxError, ValueError, OSError) as error:
            message = f"{self._path} is damaged near line {done + 1}: {error}; load the model again."
            _say(state="failed", message=message)
            return
        if rest:
            _say(state="failed", message=f"{self._path} is damaged: it ends early; load the model again.")
            return
        _say(state="ready", quads=done, quads_total=total)

    def _held(self) -> int | None:
        """Return the number of quads on disk where they are those of the file, whole."""
        if self._folder is None:
            return None
        try:
            said = json.loads((self._folder / _FILLED).read_bytes())
            return int(said["quads"]) if (said["graph"], said["bytes"]) == (self._graph, self._size) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _clear(self) -> None:
        if self._folder is not None:
            (self._folder / _FILLED).unlink(missing_ok=True)
            self._store.clear()

    def _keep(self, quads: int) -> None:
        """Say on disk that all is there; written last and at once, so that a half-filled store is filled anew."""
        if self._folder is not None:
            self._store.flush()
            said = json.dumps({"graph": self._graph, "bytes": self._size, "quads": quads})
            half = self._folder / f"{_FILLED}.half"
            half.write_text(said, encoding="utf-8")
            half.replace(self._folder / _FILLED)


def _say(**said: Any) -> None:  # noqa: ANN401 - any JSON values
    _write(json.dumps(said))


def _write(text: str) -> None:
    with _SAYING:
        sys.stdout.buffer.write(frames.framed(text))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
