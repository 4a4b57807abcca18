"""Random networks: substations, feeders, laterals, ties, service transformers, low voltage, DER everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.properties.dirt import dirty_piece
from tests.properties.maker import BREAKERS, Maker, Place, split
from tests.properties.meshes import low_voltage_mesh, nested_feeder, ring
from topogroup.testing import NetworkBuilder

HV, MV, MV2, LV = 110_000.0, 34_500.0, 12_000.0, 400.0


@dataclass(frozen=True)
class Drawn:
    """A network with its switches and the phases each can be operated on."""

    builder: NetworkBuilder
    switches: dict[str, str]

    def __repr__(self) -> str:
        """Show the model itself: what Hypothesis prints is what one needs."""
        return self.builder.to_xml()


@st.composite
def networks(draw: st.DrawFn) -> Drawn:
    """Draw a network of 1 to 3 substations."""
    return network(Maker(draw))


def network(m: Maker) -> Drawn:
    """Make a network of 1 to 3 substations."""
    high = _grid(m)
    for number in range(1, m.number(1, 3) + 1):
        _substation(m, number, high)
    for here, substation in m.later:
        nested_feeder(m, here, substation)
    for _ in range(m.number(0, 3)):
        _tie(m)
    for _ in range(m.number(0, 4)):
        _service(m)
    for _ in range(m.number(0, 1)):
        _spot_network(m)
    if m.chance(15):
        low_voltage_mesh(m)
    for _ in range(m.pick((0, 0, 0, 0, 1, 1, 2))):
        dirty_piece(m)
    for _ in range(m.number(1, 8)):
        m.der(m.pick(m.places))
    for _ in range(m.number(0, 2)):
        m.b.load(m.name("E"), m.pick(m.places).node)
    return Drawn(m.b, m.switches)


@st.composite
def operations(draw: st.DrawFn, drawn: Drawn) -> list[str]:
    """Draw a few switches or single poles `ID:A` of a network."""
    names = sorted(drawn.switches)
    if not names:
        return []
    found: list[str] = []
    for _ in range(draw(st.integers(0, 3))):
        name = names[draw(st.integers(0, len(names) - 1))]
        pole = draw(st.integers(0, 5))
        codes = split(drawn.switches[name])
        found.append(f"{name}:{codes[pole - 3]}" if 3 <= pole < 3 + len(codes) else name)
    return found


def _grid(m: Maker) -> list[Place]:
    """The high voltage: one source or two, on bars that a switch or a line joins."""
    first = m.place("ABC", HV, name="hv")
    if m.chance(20):
        m.b.external_network_injection("grid", first.node, HV)
    else:
        m.b.energy_source("grid", first.node, HV)
    bars = [first]
    if m.chance(35):
        second = m.place("ABC", HV, name="hv")
        bars.append(second)
        if m.chance(30):
            m.b.energy_source("grid2", second.node, HV, **m.options())
        if m.chance(50):
            m.switch(first, second)
        else:
            m.line(first, second)
    return bars


def _substation(m: Maker, number: int, high: list[Place]) -> None:
    """One or two transformers on one or two busbars with a coupler, and feeders."""
    container = f"SUB{number}"
    m.b.substation(container)
    bars = [m.place("ABC", MV, name="bus", bay=True) for _ in range(m.number(1, 2))]
    for bar in bars:
        if m.chance(60):
            m.b.busbar(m.name("BB"), bar.node, container=container)
    if len(bars) == 2:
        m.switch(*bars, classes=BREAKERS, container=container)
    home = m.pick((container, None, "LATE"))
    fed = bars if m.chance(50) else bars[:1]
    for bar in [*fed, fed[0]] if m.chance(20) else fed:
        top = bar
        if m.chance(35):
            top = m.beyond(bar, bay=True)
            m.switch(top, bar, classes=BREAKERS, container=container)
        upper = m.pick(high)
        if m.chance(20):
            upper = m.beyond(upper)
            m.switch(m.pick(high), upper)
        _power_transformer(m, upper, top, None if home == "LATE" else home)
    for _ in range(m.number(1, 3)):
        _feeder(m, m.pick(bars), container)


def _power_transformer(m: Maker, upper: Place, lower: Place, container: str | None) -> None:
    """A transformer of three phases: windings, tanks, or a bank of single-phase units."""
    name = m.name("T")
    kind = m.pick(("plain", "delta", "tanks", "bank", "ungrounded"))
    options = m.two_ended()
    if container is not None:
        options["container"] = container
    if kind in ("plain", "delta", "ungrounded"):
        one, other = {"plain": (None, None), "delta": ("D", "Yn"), "ungrounded": ("Y", "Yn")}[kind]
        m.b.transformer(name, [(upper.node, upper.volts, one), (lower.node, lower.volts, other)], **options)
        return
    tanks = {p: [(upper.node, upper.volts, p + "N"), (lower.node, lower.volts, p + "N")] for p in "ABC"}
    if kind == "tanks":
        options.pop("connected", None)
        m.b.tank_transformer(name, tanks, **options)
        return
    for phase, ends in tanks.items():
        m.b.tank_transformer(f"{name}-{phase}", {phase: ends}, **options)


def _feeder(m: Maker, bar: Place, substation: str) -> None:
    """Head equipment of any kind, a chain of lines and switches, laterals; some in a Feeder container."""
    contained = m.chance(25)
    start = bar
    heads = []
    container = m.name("F") if contained else None
    for _ in range(m.pick((1, 2, 0, 3))):
        following = m.beyond(start, bay=True)
        heads.append(m.switch(start, following, classes=BREAKERS, container=container))
        start = following
    if container is not None:
        terminal = (m.pick(heads), m.number(1, 2)) if heads and m.chance(50) else None
        given = substation if m.chance(70) else None
        m.b.feeder(container, substation=given, head_terminal_of=terminal)
        m.b.inside(container)
    _chain(m, start, substation)
    m.b.inside(None)


def _chain(m: Maker, start: Place, substation: str) -> None:
    """A line out, and then more of it."""
    here = m.beyond(start)
    m.line(start, here)
    for _ in range(m.number(0, 3)):
        what = m.pick(("line", "switch", "lateral", "regulator", "der", "second tier", "ring", "nested"))
        following = here if what in ("lateral", "der", "second tier", "nested") else m.beyond(here)
        if what == "line":
            m.line(here, following)
        elif what == "switch":
            m.switch(here, following)
        elif what == "lateral":
            _lateral(m, here)
        elif what == "regulator":
            m.b.regulator(m.name("R"), here.node, following.node, here.volts, bank=m.chance(50), **m.options())
        elif what == "der":
            m.der(here)
        elif what == "ring":
            ring(m, here, following)
        elif what == "nested":
            m.later.append((here, m.pick((substation, None))))
        elif here.volts == MV:
            _second_tier(m, here)
        here = following


def _lateral(m: Maker, start: Place) -> None:
    """Some of the phases, with a fuse or without, and something at the end."""
    phases = m.pick(("A", "B", "C", "AB", "BC"))
    tap = start
    if m.chance(60):
        tap = m.beyond(start, phases)
        m.switch(start, tap, phases=phases, classes=("Fuse", "LoadBreakSwitch"))
    end = m.beyond(start, phases)
    m.line(tap, end)
    if m.chance(60):
        m.der(end)


def _second_tier(m: Maker, upper: Place) -> None:
    """34.5/12 kV inside a feeder, in a substation of its own or in none."""
    container = m.name("SS") if m.chance(50) else None
    if container is not None:
        m.b.substation(container)
    bar = m.place("ABC", MV2, name="bus", bay=True)
    m.b.inside(None)
    _power_transformer(m, upper, bar, container)
    for _ in range(m.number(1, 2)):
        first = m.beyond(bar, bay=True)
        m.switch(bar, first, classes=BREAKERS)
        last = m.beyond(first)
        m.line(first, last)
        if m.chance(60):
            m.der(last)


def _tie(m: Maker) -> None:
    """A tie between two nodes of one voltage, on all phases that both have or on one of them."""
    one = m.pick(m.places)
    others = [p for p in m.places if p.volts == one.volts and p.tap == one.tap and p is not one]
    others = [p for p in others if set(split(p.phases)) & set(split(one.phases))]
    if not others:
        return
    other = m.pick(others)
    common = [p for p in split(one.phases) if p in split(other.phases)]
    if m.chance(30):
        m.switch(one, other, phases=m.pick(common), tie=True)
    else:
        m.switch(one, other, tie=True)


def _service(m: Maker) -> None:
    """A service transformer of any kind and a low-voltage net behind it."""
    candidates = [p for p in m.places if p.volts in (MV, MV2)]
    upper = m.pick(candidates)
    if m.chance(30):
        fused = m.beyond(upper)
        m.switch(upper, fused, classes=("Fuse", "Disconnector"))
        upper = fused
    secondary = _service_transformer(m, upper)
    if m.chance(25):
        secondary = _low_voltage_feeder(m, secondary)
    for _ in range(m.number(0, 2)):
        following = m.beyond(secondary)
        if m.chance(50):
            m.switch(secondary, following)
        else:
            m.line(secondary, following)
        secondary = m.pick((following, secondary))
    m.der(secondary)


def _low_voltage_feeder(m: Maker, bar: Place) -> Place:
    """A Feeder container behind a switch of the low-voltage bar."""
    container = m.name("LF")
    m.b.feeder(container)
    start, end = m.beyond(bar), m.beyond(bar)
    m.switch(bar, start, classes=("Fuse", "Breaker"))
    m.b.inside(container)
    m.line(start, end)
    m.der(end)
    m.b.inside(None)
    return m.pick((bar, end))


def _service_transformer(m: Maker, upper: Place) -> Place:
    """The transformer itself; returns its secondary."""
    name, codes, options = m.name("X"), split(upper.phases), m.two_ended()
    if len(codes) == 3:
        kind = m.pick(("plain", "delta", "ungrounded", "open delta", "one phase", "tap", "two-phase tap"))
    else:
        kind = m.pick(("one phase", "tap", "two-phase tap") if len(codes) == 2 else ("one phase", "tap"))
    if kind in ("plain", "delta", "ungrounded"):
        secondary = m.place("ABC", LV)
        one = {"plain": "Yn", "delta": "D", "ungrounded": "Y"}[kind]
        m.b.transformer(name, [(upper.node, upper.volts, one), (secondary.node, LV, "Yn")], **options)
        return secondary
    options.pop("connected", None)
    if kind == "open delta":
        secondary = m.place("ABC", LV)
        tanks = {p: [(upper.node, upper.volts, p), (secondary.node, LV, p)] for p in ("AB", "BC")}
        m.b.tank_transformer(name, tanks, **options)
    elif kind == "one phase":
        phase = m.pick(codes)
        secondary = m.place(phase, LV)
        ends = [(upper.node, upper.volts, phase + "N"), (secondary.node, LV, phase + "N")]
        m.b.tank_transformer(name, {"tank": ends}, **options)
    else:
        phases = "".join(codes[:2]) if kind == "two-phase tap" else m.pick(codes)
        secondary = m.place("s1s2", 240.0, phases if len(phases) == 1 else "")
        m.b.centre_tap(name, upper.node, secondary.node, upper.volts, phases=phases, secondary_volts=240.0, **options)
    return secondary


def _spot_network(m: Maker) -> None:
    """A low-voltage bar fed by two service transformers, with protectors or without."""
    candidates = [p for p in m.places if p.volts in (MV, MV2) and p.phases == "ABC"]
    if not candidates:
        return
    bar = m.place("ABC", LV)
    for _ in range(2):
        upper, lower = m.pick(candidates), bar
        if m.chance(50):
            lower = m.beyond(bar)
            m.switch(lower, bar, classes=("Breaker", "Fuse"))
        one = m.pick(("Yn", "D", "Y"))
        m.b.transformer(m.name("X"), [(upper.node, upper.volts, one), (lower.node, LV, "Yn")])
    m.der(bar)
