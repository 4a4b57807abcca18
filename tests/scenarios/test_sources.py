"""Grid sources: what is one, what is generation, and several at once."""

from __future__ import annotations

import pytest

from tests.scenarios.support import DEAD, ISLANDED, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder

F1 = on("~F1", "T1", "S1")


@pytest.mark.parametrize("attribute", ["nominalVoltage", "voltageMagnitude", "voltageAngle", "r", "x", "r0", "x0"])
def test_energy_source_with_any_value_of_a_source(attribute: str) -> None:
    """SRC--hv--T1--bus1--F1--PV1: any one of them, zero included, beside an EnergySource that is
    generation.
    """
    b = NetworkBuilder().energy_source("SRC", "hv", 110_000, attributes={attribute: 0.0})
    feeder(station(b), 1).generation_source("G", "f1b")
    check(b, {"PV1": F1, "G": F1})


def test_energy_source_with_nothing_in_a_model_without_other_sources() -> None:
    """SRC--hv--T1--bus1--F1--PV1: a bare EnergySource, and no activePower in the whole model: a source."""
    b = NetworkBuilder().energy_source("SRC", "hv", 110_000, attributes={})
    check(feeder(station(b), 1), {"PV1": F1})


def test_energy_source_with_nothing_beside_an_external_network() -> None:
    """ENI--hv--T1--bus1--F1--PV1, ES: where the grid is an ExternalNetworkInjection, ES is generation."""
    b = NetworkBuilder().external_network_injection("ENI", "hv", 110_000)
    feeder(station(b), 1).energy_source("ES", "f1b", 20_000, attributes={})
    check(b, {"PV1": F1, "ES": F1})
    check(b, {"PV1": DEAD, "ES": DEAD}, opened=["F1"])


@pytest.mark.parametrize("power_w", [-50_000.0, 0.0, -0.0, 50_000.0])
def test_energy_source_as_generation(power_w: float) -> None:
    """grid--hv--T1--bus1--F1--PV1, ES with activePower:
    generation whatever the value; PV stands at 0 by night.
    """
    b = feeder(station(grid()), 1).generation_source("ES", "f1b", power_w)
    check(b, {"PV1": F1, "ES": F1})
    check(b, {"PV1": DEAD, "ES": DEAD}, normal={"PV1": F1, "ES": F1}, opened=["F1"])


def test_equivalent_injection_on_a_boundary_node_is_a_source() -> None:
    """EI(boundary)--hv--T1--bus1--F1--PV1."""
    b = NetworkBuilder().node("hv", volts=110_000).equivalent_injection("EI", "hv", boundary=True)
    check(feeder(station(b), 1), {"PV1": F1})


def test_equivalent_injection_elsewhere_is_generation() -> None:
    """grid--hv--T1--bus1--F1--PV1, EI."""
    b = feeder(station(grid()), 1).equivalent_injection("EI", "f1b")
    check(b, {"PV1": F1, "EI": F1})
    check(b, {"PV1": DEAD, "EI": DEAD}, opened=["F1"])


def test_reference_machine_where_there_is_no_other_source() -> None:
    """REF--hv--T1--bus1--F1--PV1, SM: the reference machine is the grid, the other machine a DER."""
    b = NetworkBuilder().synchronous_machine("REF", "hv", reference_priority=1)
    feeder(station(b), 1).synchronous_machine("SM", "f1b", reference_priority=0)
    check(b, {"PV1": F1, "SM": F1})
    check(b, {"PV1": ISLANDED, "SM": ISLANDED}, opened=["F1"])


def test_reference_machine_beside_a_source_is_a_der() -> None:
    """grid--hv--T1--bus1--F1--PV1, REF: with a source in the model the machine is a DER."""
    b = feeder(station(grid()), 1).synchronous_machine("REF", "f1b", reference_priority=1)
    check(b, {"PV1": F1, "REF": F1})
    check(b, {"PV1": ISLANDED, "REF": ISLANDED}, opened=["F1"])


def test_model_without_any_source() -> None:
    """hv--T1--bus1--F1--PV1: nothing feeds it."""
    check(feeder(station(NetworkBuilder()), 1), {"PV1": DEAD})


def test_sources_file_overrides() -> None:
    """EI--hv--T1--bus1--F1--PV1: an EquivalentInjection off the boundary feeds nobody until the user says
    so.
    """
    b = NetworkBuilder().node("hv", volts=110_000).equivalent_injection("EI", "hv")
    feeder(station(b), 1)
    check(b, {"PV1": DEAD, "EI": DEAD})
    check(b, {"PV1": F1}, sources=["EI"])


def two_sources() -> NetworkBuilder:
    """Return two sources on two high-voltage bars with a closed coupler, one substation on each."""
    b = grid().energy_source("grid2", "hv2", 110_000).breaker("HC", "hv", "hv2")
    b.breaker("G1", "hv", "h1").breaker("G2", "hv2", "h2")
    feeder(feeder(station(station(b, 1, hv="h1"), 2, hv="h2"), 1), 2, "bus2")
    return b.switch("TIE", "f1b", "f2b", open=True)


def test_several_sources_in_one_network() -> None:
    """grid--hv--G1--T1--F1--PV1,  hv--HC--hv2,  grid2--hv2--G2--T2--F2--PV2: each substation is its own."""
    base = {"PV1": F1, "PV2": on("~F2", "T2", "S2")}
    check(two_sources(), base)
    check(two_sources(), base, opened=["HC"])
    check(two_sources(), base | {"PV1": DEAD}, opened=["G1"])


def test_several_sources_paralleled_by_a_tie() -> None:
    """…F1--PV1--(TIE closed)--PV2--F2…: paralleled whether or not the sources are joined above."""
    both = on("~F1 ~F2", "T1 T2", "S1 S2", paralleled=True)
    check(two_sources(), {"PV1": both, "PV2": both}, closed=["TIE"])
    check(two_sources(), {"PV1": both, "PV2": both}, closed=["TIE"], opened=["HC"])
    moved = on("~F2", "T2", "S2")
    check(two_sources(), {"PV1": moved, "PV2": moved}, closed=["TIE"], opened=["HC", "F1"])


def test_source_inside_a_feeder() -> None:
    """grid--hv--T1--bus1--F1--f1b(PV1, SRC at 20 kV)--SW--PV2: the part with a source is fed directly."""
    b = feeder(station(grid()), 1).energy_source("SRC", "f1b", 20_000)
    b.switch("SW", "f1b", "f2a").line("L2", "f2a", "f2b").pv("PV2", "f2b").pv("PVb", "bus1")
    direct = on("", "", "")
    check(b, {"PV1": direct, "PV2": direct, "PVb": direct})
