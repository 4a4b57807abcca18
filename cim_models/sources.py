"""Grid sources listed by the user, in place of those found from structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cim_models.errors import IdError
from cim_models.findings import finding
from cim_models.lookup import EquipmentNames
from cim_models.network import DerTable, Network, SourceTable
from cim_models.strings import Strings


def with_sources(network: Network, listed: Sequence[str]) -> Network:
    """Return the network with other grid sources; what was a source and generates is a DER then.

    Args:
        network: the network; it is not changed.
        listed: ids of equipment: mRIDs in any spelling, or names that are unique among equipment.

    Returns:
        A network that shares all other arrays.

    Raises:
        IdError: an id is unknown, ambiguous, or names equipment without a node.
    """
    names = EquipmentNames(network, "equipment")
    equipment = np.unique(np.array([names.one(text, "Sources file: ") for text in listed], np.int64))
    table = network.terminal
    terminals = []
    for e in equipment.tolist():
        first, last = np.searchsorted(table.equipment, [e, e + 1])
        own = [t for t in range(int(first), int(last)) if table.node[t] >= 0]
        if not own:
            name = network.equipment.name[e]
            raise IdError("source_without_node", f"Sources file: {name} is connected to no node.", name)
        terminals.append(own[0])
    terminal = np.array(terminals, np.int32)
    source = SourceTable(equipment.astype(np.int32), terminal, np.asarray(table.phases[terminal], np.uint8))
    kept = [f for f in network.findings if f.code not in ("source_decided", "source_missing")]
    note = finding("source_decided", f"The sources file names {equipment.size} grid sources; they replace all others.")
    empty = finding("source_missing", "The sources file names no grid source: nothing is energised.")
    kept += [] if equipment.size else [empty]
    return replace(
        network, source=source, der=without(network.generation, equipment), findings=(*kept, note)
    )


def without(generation: DerTable, source: npt.NDArray[np.int64]) -> DerTable:
    """Return the DER: what generates and is no grid source.

    Args:
        generation: all that generates.
        source: int64[n]; positions of equipment that is a grid source.

    Returns:
        The table of DER.
    """
    kept = np.flatnonzero(~np.isin(generation.equipment, source))
    if kept.size == generation.equipment.size:
        return generation
    units, unit_start = _ragged(generation.unit_start, kept)
    devices, device_start = _ragged(generation.end_device_start, kept)
    return DerTable(
        equipment=generation.equipment[kept],
        terminal=generation.terminal[kept],
        phases=generation.phases[kept],
        kind=generation.kind[kept],
        forms_island=generation.forms_island[kept],
        p_max_w=generation.p_max_w[kept],
        s_rated_va=generation.s_rated_va[kept],
        unit_start=unit_start,
        unit_kind=generation.unit_kind[units],
        end_device_start=device_start,
        end_device=Strings.of(generation.end_device[int(d)] for d in devices),
        end_device_name=Strings.of(generation.end_device_name[int(d)] for d in devices),
    )


def _ragged(start: npt.NDArray[np.int64], kept: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return which entries of ragged lists remain when rows are dropped, and the new starts."""
    length = np.diff(start)[kept]
    new_start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    entries = np.repeat(start[kept] - new_start[:-1], length) + np.arange(int(new_start[-1]))
    return entries.astype(np.int64), new_start
