"""From statements to arrays: every row of small models, written out."""

from __future__ import annotations

import math
from typing import Literal

import pytest

from cim_models import catalogue, load_text, phase_codes
from cim_models.identifiers import derived
from cim_models.network import I32, STATE_SOURCES, Network
from tests.cim_models.small import BODY, NODES, SOURCE, equal, equipment, found, node, rdf, to, value
from topogroup.testing import NetworkBuilder, TankEnd, Winding


def names(network: Network, positions: I32) -> list[str]:
    return [network.equipment.id[e] for e in positions.tolist()]


def poles(network: Network) -> list[tuple[str, str, str, bool, bool, str]]:
    """Return each pole: switch, phases of both sides, open now, open normally, where the state comes from."""
    pole = network.pole
    return [
        (
            network.equipment.id[int(pole.equipment[i])],
            phase_codes.code_of(int(pole.side1[i])),
            phase_codes.code_of(int(pole.side2[i])),
            bool(pole.current_open[i]),
            bool(pole.normal_open[i]),
            STATE_SOURCES[int(pole.state_source[i])],
        )
        for i in range(pole.equipment.size)
    ]


def switch(*said: str, poles_said: str = "", other: str = "") -> list[tuple[bool, bool, str]]:
    """Return (open now, open normally, source) of each pole of a switch of which some properties are said."""
    body = NODES + SOURCE + equipment("Breaker", "X", "n1 n2", "".join(said)) + poles_said + other
    return [one[3:] for one in poles(load_text(rdf(body)))]


def pole(phase: str, more: str) -> str:
    kind = f'<cim:SwitchPhase.phaseSide1 rdf:resource="http://iec.ch/TC57/CIM100#SinglePhaseKind.{phase}"/>'
    return f'<cim:SwitchPhase rdf:ID="_X.{phase}">{to("SwitchPhase.Switch", "X")}{kind}{more}</cim:SwitchPhase>'


OPEN, SHUT = value("Switch.open", "true"), value("Switch.open", "false")
N_OPEN, N_SHUT = value("Switch.normalOpen", "true"), value("Switch.normalOpen", "false")


def solved(state: str) -> str:
    return f'<cim:SvSwitch rdf:ID="_sv">{to("SvSwitch.Switch", "X")}{value("SvSwitch.open", state)}</cim:SvSwitch>'


@pytest.mark.parametrize(
    ("found_", "expected"),
    [
        (switch(), [(False, False, "assumed closed")]),
        (switch(OPEN), [(True, True, "Switch.open")]),
        (switch(OPEN, N_SHUT), [(True, False, "Switch.open")]),
        (switch(SHUT, N_OPEN), [(False, True, "Switch.open")]),
        (switch(N_OPEN), [(True, True, "Switch.normalOpen")]),
        (switch(N_SHUT, other=solved("true")), [(True, False, "SvSwitch.open")]),
        (switch(SHUT, N_SHUT, other=solved("true")), [(False, False, "Switch.open")]),
        (switch(other=solved("true")), [(True, True, "SvSwitch.open")]),
        (
            switch(SHUT, N_SHUT, poles_said=pole("A", value("SwitchPhase.closed", "false")) + pole("B", "")),
            [(True, False, "SwitchPhase.closed"), (False, False, "Switch.open")],
        ),
        (
            switch(N_SHUT, poles_said=pole("A", value("SwitchPhase.normalOpen", "true")) + pole("C", "")),
            [(True, True, "SwitchPhase.normalOpen"), (False, False, "Switch.normalOpen")],
        ),
        (
            switch(OPEN, poles_said=pole("A", value("SwitchPhase.normalOpen", "false"))),
            [(True, False, "Switch.open")],
        ),
    ],
)
def test_the_first_known_state_counts(
    found_: list[tuple[bool, bool, str]], expected: list[tuple[bool, bool, str]]
) -> None:
    """SwitchPhase.closed > Switch.open > SvSwitch.open > SwitchPhase.normalOpen > normalOpen > closed."""
    assert found_ == expected


def test_poles_of_switches() -> None:
    b = NetworkBuilder().external_network_injection("G", "a", 20_000)
    b.breaker("all", "a", "b").breaker("two", "a", "b", phases="AC")
    network = b.breaker("some", "a", "c", phases="ABC", open_phases="B").build()
    assert [one[:4] for one in poles(network)] == [
        ("all", "ABCs12", "ABCs12", False),
        ("some", "A", "A", False),
        ("some", "B", "B", True),
        ("some", "C", "C", False),
        ("two", "A", "A", False),
        ("two", "C", "C", False),
    ]


@pytest.mark.parametrize(
    ("spelling", "finds"),
    [
        ({"base_voltage_unit": "V", "rated_unit": "V"}, []),
        ({"base_voltage_unit": "kV", "rated_unit": "V"}, ["BaseVoltage.nominalVoltage"]),
        ({"base_voltage_unit": "V", "rated_unit": "kV"}, ["ratedU of transformer ends"]),
        ({"base_voltage_unit": "kV", "rated_unit": "kV"}, ["BaseVoltage.nominalVoltage", "ratedU of transformer ends"]),
    ],
)
def test_volts_and_kilovolts_are_judged_apart(spelling: dict[str, str], finds: list[str]) -> None:
    b = NetworkBuilder().external_network_injection("G", "hv", 110_000)
    b.transformer("T", [Winding("hv", 110_000, base=False), Winding("mv", 20_000, rated=False)]).line("L", "mv", "x")
    network = load_text(b.to_xml(**spelling))
    assert network.end.voltage_v.tolist() == [110_000.0, 20_000.0]
    assert dict(zip(network.equipment.id, network.equipment.voltage_v.tolist(), strict=True))["L"] == 20_000.0
    assert [f.message.split(" is read")[0] for f in found(network, "voltage_unit_assumed")] == finds


def test_voltage_comes_from_the_level_where_equipment_says_none() -> None:
    body = (
        BODY.replace(
            '<cim:ACLineSegment rdf:ID="_L">',
            f'<cim:ACLineSegment rdf:ID="_L">{to("Equipment.EquipmentContainer", "bay")}',
        )
        + f'<cim:Bay rdf:ID="_bay">{to("Bay.VoltageLevel", "vl")}</cim:Bay>'
        + f'<cim:VoltageLevel rdf:ID="_vl">{to("VoltageLevel.BaseVoltage", "bv")}'
        + f"{to('VoltageLevel.Substation', 's')}</cim:VoltageLevel>"
        + f'<cim:BaseVoltage rdf:ID="_bv">{value("BaseVoltage.nominalVoltage", "20000")}</cim:BaseVoltage>'
        + '<cim:Substation rdf:ID="_s"/>'
    )
    network = load_text(rdf(body))
    volts = dict(zip(network.equipment.id, network.equipment.voltage_v.tolist(), strict=True))
    assert volts.pop("L") == 20_000.0
    assert all(math.isnan(v) for v in volts.values())
    assert list(
        zip(network.container.id, network.container.class_name, network.container.substation.tolist(), strict=True)
    ) == [("bay", "Bay", 1), ("s", "Substation", 1), ("vl", "VoltageLevel", 1)]


def test_ends_of_transformers() -> None:
    """By transformer, tank and number; delta, ungrounded and phase-to-phase ends need all their phases."""
    b = NetworkBuilder().external_network_injection("G", "hv", 110_000)
    b.transformer("T3", [Winding("hv", 110_000, "Yn"), Winding("mv", 20_000, "D"), Winding("tv", 10_000, "Y")])
    b.tank_transformer(
        "TT", {"t1": [TankEnd("mv", 20_000, "AB"), TankEnd("lv", 400, "s1N"), TankEnd("lv", 400, "Ns2")]}
    )
    b.equipment("PowerTransformer", "bare", ["mv", "lv2"])
    network = b.build()
    end = network.end
    rows = [
        (
            network.equipment.id[int(end.equipment[i])],
            int(end.number[i]),
            network.node.name[int(end.node[i])],
            phase_codes.code_of(int(end.phases[i])),
            float(end.voltage_v[i]),
            bool(end.needs_all[i]),
        )
        for i in range(end.equipment.size)
    ]
    assert [row for row in rows if row[0] != "bare"] == [
        ("T3", 1, "hv", "ABC", 110_000.0, False),
        ("T3", 2, "mv", "ABC", 20_000.0, True),
        ("T3", 3, "tv", "ABC", 10_000.0, True),
        ("TT", 1, "mv", "AB", 20_000.0, True),
        ("TT", 2, "lv", "s1", 400.0, False),
        ("TT", 3, "lv", "s2", 400.0, False),
    ]
    assert [(row[1], row[2], row[3], row[5]) for row in rows if row[0] == "bare"] == [
        (1, "mv", "ABC", False),
        (2, "lv2", "ABC", False),
    ]
    assert end.tank.tolist() == [-1, -1, -1, 0, 0, 0, -1, -1]


def test_cut_and_clamp_divide_their_line() -> None:
    b = NetworkBuilder().external_network_injection("G", "a", 20_000).line("L", "a", "d", length_m=100)
    network = b.cut("K", "L", 60, open=True).clamp("C", "L", 30, "c").pv("PV", "c").build()
    inner = [derived(f"cut:K:{side}") for side in (1, 2)]
    ids = list(network.node.id)
    pairs = [
        (ids[a], ids[z]) for a, z in zip(network.branch.node1.tolist(), network.branch.node2.tolist(), strict=True)
    ]
    assert names(network, network.branch.equipment) == ["L", "L", "L"]
    assert pairs == [("n.a", "n.c"), ("n.c", inner[0]), (inner[1], "n.d")]
    (row,) = poles(network)
    assert row[:1] + row[3:5] == ("K", True, True)
    assert (ids[int(network.pole.node1[0])], ids[int(network.pole.node2[0])]) == (inner[0], inner[1])


SOURCES = [
    ("ExternalNetworkInjection beside EnergySource", ["ExternalNetworkInjection", "EnergySource"], {}, ["X0"], ["X1"]),
    ("EnergySource alone, no power anywhere", ["EnergySource"], {}, ["X0"], []),
    ("EnergySource with power", ["EnergySource"], {0: ("activePower", "-5")}, [], ["X0"]),
    ("EnergySource with zero power", ["EnergySource"], {0: ("activePower", "-0.0")}, [], ["X0"]),
    (
        "one with a voltage, one with power",
        ["EnergySource"] * 2,
        {0: ("voltageMagnitude", "0"), 1: ("activePower", "0")},
        ["X0"],
        ["X1"],
    ),
    *(
        (
            f"EnergySource with {name}",
            ["EnergySource", "EnergySource"],
            {0: (name, "0"), 1: ("activePower", "1")},
            ["X0"],
            ["X1"],
        )
        for name in ("nominalVoltage", "voltageAngle", "r", "x", "r0", "x0")
    ),
    ("EquivalentInjection inland", ["EnergySource", "EquivalentInjection"], {}, ["X0"], ["X1"]),
]


@pytest.mark.parametrize(
    ("classes", "said", "sources", "ders"), [one[1:] for one in SOURCES], ids=[one[0] for one in SOURCES]
)
def test_grid_sources_come_from_structure(
    classes: list[str], said: dict[int, tuple[str, str]], sources: list[str], ders: list[str]
) -> None:
    body = node("n1")
    for number, cls in enumerate(classes):
        more = value(f"{cls}.{said[number][0]}", said[number][1]) if number in said else ""
        body += equipment(cls, f"X{number}", "n1", more)
    network = load_text(rdf(body))
    assert (names(network, network.source.equipment), network.ders()) == (sources, ders)


def test_equivalent_injections_at_the_boundary_are_sources() -> None:
    """By BoundaryPoint, by its own mark, or because its node stands in no file given."""
    european = ' xmlns:eu="http://iec.ch/TC57/CIM100-European#"'
    injection = equipment("EquivalentInjection", "E", "n1")
    point = '<eu:BoundaryPoint rdf:ID="_p"><eu:BoundaryPoint.ConnectivityNode rdf:resource="#_n1"/></eu:BoundaryPoint>'
    for body in (
        node("n1") + injection + point,
        node("n1", "<eu:ConnectivityNode.boundaryPoint>true</eu:ConnectivityNode.boundaryPoint>") + injection,
        injection,
    ):
        network = load_text(rdf(body, more=european))
        assert (names(network, network.source.equipment), network.ders()) == (["E"], [])
    inland = load_text(rdf(node("n1") + injection, more=european))
    assert (inland.source.equipment.size, inland.ders()) == (0, ["E"])


def test_without_any_source_the_strongest_reference_machine_is_one() -> None:
    def machines(*priorities: int) -> Network:
        body = node("n1")
        for number, priority in enumerate(priorities):
            more = value("SynchronousMachine.referencePriority", str(priority))
            body += equipment("SynchronousMachine", f"M{number}", "n1", more)
        return load_text(rdf(body))

    assert names(machines(0, 2, 1), machines(0, 2, 1).source.equipment) == ["M2"]
    assert machines(0, 2, 1).ders() == ["M0", "M1"]
    assert machines(0, 0).source.equipment.size == 0
    assert found(machines(0, 0), "source_missing")


def kinds(b: NetworkBuilder) -> dict[str, tuple[str, list[str], bool]]:
    """Return kind, kinds of units, and whether it can feed an island, of each DER."""
    network = b.build()
    der = network.der
    return {
        network.equipment.id[int(e)]: (
            catalogue.KINDS[int(der.kind[i])],
            [catalogue.KINDS[k] for k in der.unit_kind[der.unit_start[i] : der.unit_start[i + 1]].tolist()],
            bool(der.forms_island[i]),
        )
        for i, e in enumerate(der.equipment.tolist())
    }


def test_kinds_of_der() -> None:
    b = NetworkBuilder().external_network_injection("G", "n", 20_000)
    b.pv("pv", "n").battery("battery", "n").wind("wind", "n").hybrid("hybrid", "n").power_electronics("bare", "n")
    b.power_electronics("twice", "n", ["pv", "pv"]).generation_source("gen", "n").equivalent_injection("eq", "n")
    b.synchronous_machine("sm", "n").synchronous_machine("hydro", "n", unit="hydro")
    b.synchronous_machine("windmill", "n", unit="wind").asynchronous_machine("am", "n", unit="solar")
    b.synchronous_machine("condenser", "n", mode="condenser").synchronous_machine("motor", "n", mode="motor")
    b.asynchronous_machine("pump", "n", motor=True)
    assert kinds(b) == {
        "am": ("pv", ["pv"], False),
        "bare": ("other", [], False),
        "battery": ("battery", ["battery"], True),
        "eq": ("other", [], False),
        "gen": ("other", [], False),
        "hybrid": ("hybrid", ["battery", "pv"], True),
        "hydro": ("machine", ["machine"], True),
        "pv": ("pv", ["pv"], False),
        "sm": ("machine", [], True),
        "twice": ("pv", ["pv"], False),
        "wind": ("wind", ["wind"], False),
        "windmill": ("wind", ["wind"], True),
    }


@pytest.mark.parametrize("link", ["equipment", "usage_point"])
def test_end_devices_from_both_sides(link: Literal["equipment", "usage_point"]) -> None:
    b = NetworkBuilder().external_network_injection("G", "n", 20_000).pv("P1", "n").pv("P2", "n").pv("P3", "n")
    b.end_device("E2", "P1", link=link).end_device("E1", "P1", link=link).end_device("E3", "P3", link=link, group="D")
    der = b.build().der
    lists = [
        [der.end_device[i] for i in range(int(a), int(z))]
        for a, z in zip(der.end_device_start[:-1], der.end_device_start[1:], strict=True)
    ]
    assert lists == [["E1", "E2"], [], ["E3"]]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", (True, True)),
        (value("Equipment.inService", "false"), (False, True)),
        (value("Equipment.normallyInService", "false"), (False, False)),
        (value("Equipment.inService", "True") + value("Equipment.normallyInService", "False"), (True, False)),
    ],
)
def test_in_service(said: str, expected: tuple[bool, bool]) -> None:
    """Now: inService, else normallyInService; normally: normallyInService, absent = true."""
    table = load_text(rdf(BODY + equipment("Fuse", "X", "n1 n2", said))).equipment
    position = table.id.find("X")
    assert (bool(table.in_service[position]), bool(table.normally_in_service[position])) == expected


def test_feeders_and_their_members_from_both_sides() -> None:
    body = BODY + '<cim:Substation rdf:ID="_S">' + to("Substation.NormalEnergizedFeeder", "F1") + "</cim:Substation>"
    body += (
        '<cim:Feeder rdf:ID="_F1"/>'
        + f'<cim:Terminal rdf:about="#_CB.T2">{to("Terminal.NormalHeadFeeder", "F1")}</cim:Terminal>'
    )
    body += f'<cim:Feeder rdf:ID="_F2">{to("Feeder.NormalEnergizingSubstation", "S")}'
    body += f"{to('Feeder.NormalHeadTerminal', 'L.T1')}</cim:Feeder>"
    body += f'<cim:ACLineSegment rdf:about="#_L">{to("Equipment.EquipmentContainer", "F1")}</cim:ACLineSegment>'
    body += '<cim:PowerElectronicsConnection rdf:about="#_PV">'
    body += f"{to('Equipment.AdditionalEquipmentContainer', 'F1')}</cim:PowerElectronicsConnection>"
    network = load_text(rdf(body))
    feeder, ids = network.feeder, network.container.id
    assert [ids[c] for c in feeder.container.tolist()] == ["F1", "F2"]
    assert [ids[c] for c in feeder.normal_substation.tolist()] == ["S", "S"]
    terminals = [(names(network, network.terminal.equipment)[t]) for t in feeder.head_terminal.tolist()]
    assert terminals == ["CB", "L"]
    members = [
        (ids[c], network.equipment.id[e])
        for c, e in zip(network.membership.container.tolist(), network.membership.equipment.tolist(), strict=True)
    ]
    assert members == [("F1", "L"), ("F1", "PV")]


def test_tables_ascend_by_mrid_whatever_the_order_of_the_file() -> None:
    b = NetworkBuilder().external_network_injection("G", "z", 20_000)
    for number in (3, 1, 2):
        b.line(f"L{number}", "z", f"n{number}").pv(f"P{number}", f"n{number}")
    expected = b.build()
    assert list(expected.equipment.id) == sorted(expected.equipment.id)
    assert list(expected.node.id) == sorted(expected.node.id)
    assert expected.equipment.key.tolist() == list(range(len(expected.equipment.id)))
    for seed in range(5):
        equal(load_text(b.to_xml(seed=seed)), expected)
