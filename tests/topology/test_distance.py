"""Which end of a switch is nearest to a grid source: told from structure where that is enough, else counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given

from cim_models import load_text
from cim_models.network import Network
from tests.properties.networks import Drawn, networks
from topogroup.topology.graph.conductors import build_graph
from topogroup.topology.graph.connectivity import ConductorGraph, Liveness, liveness
from topogroup.topology.graph.lines import OverLines, line_pieces
from topogroup.topology.graph.phases import slots
from topogroup.topology.graph.states import normal_state
from topogroup.topology.structure.distance import Distance


def plain_distances(graph: ConductorGraph, live: Liveness, n_nodes: int) -> list[float]:
    """Count from the sources, step by step, until nothing changes."""
    vertex = np.where(live.source, 1.0, np.inf)
    u, v = graph.edges.u[live.conducting], graph.edges.v[live.conducting]
    while True:
        before = vertex.copy()
        np.minimum.at(vertex, u, before[v] + 1)
        np.minimum.at(vertex, v, before[u] + 1)
        if np.array_equal(before, vertex):
            nearest: list[float] = vertex.reshape(n_nodes, -1).min(axis=1).tolist()
            return nearest


@given(networks())
def test_nearest_end_of_every_switch(drawn: Drawn) -> None:
    """All switches named, or every second one, with nodes as vertices and phase by phase.

    Where both ends are dead normally, all switches closed decide.
    """
    network: Network = load_text(drawn.builder.to_xml())
    pole, size = network.pole, len(network.node.id)
    joining = np.flatnonzero((pole.node1 >= 0) & (pole.node2 >= 0) & (pole.node1 != pole.node2))
    for per_phase in (False, True):
        graph, _ = build_graph(network, slots(network, per_phase=per_phase)[0])
        over_lines = OverLines(network, graph, line_pieces(network))
        normal = normal_state(network)
        live = liveness(network, graph, normal, over_lines)
        plain = liveness(network, graph, normal)
        closed = liveness(network, graph, replace(normal, open=np.zeros_like(normal.open)))
        assert np.array_equal(live.component, plain.component)
        expected, if_closed = (plain_distances(graph, one, size) for one in (live, closed))
        for named in (pole.equipment[joining], pole.equipment[joining[::2]]):
            distance = Distance(network, graph, live, over_lines, named)
            for row in joining.tolist():
                nodes = [int(pole.node1[row]), int(pole.node2[row])]
                of = if_closed if all(np.isinf(expected[node]) for node in nodes) else expected
                nearest = min(nodes, key=lambda node: of[node])
                assert distance.nearest(nodes, int(pole.equipment[row])) == nearest
            assert [distance[node] for node in range(size)] == expected
