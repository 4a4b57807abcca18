"""How lists of permanent keys lie in the database: differences of sorted keys, compressed."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from cim_models import limits
from cim_models.errors import JournalError

Keys = npt.NDArray[np.int64]
_LEVEL = 6


def packed(keys: Keys) -> bytes:
    """Return keys as bytes.

    Args:
        keys: int64[n], in the order that is to be kept.

    Returns:
        The differences of neighbours as little-endian int64, compressed: equipment keys of one model are runs.
    """
    return zlib.compress(np.diff(keys, prepend=0).astype("<i8").tobytes(), _LEVEL)


def unpacked(data: bytes) -> Keys:
    """Return the keys that `packed` wrote.

    Raises:
        JournalError: the bytes are damaged.
    """
    return np.cumsum(np.frombuffer(inflated(data), "<i8"), dtype=np.int64)


def deflated(data: bytes) -> bytes:
    """Return bytes compressed."""
    return zlib.compress(data, _LEVEL)


def inflated(data: bytes) -> bytes:
    """Return bytes that `deflated` compressed.

    Raises:
        JournalError: they are damaged, or larger than anything that is written.
    """
    try:
        stream = zlib.decompressobj()
        result = stream.decompress(data, limits.JOURNAL_VALUE_BYTES_MAX)
        if not stream.eof:
            raise JournalError("journal_damaged", "A value in the journal is damaged; restore a backup.")
        return result
    except zlib.error as error:
        raise JournalError("journal_damaged", "A value in the journal is damaged; restore a backup.") from error
