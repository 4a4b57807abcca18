"""EndDevices and EndDeviceGroups: group → device → usage point → equipment, links written at either end.

Where a usage point names several pieces of equipment, only what generates counts: the load of a house with
photovoltaics makes nothing ambiguous.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim_models import limits
from cim_models.extract.equipment import Bones
from cim_models.extract.objects import Ints, Objects
from cim_models.network import GroupTable
from cim_models.strings import Strings

_Links = dict[int, set[int]]

_POINT_OF_DEVICE: Final = ("EndDevice.UsagePoint", "EndDevice.UsagePoints")
_DEVICE_OF_POINT: Final = ("UsagePoint.EndDevices", "UsagePoint.EndDevice")
_EQUIPMENT_OF_POINT: Final = ("UsagePoint.Equipments", "UsagePoint.Equipment")
_POINT_OF_EQUIPMENT: Final = (
    "Equipment.UsagePoints",
    "Equipment.UsagePoint",
    # as model builders write it who put every attribute under the object's own class
    "ConductingEquipment.UsagePoints",
    "PowerElectronicsConnection.UsagePoints",
    "RotatingMachine.UsagePoints",
)
_EQUIPMENT_OF_ASSET: Final = ("Asset.PowerSystemResources",)
"""An EndDevice is an asset: it may be joined to its equipment without a usage point."""
_ASSET_OF_EQUIPMENT: Final = ("PowerSystemResource.Assets",)
_GROUP_OF_DEVICE: Final = ("EndDevice.EndDeviceGroups", "EndDevice.EndDeviceGroup")
_DEVICE_OF_GROUP: Final = ("EndDeviceGroup.EndDevices", "EndDeviceGroup.EndDevice")
_OUTER_OF_GROUP: Final = ("EndDeviceGroup.ParentEndDeviceGroup", "EndDeviceGroup.ParentEndDeviceGroups")
_INNER_OF_GROUP: Final = (
    "EndDeviceGroup.ChildEndDeviceGroups",
    "EndDeviceGroup.SubEndDeviceGroups",
    "EndDeviceGroup.EndDeviceGroups",
)
"""Groups in groups have no one name in CIM; these are in use."""


@dataclass(frozen=True, slots=True)
class EndDevices:
    """What end devices stand for: by position of equipment its devices, and for each device its equipment."""

    of_equipment: _Links
    equipment_of: _Links


def end_devices(objects: Objects, bones: Bones, generating: Ints, source: Ints) -> EndDevices:
    """Find the EndDevices of what generates.

    Args:
        objects: the statements.
        bones: the basic tables.
        generating: positions of equipment that generates.
        source: positions of equipment that is a grid source; nothing is noted on it.

    Returns:
        The links; what is ambiguous or leads nowhere is noted.
    """
    point_of_device = _links(objects, _POINT_OF_DEVICE, _DEVICE_OF_POINT)
    equipment_of_point = _links(objects, _EQUIPMENT_OF_POINT, _POINT_OF_EQUIPMENT)
    equipment_of_asset = _links(objects, _EQUIPMENT_OF_ASSET, _ASSET_OF_EQUIPMENT)
    of_group = _links(objects, _DEVICE_OF_GROUP, _GROUP_OF_DEVICE)
    devices = set(objects.of_class(["EndDevice", "Meter"]).tolist()) | point_of_device.keys()
    devices = devices.union(*of_group.values()) if of_group else devices
    is_generating = set(generating.tolist())
    of_equipment: _Links = defaultdict(set)
    equipment_of: _Links = {}
    lost, several = [], []
    for device in sorted(devices):
        targets = set(equipment_of_asset.get(device, ()))
        for point in point_of_device.get(device, ()):
            targets |= equipment_of_point.get(point, set())
        found = {int(bones.equipment_of[obj]) for obj in targets} - {-1}
        own = found & is_generating
        if not found:
            lost.append(device)
        if len(own) > 1:
            several.append(device)
        equipment_of[device] = own
        for e in own:
            of_equipment[e].add(device)
    _note(objects, bones, equipment_of, lost, several)
    if of_equipment:
        _note_ders(objects, bones, of_equipment, np.setdiff1d(generating, source))
    return EndDevices(dict(of_equipment), equipment_of)


def _links(objects: Objects, forth: Iterable[str], back: Iterable[str]) -> _Links:
    """Return what each object is joined to by links that either end may write, under any of several names."""
    found: _Links = defaultdict(set)
    one, other = objects.pairs(*forth)
    target, holder = objects.pairs(*back)
    for a, b in zip((*one.tolist(), *holder.tolist()), (*other.tolist(), *target.tolist()), strict=True):
        found[a].add(b)
    return dict(found)


def _note(objects: Objects, bones: Bones, equipment_of: _Links, lost: list[int], several: list[int]) -> None:
    objects.note_each(
        "end_device_unmapped",
        np.array(lost, np.int64),
        lambda obj: (
            f"{objects.label(obj)} leads to no equipment of the model; "
            "give its UsagePoint an Equipment, or leave it out."
        ),
    )

    def on(obj: int) -> str:
        return ", ".join(objects.label(int(bones.equipment[e])) for e in sorted(equipment_of[obj])[:3])

    objects.note_each(
        "end_device_ambiguous",
        np.array(several, np.int64),
        lambda obj: (
            f"{objects.label(obj)} stands for {len(equipment_of[obj])} DER at once, such as {on(obj)}; "
            "messages name their equipment instead, and groups hold all of them."
        ),
    )


def _note_ders(objects: Objects, bones: Bones, of_equipment: _Links, ders: Ints) -> None:
    """Note DER without a device in a model that has them, and DER with several."""
    count = np.array([len(of_equipment.get(e, ())) for e in ders.tolist()], np.int64)
    objects.note_each(
        "der_unmapped",
        bones.equipment[ders[count == 0]],
        lambda obj: f"{objects.label(obj)} has no EndDevice, as others have; messages name its equipment.",
    )
    objects.note_each(
        "der_of_several_devices",
        bones.equipment[ders[count > 1]],
        lambda obj: (
            f"{objects.label(obj)} has {len(of_equipment[int(bones.equipment_of[obj])])} EndDevices; "
            "messages name its equipment."
        ),
    )


def groups(objects: Objects, devices: EndDevices) -> GroupTable:
    """Find the EndDeviceGroups and what they hold.

    Args:
        objects: the statements.
        devices: what end devices stand for.

    Returns:
        The groups; one that lies in itself is noted.
    """
    device_of = _links(objects, _DEVICE_OF_GROUP, _GROUP_OF_DEVICE)
    inner_of = _links(objects, _INNER_OF_GROUP, _OUTER_OF_GROUP)
    found = set(objects.of_class(["EndDeviceGroup"]).tolist())
    found |= device_of.keys() | inner_of.keys()
    names = _names(objects, found)
    held: list[list[int]] = []
    count: list[int] = []
    order = objects.by_id(names).tolist()
    for group in order:
        own: set[int] = set()
        for one in _within(objects, group, inner_of):
            own |= device_of.get(one, set())
        count.append(len(own))
        held.append(sorted(set().union(*(devices.equipment_of.get(device, set()) for device in own))))
    empty = [group for group, equipment in zip(order, held, strict=True) if not equipment]
    objects.note_each(
        "group_without_der",
        np.array(empty, np.int64),
        lambda obj: f"{objects.label(obj)} holds no DER: none of its EndDevices stands for one.",
    )
    start = np.zeros(len(held) + 1, np.int64)
    np.cumsum([len(one) for one in held], out=start[1:])
    return GroupTable(
        id=Strings.of(objects.statements.ids[group] for group in order),
        name=Strings.of(names[group] for group in order),
        devices=np.array(count, np.int32),
        start=start,
        equipment=np.array([e for one in held for e in one], np.int32),
    )


def _names(objects: Objects, found: Iterable[int]) -> dict[int, str]:
    """Return the groups that can be groups of the service with their names; the others are noted."""
    ids, said = objects.statements.ids, objects.names()
    names: dict[int, str] = {}
    for group in sorted(found):
        mrid, name = ids[group], said.get(group, ids[group]).strip()
        if not _is_word(mrid) or " " in mrid:
            message = f"{objects.label(group)} has an id that no group can have; it is left out."
            objects.note("group_refused", message, [group])
            continue
        if not _is_word(name):
            objects.note("group_refused", f"EndDeviceGroup {mrid} has a name that no group can have.", [group])
            name = mrid
        names[group] = name
    return names


def _is_word(text: str) -> bool:
    return 0 < len(text) <= limits.GROUP_NAME_CHARACTERS_MAX and text.isprintable()


def _within(objects: Objects, group: int, inner_of: _Links) -> set[int]:
    """Return a group and all groups in it."""
    seen, waiting = {group}, [group]
    while waiting:
        for inner in inner_of.get(waiting.pop(), ()):
            if inner == group:
                message = f"{objects.label(group)} lies in itself; it holds what all groups of the circle hold."
                objects.note("group_circle", message, [group])
            if inner not in seen:
                seen.add(inner)
                waiting.append(inner)
        if len(seen) > limits.GROUP_NESTED_MAX:
            message = f"{objects.label(group)} holds more than {limits.GROUP_NESTED_MAX} groups; the rest is left out."
            objects.note("group_circle", message, [group])
            break
    return seen
