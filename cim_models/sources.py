"""Grid sources: those listed by the user in place of those found from structure, and the words for why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from cim_models.errors import IdError, OptionError
from cim_models.findings import finding
from cim_models.heads import at_line, fitting
from cim_models.lookup import EquipmentNames
from cim_models.network import SOURCE_RULES, DerTable, Network, SourceTable
from cim_models.strings import Strings

WHY_SOURCE: Final[dict[str, str]] = {
    "sources_file": "the sources file names it",
    "network_injection": "a network injection always is one",
    "electrical_values": "it gives a nominalVoltage, voltageMagnitude, voltageAngle, r, x, r0 or x0",
    "nothing_gives_power": "the model has no ExternalNetworkInjection and no EnergySource with activePower",
    "boundary_node": "it stands on a boundary node",
    "reference_machine": "the model has no other source, and it has the strongest referencePriority",
}
"""Rule of `SOURCE_RULES` → why something is a grid source."""

WHY_GENERATION: Final[dict[str, str]] = {
    "ExternalNetworkInjection": "it has no node",
    "EnergySource": "it gives no voltage or impedance of its own, and the model has network injections or activePower",
    "EquivalentInjection": "it stands on no boundary node",
    "SynchronousMachine": "machines are sources only where a model has no other",
    "AsynchronousMachine": "it cannot hold a voltage by itself",
    "PowerElectronicsConnection": "it generates behind power electronics",
}
"""Class → why something of it is no grid source; with a sources file, because that does not name it."""


@dataclass(frozen=True, slots=True)
class SourceClass:
    """What was decided on a class of equipment that can be a grid source.

    Attributes:
        class_name: the CIM class.
        total: number of its objects.
        sources: how many of them are grid sources.
        generation: how many are generation; motors, condensers and what has no node are neither.
        rules: the rules by which they are, strongest first.
        why: the reasons in words.
    """

    class_name: str
    total: int
    sources: int
    generation: int
    rules: tuple[str, ...]
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as `inspect --json` shows it."""
        return {
            "class": self.class_name,
            "total": self.total,
            "sources": self.sources,
            "generation": self.generation,
            "rules": list(self.rules),
            "why": self.why,
        }


def source_classes(network: Network) -> list[SourceClass]:
    """Return for each class that can be a grid source what was decided on it and why, by class."""
    source, equipment = network.source, network.equipment
    listed = bool((source.rule == SOURCE_RULES.index("sources_file")).any())
    of_source, of_der = (equipment.class_code[own] for own in (source.equipment, network.der.equipment))
    codes = {catalogue.CLASS_CODE[name] for name in WHY_GENERATION} | set(of_source.tolist())
    found = []
    for code in sorted(codes, key=lambda code: catalogue.CLASSES[code]):
        total = int((equipment.class_code == code).sum())
        if not total:
            continue
        own = np.unique(source.rule[of_source == code]).tolist()
        rules = tuple(SOURCE_RULES[rule] for rule in own)
        count = int(np.unique(source.equipment[of_source == code]).size)
        why = [f"{WHY_SOURCE[rule]}" for rule in rules]
        name = catalogue.CLASSES[code]
        if count < total:
            rest = "the sources file does not name it" if listed else WHY_GENERATION.get(name, "it feeds nothing")
            why.append(f"the others not: {rest}" if count else f"none: {rest}")
        generation = int((of_der == code).sum())
        if generation + count < total:
            why.append("motors and condensers generate nothing")
        found.append(SourceClass(name or "unknown class", total, count, generation, rules, "; ".join(why)))
    return found


def with_sources(network: Network, listed: Sequence[str]) -> Network:
    """Return the network with other grid sources; what was a source and generates is a DER then.

    Args:
        network: the network; it is not changed.
        listed: ids of equipment: mRIDs in any spelling, or names that are unique among equipment.

    Returns:
        A network that shares all other arrays.

    Raises:
        IdError: an id is unknown, ambiguous, or names equipment without a node.
    """
    entries, table = SourceEntries(network), network.terminal
    terminal_of = dict(sorted(entries.one(text) for text in listed))
    equipment = np.array(list(terminal_of), np.int64)
    terminal = np.array(list(terminal_of.values()), np.int32)
    rule = np.full(equipment.size, SOURCE_RULES.index("sources_file"), np.uint8)
    source = SourceTable(equipment.astype(np.int32), terminal, np.asarray(table.phases[terminal], np.uint8), rule)
    kept = [f for f in network.findings if f.code not in ("source_decided", "source_missing")]
    note = finding("source_decided", f"The sources file names {equipment.size} grid sources; they replace all others.")
    empty = finding("source_missing", "The sources file names no grid source: nothing is energised.")
    kept += [] if equipment.size else [empty]
    return replace(network, source=source, der=without(network.generation, equipment), findings=(*kept, note))


class SourceEntries:
    """Looks up the entries of a sources file."""

    def __init__(self, network: Network) -> None:
        """Prepare.

        Args:
            network: the network.
        """
        self._network, self._names = network, EquipmentNames(network, "equipment")

    def one(self, text: str) -> tuple[int, int]:
        """Return the equipment that a text names, and its first terminal with a node.

        Raises:
            IdError: it is unknown, ambiguous, or names equipment without a node.
        """
        e, table = self._names.one(text, "Sources file: "), self._network.terminal
        first, last = np.searchsorted(table.equipment, [e, e + 1])
        own = np.flatnonzero(table.node[first:last] >= 0)
        if not own.size:
            name = self._network.equipment.name[e]
            raise IdError("source_without_node", f"Sources file: {name} is connected to no node.", name)
        return e, int(first + own[0])

    def fitting(
        self, entries: Iterable[Mapping[str, str]]
    ) -> tuple[list[Mapping[str, str]], list[IdError | OptionError]]:
        """Return the entries {id, line?} that fit the network, and what is wrong with the others."""
        return fitting(entries, self._entry)

    def _entry(self, entry: Mapping[str, str]) -> tuple[int, int]:
        """Return what `one` does; errors name the line where the entry stands."""
        try:
            return self.one(entry["id"])
        except IdError as error:
            raise at_line(error, entry, "Sources file") from error


def without(generation: DerTable, source: npt.NDArray[np.int64]) -> DerTable:
    """Return the DER: what generates and is no grid source.

    Args:
        generation: all that generates.
        source: int64[n]; positions of equipment that is a grid source.

    Returns:
        The table of DER.
    """
    kept = np.flatnonzero(~np.isin(generation.equipment, source))
    if kept.size == generation.equipment.size:
        return generation
    units, unit_start = _ragged(generation.unit_start, kept)
    devices, device_start = _ragged(generation.end_device_start, kept)
    ragged: dict[str, Any] = {
        "unit_start": unit_start,
        "unit_kind": generation.unit_kind[units],
        "end_device_start": device_start,
        "end_device": Strings.of(generation.end_device[int(d)] for d in devices),
        "end_device_name": Strings.of(generation.end_device_name[int(d)] for d in devices),
    }
    rest = {column.name: getattr(generation, column.name) for column in fields(DerTable) if column.name not in ragged}
    return DerTable(**{name: values[kept] for name, values in rest.items()}, **ragged)


def _ragged(start: npt.NDArray[np.int64], kept: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return which entries of ragged lists remain when rows are dropped, and the new starts."""
    length = np.diff(start)[kept]
    new_start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    entries = np.repeat(start[kept] - new_start[:-1], length) + np.arange(int(new_start[-1]))
    return entries.astype(np.int64), new_start
