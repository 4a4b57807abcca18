"""Criteria: what is read, what is refused, and masks that equal the plain oracle on a switched network."""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_models import limits, load
from cim_models.errors import OptionError
from cim_models.lookup import EquipmentNames
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES
from tests.groups.plain_criteria import meets
from topogroup.groups.criteria import CriteriaState, mask, parse_criteria
from topogroup.groups.criteria.attributes import ATTRIBUTES, Type
from topogroup.groups.criteria.tree import Junction
from topogroup.groups.definition import RuleDefinition, definition_from_dict
from topogroup.groups.policies import Policies
from topogroup.groups.rule import rule_members
from topogroup.topology.answers.attach import attach
from topogroup.topology.answers.view import ModelTables, StateView
from topogroup.topology.graph.states import Operation, current_state, normal_state, operated
from topogroup.topology.questions.behind import Behind
from topogroup.topology.questions.known_state import KnownState

ROOT = Path(__file__).parents[2]
PLATE_NUMBERS = {
    *("p_max_w", "p_min_w", "s_rated_va", "q_max_var", "q_min_var"),
    *("energy_rated_wh", "energy_stored_wh", "ramp_up_w_per_s", "ramp_down_w_per_s"),
}


@cache
def switched() -> tuple[list[dict[str, Any]], CriteriaState]:
    """Return the DER of the sample with a feeder dead, another one fed from its neighbour, and nameplates."""
    report = attach(load([ROOT / "data" / "sample.xml"]), opened=["S1-F1-CB", "S2-F1-CB"], closed=["S1-S2-TIE1"])
    der = report.grid.network.der
    ders = report.to_dict()["ders"]
    for at, one in enumerate(ders):
        one["voltage_v"] = float(report.grid.network.equipment.voltage_v[der.equipment[at]])
        for name in PLATE_NUMBERS & ATTRIBUTES.keys():
            value = float(getattr(der, name)[at])
            one[name] = None if np.isnan(value) else value
        one["category_normal"] = NORMAL_CATEGORIES[der.category_normal[at]]
        one["category_abnormal"] = ABNORMAL_CATEGORIES[der.category_abnormal[at]]
    views = [StateView(report.grid, report.rows, state) for state in (report.current_state, report.normal_state)]
    return ders, (views[0], views[1])


def chosen(said: Any) -> list[str]:  # noqa: ANN401 - criteria
    """Return the names of the DER that meet criteria."""
    ders, state = switched()
    return [der["name"] for der, met in zip(ders, mask(parse_criteria(said), state).tolist(), strict=True) if met]


READ = [
    ("kind='battery' and (p_max_w >= 5e4)", "kind = 'battery' AND p_max_w >= 50000"),
    ("NOT supplied", "NOT supplied"),
    ("not (feeder = 'a' or feeder='b')", "NOT (feeder = 'a' OR feeder = 'b')"),
    ("feeder = 'a' OR feeder = 'b' AND supplied", "feeder = 'a' OR (feeder = 'b' AND supplied)"),
    ("(feeder = 'a' OR feeder = 'b') OR supplied", "feeder = 'a' OR feeder = 'b' OR supplied"),
    ("'S1' = substation", "substation = 'S1'"),
    ("100 < p_max_w", "p_max_w > 100"),
    ("name LIKE 'it''s %'", "name LIKE 'it''s %'"),
    ("name NOT LIKE 'a%'", "NOT (name LIKE 'a%')"),
    ("kind IN ('pv','wind')", "kind IN ('pv', 'wind')"),
    ("p_max_w NOT BETWEEN -1.5 AND 2", "NOT (p_max_w BETWEEN -1.5 AND 2)"),
    ("section IS NOT NULL", "NOT (section IS NULL)"),
    ("casei(name) = casei('ÄB')", "casei(name) = casei('äb')"),
    ("paralleled = TRUE", "paralleled = TRUE"),
    ("TRUE", "TRUE"),
    ("downstream('sw7') and not normal_fed_through('it''s')", "downstream('sw7') AND NOT normal_fed_through('it''s')"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "written"), READ, ids=[one for one, _ in READ])
def test_criteria_have_one_spelling(said: str, written: str) -> None:
    """Text and JSON lead back to the same criteria."""
    criteria = parse_criteria(said)
    assert criteria.text == written
    assert parse_criteria(criteria.text) == parse_criteria(criteria.json) == criteria
    definition = RuleDefinition(criteria, Policies(state="normal"))
    assert definition_from_dict(definition.as_dict()) == definition


REFUSED: list[tuple[Any, str, str]] = [
    ("", "criteria_syntax", "empty"),
    ("kind =", "criteria_syntax", "at its end"),
    ("kind = 'pv' kind", "criteria_syntax", "character 13"),
    ("kind = 'pv'\nAND\n=", "criteria_syntax", "line"),
    ("colour = 'red'", "unknown_attribute", "no attribute 'colour'"),
    ("normal_kind = 'pv'", "unknown_attribute", "normal_kind"),
    ("kind = 'batery'", "criteria_value", "pv, battery"),
    ("kind = 5", "criteria_type", "single quotes"),
    ("feeder = F1", "criteria_unsupported", "single quotes"),
    ("p_max_w = '5'", "criteria_type", "a number"),
    ("p_max_w = TRUE", "criteria_type", "a number"),
    ("supplied = 'yes'", "criteria_type", "true or false"),
    ("supplied > FALSE", "criteria_type", "true or false"),
    ("kind", "criteria_type", "compare it"),
    ("'x' = 'y'", "criteria_type", "attribute"),
    ("p_max_w > 1 + 1", "criteria_unsupported", "Arithmetic"),
    ("p_max_w LIKE '5%'", "criteria_type", "LIKE takes texts"),
    ("casei(p_max_w) = casei('x')", "criteria_type", "casei() takes texts"),
    ("name = NULL", "criteria_type", "IS NULL"),
    ("S_INTERSECTS(location, POINT(1 2))", "criteria_unsupported", "s_intersects()"),
    ("member_of('g')", "criteria_unsupported", "downstream() and fed_through()"),
    ("downstream()", "criteria_type", "such as downstream('F1')"),
    ("downstream('')", "criteria_type", "such as downstream('F1')"),
    ("downstream(5)", "criteria_type", "such as downstream('F1')"),
    ("downstream(name)", "criteria_type", "such as downstream('F1')"),
    ("fed_through('a', 'b')", "criteria_type", "by mRID or name"),
    ("downstream('a') = TRUE", "criteria_type", "AND and OR"),
    ("(kind = 'pv') = TRUE", "criteria_type", "AND and OR"),
    ("name = 'a\x00b'", "criteria_characters", "\\x00"),
    ("name = '\ud800'", "criteria_characters", "\\ud800"),
    ("name = '" + "x" * limits.CRITERIA_CHARACTERS_MAX + "'", "criteria_too_long", "at most"),
    ("(" * 65 + "supplied" + ")" * 65, "criteria_too_deep", "64"),
    ("(" * 16_000, "criteria_too_deep", "64"),
    ("NOT " * 65 + "supplied", "criteria_too_deep", "64"),
    ("NOT " * 4_000 + "supplied", "criteria_too_many_operators", "500"),
    (" AND ".join(["supplied"] * 502), "criteria_too_many_operators", "500"),
    ({"op": "and", "args": [True]}, "criteria_syntax", "two conditions"),
    ({"op": "not", "args": [True, True]}, "criteria_syntax", "1 arguments"),
    ({"op": "in", "args": [{"property": "kind"}, []]}, "criteria_syntax", "parentheses"),
    ({"op": "in", "args": [{"property": "kind"}, "pv"]}, "criteria_syntax", "parentheses"),
    ({"op": "=", "args": [{"property": "p_max_w"}, 10**400]}, "criteria_type", "number"),
    ({"op": "=", "args": [{"property": "kind"}, {"deep": [[[]]]}]}, "criteria_type", "compared"),
    ({"op": "matches", "args": [{"property": "name"}, "x"]}, "criteria_unsupported", "matches()"),
    ({"op": "=", "args": "kind"}, "criteria_type", "no condition"),
    ({}, "criteria_type", "no condition"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "code", "word"), REFUSED, ids=[str(one[0])[:40] for one in REFUSED])
def test_what_is_no_criteria_is_refused_by_name(said: Any, code: str, word: str) -> None:  # noqa: ANN401 - criteria
    """One sentence that says what would be right."""
    with pytest.raises(OptionError) as refused:
        parse_criteria(said)
    assert refused.value.code == code
    assert word in refused.value.message and refused.value.message.endswith((".", ";"))
    assert len(refused.value.message) < 1_000 and refused.value.message.isprintable()


def test_deep_json_is_refused_without_recursion() -> None:
    """However deep it is."""
    tree: Any = {"property": "supplied"}
    for _ in range(50_000):
        tree = {"op": "not", "args": [tree]}
    with pytest.raises(OptionError, match=r"deep|at most"):
        parse_criteria(tree)


def test_a_pattern_of_many_signs_takes_no_time() -> None:
    """LIKE never goes back over a text."""
    began = time.monotonic()
    assert chosen("name LIKE '" + "%a" * 4_000 + "%b'") == []
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("said", "met"),
    [
        ("feeder = 'S1-F2'", lambda one: "S1-F2" in feeders(one)),
        ("feeder <> 'S1-F2'", lambda one: "S1-F2" not in feeders(one)),
        ("normal_feeder = 'S2-F1' AND NOT supplied", lambda one: feeders(one) < {"S2-F1"} == feeders(one, "normal")),
        ("energisation = 'islanded'", lambda one: one["current"]["energisation"] == "islanded"),
        ("casei(feeder) = casei('s1-f2')", lambda one: "S1-F2" in feeders(one)),
        ("feeder LIKE 'S2-%'", lambda one: any(name.startswith("S2-") for name in feeders(one))),
        ("feeder IS NULL", lambda one: not feeders(one)),
        ("p_max_w >= 20000", lambda one: (one["p_max_w"] or 0) >= 20_000),
        ("unit_kind = 'pv'", lambda one: "pv" in one["unit_kinds"]),
    ],
)  # fmt: skip
def test_criteria_choose_what_their_words_say(said: str, met: Any) -> None:  # noqa: ANN401 - a function
    """Some DER, not all."""
    wanted = [one["name"] for one in switched()[0] if met(one)]
    assert chosen(said) == wanted
    assert 0 < len(wanted) < 60


def feeders(der: dict[str, Any], state: str = "current") -> set[str]:
    """Return the names of the feeders of a DER."""
    return {one["name"] for one in der[state]["feeders"]}


TEXTS = st.sampled_from(["S1", "S2", "S1-F1", "S1-F2", "s2-f1", "S1-F1-D1", "pv", "nothing", "ABC", "A", "energised"])
PATTERNS = st.sampled_from(["S1%", "%F1%", "S_-F_", "%", "", "s1%", "\\%", "%-D1"])
NUMBERS = st.sampled_from([0, 1000, 5000.0, 20_000, 1e9, -1])


@st.composite
def predicates(draw: st.DrawFn) -> Any:  # noqa: ANN401 - CQL2-JSON
    """One condition on any attribute that allows it."""
    asked = ATTRIBUTES[draw(st.sampled_from(sorted(ATTRIBUTES)))]
    left: Any = {"property": asked.name}
    if draw(st.integers(0, 9)) == 0:
        return {"op": "isNull", "args": [left]}
    if asked.type is Type.FLAG:
        return draw(st.sampled_from([left, {"op": "=", "args": [left, False]}, {"op": "<>", "args": [left, True]}]))
    if asked.type is Type.NUMBER:
        value: Any = NUMBERS
    elif asked.words:
        value = st.sampled_from(asked.words)
    else:
        value = TEXTS | st.sampled_from([one["mrid"] for one in switched()[0]])
    op = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">=", "in", "between", "like"]))
    if op == "like" and asked.type is not Type.NUMBER:
        folded = draw(st.booleans())
        pattern: Any = draw(PATTERNS)
        if folded:
            left, pattern = {"op": "casei", "args": [left]}, {"op": "casei", "args": [pattern]}
        return {"op": "like", "args": [left, pattern]}
    if op == "in":
        return {"op": "in", "args": [left, draw(st.lists(value, min_size=1, max_size=3))]}
    if op == "between":
        return {"op": "between", "args": [left, draw(value), draw(value)]}
    return {"op": "=" if op == "like" else op, "args": [left, draw(value)]}


TREES = st.recursive(
    predicates() | st.booleans(),
    lambda inner: st.one_of(
        st.builds(lambda one: {"op": "not", "args": [one]}, inner),
        st.builds(lambda op, parts: {"op": op, "args": parts}, st.sampled_from(["and", "or"]),
                  st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)  # fmt: skip


@given(tree=TREES)
def test_masks_equal_the_plain_oracle(tree: Any) -> None:  # noqa: ANN401 - CQL2-JSON
    """For every DER; text and JSON that are written again mean the same."""
    ders, state = switched()
    criteria = parse_criteria(tree)
    assert mask(criteria, state).tolist() == [meets(der, tree) for der in ders]
    assert parse_criteria(criteria.json) == criteria
    assert parse_criteria(criteria.text) == criteria
    if isinstance(criteria.tree, Junction):
        assert all(not isinstance(one, Junction) or one.word != criteria.tree.word for one in criteria.tree.parts)


def test_criteria_may_name_places() -> None:
    """Behind which a DER hangs now or normally; behind what the model does not have, or carries nothing, is nobody."""
    report = attach(load([ROOT / "data" / "sample.xml"]), opened=["S1-F1-CB", "S2-F1-CB"], closed=["S1-S2-TIE1"])
    names = EquipmentNames(report.grid.network, "equipment")
    known = [KnownState.of(report.grid, state(report.grid.network)) for state in (current_state, normal_state)]
    opened = {"S1-F1-CB": True, "S2-F1-CB": True, "S1-S2-TIE1": False}
    operations = [Operation(names.one(name), opens, 0) for name, opens in opened.items()]
    known[0] = KnownState.of(report.grid, operated(report.grid.network, known[0].state, operations))
    views = [
        StateView(report.grid, report.rows, state, behind=Behind(one, names))
        for one, state in zip(known, (report.current_state, report.normal_state), strict=True)
    ]

    def met(text: str) -> set[str]:
        found = mask(parse_criteria(text), (views[0], views[1])).tolist()
        return {one["name"] for one, yes in zip(report.to_dict()["ders"], found, strict=True) if yes}

    ders = report.to_dict()["ders"]
    home = {one["name"] for one in ders if [f["name"] for f in one["normal"]["feeders"]] == ["S1-F1"]}
    assert home and met("normal_downstream('S1-F1')") == met("normal_fed_through('S1-F1-CB')") == home
    assert not met("fed_through('S1-F1-CB')") | met("downstream('nowhere')") | met(f"fed_through('{min(home)}')")
    dark = {one["name"] for one in ders if not one["current"]["feeders"]} & met("normal_downstream('S2-F1-CB')")
    assert dark and met("downstream('S2-F1-CB')") == dark and met("downstream('S1-F1-CB')") == set()


def test_answers_about_names_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, or in the other state, nothing is looked through again; too many are forgotten, not wrong."""
    report = attach(load([ROOT / "data" / "sample.xml"]))
    tables = ModelTables(report.grid, report.rows)
    states = report.current_state, report.normal_state
    views = [StateView(report.grid, report.rows, one, tables) for one in states]
    looked: list[int] = []

    def answer() -> np.ndarray:
        looked.append(1)
        return np.ones(60, np.bool_)

    assert views[0].kept("a", answer) is views[1].kept("a", answer) and len(looked) == 1
    monkeypatch.setattr(limits, "ANSWERS_KEPT_BYTES_MAX", 100)
    assert views[0].kept("b", answer).all() and views[0].kept("a", answer).all() and len(looked) == 3
    for text in ("name LIKE 'S1%'", "name LIKE 'S2%'", "name LIKE 'S1%'"):
        found = mask(parse_criteria(text), (views[0], views[1])).tolist()
        assert found == [name.startswith(text[11:13]) for name in views[0].der_names]


@pytest.mark.parametrize(
    ("said", "policies", "met"),
    [
        ("kind = 'pv'", Policies(), lambda one: one["current"]["energisation"] in ("energised", "partially_energised")),
        ("kind = 'pv'", Policies(without_supply="stay"), lambda _: True),
        ("kind = 'pv' AND NOT supplied", Policies(), lambda one: one["current"]["energisation"] == "islanded"),
        ("kind = 'pv'", Policies(state="normal"), lambda _: True),
        (
            "kind = 'pv'",
            Policies(partially_energised="leave"),
            lambda one: one["current"]["energisation"] == "energised",
        ),
    ],
)  # fmt: skip
def test_policies_decide_what_criteria_leave_open(said: str, policies: Policies, met: Any) -> None:  # noqa: ANN401
    """The default: who has no supply leaves, unless the criteria speak of supply themselves."""
    ders, state = switched()
    wanted = [at for at, one in enumerate(ders) if one["kind"] == "pv" and met(one)]
    assert rule_members(RuleDefinition(parse_criteria(said), policies), state).tolist() == wanted
    assert wanted


def test_the_documentation_lists_exactly_the_attributes() -> None:
    """Name, type, words and meaning, in docs/criteria.md."""
    text = (ROOT / "docs" / "criteria.md").read_text(encoding="utf-8").partition("## What is not known")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    wanted = [
        (one.name, one.type.value, one.meaning) for one in ATTRIBUTES.values() if not one.name.startswith("normal_")
    ]
    assert [(name, type_.strip(), meaning.strip()) for name, type_, meaning in rows] == wanted
