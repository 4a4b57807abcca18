"""The profile DERGroups of IEC 61968-5 (Annex A.2, A.3): EndDeviceGroup, in its strict order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from topogroup.groups.functions_by_kind import DerFunction
from topogroup.groups.version import Version
from topogroup.iec61968.envelope import child, date_time

_FLAGS: Final = {
    "connectDisconnect": "connect_disconnect",
    "frequencyWattCurveFunction": "frequency_watt_curve",
    "maxRealPowerLimiting": "max_real_power_limiting",
    "rampRateControl": "ramp_rate_control",
    "reactivePowerDispatch": "reactive_power_dispatch",
    "realPowerDispatch": "real_power_dispatch",
    "voltageRegulation": "voltage_regulation",
    "voltVarCurveFunction": "volt_var_curve",
    "voltWattCurveFunction": "volt_watt_curve",
}
"""Element of class DERFunction (Annex B.4) -> our word for it, in the order of the profile."""


@dataclass(frozen=True, slots=True)
class EndDeviceGroup:
    """What one message says about one group; what is None or empty is left out.

    Attributes:
        mrid: the group's id.
        name: the group's name; the id stands in where it is empty.
        description: free text.
        function: the nine capability flags.
        members: (id, name) of each end device; an empty name is left out.
        version: the version that the message leads to.
        date: when that version was made.
    """

    mrid: str
    name: str
    description: str | None = None
    function: DerFunction | None = None
    members: tuple[tuple[str, str], ...] = ()
    version: Version | None = None
    date: datetime | None = None


def add_der_groups(parent: etree._Element, namespace: str, groups: Iterable[EndDeviceGroup]) -> None:
    """Append a DERGroups element.

    Args:
        parent: the Payload or the Operation.
        namespace: the namespace of the profile.
        groups: the groups, in the order in which they are to stand.
    """
    noun = child(parent, namespace, "DERGroups")
    for group in groups:
        _add_group(child(noun, namespace, "EndDeviceGroup"), namespace, group)


def _add_group(element: etree._Element, namespace: str, group: EndDeviceGroup) -> None:
    """Fill an EndDeviceGroup: mRID, description, DERFunction, EndDevices, Names, version (table A.2)."""
    child(element, namespace, "mRID", group.mrid)
    if group.description:
        child(element, namespace, "description", group.description)
    if group.function is not None:
        flags = child(element, namespace, "DERFunction")
        for name, word in _FLAGS.items():
            child(flags, namespace, name, "true" if getattr(group.function, word) else "false")
    for mrid, name in group.members:
        device = child(element, namespace, "EndDevices")
        child(device, namespace, "mRID", mrid)
        _add_name(device, namespace, name)
    _add_name(element, namespace, group.name or group.mrid)
    if group.version is not None:
        version = child(element, namespace, "version")
        if group.date is not None:
            child(version, namespace, "date", date_time(group.date))
        child(version, namespace, "major", str(group.version.major))
        child(version, namespace, "minor", str(group.version.minor))
        child(version, namespace, "revision", str(group.version.revision))


def _add_name(element: etree._Element, namespace: str, name: str) -> None:
    if name:
        child(child(element, namespace, "Names"), namespace, "name", name)
