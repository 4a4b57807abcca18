"""The event envelope of IEC 61968-100:2013: header, payload, and the bytes of a finished message.

A notification is Header and Payload, without Request and Reply. It has a MessageID and no CorrelationID;
what a receiver needs to order, join and trace notifications stands in Property elements of the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from cim_models import identifiers
from topogroup.iec61968.namespaces import Namespaces

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry, not even as a reference."""

_LINE_ENDS: Final = ("\n", "\r", "\u0085", "\u2028", "\u2029")
"""Characters that some reader of lines takes for the end of one; as references they survive."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the messages of one change set say about themselves.

    Attributes:
        source: the sender's name.
        timestamp: when the change was made, with a time zone; also the date of the group's new version.
        change_set: id common to all messages of one revision.
        revision: number of the engine's committed change.
        generation: number of the history; a restore starts a new one.
        sequence: number of the message among those of its group, gapless within the generation.
        cause: why memberships changed, such as `switching`.
        model_version: the version of the network model.
        quality: of the switch states behind the change, such as `good`.
        part: number of this message among those of one change of one group, from 1.
        parts: how many messages that change has.
    """

    source: str
    timestamp: datetime
    change_set: str
    revision: int
    generation: int
    sequence: int
    cause: str
    model_version: str
    quality: str
    part: int = 1
    parts: int = 1

    def __post_init__(self) -> None:
        """Refuse a time without a zone: it would be read differently at every site."""
        if self.timestamp.utcoffset() is None:
            raise ValueError("the timestamp of a message needs a time zone")

    def message_id(self, group: str) -> str:
        """Return the id of the message about one group: the same on every attempt and every machine.

        Args:
            group: the group's mRID.

        Returns:
            A UUID derived from change set, group and part.
        """
        return identifiers.derived(f"message:{self.change_set}:{group}:{self.part}")

    def properties(self) -> dict[str, str]:
        """Return the Property elements of the header, in their order."""
        return {
            "changeSet": self.change_set,
            "revision": str(self.revision),
            "generation": str(self.generation),
            "sequence": str(self.sequence),
            "cause": self.cause,
            "part": str(self.part),
            "parts": str(self.parts),
            "modelVersion": self.model_version,
            "quality": self.quality,
        }


def start_event(
    root: str, *, verb: str, noun: str, group: str, wrapper: str, context: Context, namespaces: Namespaces
) -> tuple[etree._Element, etree._Element]:
    """Start a notification.

    Args:
        root: name of the wrapper element, such as `CreatedDERGroups`.
        verb: the verb in the past tense.
        noun: the noun of the header.
        group: mRID of the group that the message is about.
        wrapper: namespace of the wrapper element, its Header and its Payload.
        context: what the message says about itself.
        namespaces: the other namespaces.

    Returns:
        The root element with its Header, and its empty Payload.
    """
    prefixes = {"tns": wrapper, "msg": namespaces.message, "p": namespaces.groups}
    message = etree.Element(f"{{{wrapper}}}{root}", nsmap=prefixes)
    header = child(message, wrapper, "Header")
    for name, value in (
        ("Verb", verb),
        ("Noun", noun),
        ("Timestamp", date_time(context.timestamp)),
        ("Source", context.source),
        ("MessageID", context.message_id(group)),
    ):
        child(header, namespaces.message, name, value)
    for name, value in context.properties().items():
        element = child(header, namespaces.message, "Property")
        child(element, namespaces.message, "Name", name)
        child(element, namespaces.message, "Value", value)
    return message, child(message, wrapper, "Payload")


def child(parent: etree._Element, namespace: str, name: str, text: str | None = None) -> etree._Element:
    """Append an element.

    Args:
        parent: where it goes, after what is there.
        namespace: its namespace.
        name: its local name.
        text: its text; characters that XML cannot carry become U+FFFD.

    Returns:
        The new element.
    """
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if text is not None:
        element.text = _NOT_XML.sub("\ufffd", text)
    return element


def date_time(instant: datetime) -> str:
    """Return an instant as xs:dateTime in UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def message_bytes(message: etree._Element) -> bytes:
    """Return a message as one line of UTF-8 without XML declaration, whatever its texts hold."""
    text = etree.tostring(message, encoding="unicode")
    for end in _LINE_ENDS:
        text = text.replace(end, f"&#{ord(end)};")
    return text.encode("utf-8")
