"""One step: what a command does, decided and not yet durable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from topogroup.engine.commands import Answer, Command
from topogroup.engine.view import GroupRecord, TemplateRecord, View
from topogroup.groups.changes import MembershipChange

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why memberships changed.

    Attributes:
        kind: switching, device, model, definition or restart.
        source, sequence: of the command, None = it has none.
        operations: the switch operations that did something, or the device, as events show them.
        quality: `good`, or `uncertain` where a switch state behind the change is in doubt.
    """

    kind: str
    source: str | None = None
    sequence: str | None = None
    operations: tuple[dict[str, Any], ...] = ()
    quality: str = "good"

    def as_dict(self) -> dict[str, Any]:
        """Return the cause as events show it."""
        return {
            "kind": self.kind,
            "source": self.source,
            "sequence": self.sequence,
            "operations": list(self.operations),
        }


@dataclass(frozen=True, slots=True, eq=False)
class GroupChange:
    """What happened to one group.

    Attributes:
        change: in words.
        record: the group after it; of a deleted one the last that it was, with the sequence of its end.
        joined, left: the permanent keys of the DER, ascending.
    """

    change: MembershipChange
    record: GroupRecord
    joined: Keys
    left: Keys

    @property
    def deleted(self) -> bool:
        """Return whether this was the end of the group."""
        return self.change.verb == "deleted"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a command does.

    Attributes:
        command: the command, as the log keeps it.
        at: when it was decided.
        before: the view that it was decided on.
        after: the view that it leads to.
        cause: why memberships changed.
        changes: what happened to groups, ascending by mRID.
        answer: what its sender gets.
        switches: keys of the switches of which something new is known.
        templates: templates that are new.
        ended_templates: templates that are no more.
        devices: ids of temporary devices that are new.
        ended_devices: ids of those that are no more.
    """

    command: Command
    at: datetime
    before: View
    after: View
    cause: Cause
    changes: tuple[GroupChange, ...]
    answer: Answer
    switches: tuple[int, ...] = ()
    templates: tuple[TemplateRecord, ...] = ()
    ended_templates: tuple[TemplateRecord, ...] = field(default=())
    devices: tuple[str, ...] = ()
    ended_devices: tuple[str, ...] = ()

    @property
    def new_model(self) -> bool:
        """Return whether another model became active."""
        return self.after.model is not None and self.after.model is not self.before.model


def changes_in_short(changes: Sequence[GroupChange], ders_changed: int) -> dict[str, Any]:
    """Return what happened as answers to commands show it.

    Args:
        changes: what happened to groups; shown as counts and versions.
        ders_changed: how many DER hang elsewhere than before, be they in groups or not.
    """
    said = [
        {
            "mrid": change.record.group.mrid,
            "name": change.record.group.name,
            "version": str(change.record.version),
            "joined": len(change.joined),
            "left": len(change.left),
        }
        for change in changes
    ]
    return {"ders_changed": ders_changed, "groups": said}
