"""`topogroup inspect`: what is in a model, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cim_models.findings import bounded
from cim_models.network import Network
from topogroup.cli import inputs, output
from topogroup.topology.arrays.links import Item
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.structure.heads import Feeder


def run(models: Sequence[Path], heads: Path | None, sources: Path | None, as_json: bool) -> None:
    """Load, prepare and report."""
    entries = inputs.heads_file(heads)
    network = inputs.load_models(models, sources)
    grid = prepare(network, heads=entries)
    findings = bounded([*network.findings, *grid.findings])
    table = network.equipment
    feeders = [_feeder(network, feeder) for feeder in grid.feeders]
    source_items = [Item(table.id[e], table.name[e], False)._asdict() for e in network.source.equipment.tolist()]
    if as_json:
        output.print_json(
            {
                "model": list(network.files),
                "counts": network.counts,
                "findings": [f.as_dict() for f in findings],
                "feeders": feeders,
                "substations": [item._asdict() for item in grid.zones.substations],
                "sources": source_items,
            }
        )
        return
    shown = sorted(feeders, key=lambda f: output.in_human_order(f["name"]))
    _print(network, grid, [(f["name"], ", ".join(h["name"] for h in f["heads"]), f["rule"]) for f in shown])
    output.print_findings(findings)


def _feeder(network: Network, feeder: Feeder) -> dict[str, Any]:
    """Return a feeder with its head (of several the one with the lowest mRID) and all its heads."""
    table = network.equipment
    equipment = sorted(e for head in feeder.heads for e in head.equipment)
    heads = [Item(table.id[e], table.name[e], False)._asdict() for e in equipment]
    return {**feeder.item._asdict(), "head": heads[0]["mrid"], "rule": feeder.rule, "tier": feeder.tier, "heads": heads}


def _print(network: Network, grid: Grid, feeders: Sequence[tuple[str, str, str]]) -> None:
    output.print_line(f"Model: {', '.join(network.files)}")
    output.print_line(
        f"{len(network.equipment.id)} pieces of equipment, {len(network.node.id)} nodes, "
        f"{network.der.equipment.size} DER, {network.source.equipment.size} grid sources"
    )
    output.print_line()
    output.print_table("Objects", ("class", "number"), [(name, str(n)) for name, n in network.counts.items()])
    output.print_line()
    derived = [(i.name, i.mrid, "derived" if i.derived else "CIM") for i in grid.zones.substations]
    output.print_table("Substations", ("name", "mRID", "origin"), derived)
    output.print_line()
    output.print_table("Feeders", ("feeder", "head", "rule"), feeders)
