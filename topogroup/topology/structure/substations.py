"""The substation of each busbar zone: one of the model, or a derived one where the model's does not fit."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np

from cim_models.findings import Finding, finding
from cim_models.identifiers import derived
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.zones import Zones

RULE_WORDS: Final = {
    "transformers": "the transformers of its busbars lie in it",
    "feeder": "the transformers of its busbars name it through their Feeder, and no other busbars do",
    "container": "the model has it; no busbars of the medium-voltage range are its own",
    "derived_several": "derived: the transformers of these busbars lie in several Substations",
    "derived_shared": "derived: the Substation that the transformers name through their Feeder has other busbars too",
    "derived": "derived: the transformers of these busbars lie in no Substation",
}
"""Rule → why a substation is one (DESIGN section 4, substation)."""


def name_substations(network: Network, zones: Zones) -> list[Finding]:
    """Give each zone its substation: the one of its transformers, or a derived one.

    Args:
        network: the network.
        zones: its zones; what they say of substations is filled in.

    Returns:
        Findings on derived substations.
    """
    container, findings = network.container, []
    families = _families(network, zones)
    said = {family: _said(network, members) for family, members in families.items()}
    holders: dict[int, int] = defaultdict(int)
    for named, _ in said.values():
        for substation in named:
            holders[substation] += 1
    items: dict[str, Item] = {}
    cim = [c for c, name in enumerate(container.class_name) if name == "Substation"]
    for c in cim:
        items[container.id[c]] = Item(container.id[c], container.name[c], False)
    rules = dict.fromkeys(items, "container")
    chosen: dict[int, str] = {}
    for family, members in families.items():
        named, direct = said[family]
        if len(named) == 1 and (direct or holders[min(named)] == 1):
            chosen[family] = container.id[min(named)]
            rules[chosen[family]] = "transformers" if direct else "feeder"
            continue
        lowest = min(members)
        item = Item(derived(f"substation:{network.equipment.id[lowest]}"), network.equipment.name[lowest], True)
        items[item.mrid] = item
        chosen[family] = item.mrid
        rules[item.mrid] = "derived_several" if len(named) > 1 else "derived_shared" if named else "derived"
        why = "several substations" if len(named) > 1 else "one shared through feeders" if named else "none"
        findings.append(
            finding(
                "substation_derived",
                f"The busbars behind {item.name} got a substation of their own: their transformers name {why}.",
                [item.mrid, network.equipment.id[lowest]],
            )
        )
    zones.substations = [items[mrid] for mrid in sorted(items)]
    zones.substation_rules = [rules[item.mrid] for item in zones.substations]
    position = {item.mrid: i for i, item in enumerate(zones.substations)}
    family_of = {e: family for family, members in families.items() for e in members}
    for zone in zones.zones:
        for row in zone.lower_ends:
            zone.substation = position[chosen[family_of[int(network.end.equipment[row])]]]
            zones.substation_of_end[row] = zone.substation
    of_container = container.substation.astype(np.int64)
    feeder = network.feeder
    of_container[feeder.container] = np.where(
        of_container[feeder.container] < 0, feeder.normal_substation, of_container[feeder.container]
    )
    by_container = np.full(of_container.size, -1)
    by_container[cim] = [position[container.id[c]] for c in cim]
    zones.container_substation = np.where(of_container >= 0, by_container[of_container], -1)
    return findings


def _families(network: Network, zones: Zones) -> dict[int, list[int]]:
    """Return the transformers whose lower sides lie in one zone, and in the other zones of one of them.

    Two windings of one transformer are one place, whatever zones lie behind them.
    """
    first: dict[int, int] = {}
    pairs = [
        (first.setdefault(int(network.end.equipment[row]), number), number)
        for number, zone in enumerate(zones.zones)
        for row in zone.lower_ends
    ]
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    family = components(len(zones.zones), ends[:, 0], ends[:, 1]).tolist()
    found: dict[int, list[int]] = defaultdict(list)
    for e, number in first.items():
        found[family[number]].append(e)
    return dict(found)


def _said(network: Network, transformers: list[int]) -> tuple[set[int], bool]:
    """Return the substations that transformers stand in, else those that their Feeders name, and which it was."""
    found = [_cim_substation(network, e) for e in transformers]
    direct = {substation for substation, is_direct in found if substation >= 0 and is_direct}
    return direct or {substation for substation, _ in found if substation >= 0}, bool(direct)


def _cim_substation(network: Network, e: int) -> tuple[int, bool]:
    """Return the substation container of a transformer, and whether it is named other than through a Feeder."""
    home = int(network.equipment.container[e])
    if home < 0:
        return -1, False
    if network.container.class_name[home] != "Feeder":
        return int(network.container.substation[home]), True
    row = np.flatnonzero(network.feeder.container == home)
    return (int(network.feeder.normal_substation[row[0]]) if row.size else -1), False
