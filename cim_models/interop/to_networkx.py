"""The network as a networkx graph, for those who want to draw it or ask it their own questions.

    nodes   mRID of the connectivity node -> name, container (mRID or None), ders, sources (lists of mRIDs)
    edges   two nodes, key = mRID of the equipment -> class, name, phases; a switch also open, normal_open, open_phases

A switch stands whatever its position; `open` is true where none of its poles conducts. A transformer joins the end of
its highest voltage to each of its others, tank by tank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import networkx
import numpy as np

from cim_models import catalogue, phase_codes
from cim_models.network import I32, Network


def to_networkx(network: Network) -> networkx.MultiGraph[str]:
    """Return the network as a graph.

    Args:
        network: the network.

    Returns:
        A graph with a node per connectivity node and an edge per branch, switch and pair of transformer ends.
    """
    graph: networkx.MultiGraph[str] = networkx.MultiGraph()
    ids, containers = network.node.id, network.container.id
    for position, (mrid, name) in enumerate(zip(ids, network.node.name, strict=True)):
        home = int(network.node.container[position])
        graph.add_node(mrid, name=name, container=containers[home] if home >= 0 else None, ders=[], sources=[])
    _hang(graph, network, "ders", network.der.equipment, network.der.terminal)
    _hang(graph, network, "sources", network.source.equipment, network.source.terminal)
    branch, pole = network.branch, network.pole
    for e, node1, node2, phases in _rows(branch.equipment, branch.node1, branch.node2, branch.phases1):
        _join(graph, network, e, node1, node2, phases)
    opened = np.where(pole.current_open, pole.side1, 0)
    normally = np.where(pole.normal_open, pole.side1, 0)
    rows = _rows(pole.equipment, pole.node1, pole.node2, pole.side1)
    for (e, node1, node2, phases), now, normal in zip(rows, opened.tolist(), normally.tolist(), strict=True):
        _join(graph, network, e, node1, node2, phases, open=now, normal_open=normal)
    for e, node1, node2, phases in _windings(network):
        _join(graph, network, e, node1, node2, phases)
    _put_into_words(graph)
    return graph


def _rows(*columns: Iterable[int]) -> Iterator[tuple[int, int, int, int]]:
    return ((int(a), int(b), int(c), int(d)) for a, b, c, d in zip(*columns, strict=True))


def _hang(graph: networkx.MultiGraph[str], network: Network, what: str, equipment: I32, terminal: I32) -> None:
    for e, t in zip(equipment.tolist(), terminal.tolist(), strict=True):
        if t >= 0:
            graph.nodes[network.node.id[int(network.terminal.node[t])]][what].append(network.equipment.id[e])


def _join(
    graph: networkx.MultiGraph[str], network: Network, e: int, node1: int, node2: int, phases: int, **masks: int
) -> None:
    """Add an edge, or phases to one that is there; all masks stay numbers until the graph is whole."""
    if node1 < 0 or node2 < 0:
        return
    ends, key = (network.node.id[node1], network.node.id[node2]), network.equipment.id[e]
    if not graph.has_edge(*ends, key):
        words: dict[str, Any] = {"class": catalogue.CLASSES[int(network.equipment.class_code[e])]}
        words |= {"name": network.equipment.name[e], "phases": 0, **dict.fromkeys(masks, 0)}
        graph.add_edge(*ends, key, **words)
    edge = graph.edges[(*ends, key)]
    for name, mask in {"phases": phases, **masks}.items():
        edge[name] |= mask & phase_codes.ALL


def _windings(network: Network) -> Iterator[tuple[int, int, int, int]]:
    """Yield (transformer, upper node, other node, phases of the upper end), unit by unit."""
    end = network.end
    units: dict[tuple[int, int], list[int]] = {}
    for row, unit in enumerate(zip(end.equipment.tolist(), end.tank.tolist(), strict=True)):
        units.setdefault(unit, []).append(row)
    for (e, _), rows in units.items():
        upper = max(rows, key=lambda row: (np.nan_to_num(end.voltage_v[row]), -row))
        for row in rows:
            if row != upper:
                yield e, int(end.node[upper]), int(end.node[row]), int(end.phases[upper])


def _put_into_words(graph: networkx.MultiGraph[str]) -> None:
    for _, _, edge in graph.edges(data=True):
        phases = edge["phases"]
        edge["phases"] = phase_codes.code_of(phase_codes.ABC if phases == phase_codes.ALL else phases)
        if "open" in edge:
            opened = edge["open"]
            edge["open_phases"] = edge["phases"] if opened == phases else phase_codes.code_of(opened)
            edge["open"], edge["normal_open"] = opened == phases, edge["normal_open"] == phases
