"""The feed: tells streams that new events are committed, and nothing else.

A stream reads the events itself, from the journal, after its own place. So a slow or dead receiver costs nobody
anything, no event can be lost between commit and stream, and what is sent twice is the same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

Place = tuple[int, int]
"""Generation, and number of an event in it."""


class Feed:
    """A bell that all streams hear; `ring` and `close` may be called from any thread."""

    def __init__(self, last: Callable[[], Place]) -> None:
        """Keep where to look.

        Args:
            last: returns the place of the last committed event; already the new one when the bell is rung for it.
        """
        self.last = last
        self.closed = False
        self.streams = 0
        """Number of streams that listen now."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which event loop the streams run."""
        self._loop = loop

    def ring(self) -> None:
        """Tell all streams that there are new events."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop has just been closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._ring_now)

    def close(self) -> None:
        """End all streams; the service stops."""
        self.closed = True
        self.ring()

    async def wait(self, place: Place, timeout_s: float) -> bool:
        """Wait until a stream at a place has anything to do.

        Args:
            place: where the stream stands.
            timeout_s: how long.

        Returns:
            Whether it has.
        """
        bell = self._bell
        if not self._news_after(place):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), timeout_s)
        return self._news_after(place)

    def _news_after(self, place: Place) -> bool:
        return self.closed or self.last() != place

    def _ring_now(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
