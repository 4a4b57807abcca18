"""Terminals, equipment and phases: what DESIGN.md section 4 "Graph" and "Voltages" call the network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .reading import Store

LETTERS = ("A", "B", "C")
SECONDARY = ("s1", "s2")
PHASES = (*LETTERS, *SECONDARY)

Phases = frozenset[str]
ABC: Phases = frozenset(LETTERS)

SWITCHES = {
    "Switch",
    "ProtectedSwitch",
    "Breaker",
    "DisconnectingCircuitBreaker",
    "LoadBreakSwitch",
    "Disconnector",
    "Fuse",
    "Recloser",
    "Sectionaliser",
    "Jumper",
    "Cut",
}
GROUNDING = {"GroundDisconnector", "Ground", "EarthFaultCompensator", "GroundingImpedance", "PetersenCoil"}
NEVER_NEUTRAL = {
    "PowerTransformer",
    "Clamp",
    "EnergySource",
    "ExternalNetworkInjection",
    "EquivalentInjection",
    "PowerElectronicsConnection",
    "SynchronousMachine",
    "AsynchronousMachine",
    "RotatingMachine",
}
LOADS = {"EnergyConsumer", "ConformLoad", "NonConformLoad", "StationSupply"}
MACHINES = {"SynchronousMachine", "AsynchronousMachine", "RotatingMachine"}
SERIES = {"SeriesCompensator"}


@dataclass(frozen=True)
class Terminal:
    """One terminal: where a piece of equipment touches a node."""

    id: str
    equipment: str
    node: str | None
    number: float
    stated: Phases | None
    connected: bool
    neutral: bool
    """Its code names N alone."""


def phase_set(code: str | None) -> Phases | None:
    """DESIGN: "N is shown, never a path": the phases of a code without N; None when it says nothing."""
    if code is None:
        return None
    text = code.replace("s12", "s1s2")
    found = frozenset(re.findall(r"s1|s2|A|B|C", text))
    return found or None


def _is_neutral(code: str | None) -> bool:
    return (code or "").rpartition(".")[2].strip() == "N"


def phase_code(phases: Iterable[str]) -> str:
    """CIM PhaseCode without N."""
    text = "".join(phase for phase in PHASES if phase in set(phases))
    return "s12" if text == "s1s2" else text


class Network:
    """What the files say about equipment, before any switch state."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.neutral_objects: set[str] = set()
        """Equipment of which some ...Phase object names N."""
        self.phase_objects = self._read_phase_objects()
        self.tank_ends = self._read_tank_ends()
        self.terminals: dict[str, Terminal] = {}
        self.by_equipment: dict[str, list[Terminal]] = {}
        self.by_node: dict[str, list[Terminal]] = {}
        self._read_terminals()
        self.nodes = set(store.of_type("ConnectivityNode", "TopologicalNode"))
        self.switches = [key for key in self.by_equipment if store.is_a(key, SWITCHES)]
        self.switches.sort()
        self.base_scale, self.rated_scale = self._scales()

    def _read_phase_objects(self) -> dict[str, Phases]:
        """DESIGN: "Phases come from the ...Phase objects (ACLineSegmentPhase, ...)"; switches have
        sides, see states.
        """
        found: dict[str, set[str]] = {}
        classes = {
            "ACLineSegmentPhase": ("ACLineSegment",),
            "EnergyConsumerPhase": ("EnergyConsumer",),
            "EnergySourcePhase": ("EnergySource",),
            "PowerElectronicsConnectionPhase": ("PowerElectronicsConnection",),
            "ShuntCompensatorPhase": ("ShuntCompensator",),
            "LinearShuntCompensatorPhase": ("ShuntCompensator",),
            "NonlinearShuntCompensatorPhase": ("ShuntCompensator",),
        }
        for name in classes:
            for key in self.store.of_type(name):
                record = self.store.records[key]
                for prop in record.props:
                    owner, _, attribute = prop.partition(".")
                    if not owner.endswith("Phase"):
                        continue
                    if attribute in (
                        "ACLineSegment",
                        "EnergyConsumer",
                        "EnergySource",
                        "ShuntCompensator",
                        "PowerElectronicsConnection",
                    ):
                        target = self.store.ref(key, prop)
                        word = self.store.enum(key, f"{owner}.phase")
                        phase = phase_set(word)
                        if target and _is_neutral(word):
                            self.neutral_objects.add(target)
                        if target and phase:
                            found.setdefault(target, set()).update(phase)
        return {key: frozenset(value) for key, value in found.items()}

    def _read_tank_ends(self) -> dict[str, Phases]:
        """DESIGN: "... and tank ends": phases by terminal."""
        found: dict[str, Phases] = {}
        for end in self.store.of_type("TransformerTankEnd"):
            terminal = self.store.ref(end, "TransformerEnd.Terminal")
            phases = phase_set(
                self.store.enum(end, "TransformerTankEnd.orderedPhases", "TransformerTankEnd.phases")
            )
            if terminal and phases:
                found[terminal] = found.get(terminal, frozenset()) | phases
        return found

    def _read_terminals(self) -> None:
        """DESIGN: "node = ConnectivityNode, or TopologicalNode where a model has none"."""
        store = self.store
        keys = store.of_type("Terminal")
        has_connectivity = any(store.ref(key, "Terminal.ConnectivityNode") for key in keys)
        prop = "Terminal.ConnectivityNode" if has_connectivity else "Terminal.TopologicalNode"
        for key in keys:
            equipment = store.ref(key, "Terminal.ConductingEquipment")
            if equipment is None:
                continue
            number = store.number(key, "ACDCTerminal.sequenceNumber", "Terminal.sequenceNumber")
            terminal = Terminal(
                key,
                equipment,
                store.ref(key, prop),
                number if number is not None else float("inf"),
                phase_set(store.enum(key, "Terminal.phases")),
                store.flag(key, "ACDCTerminal.connected", "Terminal.connected") is not False,
                _is_neutral(store.enum(key, "Terminal.phases")),
            )
            self.terminals[key] = terminal
            self.by_equipment.setdefault(equipment, []).append(terminal)
            if terminal.node is not None:
                self.by_node.setdefault(terminal.node, []).append(terminal)
        for terminals in self.by_equipment.values():
            terminals.sort(key=lambda t: (t.number, t.id))

    def stated_phases(self, terminal: Terminal) -> Phases | None:
        """The phases the files state for a terminal: ...Phase objects and tank ends, else Terminal.phases."""
        of_equipment = self.phase_objects.get(terminal.equipment)
        return of_equipment or self.tank_ends.get(terminal.id) or terminal.stated

    def phases(self, terminal: Terminal) -> Phases:
        """DESIGN: "... else Terminal.phases, else ABC"."""
        return self.stated_phases(terminal) or ABC

    def is_no_path(self, equipment: str) -> bool:
        """DESIGN: "GroundDisconnector and Ground are no path"; "N ... never a path": nor a conductor of N alone."""
        if self.store.is_a(equipment, GROUNDING):
            return True
        ends = [t for t in self.by_equipment.get(equipment, ()) if t.node is not None]
        other = equipment in self.switches or self.store.is_a(equipment, NEVER_NEUTRAL)
        return len(ends) > 1 and not other and any(map(self._is_neutral, ends))

    def _is_neutral(self, terminal: Terminal) -> bool:
        """Whether N alone is stated for a terminal: by the ...Phase objects, else by its own code."""
        if terminal.equipment in self.phase_objects:
            return False
        return terminal.equipment in self.neutral_objects or (terminal.neutral and terminal.stated is None)

    def container_chain(self, key: str) -> list[str]:
        """The object's container, its container and so on (never through an additional container)."""
        chain: list[str] = []
        current = self.store.ref(
            key,
            "Equipment.EquipmentContainer",
            "ConnectivityNode.ConnectivityNodeContainer",
            "TopologicalNode.ConnectivityNodeContainer",
        )
        while current is not None and current not in chain:
            chain.append(current)
            current = self.store.ref(current, "Bay.VoltageLevel", "Bay.Substation", "VoltageLevel.Substation")
        return chain

    def is_substation(self, key: str) -> bool:
        """Whether the object is a Substation, by type or because a VoltageLevel says so."""
        return self.store.is_a(key, {"Substation"})

    def _scales(self) -> tuple[float, float]:
        """DESIGN: "BaseVoltage and ratedU are judged separately, a largest value under 1500 means kV"."""
        base = [
            self.store.number(key, "BaseVoltage.nominalVoltage") for key in self.store.of_type("BaseVoltage")
        ]
        rated = [
            self.store.number(key, "PowerTransformerEnd.ratedU", "TransformerEndInfo.ratedU")
            for key in self.store.of_type("PowerTransformerEnd", "TransformerEndInfo")
        ]
        return _scale(base), _scale(rated)

    def base_voltage(self, reference: str | None) -> float | None:
        """A BaseVoltage in volts."""
        if reference is None:
            return None
        value = self.store.number(reference, "BaseVoltage.nominalVoltage")
        return value * self.base_scale if value else None

    def equipment_voltage(self, key: str) -> float | None:
        """The BaseVoltage of equipment, else that of its voltage level, in volts."""
        value = self.base_voltage(self.store.ref(key, "ConductingEquipment.BaseVoltage"))
        if value is None:
            for container in self.container_chain(key):
                value = value or self.base_voltage(self.store.ref(container, "VoltageLevel.BaseVoltage"))
        return value


def _scale(values: Iterable[float | None]) -> float:
    """1000 when the largest value is under 1500 (kilovolts), else 1."""
    known = [value for value in values if value]
    return 1000.0 if known and max(known) < 1500 else 1.0
