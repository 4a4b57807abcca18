"""Frames: JSON values on a pipe, each after its length in four bytes."""

from __future__ import annotations

import json
import struct
from typing import IO, Any, Final

_LENGTH: Final = struct.Struct(">I")


def framed(text: str) -> bytes:
    """Return JSON text as one frame."""
    data = text.encode()
    return _LENGTH.pack(len(data)) + data


def write(pipe: IO[bytes], value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Write one value and flush."""
    pipe.write(framed(json.dumps(value)))
    pipe.flush()


def read(pipe: IO[bytes], bytes_max: int) -> Any:  # noqa: ANN401 - any JSON value
    """Read one value.

    Args:
        pipe: a buffered pipe.
        bytes_max: a longer frame counts as the end: whoever writes it has lost its mind.

    Returns:
        The value; None where the pipe ends, also inside a frame.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length) if length <= bytes_max else b""
    return json.loads(data) if data and len(data) == length else None
