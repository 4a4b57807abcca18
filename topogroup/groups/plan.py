"""Plans in words: what each step of a switching plan does to groups, as programs get it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from topogroup.groups.changes import MembershipChange, compared
from topogroup.groups.membership import Membership, membership
from topogroup.groups.partial import template_changes
from topogroup.groups.template import Template
from topogroup.groups.view import NetworkState
from topogroup.topology.arrays.links import Item
from topogroup.topology.switching.consequences import Consequences
from topogroup.topology.switching.plan import PlanStep


class TemplateGroups:
    """The groups of some templates along a plan."""

    def __init__(self, templates: Iterable[Template], state: NetworkState) -> None:
        """Group the state before the plan.

        Args:
            templates: the templates, each once.
            state: the views (current, normal).
        """
        self._start = [membership(template, state) for template in templates]
        self._first, self._before = state, state
        self._now: list[Membership] | None = self._start

    def changes(
        self, state: NetworkState, some: tuple[NetworkState, NetworkState] | None = None
    ) -> list[MembershipChange]:
        """Go on to the next state; return the changes that lead there, ascending by the group's mRID.

        Args:
            state: the views (current, normal) of all DER.
            some: the views before and after of those DER alone that changed; None = compare all.
        """
        before, self._before = self._before, state
        if some is not None:
            found = [
                change
                for one in self._start
                for change in template_changes(one.template, *some, sorted(set(state[0].der_kinds)), {})
            ]
            self._now = None
            return sorted(found, key=lambda change: change.group.mrid)
        was = self._now or [membership(one.template, before) for one in self._start]
        self._now = [membership(one.template, state) for one in self._start]
        return _changes(was, self._now, before, state)

    def net(self) -> list[MembershipChange]:
        """Return the changes from before the plan to the last state, ascending by the group's mRID."""
        now = self._now or [membership(one.template, self._before) for one in self._start]
        return _changes(self._start, now, self._first, self._before)


@dataclass(frozen=True, slots=True, eq=False)
class StepEffect:
    """What one step does: to groups since the step before, and for the network since before the plan."""

    step: PlanStep
    changes: Sequence[MembershipChange]
    consequences: Consequences


def plan_report(
    effects: Sequence[StepEffect], net: Sequence[MembershipChange], mrids: Sequence[str], substations: Sequence[Item]
) -> dict[str, Any]:
    """Return a plan with its effects.

    Args:
        effects: one for each step.
        net: the changes from before the plan to after it.
        mrids: of all DER.
        substations: all substations.

    Returns:
        `{"steps": [{"step", "operations", "groups", "unsupplied", "paralleled", "substations_paralleled"}], "net"}`;
        `net` holds the same but for step and operations.
    """
    steps = [
        {
            "step": effect.step.name,
            "operations": [dict(row.said) for row in effect.step.rows],
            **_said(effect.changes, effect.consequences, mrids, substations),
        }
        for effect in effects
    ]
    return {"steps": steps, "net": _said(net, effects[-1].consequences, mrids, substations)}


def _said(
    changes: Iterable[MembershipChange], found: Consequences, mrids: Sequence[str], substations: Sequence[Item]
) -> dict[str, Any]:
    return {
        "groups": [
            {
                "mrid": change.group.mrid,
                "name": change.group.name,
                "joined": [member._asdict() for member in change.joined],
                "left": [member._asdict() for member in change.left],
            }
            for change in changes
        ],
        "unsupplied": [mrids[der] for der in found.unsupplied.tolist()],
        "paralleled": [mrids[der] for der in found.paralleled.tolist()],
        "substations_paralleled": [[substations[s].mrid for s in pair] for pair in found.substations],
    }


def _changes(
    before: Sequence[Membership], after: Sequence[Membership], old: NetworkState, new: NetworkState
) -> list[MembershipChange]:
    found = [change for was, now in zip(before, after, strict=True) for change in compared(was, now, old, new, {})]
    return sorted((change for change in found if change.joined or change.left), key=lambda change: change.group.mrid)
