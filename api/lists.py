"""Lists: pages of things that ascend by mRID, `{"items": [...], "next": cursor or null}`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from fastapi import Query

from cim_models import limits
from cim_models.errors import OptionError

Limit = Annotated[str | None, Query(description=f"Items of a page, 1 to {limits.PAGE_ITEMS_MAX}.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.")]


def page_size(text: str | None) -> int:
    """Return how many items a page has.

    Raises:
        OptionError: it is no number in range.
    """
    if text is None:
        return limits.PAGE_ITEMS_DEFAULT
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= limits.PAGE_ITEMS_MAX):
        message = f"limit is a number from 1 to {limits.PAGE_ITEMS_MAX}, not {text[:20]!r}."
        raise OptionError("bad_limit", message, "limit")
    return int(text)


def page(
    mrids: Sequence[str],
    shown: Callable[[int], dict[str, Any]],
    limit: str | None,
    cursor: str | None,
    chosen: npt.NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    """Return one page.

    Args:
        mrids: of all things, ascending.
        shown: makes the item of a position.
        limit: as the client wrote it.
        cursor: mRID of the last item of the page before.
        chosen: int64[n]; the positions that count, ascending; None = all.
    """
    size = page_size(limit)
    first = 0 if cursor is None else bisect_right(mrids, cursor)
    if chosen is None:
        positions, more = list(range(first, min(first + size, len(mrids)))), first + size < len(mrids)
    else:
        at = int(np.searchsorted(chosen, first))
        positions, more = chosen[at : at + size].tolist(), at + size < chosen.size
    return {
        "items": [shown(position) for position in positions],
        "next": mrids[positions[-1]] if more and positions else None,
    }
