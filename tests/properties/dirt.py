"""Dirty pieces of random networks: what real files have and should not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.properties.maker import BREAKERS, SWITCH_CLASSES, Maker


def dirty_piece(m: Maker) -> None:
    """Add one dirty piece of any sort to a network."""
    m.pick(_SORTS)(m)


def _switch_on_one_node(m: Maker) -> None:
    """A switch with both terminals on one node."""
    place = m.pick(m.places)
    m.switch(place, place, classes=BREAKERS)


def _switch_with_one_terminal(m: Maker) -> None:
    """A switch that leads nowhere: without a second terminal, or with one that has no node."""
    place, name = m.pick(m.places), m.name("S")
    if m.chance(50):
        m.b.switch(name, place.node, None, cls=m.pick(SWITCH_CLASSES), open=m.chance(50))
    else:
        m.b.equipment(m.pick(SWITCH_CLASSES), name, [place.node, None]).say(name, "Switch.normalOpen", m.chance(50))
    m.switches[name] = place.phases


def _switch_with_three_terminals(m: Maker) -> None:
    """A switch with three ends in any order, two of which are spurs with a DER."""
    one = m.pick(m.places)
    spurs = m.beyond(one), m.beyond(one)
    first, second, third = m.pick(((one, *spurs), (spurs[0], one, spurs[1]), (*spurs, one)))
    m.switch(first, second, classes=BREAKERS, third=third)
    for place in spurs:
        end = m.beyond(place)
        m.line(place, end)
        m.der(end)


def _line_without_far_end(m: Maker) -> None:
    """A line whose second terminal has no node."""
    m.b.equipment("ACLineSegment", m.name("L"), [m.pick(m.places).node, None])


def _line_of_other_phases(m: Maker) -> None:
    """A line whose ends name different phases, with a DER behind it."""
    whole = [place for place in m.places if place.phases == "ABC"]
    near, far = m.pick((("AB", "C"), ("AB", "BC"), ("A", "B"), ("ABC", "A"), ("A", "BC")))
    one = m.pick(whole)
    other = m.beyond(one, far)
    m.b.line(m.name("L"), one.node, other.node, phases=near, phases2=far, **m.two_ended())
    m.der(other)


def _neutral_line(m: Maker) -> None:
    """A conductor of N alone between two places, or to a place of its own with a DER."""
    one = m.pick(m.places)
    near = [place for place in m.places if place.volts == one.volts and place.node != one.node]
    if near and m.chance(50):
        other = m.pick(near)
    else:
        other = m.beyond(one)
        m.der(other)
    m.b.line(m.name("L"), one.node, other.node, phases="N")


def _lone_node(m: Maker) -> None:
    """A node to which nothing leads: empty, or with a DER."""
    place = m.beyond(m.pick(m.places))
    m.b.node(place.node)
    if m.chance(50):
        m.der(place)


def _der_without_node(m: Maker) -> None:
    """A DER whose terminal has no node."""
    m.b.battery(m.name("D"), None)


_SORTS: Final[tuple[Callable[[Maker], None], ...]] = (
    _switch_on_one_node,
    _switch_with_one_terminal,
    _switch_with_three_terminals,
    _line_without_far_end,
    _line_of_other_phases,
    _neutral_line,
    _lone_node,
    _der_without_node,
)
