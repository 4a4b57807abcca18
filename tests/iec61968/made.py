"""Changes and contexts for the tests: those behind the example messages 11 to 14."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

import topogroup.iec61968
from topogroup.groups.changes import ChangedMember, MembershipChange, Verb
from topogroup.groups.template import Group
from topogroup.groups.version import FIRST_VERSION, Version
from topogroup.iec61968.envelope import Context
from topogroup.topology.arrays.links import Item

EXAMPLES = Path(__file__).parent / "examples"
SCHEMAS = Path(topogroup.iec61968.__file__).parent / "schemas"

GROUP = Group(
    "88ac958b-f52e-5221-b9ed-831dc277f9f7",
    "Group-A",
    ("feeder", "kind"),
    (Item("f1", "F1", False), Item("pv", "pv", False)),
)
A = ChangedMember("49bc4dcf-76ba-5960-bd3f-219453b56b60", "", "moved")
B = ChangedMember("4c61109f-d69f-5fe3-b6de-39092eb41880", "", "lost_supply")
C = ChangedMember("a41442e5-07f3-5a2f-826c-0d8e985efd7b", "", "moved")
D = ChangedMember("0e162fb4-7a31-53ec-9243-1b7a02d19b2a", "", "supply_restored")
NOW = datetime(2025, 1, 15, 10, 0, tzinfo=UTC)
CONTEXT = Context(
    source="DERMS",
    timestamp=NOW,
    change_set="5b7e3c1e-5f0a-5c55-8f9e-0f4b6a1c2d3e",
    revision=42,
    generation=1,
    sequence=7,
    cause="switching",
    model_version="model-3",
    quality="good",
)


def change(
    verb: Verb,
    joined: tuple[ChangedMember, ...] = (),
    left: tuple[ChangedMember, ...] = (),
    version: Version = FIRST_VERSION,
    name: str = GROUP.name,
) -> MembershipChange:
    """Return a change of the group of the examples."""
    previous = None if verb == "created" else FIRST_VERSION
    return MembershipChange(replace(GROUP, name=name), verb, joined, left, version, previous)


CREATED = change("created", joined=(A, B, C))
CHANGED = change("changed", joined=(D,), version=Version(1, 1, 0))
EXECUTED = change("executed", left=(B,), version=Version(1, 2, 0))
BOTH = change("executed", joined=(D,), left=(A, B), version=Version(1, 2, 0))
DELETED = change("deleted", left=(A,), version=Version(1, 2, 0))
ALL = {"created": CREATED, "changed": CHANGED, "executed": EXECUTED, "both": BOTH, "deleted": DELETED}


def schema(form: str) -> etree.XMLSchema:
    """Return the schema of one form, `full` or `partial`."""
    return etree.XMLSchema(etree.parse(str(SCHEMAS / f"{form}.xsd")))


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname
