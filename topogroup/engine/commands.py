"""Commands: everything that can change the state of the service, as plain values.

A command is decided on the engine thread alone. What the journal keeps of it (`as_dict`) is enough to decide it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from topogroup.engine.model import ActiveModel
from topogroup.groups.definition import Definition
from topogroup.groups.template import Template


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a command the same command when it is sent again.

    Attributes:
        source: who sends it.
        sequence: its number or message id at that source.
        digest: SHA-256 of its body; the same key with another digest is a conflict.
    """

    source: str
    sequence: str
    digest: str

    def same_number(self, other: RequestKey) -> bool:
        """Tell whether both are the same number of the same source, whatever they ask for."""
        return (self.source, self.sequence) == (other.source, other.sequence)


@dataclass(frozen=True, slots=True)
class SwitchOperation:
    """One report of a switch.

    Attributes:
        switch: its mRID in any spelling, or a name that only one switch has.
        open: whether it is open now.
        phases: the phases that the report is about, a CIM PhaseCode; empty = all.
        at: when it happened, with a time zone; None = not said.
        quality: `good`, or a word that says why the report is in doubt.
        said: what its sender calls the switch, where that is an alias which was looked up before; else empty.
    """

    switch: str
    open: bool
    phases: str = ""
    at: datetime | None = None
    quality: str = "good"
    said: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the operation as clients write it."""
        said: dict[str, Any] = {"switch": self.switch, "open": self.open}
        if self.phases:
            said["phases"] = self.phases
        if self.at is not None:
            said["at"] = self.at.isoformat()
        if self.quality != "good":
            said["quality"] = self.quality
        if self.said:
            said["said"] = self.said
        return said

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> SwitchOperation:
        """Return the operation that `as_dict` wrote."""
        at = datetime.fromisoformat(said["at"]) if "at" in said else None
        phases, quality = said.get("phases", ""), said.get("quality", "good")
        return cls(said["switch"], said["open"], phases, at, quality, said.get("said", ""))


@dataclass(frozen=True, slots=True)
class Requirement:
    """A switch state that must hold, or nothing of a batch is applied: a precondition of a difference model.

    Attributes:
        operation: the switch with the state that it must have.
        place: who says so, as errors begin.
        before: the number of the operation of the batch before which it must hold.
    """

    operation: SwitchOperation
    place: str
    before: int


@dataclass(frozen=True, slots=True)
class Switching:
    """Switch states from the DMS or an operator: one batch, one revision, one net change."""

    kind: ClassVar[str] = "switching"
    operations: tuple[SwitchOperation, ...]
    atomic: bool = False
    request: RequestKey | None = None
    required: tuple[Requirement, ...] = ()
    """What must hold; not kept in the journal, for whatever is there did hold."""
    places: tuple[int, ...] | None = None
    """Where each operation stands in its message, for the answer alone; None = as in `operations`."""
    refused: tuple[dict[str, object], ...] = ()
    """Items of the message that are no operation: index (their place there), switch, code and message; likewise."""

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"operations": [operation.as_dict() for operation in self.operations], "atomic": self.atomic}


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """A new group; without an mRID it gets one derived from its name."""

    kind: ClassVar[str] = "create_group"
    name: str
    definition: Definition
    mrid: str | None = None
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"mrid": self.mrid, "name": self.name, "definition": self.definition.as_dict()}


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Another name or definition for a group that no template made; `if_match` is the tag that the sender has read."""

    kind: ClassVar[str] = "change_group"
    mrid: str
    name: str
    definition: Definition
    if_match: str | None = None
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"mrid": self.mrid, "name": self.name, "definition": self.definition.as_dict()}


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """The end of a group that no template made; `if_match` is the tag that the sender has read."""

    kind: ClassVar[str] = "delete_group"
    mrid: str
    if_match: str | None = None
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"mrid": self.mrid}


@dataclass(frozen=True, slots=True)
class CreateTemplate:
    """One group for each object of a kind, or each combination."""

    kind: ClassVar[str] = "create_template"
    template: Template
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"by": list(self.template.dimensions)}


@dataclass(frozen=True, slots=True)
class DeleteTemplate:
    """The end of a template and of all its groups."""

    kind: ClassVar[str] = "delete_template"
    mrid: str
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"mrid": self.mrid}


@dataclass(frozen=True, slots=True)
class ActivateModel:
    """Another network model; it comes prepared, so that the engine thread stays free while it is read."""

    kind: ClassVar[str] = "activate_model"
    model: ActiveModel
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps: which model; its arrays lie in the folder of models."""
        return {"model": self.model.id, "name": self.model.name}


@dataclass(frozen=True, slots=True)
class PlaceDevice:
    """A temporary device: a line cut, two places joined by a jumper, a mobile source.

    Attributes:
        id: what it is called; undone by it.
        what: `cut`, `jumper` or `source`.
        place: the line of a cut, the place of a source, the two places of a jumper.
        phases: the phases that it acts on, a CIM PhaseCode; empty = all.
        until: when it is to be gone, with a time zone; None = not said. Nothing happens by itself then.
    """

    kind: ClassVar[str] = "place_device"
    id: str
    what: str
    place: tuple[str, ...]
    phases: str = ""
    until: datetime | None = None
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        until = None if self.until is None else self.until.isoformat()
        return {"id": self.id, "what": self.what, "place": list(self.place), "phases": self.phases, "until": until}


@dataclass(frozen=True, slots=True)
class RemoveDevice:
    """The end of a temporary device."""

    kind: ClassVar[str] = "remove_device"
    id: str
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {"id": self.id}


@dataclass(frozen=True, slots=True)
class Restart:
    """The first revision after a start that finds other members than the journal: a new release judges otherwise."""

    kind: ClassVar[str] = "restart"
    request: RequestKey | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return {}


Command = (
    Switching
    | CreateGroup
    | ChangeGroup
    | DeleteGroup
    | CreateTemplate
    | DeleteTemplate
    | ActivateModel
    | PlaceDevice
    | RemoveDevice
    | Restart
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender of a command gets once it is durable.

    Attributes:
        revision: the revision that the command made.
        body: the answer as programs get it.
        created: the command made something new.
        repeated: the command had been answered before; this is the first answer again.
    """

    revision: int
    body: dict[str, Any]
    created: bool = False
    repeated: bool = False
