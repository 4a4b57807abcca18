"""DERFunction defaults: the row of a kind, and what all kinds have in common."""

from __future__ import annotations

from dataclasses import astuple, fields

from topogroup.groups.functions_by_kind import FUNCTION_BY_KIND, DerFunction, default_function
from topogroup.groups.template import Template
from topogroup.topology.arrays.links import Item


def kind_group(kind: str) -> DerFunction:
    """Return the flags of a group of one kind."""
    return default_function(Template(("kind",)).group([Item(kind, kind, False)]))


def test_every_kind_of_the_design_has_a_row() -> None:
    """And no other."""
    assert sorted(FUNCTION_BY_KIND) == ["battery", "hybrid", "machine", "other", "pv", "wind"]


def test_a_group_of_one_kind_has_its_row() -> None:
    """Only what has a store or a fuel can be dispatched."""
    assert {k: kind_group(k) for k in FUNCTION_BY_KIND} == FUNCTION_BY_KIND
    assert sorted(k for k, f in FUNCTION_BY_KIND.items() if f.real_power_dispatch) == ["battery", "machine"]
    assert kind_group("unheard of") == FUNCTION_BY_KIND["other"]


def test_a_group_of_all_kinds_has_what_all_have() -> None:
    """Each flag is true exactly where every row has it."""
    group = Template(("feeder",)).group([Item("f", "F", False)])
    expected = tuple(all(column) for column in zip(*map(astuple, FUNCTION_BY_KIND.values()), strict=True))
    assert astuple(default_function(group)) == expected
    true = [f.name for f in fields(DerFunction) if getattr(default_function(group), f.name)]
    assert true == ["connect_disconnect", "max_real_power_limiting"]
