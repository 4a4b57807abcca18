"""Sections: the conducting equipment between switches, whatever their position, transformers included.

A section's mRID comes from its lowest equipment and does not depend on any state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import Role
from cim_models.identifiers import derived
from cim_models.network import Network
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.lines import LinePieces
from topogroup.topology.graph.windings import units_of
from topogroup.topology.structure.incidence import Incidence

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sections:
    """All sections.

    Attributes:
        of_node: int64[n_nodes]; section of each node.
        lowest: int64[n_sections]; the equipment with the lowest mRID in it, -1 = none.
        first_node: int64[n_sections]; its node with the lowest mRID.
    """

    of_node: I64
    lowest: I64
    first_node: I64

    def item(self, network: Network, section: int) -> Item:
        """Return how reports name a section."""
        e = int(self.lowest[section])
        if e >= 0:
            return Item(derived(f"section:{network.equipment.id[e]}"), network.equipment.name[e], True)
        node = int(self.first_node[section])
        return Item(derived(f"section:{network.node.id[node]}"), network.node.name[node], True)


def find_sections(network: Network, incidence: Incidence, lines: LinePieces) -> Sections:
    """Find the sections.

    Args:
        network: the network.
        incidence: what stands where.
        lines: what lines join.

    Returns:
        The sections, numbered by their lowest node.
    """
    size, units = len(network.node.id), units_of(network)
    # the ends of a unit belong together whatever their phases: no switch lies between
    number = lines.joined((network.end.node[units.upper[units.of_end]], network.end.node))
    of_node = number[lines.of_node]
    count = int(number.max(initial=-1)) + 1
    # a cut line lies in several sections; it names the one of its first terminal
    node = incidence.first_nodes()
    for role in (Role.SWITCH, Role.CUT, Role.GROUND):
        node[network.equipment.role == role] = -1
    # from the highest to the lowest: of a section the lowest is written last and stays
    naming = np.flatnonzero(node >= 0)[::-1]
    lowest = np.full(count, -1)
    lowest[of_node[node[naming]]] = naming
    first_node = np.empty(count, np.int64)
    first_node[of_node[::-1]] = np.arange(size)[::-1]
    return Sections(of_node, lowest, first_node)
