"""The network document: every reference is valid, and sections are fed as their DER are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.network_document import network_document
from tests.engine.made import Running, small_models
from topogroup.engine.view import View
from topogroup.topology.pictures.diagram import lay_out
from topogroup.topology.supplying.attachment import Energisation

SHAPE = {
    "sections": {"mrid", "name", "x", "y", "feeders", "energised", "partially", "ders", "paralleled"},
    "switches": {"mrid", "name", "class", "a", "b", "open", "normal_open"},
    "transformers": {"mrid", "name", "a", "b"},
    "feeders": {"mrid", "name", "substation"},
}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Return an engine with the first version of the small network."""
    made = Running(tmp_path, small_models())
    made.activate("first")
    yield made
    made.close()


def document(view: View) -> dict[str, Any]:
    """Return the document of a view, checked for what holds in every state, as JSON gives it back."""
    assert view.model is not None and view.current_view is not None and view.current is not None
    layout = lay_out(view.model.grid)
    made: dict[str, Any] = json.loads(json.dumps(network_document(view, layout), allow_nan=False))
    assert (made["revision"], made["layout"]) == (view.revision, "diagram")
    assert made["model"] == {"id": view.model.id, "name": view.model.name, "ders": len(view.model.rows.node)}
    for list_, keys in SHAPE.items():
        assert all(set(item) - {"phases_open"} == keys for item in made[list_])
    count, feeders = len(made["sections"]), {feeder["mrid"] for feeder in made["feeders"]}
    for joint in made["switches"] + made["transformers"]:
        assert -1 <= joint["a"] < count and -1 <= joint["b"] < count
    left, top, right, bottom = made["bounds"]
    for section in made["sections"]:
        assert left <= section["x"] <= right and top <= section["y"] <= bottom
        assert set(section["feeders"]) <= feeders
    as_ders_are(view, made, layout.of_node.tolist())
    return made


def as_ders_are(view: View, made: dict[str, Any], section_of_node: list[int]) -> None:
    """Assert that a section with DER has exactly the feeders that these have, and counts them."""
    assert view.model is not None and view.current_view is not None and view.current is not None
    links, items = view.current_view.links("feeder"), view.current_view.items("feeder")
    found: dict[int, set[str]] = {}
    energised: dict[int, set[int]] = {}
    ders: dict[int, int] = {}
    for der, node in enumerate(view.model.rows.node.tolist()):
        section = section_of_node[node]
        found.setdefault(section, set()).update(items[i].mrid for i in links.of(der).tolist())
        energised.setdefault(section, set()).add(int(view.current.energisation[der]))
        ders[section] = ders.get(section, 0) + 1
    for section, feeders in found.items():
        assert set(made["sections"][section]["feeders"]) == feeders
        live = energised[section] <= {Energisation.ENERGISED, Energisation.PARTIALLY_ENERGISED}
        assert made["sections"][section]["energised"] is live
    assert {s: section["ders"] for s, section in enumerate(made["sections"]) if section["ders"]} == ders


def fed(made: dict[str, Any]) -> dict[str, tuple[list[str], bool, bool]]:
    """Return feeders, energised and paralleled of the sections behind each feeder breaker, by its name."""
    names = {feeder["mrid"]: feeder["name"] for feeder in made["feeders"]}
    (tie,) = (switch for switch in made["switches"] if switch["name"] == "TIE")
    sections = {"L1": made["sections"][tie["a"]], "L2": made["sections"][tie["b"]]}
    return {
        name: (sorted(names[f] for f in one["feeders"]), one["energised"], one["paralleled"])
        for name, one in sections.items()
    }


def states(made: dict[str, Any]) -> dict[str, tuple[bool, bool]]:
    return {switch["name"]: (switch["open"], switch["normal_open"]) for switch in made["switches"]}


def test_before_any_model(tmp_path: Path) -> None:
    running = Running(tmp_path, small_models())
    made = network_document(running.engine.view, None)
    running.close()
    assert made == {
        "revision": 0,
        "model": None,
        "layout": "diagram",
        "bounds": [0, 0, 1, 1],
        "sections": [],
        "switches": [],
        "transformers": [],
        "feeders": [],
    }


def test_the_normal_state(running: Running) -> None:
    made = document(running.engine.view)
    assert states(made) == {"F1": (False, False), "F2": (False, False), "TIE": (True, True)}
    assert fed(made) == {"L1": (["F1"], True, False), "L2": (["F2"], True, False)}
    assert [t["name"] for t in made["transformers"]] == ["T1", "T2"]
    substations = {feeder["name"]: feeder["substation"] for feeder in made["feeders"]}
    assert substations == {"F1": "S1", "F2": "S2"}
    classes = {switch["name"]: switch["class"] for switch in made["switches"]}
    assert classes == {"F1": "Breaker", "F2": "Breaker", "TIE": "LoadBreakSwitch"}


def test_a_section_without_supply(running: Running) -> None:
    running.switch("-F2")
    made = document(running.engine.view)
    assert states(made)["F2"] == (True, False)
    assert fed(made) == {"L1": (["F1"], True, False), "L2": ([], False, False)}


def test_a_section_that_moves(running: Running) -> None:
    running.switch("-F2", "+TIE")
    assert fed(document(running.engine.view)) == {"L1": (["F1"], True, False), "L2": (["F1"], True, False)}


def test_two_feeders_at_once(running: Running) -> None:
    running.switch("+TIE")
    both = (["F1", "F2"], True, True)
    assert fed(document(running.engine.view)) == {"L1": both, "L2": both}


def test_a_switch_that_is_open_on_one_phase(running: Running) -> None:
    running.switch("-F2:A")
    view = running.engine.view
    made = document(view)
    (f2,) = (switch for switch in made["switches"] if switch["name"] == "F2")
    assert (f2["open"], f2["phases_open"]) == (True, "A")
    (behind,) = (section for section in made["sections"] if section["partially"])
    assert (behind["energised"], behind["ders"]) == (True, 1)
    assert fed(made)["L2"] == (["F2"], True, False)
