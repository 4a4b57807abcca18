"""The grid: everything about a network that no switch changes, computed once and kept.

Phases and conductors, busbar zones and substations, feeders and their heads, sections, levels of supply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_models.findings import Finding, bounded
from cim_models.network import Network
from topogroup.topology.graph.conductors import build_graph
from topogroup.topology.graph.connectivity import ConductorGraph, Liveness, liveness
from topogroup.topology.graph.lines import LinePieces, OverLines, line_pieces
from topogroup.topology.graph.phases import slots
from topogroup.topology.graph.states import NetworkState, normal_state
from topogroup.topology.structure.borders import Borders
from topogroup.topology.structure.contraction import Contraction, Contractions
from topogroup.topology.structure.distance import Distance
from topogroup.topology.structure.heads import Feeder, FeederFinder
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.levels import Level, build_levels
from topogroup.topology.structure.phase_findings import phase_findings
from topogroup.topology.structure.sections import Sections, find_sections
from topogroup.topology.structure.substations import name_substations
from topogroup.topology.structure.voltage_findings import voltage_findings
from topogroup.topology.structure.zones import Zones, find_zones

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


def prepare(network: Network, *, per_phase: bool = False, heads: Sequence[Mapping[str, str]] | None = None) -> Grid:
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
    graph, winding_findings = build_graph(network, node_slots)
    lines = line_pieces(network)
    over_lines = OverLines(network, graph, lines)
    normal = liveness(network, graph, state, over_lines)
    width = node_slots.width
    node_live = np.asarray(normal.live.reshape(-1, width).any(axis=1), np.bool_)
    incidence = Incidence(network)
    zones = find_zones(network, incidence, lines, node_live)
    zone_findings = name_substations(network, zones)
    voltage = node_voltages(network, lines)
    named = network.terminal.equipment[network.feeder.head_terminal[network.feeder.head_terminal >= 0]]
    distance = Distance(network, graph, normal, over_lines, named)
    borders = Borders(network, graph, normal, incidence)
    finder = FeederFinder(network, incidence, zones, distance, borders, voltage)
    feeders = finder.find(heads)
    sections = find_sections(network, incidence, lines)
    findings = [*split_findings, *winding_findings, *phase_findings(network, node_slots)]
    findings += [*voltage_findings(network, voltage), *zone_findings, *finder.findings]
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


def node_voltages(network: Network, lines: LinePieces | None = None) -> F64:
    """Return the voltage of each node in volts: float64[n_nodes], NaN = unknown.

    What is joined without a transformer has one voltage: the largest that any transformer end gives there, else the
    largest that equipment with a voltage of its own gives.

    Args:
        network: the network.
        lines: what lines join, if that is known already.
    """
    lines = lines or line_pieces(network)
    pole, terminal = network.pole, network.terminal
    joined = np.flatnonzero((pole.node1 >= 0) & (pole.node2 >= 0))
    piece = lines.joined((pole.node1[joined], pole.node2[joined]))
    result = np.full(int(piece.max(initial=-1)) + 1, np.nan)
    np.fmax.at(result, piece[lines.of_node[network.end.node]], network.end.voltage_v.astype(np.float64))
    # equipment is asked only where no transformer tells
    untold = np.isnan(result)[piece][lines.of_node]
    rows = np.flatnonzero(untold[terminal.node] & (terminal.node >= 0)) if untold.any() else terminal.node[:0]
    own = network.equipment.voltage_v[terminal.equipment[rows]].astype(np.float64)
    np.fmax.at(result, piece[lines.of_node[terminal.node[rows]]], own)
    return result[piece][lines.of_node]


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
