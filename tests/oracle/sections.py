"""Sections: DESIGN.md section 3 "section" and section 4 "Derived ids"."""

from __future__ import annotations

from .ids import derived
from .topo import Topo


def sections(topo: Topo) -> dict[str, str]:
    """The section's mRID by node: "the conducting equipment between switches, whatever their position".

    Sections pass through transformers; their ids do not depend on any state, so service and connection do not
    count here. Name: "section:<lowest equipment mRID, else node>".
    """
    found: dict[str, str] = {}
    elements, network = topo.elements, topo.network
    for node in sorted(set(network.by_node) | set(elements.by_node) | network.nodes):
        if node in found:
            continue
        inside = topo.reach_nodes([node], lambda edge: edge.pole is None)
        equipment = {
            terminal.equipment
            for reached in inside
            for terminal in network.by_node.get(reached, ())
            if not topo.is_switch(terminal.equipment)
            and not topo.store.is_a(terminal.equipment, {"GroundDisconnector"})
            and terminal.equipment not in elements.pieces
            and not (network.is_no_path(terminal.equipment) and len(network.by_equipment[terminal.equipment]) > 1)
        }
        # A line with cuts counts for the section of its first piece only, lest two sections share an id.
        equipment |= {node.rsplit("/", 1)[0] for node in inside if node.endswith("/piece0")}
        real = [reached for reached in inside if "/piece" not in reached]
        key = derived("section", min(equipment) if equipment else min(real or inside))
        for reached in inside:
            found[reached] = key
    return found
