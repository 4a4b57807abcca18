"""Disagreements that random networks found, shrunk and named; engine and oracle must give the operator's answer."""

from __future__ import annotations

from tests.scenarios.support import check, feeder, grid, on, station


def test_line_straight_on_a_busbar_beside_one_bay() -> None:
    """T1--bus1--L9--PV9, bus1--F1--L1--PV1: the walk from L9 goes into the bay of F1, which separates nothing.

    DESIGN: "the first run each of which alone separates the line from every transformer (or source) of the zone.
    … None: the line itself".
    """
    b = feeder(station(grid()), 1).line("L9", "bus1", "n9").pv("PV9", "n9")
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV9": on("~L9", "T1", "S1")})


def test_der_in_the_bay_beside_a_line_straight_on_the_busbar() -> None:
    """T1--bus1--L9, bus1--F1--PV1 (no line behind F1): the bay is no feeder, and nobody is back-fed."""
    b = station(grid()).line("L9", "bus1", "n9").breaker("F1", "bus1", "f1").pv("PV1", "f1").pv("PV9", "n9")
    check(b, {"PV1": on("", "T1", "S1"), "PV9": on("~L9", "T1", "S1")})


def test_normally_open_switch_on_the_border_of_a_container_is_no_head() -> None:
    """bus1--F1--L1--n--(TIE open)--m--L2(in container FD)--PV2: dead normally; over TIE it hangs on F1, not on FD.

    DESIGN: "its head are the switches on its border, source side"; nothing enters over an open one.
    """
    b = feeder(station(grid()), 1).feeder("FD").load_break_switch("TIE", "f1b", "m", open=True)
    b.line("L2", "m", "m2", container="FD").pv("PV2", "m2")
    moved = on("~F1", "T1", "S1")
    base = {"PV1": moved, "PV2": on(energisation="unsupplied")}
    check(b, base)
    check(b, {"PV1": moved, "PV2": moved}, closed=["TIE"], normal=base)


def test_lines_with_one_head_are_the_feeder_of_the_container() -> None:
    """T1--T1-M--bus1--L1, bus1--L2(in container FD): T1-M is the head of both lines, and FD the feeder of both.

    DESIGN: "Lines with the same head are one feeder. … A feeder from a container keeps its mRID and name".
    """
    b = grid().substation("S1")
    b.transformer("T1", [("hv", 110_000), ("t1m", 20_000)], container="S1")
    b.breaker("T1-M", "t1m", "bus1", container="S1").feeder("FD", substation="S1")
    b.line("L1", "bus1", "a").pv("PV1", "a").line("L2", "bus1", "b", container="FD").pv("PV2", "b")
    check(b, {"PV1": on("FD", "T1", "S1"), "PV2": on("FD", "T1", "S1")})


def test_regulator_out_of_service_does_not_make_a_coupler() -> None:
    """bus1--L1--n1--(R1 out of service)--bus1: what does not conduct joins no zone, so L1 leaves it.

    DESIGN: "What is out of service or has a disconnected terminal does not conduct."
    """
    b = station(grid()).line("L1", "bus1", "n1").pv("PV1", "n1")
    b.regulator("R1", "n1", "bus1", 20_000, in_service=False, normally_in_service=False)
    check(b, {"PV1": on("~L1", "T1", "S1")})


def test_dead_stub_between_two_normally_open_couplers() -> None:
    """S1: bus1--F1, S2: bus2--F2, bus1--(C1 open)--stub--(C2 open)--bus2: two substations, whatever lies between.

    DESIGN: "transformers whose lower sides lie in one busbar zone have one"; neither lies in the other's.
    """
    b = station(station(grid(), 1), 2)
    feeder(feeder(b, 1), 2, "bus2").disconnector("C1", "bus1", "stub", open=True)
    b.disconnector("C2", "stub", "bus2", open=True)
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S2")})


def test_upstream_feeders_behind_a_phase_to_phase_tap() -> None:
    """bus1--F1--L1--T2 (20/10 kV, in SS)--bus2--F2--L2--X(AB: s1, s2)--PV: F1 lies above F2 for s1 and s2 too.

    DESIGN: "`upstream_feeders`: the feeders that supply the part above each feeder, then theirs."
    """
    b = feeder(station(grid()), 1).substation("SS")
    b.transformer("T2", [("f1b", 20_000), ("bus2", 10_000)], container="SS").breaker("F2", "bus2", "f2a")
    b.line("L2", "f2a", "f2b").centre_tap("X", "f2b", "lv", 10_000, phases="AB").pv("PV", "lv")
    mother = on("~F1", "T1", "S1")
    check(b, {"PV1": mother, "PV": on("~F2", "T2", "SS", upstream="~F1", service="X")})


def test_phase_to_phase_tap_on_two_supplies() -> None:
    """Pole A of F1 open, pole A of TIE closed: X(AB) hangs on F2 by phase A and on F1 by phase B.

    bus1--F1--PVa--L1--X(AB: s1, s2)--PV        DESIGN: "behind a phase-to-phase primary s1, s2 live only if both
    bus1--F2--L2--------(TIE)--f1b              phases do"; "lists are unions over phases".
    """
    b = feeder(feeder(station(grid()), 1), 2).load_break_switch("TIE", "f1b", "f2b", open=True)
    b.centre_tap("X", "f1b", "lv", 20_000, phases="AB").pv("PV", "lv", phases="s1s2")
    b.battery("B", "f2b", phases="C")
    both = on("~F1 ~F2", "T1", "S1", service="X", paralleled=False)
    answer = {
        "PV": both,
        "B": on("~F2", "T1", "S1"),
        "PV2": on("~F2", "T1", "S1"),
        "PV1": on(
            "~F1 ~F2",
            "T1",
            "S1",
            by_phase={
                "A": on("~F2", "T1", "S1"),
                "B": on("~F1", "T1", "S1"),
                "C": on("~F1", "T1", "S1"),
            },
        ),
    }
    normal = {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1"), "B": on("~F2", "T1", "S1")}
    normal["PV"] = on("~F1", "T1", "S1", service="X")
    check(b, answer, normal=normal, opened=["F1:A"], closed=["TIE:A"])


def test_island_behind_a_phase_to_phase_tap() -> None:
    """bus1--(F1 open)--L1--SM, L1--X(AB: s1, s2)--PV: the machine holds A and B, so it holds what X makes of them.

    DESIGN: "islanded (no grid source, but a SynchronousMachine or battery …)"; "s1, s2 live only if both phases do".
    """
    b = station(grid()).breaker("F1", "bus1", "f1a").line("L1", "f1a", "f1b").synchronous_machine("SM", "f1b")
    b.centre_tap("X", "f1b", "lv", 20_000, phases="AB").pv("PV", "lv")
    fed = on("~F1", "T1", "S1")
    islanded = on(energisation="islanded")
    check(b, {"SM": fed, "PV": on("~F1", "T1", "S1", service="X")})
    normal = {"SM": fed, "PV": on("~F1", "T1", "S1", service="X")}
    check(b, {"SM": islanded, "PV": islanded}, opened=["F1"], normal=normal)


def test_dead_busbar_behind_an_open_coupler_is_of_the_living_zone() -> None:
    """hv--T2--bus2--F2--PV2, bus2--(C open)--bus1--T1--(HV breaker open)--hv: T1's busbar is dead normally.

    DESIGN: the zone goes "over a normally open one unless its far side is live"; "transformers whose lower sides lie
    in one busbar zone have one" substation: T1 and T2 lie in the zone of T2, whichever is looked at first.
    """
    for dead, live in ((1, 2), (2, 1)):
        b = grid().breaker("Q", "hv", "t", open=True)
        b.transformer(f"T{dead}", [("t", 110_000), ("dead", 20_000)])
        b.transformer(f"T{live}", [("hv", 110_000), ("bus", 20_000)])
        feeder(b.disconnector("C", "bus", "dead", open=True), 1, "bus")
        check(b, {"PV1": on("~F1", f"T{live}", "~T1")})


def test_low_voltage_container_behind_a_phase_that_is_normally_dead() -> None:
    """bus1--F1--L1--S(pole C normally open, closed now)--X(C: s1, s2)--Q--L2(in container LF)--PV.

    Normally nothing reaches Q, for A and B end at X: it has no source side and LF no head. DESIGN: "its head are the
    switches on its border, source side"; "Two phases of one end are never joined".
    """
    b = feeder(station(grid()), 1).feeder("LF")
    b.breaker("S", "f1b", "x", phases="ABC", open=False, normal_open_phases="C")
    b.centre_tap("X", "x", "lv", 20_000, phases="C").fuse("Q", "lv", "q", phases="s1s2")
    b.line("L2", "q", "end", phases="s1s2", container="LF").pv("PV", "end")
    base = {"PV1": on("~F1", "T1", "S1"), "PV": on("~F1", "T1", "S1", service="X")}
    check(b, base, normal=base | {"PV": on(energisation="unsupplied")})


def test_two_switches_in_series_on_the_border_of_a_container() -> None:
    """bus1--F1--L1--PV1--(Q1--Q2--L2--PV2, all in container FD): the outer one is on its border, and the head.

    DESIGN: "a usable one that touches no zone: its head are the switches on its border, source side".
    """
    b = feeder(station(grid()), 1).feeder("FD").inside("FD")
    b.breaker("Q1", "f1b", "q").disconnector("Q2", "q", "m").line("L2", "m", "end").inside(None).pv("PV2", "end")
    b.pv("PVq", "q")
    nested = on("FD", "T1", "S1", upstream="~F1")
    check(b, {"PV1": on("~F1", "T1", "S1"), "PV2": nested, "PVq": nested})
