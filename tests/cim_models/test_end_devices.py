"""EndDeviceGroup → EndDevice → UsagePoint → Equipment, in all spellings, and what of it is ambiguous or lost."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cim_models import limits, load_text
from cim_models.model import Network
from tests.cim_models.small import NODES, equipment, found, rdf, to, value

CONNECTION = "PowerElectronicsConnection"
GRID = NODES + equipment("ExternalNetworkInjection", "G", "n1") + equipment("ACLineSegment", "L", "n1 n2")
CODES = ("der_unmapped", "der_of_several_devices", "end_device_ambiguous", "end_device_unmapped")
GROUP_CODES = ("group_without_der", "group_circle", "group_refused", "group_name_shared")


def thing(cls: str, mrid: str, more: str = "", name: str | None = None) -> str:
    named = value("IdentifiedObject.name", name) if name is not None else ""
    return f'<cim:{cls} rdf:ID="_{mrid}">{named}{more}</cim:{cls}>\n'


def about(cls: str, mrid: str, more: str) -> str:
    return f'<cim:{cls} rdf:about="#_{mrid}">{more}</cim:{cls}>\n'


def ders(*names: str) -> str:
    return "".join(equipment(CONNECTION, name, "n2") for name in names)


def chain(device: str, *targets: str) -> str:
    """Write an EndDevice whose UsagePoint names some equipment."""
    point = thing("UsagePoint", f"{device}.P", "".join(to("UsagePoint.Equipments", one) for one in targets))
    return thing("EndDevice", device, to("EndDevice.UsagePoint", f"{device}.P")) + point


def loaded(body: str) -> Network:
    return load_text(rdf(GRID + body))


def devices(network: Network) -> dict[str, list[str]]:
    der = network.der
    spans = zip(network.ders(), der.end_device_start[:-1].tolist(), der.end_device_start[1:].tolist(), strict=True)
    return {mrid: [der.end_device[d] for d in range(first, last)] for mrid, first, last in spans}


def groups(network: Network) -> dict[str, tuple[str, int, list[str]]]:
    """Return mRID → (name, number of devices, mRIDs of the equipment)."""
    table = network.group
    assert [table.devices.dtype, table.start.dtype, table.equipment.dtype] == [np.int32, np.int64, np.int32]
    assert list(table.id) == sorted(table.id)
    spans = [table.equipment[a:b].tolist() for a, b in zip(table.start[:-1], table.start[1:], strict=True)]
    held = [[network.equipment.id[e] for e in span] for span in spans]
    rows = zip(table.id, table.name, table.devices.tolist(), held, strict=True)
    return {mrid: (name, count, own) for mrid, name, count, own in rows}


OF_DEVICE = {
    "EndDevice.UsagePoint": ("EndDevice", "E", "P"),
    "EndDevice.UsagePoints": ("EndDevice", "E", "P"),
    "UsagePoint.EndDevices": ("UsagePoint", "P", "E"),
}
OF_EQUIPMENT = {
    "UsagePoint.Equipments": ("UsagePoint", "P", "A"),
    "Equipment.UsagePoints": (CONNECTION, "A", "P"),
    "ConductingEquipment.UsagePoints": (CONNECTION, "A", "P"),
    f"{CONNECTION}.UsagePoints": (CONNECTION, "A", "P"),
}


@pytest.mark.parametrize(("one", "other"), list(product(OF_DEVICE, OF_EQUIPMENT)))
def test_links_in_both_directions(one: str, other: str) -> None:
    body = ders("A") + thing("EndDevice", "E") + thing("UsagePoint", "P")
    for name, (cls, subject, target) in ((one, OF_DEVICE[one]), (other, OF_EQUIPMENT[other])):
        body += about(cls, subject, to(name, target))
    network = loaded(body)
    assert devices(network) == {"A": ["E"]}
    assert found(network, *CODES) == []


@pytest.mark.parametrize(
    ("cls", "subject", "name", "target"),
    [
        ("EndDevice", "E", "Asset.PowerSystemResources", "A"),
        (CONNECTION, "A", "PowerSystemResource.Assets", "E"),
    ],
)
def test_an_end_device_is_an_asset_of_its_equipment(cls: str, subject: str, name: str, target: str) -> None:
    network = loaded(ders("A") + thing("EndDevice", "E") + about(cls, subject, to(name, target)))
    assert devices(network) == {"A": ["E"]}


def test_what_is_ambiguous_or_lost_is_told() -> None:
    """E stands for two DER, F and H for one, K leads nowhere; nothing leads to C."""
    load = equipment("EnergyConsumer", "house", "n2")
    body = ders("A", "B", "C", "D") + load + chain("E", "A", "B") + chain("F", "D") + chain("H", "D", "house")
    network = loaded(body + chain("K") + chain("M", "house"))
    assert devices(network) == {"A": ["E"], "B": ["E"], "C": [], "D": ["F", "H"]}
    told = {(f.code, f.severity): f.objects for f in found(network, *CODES)}
    assert told == {
        ("end_device_ambiguous", "warning"): ("E",),
        ("end_device_unmapped", "warning"): ("K",),
        ("der_unmapped", "warning"): ("C",),
        ("der_of_several_devices", "info"): ("D",),
    }


def test_models_without_end_devices_miss_none() -> None:
    network = loaded(ders("A"))
    assert (found(network, *CODES), groups(network)) == ([], {})


def test_a_grid_source_needs_no_end_device() -> None:
    source = equipment("EnergySource", "S", "n1", value("EnergySource.r", "0"))
    assert found(loaded(source + ders("A") + chain("E", "A")), *CODES) == []


@pytest.mark.parametrize(
    ("name", "from_device"),
    [
        ("EndDevice.EndDeviceGroups", True),
        ("EndDevice.EndDeviceGroup", True),
        ("EndDeviceGroup.EndDevices", False),
        ("EndDeviceGroup.EndDevice", False),
    ],
)
def test_groups_of_the_model(name: str, from_device: bool) -> None:
    body = ders("A", "B", "C") + chain("E", "A") + chain("F", "B") + chain("K", "C")
    body += thing("EndDeviceGroup", "X", name="North") + thing("EndDeviceGroup", "Y")
    for device, group in (("F", "X"), ("E", "X"), ("F", "Y")):
        cls, subject, target = ("EndDevice", device, group) if from_device else ("EndDeviceGroup", group, device)
        body += about(cls, subject, to(name, target))
    network = loaded(body)
    assert groups(network) == {"X": ("North", 2, ["A", "B"]), "Y": ("Y", 1, ["B"])}
    assert found(network, *GROUP_CODES) == []


@pytest.mark.parametrize(
    ("name", "from_outer"),
    [
        ("EndDeviceGroup.ParentEndDeviceGroup", False),
        ("EndDeviceGroup.ChildEndDeviceGroups", True),
        ("EndDeviceGroup.SubEndDeviceGroups", True),
        ("EndDeviceGroup.EndDeviceGroups", True),
    ],
)
def test_a_group_holds_what_the_groups_in_it_hold(name: str, from_outer: bool) -> None:
    body = ders("A", "B") + chain("E", "A") + chain("F", "B")
    for group, device in (("X", "E"), ("Y", None), ("Z", "F")):
        body += thing("EndDeviceGroup", group, "" if device is None else to("EndDeviceGroup.EndDevices", device))
    for outer, inner in (("X", "Y"), ("Y", "Z")):
        subject, target = (outer, inner) if from_outer else (inner, outer)
        body += about("EndDeviceGroup", subject, to(name, target))
    network = loaded(body)
    assert groups(network) == {"X": ("X", 2, ["A", "B"]), "Y": ("Y", 1, ["B"]), "Z": ("Z", 1, ["B"])}
    assert found(network, *GROUP_CODES) == []


def test_groups_in_a_circle_end() -> None:
    body = ders("A") + chain("E", "A")
    for group, inner in (("X", "Y"), ("Y", "X")):
        body += thing("EndDeviceGroup", group, to("EndDeviceGroup.EndDeviceGroups", inner))
    network = loaded(body + about("EndDeviceGroup", "Y", to("EndDeviceGroup.EndDevices", "E")))
    assert groups(network) == {"X": ("X", 1, ["A"]), "Y": ("Y", 1, ["A"])}
    assert [f.objects for f in found(network, "group_circle")] == [("X",), ("Y",)]


def test_nesting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    chain_ = "".join(
        thing("EndDeviceGroup", f"g{i}", to("EndDeviceGroup.EndDeviceGroups", f"g{i + 1}")) for i in range(4)
    )
    body = ders("A") + chain("E", "A") + chain_ + thing("EndDeviceGroup", "g4", to("EndDeviceGroup.EndDevices", "E"))
    monkeypatch.setattr(limits, "GROUP_NESTED_MAX", 5)
    assert found(loaded(body), "group_circle") == []
    monkeypatch.setattr(limits, "GROUP_NESTED_MAX", 4)
    assert [f.objects for f in found(loaded(body), "group_circle")] == [("g0",)]


def test_groups_without_der_stay_and_are_told() -> None:
    body = ders("A") + chain("E", "A") + chain("K")
    body += thing("EndDeviceGroup", "X", to("EndDeviceGroup.EndDevices", "K")) + thing("EndDeviceGroup", "Y")
    network = loaded(body)
    assert groups(network) == {"X": ("X", 1, []), "Y": ("Y", 0, [])}
    assert [f.objects for f in found(network, "group_without_der")] == [("X",), ("Y",)]


def test_names_that_no_group_can_have() -> None:
    long = "x" * (limits.GROUP_NAME_CHARACTERS_MAX + 1)
    body = ders("A") + chain("E", "A")
    body += thing("EndDeviceGroup", "X", to("EndDeviceGroup.EndDevices", "E"), name=long)
    body += f'<cim:EndDeviceGroup rdf:about="urn:uuid:{long}"/><cim:EndDeviceGroup rdf:about="two%20words or more"/>'
    network = loaded(body)
    assert groups(network) == {"X": ("X", 1, ["A"])}
    assert len(found(network, "group_refused")) == 3


def test_a_device_of_two_der_brings_both_into_its_group() -> None:
    body = ders("A", "B") + chain("E", "A", "B")
    network = loaded(body + thing("EndDeviceGroup", "X", to("EndDeviceGroup.EndDevices", "E")))
    assert groups(network) == {"X": ("X", 1, ["A", "B"])}
