"""The feed: tells streams that new events are committed, and nothing else.

A stream reads the events itself, from the journal, after its own place. So a slow or dead receiver costs nobody
anything, no event can be lost between commit and stream, and what is sent twice is the same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib


class Feed:
    """The number of the last committed event, and a bell; `announce` and `close` may be called from any thread."""

    def __init__(self, generation: int = 0, last: int = 0) -> None:
        """Start at a place in the history."""
        self.generation, self.last = generation, last
        self.closed = False
        self.streams = 0
        """Number of streams that listen now."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which event loop the streams run."""
        self._loop = loop

    def announce(self, generation: int, last: int) -> None:
        """Tell all streams of the last committed event."""
        self.generation, self.last = generation, last
        self._ring()

    def close(self) -> None:
        """End all streams; the service stops."""
        self.closed = True
        self._ring()

    def news_after(self, generation: int, n: int) -> bool:
        """Tell whether a stream at a place has anything to do."""
        return self.closed or generation != self.generation or self.last > n

    async def wait(self, generation: int, n: int, timeout_s: float) -> bool:
        """Wait for news; see `news_after`.

        Args:
            generation, n: the place of the stream.
            timeout_s: how long.

        Returns:
            Whether there is news.
        """
        bell = self._bell
        if not self.news_after(generation, n):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), timeout_s)
        return self.news_after(generation, n)

    def _ring(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop has just been closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._ring_now)

    def _ring_now(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
