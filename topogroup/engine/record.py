"""Recording: one decided step as the rows and bytes that the journal makes durable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import numpy as np

from cim_models import limits
from cim_models.identifiers import derived
from topogroup.engine.reports import GOOD
from topogroup.engine.step import GroupChange, Step
from topogroup.engine.view import GroupRecord, TemplateRecord
from topogroup.groups.changes import MembershipChange
from topogroup.groups.version import Version
from topogroup.iec61968.envelope import Context
from topogroup.journal.records import (
    Commit,
    EventRow,
    GroupChangeRow,
    GroupRow,
    LogRow,
    ModelRow,
    SwitchRow,
    TemplateRow,
)

CODEC: Final = "1"
"""Version of the code that writes events; stored bytes are never written again."""


class Renderer(Protocol):
    """Makes the bytes of outgoing messages of one format."""

    @property
    def source(self) -> str:
        """Return the name under which the service sends."""

    def render(self, change: MembershipChange, context: Context, end_devices: Mapping[str, str]) -> tuple[bytes, ...]:
        """Return the messages of one change of one group, in the order in which they are to be sent."""


def recorded(step: Step, renderer: Renderer) -> Commit:
    """Return what a step makes durable.

    Args:
        step: what was decided.
        renderer: makes the bytes of the messages.

    Returns:
        All rows of the step's revision.
    """
    after = step.after
    revision = after.revision
    request = step.command.request
    return Commit(
        log=LogRow(
            revision,
            step.at,
            step.command.kind,
            request.source if request else None,
            request.sequence if request else None,
            request.digest if request else None,
            step.command.as_dict(),
            step.answer.body,
        ),
        switches=tuple(_switch(step, key) for key in step.switches),
        templates=(
            *(_template(record, None) for record in step.templates),
            *(_template(record, revision) for record in step.ended_templates),
        ),
        devices=tuple(step.after.devices[id_] for id_ in step.devices),
        ended_devices=step.ended_devices,
        model=_model(step),
        groups=tuple(_group(change.record, revision if change.deleted else None) for change in step.changes),
        group_changes=tuple(_group_change(step, change) for change in step.changes),
        events=tuple(_events(step, renderer)),
    )


def event_document(step: Step, change: GroupChange, n: int) -> dict[str, Any]:
    """Return an event as streams carry it.

    Args:
        step: the step that made it.
        change: what happened to the group.
        n: the number of the event.
    """
    said = change.change
    return {
        "id": f"{step.after.generation}-{n}",
        "generation": step.after.generation,
        "revision": step.after.revision,
        "sequence": change.record.sequence,
        "verb": said.verb,
        "group": {"mrid": said.group.mrid, "name": said.group.name},
        "version": str(said.version),
        "previous_version": None if said.previous_version is None else str(said.previous_version),
        "joined": [member._asdict() for member in said.joined],
        "left": [member._asdict() for member in said.left],
        "cause": step.cause.as_dict(),
        "at": date_time(step.at),
    }


def date_time(instant: datetime) -> str:
    """Return an instant in UTC with milliseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _events(step: Step, renderer: Renderer) -> Iterator[EventRow]:
    after = step.after
    first = step.before.last_event + 1
    change_set = derived(f"change-set:{after.generation}:{after.revision}")
    devices = _end_devices(step)
    for n, change in enumerate(step.changes, first):
        context = Context(
            source=renderer.source,
            timestamp=step.at,
            change_set=change_set,
            revision=after.revision,
            generation=after.generation,
            sequence=change.record.sequence,
            cause=step.cause.kind,
            model_version=after.model.id if after.model is not None else "",
            quality=_quality(step, change),
        )
        yield EventRow(
            n,
            after.revision,
            change.record.group.mrid,
            change.record.sequence,
            change.change.verb,
            json.dumps(event_document(step, change, n), ensure_ascii=False, separators=(",", ":")).encode(),
            renderer.render(change.change, context, devices),
            CODEC,
        )


def _end_devices(step: Step) -> Mapping[str, str]:
    """Return the EndDevices of the model after; a DER that is only in the model before is named as that did."""
    before, after = step.before.model, step.after.model
    known = after.end_devices if after is not None else {}
    if before is None or before is after or not step.changes:
        return known
    return {**before.end_devices, **known}


def _quality(step: Step, change: GroupChange) -> str:
    """Return `uncertain` where a switch state behind the membership is in doubt."""
    after = step.after
    if step.cause.quality != GOOD:
        return "uncertain"
    if after.traced is None or not after.traced.snapshot.doubt.any() or after.current is None:
        return GOOD
    return "uncertain" if bool(after.current.uncertain[change.record.members].any()) else GOOD


def _switch(step: Step, key: int) -> SwitchRow:
    report = step.after.reports[key]
    return SwitchRow(
        key, report.known, report.open, report.source, report.received_at, report.at, report.quality, report.revision
    )


def _template(record: TemplateRecord, deleted: int | None) -> TemplateRow:
    return TemplateRow(record.mrid, record.template.dimensions, record.created_revision, deleted)


def _model(step: Step) -> ModelRow | None:
    model = step.after.model
    if model is None or not step.new_model:
        return None
    keys = np.asarray(model.network.equipment.key, np.int64)
    gone = tuple(sorted(step.after.gone.items()))
    return ModelRow(step.after.revision, model.id, model.name, keys, step.after.next_equipment_key, gone)


def _group(record: GroupRecord, deleted: int | None) -> GroupRow:
    return GroupRow(
        record.key,
        record.group.mrid,
        record.group.name,
        record.kind,
        record.template,
        definition_document(record),
        _version(record.version),
        record.sequence,
        record.created_revision,
        deleted,
    )


def definition_document(record: GroupRecord) -> dict[str, Any]:
    """Return what makes the members of a group, as the journal keeps it: for a template's group, its key."""
    if record.definition is not None:
        return record.definition.as_dict()
    return {"kind": "template", "key": [list(item) for item in record.group.items]}


def _group_change(step: Step, change: GroupChange) -> GroupChangeRow:
    record, full = change.record, None
    starts = change.change.verb == "created" or record.sequence % limits.GROUP_DELTAS_MAX == 0
    if starts and step.after.model is not None:
        full = np.sort(step.after.model.der_keys[record.members])
    return GroupChangeRow(
        record.key,
        record.sequence,
        change.change.verb,
        _version(record.version),
        change.joined,
        change.left,
        full if not change.deleted else None,
    )


def _version(version: Version) -> tuple[int, int, int]:
    return version.major, version.minor, version.revision
