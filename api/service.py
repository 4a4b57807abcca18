"""The service: all its parts, put together, started and stopped in order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from api import interpreter
from api.aliases import AliasTables
from api.compiling import Compiling
from api.data_directory import DataDirectory
from api.imports import ImportJob, Imports
from api.long_questions import LongQuestions
from api.pictures import Pictures
from api.stores import store_of
from api.watch import Watch
from cim_models import limits
from cim_models.errors import BusyError, ConflictError, JournalError, TopogroupError
from topogroup.delivery.feed import Feed, Place
from topogroup.engine.commands import CreateTemplate
from topogroup.engine.engine import Engine, Publication
from topogroup.engine.model import ActiveModel
from topogroup.engine.self_check import SelfCheck
from topogroup.engine.shelf import shelf_with
from topogroup.engine.view import View
from topogroup.groups.template import parse_template
from topogroup.iec61968.rendering import MessageRenderer
from topogroup.journal.sqlite import SqliteJournal, sqlite_path
from topogroup.settings import Settings

_log = structlog.get_logger("service")


class Service:
    """Everything behind the routes; they read `engine.view` and hand over commands."""

    def __init__(self, settings: Settings) -> None:
        """Open the data directory and the journal; nothing runs before `start`.

        Raises:
            TopogroupError: one of them cannot be used.
        """
        self.settings = settings
        self.store = store_of(settings, settings.data_dir.absolute() / "rdf-store")
        self.directory = DataDirectory(settings.data_dir)
        try:
            file = sqlite_path(settings.database) if settings.database else self.directory.journal
            self.journal = SqliteJournal(file)
        except BaseException:
            self.directory.close()
            raise
        try:
            self.shelf = shelf_with(
                self.directory.models,
                settings.conventions,
                settings.given_files,
                next((one.id for one in reversed(self.journal.activations())), None),
                settings.import_memory_bytes,
            )
        except BaseException:
            self.journal.close()
            self.directory.close()
            raise
        self.shelf.remove_unfinished()
        self.aliases = AliasTables(self.directory.aliases)
        renderer = MessageRenderer(settings.source)
        self.engine = Engine(self.journal, self.shelf, renderer, lambda: datetime.now(UTC))
        self.watch = Watch(self.journal, self.directory)
        self.imports = Imports(self.shelf, self.engine)
        self.feed = Feed(self._last_event)
        self.self_check = SelfCheck(self.engine, self.feed.close)
        self.compiling = Compiling()
        self.pictures = Pictures()
        self.long_questions = LongQuestions()
        self.on_end: Callable[[], None] = lambda: None
        """Called when the service must end by itself."""
        self.fatal: TopogroupError | None = None
        """Why the service ended by itself."""
        self._models: Sequence[Path] = ()
        self._templates: Sequence[str] = ()
        self._shown_model: str | None = None

    def at_start(self, models: Sequence[Path], templates: Sequence[str] = ()) -> None:
        """Say what is to be loaded and made once the service runs, unless it is there already.

        Args:
            models: files that together are one network.
            templates: templates, as users write them.
        """
        self._models, self._templates = models, templates

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the engine, which brings the committed state back, and all that waits for it."""
        interpreter.set_up()
        self.feed.attach(loop)
        self.store.start()
        self.watch.start()
        self.engine.listen(self._committed)
        self.engine.start(wait=False)
        self.self_check.start()
        threading.Thread(target=self._begin, name="begin", daemon=True).start()

    def stopping(self) -> None:
        """End the streams, so that the requests under way can come to their end."""
        self.feed.close()

    def stop(self) -> None:
        """Carry out what was taken, then close everything."""
        self.feed.close()
        self.imports.close()
        self.self_check.stop()
        self.engine.stop()
        self.compiling.stop()
        self.store.close()
        self.watch.stop()
        self.journal.close()
        self.directory.close()

    def models(self) -> list[dict[str, Any]]:
        """Return all models: read, under way and failed, by id."""
        active = self.engine.view.model
        jobs = {job.id: job for job in self.imports.jobs()}
        found = {job.id: job.as_dict() for job in jobs.values()}
        for report in self.shelf.list():
            if report["id"] not in found:
                found[report["id"]] = _ready(report, active)
        return [found[id_] for id_ in sorted(found)]

    def model(self, id_: str) -> dict[str, Any]:
        """Return one model as `models` shows it.

        Raises:
            NotFoundError: there is none.
        """
        job = self.imports.job(id_)
        if job is not None and job.state != "done":
            return job.as_dict()
        return _ready(self.shelf.report(id_), self.engine.view.model)

    def model_before(self) -> str:
        """Return the id of the model that was active before the active one.

        Raises:
            ConflictError: there was none.
        """
        active = self.engine.view.model
        earlier = [] if active is None else [one.id for one in self.journal.activations() if one.id != active.id]
        if not earlier:
            raise ConflictError("no_model_before", "No other model was active before; nothing to roll back to.")
        return earlier[-1]

    def checks(self) -> tuple[bool, dict[str, Any]]:
        """Return whether the service can do its work, and what that depends on; never waits."""
        view, store, seen = self.engine.view, self.store.status(), self.watch.seen
        checks: dict[str, Any] = {
            "engine": self.engine.state,
            "model": view.model.id if view.model is not None else None,
            "revision": view.revision,
            "revision_at": view.at.isoformat() if view.at is not None else None,
            "disk_free_bytes": seen.disk_free_bytes,
            "store": store.state,
            "store_quads": store.quads,
            "store_quads_total": store.quads_total,
            "journal": seen.journal,
            "self_check": self.self_check.checked.state,
            "kernels": self.compiling.state,
            "scanner": self.compiling.scanner_state,
        }
        if store.message:
            checks["store_error"] = store.message
        if self.aliases.unread:
            checks["aliases_unread"] = self.aliases.unread
        if self.engine.error is not None:
            checks["engine_error"] = self.engine.error
        ready = (
            self.engine.state == "running"
            and view.model is not None
            and seen.journal == "ready"
            and seen.disk_free_bytes >= limits.DISK_FREE_BYTES_MIN
            and not self.feed.closed
        )
        return ready, checks

    def _committed(self, publication: Publication) -> None:
        """Tell the streams and the store; on the engine thread, so quick."""
        view = publication.view
        if any(step.before.model is not step.after.model or step.templates for step in publication.steps):
            interpreter.keep()
        self.feed.ring()
        self._show_model(view)

    def _last_event(self) -> Place:
        view = self.engine.view
        return view.generation, view.last_event

    def _begin(self) -> None:
        """Wait for the committed state, then load and make what the command line asked for."""
        if not self.engine.wait_started(limits.IMPORT_SECONDS_MAX):
            if self.engine.error is not None:
                self._end(JournalError("engine_failed", self.engine.error))
            return
        interpreter.keep()
        view = self.engine.view
        self._show_model(view)
        try:
            if self._models:
                self._load(view)
            for template in self._templates:
                self._make(template)
        except TopogroupError as error:
            self._end(error)
        except Exception:  # noqa: BLE001 - the thread must not end without a word
            _log.exception("start_failed")
            self._end(BusyError("start_failed", "The service cannot start; its log says why."))

    def _load(self, view: View) -> None:
        """Read the models of the command line; they become active unless something else was made active since."""
        id_ = self.shelf.id_of(self._models)
        known = self.shelf.holds(id_)
        if view.model is not None and (view.model.id == id_ or known):
            if view.model.id != id_:
                _log.warning("model_not_activated", model=id_, active=view.model.id, reason="it was replaced before")
            return
        name = ", ".join(path.name for path in self._models)
        job = ImportJob(id_, name[: limits.MODEL_NAME_CHARACTERS_MAX], tuple(self._models), activate=True)
        self.imports.add(job).result()
        if job.error is not None:
            if view.model is None:
                raise job.error
            _log.error("model_refused", model=id_, message=job.error.message)

    def _make(self, template: str) -> None:
        try:
            self.engine.execute(CreateTemplate(parse_template(template)))
        except ConflictError as error:
            if error.code != "template_exists":
                raise

    def _end(self, error: TopogroupError) -> None:
        _log.error("service_ends", code=error.code, message=error.message)
        self.fatal = error
        self.on_end()

    def _show_model(self, view: View) -> None:
        """Let the store and the compiler know of another active model."""
        model = view.model
        if model is None or model.id == self._shown_model:
            return
        self._shown_model = model.id
        if view.traced is not None:
            self.compiling.start(view.traced.snapshot.working.blocks)
        self.store.fill(model.id, self.shelf.statements(model.id))


def _ready(report: dict[str, Any], active: ActiveModel | None) -> dict[str, Any]:
    is_active = active is not None and active.id == report["id"]
    return {
        "id": report["id"],
        "name": report["name"],
        "state": "active" if is_active else "ready",
        "progress": 1.0,
        "counts": report["counts"],
        "headers": report.get("headers", []),
        "base": report.get("base"),
    }
