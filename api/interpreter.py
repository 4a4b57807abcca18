"""The interpreter: how it shares its time between threads, so that short requests are answered while long work goes on.

What a model brings stays for hours, so the collector of cyclic garbage need not look at it again: each full look at the
objects of a network of 100,000 nodes takes 0.2 s, in which no thread of the service answers.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

_YOUNG: Final = 2_000
_MIDDLE_EVERY: Final = 8
_FULL_EVERY: Final = 5_000
"""New objects between two looks at the new ones, a millisecond; of these between two at the middle-aged, 10 ms; of
those between two full looks."""

_TURN_S: Final = 0.001
"""A thread that computes gives way after it; a request changes hands some ten times."""


def set_up() -> None:
    """Let threads take turns more often, and look for cyclic garbage less often, than Python's defaults say."""
    sys.setswitchinterval(_TURN_S)
    gc.set_threshold(_YOUNG, _MIDDLE_EVERY, _FULL_EVERY)


def keep() -> None:
    """Leave all objects that there are now out of any later look; what nobody refers to still goes at once."""
    gc.collect(1)
    gc.freeze()
