"""Transformers as DESIGN.md section 4 sees them: units (the whole or its tanks) with ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from .network import ABC, SECONDARY, Network, phase_set


@dataclass(frozen=True)
class End:
    """One end of a transformer unit."""

    number: float
    terminal: str
    node: str
    phases: frozenset[str]
    volts: float | None
    delta: bool
    grounded: bool
    between_phases: bool

    @property
    def needs_all(self) -> bool:
        """DESIGN: "A delta, ungrounded (`grounded` false; absent = grounded) or phase-to-phase end
        needs all its phases".
        """
        return len(self.phases & ABC) > 1 and (self.delta or not self.grounded or self.between_phases)


@dataclass
class Transformer:
    """A PowerTransformer; units are its tanks, or itself when it has PowerTransformerEnds."""

    id: str
    units: dict[str, list[End]] = field(default_factory=dict)

    @property
    def ends(self) -> list[End]:
        """The ends of all units."""
        return [end for ends in self.units.values() for end in ends]

    def levels(self) -> dict[str, float]:
        """Voltage by node, as far as it is known."""
        return {end.node: end.volts for end in self.ends if end.volts}

    @property
    def upper(self) -> float | None:
        """The highest voltage of its ends."""
        known = [end.volts for end in self.ends if end.volts]
        return max(known) if known else None

    def upper_nodes(self) -> set[str]:
        """The nodes of its highest-voltage ends."""
        top = self.upper
        return {
            end.node for end in self.ends if top is not None and end.volts and same_voltage(end.volts, top)
        }

    @property
    def equal_voltage(self) -> bool:
        """A regulator: all its ends have one voltage."""
        known = [end.volts for end in self.ends]
        values = [value for value in known if value]
        return bool(values) and len(values) == len(known) and same_voltage(min(values), max(values))


def same_voltage(one: float, other: float) -> bool:
    """Equal but for rounding and for the boost of a regulator."""
    return max(one, other) <= 1.1 * min(one, other)


def _is_delta(kind: str | None) -> bool:
    return kind == "D"


def _voltage(network: Network, end: str, info: str | None) -> float | None:
    """DESIGN: "an end's voltage is its BaseVoltage, else ratedU"."""
    store = network.store
    volts = network.base_voltage(store.ref(end, "TransformerEnd.BaseVoltage"))
    if volts is None:
        rated = store.number(end, "PowerTransformerEnd.ratedU")
        if rated is None and info is not None:
            rated = store.number(info, "TransformerEndInfo.ratedU")
        volts = rated * network.rated_scale if rated else None
    return volts


def _end_infos(network: Network) -> dict[tuple[str, float], str]:
    """TransformerEndInfo by (TransformerTankInfo, end number)."""
    store = network.store
    infos: dict[tuple[str, float], str] = {}
    for info in store.of_type("TransformerEndInfo"):
        owner = store.ref(info, "TransformerEndInfo.TransformerTankInfo")
        if owner:
            infos[owner, store.number(info, "TransformerEndInfo.endNumber") or 0.0] = info
    return infos


def read_transformers(network: Network) -> dict[str, Transformer]:
    """Every PowerTransformer with at least one end at a node."""
    store = network.store
    infos = _end_infos(network)
    found: dict[str, Transformer] = {}
    for key in store.of_type("TransformerTankEnd", "PowerTransformerEnd"):
        tank = store.ref(key, "TransformerTankEnd.TransformerTank")
        if tank is not None:
            owner = store.ref(tank, "TransformerTank.PowerTransformer") or tank
        else:
            owner = store.ref(key, "PowerTransformerEnd.PowerTransformer") or ""
        terminal = network.terminals.get(store.ref(key, "TransformerEnd.Terminal") or "")
        if not owner or terminal is None or terminal.node is None:
            continue
        number = store.number(key, "TransformerEnd.endNumber") or terminal.number
        info = (
            infos.get((store.ref(tank, "TransformerTank.TransformerTankInfo") or "", number))
            if tank
            else None
        )
        own = phase_set(store.enum(key, "TransformerTankEnd.orderedPhases", "TransformerTankEnd.phases"))
        code = store.enum(key, "TransformerTankEnd.orderedPhases", "TransformerTankEnd.phases") or ""
        kind = store.enum(key, "PowerTransformerEnd.connectionKind")
        if kind is None and info is not None:
            kind = store.enum(info, "TransformerEndInfo.connectionKind")
        phases = own or terminal.stated or ABC
        code = code or store.enum(terminal.id, "Terminal.phases") or ""
        # A tank end AB lies between two phases; a whole end AB may also be a star with two legs (Y, Yn, Z).
        between = (
            len(phases & ABC) == 2 and "N" not in code and (tank is not None or (kind or "I")[0] not in "YZ")
        )
        end = End(
            number,
            terminal.id,
            terminal.node,
            phases,
            _voltage(network, key, info),
            _is_delta(kind),
            store.flag(key, "TransformerEnd.grounded") is not False,
            between,
        )
        transformer = found.setdefault(terminal.equipment, Transformer(terminal.equipment))
        transformer.units.setdefault(tank or owner, []).append(end)
    for transformer in found.values():
        for ends in transformer.units.values():
            ends.sort(key=lambda end: (end.number, end.terminal))
    return found


def is_centre_tapped(ends: list[End]) -> bool:
    """A unit with a secondary s1 or s2 and a primary named by letters."""
    return any(end.phases & set(SECONDARY) for end in ends) and any(end.phases & ABC for end in ends)
