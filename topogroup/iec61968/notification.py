"""Change notifications: one membership change in, one IEC 61968-5 message out.

    created   CreatedDERGroups               the full group
    changed   ChangedDERGroups               the members that joined and the version
    executed  ExecutedDERGroupsOperationSet  first the members that left, then those that joined, in this order
    deleted   DeletedDERGroups               the group's id and name

Every EndDeviceGroup carries mRID and Names, so that a receiver may know groups by either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from topogroup.groups.changes import ChangedMember, MembershipChange
from topogroup.groups.functions_by_kind import DerFunction, default_function
from topogroup.iec61968.dergroups import EndDeviceGroup, add_der_groups
from topogroup.iec61968.envelope import Context, child, message_bytes, start_event
from topogroup.iec61968.namespaces import DRAFT_2017, Namespaces

_NOUN: Final = "DERGroups"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def notification(
    change: MembershipChange,
    context: Context,
    end_devices: Mapping[str, str] = _NONE,
    function: DerFunction | None = None,
    namespaces: Namespaces = DRAFT_2017,
) -> bytes:
    """Render the notification of one membership change (IEC 61968-5, 5.2 and 5.3, notify).

    Args:
        change: what happened to one group.
        context: what the message says about itself.
        end_devices: for DER that have exactly one EndDevice and do not share it, equipment mRID -> its id, which
            stands in the message; other DER appear under the mRID of their equipment.
        function: the flags of a created group; its default by kind where none are given.
        namespaces: the namespaces agreed on.

    Returns:
        The message: one line of UTF-8 without XML declaration and without line end.
    """
    if change.verb == "executed":
        return _operation_set(change, context, end_devices, namespaces)
    group = _identity(change)
    if change.verb == "created":
        group = EndDeviceGroup(
            change.group.mrid,
            change.group.name,
            description=change.group.description,
            function=function or default_function(change.group),
            members=_members(change.joined, end_devices),
            version=change.version,
            date=context.timestamp,
        )
    elif change.verb == "changed":
        group = _step(change, change.joined, context, end_devices)
    message, payload = start_event(
        f"{change.verb.capitalize()}{_NOUN}",
        verb=change.verb,
        noun=_NOUN,
        group=change.group.mrid,
        wrapper=namespaces.groups_message,
        context=context,
        namespaces=namespaces,
    )
    add_der_groups(payload, namespaces.groups, [group])
    return message_bytes(message)


def _operation_set(
    change: MembershipChange, context: Context, end_devices: Mapping[str, str], namespaces: Namespaces
) -> bytes:
    """Render members that left, and those that joined at the same time, as operations in a fixed order."""
    wrapper = namespaces.operation_set_message
    message, payload = start_event(
        f"Executed{_NOUN}OperationSet",
        verb="executed",
        noun="OperationSet",
        group=change.group.mrid,
        wrapper=wrapper,
        context=context,
        namespaces=namespaces,
    )
    operations = child(payload, wrapper, "OperationSet")
    child(operations, namespaces.message, "enforceMsgSequence", "true")
    if change.left:
        removal = _add_operation(operations, 1, "deleted", namespaces)
        child(removal, namespaces.message, "elementOperation", "true")
        add_der_groups(removal, namespaces.groups, [_step(change, change.left, context, end_devices)])
    if change.joined:
        # a later part of a large change may add only
        addition = _add_operation(operations, 2 if change.left else 1, "changed", namespaces)
        add_der_groups(addition, namespaces.groups, [_step(change, change.joined, context, end_devices)])
    return message_bytes(message)


def _add_operation(
    operations: etree._Element, number: int, verb: str, namespaces: Namespaces
) -> etree._Element:
    operation = child(operations, namespaces.message, "Operation")
    child(operation, namespaces.message, "operationId", str(number))
    child(operation, namespaces.message, "noun", _NOUN)
    child(operation, namespaces.message, "verb", verb)
    return operation


def _identity(change: MembershipChange) -> EndDeviceGroup:
    return EndDeviceGroup(change.group.mrid, change.group.name)


def _step(
    change: MembershipChange,
    members: Iterable[ChangedMember],
    context: Context,
    end_devices: Mapping[str, str],
) -> EndDeviceGroup:
    """Return the group with the members that one step adds or removes, and the version it leads to."""
    return EndDeviceGroup(
        change.group.mrid,
        change.group.name,
        members=_members(members, end_devices),
        version=change.version,
        date=context.timestamp,
    )


def _members(members: Iterable[ChangedMember], end_devices: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((end_devices.get(member.mrid, member.mrid), member.name) for member in members)
