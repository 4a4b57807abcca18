"""Doubt: which vertices are supplied through, or could be without, a switch whose state is in question."""

from __future__ import annotations

import networkx as nx
import numpy as np
import numpy.typing as npt

from cim_models.network import Network
from topogroup.topology.connectivity import ConductorGraph, Kind, Liveness
from topogroup.topology.phases import components
from topogroup.topology.states import NetworkState

Bools = npt.NDArray[np.bool_]


def doubtful(network: Network, graph: ConductorGraph, state: NetworkState, live: Liveness) -> Bools:
    """Find the vertices with a doubtful switch on their supply.

    A vertex is in doubt if switches of certain state alone do not join it to a grid source but doubtful ones might,
    or if a doubtful switch might join its area to another source.

    Args:
        network: the network.
        graph: its graph of (node, phase).
        state: the state; `conflict` marks the doubtful poles.
        live: liveness of the state.

    Returns:
        bool[n_vertices].
    """
    result = np.zeros(graph.n_vertices, np.bool_)
    edges = graph.edges
    poles = np.flatnonzero(edges.kind == Kind.POLE)
    suspect = np.zeros(len(edges), np.bool_)
    suspect[poles] = state.conflict[edges.row[poles]]
    suspect &= state.in_service[edges.equipment]
    if not suspect.any():
        return result
    joined = live.conducting | suspect
    label = components(graph.n_vertices, edges.u[joined & ~suspect], edges.v[joined & ~suspect])
    small: nx.Graph[int] = nx.Graph()
    root = -1
    small.add_edges_from((root, int(part)) for part in np.unique(label[live.source]))
    one, other = label[edges.u[suspect]], label[edges.v[suspect]]
    small.add_edges_from(zip(one.tolist(), other.tolist(), strict=True))
    small.remove_edges_from(list(nx.selfloop_edges(small)))
    reached = nx.node_connected_component(small, root) if root in small else {root}
    # every edge of this small graph but those at the root is a doubtful switch, so all that is reached over one is
    fed = {int(part) for part in np.unique(label[live.source])}
    doubted = {part for part in reached if part != root and _over_a_switch(small, root, part, fed)}
    result[np.isin(label, np.array(sorted(doubted), np.int64))] = True
    return result


def _over_a_switch(small: nx.Graph[int], root: int, part: int, fed: set[int]) -> bool:
    """Tell whether some simple path from a source to a part runs over a doubtful switch."""
    if part not in fed:
        return True
    others = [n for n in small.neighbors(part) if n != root]
    if not others:
        return False
    without = nx.restricted_view(small, [part], [])
    return any(nx.has_path(without, root, n) for n in others)
