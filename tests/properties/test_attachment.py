"""Random networks: the engine answers as the oracle does, and as the model means, however it is written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cim_models import load, load_text
from tests.compare import Asked, of_engine, same
from tests.oracle import OracleModel
from tests.properties.networks import Drawn, networks, operations

SPELLINGS: tuple[dict[str, Any], ...] = (
    {"ids": "rdf_id", "true": "True", "unit_links": "unit", "namespace": "cim16", "rated_unit": "kV"},
    {"mrids": False, "namespace": "cim18", "prefixes": ("ns1", "cim"), "pv_class": "PhotoVoltaicUnit"},
    {"phases": "terminal", "namespace": "cim17", "base_voltage_unit": "kV", "ids": "rdf_id"},
)
"""Other ways to write the same model; `phases` means the same as long as every phase is written."""


def examples(share: float) -> settings:
    """Return settings with a share of the profile's examples."""
    return settings(max_examples=max(10, int(settings.default.max_examples * share)))  # type: ignore[union-attr]


@examples(1.2)
@given(networks(), st.data())
def test_engine_equals_oracle(drawn: Drawn, data: st.DataObject) -> None:
    """As the model is, and after a few operations."""
    asked = data.draw(questions(drawn))
    xml = drawn.builder.to_xml()
    network, oracle = load_text(xml), OracleModel.from_xml(xml)
    same(network, oracle)
    same(network, oracle, asked)


@examples(0.3)
@given(networks(), st.data())
def test_three_spellings_one_answer(drawn: Drawn, data: st.DataObject) -> None:
    """Identifiers, namespaces, units of voltage, direction of links: none of it changes an answer."""
    asked = data.draw(questions(drawn))
    plain = of_engine(load_text(drawn.builder.to_xml()), asked)
    for spelling in SPELLINGS:
        assert of_engine(load_text(drawn.builder.to_xml(**spelling)), asked) == plain, spelling


@examples(0.3)
@given(networks(), st.data(), st.integers(0, 1000))
def test_the_order_of_the_file_means_nothing(drawn: Drawn, data: st.DataObject, seed: int) -> None:
    """A shuffled file gives the same answer."""
    asked = data.draw(questions(drawn))
    plain, shuffled = (load_text(drawn.builder.to_xml(seed=order)) for order in (None, seed))
    assert of_engine(shuffled, asked) == of_engine(plain, asked)


@examples(0.3)
@given(networks(), st.data())
def test_upper_and_lower_case_uuids(drawn: Drawn, data: st.DataObject) -> None:
    """UUIDs mean the same in either case; operations name switches by name."""
    asked = data.draw(questions(drawn))
    upper, lower = (load_text(drawn.builder.to_xml(uuids=case)) for case in ("upper", "lower"))
    assert of_engine(upper, asked) == of_engine(lower, asked)


@examples(0.3)
@given(networks(), st.data())
def test_a_snapshot_is_the_network(drawn: Drawn, data: st.DataObject) -> None:
    """Saved and opened again, a network gives the same answer."""
    asked = data.draw(questions(drawn))
    network = load_text(drawn.builder.to_xml())
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "snapshot")
        opened = load([Path(folder) / "snapshot"])
        assert of_engine(opened, asked) == of_engine(network, asked)


@examples(0.3)
@given(networks(), st.data())
def test_what_is_done_and_undone(drawn: Drawn, data: st.DataObject) -> None:
    """The normal state never depends on operations, and an id in both ends is opened."""
    asked = data.draw(questions(drawn))
    network = load_text(drawn.builder.to_xml())
    base, found = of_engine(network, Asked()), of_engine(network, asked)
    assert {k: d["normal"] for k, d in found.items()} == {k: d["normal"] for k, d in base.items()}
    both = Asked(asked.opened, [*asked.closed, *asked.opened], asked.state)
    assert of_engine(network, both) == found


@st.composite
def questions(draw: st.DrawFn, drawn: Drawn) -> Asked:
    """Draw operations on a network and the state to start from."""
    opened, closed = draw(operations(drawn)), draw(operations(drawn))
    return Asked(opened, closed, draw(st.sampled_from(["current", "normal"])))
