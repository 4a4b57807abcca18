"""Temporary devices on random networks: each does what the same thing written into the model does.

A jumper is a switch that is closed instead of open, a cut a line out of service, a mobile source a grid source in
service: the oracle, which knows no devices, is given the network with that, and says where the DER hang then.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from cim_models import Network, load_text
from cim_models import phase_codes as codes
from cim_models.catalogue import SWITCHING_ROLES, Role
from tests.compare import Asked, in_words, of_oracle
from tests.oracle import OracleModel
from tests.properties.networks import Drawn, networks
from tests.properties.test_attachment import examples
from tests.properties.test_trace import require_same
from topogroup.topology.answers.attach import attach_state
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.graph.states import NetworkState, Operation, current_state, normal_state, operated
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.supplying.attachment import attachments, der_rows
from topogroup.topology.switching.devices import Device, with_devices
from topogroup.topology.tracing.trace import Trace


def words_with(grid: Grid, state: NetworkState, *devices: Device) -> dict[str, Any]:
    """Return where all DER hang, normally without and now with some devices."""
    rows = der_rows(grid)
    now = attachments(with_devices(grid, devices), rows, state)
    return in_words(AttachmentReport(grid, rows, attachments(grid, rows, normal_state(grid.network)), now))


def picked(data: st.DataObject, rows: np.ndarray[Any, Any]) -> int:
    """Draw one of some positions."""
    assume(rows.size > 0)
    return int(rows[data.draw(st.integers(0, rows.size - 1))])


@examples(0.5)
@given(networks(), st.data())
def test_a_jumper_is_a_switch_that_is_closed(drawn: Drawn, data: st.DataObject) -> None:
    """Whatever the switch joins, it joins through the jumper beside it; supply points are no jumpers."""
    xml = drawn.builder.to_xml()
    network = load_text(xml)
    grid = prepare(network, per_phase=True)
    edges = grid.graph.edges
    fit = np.isin(network.equipment.role, [int(role) for role in SWITCHING_ROLES])
    for level in grid.levels.values():
        fit[edges.equipment[level.edge]] = False
    switch = picked(data, np.flatnonzero(fit & network.equipment.in_service))
    mask, ends = poles_of(network, switch)
    closed = Asked(closed=[network.equipment.id[switch]])
    expected = of_oracle(OracleModel.from_xml(xml), closed)
    opened = operated(network, current_state(network), [Operation(switch, True, 0)])
    jumper = Device("J", "jumper", ends, ("one", "other"), 0 if mask == codes.ALL else mask)
    assert words_with(grid, opened, jumper) == expected


def poles_of(network: Network, switch: int) -> tuple[int, tuple[int, int]]:
    """Return the phases that a switch joins straight through, and its nodes."""
    pole = network.pole
    rows = np.flatnonzero(pole.equipment == switch)
    assume(rows.size > 0)
    assume(np.array_equal(pole.side1[rows], pole.side2[rows]))
    terminals = np.concatenate([pole.terminal1[rows], pole.terminal2[rows]])
    assume(bool(network.terminal.connected[terminals].all()))
    return int(np.bitwise_or.reduce(pole.side1[rows])), (int(pole.node1[rows[0]]), int(pole.node2[rows[0]]))


@examples(0.5)
@given(networks(), st.data())
def test_a_cut_line_is_a_line_out_of_service(drawn: Drawn, data: st.DataObject) -> None:
    """A cut takes the line out of service for now, and leaves the normal state alone."""
    network = load_text(drawn.builder.to_xml())
    line = picked(data, np.flatnonzero(network.equipment.role == int(Role.LINE)))
    builder = deepcopy(drawn.builder).say(network.equipment.name[line], "Equipment.inService", False)
    xml = builder.to_xml()
    written = load_text(xml)
    assume(not written.equipment.in_service[line])
    assert written.equipment.id[line] == network.equipment.id[line]
    grid = prepare(network)
    cut = Device("C", "cut", (line,), (network.equipment.id[line],))
    found = words_with(grid, current_state(network), cut)
    assert found == of_oracle(OracleModel.from_xml(xml), Asked())


@examples(0.5)
@given(networks(), st.data())
def test_a_mobile_source_is_a_grid_source(drawn: Drawn, data: st.DataObject) -> None:
    """A source that stands by in the model, switched on, feeds as a mobile source does at its node."""
    plain = load_text(drawn.builder.to_xml())
    at = picked(data, np.arange(len(plain.node.id)))
    name, phases = plain.node.name[at], codes.code_of(int(prepare(plain).graph.slots.node_phases[at]))
    standing_by, feeding = (
        deepcopy(drawn.builder).equipment(
            "ExternalNetworkInjection",
            "MOBILE",
            [name],
            in_service=on,
            normally_in_service=False,
            terminal_phases=phases.replace("s12", "s1s2"),
        )
        for on in (False, True)
    )
    network, xml = load_text(standing_by.to_xml()), feeding.to_xml()
    node = list(network.node.name).index(name)
    source = Device("S", "source", (node,), (network.node.id[node],))
    found = words_with(prepare(network), current_state(network), source)
    assert found == of_oracle(OracleModel.from_xml(xml), Asked())


@examples(0.3)
@given(networks(), st.data())
def test_devices_on_one_phase_leave_the_others_alone(drawn: Drawn, data: st.DataObject) -> None:
    """Cut and jumper on a phase at a time are together the cut and the jumper on all."""
    network = load_text(drawn.builder.to_xml())
    grid = prepare(network, per_phase=True)
    line = picked(data, np.flatnonzero(network.equipment.role == int(Role.LINE)))
    nodes = picked(data, np.arange(len(network.node.id))), picked(data, np.arange(len(network.node.id)))
    whole = Device("C", "cut", (line,), ("line",)), Device("J", "jumper", nodes, ("one", "other"), codes.ABC)
    parts = [
        replace(device, id=f"{device.id}{bit}", phases=bit)
        for device in whole
        for bit in codes.BITS
        if device.kind == "cut" or bit & codes.ABC
    ]
    state = current_state(network)
    assert words_with(grid, state, *parts) == words_with(grid, state, *whole)


@examples(0.3)
@given(networks(), st.data())
def test_the_incremental_trace_sees_devices(drawn: Drawn, data: st.DataObject) -> None:
    """With a cut, a jumper and a mobile source, as they stand and after switches are operated."""
    network = load_text(drawn.builder.to_xml())
    line = picked(data, np.flatnonzero(network.equipment.role == int(Role.LINE)))
    nodes = [picked(data, np.arange(len(network.node.id))) for _ in range(3)]
    devices = (
        Device("C", "cut", (line,), ("line",)),
        Device("J", "jumper", (nodes[0], nodes[1]), ("one", "other")),
        Device("S", "source", (nodes[2],), ("node",)),
    )
    grid = with_devices(prepare(network, per_phase=data.draw(st.booleans())), devices)
    rows, state = der_rows(grid), current_state(network)
    trace = Trace(grid, rows, state)
    found, expected = trace.attachments(), attachments(grid, rows, state)
    require_same(rows, found, expected)
    assert np.array_equal(found.live.source, expected.live.source)
    pole = np.array([picked(data, np.arange(network.pole.side1.size))])
    for opened in (network.pole.side1[pole], np.zeros(1, np.uint8)):
        mask = state.open.copy()
        mask[pole] = opened
        state = replace(state, open=mask)
        trace.operate(pole, opened)
        require_same(rows, trace.attachments(), attachments(grid, rows, state))


@examples(0.2)
@given(networks())
def test_no_devices_no_difference(drawn: Drawn) -> None:
    """Without devices the grid is the grid, and what is attached on it the same."""
    network = load_text(drawn.builder.to_xml())
    grid = prepare(network)
    assert with_devices(grid, ()) is grid
    state = current_state(network)
    assert words_with(grid, state) == in_words(attach_state(grid, state))
