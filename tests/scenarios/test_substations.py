"""Which transformer is a substation transformer, which substation it belongs to, and volts against
kilovolts.
"""

from __future__ import annotations

import pytest

from tests.scenarios.support import DEAD, ISLANDED, check, feeder, grid, on, station
from topogroup.testing import NetworkBuilder


def test_generator_step_up_transformer_is_no_substation_transformer() -> None:
    """hv--GB--GT(110/10.5)--g(SM): behind GT there is nothing but the generator, which hangs at high
    voltage.
    """
    b = feeder(station(grid()), 1).breaker("GB", "hv", "h2", container="S1")
    b.transformer("GT", [("h2", 110_000), ("g", 10_500)], container="S1").node("g", container="S1")
    b.synchronous_machine("SM", "g", container="S1")
    base = {"PV1": on("~F1", "T1", "S1"), "SM": on("", "", "S1")}
    check(b, base)
    check(b, base | {"SM": ISLANDED}, opened=["GB"])


def test_service_transformer_is_no_substation_transformer() -> None:
    """bus1--F1--L1--ST(20/0.4, in a Substation of its own)--lv(PVlv): the supplier is T1."""
    b = feeder(station(grid()), 1).substation("SS")
    b.transformer("ST", [("f1b", 20_000), ("lv", 400)], container="SS").line("LL", "lv", "x").pv("PVlv", "x")
    check(b, {"PV1": on("~F1", "T1", "S1"), "PVlv": on("~F1", "T1", "S1", service="ST")})


def test_transformer_straight_to_low_voltage() -> None:
    """hv(33 kV)--F1--L1--ST(33/0.4)--lv(PVlv) and T1(33/11, in a Substation)--bus1--F2--PV2."""
    b = NetworkBuilder().energy_source("grid", "hv", 33_000).substation("S1")
    b.transformer("T1", [("hv", 33_000), ("bus1", 11_000)], container="S1")
    b.transformer("ST", [("hv", 33_000), ("lv", 400)]).pv("PVlv", "lv")
    check(feeder(b, 2), {"PVlv": on("", "", "", service="ST"), "PV2": on("~F2", "T1", "S1")})


def test_auto_transformer_between_high_voltages_is_no_substation_transformer() -> None:
    """eh(380 kV)--AT--hv(110 kV)--T1--bus1--F1--PV1: AT's lower side is above the medium range."""
    b = NetworkBuilder().energy_source("grid", "eh", 380_000).substation("S0")
    b.transformer("AT", [("eh", 380_000), ("hv", 110_000)], container="S0").line("LH", "hv", "h2").pv("PVh", "h2")
    feeder(station(b, hv="h2"), 1)
    check(b, {"PV1": on("~F1", "T1", "S1"), "PVh": on()})


def test_derived_substation_of_one_zone_in_two_substations() -> None:
    """S1: T1--bus1--F1--PV1, S2: T2--bus1--F2--PV2: one busbar zone, two CIM Substations:
    one derived from T1.
    """
    b = grid().substation("S1").substation("S2")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)], container="S1")
    b.transformer("T2", [("hv", 110_000), ("bus1", 20_000)], container="S2")
    check(
        feeder(feeder(b, 1), 2),
        {"PV1": on("~F1", "T1 T2", "~T1"), "PV2": on("~F2", "T1 T2", "~T1")},
    )


def test_derived_substations_of_zones_that_share_one_through_a_feeder() -> None:
    """Feeder ALL (of substation S) holds T1--bus1--F1 and T2--bus2--F2:
    two zones, two derived substations.
    """
    b = grid().substation("S").feeder("ALL", substation="S").inside("ALL")
    for n in (1, 2):
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)])
        feeder(b, n, f"bus{n}")
    b.switch("TIE", "f1b", "f2b", open=True)
    check(b, {"PV1": on("~F1", "T1", "~T1"), "PV2": on("~F2", "T2", "~T2")})
    both = on("~F1 ~F2", "T1 T2", "~T1 ~T2", paralleled=True)
    check(b, {"PV1": both, "PV2": both}, closed=["TIE"])


def test_two_zones_of_one_substation_share_it() -> None:
    """S1: T1--bus1--F1--PV1, T2--bus2--F2--PV2 in one CIM Substation:
    both have S1, paralleled only by feeder.
    """
    b = grid().substation("S1").voltage_level("S1-20", "S1", 20_000).bay("S1-B1", "S1-20")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)], container="S1")
    b.transformer("T2", [("hv", 110_000), ("bus2", 20_000)], container="S1-B1")
    feeder(feeder(b, 1), 2, "bus2").switch("TIE", "f1b", "f2b", open=True)
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S1")})
    both = on("~F1 ~F2", "T1 T2", "S1", paralleled=True)
    check(b, {"PV1": both, "PV2": both}, closed=["TIE"])


def test_one_zone_whose_substation_is_known_through_its_feeder() -> None:
    """Feeder ALL (of substation S) holds T1--bus1--F1--PV1: one zone alone has S."""
    b = grid().substation("S").feeder("ALL", substation="S").inside("ALL")
    b.transformer("T1", [("hv", 110_000), ("bus1", 20_000)])
    check(feeder(b, 1), {"PV1": on("~F1", "T1", "S")})


def test_transformer_in_no_container() -> None:
    """hv--T1--bus1--F1--PV1 and not one container in the file: the zone has a derived substation."""
    b = grid().transformer("T1", [("hv", 110_000), ("bus1", 20_000)])
    check(feeder(b, 1), {"PV1": on("~F1", "T1", "~T1")})


def test_substation_of_the_head_where_there_is_no_transformer() -> None:
    """grid(20 kV)--bus1--F1--PV1 in feeder FD of substation S: no transformer, so the head's substation."""
    b = NetworkBuilder().energy_source("grid", "bus1", 20_000).substation("S")
    b.busbar("BB1", "bus1").feeder("FD", substation="S", head_terminal_of=("F1", 1))
    feeder(b.inside("FD"), 1).inside(None)
    feeder(b, 2).pv("PVb", "bus1")
    base = {"PV1": on("FD", "", "S"), "PV2": on("~F2"), "PVb": on()}
    check(b, base)
    check(b, base | {"PV1": DEAD}, opened=["F1"])


@pytest.mark.parametrize("base", ["V", "kV"])
@pytest.mark.parametrize("rated", ["V", "kV"])
def test_volts_and_kilovolts(base: str, rated: str) -> None:
    """hv--T1--bus1--F1--PV1--ST--lv(PVlv): BaseVoltage and ratedU in either unit, also mixed (model 05)."""
    b = feeder(station(grid()), 1).transformer("ST", [("f1b", 20_000), ("lv", 400)]).pv("PVlv", "lv")
    expected = {"PV1": on("~F1", "T1", "S1"), "PVlv": on("~F1", "T1", "S1", service="ST")}
    answer = check(b, expected, spelling={"base_voltage_unit": base, "rated_unit": rated})
    if "kV" in (base, rated):
        assert "voltage_unit_assumed" in answer.findings


def test_voltage_of_an_end_without_base_voltage() -> None:
    """hv--T1(ratedU only)--bus1--F1--PV1: ratedU stands in for BaseVoltage."""
    from topogroup.testing import Winding

    b = grid(base_voltages=False).substation("S1")
    ends = [Winding("hv", 115_000, base=False), Winding("bus1", 12_470, base=False)]
    check(feeder(b.transformer("T1", ends, container="S1"), 1), {"PV1": on("~F1", "T1", "S1")})
