"""`topogroup inspect`: what is in a model, by which rule it was read, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from cim_models.conventions import Conventions
from cim_models.findings import bounded
from cim_models.network import SOURCE_RULES, Network
from cim_models.sources import WHY_SOURCE, source_classes
from topogroup.cli import inputs, output
from topogroup.topology.answers.nameplate import der_voltages, nameplate, summary
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.grid import Grid, feeder_substation, prepare
from topogroup.topology.structure.heads import RULE_WORDS as HEAD_WORDS
from topogroup.topology.structure.heads import Feeder
from topogroup.topology.structure.substations import RULE_WORDS as SUBSTATION_WORDS

_BARE_SHOWN: Final = 20
"""Substations without busbars of their own are listed up to so many; transmission models have hundreds."""


def run(models: Sequence[Path], heads: Path | None, sources: Path | None, as_json: bool, said: Conventions) -> None:
    """Load, prepare and report."""
    entries = inputs.heads_file(heads)
    network = inputs.load_models(models, sources, said)
    grid = prepare(network, heads=entries)
    findings = bounded([*network.findings, *grid.findings])
    if as_json:
        output.print_json(
            {
                "model": list(network.files),
                "counts": network.counts,
                "findings": [f.as_dict() for f in findings],
                "feeders": [_feeder(grid, feeder) for feeder in grid.feeders],
                "substations": _substations(grid),
                "sources": _sources(network),
                "source_classes": [one.as_dict() for one in source_classes(network)],
                "groups": _groups(network),
                "ders": _ders(network),
            }
        )
        return
    _print(network, grid)
    output.print_findings(findings)


def _feeder(grid: Grid, feeder: Feeder) -> dict[str, Any]:
    """Return a feeder with its head (of several the one with the lowest mRID) and all its heads."""
    table = grid.network.equipment
    equipment = sorted(e for head in feeder.heads for e in head.equipment)
    heads = [Item(table.id[e], table.name[e], False)._asdict() for e in equipment]
    return {
        **feeder.item._asdict(),
        "head": heads[0]["mrid"],
        "rule": feeder.rule,
        "why": HEAD_WORDS[feeder.rule],
        "tier": feeder.tier,
        "substation": feeder_substation(grid, feeder),
        "heads": heads,
    }


def _substations(grid: Grid) -> list[dict[str, Any]]:
    """Return the substations, each with the rule by which it is one and the transformers that feed its busbars."""
    equipment, zones = grid.network.equipment, grid.zones
    fed_by: dict[int, set[int]] = {}
    for row, substation in zones.substation_of_end.items():
        fed_by.setdefault(substation, set()).add(int(grid.network.end.equipment[row]))
    return [
        {
            **item._asdict(),
            "rule": rule,
            "why": SUBSTATION_WORDS[rule],
            "transformers": [
                Item(equipment.id[e], equipment.name[e], False)._asdict() for e in sorted(fed_by.get(at, ()))
            ],
        }
        for at, (item, rule) in enumerate(zip(zones.substations, zones.substation_rules, strict=True))
    ]


def _sources(network: Network) -> list[dict[str, Any]]:
    table, source = network.equipment, network.source
    rules = [SOURCE_RULES[rule] for rule in source.rule.tolist()]
    return [
        {**Item(table.id[e], table.name[e], False)._asdict(), "rule": rule, "why": WHY_SOURCE[rule]}
        for e, rule in zip(source.equipment.tolist(), rules, strict=True)
    ]


def _groups(network: Network) -> list[dict[str, Any]]:
    """Return the EndDeviceGroups of the model with those of their members that are DER."""
    table, equipment = network.group, network.equipment
    found = []
    for row in range(len(table.id)):
        own = table.equipment[int(table.start[row]) : int(table.start[row + 1])]
        ders = own[np.isin(own, network.der.equipment)].tolist()
        members = [Item(equipment.id[e], equipment.name[e], False)._asdict() for e in ders]
        said = {"mrid": table.id[row], "name": table.name[row], "end_devices": int(table.devices[row])}
        found.append({**said, "members": members})
    return found


def _ders(network: Network) -> list[dict[str, Any]]:
    table, voltage = network.equipment, der_voltages(network)
    return [
        {"mrid": table.id[e], "name": table.name[e], **nameplate(network, at, voltage[at])}
        for at, e in enumerate(network.der.equipment.tolist())
    ]


def _print(network: Network, grid: Grid) -> None:
    output.print_line(f"Model: {', '.join(network.files)}")
    output.print_line(
        f"{len(network.equipment.id)} pieces of equipment, {len(network.node.id)} nodes, "
        f"{network.der.equipment.size} DER, {network.source.equipment.size} grid sources"
    )
    output.print_line()
    output.print_table("Objects", ("class", "number"), [(name, str(n)) for name, n in network.counts.items()])
    classes = [
        (one.class_name, str(one.total), str(one.sources), str(one.generation), one.why)
        for one in source_classes(network)
    ]
    output.print_line()
    output.print_table("Grid sources", ("class", "number", "sources", "DER", "why"), classes)
    ders = [tuple(row.values()) for row in summary(network)]
    if ders:
        output.print_line()
        header = ("kind", "number", "maxP", "ratedS", "reactive", "storage", "IEEE 1547")
        output.print_table("DER", header, ders)
    groups = [(one["name"], one["mrid"], str(one["end_devices"]), str(len(one["members"]))) for one in _groups(network)]
    if groups:
        output.print_line()
        output.print_table("EndDeviceGroups", ("name", "mRID", "devices", "DER"), groups)
    substations = _by_name(_substations(grid))
    bare = [one for one in substations if one["rule"] == "container"]
    shown = [one for one in substations if one["rule"] != "container" or len(bare) <= _BARE_SHOWN]
    rows = [(one["name"], one["mrid"], output.names_of(one["transformers"]), one["why"]) for one in shown]
    output.print_line()
    output.print_table("Substations", ("name", "mRID", "transformers", "rule"), rows)
    if len(shown) < len(substations):
        output.print_line(f"… and {len(bare)} more of the model without busbars of the medium-voltage range.")
    names = {item.mrid: item.name for item in grid.zones.substations}
    feeders = [
        (
            *(one["name"], output.names_of(one["heads"]), one["tier"]),
            *(names.get(one["substation"], "–"), one["why"]),
        )
        for one in _by_name([_feeder(grid, feeder) for feeder in grid.feeders])
    ]
    output.print_line()
    output.print_table("Feeders", ("feeder", "head", "tier", "substation", "rule"), feeders)


def _by_name(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda one: output.in_human_order(one["name"]))
