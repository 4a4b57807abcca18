"""What bytes may stand where, as tables that kernels look bytes up in, and how statuses are called."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

MORE: Final = 0
"""The window ends inside an element; go on with more bytes."""
DONE: Final = 1
"""The root element was closed."""
UNPROVEN: Final = 2
"""Something that the scanner does not treat; the conforming reader decides."""

PLAIN: Final = 0
LESS: Final = 1
AMPERSAND: Final = 2
BRACKET: Final = 3
LINE_FEED: Final = 4
RETURN: Final = 5
REFUSED: Final = 6
HIGH: Final = 7


def _sorts() -> npt.NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    table[:0x20] = REFUSED
    table[ord("\t")] = PLAIN
    table[0x80:] = HIGH
    for letter, sort in (("<", LESS), ("&", AMPERSAND), ("]", BRACKET), ("\n", LINE_FEED), ("\r", RETURN)):
        table[ord(letter)] = sort
    return table


def _allowed(letters: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[np.frombuffer(letters.encode(), np.uint8)] = True
    return table


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

SORT: Final = _sorts()
"""uint8[256]; what a byte of a text is."""

NAME: Final = _allowed(_LETTERS + "0123456789_.:-")
"""bool[256]; bytes of names. Names of other scripts are for the conforming reader."""

VALUE: Final = _allowed("".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "<&"))
"""bool[256]; bytes of attribute values: ids in ASCII without references."""


def _digits() -> npt.NDArray[np.uint8]:
    table = np.full(256, 0xFF, np.uint8)
    for value, digits in enumerate([*"0123456789", "aA", "bB", "cC", "dD", "eE", "fF"]):
        table[np.frombuffer(digits.encode(), np.uint8)] = value
    return table


DIGIT: Final = _digits()
"""uint8[256]; value of a hexadecimal digit, 255 = none."""
