"""Paths, neighbours, common supply and ways back, on random networks and in a meshed one, as plain searches answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice, product

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from cim_models import load_text
from tests.oracle import OracleModel
from tests.properties.networks import Drawn, networks, operations
from tests.properties.test_attachment import examples
from tests.scenarios.support import feeder, grid, station
from tests.topology.compared_ways import (
    Case,
    config_of,
    same_common_supply,
    same_neighbours,
    same_path,
    same_ways_back,
)
from topogroup.topology.questions.way_back import way_back


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a network in a state; phase-to-phase primaries, whose two phases feed as one, are for `fed_through`."""
    drawn: Drawn = draw(networks())
    opened, closed = draw(operations(drawn)), draw(operations(drawn))
    try:
        xml = drawn.builder.to_xml()
    except ValueError:  # it joins two voltages, which the builder refuses
        reject()
    oracle = OracleModel.from_xml(xml)
    case = Case(load_text(xml), oracle, opened, closed, draw(st.sampled_from(["current", "normal"])))
    assume(not case.config.topo.elements.gates)
    return case


@pytest.mark.thorough
@examples(0.6)
@given(cases())
def test_paths(case: Case) -> None:
    """Of every DER to every supply point."""
    for der in case.ders:
        same_path(case, der)


@examples(0.4)
@given(cases())
def test_neighbours(case: Case) -> None:
    """Of all equipment."""
    same_neighbours(case, range(len(case.network.equipment.id)))


@pytest.mark.thorough
@examples(0.6)
@given(cases())
def test_lowest_common_supply(case: Case) -> None:
    """Of every two DER, by taking away every supply point in thought."""
    same_common_supply(case, case.ders[:4])


@examples(0.4)
@given(cases())
def test_ways_back(case: Case) -> None:
    """Of every DER, by carrying out all small sets of operations."""
    same_ways_back(case, case.ders, 2 if len(case.plain.poles) <= 9 else 1)


def meshed() -> Iterator[Case]:
    """Yield states of a network of two substations with rings, parallel lines, ties, and low voltage fed twice.

    Of F1 the line to f1b is doubled and a ring goes over f1c; between the feeders are ties; X1 and X2 feed one
    low voltage; T1 and T2 stand side by side, T3 alone behind its breaker; BY3 passes by F3 and its line.
    """
    b = station(station(station(grid(), 1), 2), 3, breaker=True).breaker("BC", "bus1", "bus2")
    b.breaker("HV", "hv", "hv2").energy_source("grid2", "hv2", 110_000)
    for number, bus in ((1, "bus1"), (2, "bus1"), (3, "bus3")):
        feeder(b, number, bus)
    b.line("L1p", "f1a", "f1b").line("L1c", "f1b", "f1c").load_break_switch("SA", "f1c", "f1a").pv("PV4", "f1c")
    b.load_break_switch("SB", "f2b", "f2c").line("L2c", "f2c", "f2d").pv("PV5", "f2d")
    ties = {"TIE1": ("f1c", "f2d"), "TIE2": ("f2b", "f3b"), "TIE3": ("f1b", "f3b"), "BY3": ("bus3", "f3b")}
    for name, nodes in ties.items():
        b.load_break_switch(name, *nodes, open=True)
    for number, node in ((1, "f1b"), (2, "f2d")):
        b.transformer(f"X{number}", [(node, 20_000), (f"lv{number}", 400)])
    b.fuse("FU", "lv1", "lv2").pv("PV6", "lv1").pv("PV7", "lv2").pv("PV8", "bus3")
    network, oracle = b.build(), OracleModel.from_xml(b.to_xml())
    switches = {one: any(poles.values()) for one, poles in config_of(oracle).topo.states.poles["current"].items()}
    chance = random.Random(0)
    for _ in range(24):
        moved = sorted(chance.sample(sorted(switches), chance.randint(0, 5)))
        words = [one + chance.choice(("", "", "", ":A", ":BC")) for one in moved]
        opened, closed = ([w for w, s in zip(words, moved, strict=True) if switches[s] == was] for was in (False, True))
        yield Case(network, oracle, opened, closed)


def test_paths_in_a_meshed_network() -> None:
    """Of every DER to every supply point; there are other ways on every level."""
    seen = set().union(*(same_path(case, der) for case in meshed() for der in case.ders))
    assert seen == set(product(("service_transformer", "feeder", "transformer", "source"), (False, True)))


def test_common_supply_and_neighbours_in_a_meshed_network() -> None:
    """Of every two DER, and of all equipment."""
    levels = set[str]()
    for case in islice(meshed(), 8):
        levels |= same_common_supply(case, case.ders)
        same_neighbours(case, range(len(case.network.equipment.id)))
    assert levels == {"service_transformer", "feeder", "transformer", "source", "none"}


def test_ways_back_in_a_meshed_network() -> None:
    """Of every DER, in some states by carrying out all sets of two operations too."""
    seen = set().union(*(same_ways_back(case, case.ders, 2 if n < 3 else 1) for n, case in enumerate(meshed())))
    assert seen >= {("home", 0), ("found", 1), ("found", 2), ("found", 3)}


def test_the_way_back_that_leaves_others_in_supply() -> None:
    """TIE1, of all phases, and TIE2, of one, join a lateral of F1 with F2: TIE1 opened would leave PVB in the dark."""
    b = feeder(feeder(station(grid()), 1), 2).line("LA", "f1b", "a", phases="A").pv("PVA", "a", phases="A")
    b.pv("PVB", "m", phases="B").load_break_switch("TIE1", "f2b", "m", open=True)
    b.load_break_switch("TIE2", "m", "a", open=True, phases="A")
    case = Case(b.build(), OracleModel.from_xml(b.to_xml()), closed=["TIE1", "TIE2"])
    (der,) = (der for der in case.ders if der.id == "PVA")
    assert same_ways_back(case, [der], 2) == {("found", 1)}
    found = way_back(case.known, case.normal, case.place["PVA"])
    assert [(switch.mrid, opens) for switch, opens in found.operations] == [("TIE2", True)]


def test_two_sources_on_one_node() -> None:
    """The DER is fed through both, and its path names both."""
    b = feeder(station(grid()), 1).energy_source("twin", "hv", 110_000)
    case = Case(b.build(), OracleModel.from_xml(b.to_xml()))
    assert same_path(case, case.ders[0]) == {("feeder", False), ("transformer", False), ("source", True)}
    assert same_common_supply(case, case.ders) == {"feeder"}
