"""The grid: everything about a network that no switch changes, computed once and kept.

Phases and conductors, busbar zones and substations, feeders and their heads, sections, levels of supply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from cim_models.findings import Finding, bounded, finding
from cim_models.network import Network
from topogroup.topology.connectivity import ConductorGraph, Kind, Liveness, build_graph, liveness
from topogroup.topology.contraction import Contraction, Contractions
from topogroup.topology.heads import Feeder, FeederFinder
from topogroup.topology.incidence import Incidence
from topogroup.topology.levels import Level, build_levels
from topogroup.topology.phases import components, slots
from topogroup.topology.sections import Sections, find_sections
from topogroup.topology.states import NetworkState, normal_state
from topogroup.topology.zones import Zones, find_zones

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """A network prepared for tracing; the same for every state.

    Attributes:
        network: the arrays it was made of.
        graph: the graph of (node, phase).
        zones: busbar zones and substations.
        feeders: ascending by mRID.
        levels: supply points by level.
        sections: switch-delimited areas.
        normal: liveness in the normal state.
        contractions: the blocks on which states are traced, kept between traces.
        findings: what was decided and what is in doubt.
    """

    network: Network
    graph: ConductorGraph
    zones: Zones
    feeders: list[Feeder]
    levels: dict[str, Level]
    sections: Sections
    normal: Liveness
    findings: tuple[Finding, ...]
    contractions: Contractions

    def contraction(self, state: NetworkState) -> Contraction:
        """Return the blocks for the flags of a state."""
        return self.contractions.of(self.network, self.graph, self.levels.values(), state)


def prepare(
    network: Network, *, per_phase: bool = False, heads: Sequence[Mapping[str, str]] | None = None
) -> Grid:
    """Prepare a network for tracing.

    Args:
        network: the network.
        per_phase: switches will be operated on single phases.
        heads: entries of a heads file, or None.

    Returns:
        The grid.

    Raises:
        IdError: the heads file names something that is not there.
        OptionError: the heads file contradicts itself.
    """
    state = normal_state(network)
    node_slots, split_findings = slots(network, per_phase=per_phase)
    graph, phase_findings = build_graph(network, node_slots)
    normal = liveness(network, graph, state)
    width = node_slots.width
    node_live = np.asarray(normal.live.reshape(-1, width).any(axis=1), np.bool_)
    incidence = Incidence(network)
    zones, zone_findings = find_zones(network, incidence, node_live)
    distance = _distance(graph, normal, len(network.node.id))
    voltage = node_voltages(network, graph)
    finder = FeederFinder(network, incidence, zones, distance, voltage)
    feeders = finder.find(heads)
    windings = graph.edges.kind == Kind.WINDING
    sections = find_sections(network, (graph.edges.node1[windings], graph.edges.node2[windings]))
    unknown = int(np.isnan(network.end.voltage_v).sum())
    findings = [*split_findings, *phase_findings, *zone_findings, *finder.findings]
    if unknown:
        findings.append(finding("voltage_unknown", f"{unknown} transformer ends have no voltage."))
    return Grid(
        network,
        graph,
        zones,
        feeders,
        build_levels(network, graph.edges, zones, feeders),
        sections,
        normal,
        bounded(findings),
        Contractions(),
    )


def _distance(graph: ConductorGraph, normal: Liveness, n_nodes: int) -> F64:
    """Return the number of edges from each node to the nearest grid source in the normal state, inf = dead.

    Phase by phase: what reaches a node on one phase goes on from it on that phase alone.
    """
    width, edges, root = graph.slots.width, graph.edges, graph.n_vertices
    used, fed = normal.conducting, np.flatnonzero(normal.source)
    u = np.concatenate([edges.u[used], np.full(fed.size, root)])
    v = np.concatenate([edges.v[used], fed])
    matrix = coo_array((np.ones(u.size, np.int8), (u, v)), shape=(root + 1, root + 1)).tocsr()
    order, before = breadth_first_order(matrix, root, directed=False)
    distance = np.full(root + 1, np.inf)
    distance[root] = 0.0
    for vertex in order[1:].tolist():
        distance[vertex] = distance[before[vertex]] + 1.0
    nearest: F64 = distance[:root].reshape(n_nodes, width).min(axis=1, initial=np.inf)
    return nearest


def node_voltages(network: Network, graph: ConductorGraph) -> F64:
    """Return the voltage of each node in volts: float64[n_nodes], NaN = unknown.

    What is joined without a transformer has one voltage: the largest that any transformer end gives there, else the
    largest that equipment with a voltage of its own gives.
    """
    edges, size = graph.edges, len(network.node.id)
    joined = edges.kind != Kind.WINDING
    piece = components(size, edges.node1[joined], edges.node2[joined])
    result = np.full(int(piece.max(initial=-1)) + 1, np.nan)
    terminal = network.terminal
    own = network.equipment.voltage_v[terminal.equipment].astype(np.float64)
    said = (terminal.node >= 0) & ~np.isnan(own)
    np.fmax.at(result, piece[terminal.node[said]], own[said])
    at_end = np.full_like(result, np.nan)
    np.fmax.at(at_end, piece[network.end.node], network.end.voltage_v.astype(np.float64))
    return np.where(np.isnan(at_end), result, at_end)[piece]


def feeder_substation(grid: Grid, feeder: Feeder) -> str | None:
    """Return the substation in whose busbar zone a feeder begins, else the one that the model names."""
    zones = grid.zones
    for head in feeder.heads:
        for node in sorted(head.upper_nodes):
            zone = zones.zone_of_node.get(node)
            if zone is not None and zones.zones[zone].substation >= 0:
                return zones.substations[zones.zones[zone].substation].mrid
    if feeder.normal_substation >= 0 and (at := int(zones.container_substation[feeder.normal_substation])) >= 0:
        return zones.substations[at].mrid
    return None
