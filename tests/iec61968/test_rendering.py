"""Large changes go in parts; all parts together are the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_models import limits
from cim_models.identifiers import derived
from tests.iec61968.made import CONTEXT
from topogroup.groups.changes import ChangedMember, MembershipChange, Verb
from topogroup.groups.template import Group
from topogroup.groups.version import FIRST_VERSION
from topogroup.iec61968.rendering import MessageRenderer, parts_of


def change(verb: Verb, joined: int, left: int) -> MembershipChange:
    """Return a change with so many members."""
    come = tuple(ChangedMember(derived(f"came {n}"), f"came {n}", "moved") for n in range(joined))
    gone = tuple(ChangedMember(derived(f"went {n}"), f"went {n}", "moved") for n in range(left))
    return MembershipChange(Group(derived("g"), "g", (), ()), verb, come, gone, FIRST_VERSION, FIRST_VERSION)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12))
def test_parts_are_the_whole(joined: int, left: int, members_max: int) -> None:
    """In order, removals before additions, none too large, no empty one beside others."""
    whole = change("executed", joined, left)
    parts = list(parts_of(whole, members_max))
    assert tuple(m for part in parts for m in part.left) == whole.left
    assert tuple(m for part in parts for m in part.joined) == whole.joined
    assert all(len(part.left) + len(part.joined) <= members_max for part in parts)
    assert {part.verb for part in parts} == {"executed"}
    assert len(parts) == 1 or all(part.left or part.joined for part in parts)
    seen_joined = False
    for part in parts:
        assert not (seen_joined and part.left)
        seen_joined = seen_joined or bool(part.joined)


def test_parts_are_numbered_in_the_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deletion names no members and is one message."""
    monkeypatch.setattr(limits, "MESSAGE_MEMBERS_MAX", 4)
    renderer = MessageRenderer("topogroup")
    messages = renderer.render(change("executed", 5, 4), CONTEXT, {})
    assert len(messages) == 3 == len(set(messages))
    for number, message in enumerate(messages, 1):
        text = message.decode()
        assert f"<msg:Name>part</msg:Name><msg:Value>{number}</msg:Value>" in text
        assert "<msg:Name>parts</msg:Name><msg:Value>3</msg:Value>" in text
        assert ("elementOperation" in text) is (number == 1)
        assert text.count("operationId>1<") == 1
    assert len(renderer.render(change("deleted", 0, 9), CONTEXT, {})) == 1
