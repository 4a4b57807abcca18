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
from topogroup.topology.links import Item
from topogroup.topology.phases import components

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


def find_sections(network: Network, winding_nodes: tuple[I64, I64]) -> Sections:
    """Find the sections.

    Args:
        network: the network.
        winding_nodes: upper and lower node of each pair of transformer ends.

    Returns:
        The sections, numbered by their lowest node.
    """
    branch, size = network.branch, len(network.node.id)
    u = np.concatenate([branch.node1.astype(np.int64), winding_nodes[0]])
    v = np.concatenate([branch.node2.astype(np.int64), winding_nodes[1]])
    of_node = components(size, u, v)
    count = int(of_node.max(initial=-1)) + 1
    terminal = network.terminal
    switching = np.isin(network.equipment.role, [int(Role.SWITCH), int(Role.CUT), int(Role.GROUND)])
    first = np.flatnonzero((terminal.node >= 0) & ~switching[terminal.equipment])
    # a cut line lies in several sections; it names the one of its first terminal
    _, at = np.unique(terminal.equipment[first], return_index=True)
    named = first[at]
    lowest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(lowest, of_node[terminal.node[named]], terminal.equipment[named].astype(np.int64))
    lowest[lowest == np.iinfo(np.int64).max] = -1
    first_node = np.full(count, size, np.int64)
    np.minimum.at(first_node, of_node, np.arange(size))
    return Sections(of_node, lowest, first_node)
