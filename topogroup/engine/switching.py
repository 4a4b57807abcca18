"""Switching: switch states in, one net change of the network state out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cim_models import limits, phase_codes
from cim_models.errors import BatchError, ConflictError, TopogroupError
from topogroup.engine.commands import Answer, Requirement, Switching, SwitchOperation
from topogroup.engine.model import ActiveModel
from topogroup.engine.regroup import moved_count, regrouped
from topogroup.engine.reports import GOOD, SwitchReport, overlaid, poles_of, reported_state
from topogroup.engine.standing import grid_with
from topogroup.engine.step import Cause, GroupChange, Step, changes_in_short
from topogroup.engine.view import View
from topogroup.topology.tracing.leading import led_on, traced_anew

MANY_HOLDERS_SHOWN = limits.ID_CANDIDATES_SHOWN


def decide_switching(view: View, command: Switching, at: datetime) -> Step:
    """Decide a batch of switch operations: good items are applied in their order, bad ones are listed.

    Args:
        view: the committed view.
        command: the batch.
        at: now.

    Returns:
        The step; also one without any effect is a revision, so that the same batch gets the same answer.

    Raises:
        ConflictError: no model is active, or a state that the batch requires does not hold.
        BatchError: the batch is atomic and an item is bad.
    """
    if view.model is None:
        raise ConflictError("no_active_model", "No model is active, so no switch is known; load one first.")
    revision, request = view.revision + 1, command.request
    batch = _Batch(view, view.model, request.source if request else "", at, revision)
    needed: dict[int, list[Requirement]] = {}
    for one in command.required:
        needed.setdefault(one.before, []).append(one)
    for index, operation in enumerate(command.operations):
        for one in needed.get(index, ()):
            batch.require(one)
        batch.take(index if command.places is None else command.places[index], operation)
    batch.rejected = sorted([*batch.rejected, *command.refused], key=lambda one: int(str(one["index"])))
    if command.atomic and batch.rejected:
        count, first = len(batch.rejected), batch.rejected[0]["message"]
        all_ = len(command.operations) + len(command.refused)
        message = f"{count} of {all_} operations are bad, so nothing was applied: {first}"
        raise BatchError("batch_rejected", message, batch.rejected)
    after = replace(view, revision=revision, at=at)
    if batch.new:
        after = replace(after, reports={**view.reports, **batch.new})
    changes: tuple[GroupChange, ...] = ()
    elsewhere = 0
    if batch.effects:
        after, changes, elsewhere = _operated(view, after, batch)
    quality = "good" if all(view_.quality == GOOD for view_ in batch.new.values()) else "uncertain"
    cause = Cause(
        "switching",
        request.source if request else None,
        request.sequence if request else None,
        tuple(batch.effects),
        quality,
    )
    body = {
        "revision": revision,
        "applied": batch.applied,
        "unchanged": batch.unchanged,
        "rejected": batch.rejected,
        **changes_in_short(changes, elsewhere),
    }
    return Step(command, at, view, after, cause, changes, Answer(revision, body), tuple(batch.new))


def _operated(view: View, after: View, batch: _Batch) -> tuple[View, tuple[GroupChange, ...], int]:
    """Trace the network as it is switched now, and regroup; return how many DER hang elsewhere, too."""
    model = batch.model
    assert view.state is not None
    state = overlaid(model.network, view.state, batch.by_equipment)
    if model.grid.graph.slots.width == 1 and state.per_phase(model.network):
        # the first operation on single phases: the graph needs its phases apart from now on
        model = model.with_phases_apart()
        state = reported_state(model.network, after.reports)
    grid = grid_with(model, after.devices)
    if view.traced is None or model is not batch.model:
        traced, moved = traced_anew(grid, model.rows, state), None
    else:
        traced, moved = led_on(view.traced, grid, model.rows, state)
    found = regrouped(view, replace(after, model=model, state=state, traced=traced), moved)
    return found.view, found.changes, moved_count(view, found.view) if moved is None else int(moved.ders.size)


class _RefusedItemError(TopogroupError):
    """One operation is bad."""


@dataclass(slots=True)
class _Batch:
    """Takes the operations of one batch in their order; later ones see the reports of earlier ones."""

    view: View
    model: ActiveModel
    source: str
    at: datetime
    revision: int
    new: dict[int, SwitchReport] = field(default_factory=dict)
    by_equipment: dict[int, SwitchReport] = field(default_factory=dict)
    effects: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, object]] = field(default_factory=list)
    applied: int = 0
    unchanged: int = 0
    _open: dict[int, int] = field(default_factory=dict)
    """Open phases of side 1 by pole, of the poles that this batch touched."""

    def take(self, index: int, operation: SwitchOperation) -> None:
        """Apply one operation, or list it as rejected."""
        try:
            self._apply(operation)
        except _RefusedItemError as refused:
            self.rejected.append(
                {"index": index, "switch": _called(operation), "code": refused.code, "message": refused.message}
            )

    def require(self, needed: Requirement) -> None:
        """Compare a state with what is known after the operations before it.

        Raises:
            ConflictError: it does not hold, or its switch is not known.
        """
        operation, network = needed.operation, self.model.network
        shown, word = _called(operation)[:60], "open" if operation.open else "closed"
        try:
            equipment, of_point = self._switch(operation)
            rows = list(poles_of(network, equipment))
            phases = self._phases(operation, self._side(rows), of_point)
        except _RefusedItemError as refused:
            message = f"{needed.place} requires that {shown!r} is {word}, which cannot be told: {refused.message}"
            raise ConflictError("difference_misfit", message, shown) from None
        masks = [(int(network.pole.side1[row]) & phases, self._open_of(row)) for row in rows]
        # a switch whose phases nobody gives has all, s1 and s2 too, of which reports by A, B, C say nothing
        masks = [(mask & phase_codes.ABC or mask, known) for mask, known in masks]
        if not phases or any(known & mask != (mask if operation.open else 0) for mask, known in masks):
            message = f"{needed.place} requires that {shown!r} is {word}, and it is not; nothing was applied."
            raise ConflictError("difference_misfit", message, shown)

    def _side(self, poles: list[int]) -> int:
        side = 0
        for pole in poles:
            side |= int(self.model.network.pole.side1[pole])
        return side

    def _open_of(self, pole: int) -> int:
        """Return the open phases of a pole after the operations so far."""
        return self._open.get(pole, int(self.view.state.open[pole]) if self.view.state is not None else 0)

    def _apply(self, operation: SwitchOperation) -> None:
        network = self.model.network
        equipment, of_point = self._switch(operation)
        key = int(network.equipment.key[equipment])
        before = self.new.get(key) or self.view.reports.get(key)
        self._check_time(operation, before)
        poles = list(poles_of(network, equipment))
        side = self._side(poles)
        phases = self._phases(operation, side, of_point)
        changed = False
        for pole in poles:
            mask = int(network.pole.side1[pole]) & phases
            was = self._open_of(pole)
            self._open[pole] = was | mask if operation.open else was & ~mask
            changed |= self._open[pole] != was
        known, opened = (before.known, before.open) if before is not None else (0, 0)
        opened = opened | phases if operation.open else opened & ~phases
        self.new[key] = self.by_equipment[equipment] = SwitchReport(
            known | phases, opened, self.source, self.at, operation.at, operation.quality, self.revision
        )
        doubt = operation.quality != (before.quality if before is not None else GOOD)
        self.applied += changed
        self.unchanged += not changed
        if changed or doubt or self._was_in_conflict(poles):
            table = network.equipment
            said = {"switch": table.id[equipment], "name": table.name[equipment], "open": operation.open}
            code = operation.phases or (phase_codes.code_of(phases) if of_point and phases != side else "")
            self.effects.append(said | ({"phases": code} if code else {}))

    def _was_in_conflict(self, poles: list[int]) -> bool:
        state = self.view.state
        return state is not None and any(bool(state.conflict[pole]) for pole in poles)

    def _switch(self, operation: SwitchOperation) -> tuple[int, int]:
        """Return the switch that an operation is about, and the phases of the point that it names; 0 = all."""
        text = operation.switch
        holders, phases = self.model.switches.found(text, self.source)
        if len(holders) == 1:
            return holders[0], phases
        shown = _called(operation)[:60]
        if holders:
            ids = [self.model.network.equipment.id[e] for e in holders[:MANY_HOLDERS_SHOWN]]
            more = ", …" if len(holders) > len(ids) else ""
            message = f"{shown!r} is the name of {len(holders)} switches; use an mRID: {', '.join(ids)}{more}."
            raise _RefusedItemError("ambiguous", message, shown)
        if self.model.equipment.holders(text, self.source):
            raise _RefusedItemError("not_a_switch", f"{shown!r} is no switch.", shown)
        message = f"{shown!r} names no switch of this model, neither as mRID nor as name."
        if operation.said:
            message = f"{shown!r} is an alias of {text[:60]}, which is not in this model; mend the table of aliases."
        raise _RefusedItemError("unknown", message, shown)

    def _check_time(self, operation: SwitchOperation, before: SwitchReport | None) -> None:
        if operation.at is None:
            return
        ahead = timedelta(seconds=limits.CLOCK_AHEAD_MAX_S)
        if operation.at > self.at + ahead:
            message = (
                f"{_called(operation)[:60]!r}: its time lies {operation.at - self.at} in the future; set the clock."
            )
            raise _RefusedItemError("in_the_future", message, _called(operation)[:60])
        if before is not None and before.at is not None and operation.at < before.at:
            message = f"{_called(operation)[:60]!r}: a later report is known already, of {before.at.isoformat()}."
            raise _RefusedItemError("stale", message, _called(operation)[:60])

    def _phases(self, operation: SwitchOperation, side: int, of_point: int) -> int:
        shown = _called(operation)[:60]
        if not operation.phases:
            if of_point and not of_point & side:
                missing = phase_codes.code_of(of_point)
                raise _RefusedItemError("unknown_phase", f"Switch {shown!r} has no phase {missing}.", shown)
            return of_point & side or side
        mask = phase_codes.mask_of(operation.phases)
        if not mask or mask & phase_codes.N:
            message = f"{shown!r}: {operation.phases[:20]!r} is no phase code such as A, BC or ABC."
            raise _RefusedItemError("unknown_phase", message, shown)
        if mask & ~side:
            missing = phase_codes.code_of(mask & ~side)
            raise _RefusedItemError("unknown_phase", f"Switch {shown!r} has no phase {missing}.", shown)
        return mask


def _called(operation: SwitchOperation) -> str:
    """Return what the sender calls a switch."""
    return operation.said or operation.switch
