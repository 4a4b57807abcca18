"""Temporary devices: a line cut, two places joined by a jumper, a mobile source; part of a state, not of the model.

A grid is prepared for the normal state and devices leave that alone: levels, zones, feeders and sections stay those
of the model, so a jumper is no section boundary and a mobile source has no feeder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes as codes
from topogroup.topology.graph.connectivity import ConductorGraph, Edges, Kind
from topogroup.topology.graph.phases import Slots
from topogroup.topology.structure.contraction import Contractions
from topogroup.topology.structure.grid import Grid

I64 = npt.NDArray[np.int64]

DeviceKind = Literal["cut", "jumper", "source"]
KINDS: Final[tuple[DeviceKind, ...]] = ("cut", "jumper", "source")

_GRIDS_KEPT: Final = 2
"""Grids with devices that are kept: that of now and that of a question beside it."""


@dataclass(frozen=True, slots=True)
class Device:
    """One temporary device in a network.

    Attributes:
        id: what it is called; undone by it.
        kind: `cut`, `jumper` or `source`.
        place: the line that is cut, as a position of equipment; or the node, for a jumper two, as positions of nodes.
        words: the same as texts that name it: mRID, for one end of equipment `mRID/number`.
        phases: mask of the phases that it acts on, 0 = all that are there.
        until: when it is to be gone, with a time zone; it stays until it is taken away.
    """

    id: str
    kind: DeviceKind
    place: tuple[int, ...]
    words: tuple[str, ...]
    phases: int = 0
    until: str | None = None

    @property
    def per_phase(self) -> bool:
        """Return whether it acts on some phases only, so that the grid must have its phases apart."""
        return self.phases & codes.ALL not in (0, codes.ABC, codes.ALL)

    def as_dict(self) -> dict[str, str]:
        """Return the device as reports name it; what is not said is left out."""
        said = {"id": self.id, "kind": self.kind, "place": self.words[0]}
        if len(self.words) > 1:
            said["place2"] = self.words[1]
        if self.phases:
            said["phases"] = codes.code_of(self.phases)
        if self.until is not None:
            said["until"] = self.until
        return said


def with_devices(grid: Grid, devices: Iterable[Device]) -> Grid:
    """Return a grid in which some devices stand.

    Args:
        grid: the prepared network, without devices; prepared per phase where a device acts on some phases only.
        devices: the devices, in any order.

    Returns:
        A grid with the same levels, zones, feeders and sections; the same object where there are no devices.
    """
    standing = tuple(devices)
    if not standing:
        return grid
    graph = grid.graph
    assert graph.slots.width > 1 or not any(device.per_phase for device in standing)
    cut = [_cut_edges(grid, device) for device in standing if device.kind == "cut"]
    sources = [_source_vertices(graph, device) for device in standing if device.kind == "source"]
    jumpers = [_joints(graph.slots, device) for device in standing if device.kind == "jumper"]
    edges = _with_jumpers(graph.edges, np.concatenate([np.empty((5, 0), np.int64), *jumpers], axis=1))
    nothing = np.empty(0, np.int64)
    changed = replace(
        graph,
        edges=edges,
        cut_edges=np.unique(np.concatenate([nothing, *cut])),
        mobile_sources=np.unique(np.concatenate([nothing, *sources])),
    )
    conducting = np.zeros(len(edges), np.bool_)
    conducting[: len(graph.edges)] = grid.normal.conducting
    normal = replace(grid.normal, conducting=conducting)
    return replace(grid, graph=changed, normal=normal, contractions=Contractions())


class DeviceGrids:
    """Keeps the grids with the devices that were asked for last, with all that was found out about them."""

    def __init__(self, grid: Grid) -> None:
        """Keep the grid without devices."""
        self._grid = grid
        self._kept: tuple[tuple[frozenset[Device], Grid], ...] = ()

    def of(self, devices: Iterable[Device]) -> Grid:
        """Return the grid in which some devices stand; see `with_devices`."""
        wanted = frozenset(devices)
        if not wanted:
            return self._grid
        for known, grid in self._kept:
            if known == wanted:
                return grid
        made = with_devices(self._grid, sorted(wanted, key=lambda device: device.id))
        self._kept = ((wanted, made), *self._kept[: _GRIDS_KEPT - 1])
        return made


def _ways(slots: Slots, phases: int, *, split: bool) -> list[tuple[int, int]]:
    """Return (phase, way of it) for all phases of a mask, 0 = all; split ones of all only where they are there."""
    if slots.width == 1:
        return [(codes.A, codes.A)]
    bits = phases & codes.ALL or (codes.ALL if split else codes.ABC)
    return [(bit, way) for bit in codes.BITS if bits & bit for way in slots.ways(bit)]


def _cut_edges(grid: Grid, device: Device) -> I64:
    edges = grid.graph.edges
    mine = (edges.kind == Kind.BRANCH) & (edges.equipment == device.place[0])
    if device.phases and grid.graph.slots.width > 1:
        mine &= (edges.bit & device.phases) > 0
    return np.flatnonzero(mine)


def _source_vertices(graph: ConductorGraph, device: Device) -> I64:
    node = np.array(device.place, np.int64)
    phases = device.phases or int(graph.slots.node_phases[device.place[0]])
    return np.concatenate([graph.slots.vertex(node, way) for _, way in _ways(graph.slots, phases, split=False)])


def _joints(slots: Slots, device: Device) -> I64:
    """Return the joints of a jumper: two vertices, their nodes and the phase of each."""
    one, other = (np.array([node], np.int64) for node in device.place)
    split = bool(((slots.node_phases[one] | slots.node_phases[other]) & codes.SPLIT).any())
    joints = [
        np.stack([slots.vertex(one, way), slots.vertex(other, way), one, other, np.array([bit])])
        for bit, way in _ways(slots, device.phases, split=split)
    ]
    return np.concatenate(joints, axis=1)


def _with_jumpers(edges: Edges, joints: I64) -> Edges:
    if not joints.shape[1]:
        return edges
    size = joints.shape[1]
    none = np.full(size, -1, np.int64)
    added = {
        "u": joints[0],
        "v": joints[1],
        "node1": joints[2],
        "node2": joints[3],
        "kind": np.full(size, int(Kind.JUMPER)),
        "row": np.zeros(size, np.int64),
        "bit": joints[4],
    }
    columns: Sequence[str] = [column.name for column in fields(edges)]
    return Edges(
        **{
            name: np.concatenate([old, added.get(name, none).astype(old.dtype)])
            for name in columns
            for old in (getattr(edges, name),)
        }
    )
