"""Entries of a heads file: which equipment, feeder and substation of a network each of them names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from cim_models import limits
from cim_models.catalogue import Role
from cim_models.errors import IdError, OptionError
from cim_models.identifiers import canonical
from cim_models.lookup import EquipmentNames
from cim_models.network import Network

_HEAD_ROLES: Final = frozenset(int(role) for role in (Role.SWITCH, Role.LINE, Role.SERIES, Role.CUT))


class NamedHead(NamedTuple):
    """What an entry names: positions of equipment and of containers, -1 = none."""

    equipment: int
    feeder: int
    substation: int


class HeadEntries:
    """Looks up the entries of one file, in their order; a head belongs to one feeder."""

    def __init__(self, network: Network) -> None:
        """Prepare.

        Args:
            network: the network.
        """
        self._network = network
        self._equipment = EquipmentNames(network, "equipment")
        self._feeders, self._substations = (_Containers(network, name) for name in ("Feeder", "Substation"))
        self._taken: set[int] = set()

    def one(self, entry: Mapping[str, str]) -> NamedHead:
        """Return what an entry {name, head, substation?, line?} names; errors name the line where it is said.

        Raises:
            IdError: a head or substation is unknown, ambiguous or of the wrong kind.
            OptionError: an entry before it names the same head.
        """
        try:
            found = self._named(entry)
        except (IdError, OptionError) as error:
            raise at_line(error, entry, "Heads file") from error
        self._taken.add(found.equipment)
        return found

    def fitting(
        self, entries: Iterable[Mapping[str, str]]
    ) -> tuple[list[Mapping[str, str]], list[IdError | OptionError]]:
        """Return the entries that fit the network, and what is wrong with the others."""
        return fitting(entries, self.one)

    def _named(self, entry: Mapping[str, str]) -> NamedHead:
        network, text = self._network, entry.get("head", "")
        e = self._equipment.one(text, "Heads file: ")
        if int(network.equipment.role[e]) not in _HEAD_ROLES:
            raise IdError("not_a_head", f"Heads file: {text!r} is neither a switch nor a line.", text)
        first, last = np.searchsorted(network.terminal.equipment, [e, e + 1])
        nodes = network.terminal.node[first:last]
        if np.unique(nodes[nodes >= 0]).size < 2:
            raise IdError("not_a_head", f"Heads file: {text!r} does not join two nodes.", text)
        if e in self._taken:
            raise OptionError("repeated_head", f"Heads file: {text!r} is the head of two feeders.", text)
        feeder, substation = self._feeders.named(entry.get("name", "")), -1
        if entry.get("substation"):
            text = entry["substation"]
            substation = self._substations.named(text)
            if substation < 0:
                raise IdError("unknown_id", f"Heads file: {text!r} names no substation of this model.", text)
        return NamedHead(e, feeder, substation)


def fitting(
    entries: Iterable[Mapping[str, str]], look_up: Callable[[Mapping[str, str]], object]
) -> tuple[list[Mapping[str, str]], list[IdError | OptionError]]:
    """Return the entries of a file that can be looked up, and what is wrong with the others."""
    kept: list[Mapping[str, str]] = []
    errors: list[IdError | OptionError] = []
    for entry in entries:
        try:
            look_up(entry)
            kept.append(entry)
        except (IdError, OptionError) as error:
            errors.append(error)
    return kept, errors


def at_line(error: IdError | OptionError, entry: Mapping[str, str], file: str) -> IdError | OptionError:
    """Return an error on an entry with its line, where that is known.

    Args:
        error: the error, which begins with the file.
        entry: the entry.
        file: how errors call the file.
    """
    if "line" not in entry:
        return error
    message = error.message.replace(f"{file}: ", f"{file} line {entry['line']}: ", 1)
    return type(error)(error.code, message, error.object)


class _Containers:
    """Finds containers of one class by id or name."""

    def __init__(self, network: Network, class_name: str) -> None:
        table = network.container
        rows = [c for c, name in enumerate(table.class_name) if name == class_name]
        self._by_id = {table.id[c]: c for c in rows}
        self._by_name: dict[str, list[int]] = defaultdict(list)
        for c in rows:
            self._by_name[table.name[c]].append(c)
        self._class_name = class_name
        self._ids = table.id

    def named(self, text: str) -> int:
        """Return the container that a text names, -1 = none.

        Raises:
            IdError: several containers have the name; they are listed.
        """
        found = self._by_id.get(canonical(text))
        holders = [found] if found is not None else self._by_name.get(text, [])
        if len(holders) > 1:
            listed = ", ".join(self._ids[c] for c in holders[: limits.ID_CANDIDATES_SHOWN])
            message = f"Heads file: {text!r} is the name of {len(holders)} {self._class_name} containers: {listed}."
            raise IdError("ambiguous_id", message, text)
        return holders[0] if holders else -1
