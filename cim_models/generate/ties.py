"""Normally open ties between neighbouring feeders and between neighbouring substations.

A tie is a line from the end of one feeder to a load-break switch at the end of the other:

    end of feeder A - line - node - switch (open) - end of feeder B
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cim_models.generate.equipment import add_line, add_switch
from cim_models.generate.feeder import Feeder
from cim_models.generate.layout import Place, Spot
from cim_models.generate.plan import Plan
from cim_models.generate.substation import Substation

# The switch stands near the far end of the line.
_NEARLY: Final = 0.98


def write_ties_within(plan: Plan, name: str, feeders: Sequence[Feeder]) -> None:
    """Write the ties between the feeders of one substation, which stand around it in a ring.

    Args:
        plan: what the network is written with.
        name: of the substation.
        feeders: in the order of their directions.
    """
    pairs = list(pairwise(feeders))
    if len(feeders) > 2:
        pairs.append((feeders[-1], feeders[0]))
    number = 0
    for first, second in pairs:
        for section in range(1, plan.spec.ties_between_feeders + 1):
            number += 1
            ends = (first.ends[-section], second.ends[-section])
            _write_tie(plan, f"{name}-TIE{number}", (first, second), ends)


def write_ties_between(
    plan: Plan, substations: tuple[Substation, Substation], feeders: tuple[Sequence[Feeder], Sequence[Feeder]]
) -> None:
    """Write the ties between two neighbouring substations, from the feeders that reach towards each other.

    Args:
        plan: what the network is written with.
        substations: the two.
        feeders: of each of the two.
    """
    left = list(feeders[1])
    wanted = plan.spec.ties_between_substations
    for number, first in enumerate(_nearest(feeders[0], substations[1].place)[:wanted], 1):
        second = _nearest(left, first.ends[-1].place)[0]
        left.remove(second)
        name = f"{substations[0].name}-{substations[1].name}-TIE{number}"
        _write_tie(plan, name, (first, second), (first.ends[-1], second.ends[-1]))


def _nearest(feeders: Sequence[Feeder], target: Place) -> list[Feeder]:
    """Sort feeders by the distance from their end to a place."""
    return sorted(feeders, key=lambda feeder: (feeder.ends[-1].place.distance_km(target), feeder.name))


def _write_tie(plan: Plan, name: str, feeders: tuple[Feeder, Feeder], ends: tuple[Spot, Spot]) -> None:
    home = feeders[0].home
    start, target = ends
    place = Place(
        start.place.east_km + _NEARLY * (target.place.east_km - start.place.east_km),
        start.place.north_km + _NEARLY * (target.place.north_km - start.place.north_km),
    )
    node = plan.cim.node(f"{name}-N", home.container, place)
    add_line(plan.cim, f"{name}-L", home, start, node)
    mrid = add_switch(plan.cim, "LoadBreakSwitch", name, home, node, target, is_open=True)
    plan.cim.count("ties")
    plan.truth.tie(mrid, name=name, joins=(home.container, feeders[1].home.container))
