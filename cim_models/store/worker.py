"""One store process as its parent sees it: how far it is, questions in, answers out, and its end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from cim_models import child, limits
from cim_models.store import frames

_MODULE: Final = "cim_models.store.process"
_FRAME_BYTES_MAX: Final = limits.STORE_ANSWER_BYTES_MAX + limits.STORE_QUESTION_BYTES_MAX


class SilentError(Exception):
    """No answer came in time; the process has been killed."""


class EndedError(Exception):
    """The process ended before it answered."""


class Worker:
    """A process that holds one N-Quads file; it never comes back to life.

    Attributes:
        state: what it said last; `quads` of `quads_total` are in; `message` says why it failed.
        held: version of each graph beside the model; kept by whoever asks.
    """

    def __init__(
        self, path: Path, graph: str, memory_bytes: int, disk: Path | None, changed: Callable[[Worker], None]
    ) -> None:
        """Start the process.

        Args:
            path: the file.
            graph: IRI of the graph that questions are about.
            memory_bytes: address space at most.
            disk: folder that keeps the store over restarts, None = in memory.
            changed: called from a thread of the worker after it said something on its state, and after its end.
        """
        self.state: Literal["filling", "ready", "failed", "ended"] = "filling"
        self.quads = self.quads_total = 0
        self.message = ""
        self.held: dict[str, str] = {}
        self._changed = changed
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._process = child.start(_MODULE)
        where = None if disk is None else str(disk)
        self._send({"path": str(path), "graph": graph, "memory_bytes": memory_bytes, "disk": where})
        self._listener = threading.Thread(target=self._listen, name="rdf-store", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Ask one question, or bring a piece of a graph, and wait for the answer; one caller at a time.

        Args:
            question: as `query_fork` and `process` take it.
            seconds: how long to wait.

        Raises:
            SilentError: no answer in time; the process is killed.
            EndedError: the process is gone.
        """
        if not self._send(question):
            raise EndedError
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.kill()
            raise SilentError from None
        if answer is None:
            raise EndedError
        return answer

    def kill(self) -> None:
        """Kill the process, which cannot be asked from now on; `changed` is called once it is gone."""
        if self.state != "failed":
            self.state = "ended"
        child.kill(self._process)

    def ended(self) -> None:
        """Wait until the killed process is gone, which takes milliseconds."""
        self._process.wait()

    def wait(self) -> None:
        """Wait until the process is gone and all has been said."""
        if threading.current_thread() is not self._listener:
            self._listener.join()

    def _send(self, value: dict[str, Any]) -> bool:
        assert self._process.stdin is not None
        try:
            frames.write(self._process.stdin, value)
        except (OSError, ValueError):  # it is gone, and its pipe broken or closed
            return False
        return True

    def _listen(self) -> None:
        """Follow what the process says until it ends."""
        assert self._process.stdout is not None
        while (said := frames.read(self._process.stdout, _FRAME_BYTES_MAX)) is not None:
            if "state" not in said:
                self._answers.put(said)
                continue
            self.quads, self.quads_total = said.get("quads", self.quads), said.get("quads_total", self.quads_total)
            self.message = said.get("message", "")
            self.state = said["state"]
            self._changed(self)
        child.kill(self._process)
        ending = child.ending(self._process)
        if self.state != "failed":
            self.state, self.message = "ended", ending
        self._answers.put(None)
        child.close(self._process)
        self._changed(self)
