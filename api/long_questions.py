"""Long questions: how many plans and ways back are worked out at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cim_models import limits
from cim_models.errors import BusyError


class LongQuestions:
    """Counts the long questions that are worked out; a further one is refused, as waiting would fill all threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._free = threading.BoundedSemaphore(limits.PLANS_AT_ONCE_MAX)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Work out one question; to be entered on the thread that does, so that one given up counts to its end.

        Raises:
            BusyError: there are `limits.PLANS_AT_ONCE_MAX`.
        """
        if not self._free.acquire(blocking=False):
            message = f"{limits.PLANS_AT_ONCE_MAX} plans or ways back are worked out already; ask again in seconds."
            raise BusyError("too_many_plans", message)
        try:
            yield
        finally:
            self._free.release()
