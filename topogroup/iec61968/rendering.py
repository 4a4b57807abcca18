"""Rendering: one membership change as the IEC 61968-5 messages that carry it, large ones in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cim_models import limits
from topogroup.groups.changes import MembershipChange
from topogroup.iec61968.envelope import Context
from topogroup.iec61968.namespaces import DRAFT_2017, Namespaces
from topogroup.iec61968.notification import notification


class MessageRenderer:
    """Makes the notifications that the service sends; see `topogroup.iec61968.notification`."""

    def __init__(self, source: str, namespaces: Namespaces = DRAFT_2017) -> None:
        """Keep the name under which the service sends, and the namespaces agreed on."""
        self._source, self._namespaces = source, namespaces

    @property
    def source(self) -> str:
        """Return the name under which the service sends."""
        return self._source

    def render(self, change: MembershipChange, context: Context, end_devices: Mapping[str, str]) -> tuple[bytes, ...]:
        """Return the messages of one change of one group.

        Args:
            change: what happened to the group.
            context: what the messages say about themselves; parts are numbered here.
            end_devices: as for `notification`.

        Returns:
            One message, or several where the change names more members than one may carry; a receiver applies them
            together once all `parts` are there.
        """
        parts = tuple(parts_of(change, limits.MESSAGE_MEMBERS_MAX))
        return tuple(
            notification(
                part, replace(context, part=number, parts=len(parts)), end_devices, namespaces=self._namespaces
            )
            for number, part in enumerate(parts, 1)
        )


def parts_of(change: MembershipChange, members_max: int) -> Iterator[MembershipChange]:
    """Split a change into parts with a bounded number of members: first those that left, then those that joined.

    Args:
        change: what happened to a group.
        members_max: members of one part.

    Yields:
        The parts, at least one, all with the verb of the whole. A deleted group has one: its message names no members.
    """
    if change.verb == "deleted":
        yield change
        return
    joined, left = change.joined, change.left
    while True:
        gone = left[:members_max]
        came = joined[: members_max - len(gone)]
        left, joined = left[len(gone) :], joined[len(came) :]
        yield replace(change, joined=came, left=gone)
        if not left and not joined:
            return
