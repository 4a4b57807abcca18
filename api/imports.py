"""Imports: models that were received or named are read one after the other, each in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from cim_models import limits
from cim_models.errors import BusyError, ModelError, TopogroupError
from cim_models.importing import Import
from topogroup.engine.commands import ActivateModel, Answer
from topogroup.engine.engine import Engine
from topogroup.engine.shelf import ModelShelf

_log = structlog.get_logger("imports")


@dataclass(slots=True)
class ImportJob:
    """One model on its way in; `state` is waiting, reading, activating, done or failed.

    With `base`, the id of a model, the files are difference models that make the next version of it.
    """

    id: str
    name: str
    paths: tuple[Path, ...]
    activate: bool
    base: str | None = None
    shown: str | None = None
    """How reports and errors call its one file, None = by its path."""
    state: str = "waiting"
    progress: float = 0.0
    error: TopogroupError | None = None
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def as_dict(self) -> dict[str, Any]:
        """Return the job as lists of models show it."""
        state = "failed" if self.state == "failed" else "reading"
        said: dict[str, Any] = {"id": self.id, "name": self.name, "state": state, "progress": round(self.progress, 3)}
        if self.error is not None:
            said["error"] = self.error.as_dict()
        return said


class Imports:
    """The queue of models to read; one at a time, since each takes the memory it can get."""

    def __init__(self, shelf: ModelShelf, engine: Engine) -> None:
        """Keep the parts."""
        self._shelf, self._engine = shelf, engine
        self._workers = ThreadPoolExecutor(1, thread_name_prefix="imports")
        self._lock = threading.Lock()
        self._jobs: dict[str, ImportJob] = {}
        self._running: Import | None = None
        self._closed = False
        self._claimed = 0
        self.waiting = 0
        """Number of imports that wait or are under way."""
        self.finished: dict[str, int] = {"done": 0, "failed": 0}
        """Number of imports by how they ended."""

    def jobs(self) -> list[ImportJob]:
        """Return what waits, is under way or has failed, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.state != "done"]

    def job(self, id_: str) -> ImportJob | None:
        """Return the job that reads a model, None = none does or did."""
        with self._lock:
            return self._jobs.get(id_)

    def claim(self) -> None:
        """Take a place for a model before it is received; `add` takes it over, else `unclaim` gives it back.

        Raises:
            BusyError: all `limits.UPLOADS_WAITING_MAX` are taken.
        """
        with self._lock:
            taken = self.waiting + self._claimed
            if taken >= limits.UPLOADS_WAITING_MAX:
                message = f"{taken} models are received or wait to be read already; send this one later."
                raise BusyError("imports_full", message)
            self._claimed += 1

    def unclaim(self) -> None:
        """Give a place back."""
        with self._lock:
            self._claimed -= 1

    def add(self, job: ImportJob, then: Callable[[], None] | None = None, *, claimed: bool = False) -> Future[None]:
        """Take a model in.

        Args:
            job: the model; where the same one is under way already, this one comes after it and finds it read.
            then: called when it is over, however it ended.
            claimed: a place was claimed for it.

        Returns:
            Done when the job is over; it never raises.
        """
        with self._lock:
            failed = [known.id for known in self._jobs.values() if known.state == "failed"]
            for forgotten in failed[: max(0, len(failed) - limits.IMPORTS_FAILED_KEPT)]:
                del self._jobs[forgotten]
            self._jobs.pop(job.id, None)
            self._jobs[job.id] = job
            self.waiting += 1
            self._claimed -= claimed
        return self._workers.submit(self._run, job, then)

    def activate(self, id_: str) -> Answer:
        """Make a model the active one; takes seconds for 100,000 nodes, so call it on a thread that may wait.

        Raises:
            TopogroupError: there is no such model, its files are damaged, or the engine refuses.
        """
        model = self._shelf.prepared(id_)
        while True:
            try:
                return self._engine.execute(ActivateModel(model))
            except BusyError as error:
                if error.code != "engine_starting" or not self._engine.wait_started(60.0):
                    raise

    def close(self) -> None:
        """Take nothing more in, and end what is being read; nothing of it stays."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed, running = True, self._running
        if running is not None:
            running.kill()

    def _began(self, running: Import) -> None:
        with self._lock:
            self._running, closed = running, self._closed
        if closed:
            running.kill()

    def _run(self, job: ImportJob, then: Callable[[], None] | None) -> None:
        try:
            self._read(job)
        finally:
            with self._lock:
                self.waiting -= 1
            if then is not None:
                then()

    def _read(self, job: ImportJob) -> None:
        def progress(_document: str, done: int, total: int) -> None:
            job.progress = done / total if total else 0.0

        try:
            job.state = "reading"
            if job.base is None:
                self._shelf.add(job.paths, job.name, progress, self._began, shown=job.shown)
            else:
                self._shelf.add_version(job.base, job.paths, job.name, progress, self._began, shown=job.shown)
            job.state, job.progress = "activating", 1.0
            if job.activate:
                self.activate(job.id)
            job.state = "done"
            _log.info("model_read", model=job.id, name=job.name, activated=job.activate)
        except TopogroupError as error:
            job.error, job.state = error, "failed"
            _log.warning("model_refused", model=job.id, name=job.name, code=error.code, message=error.message)
        except Exception:  # noqa: BLE001 - whatever it is: the job has failed and says so
            job.error = ModelError("import_failed", f"{job.name} cannot be read; the log of the service says why.")
            job.state = "failed"
            _log.exception("import_failed", model=job.id, name=job.name)
        self.finished[job.state] += 1
