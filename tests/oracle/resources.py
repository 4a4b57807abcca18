"""Grid sources and DER: DESIGN.md section 4 "Grid sources" and "DER"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .elements import NO_PHASE, Elements
from .ids import canonical
from .network import ABC, PHASES, Network, Phases

_SOURCE_FIELDS = tuple(
    f"EnergySource.{name}"
    for name in ("nominalVoltage", "voltageMagnitude", "voltageAngle", "r", "x", "r0", "x0")
)
_UNIT_KINDS = {
    "PhotovoltaicUnit": "pv",
    "PhotoVoltaicUnit": "pv",
    "BatteryUnit": "battery",
    "PowerElectronicsWindUnit": "wind",
    "WindGeneratingUnit": "wind",
    "SolarGeneratingUnit": "pv",
}
_GENERATING = {"GeneratingUnit", "HydroGeneratingUnit", "ThermalGeneratingUnit", "NuclearGeneratingUnit"}
_NO_GENERATION = {"condenser", "motor", "motorOrCondenser"}


@dataclass(frozen=True)
class Der:
    """One distributed energy resource."""

    id: str
    kind: str
    unit_kinds: tuple[str, ...]
    terminal: str | None
    node: str | None
    phases: Phases
    forms_island: bool


def grid_sources(network: Network, chosen: Iterable[str] | None) -> list[str]:
    """DESIGN: "Grid sources, from structure and never from an operating value"; a user's file overrides."""
    store = network.store
    if chosen is not None:
        return sorted(_by_id_or_name(network, text) for text in chosen)
    injections = store.of_type("ExternalNetworkInjection")
    found = set(injections)
    energy = store.of_type("EnergySource")
    no_power_given = not any(store.values(key, "EnergySource.activePower") for key in energy)
    for key in energy:
        stated = any(store.values(key, field) for field in _SOURCE_FIELDS)
        if stated or (not injections and no_power_given):
            found.add(key)
    for key in store.of_type("EquivalentInjection"):
        if any(t.node in boundary_nodes(network) for t in network.by_equipment.get(key, ())):
            found.add(key)
    return sorted(found) or _reference_machines(network)


def _by_id_or_name(network: Network, text: str) -> str:
    """DESIGN: "an id is an mRID in any spelling, or a name that is unique"."""
    key = canonical(text)
    if key in network.by_equipment:
        return key
    named = [e for e in network.by_equipment if network.store.name(e) == text]
    return named[0] if len(named) == 1 else key


def boundary_nodes(network: Network) -> set[str]:
    """Nodes that a BoundaryPoint names, that call themselves boundary points, or that no file describes.

    DESIGN: "EquivalentInjection on a boundary node": a node that is only referred to stands in the boundary
    file that was not given.
    """
    store = network.store
    found = set(network.by_node) - network.nodes
    for point in store.of_type("BoundaryPoint"):
        found.update(store.refs(point, "BoundaryPoint.ConnectivityNode", "BoundaryPoint.TopologicalNode"))
    for node in network.nodes:
        if store.flag(node, "ConnectivityNode.boundaryPoint", "TopologicalNode.boundaryPoint"):
            found.add(node)
    return found


def _reference_machines(network: Network) -> list[str]:
    """DESIGN: "where there is none, a reference machine": lowest positive referencePriority."""
    store = network.store
    ranked = [
        (priority, key)
        for key in store.of_type("SynchronousMachine")
        if (priority := store.number(key, "SynchronousMachine.referencePriority") or 0.0) > 0
    ]
    return [min(ranked)[1]] if ranked else []


def _units(network: Network) -> dict[str, list[str]]:
    """Units by equipment, "both directions of the link, both spellings"."""
    store = network.store
    found: dict[str, set[str]] = {}
    for pec in store.of_type("PowerElectronicsConnection"):
        found.setdefault(pec, set()).update(
            store.refs(pec, "PowerElectronicsConnection.PowerElectronicsUnit")
        )
    for unit in store.of_type("PowerElectronicsUnit", *_UNIT_KINDS):
        for pec in store.refs(unit, "PowerElectronicsUnit.PowerElectronicsConnection"):
            found.setdefault(pec, set()).add(unit)
    for machine in store.of_type("SynchronousMachine", "AsynchronousMachine"):
        found.setdefault(machine, set()).update(store.refs(machine, "RotatingMachine.GeneratingUnit"))
    for unit in store.of_type(*_GENERATING, *_UNIT_KINDS):
        for machine in store.refs(unit, "GeneratingUnit.RotatingMachine"):
            found.setdefault(machine, set()).add(unit)
    return {key: sorted(units) for key, units in found.items()}


def _kind(network: Network, key: str, units: list[str]) -> tuple[str, tuple[str, ...]]:
    """The kind of a DER and of its units; "several units = one DER, kind `hybrid`" (where their kinds
    differ).
    """
    store = network.store
    is_machine = store.is_a(key, {"SynchronousMachine", "AsynchronousMachine"})
    default = "machine" if is_machine else "other"
    kinds = set()
    for unit in units:
        named = [_UNIT_KINDS[name] for name in store.types(unit) if name in _UNIT_KINDS]
        kinds.add(named[0] if named else default)
    if not kinds:
        return default, ()
    return (min(kinds) if len(kinds) == 1 else "hybrid"), tuple(sorted(kinds))


def _no_generator(network: Network, key: str) -> bool:
    """DESIGN: "no condenser, no motor"."""
    kind = network.store.enum(key, "SynchronousMachine.type", "AsynchronousMachine.asynchronousMachineType")
    return kind in _NO_GENERATION


def node_phases(network: Network, elements: Elements, node: str | None) -> Phases:
    """DESIGN: "(a DER: the phases its node has)": those of the edges there, else those stated there."""
    found = {
        vertex[1]
        for edge in elements.by_node.get(node or "", ())
        for vertex in (edge.u, edge.v)
        if vertex[0] == node and vertex[1] != NO_PHASE
    }
    for terminal in () if found else network.by_node.get(node or "", ()):
        found |= network.stated_phases(terminal) or frozenset()
    return frozenset(found) or ABC


def read_ders(network: Network, elements: Elements, sources: list[str]) -> list[Der]:
    """DESIGN, paragraph "DER"."""
    store = network.store
    taken = set(sources)
    keys = [
        key
        for key in store.of_type(
            "PowerElectronicsConnection",
            "SynchronousMachine",
            "AsynchronousMachine",
            "EnergySource",
            "EquivalentInjection",
        )
        if key not in taken and not _no_generator(network, key)
    ]
    units = _units(network)
    ders = []
    for key in sorted(keys):
        kind, unit_kinds = _kind(network, key, units.get(key, []))
        terminals = network.by_equipment.get(key, [])
        placed = [t for t in terminals if t.node is not None]
        terminal = next(iter(placed or terminals), None)
        node = terminal.node if placed and terminal else None
        stated = network.stated_phases(terminal) if terminal else None
        phases = stated or node_phases(network, elements, node)
        forms = store.is_a(key, {"SynchronousMachine"}) or "battery" in unit_kinds
        ders.append(
            Der(
                key,
                kind,
                unit_kinds,
                terminal.id if terminal else None,
                node,
                frozenset(p for p in PHASES if p in phases),
                forms,
            )
        )
    return ders
