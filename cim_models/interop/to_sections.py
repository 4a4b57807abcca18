"""The sections of a network as a networkx graph: what lies between switches is a node, every switch an edge.

    nodes   mRID of the section -> name, nodes, equipment, ders, sources (lists of mRIDs, ascending)
    edges   two sections, key = mRID of the switch -> class, name, phases, open, normal_open, open_phases

Phases are not told apart; mRIDs are those of the attachment: `derived("section:<lowest equipment>")`. A switch whose
two sides lie in one section is a loop.
"""

from __future__ import annotations

import networkx
import numpy as np

from cim_models.catalogue import Role
from cim_models.identifiers import derived
from cim_models.interop.to_networkx import to_networkx
from cim_models.network import Network

_NAMELESS_ROLES = (Role.SWITCH, Role.CUT, Role.GROUND)


def to_sections(network: Network) -> networkx.MultiGraph[str]:
    """Return the sections of a network as a graph.

    Args:
        network: the network.

    Returns:
        A graph with a node per section and an edge per switch.
    """
    whole = to_networkx(network)
    within: networkx.Graph[str] = networkx.Graph()
    within.add_nodes_from(whole.nodes)
    within.add_edges_from((a, b) for a, b, data in whole.edges(data=True) if "open" not in data)
    equipment, names = _standing(network), dict(zip(network.equipment.id, network.equipment.name, strict=True))
    graph: networkx.MultiGraph[str] = networkx.MultiGraph()
    section_of: dict[str, str] = {}
    for part in networkx.connected_components(within):
        nodes = sorted(part)
        standing = sorted({mrid for node in nodes for mrid in equipment.get(node, ())})
        lowest = standing[0] if standing else nodes[0]
        mrid = derived(f"section:{lowest}")
        name = names[lowest] if standing else whole.nodes[lowest]["name"]
        hung = {what: sorted(one for node in nodes for one in whole.nodes[node][what]) for what in ("ders", "sources")}
        graph.add_node(mrid, name=name, nodes=nodes, equipment=standing, **hung)
        section_of |= dict.fromkeys(nodes, mrid)
    for a, b, key, data in whole.edges(keys=True, data=True):
        if "open" in data:
            graph.add_edge(section_of[a], section_of[b], key, **data)
    return graph


def _standing(network: Network) -> dict[str, list[str]]:
    """Return the equipment that stands at each node by its first terminal, switches aside."""
    table, terminal = network.equipment, network.terminal
    found: dict[str, list[str]] = {}
    real = np.flatnonzero(terminal.node >= 0)
    _, first = np.unique(terminal.equipment[real], return_index=True)
    for row in real[first].tolist():
        e = int(terminal.equipment[row])
        if table.role[e] not in _NAMELESS_ROLES:
            found.setdefault(network.node.id[int(terminal.node[row])], []).append(table.id[e])
    return found
