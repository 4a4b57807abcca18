"""The substation of each busbar zone: one of the model, or a derived one where the model's does not fit."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from cim_models.findings import Finding, finding
from cim_models.identifiers import derived
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.zones import Zones


def name_substations(network: Network, zones: Zones) -> list[Finding]:
    """Give each zone its substation: the one of its transformers, or a derived one.

    Args:
        network: the network.
        zones: its zones; what they say of substations is filled in.

    Returns:
        Findings on derived substations.
    """
    container, findings = network.container, []
    said: list[dict[int, bool]] = []
    holders: dict[int, set[int]] = defaultdict(set)
    family = _families(network, zones)
    for number, zone in enumerate(zones.zones):
        of_zone: dict[int, bool] = {}
        for row in zone.lower_ends:
            substation, direct = _cim_substation(network, int(network.end.equipment[row]))
            if substation >= 0:
                of_zone[substation] = of_zone.get(substation, False) or direct
        said.append(of_zone)
        for substation in of_zone:
            holders[substation].add(family[number])
    items: dict[str, Item] = {}
    cim = [c for c, name in enumerate(container.class_name) if name == "Substation"]
    for c in cim:
        items[container.id[c]] = Item(container.id[c], container.name[c], False)
    chosen: dict[int, str] = {}
    for number, zone in enumerate(zones.zones):
        if not zone.lower_ends:
            continue
        of_zone = said[number]
        shared = any(not direct and len(holders[s]) > 1 for s, direct in of_zone.items())
        if len(of_zone) == 1 and not shared:
            chosen[number] = container.id[next(iter(of_zone))]
            continue
        lowest = min(int(network.end.equipment[row]) for row in zone.lower_ends)
        item = Item(
            derived(f"substation:{network.equipment.id[lowest]}"), network.equipment.name[lowest], True
        )
        items[item.mrid] = item
        chosen[number] = item.mrid
        why = "several substations" if len(of_zone) > 1 else "one shared through feeders" if of_zone else "none"
        findings.append(
            finding(
                "substation_derived",
                f"The busbars behind {item.name} got a substation of their own: their transformers name {why}.",
                [item.mrid, network.equipment.id[lowest]],
            )
        )
    zones.substations = [items[mrid] for mrid in sorted(items)]
    position = {item.mrid: i for i, item in enumerate(zones.substations)}
    for number, mrid in chosen.items():
        zones.zones[number].substation = position[mrid]
        for row in zones.zones[number].lower_ends:
            zones.substation_of_end[row] = position[mrid]
    of_container = container.substation.astype(np.int64)
    feeder = network.feeder
    of_container[feeder.container] = np.where(
        of_container[feeder.container] < 0, feeder.normal_substation, of_container[feeder.container]
    )
    by_container = np.full(of_container.size, -1)
    by_container[cim] = [position[container.id[c]] for c in cim]
    zones.container_substation = np.where(of_container >= 0, by_container[of_container], -1)
    return findings


def _families(network: Network, zones: Zones) -> list[int]:
    """Return a number for each zone, the same for zones that share a transformer: two windings are one place."""
    first: dict[int, int] = {}
    pairs = [
        (first.setdefault(int(network.end.equipment[row]), number), number)
        for number, zone in enumerate(zones.zones)
        for row in zone.lower_ends
    ]
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    family: list[int] = components(len(zones.zones), ends[:, 0], ends[:, 1]).tolist()
    return family


def _cim_substation(network: Network, e: int) -> tuple[int, bool]:
    """Return the substation container of a transformer, and whether it is named other than through a Feeder."""
    home = int(network.equipment.container[e])
    if home < 0:
        return -1, False
    if network.container.class_name[home] != "Feeder":
        return int(network.container.substation[home]), True
    row = np.flatnonzero(network.feeder.container == home)
    return (int(network.feeder.normal_substation[row[0]]) if row.size else -1), False
