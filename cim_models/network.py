"""The `Network`: one CIM model as arrays, made once per model version and then only read.

Tables are frozen dataclasses of equally long arrays; a row refers to another table by position. Equipment, nodes
and containers are sorted by mRID, so that the lowest mRID is the lowest position and the order of the files does
not matter. Designed for 10 million pieces of equipment: 32-bit positions, bit masks for phases, texts in blobs.
Voltages are volts, powers watts and volt-amperes. What a model does not say is NaN, -1 or mask 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from cim_models.findings import Finding
from cim_models.strings import Strings

Bools = npt.NDArray[np.bool_]
U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EquipmentTable:
    """Conducting equipment, ascending by mRID.

    `alias` is IdentifiedObject.mRID where it differs from the object's own id and no other object has it, else empty;
    `key` is the permanent number of a piece of equipment, kept over model versions; `class_code` and `role` are
    those of `catalogue`; `voltage_v` is that of its BaseVoltage or VoltageLevel.
    """

    id: Strings
    source_id: Strings
    alias: Strings
    name: Strings
    key: I64
    class_code: U8
    role: U8
    container: I32
    voltage_v: F32
    in_service: Bools
    normally_in_service: Bools


@dataclass(frozen=True, slots=True)
class NodeTable:
    """Connectivity nodes (topological nodes where a model has none), ascending by mRID; then inner nodes of cuts."""

    id: Strings
    name: Strings
    container: I32
    boundary: Bools


@dataclass(frozen=True, slots=True)
class TerminalTable:
    """Terminals by equipment and sequence number; `phases` by …Phase objects, else Terminal.phases, 0 = not said."""

    equipment: I32
    node: I32
    phases: U8
    connected: Bools


@dataclass(frozen=True, slots=True)
class BranchTable:
    """What joins two nodes for good: lines, series elements, busbars with two ends, pieces of cut lines."""

    equipment: I32
    node1: I32
    node2: I32
    terminal1: I32
    terminal2: I32
    phases1: U8
    phases2: U8


@dataclass(frozen=True, slots=True)
class PoleTable:
    """Poles of switches: one row per SwitchPhase, or one for all phases; by switch.

    `side1` and `side2` are the phases joined; `normal_open` and `current_open` the states that the model gives;
    `state_source` a position in `STATE_SOURCES`; `conflict` that two statements on it disagree.
    """

    equipment: I32
    node1: I32
    node2: I32
    terminal1: I32
    terminal2: I32
    side1: U8
    side2: U8
    normal_open: Bools
    current_open: Bools
    state_source: U8
    conflict: Bools


STATE_SOURCES = (
    "manual override",
    "DMS",
    "SwitchPhase.closed",
    "Switch.open",
    "SvSwitch.open",
    "SwitchPhase.normalOpen",
    "Switch.normalOpen",
    "assumed closed",
)
"""Where the state of a pole comes from, strongest first (DESIGN section 4, state of a switch)."""


@dataclass(frozen=True, slots=True)
class EndTable:
    """Ends of transformers by transformer, tank and number.

    `tank` numbers the single-phase units inside one transformer; `needs_all` says that the end is delta, ungrounded
    or phase-to-phase and works only with all its phases; `in_service` and `normally_in_service` are those of the tank.
    """

    equipment: I32
    tank: I32
    number: I16
    node: I32
    terminal: I32
    phases: U8
    voltage_v: F32
    needs_all: Bools
    in_service: Bools
    normally_in_service: Bools


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Grid sources; `phases` 0 = those of the node, `rule` a position in `SOURCE_RULES`."""

    equipment: I32
    terminal: I32
    phases: U8
    rule: U8


SOURCE_RULES = (
    "sources_file",
    "network_injection",
    "electrical_values",
    "nothing_gives_power",
    "boundary_node",
    "reference_machine",
)
"""Why equipment is a grid source (DESIGN section 4, grid sources); `sources.source_classes` has the words."""


NORMAL_CATEGORIES = ("", "A", "B")
"""Normal operating performance categories of IEEE 1547-2018 by code; 0 = not said."""

ABNORMAL_CATEGORIES = ("", "I", "II", "III")
"""Abnormal operating performance categories of IEEE 1547-2018 by code; 0 = not said."""


@dataclass(frozen=True, slots=True)
class DerTable:
    """DER (or all that generates), ascending by mRID of their equipment.

    `terminal` is -1 for one without a node; `forms_island` is set for synchronous machines and batteries;
    `unit_kind[unit_start[i]:unit_start[i + 1]]` are the kinds of its units, likewise its EndDevices.

    The nameplate is that of the whole DER, its units together; NaN = not said. What is given to the network is
    positive, what is taken negative, whatever the convention of the files: `p_min_w` of a battery is below 0, as is
    `q_min_var` of what can take reactive power. `p_given_w` and `q_given_var` are the operating point that the model
    happens to hold: shown, never used. Categories are positions in `NORMAL_CATEGORIES` and `ABNORMAL_CATEGORIES`.
    """

    equipment: I32
    terminal: I32
    phases: U8
    kind: U8
    forms_island: Bools
    p_max_w: F32
    p_min_w: F32
    s_rated_va: F32
    q_max_var: F32
    q_min_var: F32
    energy_rated_wh: F32
    energy_stored_wh: F32
    ramp_up_w_per_s: F32
    ramp_down_w_per_s: F32
    p_given_w: F32
    q_given_var: F32
    category_normal: U8
    category_abnormal: U8
    unit_start: I64
    unit_kind: U8
    end_device_start: I64
    end_device: Strings
    end_device_name: Strings


@dataclass(frozen=True, slots=True)
class GroupTable:
    """EndDeviceGroups of the model, ascending by mRID, with those of nested groups.

    `equipment[start[i]:start[i + 1]]` is the generating equipment that the EndDevices of group i stand for, ascending;
    `devices` is the number of its EndDevices, whatever they stand for.
    """

    id: Strings
    name: Strings
    devices: I32
    start: I64
    equipment: I32


@dataclass(frozen=True, slots=True)
class ContainerTable:
    """Equipment containers, ascending by mRID; `substation` is the container that is their Substation, or -1."""

    id: Strings
    name: Strings
    class_name: Strings
    substation: I32


@dataclass(frozen=True, slots=True)
class FeederTable:
    """CIM Feeder containers; the head terminal leads to a position in `terminal`, the trace start to one of these."""

    container: I32
    normal_substation: I32
    head_terminal: I32
    trace_equipment: I32
    trace_node: I32


@dataclass(frozen=True, slots=True)
class MembershipTable:
    """Which equipment lies in which Feeder container, by both kinds of container reference."""

    equipment: I32
    container: I32


@dataclass(frozen=True, slots=True)
class PositionTable:
    """Where equipment lies, ascending by equipment; only what has a point is here.

    `x[start[i]:start[i + 1]]` and `y[...]` are the points of row i in their order: one for a thing, several for a
    line. Where `wgs84` is set they are longitude and latitude in degrees, NaN for points outside their system; else the
    numbers of the files, which are no place on earth. `crs_code` is a position in `crs`, the names of the coordinate
    systems as the files write them (`urn:ogc:def:crs:EPSG::4326`), -1 = not said.
    """

    equipment: I32
    start: I64
    x: F64
    y: F64
    wgs84: Bools
    crs_code: I32
    crs: Strings


@dataclass(frozen=True, slots=True)
class SiteTable:
    """Where containers lie, such as substations; otherwise as `PositionTable`."""

    container: I32
    start: I64
    x: F64
    y: F64
    wgs84: Bools
    crs_code: I32
    crs: Strings


@dataclass(frozen=True, slots=True)
class PointTable:
    """Objects whose state is that of equipment, ascending by mRID: measurements and SwitchPhases.

    `equipment` is the switch whose position a point tells, -1 = it tells something else, such as a voltage; `phases`
    are those of side 1 that it is about, 0 = all; `kind` is a position in `POINT_KINDS`.
    """

    id: Strings
    equipment: I32
    phases: U8
    kind: U8


POINT_KINDS = ("measurement", "SwitchPhase")
"""What a point is, by code."""


@dataclass(frozen=True, slots=True)
class AliasTable:
    """Further names of equipment, ascending by text, then by equipment: aliasName, and Names with their NameType.

    A name that stands at a point (a measurement of a switch position, a SwitchPhase) is one of its switch, for the
    `phases` of the point; 0 = all. `type` is the name of the NameType, `authority` that of its NameTypeAuthority; both
    are empty for aliasName.
    """

    text: Strings
    equipment: I32
    phases: U8
    type: Strings
    authority: Strings


def _no_points() -> PointTable:
    return PointTable(Strings.of(()), np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.uint8))


def _no_aliases() -> AliasTable:
    none = Strings.of(())
    return AliasTable(none, np.zeros(0, np.int32), np.zeros(0, np.uint8), none, none)


@dataclass(frozen=True, slots=True)
class Network:
    """One CIM model as arrays, with what the reader found.

    Attributes:
        files: names of the files that were read.
        counts: number of objects of each class.
        findings: what the reader should know.
        generation: all that generates; `der` is what of it is no grid source.
    """

    files: tuple[str, ...]
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    equipment: EquipmentTable
    node: NodeTable
    terminal: TerminalTable
    branch: BranchTable
    pole: PoleTable
    end: EndTable
    source: SourceTable
    generation: DerTable
    der: DerTable
    group: GroupTable
    container: ContainerTable
    feeder: FeederTable
    membership: MembershipTable
    position: PositionTable
    site: SiteTable
    point: PointTable = field(default_factory=_no_points)
    alias: AliasTable = field(default_factory=_no_aliases)

    def label(self, equipment: int) -> str:
        """Return how messages name a piece of equipment: class, name and mRID."""
        table = self.equipment
        kind = catalogue.CLASSES[int(table.class_code[equipment])] or "Equipment"
        return f"{kind} {table.name[equipment]} ({table.id[equipment]})"

    def ders(self) -> Sequence[str]:
        """Return the mRIDs of all DER, ascending."""
        return [self.equipment.id[int(e)] for e in self.der.equipment]
