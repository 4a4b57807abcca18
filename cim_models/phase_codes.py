"""Phases as bit masks, and how CIM spells them (PhaseCode, SinglePhaseKind, OrderedPhaseCodeKind)."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

A: Final = 1
B: Final = 2
C: Final = 4
S1: Final = 8
S2: Final = 16
N: Final = 32
ABC: Final = A | B | C
SPLIT: Final = S1 | S2
ALL: Final = ABC | SPLIT
"""What a switch without SwitchPhase acts on."""

BITS: Final = (A, B, C, S1, S2)
LETTERS: Final = {A: "A", B: "B", C: "C", S1: "s1", S2: "s2"}

_TOKEN: Final = re.compile(r"s12|s1|s2|[ABCN]")


@cache
def mask_of(code: str) -> int | None:
    """Return the bit mask of a phase code.

    Args:
        code: `ABCN`, `s12N`, `Ns2`, `PhaseCode.AB` …; what stands before the last dot is ignored.

    Returns:
        The mask, N included; None for a code that CIM does not know, such as one that says a phase twice. `none` is 0.
    """
    text = code.rpartition(".")[2].strip()
    if text in ("none", ""):
        return 0
    mask, end = 0, 0
    for token in _TOKEN.finditer(text):
        bits = {"A": A, "B": B, "C": C, "N": N, "s1": S1, "s2": S2, "s12": SPLIT}[token.group()]
        if token.start() != end or mask & bits:
            return None
        end = token.end()
        mask |= bits
    return mask if end == len(text) else None


@cache
def code_of(mask: int) -> str:
    """Return the CIM PhaseCode of a mask, without N.

    >>> code_of(A | B), code_of(SPLIT)
    ('AB', 's12')
    """
    letters = "".join(LETTERS[bit] for bit in (A, B, C) if mask & bit)
    split = {0: "", S1: "s1", S2: "s2", SPLIT: "s12"}[mask & SPLIT]
    return letters + split
