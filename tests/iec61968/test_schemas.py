"""Our schemas accept every example about DERGroups, and refuse what the tables of the reference refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from tests.iec61968.made import EXAMPLES, local, schema

FILES = sorted(EXAMPLES.glob("*.xml"))
WITHOUT_FUNCTION = {"04", "06", "08", "12", "13", "14"}
"""Examples that change or delete: their groups carry no DERFunction, which only the partial form allows."""


def test_the_examples_are_here() -> None:
    """01 to 14 and the generic request."""
    assert [file.name[:2] for file in FILES] == [f"{n:02}" for n in range(1, 15)] + ["25"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name[:2])
def test_examples_are_valid(file: Path) -> None:
    """In the partial form all, in the full form those that create or answer."""
    message = etree.parse(str(file))
    schema("partial").assertValid(message)
    assert schema("full").validate(message) is (file.name[:2] not in WITHOUT_FUNCTION)


def swap_header(message: etree._Element) -> None:
    """Put Noun before Verb."""
    header = message[0]
    header.insert(0, header[1])


def mrid_last(message: etree._Element) -> None:
    """Put the group's mRID at its end."""
    group = next(e for e in message.iter() if local(e) == "EndDeviceGroup")
    group.append(group[0])


def drop_flag(message: etree._Element) -> None:
    """Leave out one of the nine flags."""
    function = next(e for e in message.iter() if local(e) == "DERFunction")
    function.remove(function[4])


def foreign_verb(message: etree._Element) -> None:
    """Use a verb that the envelope does not know."""
    message[0][0].text = "formed"


def names_before_devices(message: etree._Element) -> None:
    """Put Names before EndDevices."""
    group = next(e for e in message.iter() if local(e) == "EndDeviceGroup")
    names = next(e for e in group if local(e) == "Names")
    group.insert(3, names)


def empty_payload(message: etree._Element) -> None:
    """Send a payload without its noun."""
    message[1].remove(message[1][0])


@pytest.mark.parametrize(
    "spoil", [swap_header, mrid_last, drop_flag, foreign_verb, names_before_devices, empty_payload]
)
def test_spoilt_messages_are_refused(spoil: Callable[[etree._Element], None]) -> None:
    """Order is strict, flags come all nine or not at all."""
    message = etree.parse(str(EXAMPLES / "11_created_DERGroups_notification.xml"))
    spoil(message.getroot())
    assert not schema("partial").validate(message)
