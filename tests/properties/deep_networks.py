"""Deep networks: four voltages one below the other, nearly every line a switch, meshed and paralleled on each of them.

Where `networks` draws what utilities build, these draw what could lead a trace astray: rings through transformers,
feeders below feeders, units that lack a phase, machines of several phases between open poles, heads on every tier,
sources behind switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies as st

from tests.properties.maker import Maker, Place, common, split
from tests.properties.networks import Drawn

VOLTS = (110_000.0, 34_500.0, 12_000.0, 400.0)


@dataclass(frozen=True, repr=False)
class Deep(Drawn):
    """A network and its heads file."""

    heads: list[dict[str, str]]


@st.composite
def deep_networks(draw: st.DrawFn, size: int = 5) -> Deep:
    """Draw a network; see `deep_network`."""
    return deep_network(Maker(draw), size)


def deep_network(m: Maker, size: int) -> Deep:
    """Make a network; each voltage has up to so many stretches, and half as many ties."""
    m.b.substation("SUB1").substation("SUB2")
    _sources(m)
    for upper, lower in pairwise(VOLTS):
        _grow(m, upper, size)
        for _ in range(m.number(1, 3)):
            _transformer(m, upper, lower)
    _grow(m, VOLTS[-1], size)
    for _ in range(m.number(0, 3)):
        _leaf(m)
    for _ in range(m.number(2, 8)):
        _der(m)
    return Deep(m.b, m.switches, _heads(m))


def _at(m: Maker, volts: float) -> list[Place]:
    return [place for place in m.places if place.volts == volts]


def _sources(m: Maker) -> None:
    """One to three bars of the highest voltage, each with a grid source behind a switch or without."""
    for number in range(1, m.pick((2, 1, 3)) + 1):
        bar = m.place("ABC", VOLTS[0], name="hv")
        here = bar
        if m.chance(40):
            here = m.beyond(bar)
            m.switch(here, bar)
        if number == 1 or m.chance(60):
            m.b.energy_source(f"grid{number}", here.node, VOLTS[0], **(m.options() if number > 1 else {}))


def _grow(m: Maker, volts: float, size: int) -> None:
    """Add stretches, some of fewer phases or in a Feeder container, and ties and rings between what is there."""
    contained = m.name("F") if m.chance(20) else None
    if contained is not None:
        m.b.feeder(contained, substation=m.pick((None, "SUB1", "SUB2")))
    for _ in range(m.number(1, size)):
        here = m.pick(_at(m, volts))
        less = "".join(m.pick((split(here.phases)[:1], split(here.phases)[1:]))) if m.chance(20) else ""
        there = m.beyond(here, less or None)
        if less:
            _state_phases(m, here)
        m.b.inside(contained if m.chance(70) else None)
        if m.chance(75):
            m.switch(here, there)
        else:
            m.line(here, there)
        if m.chance(20):
            m.b.busbar(m.name("BB"), there.node)
        m.b.inside(None)
    for _ in range(m.number(0, size // 2 + 1)):
        one, other = m.pick(_at(m, volts)), m.pick(_at(m, volts))
        shared = split(common(one.phases, other.phases))
        if one is not other and shared:
            single = m.pick(shared) if m.chance(25) else ""
            m.switch(one, other, phases=single, tie=m.chance(60))
            for place in (one, other) if single else ():
                _state_phases(m, place)


def _state_phases(m: Maker, place: Place) -> None:
    """Let a line say which phases a node has, where all else at it says nothing, or only some."""
    m.b.line(m.name("L"), place.node, m.beyond(place).node, phases=place.phases)


def _transformer(m: Maker, upper_v: float, lower_v: float) -> None:
    """A transformer of any kind, beside one that is there or with a secondary of its own."""
    upper = m.pick(_at(m, upper_v))
    known = [place for place in _at(m, lower_v) if common(place.phases, upper.phases)]
    lower = m.pick(known) if known and m.chance(35) else m.place(upper.phases, lower_v, name="bus")
    options = m.two_ended() | {"container": m.pick(("SUB1", "SUB2", None))}
    phases = split(common(upper.phases, lower.phases))
    for place in (upper, lower):
        if len(split(place.phases)) > len(phases):
            _state_phases(m, place)
    name, kind = m.name("T"), m.pick(("plain", "delta", "ungrounded", "bank", "tanks"))
    if len(phases) == 3 and kind in ("plain", "delta", "ungrounded"):
        one = {"plain": "Yn", "delta": "D", "ungrounded": "Y"}[kind]
        m.b.transformer(name, [(upper.node, upper_v, one), (lower.node, lower_v, "Yn")], **options)
        return
    options.pop("connected", None)
    tanks = {p: [(upper.node, upper_v, p + "N"), (lower.node, lower_v, p + "N")] for p in phases}
    if kind == "bank":
        for phase, ends in tanks.items():
            m.b.tank_transformer(f"{name}-{phase}", {phase: ends}, **options)
    else:
        m.b.tank_transformer(name, tanks, **options)


def _leaf(m: Maker) -> None:
    """A low voltage without switches behind one or two service transformers that need phases of each other."""
    upper = m.pick([place for place in m.places if VOLTS[-1] < place.volts < VOLTS[0]])
    if m.chance(60):
        fused = m.beyond(upper)
        m.switch(upper, fused, phases=upper.phases)
        upper = fused
    lower = m.place(upper.phases, VOLTS[-1])
    for _ in range(m.pick((1, 1, 2))):
        if upper.phases == "ABC":
            one = m.pick(("D", "Y", "Yn"))
            m.b.transformer(m.name("X"), [(upper.node, upper.volts, one), (lower.node, lower.volts, "Yn")])
        else:
            tanks = {p: [(upper.node, upper.volts, p + "N"), (lower.node, lower.volts, p + "N")] for p in upper.phases}
            m.b.tank_transformer(m.name("X"), tanks)
    m.der(lower)


def _der(m: Maker) -> None:
    """A DER anywhere, often a machine or battery of several phases."""
    place = m.pick(m.places)
    if m.chance(50):
        m.der(place)
    elif m.chance(50):
        m.b.battery(m.name("D"), place.node)
    else:
        m.b.synchronous_machine(m.name("D"), place.node, phases=m.pick((None, place.phases, place.phases[:2])))


def _heads(m: Maker) -> list[dict[str, str]]:
    """Some switches of any voltage as heads, up to half of them."""
    names = sorted(m.switches)
    chosen = {m.pick(names) for _ in range(m.number(0, len(names) // 2))} if names else set()
    return [{"name": f"head {name}", "head": name} for name in sorted(chosen)]
