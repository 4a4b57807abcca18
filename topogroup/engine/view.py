"""The view: everything that is true at one committed revision, never changed once it is published.

Readers on any thread take the newest view from the engine and answer from it; all they see belongs together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from topogroup.engine.model import ActiveModel
from topogroup.engine.reports import SwitchReport
from topogroup.groups.criteria import CriteriaState
from topogroup.groups.definition import Definition
from topogroup.groups.membership import Membership, membership
from topogroup.groups.template import Group, Template
from topogroup.groups.version import Version
from topogroup.journal.records import DeviceRow
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.answers.view import StateView
from topogroup.topology.graph.states import NetworkState
from topogroup.topology.questions.behind import Behind
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.supplying.attachment import Attachments
from topogroup.topology.tracing.leading import Traced

GroupKind = Literal["static", "rule", "template"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupRecord:
    """One group at one revision.

    Attributes:
        key: its permanent number, never given to another group.
        group: mRID, name and, for a template's group, the objects it stands for.
        definition: what makes its members; None for a template's group.
        template: mRID of its template, else None.
        version: its version.
        sequence: number of its last event, from 1, gapless within a generation.
        members: int64[n]; positions of DER in the active model, ascending.
        created_revision: the revision that made it.
    """

    key: int
    group: Group
    definition: Definition | None
    template: str | None
    version: Version
    sequence: int
    members: npt.NDArray[np.int64]
    created_revision: int

    @property
    def kind(self) -> GroupKind:
        """Return static, rule or template."""
        return "template" if self.definition is None else self.definition.kind


@dataclass(frozen=True, slots=True, eq=False)
class TemplateRecord:
    """A template at one revision."""

    mrid: str
    template: Template
    created_revision: int


@dataclass(frozen=True, slots=True)
class Grave:
    """A group that was deleted; should it come back, it goes on with its key and its sequence."""

    key: int
    sequence: int


@dataclass(frozen=True, eq=False)
class View:
    """Everything that is true at one revision.

    Attributes:
        generation: number of the history; a restore starts a new one.
        revision: number of the last committed change, 0 = none yet.
        at: when it was committed.
        model: the active model, None = none yet.
        reports: what was reported of switches, by the key of the switch.
        devices: the temporary devices that stand in the network, by id; in the order in which they were placed.
        state: the current state of the network.
        traced: where all DER hang in it.
        templates: by mRID.
        groups: by mRID.
        graves: deleted groups by mRID.
        gone: permanent keys by mRID of the DER and switches of earlier models that the active one does not have.
        last_event: number of the last event of this generation, 0 = none yet.
        next_group_key: the lowest key that was never given to a group.
        next_equipment_key: the lowest key that was never given to equipment.
    """

    generation: int
    revision: int
    at: datetime | None
    model: ActiveModel | None = None
    reports: Mapping[int, SwitchReport] = field(default_factory=dict)
    devices: Mapping[str, DeviceRow] = field(default_factory=dict)
    state: NetworkState | None = None
    traced: Traced | None = None
    templates: Mapping[str, TemplateRecord] = field(default_factory=dict)
    groups: Mapping[str, GroupRecord] = field(default_factory=dict)
    graves: Mapping[str, Grave] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    last_event: int = 0
    next_group_key: int = 1
    next_equipment_key: int = 1

    @property
    def current(self) -> Attachments | None:
        """Return where all DER hang; put together when it is asked for the first time."""
        return None if self.traced is None else self.traced.snapshot.attachments

    @cached_property
    def _memberships(self) -> dict[str, Membership]:
        return {}

    def membership(self, template: TemplateRecord) -> Membership | None:
        """Return all groups of a template with their members; None while no model is active."""
        if (state := self.group_state) is None:
            return None
        known = self._memberships.get(template.mrid)
        if known is None:
            known = self._memberships[template.mrid] = membership(template.template, state)
        return known

    @cached_property
    def current_view(self) -> StateView | None:
        """Return the current state as grouping sees it."""
        if self.model is None or self.traced is None or self.known is None:
            return None
        behind = Behind(self.known, self.model.equipment)
        return StateView(self.model.grid, self.model.rows, self.traced.snapshot, self.model.tables, behind)

    @property
    def group_state(self) -> CriteriaState | None:
        """Return the views (current, normal)."""
        if self.model is None or self.current_view is None:
            return None
        return self.current_view, self.model.normal_view

    @cached_property
    def report(self) -> AttachmentReport | None:
        """Return the attachment of all DER in words, each made when it is looked at."""
        if self.model is None or self.current is None:
            return None
        return AttachmentReport(self.model.grid, self.model.rows, self.model.normal, self.current)

    @cached_property
    def known(self) -> KnownState | None:
        """Return the current state as questions are asked of it, temporary devices included."""
        if self.model is None or self.traced is None:
            return None
        snapshot = self.traced.snapshot
        return KnownState(snapshot.grid, self.model.rows, snapshot.state, snapshot.attachments)

    def groups_with(self, der: int) -> list[str]:
        """Return the mRIDs of the groups that a DER is in, ascending.

        Args:
            der: its position in the active model.
        """
        found = []
        for record in self.templates.values():
            if (all_groups := self.membership(record)) is not None:
                at = np.flatnonzero(all_groups.der == der)
                numbers = np.searchsorted(all_groups.start, at, side="right") - 1
                found += [all_groups.group(number).mrid for number in numbers.tolist()]
        for mrid, group in self.groups.items():
            if group.definition is not None:
                at_ = int(np.searchsorted(group.members, der))
                if at_ < group.members.size and int(group.members[at_]) == der:
                    found.append(mrid)
        return sorted(found)

    def tag(self, group: GroupRecord) -> str:
        """Return the entity tag of a group: it changes with everything that happens to the group."""
        return f"{self.generation}-{group.sequence}"

    def members(self, group: GroupRecord) -> list[dict[str, Any]]:
        """Return the members of a group with mRID, name and kind, ascending by mRID."""
        if self.model is None:
            return []
        view = self.model.normal_view
        mrids, names, kinds = view.der_mrids, view.der_names, view.der_kinds
        return [{"mrid": mrids[d], "name": names[d], "kind": kinds[d]} for d in group.members.tolist()]
