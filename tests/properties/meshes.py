"""Pieces of random networks that are no tree: rings, meshes, transformers side by side; and feeders inside feeders."""

from __future__ import annotations

from tests.properties.maker import BREAKERS, Maker, Place

LV = 400.0


def ring(m: Maker, here: Place, following: Place) -> None:
    """Two ways from one node of a feeder to the next: lines in parallel, or with a node and a switch on one way."""
    m.line(here, following)
    if m.chance(40):
        m.line(here, following)
        return
    middle = m.beyond(here)
    m.line(here, middle)
    if m.chance(50):
        m.switch(middle, following)
    else:
        m.line(middle, following)
    if m.chance(40):
        m.der(middle)


def nested_feeder(m: Maker, here: Place, substation: str | None) -> None:
    """A Feeder container that begins at a switch of another feeder."""
    container = m.name("NF")
    start, end = m.beyond(here), m.beyond(here)
    name = m.switch(here, start, classes=BREAKERS)
    given = (name, m.number(1, 2)) if m.chance(50) else None
    m.b.feeder(container, substation=substation, head_terminal_of=given)
    m.b.inside(container)
    m.line(start, end)
    m.der(end)
    m.b.inside(None)


def low_voltage_mesh(m: Maker) -> None:
    """A ring of low-voltage nodes, fed by one to three service transformers of any feeders."""
    candidates = [p for p in m.places if p.volts > 1000 and p.volts < 36_000 and p.phases == "ABC"]
    if not candidates:
        return
    nodes = [m.place("ABC", LV) for _ in range(m.number(3, 4))]
    for one, other in zip(nodes, nodes[1:] + nodes[:1], strict=True):
        if m.chance(30):
            m.switch(one, other, classes=("Fuse", "Disconnector"))
        else:
            m.line(one, other)
    for _ in range(m.number(1, 3)):
        upper, lower = m.pick(candidates), m.pick(nodes)
        one_kind = m.pick(("Yn", "D", "Y"))
        ends = [(upper.node, upper.volts, one_kind), (lower.node, LV, "Yn")]
        m.b.transformer(m.name("X"), ends, **m.two_ended())
    for _ in range(m.number(1, 2)):
        m.der(m.pick(nodes))
