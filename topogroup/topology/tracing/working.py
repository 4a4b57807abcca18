"""The working graph: a network contracted to blocks, with everything that operations need to know of each block.

Blocks are what no switch parts under the flags of a state (in service, connected). A low-voltage network that hangs
on its service transformers alone, without a switch in between, belongs to the block above: its answer on the level of
service transformers never changes. Blocks are numbered along the feeders, so that what lies together in the network
lies together in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import depth_first_order

from cim_models.network import Network
from topogroup.topology.arrays.grouped import ranks
from topogroup.topology.graph.connectivity import Kind
from topogroup.topology.graph.phases import components
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.structure.grid import Grid
from topogroup.topology.structure.levels import SERVICE_LEVEL, TIER_LEVELS, TRANSFORMER_LEVEL
from topogroup.topology.supplying.attachment import DerRows
from topogroup.topology.tracing.leaves import Leaves, find_leaves
from topogroup.topology.tracing.tables import PIN_GATE, PIN_LINK, PIN_MACHINE, Fixed

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

LEVELS = (TRANSFORMER_LEVEL, *TIER_LEVELS.values(), SERVICE_LEVEL)
"""The levels in the order of the columns of sets; that of service transformers is the last."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkTable:
    """The links between blocks that are more than a switch.

    Attributes:
        edge: int64[n]; in the graph of (node, phase).
        point: int64[n_levels, n]; the supply point of a level that the link is, a row of its `Level`, -1 = none.
        upper_is_u: bool[n_levels, n]; whether `link_u` is the upper side of that point.
        unit: int64[n]; the unit whose gates can degrade it, -1 = none.
    """

    edge: I64
    point: I64
    upper_is_u: Bools
    unit: I64


@dataclass(frozen=True, slots=True, eq=False)
class WorkingGraph:
    """A network contracted under the flags of a state.

    Attributes:
        fixed: the arrays for the kernels.
        block: int32[n_vertices]; the block of each vertex.
        links: the links.
        gate_unit, gate_block: int64[n]; which blocks must be live for a unit to work fully.
        leaves: the low-voltage networks that belong to the block above.
        leaf: int32[n_vertices]; the leaf that each vertex lies in, -1 = none.
        leaf_gate: int32[n_leaves]; the gate of each leaf in `fixed.gate_start`, -2 = none.
        row_position: int32[n_rows]; the row of the kernels that a row of `DerRows` is part of, -1 = a DER whose
            terminal is disconnected.
        has_taps: there are phase-to-phase centre taps; what depends on them is not traced incrementally.
    """

    fixed: Fixed
    block: I32
    links: LinkTable
    gate_unit: I64
    gate_block: I64
    leaves: Leaves
    leaf: I32
    leaf_gate: I32
    row_position: I32
    has_taps: bool

    @property
    def blocks(self) -> int:
        """Return the number of blocks."""
        return int(self.fixed.source.size)


def working_graph(grid: Grid, rows: DerRows, flags: NetworkState) -> WorkingGraph:
    """Contract a network.

    Args:
        grid: the prepared network.
        rows: its DER.
        flags: the state whose flags count; its switches do not matter.

    Returns:
        The working graph; it holds for all states with these flags.
    """
    network, graph = grid.network, grid.graph
    edges, gates = graph.edges, graph.gates
    closed = NetworkState(
        np.zeros_like(flags.open), flags.in_service, flags.connected, flags.ends_in_service, flags.conflict
    )
    on = graph.conducting(network, closed)
    of_level = np.zeros(len(edges), np.bool_)
    for level in grid.levels.values():
        of_level[level.edge] = True
    is_pole, is_winding = edges.kind == Kind.POLE, edges.kind == Kind.WINDING
    gated_unit = np.zeros(int(edges.row.max(initial=-1)) + 1, np.bool_)
    gated_unit[gates.unit] = True
    gated = is_winding & gated_unit[edges.row]
    tap = np.zeros(len(edges), np.bool_)
    tap[gates.tap_edge] = True
    fixed = on & ~(is_pole | of_level | gated | tap)
    raw = components(graph.n_vertices, edges.u[fixed], edges.v[fixed])
    source = graph.sources(network, flags)
    moving = np.flatnonzero(on & ~fixed)
    leaves = find_leaves(grid, raw, moving, gated, source)
    merged = leaves.base[raw]
    moving = moving[merged[edges.u[moving]] != merged[edges.v[moving]]]
    inner = moving[is_pole[moving] & ~of_level[moving]]
    links = moving[~(is_pole[moving] & ~of_level[moving])]
    needed = np.zeros(merged.max(initial=-1) + 1, np.bool_)
    for vertices in (edges.u[moving], edges.v[moving], rows.vertex, gates.vertex, np.flatnonzero(source)):
        needed[merged[vertices]] = True
    block = _numbered(_without_rest(merged, needed), edges.u[moving], edges.v[moving], source)
    count = int(block.max(initial=-1)) + 1
    is_source = np.zeros(count, np.uint8)
    is_source[block[source]] = 1

    table = _link_table(grid, links, gated)
    unit_of_gate, gate_block = _gates_of(table, gates.unit, block[gates.vertex])
    machines, machine, machine_block = _machines(network, rows, flags, block, count)
    leaf = leaves.of[raw].astype(np.int32)
    leaf_gate, gate_start, gates_flat = _leaf_gates(leaves, gates.unit, block[gates.vertex])
    joined = _joined_rows(network, rows, flags)
    gate_of = np.append(leaf_gate, np.int32(-1))[leaf]
    row_block, row_der, row_gate, position = _distinct_rows(rows, joined, block, gate_of)
    waiting, at_block = _waiting(row_gate, row_block, gate_start, gates_flat)
    pins = _pins(block[edges.u[links]], block[edges.v[links]], unit_of_gate, gate_block, machine, machine_block)
    inner_u, inner_v = block[edges.u[inner]], block[edges.v[inner]]
    inner_start, inner_edge = _incidence(inner_u, inner_v, count)
    poles = _pole_entries(grid, inner, links)
    unit_link = np.flatnonzero(table.unit >= 0)
    unit_link = unit_link[np.argsort(table.unit[unit_link], kind="stable")]
    units = int(max(table.unit.max(initial=-1), unit_of_gate.max(initial=-1))) + 1
    return WorkingGraph(
        fixed=Fixed(
            inner_u=_i32(inner_u),
            inner_v=_i32(inner_v),
            inner_start=inner_start,
            inner_edge=inner_edge,
            link_u=_i32(block[edges.u[links]]),
            link_v=_i32(block[edges.v[links]]),
            pole_start=poles[0],
            pole_entry=poles[1],
            pole_bit=poles[2],
            pin_start=_starts(pins[0], count),
            pin_block=_i32(pins[0]),
            pin_kind=pins[1].astype(np.uint8),
            pin_ref=_i32(pins[2]),
            link_point=_i32(table.point),
            link_upper=np.ascontiguousarray(table.upper_is_u, np.uint8),
            link_unit=_i32(table.unit),
            unit_start=_starts(table.unit[unit_link], units),
            unit_link=_i32(unit_link),
            unit_gate_start=_starts(unit_of_gate, units),
            unit_gate=_i32(gate_block),
            machine_start=_starts(machine, int(machine.max(initial=-1)) + 1),
            machine_block=_i32(machine_block),
            source=is_source,
            machines=machines,
            row_start=_starts(row_block, count),
            row_der=row_der,
            row_gate=row_gate,
            gate_start=gate_start,
            gate_block=_i32(gates_flat),
            waiting_start=_starts(at_block, count),
            waiting_row=_i32(waiting),
            waiting_block=_i32(row_block[waiting]),
        ),
        block=_i32(block),
        links=table,
        gate_unit=unit_of_gate,
        gate_block=gate_block,
        leaves=leaves,
        leaf=leaf,
        leaf_gate=leaf_gate,
        row_position=position,
        has_taps=bool(on[gates.tap_edge].any()) or graph.slots.width > 3,
    )


def _i32(values: npt.NDArray[np.integer]) -> I32:
    return np.ascontiguousarray(values, np.int32)


def _starts(owner: npt.NDArray[np.integer], count: int) -> I32:
    """Return where the entries of each owner begin, for entries sorted by owner: int32[count + 1]."""
    start = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=count), out=start[1:])
    return start


def _without_rest(merged: I64, needed: Bools) -> I64:
    """Make one block of all that holds nothing and leads nowhere, such as the phases that a node does not have."""
    rest = np.flatnonzero(~needed[merged])
    if rest.size:
        merged = merged.copy()
        merged[rest] = merged[rest[0]]
    return merged


def _numbered(merged: I64, u: I64, v: I64, source: Bools) -> I64:
    """Number the blocks depth first from the grid sources, all switches closed."""
    present, block = ranks(int(merged.max(initial=-1)) + 1, merged)
    count = present.size
    one, other = block[u], block[v]
    whole = components(count, one, other)
    # one start in each connected piece: a block with a source where there is one
    starts = np.zeros(int(whole.max(initial=-1)) + 1, np.int64)
    starts[whole[::-1]] = np.arange(count)[::-1]
    fed = np.unique(block[source])
    starts[whole[fed]] = fed
    root = np.full(starts.size, count)
    from_, to = np.concatenate([one, other, root]), np.concatenate([other, one, starts])
    order_ = np.argsort(from_, kind="stable")
    pointer = np.zeros(count + 2, np.int32)
    np.cumsum(np.bincount(from_, minlength=count + 1), out=pointer[1:])
    matrix = csr_array((np.ones(to.size, np.int8), to[order_].astype(np.int32), pointer), shape=(count + 1, count + 1))
    order = depth_first_order(matrix, count, return_predecessors=False)
    number = np.empty(count + 1, np.int64)
    number[order] = np.arange(order.size) - 1
    return number[block]


def _link_table(grid: Grid, links: I64, gated: Bools) -> LinkTable:
    edges = grid.graph.edges
    place = np.full(len(edges), -1, np.int64)
    place[links] = np.arange(links.size)
    point = np.full((len(LEVELS), links.size), -1, np.int64)
    upper_is_u = np.zeros(point.shape, np.bool_)
    for number, name in enumerate(LEVELS):
        level = grid.levels[name]
        at = place[level.edge]
        here = np.flatnonzero(at >= 0)
        point[number, at[here]] = here
        upper_is_u[number, at[here]] = level.upper[here] == edges.u[level.edge[here]]
    return LinkTable(links, point, upper_is_u, np.where(gated[links], edges.row[links], -1))


def _gates_of(table: LinkTable, unit: I64, block: npt.NDArray[np.integer]) -> tuple[I64, I64]:
    """Return the gates of the units that have links: unit and block, each pair once."""
    mine = np.isin(unit, table.unit)
    pairs = np.unique(np.stack([unit[mine], block[mine]], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _joined_rows(network: Network, rows: DerRows, flags: NetworkState) -> I64:
    """Return the rows of the DER whose terminal is connected."""
    terminal = network.der.terminal
    joined = np.zeros(rows.phases.size, np.bool_)
    joined[terminal >= 0] = flags.connected[terminal[terminal >= 0]]
    return np.flatnonzero(joined[rows.der])


def _distinct_rows(rows: DerRows, joined: I64, block: npt.NDArray[np.integer], gate: I32) -> tuple[I32, I32, I32, I32]:
    """Return block, DER and gate of the rows of the kernels, by block, and the one that each row of `DerRows` is in.

    Where a network has its phases together, the phases of a DER are one row.
    """
    vertex, der = rows.vertex[joined], rows.der[joined]
    own_block, own_gate = block[vertex], gate[vertex]
    order = np.lexsort((own_gate, der, own_block)) if joined.size else joined
    columns = tuple(_i32(column[order]) for column in (own_block, der, own_gate))
    fresh = np.ones(joined.size, np.bool_)
    fresh[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    position = np.full(rows.der.size, -1, np.int32)
    position[joined[order]] = np.cumsum(fresh) - 1
    row_block, row_der, row_gate = (column[fresh] for column in columns)
    return row_block, row_der, row_gate, position


def _machines(network: Network, rows: DerRows, flags: NetworkState, block: I64, count: int) -> tuple[U8, I64, I64]:
    """Return the machines that can hold an island: the blocks of those that lie in one alone, and the others by block.

    A machine of which one phase is joined to the grid holds no island on the others, so those that lie in several
    blocks are pins: number and block of each, ascending.
    """
    der = network.der
    able = der.forms_island & flags.in_service[der.equipment] & (rows.node >= 0)
    there = der.terminal >= 0
    able[there] &= flags.connected[der.terminal[there]]
    mine = np.flatnonzero(able[rows.der])
    pairs = np.unique(np.stack([rows.der[mine], block[rows.vertex[mine]]], axis=1), axis=0)
    several = np.bincount(pairs[:, 0], minlength=rows.phases.size)[pairs[:, 0]] > 1
    alone = np.zeros(count, np.uint8)
    alone[pairs[~several, 1]] = 1
    number = np.unique(pairs[several, 0], return_inverse=True)[1]
    return alone, number.astype(np.int64), pairs[several, 1]


def _leaf_gates(leaves: Leaves, unit: I64, block: npt.NDArray[np.integer]) -> tuple[I32, I32, I64]:
    """Return for each leaf its gate (-2 = none), and where the blocks of each gate begin, and the blocks."""
    units = np.unique(leaves.unit[leaves.unit >= 0])
    mine = np.isin(unit, units)
    pairs = np.unique(np.stack([np.searchsorted(units, unit[mine]), block[mine]], axis=1), axis=0)
    gate = np.where(leaves.unit >= 0, np.searchsorted(units, leaves.unit), -2).astype(np.int32)
    return gate, _starts(pairs[:, 0], units.size), pairs[:, 1]


def _waiting(row_gate: I32, row_block: npt.NDArray[np.integer], start: I32, flat: I64) -> tuple[I64, I64]:
    """Return the rows that depend on blocks other than their own: row and block, by block."""
    gated = np.flatnonzero(row_gate >= 0)
    length = (start[1:] - start[:-1])[row_gate[gated]].astype(np.int64)
    row = np.repeat(gated, length)
    offset = np.arange(row.size) - np.repeat(np.cumsum(length) - length, length)
    block = flat[start[:-1].astype(np.int64)[row_gate[row]] + offset] if row.size else np.empty(0, np.int64)
    other = block != row_block[row]
    row, block = row[other], block[other]
    order = np.argsort(block, kind="stable")
    return row[order], block[order]


def _pins(u: I64, v: I64, unit: I64, gate_block: I64, machine: I64, machine_block: I64) -> tuple[I64, I64, I64]:
    """Return block, kind and what it refers to for all pins, by block."""
    number = np.arange(u.size)
    block = np.concatenate([u, v, gate_block, machine_block])
    sizes = (2 * u.size, unit.size, machine.size)
    kind = np.repeat(np.array([PIN_LINK, PIN_GATE, PIN_MACHINE]), sizes)
    ref = np.concatenate([number, number, unit, machine])
    order = np.argsort(block, kind="stable")
    return block[order], kind[order], ref[order]


def _incidence(u: I64, v: I64, count: int) -> tuple[I32, I32]:
    """Return the inner edges at each block."""
    ends = np.concatenate([u, v])
    order = np.argsort(ends, kind="stable")
    number = np.concatenate([np.arange(u.size), np.arange(u.size)])
    return _starts(ends, count), _i32(number[order])


def _pole_entries(grid: Grid, inner: I64, links: I64) -> tuple[I32, I32, U8]:
    """Return what each pole operates: inner edges by number, links by -1 - number; and with which of its phases."""
    edges = grid.graph.edges
    switched = np.flatnonzero(edges.kind[links] == Kind.POLE)
    edge = np.concatenate([inner, links[switched]])
    entry = np.concatenate([np.arange(inner.size), -1 - switched])
    order = np.argsort(edges.row[edge], kind="stable")
    edge, entry = edge[order], entry[order]
    bit = edges.bit[edge] if grid.graph.slots.width > 1 else np.full(edge.size, 255, np.uint8)
    poles = grid.network.pole.side1.size
    return _starts(edges.row[edge], poles), _i32(entry), np.ascontiguousarray(bit, np.uint8)
