"""The export to networkx: every node and edge of a small network, and agreement with the arrays of the sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cim_models import load, load_text
from cim_models.interop.to_networkx import to_networkx
from cim_models.network import Network
from tests.cim_models.small import SMALL
from tests.cli.conftest import small
from topogroup.testing import NetworkBuilder, Winding

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"


def edges(network: Network) -> dict[tuple[frozenset[str], str], dict[str, Any]]:
    return {(frozenset((u, v)), key): data for u, v, key, data in to_networkx(network).edges(keys=True, data=True)}


def between(one: str, other: str, key: str) -> tuple[frozenset[str], str]:
    return frozenset((one, other)), key


def test_a_network_written_out() -> None:
    network = load_text(SMALL)
    graph = network.to_networkx()
    assert {mrid: graph.nodes[mrid] for mrid in graph} == {
        "n1": {"name": "n1", "container": None, "ders": [], "sources": ["G"]},
        "n2": {"name": "n2", "container": None, "ders": [], "sources": []},
        "n3": {"name": "n3", "container": None, "ders": ["PV"], "sources": []},
    }
    closed = {"open": False, "normal_open": False, "open_phases": ""}
    assert edges(network) == {
        between("n1", "n2", "CB"): {"class": "Breaker", "name": "CB", "phases": "ABC", **closed},
        between("n2", "n3", "L"): {"class": "ACLineSegment", "name": "L", "phases": "ABC"},
    }


def test_switches_keep_their_state_and_stand_when_open() -> None:
    b = NetworkBuilder().external_network_injection("G", "a", 20_000).breaker("shut", "a", "b")
    b.switch("open", "a", "b", open=True, normal_open=False).breaker("tie", "a", "b", open=True)
    b.breaker("half", "a", "b", phases="ABC", open_phases="BC").breaker("one", "a", "b", phases="B")
    found = {key: data for (_, key), data in edges(b.build()).items()}
    assert {
        key: (data["open"], data["normal_open"], data["phases"], data["open_phases"]) for key, data in found.items()
    } == {
        "shut": (False, False, "ABC", ""),
        "open": (True, False, "ABC", "ABC"),
        "tie": (True, True, "ABC", "ABC"),
        "half": (False, False, "ABC", "BC"),
        "one": (False, False, "B", ""),
    }


def test_transformers_join_their_highest_voltage_to_each_other_end() -> None:
    b = NetworkBuilder().external_network_injection("G", "hv", 110_000)
    b.transformer("T3", [Winding("tv", 10_000), Winding("hv", 110_000), Winding("mv", 20_000)])
    b.regulator("R", "mv", "mv2", 20_000).centre_tap("CT", "mv2", "lv", 20_000, phases="B")
    found = edges(b.build())
    assert {key: data["phases"] for key, data in found.items()} == {
        between("n.hv", "n.tv", "T3"): "ABC",
        between("n.hv", "n.mv", "T3"): "ABC",
        between("n.mv", "n.mv2", "R"): "ABC",
        between("n.mv2", "n.lv", "CT"): "B",
    }
    assert {data["class"] for data in found.values()} == {"PowerTransformer"}


def test_containers_and_phases() -> None:
    b = small().line("LA", "f1b", "x", phases="A").pv("PVA", "x", phases="A").node("x", container="S1")
    graph = to_networkx(b.build())
    assert graph.nodes["n.x"] == {"name": "x", "container": "S1", "ders": ["PVA"], "sources": []}
    assert graph.edges["n.f1b", "n.x", "LA"]["phases"] == "A"


def test_the_sample_has_all_its_equipment() -> None:
    network = load([SAMPLE])
    graph = network.to_networkx()
    assert set(graph) == set(network.node.id)
    joined = {*network.branch.equipment.tolist(), *network.pole.equipment.tolist(), *network.end.equipment.tolist()}
    assert {key for *_, key in graph.edges(keys=True)} == {network.equipment.id[e] for e in joined}
    assert sorted(mrid for _, ders in graph.nodes(data="ders") for mrid in ders) == list(network.ders())
    assert sum(len(sources) for _, sources in graph.nodes(data="sources")) == network.source.equipment.size == 2
    opened = {key for *_, key, data in graph.edges(keys=True, data=True) if data.get("open")}
    assert {graph.edges[edge]["name"] for edge in graph.edges if edge[2] in opened} == {
        network.equipment.name[int(e)] for e in network.pole.equipment[network.pole.current_open]
    }
