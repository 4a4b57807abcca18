"""Substations: the high-voltage side, transformers, busbars, and the bays that hang off them.

source - breaker - [high bar] - disconnector - breaker - transformer - breaker - disconnector - [medium bar 1]
                                                                                                    | coupler
                   [high bar] - disconnector - breaker - transformer - breaker - disconnector - [medium bar 2]
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from cim_models.generate.cim import CimWriter
from cim_models.generate.equipment import Home, add_line, add_switch
from cim_models.generate.layout import Place, Spot, chosen
from cim_models.generate.plan import Plan
from cim_models.generate.single_terminal import add_busbar, add_source
from cim_models.generate.transformers import Winding, add_transformer

_EAST: Final = 0.0
_SOUTH: Final = -math.pi / 2
_BAY_KM: Final = 0.02
_RATED_VA: Final = 40_000_000.0


class Substation(NamedTuple):
    """A substation that was written: what feeders, ties and the next substation need of it."""

    mrid: str
    name: str
    place: Place
    high: Home
    medium: Home
    high_bar: Spot
    bars: tuple[Spot, ...]
    transformers: tuple[str, ...]


def write_substation(plan: Plan, index: int, before: Substation | None) -> Substation:
    """Write a substation without its feeders.

    Args:
        plan: what the network is written with.
        index: number of the substation, from 0.
        before: the substation written before, None for the first.

    Returns:
        The substation.
    """
    cim, spec, frame = plan.cim, plan.spec, plan.frame
    place = plan.layout.substation(index)
    name = f"S{index + 1}"
    mrid = cim.plain("Substation", name, [("Substation.Region", frame.region)])
    cim.count("substations")
    plan.truth.substation(mrid, name=name)
    high, medium = (
        Home(
            cim.plain(
                "VoltageLevel",
                f"{name}-{voltage.name}",
                [("VoltageLevel.Substation", mrid), ("VoltageLevel.BaseVoltage", voltage.mrid)],
            ),
            voltage,
        )
        for voltage in (frame.high, frame.medium)
    )
    high_bar = cim.node(f"{name}-HV", high.container, place.towards(_SOUTH, -6 * _BAY_KM))
    add_busbar(cim, f"{name}-HV-BAR", high, high_bar)
    if before is not None and chosen(index, spec.shared_source_share):
        _write_link(cim, high, before, name, high_bar)
    else:
        outer = cim.node(f"{name}-GRID-N", high.container, high_bar.place.towards(_SOUTH, -2 * _BAY_KM))
        add_source(cim, f"{name}-GRID", high, outer)
        add_switch(cim, "Breaker", f"{name}-GRID-CB", high, outer, high_bar)
    bars = []
    transformers = []
    for number in range(1, 3 if chosen(index, spec.second_transformer_share) else 2):
        bar = cim.node(
            f"{name}-MV{number}", medium.container, place.towards(_EAST, (number - 1) * 4 * _BAY_KM)
        )
        add_busbar(cim, f"{name}-MV{number}-BAR", medium, bar)
        transformers.append(
            _write_transformer(cim, mrid, f"{name}-T{number}", (high, medium), (high_bar, bar))
        )
        bars.append(bar)
    if len(bars) == 2:
        add_switch(cim, "Breaker", f"{name}-MV-COUPLER", medium, bars[0], bars[1])
    return Substation(mrid, name, place, high, medium, high_bar, tuple(bars), tuple(transformers))


def _write_link(cim: CimWriter, high: Home, before: Substation, name: str, high_bar: Spot) -> None:
    """Feed a substation over a high-voltage line from the bar of the one before."""
    label = f"{before.name}-{name}-LINK"
    here = cim.node(f"{label}-N2", high.container, high_bar.place.towards(_SOUTH, -_BAY_KM))
    there = cim.node(f"{label}-N1", before.high.container, before.high_bar.place.towards(_SOUTH, -_BAY_KM))
    add_switch(cim, "Breaker", f"{label}-CB1", before.high, before.high_bar, there)
    line = cim.plain("Line", label)
    add_line(cim, f"{label}-LINE", Home(line, high.voltage), there, here)
    add_switch(cim, "Breaker", f"{label}-CB2", high, here, high_bar)


def _write_transformer(
    cim: CimWriter, substation: str, name: str, homes: tuple[Home, Home], bars: tuple[Spot, Spot]
) -> str:
    """Write a transformer with a disconnector and a breaker on each side."""
    spots = []
    for side, home, bar in zip(("HV", "MV"), homes, bars, strict=True):
        label = f"{name}-{side}"
        away = _BAY_KM if side == "HV" else -_BAY_KM
        # The bay of the second transformer lies beside that of the first.
        start = Place(bars[1].place.east_km, bar.place.north_km)
        middle = cim.node(f"{label}-N1", home.container, start.towards(_SOUTH, away))
        end = cim.node(f"{label}-N2", home.container, start.towards(_SOUTH, 2 * away))
        add_switch(cim, "Disconnector", f"{label}-DS", home, bar, middle)
        add_switch(cim, "Breaker", f"{label}-CB", home, middle, end)
        spots.append(end)
    cim.count("substation_transformers")
    windings = [
        Winding(spot, home.voltage, connection)
        for spot, home, connection in zip(spots, homes, ("Yn", "Yn"), strict=True)
    ]
    return add_transformer(cim, name, substation, windings, _RATED_VA)


def write_bay(
    cim: CimWriter, substation: Substation, number: int, name: str, angle: float, container: str
) -> tuple[str, Spot]:
    """Write a bay of a disconnector and a breaker.

    Args:
        cim: the document.
        substation: where it belongs.
        number: of the bay; bays take turns on the busbars.
        name: what hangs off it.
        angle: direction in which it leaves, radians.
        container: mrid of the container of the node behind the breaker.

    Returns:
        The mrid of the breaker, and the node behind it.
    """
    bar = substation.bars[number % len(substation.bars)]
    middle = cim.node(f"{name}-BAY-N1", substation.medium.container, bar.place.towards(angle, _BAY_KM))
    outer = cim.node(f"{name}-BAY-N2", container, bar.place.towards(angle, 2 * _BAY_KM))
    add_switch(cim, "Disconnector", f"{name}-DS", substation.medium, bar, middle)
    return add_switch(cim, "Breaker", f"{name}-CB", substation.medium, middle, outer), outer
