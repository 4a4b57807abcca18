"""What on a nameplate cannot be, or hardly so: contradictions count as not given, the rest is told and kept."""

from __future__ import annotations

from typing import Final

import numpy as np

from cim_models.extract.objects import Ints, Objects
from cim_models.extract.voltages import Floats

_ABOVE: Final = 1.001
"""Rounding of two values of one nameplate; what differs more was not rounded."""


def doubts(objects: Objects, objs: Ints, values: dict[str, Floats]) -> None:
    """Judge nameplates; limits whose lower is above the upper become NaN in place, all else stays as said.

    Args:
        objects: where findings go.
        objs: the objects of the equipment.
        values: columns of the nameplates by name, float64[n] each.
    """
    for low, high, word in (("p_min_w", "p_max_w", "minP"), ("q_min_var", "q_max_var", "minQ")):
        wrong = values[low] > values[high]
        objects.note_each(
            "nameplate_contradicts",
            objs[wrong],
            lambda obj, word=word: (
                f"{objects.label(obj)}: {word} is above max{word[-1]}; "  # type: ignore[misc]
                "neither counts, put the lower one first."
            ),
        )
        values[low][wrong] = values[high][wrong] = np.nan
    fixed = (values["q_min_var"] == values["q_max_var"]) & (values["q_max_var"] != 0)
    _doubt(objects, objs[fixed], "its minQ is equal to its maxQ; if it can take reactive power, minQ is negative")
    small = values["p_max_w"] > values["s_rated_va"] * _ABOVE
    _doubt(objects, objs[small], "its maxP is above its ratedS; one of them is wrong, or they are of different units")
    zero = values["s_rated_va"] == 0
    _doubt(objects, objs[zero], "its ratedS is 0; leave it out where it is not known")
    full = values["energy_stored_wh"] > values["energy_rated_wh"] * _ABOVE
    _doubt(objects, objs[full], "its storedE is above its ratedE")


def _doubt(objects: Objects, objs: Ints, what: str) -> None:
    objects.note_each("nameplate_doubtful", objs, lambda obj: f"{objects.label(obj)}: {what}.")
