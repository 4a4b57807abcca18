"""Feeders: a trunk in sections between load-break switches, and laterals that branch off it."""

from __future__ import annotations

import math
import random
from typing import Final, NamedTuple

from cim_models.generate.equipment import Home, add_line, add_switch
from cim_models.generate.layout import Spot, feeder_angle, trunk_lines
from cim_models.generate.plan import Plan
from cim_models.generate.route import Route
from cim_models.generate.services import write_services
from cim_models.generate.substation import Substation, write_bay

_LATERAL_LINES_MAX: Final = 5
_LATERAL_LINE_SHARE: Final = 0.6


class Feeder(NamedTuple):
    """A feeder that was written: its home, and the last trunk node of each section, the farthest last."""

    name: str
    home: Home
    ends: tuple[Spot, ...]


def write_feeder(plan: Plan, substation: Substation, index: int, ders: int) -> Feeder:
    """Write a feeder with everything on it.

    Args:
        plan: what the network is written with.
        substation: where it begins.
        index: number of the feeder in its substation, from 0.
        ders: number of its DER.

    Returns:
        The feeder, for the ties.
    """
    cim, spec, line_km = plan.cim, plan.spec, plan.layout.line_km
    name = f"{substation.name}-F{index + 1}"
    mrid = cim.ids(name)
    home = Home(mrid, plan.frame.medium)
    angle = feeder_angle(spec, index)
    head, spot = write_bay(cim, substation, index, name, angle, mrid)
    cim.plain(
        "Feeder",
        name,
        [
            ("Feeder.NormalEnergizingSubstation", substation.mrid),
            ("Feeder.NormalHeadTerminal", cim.ids(f"{name}-CB.T2")),
        ],
    )
    cim.count("feeders")
    plan.truth.feeder(mrid, name=name, head=head, substation=substation.mrid)
    route = Route(plan, substation, home, name, angle, random.Random(f"{spec.seed} {name}"))
    spots: list[Spot] = []
    ends: list[Spot] = []
    for section in range(spec.sections_per_feeder):
        if section:
            behind = cim.node(f"{name}-N{section}S", mrid, spot.place.towards(angle, line_km / 20))
            add_switch(cim, "LoadBreakSwitch", f"{name}-LBS{section}", home, spot, behind)
            spot = behind
        trunk = _write_trunk(route, section, spot)
        spots += trunk
        spots += _write_laterals(route, section, trunk)
        spot = trunk[-1]
        ends.append(spot)
    write_services(route, spots, ders)
    return Feeder(name, home, tuple(ends))


def _write_trunk(route: Route, section: int, start: Spot) -> list[Spot]:
    """Write the trunk of a section; gives its nodes from the first line's end on."""
    cim, line_km = route.plan.cim, route.plan.layout.line_km
    spots: list[Spot] = []
    for number in range(1, trunk_lines(route.plan.spec) + 1):
        place = start.place.towards(route.angle + 0.6 * (route.rng.random() - 0.5), line_km)
        label = f"{route.name}-{section + 1}.{number}"
        end = cim.node(f"{label}-N", route.home.container, place)
        add_line(cim, f"{label}-L", route.home, start, end)
        spots.append(end)
        start = end
    return spots


def _write_laterals(route: Route, section: int, trunk: list[Spot]) -> list[Spot]:
    """Write the laterals of a section, each from a random node of its trunk; gives their nodes."""
    left = route.plan.spec.lines_per_section - len(trunk)
    spots: list[Spot] = []
    number = 0
    while left > 0:
        number += 1
        lines = min(left, 1 + int(route.rng.random() * _LATERAL_LINES_MAX))
        left -= lines
        start = trunk[int(route.rng.random() * len(trunk))]
        spots += _write_lateral(route, f"{route.name}-{section + 1}.L{number}", start, lines)
    return spots


def _write_lateral(route: Route, label: str, start: Spot, lines: int) -> list[Spot]:
    """Write one lateral at a right angle to the trunk, some with one phase, some behind a fuse."""
    cim, spec = route.plan.cim, route.plan.spec
    rng, container = route.rng, route.home.container
    phases = "ABC"[int(rng.random() * 3)] if rng.random() < spec.single_phase_lateral_share else "ABC"
    side = math.pi / 2 if rng.random() < 0.5 else -math.pi / 2
    angle = route.angle + side + rng.random() - 0.5
    step_km = route.plan.layout.line_km * _LATERAL_LINE_SHARE
    if rng.random() < spec.fused_lateral_share:
        behind = cim.node(f"{label}-NF", container, start.place.towards(angle, step_km / 10), phases)
        add_switch(cim, "Fuse", f"{label}-FUSE", route.home, start, behind)
        start = behind
    spots: list[Spot] = []
    for number in range(1, lines + 1):
        place = start.place.towards(angle + 0.4 * (rng.random() - 0.5), step_km)
        end = cim.node(f"{label}.{number}-N", container, place, phases)
        add_line(cim, f"{label}.{number}-L", route.home, start, end)
        spots.append(end)
        start = end
    return spots
