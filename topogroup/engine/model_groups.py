"""Groups that the model brings along: its EndDeviceGroups are static groups with their own mRID and name.

They follow the model: another one changes or ends them. A group that a user made or changed is the user's and stays as
it is, even if the model has one with its id; a finding says so.
"""

from __future__ import annotations

from collections import Counter

from cim_models import limits
from cim_models.errors import ConflictError
from cim_models.findings import Finding, bounded, finding
from cim_models.network import Network
from topogroup.engine.regroup import GroupBook, members_of, renamed
from topogroup.engine.view import GroupRecord, View
from topogroup.groups.changes import ChangedMember, MembershipChange, own_change
from topogroup.groups.definition import StaticDefinition
from topogroup.groups.template import Group
from topogroup.groups.version import FIRST_VERSION
from topogroup.groups.view import NetworkState


def groups_of(network: Network) -> dict[str, tuple[Group, StaticDefinition]]:
    """Return the groups that a model brings along by mRID, their members those of its DER that are in them."""
    table, equipment = network.group, network.equipment
    ders = set(network.der.equipment.tolist())
    found = {}
    for row in range(len(table.id)):
        own = table.equipment[int(table.start[row]) : int(table.start[row + 1])].tolist()
        members = tuple(sorted(equipment.id[e] for e in own if e in ders))
        mrid = table.id[row]
        found[mrid] = Group(mrid, table.name[row], (), ()), StaticDefinition(members, of_model=True)
    return found


def is_of_model(record: GroupRecord) -> bool:
    """Tell whether the model brought a group along and no user has changed it since."""
    return isinstance(record.definition, StaticDefinition) and record.definition.of_model


def take_groups(book: GroupBook, before: View, after: View, until: NetworkState, state: NetworkState) -> None:
    """Bring the groups of the model before up to those of the model after.

    Args:
        book: takes what happens to groups.
        before: the view until now.
        after: the view from now on, with another model or the same one activated again.
        until: the network as it was grouped until now.
        state: the network from now on.

    Raises:
        ConflictError: there would be more groups than there may be.
    """
    assert after.model is not None
    found = groups_of(after.model.network)
    staying = {mrid for mrid, record in before.groups.items() if not is_of_model(record)}
    if len(staying | found.keys()) > limits.GROUPS_MAX:
        message = f"Model {after.model.name} brings {len(found)} groups, more than there may be beside the others."
        raise ConflictError("too_many_groups", message, after.model.id)
    for mrid, record in before.groups.items():
        if is_of_model(record) and mrid not in found:
            left = _words(until, record.members.tolist())
            book.delete(MembershipChange(record.group, "deleted", (), left, record.version, record.version))
    for mrid, (group, definition) in found.items():
        members = members_of(definition, after)
        known = before.groups.get(mrid)
        if known is None:
            joined = _words(state, members.tolist())
            book.create(group, definition, members, MembershipChange(group, "created", joined, (), FIRST_VERSION, None))
        elif is_of_model(known):
            change = own_change(group, (known.members, members), until, state, known.version, "model")
            if group.name != known.group.name:
                change = renamed(change, group, known.version)
            if change is None:
                book.keep(mrid, members)
            else:
                book.change(change, members, definition)


def group_findings(view: View) -> tuple[Finding, ...]:
    """Return what stands between the groups of the active model and those of the service."""
    if view.model is None:
        return ()
    names = Counter(record.group.name for record in view.groups.values() if record.definition is not None)
    found = []
    for mrid, (group, _) in groups_of(view.model.network).items():
        record = view.groups.get(mrid)
        if record is None:
            continue
        if not is_of_model(record):
            message = (
                f"EndDeviceGroup {group.name} ({mrid}) of the model was not taken over: {record.group.name}, "
                "which a user made or changed, has its id; to have the model's, end it and activate the model again."
            )
            found.append(finding("group_kept", message, [mrid]))
        elif names[record.group.name] > 1:
            message = f"{names[record.group.name]} groups are called {record.group.name}; tell them apart by mRID."
            found.append(finding("group_name_shared", message, [mrid]))
    return bounded(found)


def _words(state: NetworkState, members: list[int]) -> tuple[ChangedMember, ...]:
    mrids, names = state[0].der_mrids, state[0].der_names
    return tuple(ChangedMember(mrids[at], names[at], "model") for at in members)
