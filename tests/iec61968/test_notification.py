"""Notifications: golden messages, the structure of the examples, and texts that hurt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cim_models import identifiers
from tests.iec61968.made import (
    ALL,
    BOTH,
    CONTEXT,
    CREATED,
    DELETED,
    EXAMPLES,
    GROUP,
    A,
    change,
    local,
    schema,
)
from topogroup.groups.changes import ChangedMember, MembershipChange
from topogroup.groups.functions_by_kind import DerFunction
from topogroup.iec61968.namespaces import Namespaces
from topogroup.iec61968.notification import notification

MESSAGE_ID = identifiers.derived(f"message:{CONTEXT.change_set}:{GROUP.mrid}:1")
HEADER = (
    "<msg:Timestamp>2025-01-15T10:00:00Z</msg:Timestamp><msg:Source>DERMS</msg:Source>"
    f"<msg:MessageID>{MESSAGE_ID}</msg:MessageID>"
    f"<msg:Property><msg:Name>changeSet</msg:Name><msg:Value>{CONTEXT.change_set}</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>revision</msg:Name><msg:Value>42</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>generation</msg:Name><msg:Value>1</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>sequence</msg:Name><msg:Value>7</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>cause</msg:Name><msg:Value>switching</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>part</msg:Name><msg:Value>1</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>parts</msg:Name><msg:Value>1</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>modelVersion</msg:Name><msg:Value>model-3</msg:Value></msg:Property>"
    "<msg:Property><msg:Name>quality</msg:Name><msg:Value>good</msg:Value></msg:Property></tns:Header>"
)
PREFIXES = 'xmlns:msg="http://iec.ch/TC57/2011/schema/message" xmlns:p="http://iec.ch/TC57/2017/DERGroups#"'
VERSION_2 = (
    "<p:version><p:date>2025-01-15T10:00:00Z</p:date><p:major>1</p:major><p:minor>2</p:minor>"
    "<p:revision>0</p:revision></p:version>"
)
NAMES = "<p:Names><p:name>Group-A</p:name></p:Names>"


def wrapped(element: str, namespace: str, verb: str, noun: str, payload: str) -> bytes:
    """Return a golden message from its payload."""
    tns = f"http://iec.ch/TC57/2017/{namespace}"
    return (
        f'<tns:{element} xmlns:tns="{tns}" {PREFIXES}><tns:Header>'
        f"<msg:Verb>{verb}</msg:Verb><msg:Noun>{noun}</msg:Noun>{HEADER}"
        f"<tns:Payload>{payload}</tns:Payload></tns:{element}>"
    ).encode()


def test_golden_deleted() -> None:
    """mRID and Names, no members, no version."""
    group = f"<p:EndDeviceGroup><p:mRID>{GROUP.mrid}</p:mRID>{NAMES}</p:EndDeviceGroup>"
    payload = f"<p:DERGroups>{group}</p:DERGroups>"
    golden = wrapped("DeletedDERGroups", "DERGroupsMessage", "deleted", "DERGroups", payload)
    assert notification(DELETED, CONTEXT) == golden


def test_golden_members_that_left_and_joined() -> None:
    """Deletes first, then additions; one member is known by its EndDevice, each group by mRID and Names."""

    def operation(number: int, head: str, devices: str) -> str:
        return (
            f"<msg:Operation><msg:operationId>{number}</msg:operationId><msg:noun>DERGroups</msg:noun>{head}"
            f"<p:DERGroups><p:EndDeviceGroup><p:mRID>{GROUP.mrid}</p:mRID>{devices}{NAMES}{VERSION_2}"
            "</p:EndDeviceGroup></p:DERGroups></msg:Operation>"
        )

    one, two, three = A.mrid, BOTH.left[1].mrid, BOTH.joined[0].mrid
    device = "<p:EndDevices><p:mRID>{}</p:mRID></p:EndDevices>".format
    left, joined = device(one) + device("meter-2"), device(three)
    removal = operation(
        1, "<msg:verb>deleted</msg:verb><msg:elementOperation>true</msg:elementOperation>", left
    )
    addition = operation(2, "<msg:verb>changed</msg:verb>", joined)
    order = "<msg:enforceMsgSequence>true</msg:enforceMsgSequence>"
    payload = f"<tns:OperationSet>{order}{removal}{addition}</tns:OperationSet>"
    wrapper = ("ExecutedDERGroupsOperationSet", "DERGroupsOperationSetMessage", "executed", "OperationSet")
    assert notification(BOTH, CONTEXT, {two: "meter-2"}) == wrapped(*wrapper, payload)


@pytest.mark.parametrize("name", list(ALL))
def test_every_notification_is_valid(name: str) -> None:
    """A created group in the full form; always mRID and Names, never a CorrelationID."""
    message = etree.fromstring(notification(ALL[name], CONTEXT))
    schema("full" if name == "created" else "partial").assertValid(message)
    groups = [element for element in message.iter() if local(element) == "EndDeviceGroup"]
    assert len(groups) == (2 if name == "both" else 1)
    for group in groups:
        assert [local(e) for e in group if local(e) in {"mRID", "Names"}] == ["mRID", "Names"]
    assert "CorrelationID" not in {local(element) for element in message.iter()}


Tree = tuple[str, str | None, tuple["Tree", ...]]


def tree(element: etree._Element, without: frozenset[str]) -> Tree:
    """Return names, texts and order of an element, leaving out `parent/child` paths."""
    children = tuple(tree(e, without) for e in element if f"{local(element)}/{local(e)}" not in without)
    text = None if len(element) or local(element) == "MessageID" else element.text
    return etree.QName(element).text, text, children


@pytest.mark.parametrize(
    ("example", "name", "more"),
    [
        ("11_created_DERGroups_notification", "created", []),
        ("12_changed_DERGroups_notification", "changed", ["EndDeviceGroup/Names"]),
        (
            "13_executed_OperationSet_notification",
            "executed",
            ["EndDeviceGroup/mRID", "OperationSet/enforceMsgSequence"],
        ),
        ("14_deleted_DERGroups_notification", "deleted", ["EndDeviceGroup/mRID"]),
    ],
)
def test_structure_is_that_of_the_examples(example: str, name: str, more: list[str]) -> None:
    """Equal but for what the design adds: header properties, and mRID and Names in every group."""
    theirs = etree.parse(str(EXAMPLES / f"{example}.xml")).getroot()
    function = DerFunction(True, False, False, False, True, True, True, False, False)
    ours = etree.fromstring(notification(ALL[name], CONTEXT, function=function))
    for element in ours.iter():
        if local(element) == "description":
            element.text = "Feeder F1, phase-balanced PV"
    left_out = frozenset(["Header/Property", *more])
    assert tree(ours, left_out) == tree(theirs, frozenset())
    assert ours.nsmap == theirs.nsmap


def test_a_created_group_describes_itself_and_has_the_flags_of_its_kind() -> None:
    """Without flags given, those of pv: no dispatch of active power."""
    message = etree.fromstring(notification(CREATED, CONTEXT))
    texts = {local(e): e.text for e in message.iter() if not len(e)}
    assert texts["description"] == "feeder F1, kind pv"
    assert (texts["realPowerDispatch"], texts["maxRealPowerLimiting"]) == ("false", "true")


def test_members_carry_their_names() -> None:
    """Beside their ids."""
    named = ChangedMember("d1", "Roof 1", "moved")
    assert (
        b"<p:EndDevices><p:mRID>d1</p:mRID><p:Names><p:name>Roof 1</p:name></p:Names></p:EndDevices>"
        in notification(change("changed", joined=(named,)), CONTEXT)
    )


def test_a_group_without_name_is_named_by_its_id() -> None:
    """Every outgoing group carries Names."""
    assert f"<p:Names><p:name>{GROUP.mrid}</p:name></p:Names>".encode() in notification(
        change("deleted", name=""), CONTEXT
    )


def named(name: str) -> MembershipChange:
    """Return a change in which group and member have a name."""
    return change("executed", left=(ChangedMember("d1", name, "moved"),), name=name)


def names_in(message: bytes) -> list[str | None]:
    """Return all names in a message: the member's, then the group's."""
    return [element.text for element in etree.fromstring(message).iter("{*}name")]


@pytest.mark.parametrize(
    "name",
    ["<F1>", "A & B", "\"quoted\" 'twice'", "two\nlines", "dos\r\nlines", "]]>", " \t ", "Ä\u2028Ω\u0085𝄞"],
)
def test_names_survive(name: str) -> None:
    """Whatever a name holds, a parser gives it back, and the message stays one line."""
    message = notification(named(name), CONTEXT)
    assert names_in(message) == [name, name]
    assert len(message.decode().splitlines()) == 1


@pytest.mark.parametrize("bad", ["\0", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_carry_is_replaced(bad: str) -> None:
    """A name from a damaged file stops no notification."""
    assert names_in(notification(named(f"a{bad}b"), CONTEXT)) == ["a\ufffdb"] * 2


@given(st.text(st.characters(exclude_categories=[]), min_size=1, max_size=8))
def test_any_text_gives_a_message(text: str) -> None:
    """Any string at all: well-formed, one line, and changed only where XML leaves no choice."""
    message = notification(named(text), CONTEXT)
    assert len(message.decode().splitlines()) == 1
    for name in names_in(message):
        assert name is not None and len(name) == len(text)
        assert all(a == b or b == "\ufffd" for a, b in zip(text, name, strict=True))


def test_bytes_depend_on_nothing_but_what_is_handed_in() -> None:
    """The same twice; another part, change set or group has another id."""
    assert notification(BOTH, CONTEXT) == notification(BOTH, replace(CONTEXT))
    ids = {
        CONTEXT.message_id("g"),
        CONTEXT.message_id("h"),
        replace(CONTEXT, part=2, parts=2).message_id("g"),
        replace(CONTEXT, change_set="other").message_id("g"),
    }
    assert len(ids) == 4
    assert replace(CONTEXT, sequence=8).message_id("g") == CONTEXT.message_id("g")


def test_times_are_utc_and_need_a_zone() -> None:
    """Noon in Berlin is eleven; a time without zone is refused."""
    noon = datetime(2025, 1, 15, 12, 0, 0, 250000, timezone(timedelta(hours=1)))
    message = notification(ALL["changed"], replace(CONTEXT, timestamp=noon))
    assert message.count(b">2025-01-15T11:00:00.250000Z<") == 2
    with pytest.raises(ValueError, match="time zone"):
        replace(CONTEXT, timestamp=datetime(2025, 1, 15))


def test_namespaces_are_configuration() -> None:
    """Each of the four can be another."""
    mine = Namespaces("urn:message", "urn:groups", "urn:wrapper", "urn:set")
    assert set(etree.fromstring(notification(DELETED, CONTEXT, namespaces=mine)).nsmap.values()) == {
        "urn:message",
        "urn:groups",
        "urn:wrapper",
    }
    assert etree.QName(etree.fromstring(notification(BOTH, CONTEXT, namespaces=mine))).namespace == "urn:set"
