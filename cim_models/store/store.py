"""The RDF store at home: one store process at a time, watched, killed at its limits and built again from its file.

A process holds one model and never changes it: another model, or the end of the process, means a new process. So the
memory of a model that is gone returns for certain, and a store is never half one model and half another.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from cim_models import child, limits
from cim_models.errors import BusyError, OptionError, RefusedError
from cim_models.store.port import Status, Table
from cim_models.store.queries import named
from cim_models.store.terms import object_iri
from cim_models.store.worker import EndedError, SilentError, Worker

_MEMORY_PER_FILE_BYTE: Final = 2.5
"""Bytes of address space for a byte of N-Quads: 2.1 measured on models of 0.4 and 1.1 million quads."""

_MEMORY_OF_PROCESS: Final = 512 * 1024**2
"""Address space of a process that holds nothing: 340 MiB measured, most of it never touched."""


class RdfStore:
    """The store of one service; implements `port.Store`."""

    def __init__(
        self,
        *,
        query_seconds: float = limits.STORE_QUERY_SECONDS_MAX,
        memory_bytes: int = limits.STORE_MEMORY_BYTES_MAX,
    ) -> None:
        """Make a store that holds nothing yet.

        Args:
            query_seconds: time for one query, at most `limits.STORE_QUERY_SECONDS_MAX`.
            memory_bytes: address space of the process, at most `limits.STORE_MEMORY_BYTES_MAX`.
        """
        self._query_seconds = min(query_seconds, limits.STORE_QUERY_SECONDS_MAX)
        self._memory_bytes = min(memory_bytes, limits.STORE_MEMORY_BYTES_MAX, child.machine_bytes())
        self._asking = threading.Lock()
        self._changed = threading.Condition(threading.RLock())
        self._model: tuple[str, Path] | None = None
        self._worker: Worker | None = None
        self._deaths = 0
        self._failure = ""
        self._closed = False

    def start(self) -> None:
        """Make ready for `fill`.

        Raises:
            OptionError: pyoxigraph is not installed.
        """
        if find_spec("pyoxigraph") is None:
            raise OptionError(
                "store_missing", "The RDF store needs pyoxigraph: pip install 'topogroup[server]'.", "pyoxigraph"
            )

    def fill(self, model: str, path: Path) -> None:
        """Hold the statements of a model from now on; returns at once, and a thread of the store follows the filling.

        Args:
            model: id of the model, whose IRI is the graph of the quads.
            path: its N-Quads file, which must stay where it is.
        """
        with self._changed:
            if self._closed:
                return
            self._model, self._deaths, self._failure = (model, path), 0, ""
            self._restart()

    def status(self) -> Status:
        """Tell how far the store is; never waits."""
        with self._changed:
            worker, model = self._worker, self._model[0] if self._model else None
            if self._closed:
                return Status("closed", model, 0, 0, "")
            if self._failure:
                return Status("failed", model, 0, 0, self._failure)
            if worker is None:
                return Status("empty", None, 0, 0, "")
            if worker.state == "ready":
                return Status("ready", model, worker.quads, worker.quads_total, "")
            return Status("filling", model, worker.quads, worker.quads_total, "")

    def settled(self, seconds: float) -> Status:
        """Wait until the store is no longer filling, or some seconds have passed; return how far it is."""
        with self._changed:
            self._changed.wait_for(lambda: self.status().state != "filling", seconds)
            return self.status()

    def query(self, name: str, parameters: Mapping[str, str] | None = None) -> Table:
        """Answer a named query on the model that the store holds.

        Args:
            name: one of `queries.catalogue()`.
            parameters: the texts of its parameters.

        Returns:
            At most `limits.STORE_ROWS_MAX` rows.

        Raises:
            NotFoundError: there is no such query.
            RefusedError: a parameter is missing or unusable, or the query took too long (`store_timeout`).
            BusyError: the store is empty or being filled (`store_not_ready`), or busy with others (`store_busy`).
        """
        query = named(name)
        return self.ask(query.text, query.bound(parameters or {}))

    def ask(self, text: str, bound: Mapping[str, str]) -> Table:
        """Answer SPARQL written by us; what users give comes in `bound` alone.

        Args:
            text: a SELECT.
            bound: IRIs by variable of its projection.

        Raises:
            RefusedError: the query is wrong or took too long.
            BusyError: as `query`.
        """
        question = {
            "text": text,
            "bound": dict(bound),
            "rows_max": limits.STORE_ROWS_MAX,
            "bytes_max": limits.STORE_ANSWER_BYTES_MAX,
        }
        if not self._asking.acquire(timeout=self._query_seconds):
            raise BusyError("store_busy", "The RDF store is busy with other queries; ask again.")
        try:
            return self._asked(self._ready(), question)
        finally:
            self._asking.release()

    def close(self) -> None:
        """End the store; what is asked from now on is refused."""
        with self._changed:
            self._closed = True
            worker, self._worker = self._worker, None
            self._changed.notify_all()
        if worker is not None:
            worker.kill()
            worker.wait()

    def _asked(self, worker: Worker, question: dict[str, Any]) -> Table:
        try:
            answer = worker.ask(question, self._query_seconds)
        except SilentError:
            raise RefusedError(
                "store_timeout",
                f"The query took longer than {self._query_seconds:g} s and was ended; narrow it. The RDF store is being"
                " built again.",
            ) from None
        except EndedError:
            raise BusyError(
                "store_not_ready", "The RDF store ended while it answered and is being built again; ask again later."
            ) from None
        if "error" in answer:
            raise RefusedError("query_failed", f"The RDF store cannot answer the query: {answer['error']}.")
        return Table(tuple(answer["columns"]), tuple(map(tuple, answer["rows"])), answer["cut"])

    def _ready(self) -> Worker:
        """Return the process that can be asked; refuse where there is none."""
        with self._changed:
            if self._worker is not None and self._worker.state == "ready":
                return self._worker
            status = self.status()
        if status.state == "failed":
            raise RefusedError("store_failed", f"The RDF store cannot be used: {status.message}")
        why = {
            "empty": "holds no model yet; activate a model first",
            "closed": "is closed, because the service is ending",
        }.get(status.state, f"is being filled ({status.quads} of {status.quads_total} quads); ask again later")
        raise BusyError("store_not_ready", f"The RDF store {why}.")

    def _restart(self) -> None:
        """Put a fresh process in the place of the one that is there."""
        old, self._worker = self._worker, None
        if old is not None:
            old.kill()
        assert self._model is not None
        model, path = self._model
        try:
            needed = path.stat().st_size * _MEMORY_PER_FILE_BYTE + _MEMORY_OF_PROCESS
            if needed <= self._memory_bytes:
                self._worker = Worker(path, object_iri(model), self._memory_bytes, self._heard)
            else:
                gib, most = needed / 1024**3, self._memory_bytes / 1024**3
                self._failure = f"Model {model} needs about {gib:.1f} GiB there, more than the {most:.1f} GiB it has."
        except OSError as error:
            self._failure = f"{path} cannot be read, or no process started: {error.strerror}."
        self._changed.notify_all()

    def _heard(self, worker: Worker) -> None:
        """Act on what a process said or on its end; called from its thread."""
        with self._changed:
            if worker is not self._worker:
                return
            if worker.state == "ready":
                self._deaths = 0
            elif worker.state == "failed":
                self._failure, self._worker = worker.message, None
                worker.kill()
            elif worker.state == "ended":
                self._deaths += 1
                if self._deaths > limits.STORE_RESTARTS_MAX:
                    self._failure, self._worker = f"Its process ends again and again ({worker.message}).", None
                else:
                    self._restart()
            self._changed.notify_all()
