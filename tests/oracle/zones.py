"""Substation transformers, busbar zones and substations: DESIGN.md section 4 "Substation transformer"."""

from __future__ import annotations

from dataclasses import dataclass

from .elements import Edge
from .ids import derived
from .network import LOADS, SERIES
from .topo import Topo
from .transformers import Transformer, same_voltage

MEDIUM_LOW, MEDIUM_HIGH = 1_000.0, 36_000.0


@dataclass
class Zone:
    """A busbar zone: its nodes and the transformers (or, without any, the sources) it hangs on.

    Zones stand in the order of their lowest transformer, then of their lowest source: `number`.
    """

    nodes: set[str]
    transformers: list[str]
    starts: set[str]
    number: int


@dataclass(frozen=True)
class Substation:
    """A substation of CIM, or a derived one."""

    mrid: str
    name: str
    derived: bool


def is_medium(volts: float | None) -> bool:
    """DESIGN: "the medium-voltage range (1 kV <= U <= 36 kV, a setting)"."""
    return volts is not None and MEDIUM_LOW <= volts <= MEDIUM_HIGH


def _lower_ends(transformer: Transformer) -> list[tuple[str, float]]:
    """Nodes of the ends below the highest one, with their voltage."""
    top = transformer.upper
    return [
        (end.node, end.volts)
        for end in transformer.ends
        if end.volts and top is not None and not same_voltage(end.volts, top)
    ]


def medium_nodes(transformer: Transformer) -> set[str]:
    """The nodes of its medium-voltage side."""
    return {node for node, volts in _lower_ends(transformer) if is_medium(volts)}


def _container_substation(topo: Topo, key: str) -> tuple[str | None, bool]:
    """The Substation that contains the object, and whether it is only so through a Feeder."""
    through_feeder: str | None = None
    for container in topo.network.container_chain(key):
        if topo.network.is_substation(container):
            return container, False
        if through_feeder is None:
            through_feeder = topo.store.ref(container, "Feeder.NormalEnergizingSubstation")
    return through_feeder, True


def home_substation(topo: Topo, key: str | None) -> str | None:
    """The Substation that contains a node or equipment; through a Feeder where it stands only in one."""
    return None if key is None else _container_substation(topo, key)[0]


def _serves_something(topo: Topo, transformer: Transformer) -> bool:
    """DESIGN: "not one behind which, without it, there is no load, line or other DER" (generator step-
    ups).
    """
    elements, network = topo.elements, topo.network

    def down(edge: Edge) -> bool:
        other = elements.transformers.get(edge.owner or "")
        if other is None:
            return True
        return other.id != transformer.id

    seen = set(medium_nodes(transformer))
    todo = list(seen)
    while todo:
        node = todo.pop()
        for edge in elements.by_node.get(node, ()):
            other = edge.v[0] if edge.u[0] == node else edge.u[0]
            if other in seen or not down(edge):
                continue
            passed = elements.transformers.get(edge.owner or "")
            if passed is not None and node not in passed.upper_nodes():
                continue  # "behind" never leads up again through another transformer
            seen.add(other)
            todo.append(other)
    equipment = {t.equipment for node in seen for t in network.by_node.get(node, ())}
    if any(topo.store.is_a(key, LOADS | {"ACLineSegment"}) for key in equipment):
        return True
    return len(equipment & {der.id for der in topo.ders}) > 1


def substation_transformers(topo: Topo) -> list[str]:
    """DESIGN: "lower side in the medium-voltage range, upper side above it, or upper side also there
    and ...".
    """
    found = []
    for key, transformer in sorted(topo.elements.transformers.items()):
        top = transformer.upper
        if top is None or not medium_nodes(transformer):
            continue
        inside = topo_contains(topo, key)
        if (top > MEDIUM_HIGH or (is_medium(top) and inside)) and _serves_something(topo, transformer):
            found.append(key)
    return found


def topo_contains(topo: Topo, key: str) -> bool:
    """Whether a Substation contains the transformer other than through a Feeder."""
    substation, through_feeder = _container_substation(topo, key)
    return substation is not None and not through_feeder


def service_transformers(topo: Topo) -> list[str]:
    """DESIGN: "service transformers, from >= 1 kV to below"."""
    found = []
    for key, transformer in sorted(topo.elements.transformers.items()):
        top = transformer.upper
        if top is not None and top >= MEDIUM_LOW and any(v < MEDIUM_LOW for _, v in _lower_ends(transformer)):
            found.append(key)
    return found


def in_zone(topo: Topo, edge: Edge, node: str) -> bool:
    """Whether a busbar zone extends over this edge, seen from `node`."""
    owner = edge.owner
    if owner is None:
        return True
    if topo.is_switch(owner):
        other = edge.v[0] if edge.u[0] == node else edge.u[0]
        if topo.states.conducts_normally(edge):
            return True
        # A normally open one, unless its far side is live in the normal state without it (that is a tie).
        return topo.states.passes(edge, "normal") and other not in topo.live
    if not topo.states.passes(edge, "normal"):
        return False
    transformer = topo.elements.transformers.get(owner)
    if transformer is not None:
        return transformer.equal_voltage
    return topo.store.is_a(owner, SERIES) or owner.endswith("/side")


def _spread(topo: Topo, starts: set[str]) -> set[str]:
    seen = set(starts)
    todo = list(starts)
    while todo:
        node = todo.pop()
        for edge in topo.elements.by_node.get(node, ()):
            other = edge.v[0] if edge.u[0] == node else edge.u[0]
            if other not in seen and in_zone(topo, edge, node):
                seen.add(other)
                todo.append(other)
    return seen


def busbar_zones(topo: Topo, transformers: list[str]) -> list[Zone]:
    """All busbar zones; one that holds the start of another is one with it.

    A dead stub between two normally open switches belongs to the zones on both of its sides and makes them not one:
    the lower side of neither transformer lies in the other's zone.
    """
    seeds: list[tuple[set[str], list[str]]] = [
        ({node}, [key]) for key in transformers for node in _in_order(topo.elements.transformers[key])
    ]
    served = topo.reach_nodes([node for nodes, _ in seeds for node in nodes], lambda edge: True)
    for source in topo.sources:
        nodes = {t.node for t in topo.network.by_equipment.get(source, ()) if t.node is not None}
        if nodes and not nodes & served:
            seeds.append((nodes, []))
    zones: list[Zone] = []
    for number, (starts, keys) in enumerate(seeds):
        zone = Zone(_spread(topo, starts), list(keys), set(starts), number)
        for other in [z for z in zones if z.nodes & zone.starts or zone.nodes & z.starts]:
            zones.remove(other)
            zone.nodes |= other.nodes
            zone.transformers += other.transformers
            zone.starts |= other.starts
            zone.number = min(zone.number, other.number)
        zone.transformers = sorted(set(zone.transformers))
        zones.append(zone)
    return sorted(zones, key=lambda z: z.number)


def _in_order(transformer: Transformer) -> list[str]:
    """Its medium-voltage nodes, each once, in the order of its units and their ends."""
    medium = medium_nodes(transformer)
    ends = [end for _, its_ends in sorted(transformer.units.items()) for end in its_ends]
    return list(dict.fromkeys(end.node for end in ends if end.node in medium))


def zone_substations(topo: Topo, zones: list[Zone]) -> dict[str, Substation]:
    """DESIGN: "Substation: transformers whose lower sides lie in one busbar zone have one"; by transformer.

    The zones behind the windings of one transformer count as one here: they share it, so they have
    one Substation.
    """
    families: list[set[str]] = []
    for zone in zones:
        family = set(zone.transformers)
        for other in [f for f in families if f & family]:
            families.remove(other)
            family |= other
        if family:
            families.append(family)
    homes: list[tuple[set[str], set[str], bool]] = []
    for family in families:
        given = [_container_substation(topo, key) for key in family]
        direct = {sub for sub, through in given if sub is not None and not through}
        via_feeder = {sub for sub, through in given if sub is not None and through}
        homes.append((family, direct or via_feeder, not direct))
    result: dict[str, Substation] = {}
    for family, given_subs, only_feeder in homes:
        shared = only_feeder and any(other is not family and given_subs & subs for other, subs, _ in homes)
        if len(given_subs) == 1 and not shared:
            key = min(given_subs)
            substation = Substation(key, topo.store.name(key), False)
        else:
            lowest = min(family)
            substation = Substation(derived("substation", lowest), topo.store.name(lowest), True)
        result.update(dict.fromkeys(family, substation))
    return result
