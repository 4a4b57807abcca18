"""Feeders as trees: who hangs on whom, where switches are, which phases are there, what lies behind transformers.

All feeders have one number of nodes, so that everything is an array of (feeder, place in the feeder). Place 0 is the
node behind the feeder's breaker; the last places are low-voltage networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes

I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

LOW_VOLTAGE_SHARE: Final = 0.2
"""Of the nodes; with as many DER there as in the medium-voltage network."""
LOW_VOLTAGE_NODES: Final = 20
TRUNK_SHARE: Final = 0.6
"""Of the nodes; what is neither trunk nor low-voltage network are laterals."""
LATERAL_NODES: Final = 25
"""On average; three in ten leave another lateral, the others the trunk."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The feeders of a network.

    Attributes:
        parent: int32[n_feeders, n_places]; place that each place hangs on; -1 for place 0.
        is_switch: bool[n_feeders, n_places]; the connection to the parent is a switch.
        medium: number of places of medium voltage, the first ones.
        group: number of places of each low-voltage network, which follow.
        phases: uint8[n_feeders, n_places].
    """

    parent: I32
    is_switch: Bools
    medium: int
    group: int
    phases: U8


def trees(feeders: int, places: int, lines_per_switch: int, *, per_phase: bool, rng: np.random.Generator) -> Shape:
    """Draw feeders with laterals and low-voltage networks.

    Args:
        feeders: how many.
        places: nodes of each.
        lines_per_switch: one switch for so many lines.
        per_phase: some laterals have one or two phases.
        rng: draws.
    """
    group = max(3, min(LOW_VOLTAGE_NODES, places // 8))
    groups = max(1, round(LOW_VOLTAGE_SHARE * places / group))
    medium = places - groups * group
    trunk = min(medium - 1, round(TRUNK_SHARE * places))
    parent = np.broadcast_to(np.arange(-1, places - 1, dtype=np.int32), (feeders, places)).copy()
    begins = rng.random((feeders, places), np.float32) < 1 / LATERAL_NODES
    begins[:, :trunk] = begins[:, medium:] = False
    begins[:, trunk] = True
    feeder, place = np.nonzero(begins)
    farthest = np.where(rng.random(place.size) < 0.3, place, trunk)
    parent[feeder, place] = rng.integers(2, np.maximum(farthest, 3))
    # none lie in low-voltage networks, so that there are more elsewhere
    is_switch = rng.random((feeders, places), np.float32) < places / medium / (lines_per_switch + 1)
    # the lines that leave the busbars are lines, or the busbar zone would go on
    is_switch[:, :2] = False
    _low_voltage(parent, is_switch, medium, group, rng)
    phases = np.full((feeders, places), phase_codes.ABC, np.uint8)
    if per_phase:
        _draw_phases(phases, parent, begins, medium, group, rng)
    return Shape(parent, is_switch, medium, group, phases)


def _low_voltage(parent: I32, is_switch: Bools, medium: int, group: int, rng: np.random.Generator) -> None:
    """Let low-voltage networks hang on transformers; the last of each feeder begins with a switch."""
    feeders, places = parent.shape
    for first in range(medium, places, group):
        inside = slice(first, first + group)
        own = np.arange(group, dtype=np.int32)
        back = np.where(rng.random((feeders, group)) < 0.8, 1, rng.integers(1, 4, (feeders, group)))
        parent[:, inside] = first + np.maximum(own - back, np.minimum(own - 1, 1))
        parent[:, first] = rng.integers(2, medium, feeders)
        is_switch[:, inside] = False
    is_switch[:, places - group + 1] = True


def _draw_phases(phases: U8, parent: I32, begins: Bools, medium: int, group: int, rng: np.random.Generator) -> None:
    """Give laterals one or two phases, and all that hangs on a node no more than the node has."""
    masks = np.array([7, 7, 7, 7, 3, 6, 1, 2, 4, 5], np.uint8)
    feeders, places = phases.shape
    drawn = masks[rng.integers(0, masks.size, (feeders, places))]
    rows = np.arange(feeders)
    for place in range(2, places):
        own = phases[rows, parent[:, place]]
        if place < medium:
            less = own & drawn[:, place]
            phases[:, place] = np.where(begins[:, place] & (less > 0), less, own)
        elif (place - medium) % group == 0:
            # two phases carry single-phase transformers; of three, all are needed
            phases[:, place] = np.where(own == phase_codes.ABC, own, own & -own.astype(np.int16))
        else:
            phases[:, place] = own
