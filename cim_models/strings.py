"""A table of texts as two arrays, so that millions of names can lie in memory-mapped files."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Strings(Sequence[str]):
    """Texts by position.

    Attributes:
        end: int64[n]; where each text ends in `blob`.
        blob: uint8[n_bytes]; the texts in UTF-8, one after the other.
    """

    end: npt.NDArray[np.int64]
    blob: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """Store texts in the given order."""
        encoded = [text.encode() for text in texts]
        end = np.cumsum([len(one) for one in encoded], dtype=np.int64)
        return cls(end, np.frombuffer(b"".join(encoded), np.uint8))

    def __len__(self) -> int:
        """Return the number of texts."""
        return int(self.end.size)

    def __getitem__(self, position: int) -> str:  # type: ignore[override]
        """Return one text; negative positions count from the end."""
        size = len(self)
        if position < 0:
            position += size
        if not 0 <= position < size:
            raise IndexError(position)
        begin = int(self.end[position - 1]) if position else 0
        return self.blob[begin : int(self.end[position])].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        """Yield all texts in order."""
        blob, begin = self.blob.tobytes(), 0
        for end in self.end.tolist():
            yield blob[begin:end].decode()
            begin = end

    def find(self, text: str) -> int:
        """Return the position of a text in a table sorted by text, or -1."""
        position = bisect_left(self, text)
        return position if position < len(self) and self[position] == text else -1

    def __eq__(self, other: object) -> bool:
        """Compare text by text."""
        if not isinstance(other, Strings):
            return NotImplemented
        return np.array_equal(self.end, other.end) and np.array_equal(self.blob, other.blob)

    __hash__ = None  # type: ignore[assignment]
