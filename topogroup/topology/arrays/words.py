"""An attribute of DER whose values are texts, so that a question is asked once for each text and not for each DER."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One text for each DER.

    Attributes:
        code: integer[n_ders]; positions in `words`.
        words: the texts; an empty one stands for what is not known.
    """

    code: npt.NDArray[np.integer[Any]]
    words: Sequence[str]
