"""What the journal keeps and gives back, as plain values: it knows keys and bytes, and nothing of networks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One command that was carried out.

    Attributes:
        revision: the revision that it made.
        at: when it was decided, in UTC; time that decides is part of the log.
        kind: the kind of command.
        source, sequence, digest: what makes it the same command when it comes again; None = nothing does.
        body: the command; enough to decide it again.
        answer: what its sender was told.
    """

    revision: int
    at: datetime
    kind: str
    source: str | None
    sequence: str | None
    digest: str | None
    body: dict[str, Any]
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SwitchRow:
    """The latest report of one switch, by its permanent key; masks are those of the topology."""

    key: int
    known: int
    open: int
    source: str
    received_at: datetime
    at: datetime | None
    quality: str
    revision: int


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One temporary device, whatever model is active.

    Attributes:
        id: what it is called.
        kind: `cut`, `jumper` or `source`.
        place: one or two texts that name where it is.
        phases: the phases that it acts on, a CIM PhaseCode; empty = all.
        until: when it is to be gone; it stays until it is taken away.
        source: who placed it.
        placed_at: when that was committed.
        revision: the revision that placed it.
    """

    id: str
    kind: str
    place: tuple[str, ...]
    phases: str
    until: datetime | None
    source: str
    placed_at: datetime
    revision: int

    def as_dict(self) -> dict[str, str]:
        """Return the device as answers and events name it; what is not said is left out."""
        said = {"id": self.id, "kind": self.kind, "place": self.place[0]}
        if len(self.place) > 1:
            said["place2"] = self.place[1]
        if self.phases:
            said["phases"] = self.phases
        if self.until is not None:
            said["until"] = self.until.isoformat()
        return said


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The definition and the counters of one group.

    Attributes:
        key: its permanent number.
        mrid, name: its identity.
        kind: static or template.
        template: mRID of its template, else None.
        definition: what makes its members; for a template's group, the objects it stands for.
        version: (major, minor, revision).
        sequence: number of its last event.
        created_revision: the revision that made it.
        deleted_revision: the revision that ended it, else None.
    """

    key: int
    mrid: str
    name: str
    kind: str
    template: str | None
    definition: dict[str, Any]
    version: tuple[int, int, int]
    sequence: int
    created_revision: int
    deleted_revision: int | None


@dataclass(frozen=True, slots=True)
class GroupChangeRow:
    """What one revision did to the members of one group, as permanent keys, ascending: int64[n] each.

    `members` is the full list where a receiver of deltas may start: at the creation, and every
    `limits.GROUP_DELTAS_MAX` changes after.
    """

    key: int
    sequence: int
    verb: str
    version: tuple[int, int, int]
    joined: Keys
    left: Keys
    members: Keys | None


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One template; `by` are its dimensions."""

    mrid: str
    by: tuple[str, ...]
    created_revision: int
    deleted_revision: int | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One activation of a model: which one, the permanent keys of its equipment, and the lowest key still free.

    `gone` are mRID and key of what earlier models had and this one lacks, as far as it must be found again.
    """

    revision: int
    id: str
    name: str
    keys: Keys
    next_key: int
    gone: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Activation:
    """That a model became active, without its keys."""

    revision: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of one group as it goes out: the same id and the same bytes on every attempt.

    Attributes:
        n: its number in its generation, gapless from 1.
        revision: the revision that made it.
        group: mRID of its group.
        sequence: its number among those of its group.
        verb: created, changed, executed or deleted.
        document: its JSON.
        messages: its IEC 61968 messages, one for each part.
        codec: version of the code that wrote them.
    """

    n: int
    revision: int
    group: str
    sequence: int
    verb: str
    document: bytes
    messages: tuple[bytes, ...]
    codec: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One revision: all of it becomes durable, or nothing."""

    log: LogRow
    switches: tuple[SwitchRow, ...] = ()
    devices: tuple[DeviceRow, ...] = ()
    ended_devices: tuple[str, ...] = ()
    templates: tuple[TemplateRow, ...] = ()
    model: ModelRow | None = None
    groups: tuple[GroupRow, ...] = ()
    group_changes: tuple[GroupChangeRow, ...] = ()
    events: tuple[EventRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """The state that the journal holds when the service starts.

    `members` are the current members of each group that is not deleted, by its key. `groups` holds deleted ones too:
    a group that comes back goes on with its key and its sequence.
    """

    generation: int
    revision: int
    at: datetime | None
    last_event: int
    model: ModelRow | None
    switches: tuple[SwitchRow, ...]
    devices: tuple[DeviceRow, ...]
    templates: tuple[TemplateRow, ...]
    groups: tuple[GroupRow, ...]
    members: dict[int, Keys]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A command that was carried out before, found by source and sequence."""

    revision: int
    digest: str
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as readers get it."""

    generation: int
    n: int
    revision: int
    group: str
    verb: str
    document: bytes
    parts: int

    @property
    def id(self) -> str:
        """Return the id that streams carry."""
        return f"{self.generation}-{self.n}"
