"""A tie closed and a switch opened: exactly the right DER move.

Which are the right ones says a plain trace over (node, phase), which knows nothing of the rule of supply: it starts
at named transformers (04) or feeder breakers (06) and looks how far it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.compare import Asked, letters, of_engine
from tests.models.conftest import ByName
from tests.models.loaded import Model
from tests.models.trace import Trace

Hangs = dict[str, dict[str, set[str]]]

AREAS_04 = {
    "hvmv69_11sub1": "hvmv_sub_connector",
    "hvmv69_11sub2": "hvmv69s2b2_sw",
    "hvmv69_11sub3": "hvmv69s3b2_sw",
}
"""Substation transformer of 04 → its feeder's head."""

FEEDERS_06 = tuple(f"MV1.105 Switch {n}" for n in (7, 31, 49, 59, 79, 95, 141, 155))
TRANSFORMERS_06 = ("HV1-MV1.105-Trafo1", "HV1-MV1.105-Trafo2")


@dataclass(frozen=True)
class Areas:
    """A model with the places from which its DER are traced."""

    model: Model
    trace: Trace
    starts: Mapping[str, str]
    without: tuple[str, ...]
    ders: Mapping[str, list[str]]

    def hangs(self, opened: list[str], closed: list[str]) -> Hangs:
        """Return from which starts every DER is reached, phase by phase."""
        return self.trace.under(self.starts, self.ders, without=self.without, opened=opened, closed=closed)

    def operations(self) -> Iterator[tuple[str, str]]:
        """Yield (tie, switch): every tie between two areas, with the first, the middle and the last switch
        on the way from either area's start to it.
        """
        for tie in sorted({switch for switch, _ in self.trace.open}):
            ways = [
                (name, end, way)
                for name, node in self.starts.items()
                for end in (0, 1)
                if (way := self.trace.switches_between(node, tie, end, self.without)) is not None
            ]
            if len({name for name, _, _ in ways}) == 2:
                for _, _, way in ways:
                    for switch in dict.fromkeys(way[i] for i in (0, len(way) // 2, -1) if way):
                        yield tie, switch


@pytest.fixture(scope="module")
def areas_04(model: ByName) -> Areas:
    """Model 04, traced from the lower sides of its three substation transformers."""
    one = model("04")
    trace = Trace(one.oracle.store)
    transformers = {name: one.mrid(name) for name in AREAS_04}
    starts = {name: trace.second_node(mrid) for name, mrid in transformers.items()}
    return Areas(one, trace, starts, tuple(transformers.values()), _phases(one))


@pytest.fixture(scope="module")
def areas_06(model: ByName) -> Areas:
    """Model 06, traced from the far sides of its eight feeder breakers."""
    one = model("06")
    trace = Trace(one.oracle.store)
    heads = {name: one.mrid(name) for name in FEEDERS_06}
    without = (*heads.values(), *(one.mrid(name) for name in TRANSFORMERS_06))
    graph = trace.conducting(without)
    busbars = [trace.second_node(one.mrid(name)) for name in TRANSFORMERS_06]
    starts = {}
    for name, mrid in heads.items():
        (starts[name],) = (n for n in trace.nodes[mrid] if not _joined(graph, n, busbars))
    return Areas(one, trace, starts, without, _phases(one))


@pytest.mark.xdist_group("model04")
def test_04_as_it_is(areas_04: Areas) -> None:
    """The trace itself finds what is known: 33, 130 and 29."""
    hangs = areas_04.hangs([], [])
    counts = [sum({name} in phases.values() for phases in hangs.values()) for name in AREAS_04]
    assert counts == [33, 130, 29]
    _require_04(areas_04, hangs, Asked())


@pytest.mark.thorough
@pytest.mark.xdist_group("model04")
def test_04_tie_closed_and_switch_opened(areas_04: Areas) -> None:
    """Every tie between two substations, with switches all along the way to it."""
    operations = list(areas_04.operations())
    assert len({tie for tie, _ in operations}) == 5
    for tie, switch in operations:
        asked = Asked(opened=[switch], closed=[tie])
        _require_04(areas_04, areas_04.hangs([switch], [tie]), asked)


@pytest.mark.xdist_group("model06")
def test_06_tie_closed_and_switch_opened(areas_06: Areas) -> None:
    """Every tie between two feeders, with switches all along the way to it; nobody else is touched."""
    operations = list(areas_06.operations())
    assert len(operations) > 3
    base = of_engine(areas_06.model.network, Asked())
    for tie, switch in operations:
        asked = Asked(opened=[switch], closed=[tie])
        hangs = areas_06.hangs([switch], [tie])
        found = of_engine(areas_06.model.network, asked)
        names = _feeder_names(areas_06.model)
        for der, phases in hangs.items():
            feeders = {names[f] for f in found[der]["current"]["feeders"]}
            assert feeders == set().union(*phases.values()), f"{der} at {asked}"
            if base[der]["current"]["feeders"]:
                assert (found[der]["current"]["energisation"] == "unsupplied") == (not feeders)
            else:
                assert found[der] == base[der], f"{der} at {asked}"


def _require_04(areas: Areas, hangs: Hangs, asked: Asked) -> None:
    """Require of the engine transformers, substations and feeders as traced, per phase."""
    names = areas.model.names()
    report = _by_phase(of_engine(areas.model.network, asked))
    feeders, substations = _feeder_names(areas.model), _substation_names(areas.model)
    for der, phases in hangs.items():
        for phase, traced in phases.items():
            found = report[der, phase]
            label = f"{names[der]} phase {phase} at {asked}"
            assert {names[t] for t in found["transformers"]} == traced, label
            assert {substations[s] for s in found["substations"]} == traced, label
            assert {feeders[f] for f in found["feeders"]} == {AREAS_04[t] for t in traced}, label
            assert (found["energisation"] == "unsupplied") == (not traced), label


def _by_phase(answer: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (mrid, phase): part for mrid, der in answer.items() for phase, part in der["current"]["by_phase"].items()
    }


def _phases(one: Model) -> dict[str, list[str]]:
    return {mrid: letters(der["phases"]) for mrid, der in of_engine(one.network, Asked()).items()}


def _feeder_names(one: Model) -> dict[str, str]:
    from topogroup import attach

    return {item.mrid: item.name for der in attach(one.network) for item in der.normal.feeders}


def _substation_names(one: Model) -> dict[str, str]:
    from topogroup import attach

    return {item.mrid: item.name for der in attach(one.network) for item in der.normal.substations}


def _joined(graph: Any, node: str, others: list[str]) -> bool:  # noqa: ANN401 - a view of a multigraph
    import networkx as nx

    return any(
        (node, "A") in graph and (o, "A") in graph and nx.has_path(graph, (node, "A"), (o, "A")) for o in others
    )
