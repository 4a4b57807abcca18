"""The RDF store at home: one store process at a time, watched, killed at its limits and built again from its file.

A process holds one model and never changes it: another model, or the end of the process, means a new process. So the
memory of a model that is gone returns for certain, and a store is never half one model and half another. In memory it
is filled again after each start; on disk, slower to ask, it is there at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from cim_models import child, limits
from cim_models.errors import BusyError, OptionError, RefusedError
from cim_models.store.answers import pieces, table_of
from cim_models.store.port import Beside, Status, Table
from cim_models.store.queries import named
from cim_models.store.screening import form_of_query
from cim_models.store.terms import object_iri
from cim_models.store.worker import EndedError, SilentError, Worker

_MEMORY_PER_FILE_BYTE: Final = 2.5
"""Bytes of address space for a byte of N-Quads: 2.1 measured on models of 0.4 and 1.1 million quads."""

_MEMORY_OF_PROCESS: Final = 512 * 1024**2
"""Address space of a process that holds nothing: 340 MiB measured, most of it never touched."""

_BY_ALARM: Final = f"killed by {signal.SIGALRM.name}"
"""How a process ends that answers on disk and takes too long."""

_GRACE_SECONDS: Final = 5.0
"""Beyond its time a query is ended by the process; only where that fails too, the process is ended."""


class RdfStore:
    """The store of one service; implements `port.TripleStore`."""

    def __init__(
        self,
        *,
        query_seconds: float = limits.STORE_QUERY_SECONDS_MAX,
        memory_bytes: int = limits.STORE_MEMORY_BYTES_MAX,
        disk: Path | None = None,
    ) -> None:
        """Make a store that holds nothing yet.

        Args:
            query_seconds: time for one query, at most `limits.STORE_QUERY_SECONDS_MAX`.
            memory_bytes: address space of the process, at most `limits.STORE_MEMORY_BYTES_MAX`.
        """
        self._query_seconds = min(query_seconds, limits.STORE_QUERY_SECONDS_MAX)
        self._memory_bytes = min(memory_bytes, limits.STORE_MEMORY_BYTES_MAX, child.machine_bytes())
        self._disk = disk
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

    def query(self, name: str, parameters: Mapping[str, str] | None = None, beside: Beside | None = None) -> Table:
        """Answer a named query on the model that the store holds.

        Args:
            name: one of `queries.catalogue()`.
            parameters: the texts of its parameters.
            beside: a graph that it may ask beside the model.

        Returns:
            At most `limits.STORE_ROWS_MAX` rows.

        Raises:
            NotFoundError: there is no such query.
            RefusedError: a parameter is missing or unusable, or the query took too long (`store_timeout`) or too much
                (`query_ended`).
            BusyError: the store is empty or being filled (`store_not_ready`), or busy with others (`store_busy`).
        """
        query = named(name)
        return self.ask(query.text, query.bound(parameters or {}), beside)

    def free(self, text: str, beside: Beside | None = None) -> Table:
        """Answer a query that a user wrote.

        Args:
            text: SPARQL, read-only.
            beside: a graph that it may ask beside the model.

        Raises:
            RefusedError: it may not be asked, is wrong, or took too long or too much.
            BusyError: as `query`.
        """
        form_of_query(text)
        return self.ask(text, {}, beside)

    def ask(self, text: str, bound: Mapping[str, str], beside: Beside | None = None) -> Table:
        """Answer SPARQL written by us or screened; what users give comes in `bound` alone.

        Args:
            text: a query.
            bound: IRIs by variable of its projection.
            beside: as `query`.

        Raises:
            RefusedError: the query is wrong, or took too long or too much.
            BusyError: as `query`.
        """
        question = {
            "text": text,
            "bound": dict(bound),
            "named_graphs": [] if beside is None else [beside.graph],
            "seconds": self._query_seconds,
            "memory_bytes": limits.STORE_QUERY_MEMORY_BYTES,
            "rows_max": limits.STORE_ROWS_MAX,
            "bytes_max": limits.STORE_ANSWER_BYTES_MAX,
        }
        if not self._asking.acquire(timeout=self._query_seconds):
            raise BusyError("store_busy", "The RDF store is busy with other queries; ask again.")
        try:
            worker = self._ready()
            if beside is not None and worker.held.get(beside.graph) != beside.version:
                self._hold(worker, beside)
            return self._asked(worker, question)
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

    def _hold(self, worker: Worker, beside: Beside) -> None:
        """Bring a graph into the store process; other queries wait meanwhile."""
        worker.held.pop(beside.graph, None)
        for number, lines in enumerate(pieces(beside.lines())):
            said = self._waited(worker, {"beside": beside.graph, "first": not number, "lines": lines}, None)
            if "error" in said:
                raise RefusedError("graph_failed", f"The RDF store cannot take {beside.graph}: {said['error']}.")
        worker.held[beside.graph] = beside.version

    def _asked(self, worker: Worker, question: dict[str, Any]) -> Table:
        answer = self._waited(worker, question, self._query_seconds)
        if answer.get("ended") == signal.SIGALRM:
            raise self._too_long("")
        if "ended" in answer:
            most = limits.STORE_QUERY_MEMORY_BYTES // 1024**2
            message = f"The query was ended: it needs more than {most} MiB of memory or nests too deep; narrow it."
            raise RefusedError("query_ended", message)
        return table_of(answer)

    def _waited(self, worker: Worker, question: dict[str, Any], seconds: float | None) -> dict[str, Any]:
        """Return what the process says; `seconds` is the time of a query, None for what is no query."""
        try:
            return worker.ask(question, limits.STORE_WAIT_SECONDS if seconds is None else seconds + _GRACE_SECONDS)
        except SilentError:
            raise self._too_long(" The RDF store is being built again.") from None
        except EndedError:
            if seconds is not None and worker.message == _BY_ALARM:
                raise self._too_long("") from None
            raise BusyError(
                "store_not_ready", "The RDF store ended while it answered and is being built again; ask again later."
            ) from None

    def _too_long(self, more: str) -> RefusedError:
        message = f"The query took longer than {self._query_seconds:g} s and was ended; narrow it.{more}"
        return RefusedError("store_timeout", message)

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
            if self._disk is not None:
                old.ended()  # its lock on the disk must be gone
        assert self._model is not None
        model, path = self._model
        try:
            if self._disk is not None:
                self._disk.mkdir(parents=True, exist_ok=True)
            per_byte = _MEMORY_PER_FILE_BYTE if self._disk is None else 0.0
            needed = path.stat().st_size * per_byte + _MEMORY_OF_PROCESS
            if needed <= self._memory_bytes:
                self._worker = Worker(path, object_iri(model), self._memory_bytes, self._disk, self._heard)
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
