"""The engine: the only writer. One thread takes commands, decides, commits and publishes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Literal

import structlog

from cim_models import limits
from cim_models.errors import BusyError, ConflictError, JournalError, TopogroupError
from topogroup.engine.commands import Answer, Command, RequestKey
from topogroup.engine.decide import decide
from topogroup.engine.record import Renderer, recorded
from topogroup.engine.recovery import ModelSource, reannounced, recovered
from topogroup.engine.step import Step
from topogroup.engine.view import View
from topogroup.journal.port import Journal
from topogroup.journal.records import Commit

EngineState = Literal["new", "starting", "running", "failed", "stopped"]

_log = structlog.get_logger("engine")


@dataclass(frozen=True, slots=True)
class Publication:
    """What a commit made visible: the steps of one transaction, and the view after the last of them."""

    view: View
    steps: tuple[Step, ...]


class Engine:
    """Owns the state of the service. `submit` from any thread; `view` from any thread; all else is its own."""

    def __init__(self, journal: Journal, models: ModelSource, renderer: Renderer, now: Callable[[], datetime]) -> None:
        """Keep the parts; nothing happens before `start`.

        Args:
            journal: where revisions become durable.
            models: opens models by id.
            renderer: makes the bytes of outgoing messages.
            now: the clock, in UTC.
        """
        self._journal, self._models, self._renderer, self._now = journal, models, renderer, now
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(limits.ENGINE_QUEUE_MAX)
        self._view = View(generation=0, revision=0, at=None)
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._listeners: tuple[Callable[[Publication], None], ...] = ()
        self._started = threading.Event()
        self._in_doubt = False
        self.state: EngineState = "new"
        self.error: str | None = None
        """Why the engine does not run, in one sentence."""

    @property
    def view(self) -> View:
        """Return the newest committed view."""
        return self._view

    @property
    def waiting(self) -> int:
        """Return the number of commands in the queue."""
        return self._queue.qsize()

    def start(self, *, wait: bool = True) -> None:
        """Start the thread, which first brings back the committed state.

        Args:
            wait: return only when the state is back.

        Raises:
            TopogroupError: it cannot be brought back (only with `wait`).
        """
        self.state = "starting"
        self._thread.start()
        if wait:
            self._started.wait()
            if self.error is not None:
                raise JournalError("engine_failed", self.error)

    def wait_started(self, timeout_s: float) -> bool:
        """Wait until the committed state is back; return whether the engine runs."""
        return self._started.wait(timeout_s) and self.state == "running"

    def listen(self, listener: Callable[[Publication], None]) -> None:
        """Call a function on the engine thread after each commit; it must be quick and not raise."""
        self._listeners = (*self._listeners, listener)

    def submit(self, command: Command) -> Future[Answer]:
        """Hand over a command.

        Args:
            command: what is to be done.

        Returns:
            The answer, once the command is durable; or the error that refused it.

        Raises:
            BusyError: the queue is full, or the engine does not run.
        """
        if self.state != "running":
            reason = self.error or f"The engine is {self.state}; send the command again later."
            raise BusyError(f"engine_{self.state}", reason)
        waiting = _Waiting(command, Future())
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            message = f"{limits.ENGINE_QUEUE_MAX} commands are waiting already; send this one again in a second."
            raise BusyError("queue_full", message) from None
        return waiting.future

    def execute(self, command: Command, timeout_s: float | None = None) -> Answer:
        """Hand over a command and wait for its answer; see `submit`."""
        return self.submit(command).result(timeout_s)

    def fail(self, message: str) -> None:
        """Take nothing more, from now on and for good; from any thread.

        Args:
            message: why, in sentences.
        """
        self._fail(message)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Carry out what is in the queue, then end the thread."""
        if self.state == "running":
            self.state = "stopped"
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(timeout_s)
        self.state = "stopped"

    def _run(self) -> None:
        try:
            self._recover()
            if self.state == "starting":
                self.state = "running"
        except TopogroupError as error:
            self._fail(error.message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the service must say so and not answer
            _log.exception("engine_start_failed")
            self._fail(f"The committed state cannot be brought back: {error}.")
        self._started.set()
        while (batch := self._next_batch()) is not None:
            self._take(batch)
        self._refuse_the_rest()

    def _fail(self, message: str) -> None:
        self.state, self.error = "failed", message
        _log.error("engine_failed", message=message)

    def _recover(self) -> None:
        self._view = recovered(self._journal.load(), self._models)
        self._in_doubt = False
        if (step := reannounced(self._view, self._now())) is not None:
            self._commit([step])
            self._publish([step])

    def _next_batch(self) -> list[_Waiting] | None:
        """Wait for a command, and take what else is there without waiting; None = the end."""
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < limits.ENGINE_BATCH_MAX:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._queue.put(None)
                break
            batch.append(more)
        return batch

    def _take(self, batch: Sequence[_Waiting]) -> None:
        """Decide some commands one after the other, commit them together, publish, answer."""
        if self.state == "failed":
            for waiting in batch:
                waiting.future.set_exception(BusyError("engine_failed", self.error or "The engine has failed."))
            return
        began = monotonic()
        done: list[tuple[_Waiting, Step | None, Answer]] = []
        view = self._view
        try:
            if self._in_doubt:
                self._recover()
                view = self._view
            for waiting in batch:
                if not waiting.future.set_running_or_notify_cancel():
                    continue
                try:
                    answered = self._answered_before(waiting.command, done)
                    if answered is not None:
                        done.append((waiting, None, answered))
                        continue
                    step = decide(view, waiting.command, self._now())
                except TopogroupError as error:
                    waiting.future.set_exception(error)
                    continue
                view = step.after
                done.append((waiting, step, step.answer))
            steps = [step for _, step, _ in done if step is not None]
            if steps:
                self._commit(steps)
        except Exception as error:  # noqa: BLE001 - the batch fails as one; what is committed stays as it was
            self._give_up(batch, error)
            return
        if steps:
            self._publish(steps)
            _log.info(
                "committed", revision=self._view.revision, commands=len(steps),
                events=sum(len(step.changes) for step in steps), seconds=round(monotonic() - began, 4),
            )  # fmt: skip
        for waiting, _, answer in done:
            waiting.future.set_result(answer)

    def _answered_before(self, command: Command, done: Sequence[tuple[_Waiting, Step | None, Answer]]) -> Answer | None:
        """Return the first answer to a command that comes again.

        Raises:
            ConflictError: source and sequence are those of another command.
        """
        request = command.request
        if request is None:
            return None
        for waiting, step, given in done:
            known = waiting.command.request
            if step is not None and known is not None and known.same_number(request):
                digest, answer = known.digest, given
                break
        else:
            earlier = self._journal.earlier(request.source, request.sequence)
            if earlier is None:
                return None
            digest, answer = earlier.digest, Answer(earlier.revision, earlier.answer)
        check_same(request, digest)
        return Answer(answer.revision, answer.body, repeated=True)

    def _commit(self, steps: Sequence[Step]) -> None:
        commits: list[Commit] = [recorded(step, self._renderer) for step in steps]
        try:
            self._journal.commit(commits)
        except JournalError:
            # nobody knows whether a failed commit is durable: ask before the next one
            self._in_doubt = True
            raise

    def _publish(self, steps: Sequence[Step]) -> None:
        self._view = steps[-1].after
        publication = Publication(self._view, tuple(steps))
        for listener in self._listeners:
            try:
                listener(publication)
            except Exception:  # noqa: BLE001 - a listener that fails must not take the engine with it
                _log.exception("listener_failed", revision=self._view.revision)

    def _give_up(self, batch: Sequence[_Waiting], error: Exception) -> None:
        ours = isinstance(error, TopogroupError)
        _log.error("batch_failed", error=str(error), commands=len(batch), exc_info=not ours)
        if not ours:
            error = JournalError("internal", "The command failed inside the service; nothing was applied. See its log.")
        for waiting in batch:
            if not waiting.future.done():
                waiting.future.set_exception(error)

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                return
            if waiting is not None:
                waiting.future.set_exception(BusyError("engine_stopped", "The service stops; send the command again."))


def check_same(request: RequestKey, digest: str) -> None:
    """Require that what was answered under a number is what is asked for under it again.

    Args:
        request: what is asked for.
        digest: of what was answered.

    Raises:
        ConflictError: it is another command.
    """
    if digest != request.digest:
        raise ConflictError(
            "sequence_used",
            f"{request.source} has sent sequence {request.sequence} before, with another content; "
            "nothing was applied. Send it under a new number.",
            request.sequence,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    command: Command
    future: Future[Answer]
