"""Switches, pole by pole, with the state that the model gives and where it comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cim_models import limits, phase_codes
from cim_models.catalogue import SWITCHING_ROLES
from cim_models.extract.branches import CutPlaces
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Objects
from cim_models.network import STATE_SOURCES, PoleTable

Truths = npt.NDArray[np.int8]

_FIRST_NORMAL_SOURCE = STATE_SOURCES.index("SwitchPhase.normalOpen")
"""From here on the sources of a state say nothing of the present."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the files say on switch states; -1 = nothing."""

    open_: Truths
    normal_open: Truths
    solved_open: Truths
    solved_twice: npt.NDArray[np.bool_]
    pole_closed: Truths
    pole_normal_open: Truths
    any_normal: bool

    def current(self, switch: int, pole: int) -> tuple[bool, int]:
        """Return the current state of a pole and the position of its source in STATE_SOURCES."""
        said = (
            int(1 - self.pole_closed[pole]) if pole >= 0 and self.pole_closed[pole] >= 0 else -1,
            int(self.open_[switch]),
            int(self.solved_open[switch]),
            int(self.pole_normal_open[pole]) if pole >= 0 else -1,
            int(self.normal_open[switch]),
        )
        for offset, state in enumerate(said):
            if state >= 0:
                return bool(state), 2 + offset
        return False, len(STATE_SOURCES) - 1

    def normal(self, switch: int, pole: int) -> bool:
        """Return the normal state of a pole: closed where nothing is said.

        No operating value shapes it, except in a model without any normalOpen: there the first known state does.
        """
        if pole >= 0 and self.pole_normal_open[pole] >= 0:
            return bool(self.pole_normal_open[pole])
        if self.normal_open[switch] >= 0:
            return bool(self.normal_open[switch])
        return False if self.any_normal else self.current(switch, pole)[0]

    def contradicts(self, switch: int, pole: int) -> bool:
        """Tell whether two statements on the same moment disagree; normalOpen is another moment."""
        said = {int(s) for s in (self.open_[switch], self.solved_open[switch]) if s >= 0}
        if pole >= 0 and self.pole_closed[pole] >= 0:
            said.add(int(1 - self.pole_closed[pole]))
        return len(said) > 1 or bool(self.solved_twice[switch])


def poles(objects: Objects, bones: Bones, cuts: CutPlaces) -> PoleTable:
    """Find the poles of all switches.

    Args:
        objects: the statements.
        bones: the basic tables.
        cuts: the nodes between which cuts lie.

    Returns:
        One row per SwitchPhase, or one for all phases of a switch without; sorted by switch and phase.
    """
    said = _said(objects)
    phase_rows = _switch_phases(objects)
    switches = np.flatnonzero(np.isin(bones.role, [int(r) for r in SWITCHING_ROLES])).tolist()
    rows: list[tuple[int, ...]] = []
    assumed: list[int] = []
    conflicting: list[int] = []
    unknown: list[int] = []
    broken = any(header.broken for header in objects.statements.files)
    for e in switches:
        obj = int(bones.equipment[e])
        pairs = _ends(bones, e, cuts)
        ganged = [(-1, *_ganged_phases(bones, *pairs[0][2:]))]
        for pole, side1, side2 in phase_rows.get(obj, ganged):
            state, source = said.current(obj, pole)
            conflict = said.contradicts(obj, pole)
            # what a broken state file may have said is in doubt, and the normal state no more than a guess
            missing = broken and source >= _FIRST_NORMAL_SOURCE
            # a pole that changes its phase does so from the first end to each of the others
            for pair in pairs if side1 == side2 else [p for p in pairs if p[2] == pairs[0][2]]:
                rows.append((e, *pair, side1, side2, said.normal(obj, pole), state, source, conflict or missing))
            if missing:
                unknown.append(obj)
            elif source == len(STATE_SOURCES) - 1:
                assumed.append(obj)
            if conflict:
                conflicting.append(obj)
    _note_terminals(objects, bones, cuts)
    _note_states(objects, said, switches, assumed, conflicting)
    objects.note_each(
        "switch_state_unknown",
        np.unique(np.array(unknown, np.int64)),
        lambda obj: f"{objects.label(obj)} has no present state, for the file that gives it is broken; its normal one "
        "is taken, and what hangs on it is uncertain: mend the file.",
    )
    columns = np.array(rows, np.int64).reshape(-1, 11).T
    ends = [columns[i].astype(np.int32) for i in range(5)]
    return PoleTable(
        equipment=ends[0],
        node1=ends[1],
        node2=ends[2],
        terminal1=ends[3],
        terminal2=ends[4],
        side1=columns[5].astype(np.uint8),
        side2=columns[6].astype(np.uint8),
        normal_open=columns[7].astype(np.bool_),
        current_open=columns[8].astype(np.bool_),
        state_source=columns[9].astype(np.uint8),
        conflict=columns[10].astype(np.bool_),
    )


def _said(objects: Objects) -> _Said:
    solved, both = np.full(objects.size, -1, np.int8), np.zeros(objects.size, np.bool_)
    of_switch = objects.reference("SvSwitch.Switch")
    state = objects.truth("SvSwitch.open")
    there = np.flatnonzero((of_switch >= 0) & (state >= 0))
    # of several SvSwitch of one switch open stands, and the contradiction is said
    np.maximum.at(solved, of_switch[there], state[there])
    both[of_switch[there[state[there] < solved[of_switch[there]]]]] = True
    normal, pole_normal = objects.truth("Switch.normalOpen"), objects.truth("SwitchPhase.normalOpen")
    return _Said(
        open_=objects.truth("Switch.open"),
        normal_open=normal,
        solved_open=solved,
        solved_twice=both,
        pole_closed=objects.truth("SwitchPhase.closed"),
        pole_normal_open=pole_normal,
        any_normal=bool((normal >= 0).any() or (pole_normal >= 0).any()),
    )


def _switch_phases(objects: Objects) -> dict[int, list[tuple[int, int, int]]]:
    """Return for each switch its SwitchPhase objects with the phases on both sides, ascending by phase."""
    side1 = objects.phases("SwitchPhase.phaseSide1") & phase_codes.ALL
    side2 = objects.phases("SwitchPhase.phaseSide2") & phase_codes.ALL
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    parts, switches = objects.statements.references("SwitchPhase.Switch")
    for part, switch in zip(parts.tolist(), switches.tolist(), strict=True):
        one = int(side1[part] or side2[part])
        other = int(side2[part] or side1[part])
        if one:
            found[switch].append((part, one, other))
    return {switch: sorted(rows, key=lambda row: row[1:]) for switch, rows in found.items()}


def _ganged_phases(bones: Bones, t1: int, t2: int) -> tuple[int, int]:
    said = [int(bones.table.phases[t]) & phase_codes.ALL if t >= 0 else 0 for t in (t1, t2)]
    return said[0] or said[1] or phase_codes.ALL, said[1] or said[0] or phase_codes.ALL


def _ends(bones: Bones, e: int, cuts: CutPlaces) -> list[tuple[int, int, int, int]]:
    """Return the nodes and terminals that a switch joins, -1 where it has none.

    One pair as a rule; a switch with more terminals joins each to each, so that their order means nothing.
    """
    terminals = bones.with_nodes(e)
    if e in cuts.sides:
        own = [*range(int(bones.terminal_start[e]), int(bones.terminal_start[e + 1])), -1, -1]
        return [(*cuts.sides[e], own[0], own[1])]
    if len(terminals) < 2:
        only = terminals[0] if terminals else -1
        return [(int(bones.table.node[only]) if terminals else -1, -1, only, -1)]
    pairs: Iterable[tuple[int, int]] = combinations(terminals, 2)
    if len(terminals) > limits.SWITCH_ENDS_PAIRED_MAX:
        pairs = ((terminals[0], other) for other in terminals[1:])
    return [(int(bones.table.node[one]), int(bones.table.node[other]), one, other) for one, other in pairs]


def _note_terminals(objects: Objects, bones: Bones, cuts: CutPlaces) -> None:
    """Note switches that have too few ends, too many, or all of them on one node."""
    size, there = bones.equipment.size, bones.table.node >= 0
    of_switch, node = bones.table.equipment[there], bones.table.node[there]
    count = np.bincount(of_switch, minlength=size)
    lowest, highest = np.full(size, np.iinfo(np.int32).max, np.int32), np.full(size, -1, np.int32)
    np.minimum.at(lowest, of_switch, node)
    np.maximum.at(highest, of_switch, node)
    switch = np.isin(bones.role, [int(r) for r in SWITCHING_ROLES])
    switch[list(cuts.sides)] = False

    def node_of(obj: int) -> int:
        return int(bones.node[lowest[bones.equipment_of[obj]]])

    objects.note_each(
        "switch_one_terminal",
        bones.equipment[switch & (count < 2)],
        lambda obj: f"{objects.label(obj)} has fewer than two ends with a node and joins nothing; "
        "give it the terminal or the node that is missing.",
    )
    objects.note_each(
        "switch_many_terminals",
        bones.equipment[switch & (count > 2)],
        lambda obj: f"{objects.label(obj)} has {count[bones.equipment_of[obj]]} ends; closed, it joins all of them, "
        "open, none: if its parts move one by one, make each a switch.",
    )
    objects.note_each(
        "switch_same_node",
        bones.equipment[switch & (count > 1) & (lowest == highest)],
        lambda obj: f"{objects.label(obj)} has all its ends on {objects.label(node_of(obj))} and joins nothing; "
        "give the far end a node of its own.",
    )


def _note_states(
    objects: Objects, said: _Said, switches: list[int], assumed: list[int], conflicting: list[int]
) -> None:
    if switches and not said.any_normal:
        objects.note("normal_state_assumed", "No switch has normalOpen: its first known state is the normal one.")
    objects.note_each(
        "switch_state_assumed",
        np.unique(np.array(assumed, np.int64)),
        lambda obj: f"{objects.label(obj)} has no state anywhere and counts as closed; give it a Switch.normalOpen.",
    )
    objects.note_each(
        "switch_state_conflict",
        np.unique(np.array(conflicting, np.int64)),
        lambda obj: f"{objects.label(obj)}: two statements on its present state disagree and what depends on it is "
        "uncertain; remove the one that is wrong.",
    )
