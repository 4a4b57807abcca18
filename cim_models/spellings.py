"""Spellings: the ids of objects as the files write them, by object; few are ever asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_AT_ONCE = 1 << 14
"""Positions are made numbers of Python so many at a time: they take more memory than texts."""


class Spellings(Sequence[str]):
    """Texts by position that can grow; the first of them may be pieces of one long text, cut when somebody asks."""

    def __init__(self) -> None:
        """Start with none."""
        self._text = ""
        self._begin: Ints = np.empty(0, np.int64)
        self._size: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._other: dict[int, str] = {}
        """What was changed of those that are pieces."""
        self._added: list[str] = []

    def take(self, text: str, begin: Ints, size: Ints) -> None:
        """Become pieces of one text; there must be none yet.

        Args:
            text: the long text.
            begin, size: int64[n]; where each piece begins, and how many characters it has.
        """
        assert not len(self), "only the first document is taken whole"
        self._text, self._begin, self._size = text, begin.copy(), size.astype(np.int32)

    def append(self, text: str) -> None:
        """Add one."""
        self._added.append(text)

    def __len__(self) -> int:
        """Return how many there are."""
        return self._begin.size + len(self._added)

    @overload
    def __getitem__(self, position: int) -> str: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[str]: ...
    def __getitem__(self, position: int | slice) -> str | Sequence[str]:
        """Return one by its position, which counts from 0 on, or several."""
        if isinstance(position, slice):
            return [self[one] for one in range(*position.indices(len(self)))]
        pieces = self._begin.size
        if position >= pieces:
            return self._added[position - pieces]
        if position < 0:
            raise IndexError(position)
        changed = self._other.get(position)
        if changed is not None:
            return changed
        begin = int(self._begin[position])
        return self._text[begin : begin + int(self._size[position])]

    def __setitem__(self, position: int, text: str) -> None:
        """Change one."""
        pieces = self._begin.size
        if position < pieces:
            self._other[position] = text
        else:
            self._added[position - pieces] = text

    def __iter__(self) -> Iterator[str]:
        """Yield all in their order."""
        for first in range(0, self._begin.size, _AT_ONCE):
            begin = self._begin[first : first + _AT_ONCE]
            end = begin + self._size[first : first + _AT_ONCE]
            for position, (a, b) in enumerate(zip(begin.tolist(), end.tolist(), strict=True), first):
                yield self._other.get(position) or self._text[a:b]
        yield from self._added
