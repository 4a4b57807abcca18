"""Templates: what can be written, and the ids and names that come out."""

from __future__ import annotations

import pytest

from cim_models import identifiers
from cim_models.errors import OptionError
from topogroup.groups.template import Template, parse_template, parse_templates
from topogroup.topology.arrays.links import Item

FEEDER = Item("f1", "North", False)
PV = Item("pv", "pv", False)


@pytest.mark.parametrize(
    ("text", "dimensions"),
    [
        ("feeder", ("feeder",)),
        ("feeder,kind", ("feeder", "kind")),
        (" substation , service_transformer ", ("substation", "service_transformer")),
        ("kind", ("kind",)),
    ],
)
def test_a_template_is_its_words_in_their_order(text: str, dimensions: tuple[str, ...]) -> None:
    """Words in, dimensions out."""
    assert parse_template(text) == Template(dimensions)


@pytest.mark.parametrize(
    ("text", "code", "culprit"),
    [
        ("", "template_empty", ""),
        ("feeder,", "template_empty", "feeder,"),
        (",feeder", "template_empty", ",feeder"),
        ("feeders", "template_unknown_dimension", "feeders"),
        ("feeder,Kind", "template_unknown_dimension", "Kind"),
        ("feeder,kind,feeder", "template_repeated_dimension", "feeder"),
    ],
)
def test_a_bad_template_is_refused_by_name(text: str, code: str, culprit: str) -> None:
    """The error names the word; an unknown word also gets the allowed ones."""
    with pytest.raises(OptionError) as caught:
        parse_template(text)
    assert (caught.value.code, caught.value.object) == (code, culprit)
    if code == "template_unknown_dimension":
        assert f"'{culprit}'" in caught.value.message
        allowed = "substation, transformer, feeder, section, service_transformer, kind"
        assert caught.value.message.endswith(f"allowed are: {allowed}.")


def test_no_dimension_at_all_is_refused() -> None:
    """A template made in Python obeys the same rules."""
    with pytest.raises(OptionError):
        Template(())


def test_a_template_given_twice_counts_once() -> None:
    """Otherwise each of its groups would be listed twice."""
    assert [str(t) for t in parse_templates(["feeder", "kind", " feeder"])] == ["feeder", "kind"]


def test_ids_and_names_come_from_template_and_key() -> None:
    """The id is the derived one of the design; the order of words matters."""
    group = parse_template("feeder,kind").group([FEEDER, PV])
    assert group.mrid == identifiers.derived("group:feeder,kind:f1,pv")
    assert group.mrid != parse_template("kind,feeder").group([PV, FEEDER]).mrid
    assert group.name == "North pv"
    assert group.key == {"feeder": FEEDER, "kind": PV}
    assert list(group.key) == ["feeder", "kind"]
    assert group.description == "feeder North, kind pv"


def test_an_object_without_name_is_described_by_its_id() -> None:
    """A description never has a hole."""
    group = parse_template("service_transformer").group([Item("t1", "", True)])
    assert (group.name, group.description) == ("", "service transformer t1")


def test_the_kind_of_a_group_is_known_only_where_it_separates_kinds() -> None:
    """A group by feeder holds all kinds."""
    assert parse_template("feeder,kind").group([FEEDER, PV]).kind == "pv"
    assert parse_template("feeder").group([FEEDER]).kind is None
