"""The configurations of IEC 61968-5 clause 5.2.3, with the DER groups they make, and others that networks really have.

Clause 5.2.3 draws three: a simple radial feeder (figure 3), a feeder with an alternate substation (figure 4), an
interconnected network (figure 5).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import DEAD, ISLANDED, Expected, check, feeder, grid, on, partly, station
from topogroup.groups.changes import all_membership_changes
from topogroup.groups.report import groups_report
from topogroup.groups.template import parse_templates
from topogroup.testing import NetworkBuilder
from topogroup.topology.answers.view import StateView
from topogroup.topology.graph.states import current_state, normal_state, operated, operations
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows

Groups = dict[str, set[str]]


def grouped(b: NetworkBuilder, by: str, **switched: list[str]) -> tuple[Groups, list[str]]:
    """Return the groups of a template after operations, and what they changed: `verb group +joined -left`."""
    network = b.build()
    grid_, before = prepare(network), current_state(network)
    rows, after = der_rows(grid_), operated(
        network, before, operations(network, switched.get("opened", []), switched.get("closed", []))
    )
    normal, old, new = (
        StateView(grid_, rows, attachments(grid_, rows, state)) for state in (normal_state(network), before, after)
    )
    templates = parse_templates([by])
    said = groups_report(templates, (new, normal))["groups"]
    changes = all_membership_changes(templates, (old, normal), (new, normal))
    lines = [
        " ".join(
            [f"{change.verb} {change.group.name}"]
            + [f"+{one.name}" for one in change.joined]
            + [f"-{one.name}" for one in change.left]
        )
        for change in changes
    ]
    return {group["name"]: {member["name"] for member in group["members"]} for group in said}, sorted(lines)


# ---- figure 3: a simple radial feeder


def radial() -> NetworkBuilder:
    """Return T1--bus1--F1--PV1--S1--PV2--S2--PV3, with a fused lateral (PVl) between S1 and S2."""
    b = feeder(station(grid()), 1)
    b.recloser("S1x", "f1b", "a").line("L2", "a", "b").pv("PV2", "b")
    b.fuse("FU", "b", "l").line("LL", "l", "m").battery("PVl", "m")
    return b.load_break_switch("S2x", "b", "c").line("L3", "c", "d").pv("PV3", "d")


RADIAL = dict.fromkeys(("PV1", "PV2", "PVl", "PV3"), on("~F1", "T1", "S1"))


@pytest.mark.parametrize(
    ("switch", "lost"),
    [("F1", "PV1 PV2 PVl PV3"), ("S1x", "PV2 PVl PV3"), ("FU", "PVl"), ("S2x", "PV3")],
)
def test_simple_radial_feeder(switch: str, lost: str) -> None:
    """Each switch takes away exactly what lies behind it; the battery carries an island of its own."""
    gone: dict[str, Expected] = dict.fromkeys(lost.split(), ISLANDED if "PVl" in lost else DEAD)
    check(radial(), RADIAL)
    check(radial(), RADIAL | gone, normal=RADIAL, opened=[switch])


def test_simple_radial_feeder_as_a_group() -> None:
    """One group holds all; what is cut off leaves it."""
    assert grouped(radial(), "feeder") == ({"F1": set(RADIAL)}, [])
    groups, changes = grouped(radial(), "feeder", opened=["S1x"])
    assert groups == {"F1": {"PV1"}}
    assert changes == ["executed F1 -PV2 -PV3 -PVl"]


# ---- figure 4: a feeder with an alternate substation


def alternate() -> NetworkBuilder:
    """Return S1: bus1--F1--PV1--M--PVm --(TIE open)-- PV2--F2--bus2 :S2."""
    b = station(station(grid(), 1), 2)
    feeder(feeder(b, 1), 2, "bus2").load_break_switch("M", "f1b", "m").line("LM", "m", "m2").pv("PVm", "m2")
    return b.load_break_switch("TIE", "m2", "f2b", open=True)


ALTERNATE = {"PV1": on("~F1", "T1", "S1"), "PVm": on("~F1", "T1", "S1"), "PV2": on("~F2", "T2", "S2")}


def test_feeder_with_alternate_substation() -> None:
    """M opens and TIE closes: what lies between moves to the other feeder, transformer and substation."""
    moved = ALTERNATE | {"PVm": on("~F2", "T2", "S2")}
    check(alternate(), ALTERNATE)
    check(alternate(), moved, normal=ALTERNATE, opened=["M"], closed=["TIE"])


def test_feeder_with_alternate_substation_takes_all_of_it() -> None:
    """F1 opens and TIE closes: all of F1 hangs on S2."""
    moved = dict.fromkeys(ALTERNATE, on("~F2", "T2", "S2"))
    check(alternate(), moved, normal=ALTERNATE, opened=["F1"], closed=["TIE"])


def test_feeder_with_alternate_substation_as_groups() -> None:
    """By feeder and by substation: left there, joined here; back again by the operations undone."""
    changed = {"opened": ["M"], "closed": ["TIE"]}
    groups, changes = grouped(alternate(), "feeder", **changed)
    assert groups == {"F1": {"PV1"}, "F2": {"PV2", "PVm"}}
    assert changes == ["changed F2 +PVm", "executed F1 -PVm"]
    groups, changes = grouped(alternate(), "substation", **changed)
    assert groups == {"S1": {"PV1"}, "S2": {"PV2", "PVm"}}
    assert changes == ["changed S2 +PVm", "executed S1 -PVm"]


def test_feeder_with_alternate_substation_paralleled_on_the_way() -> None:
    """TIE closes before M opens: both substations are paralleled, and groups keep the normal feeder until M opens."""
    both: dict[str, Any] = {"transformers": "T1 T2", "substations": "S1 S2", "paralleled": True}
    check(alternate(), dict.fromkeys(ALTERNATE, on("~F1 ~F2", **both)), normal=ALTERNATE, closed=["TIE"])
    assert grouped(alternate(), "feeder", closed=["TIE"]) == ({"F1": {"PV1", "PVm"}, "F2": {"PV2"}}, [])


# ---- figure 5: an interconnected network


def interconnected() -> NetworkBuilder:
    """Return three feeders of two substations in a triangle of closed switches, with a DER at each corner."""
    b = station(station(grid(), 1), 2)
    for n, bus in ((1, "bus1"), (2, "bus2"), (3, "bus1")):
        feeder(b, n, bus)
    for one, other in ((1, 2), (2, 3), (3, 1)):
        b.load_break_switch(f"X{one}{other}", f"f{one}b", f"f{other}b")
    return b


EVERYWHERE = on("~F1 ~F2 ~F3", "T1 T2", "S1 S2", paralleled=True)


def test_interconnected_network() -> None:
    """No DER has one way up: each hangs on all three feeders and on both substations."""
    whole = dict.fromkeys(("PV1", "PV2", "PV3"), EVERYWHERE)
    check(interconnected(), whole)
    groups, _ = grouped(interconnected(), "substation")
    assert groups == {"S1": set(whole), "S2": set(whole)}


def test_interconnected_network_loses_one_of_three_feeders() -> None:
    """F2 opens: all hang on F1 and F3 of S1; the bus of S2 keeps nothing."""
    whole = dict.fromkeys(("PV1", "PV2", "PV3"), EVERYWHERE)
    left = on("~F1 ~F3", "T1", "S1", paralleled=True)
    check(interconnected(), dict.fromkeys(whole, left), normal=whole, opened=["F2"])


def test_interconnected_network_falls_apart() -> None:
    """X12 and X23 open: F2 is alone on S2, F1 and F3 stay together on S1."""
    whole = dict.fromkeys(("PV1", "PV2", "PV3"), EVERYWHERE)
    pair = on("~F1 ~F3", "T1", "S1", paralleled=True)
    apart = {"PV1": pair, "PV3": pair, "PV2": on("~F2", "T2", "S2")}
    check(interconnected(), apart, normal=whole, opened=["X12", "X23"])
    groups, changes = grouped(interconnected(), "substation", opened=["X12", "X23"])
    assert groups == {"S1": {"PV1", "PV3"}, "S2": {"PV2"}}
    assert changes == ["executed S1 -PV2", "executed S2 -PV1 -PV3"]


# ---- rings and meshes inside one feeder


def ringed() -> NetworkBuilder:
    """Return F1 whose end f1b is joined to z over two ways, each with a switch: P1 over x, P2 over y."""
    b = feeder(station(grid()), 1)
    b.switch("P1", "f1b", "x").line("LX", "x", "z").switch("P2", "f1b", "y").line("LY", "y", "z")
    return b.pv("PVx", "x").pv("PVy", "y").pv("PVz", "z")


def test_ring_inside_one_feeder() -> None:
    """One way open, all stay on F1, and nothing is paralleled; both open, the ring is dead."""
    whole = dict.fromkeys(("PV1", "PVx", "PVy", "PVz"), on("~F1", "T1", "S1"))
    check(ringed(), whole)
    check(ringed(), whole, opened=["P1"])
    check(ringed(), whole | dict.fromkeys(("PVx", "PVy", "PVz"), DEAD), normal=whole, opened=["P1", "P2"])


def test_ring_inside_one_feeder_with_other_poles_open_on_each_way() -> None:
    """P1 has pole A open and P2 pole B: every phase has a way left; with A open on both A is dead beyond."""
    b = feeder(station(grid()), 1)
    b.switch("P1", "f1b", "z", phases="ABC").switch("P2", "f1b", "z", phases="ABC").pv("PVz", "z")
    whole = dict.fromkeys(("PV1", "PVz"), on("~F1", "T1", "S1"))
    check(b, whole, opened=["P1:A", "P2:B"])
    f1 = on("~F1", "T1", "S1")
    dead_a = partly("~F1", "T1", "S1", by_phase={"A": DEAD, "B": f1, "C": f1})
    check(b, whole | {"PVz": dead_a}, normal=whole, opened=["P1:A", "P2:A"])


def meshed_secondary() -> NetworkBuilder:
    """Return F1 and F2 whose three service transformers feed a ring of four low-voltage nodes k1 to k4."""
    b = feeder(feeder(station(grid()), 1), 2)
    for n, (upper, lower) in enumerate((("f1b", "k1"), ("f1b", "k2"), ("f2b", "k3")), 1):
        b.transformer(f"NT{n}", [(upper, 20_000), (f"p{n}", 400)]).breaker(f"NP{n}", f"p{n}", lower)
    for one, other in ((1, 2), (2, 3), (3, 4), (4, 1)):
        b.fuse(f"K{one}{other}", f"k{one}", f"k{other}")
    for n in (1, 2, 3, 4):
        b.pv(f"PVk{n}", f"k{n}")
    return b


MESH = on("~F1 ~F2", "T1", "S1", service="NT1 NT2 NT3", paralleled=True)
MESHED = dict.fromkeys(("PVk1", "PVk2", "PVk3", "PVk4"), MESH)
MESHED |= dict.fromkeys(("PV1", "PV2"), on("~F1 ~F2", "T1", "S1", paralleled=True))


def test_meshed_secondary_network() -> None:
    """Every low-voltage DER hangs on all three service transformers and both feeders."""
    check(meshed_secondary(), MESHED)


def test_meshed_secondary_network_without_one_protector() -> None:
    """NP3 open: the mesh hangs on F1 alone, F2 is by itself."""
    mesh = dict.fromkeys(("PVk1", "PVk2", "PVk3", "PVk4"), on("~F1", "T1", "S1", service="NT1 NT2"))
    apart = mesh | {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1")}
    check(meshed_secondary(), apart, normal=MESHED, opened=["NP3"])


def test_meshed_secondary_network_cut_in_two() -> None:
    """K23 and K41 open: k1, k2 on NT1, NT2 of F1; k3, k4 on NT3 of F2."""
    one, other = on("~F1", "T1", "S1", service="NT1 NT2"), on("~F2", "T1", "S1", service="NT3")
    apart = {"PVk1": one, "PVk2": one, "PVk3": other, "PVk4": other}
    apart |= {"PV1": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1")}
    check(meshed_secondary(), apart, normal=MESHED, opened=["K23", "K41"])


# ---- parallel transformers at both levels


def test_parallel_service_transformers() -> None:
    """f1b--ST1--lv(PVlv)--ST2--f1b: both feed the bar of one feeder; without one the other does alone."""
    b = feeder(station(grid()), 1)
    for n in "12":
        b.fuse(f"FU{n}", "f1b", f"h{n}").transformer(f"ST{n}", [(f"h{n}", 20_000), ("lv", 400)])
    b.pv("PVlv", "lv")
    live = {"PV1": on("~F1", "T1", "S1"), "PVlv": on("~F1", "T1", "S1", service="ST1 ST2")}
    check(b, live)
    check(b, live | {"PVlv": on("~F1", "T1", "S1", service="ST2")}, normal=live, opened=["FU1"])
    check(b, live | {"PVlv": DEAD}, normal=live, opened=["FU1", "FU2"])


# ---- substations paralleled through a tie; a distant switch


def chain_of_three() -> NetworkBuilder:
    """Return S1, S2, S3 with F1--TIE12--F2 and F2's far end--TIE23--F3; TIE12 closed, TIE23 open, F2's head open."""
    b = grid()
    for n in (1, 2, 3):
        station(b, n)
        feeder(b, n, f"bus{n}", **({"open": True, "normal_open": False} if n == 2 else {}))
    b.line("L2x", "f2b", "f2c").pv("PV2x", "f2c").pv("PVb2", "bus2")
    b.load_break_switch("TIE12", "f1b", "f2b", open=False, normal_open=True)
    return b.load_break_switch("TIE23", "f2c", "f3b", open=True)


THREE = {
    "PV1": on("~F1", "T1", "S1"),
    "PV2": on("~F2", "T2", "S2"),
    "PV2x": on("~F2", "T2", "S2"),
    "PV3": on("~F3", "T3", "S3"),
    "PVb2": on("", "T2", "S2"),
}


def test_substations_paralleled_through_a_tie_of_a_third_feeder() -> None:
    """F2 hangs on F1 over TIE12; TIE23 closes too: S1 and S3 are paralleled through F2, S2 is not."""
    moved = THREE | {"PV2": on("~F1", "T1", "S1"), "PV2x": on("~F1", "T1", "S1")}
    check(chain_of_three(), moved, normal=THREE)
    both = on("~F1 ~F3", "T1 T3", "S1 S3", paralleled=True)
    expected = dict.fromkeys(("PV1", "PV2", "PV2x", "PV3"), both) | {"PVb2": THREE["PVb2"]}
    check(chain_of_three(), expected, normal=THREE, closed=["TIE23"])


def distant() -> NetworkBuilder:
    """Return bus1 of S1 fed by T1, its feeder F1, and beyond the open tie bus2 with F2 and F9 of S2.

    hv--H--T1--bus1--F1--PV1, bus1--F3--PV3--(TIE open)--PV9--F9--bus2--T2--hv
    """
    b = station(grid(), 2).breaker("H", "hv", "h").substation("S1").busbar("BB1", "bus1", container="S1")
    b.transformer("T1", [("h", 110_000), ("bus1", 20_000)], container="S1")
    feeder(feeder(feeder(b, 1), 3), 9, "bus2").load_break_switch("TIE", "f3b", "f9b", open=True)
    return b


def test_distant_switch_changes_the_supplier_of_a_part_it_does_not_touch() -> None:
    """H, at the high voltage, opens while TIE is closed: PV1 keeps its feeder and its switches, not its substation."""
    base = {"PV1": on("~F1", "T1", "S1"), "PV3": on("~F3", "T1", "S1"), "PV9": on("~F9", "T2", "S2")}
    check(distant(), base)
    both: dict[str, Any] = {"transformers": "T1 T2", "substations": "S1 S2", "paralleled": True}
    joined = {"PV1": on("~F1", **both), "PV3": on("~F3 ~F9", **both), "PV9": on("~F3 ~F9", **both)}
    check(distant(), joined, normal=base, closed=["TIE"])
    f9 = on("~F9", "T2", "S2")
    carried = {"PV1": on("~F1", "T2", "S2", upstream="~F9"), "PV3": f9, "PV9": f9}
    check(distant(), carried, normal=base, opened=["H"], closed=["TIE"])
    groups, changes = grouped(distant(), "substation", opened=["H"], closed=["TIE"])
    assert groups == {"S1": set(), "S2": {"PV1", "PV3", "PV9"}}
    assert changes == ["changed S2 +PV1 +PV3", "executed S1 -PV1 -PV3"]


# ---- dead islands and islands that live


def test_islands_side_by_side() -> None:
    """F1, F2 and F3 open: one has a battery, one a machine out of service, one nothing; each has its own fate."""
    b = station(grid())
    for n in (1, 2, 3):
        feeder(b, n)
    b.battery("BA", "f1b").synchronous_machine("SM", "f2b", in_service=False)
    live = {f"PV{n}": on(f"~F{n}", "T1", "S1") for n in (1, 2, 3)}
    live |= {"BA": on("~F1", "T1", "S1"), "SM": on("~F2", "T1", "S1", in_service=False)}
    expected = {"PV1": ISLANDED, "BA": ISLANDED, "PV2": DEAD, "PV3": DEAD}
    expected["SM"] = on(energisation="unsupplied", in_service=False)
    check(b, expected, normal=live | {"SM": on("~F2", "T1", "S1")}, opened=["F1", "F2", "F3"])
    groups, changes = grouped(b, "feeder", opened=["F1", "F2", "F3"])
    assert groups == {"F1": set(), "F2": set(), "F3": set()}
    assert changes == ["executed F1 -BA -PV1", "executed F2 -PV2 -SM", "executed F3 -PV3"]


def test_island_that_a_battery_shares_with_a_dead_feeder_over_a_tie() -> None:
    """F1 and F2 open, TIE closed: the battery of F1 carries F2's DER too; with TIE open it does not."""
    b = feeder(feeder(station(grid()), 1), 2).battery("BA", "f1b").load_break_switch("TIE", "f1b", "f2b", open=True)
    live = {"PV1": on("~F1", "T1", "S1"), "BA": on("~F1", "T1", "S1"), "PV2": on("~F2", "T1", "S1")}
    check(b, dict.fromkeys(live, ISLANDED), normal=live, opened=["F1", "F2"], closed=["TIE"])
    check(b, {"PV1": ISLANDED, "BA": ISLANDED, "PV2": DEAD}, normal=live, opened=["F1", "F2"])
