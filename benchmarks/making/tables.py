"""From columns of equipment to the tables of a `Network`, in their order and with their ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.making.things import TAGS, Things
from cim_models import catalogue, phase_codes
from cim_models.catalogue import Role
from cim_models.network import (
    SOURCE_RULES,
    BranchTable,
    ContainerTable,
    DerTable,
    EndTable,
    EquipmentTable,
    FeederTable,
    GroupTable,
    MembershipTable,
    Network,
    NodeTable,
    PoleTable,
    PositionTable,
    SiteTable,
    SourceTable,
    TerminalTable,
)
from cim_models.strings import Strings

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Columns = dict[str, npt.NDArray[Any]]

_NOT_SAID = (
    *("p_min_w", "q_max_var", "q_min_var", "energy_rated_wh", "energy_stored_wh"),
    *("ramp_up_w_per_s", "ramp_down_w_per_s", "p_given_w", "q_given_var"),
)

PER_PHASE_CODES = (phase_codes.A, phase_codes.B, phase_codes.C)


@dataclass(frozen=True, slots=True)
class Homes:
    """Containers: `substations` Substations first, then Feeders with the number of their head among the things."""

    substations: int
    head: I64
    normal_substation: I64


def names(letter: str, count: int) -> Strings:
    """Return so many ascending texts of one length: a letter and eight digits."""
    width = 9
    blob = np.empty((count, width), np.uint8)
    blob[:, 0] = ord(letter)
    rest = np.arange(count)
    for column in range(width - 1, 0, -1):
        rest, digit = np.divmod(rest, 10)
        blob[:, column] = digit + ord("0")
    return Strings(np.arange(1, count + 1, dtype=np.int64) * width, blob.reshape(-1))


def empty(count: int) -> Strings:
    """Return so many empty texts."""
    return Strings(np.zeros(count, np.int64), np.empty(0, np.uint8))


@dataclass(frozen=True, slots=True)
class Made:
    """A made network and what the maker knows of it.

    Attributes:
        network: the network.
        switches: by tag (see `things.TAGS`), the switches: positions of equipment, ascending by their place.
        place: int64[n_things]; position of each thing in the equipment table.
        node_place: int64[n_nodes]; position of each node, given by natural number.
        der_feeder: int64[n_ders]; number of the feeder each DER was put on.
        heads: int64[n_feeders]; the head of each feeder: a position of equipment.
    """

    network: Network
    switches: dict[str, I64]
    place: I64
    node_place: I64
    der_feeder: I64
    heads: I64


def network_of(things: Things, n_nodes: int, homes: Homes, *, per_phase: bool, rng: np.random.Generator | None) -> Made:
    """Make the tables.

    Args:
        things: all equipment.
        n_nodes: number of nodes.
        homes: the containers.
        per_phase: terminals name their phases.
        rng: draws an order of equipment and nodes that has nothing to do with the network; None = along the feeders.

    Returns:
        The network; `der_feeder` and `heads` are left empty.
    """
    node1, node2 = things.column("node1"), things.column("node2")
    natural = np.argsort(np.maximum(node1, node2), kind="stable")
    order = natural if rng is None else rng.permutation(things.size)
    node_place = np.arange(n_nodes) if rng is None else rng.permutation(n_nodes)
    place = np.empty(things.size, np.int64)
    place[order] = np.arange(things.size)
    c: Columns = {name: things.column(name)[order] for name in things.blocks}
    ends = [np.where(one >= 0, node_place[one], -1).astype(np.int32) for one in (node1[order], node2[order])]
    start = np.zeros(things.size, np.int32)
    np.cumsum(1 + (ends[1][:-1] >= 0), out=start[1:])
    said = c["phases"] if per_phase else np.zeros(things.size, np.uint8)
    equipment = _equipment(c)
    der = _ders(c, start, said)
    network = Network(
        files=(),
        counts=_counts(c["class_code"]),
        findings=(),
        equipment=equipment,
        node=_nodes(n_nodes),
        terminal=_terminals(start, ends, said),
        branch=_branches(c, start, ends),
        pole=_poles(c, start, ends, per_phase),
        end=_ends(c, start, ends),
        source=_sources(c, start, said),
        generation=der,
        der=der,
        group=GroupTable(empty(0), empty(0), np.empty(0, np.int32), np.zeros(1, np.int64), np.empty(0, np.int32)),
        container=_containers(homes),
        feeder=FeederTable(
            container=np.arange(homes.substations, homes.substations + homes.head.size, dtype=np.int32),
            normal_substation=homes.normal_substation.astype(np.int32),
            head_terminal=start[place[homes.head]],
            trace_equipment=np.full(homes.head.size, -1, np.int32),
            trace_node=np.full(homes.head.size, -1, np.int32),
        ),
        membership=MembershipTable(
            equipment=place[homes.head].astype(np.int32),
            container=np.arange(homes.substations, homes.substations + homes.head.size, dtype=np.int32),
        ),
        position=PositionTable(*_nowhere()),
        site=SiteTable(*_nowhere()),
    )
    tag = things.column("tag")
    of_tag = {name: place[np.flatnonzero(tag == number)] for number, name in enumerate(TAGS) if name}
    none = np.empty(0, np.int64)
    return Made(network, of_tag, place, np.asarray(node_place, np.int64), none, none)


def _nowhere() -> tuple[I32, I64, npt.NDArray[np.float64], npt.NDArray[np.float64], Bools, I32, Strings]:
    none = np.empty(0, np.float64)
    rows = np.empty(0, np.int32)
    return rows, np.zeros(1, np.int64), none, none, np.empty(0, np.bool_), rows, empty(0)


def _counts(code: U8) -> dict[str, int]:
    count = np.bincount(code, minlength=len(catalogue.CLASSES)).tolist()
    return {name: number for name, number in zip(catalogue.CLASSES, count, strict=True) if number}


def _equipment(c: Columns) -> EquipmentTable:
    count = c["role"].size
    ids = names("e", count)
    yes = np.ones(count, np.bool_)
    return EquipmentTable(
        id=ids,
        source_id=ids,
        alias=empty(count),
        name=ids,
        key=np.arange(count, dtype=np.int64),
        class_code=c["class_code"].astype(np.uint8),
        role=c["role"].astype(np.uint8),
        container=c["container"].astype(np.int32),
        voltage_v=np.where(c["role"] == Role.TRANSFORMER, np.nan, c["voltage_v"]).astype(np.float32),
        in_service=yes,
        normally_in_service=yes,
    )


def _nodes(count: int) -> NodeTable:
    ids = names("n", count)
    return NodeTable(id=ids, name=ids, container=np.full(count, -1, np.int32), boundary=np.zeros(count, np.bool_))


def _terminals(start: I32, ends: list[I32], said: U8) -> TerminalTable:
    two = ends[1] >= 0
    size = start.size + int(two.sum())
    owner = np.repeat(np.arange(start.size, dtype=np.int32), 1 + two)
    node = np.empty(size, np.int32)
    node[start] = ends[0]
    node[start[two] + 1] = ends[1][two]
    return TerminalTable(equipment=owner, node=node, phases=said[owner], connected=np.ones(size, np.bool_))


def _joint(rows: I64, start: I32, ends: list[I32]) -> tuple[I32, I32, I32, I32, I32]:
    """Return equipment, both nodes and both terminals."""
    return rows.astype(np.int32), ends[0][rows], ends[1][rows], start[rows], start[rows] + np.int32(1)


def _branches(c: Columns, start: I32, ends: list[I32]) -> BranchTable:
    rows = np.flatnonzero(c["role"] == Role.LINE)
    phases = c["phases"][rows].astype(np.uint8)
    return BranchTable(*_joint(rows, start, ends), phases, phases)


def _poles(c: Columns, start: I32, ends: list[I32], per_phase: bool) -> PoleTable:
    switch = np.flatnonzero(c["role"] == Role.SWITCH)
    mask = c["phases"][switch].astype(np.uint8)
    if per_phase:
        bits = np.array(PER_PHASE_CODES, np.uint8)
        apart = c["by_phase"][switch].astype(np.bool_)
        each = (mask[:, None] & bits) > 0
        each[~apart] = [True, False, False]
        which, column = np.nonzero(each)
        side = np.where(apart[which], bits[column], mask[which]).astype(np.uint8)
        switch = switch[which]
    else:
        side = np.full(switch.size, phase_codes.ALL, np.uint8)
    opened = c["normal_open"][switch].astype(np.bool_)
    source = np.full(switch.size, 6, np.uint8)
    return PoleTable(*_joint(switch, start, ends), side, side, opened, opened, source, np.zeros(switch.size, np.bool_))


def _ends(c: Columns, start: I32, ends: list[I32]) -> EndTable:
    rows = np.flatnonzero(c["role"] == Role.TRANSFORMER)
    both = np.repeat(rows, 2)
    yes = np.ones(both.size, np.bool_)
    return EndTable(
        equipment=both.astype(np.int32),
        tank=np.full(both.size, -1, np.int32),
        number=np.tile(np.array([1, 2], np.int16), rows.size),
        node=np.stack([ends[0][rows], ends[1][rows]], axis=1).reshape(-1),
        terminal=np.stack([start[rows], start[rows] + np.int32(1)], axis=1).reshape(-1),
        phases=c["phases"][both].astype(np.uint8),
        voltage_v=np.stack([c["voltage_v"][rows], c["lower_v"][rows]], axis=1).reshape(-1).astype(np.float32),
        needs_all=c["needs_all"][both].astype(np.bool_) & np.tile([True, False], rows.size),
        in_service=yes,
        normally_in_service=yes,
    )


def _sources(c: Columns, start: I32, said: U8) -> SourceTable:
    rows = np.flatnonzero(c["role"] == Role.ENERGY_SOURCE)
    rule = np.full(rows.size, SOURCE_RULES.index("electrical_values"), np.uint8)
    return SourceTable(rows.astype(np.int32), start[rows], said[rows], rule)


def _ders(c: Columns, start: I32, said: U8) -> DerTable:
    """Return all connections and machines: every twentieth connection is a battery, the others are photovoltaic."""
    rows = np.flatnonzero((c["role"] == Role.CONNECTION) | (c["role"] == Role.SYNCHRONOUS_MACHINE))
    machine = c["role"][rows] == Role.SYNCHRONOUS_MACHINE
    kinds = [catalogue.KINDS.index(name) for name in ("pv", "battery", "machine")]
    kind = np.where(machine, kinds[2], np.where(np.arange(rows.size) % 20 == 7, kinds[1], kinds[0])).astype(np.uint8)
    return DerTable(
        equipment=rows.astype(np.int32),
        terminal=start[rows],
        phases=said[rows],
        kind=kind,
        forms_island=kind != kinds[0],
        p_max_w=np.full(rows.size, 10_000.0, np.float32),
        s_rated_va=np.full(rows.size, 11_000.0, np.float32),
        **dict.fromkeys(_NOT_SAID, np.full(rows.size, np.nan, np.float32)),
        category_normal=np.zeros(rows.size, np.uint8),
        category_abnormal=np.zeros(rows.size, np.uint8),
        unit_start=np.arange(rows.size + 1, dtype=np.int64),
        unit_kind=kind,
        end_device_start=np.zeros(rows.size + 1, np.int64),
        end_device=empty(0),
        end_device_name=empty(0),
    )


def _containers(homes: Homes) -> ContainerTable:
    count = homes.substations + homes.head.size
    ids = names("s", count)
    own = np.arange(count)
    return ContainerTable(
        id=ids,
        name=ids,
        class_name=Strings.of(["Substation"] * homes.substations + ["Feeder"] * homes.head.size),
        substation=np.where(own < homes.substations, own, -1).astype(np.int32),
    )
