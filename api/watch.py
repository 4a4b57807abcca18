"""The watch: looks at disk and journal every few seconds, so that health is answered at once, whatever they do."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic

from api.data_directory import DataDirectory
from cim_models import limits
from cim_models.errors import TopogroupError
from topogroup.journal.port import Journal


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last look found; `journal` is `ready` or what is wrong with it, `at` is of the monotonic clock."""

    journal: str
    disk_free_bytes: int
    at: float


class Watch:
    """Looks on a thread of its own, which may wait for a slow disk."""

    def __init__(self, journal: Journal, directory: DataDirectory) -> None:
        """Look once."""
        self._journal, self._directory = journal, directory
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._seen = self._look()

    @property
    def seen(self) -> Seen:
        """Return the last look; one that is too old counts as a journal that does not answer."""
        seen, age = self._seen, monotonic() - self._seen.at
        if age > limits.WATCH_SILENT_S:
            silent = f"The disk of the data directory has not answered for {age:.0f} s."
            return Seen(silent, seen.disk_free_bytes, seen.at)
        return seen

    def start(self) -> None:
        """Look again and again."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(limits.WATCH_EVERY_S)

    def _run(self) -> None:
        while not self._ended.wait(limits.WATCH_EVERY_S):
            self._seen = self._look()

    def _look(self) -> Seen:
        journal = "ready"
        try:
            self._journal.head()
        except TopogroupError as error:
            journal = error.message
        try:
            free = self._directory.free_bytes()
        except OSError as error:
            journal, free = f"The data directory cannot be read: {error.strerror}.", 0
        return Seen(journal, free, monotonic())
