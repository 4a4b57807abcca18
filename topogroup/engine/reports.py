"""What the DMS or an operator said about switches, and the network state that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from cim_models import phase_codes
from cim_models.keys import positions
from cim_models.network import Network
from topogroup.topology.graph.states import NetworkState, current_state

GOOD = "good"


@dataclass(frozen=True, slots=True)
class SwitchReport:
    """The latest known state of one switch.

    Attributes:
        known: phases of side 1 that somebody reported; the others are as the model says.
        open: those of them that are open.
        source: who reported last.
        received_at: when that was committed.
        at: when it happened by the sender's clock, None = not said.
        quality: `good`, or a word that says why it is in doubt.
        revision: the revision that took it.
    """

    known: int
    open: int
    source: str
    received_at: datetime
    at: datetime | None
    quality: str
    revision: int


def reported_state(network: Network, reports: Mapping[int, SwitchReport]) -> NetworkState:
    """Return the current state: the model's, overlaid by all that was reported.

    Args:
        network: the network, with permanent keys.
        reports: by the key of the switch; switches that are not in this model wait for one that has them.

    Returns:
        A new state.
    """
    equipment = positions(network, np.fromiter(reports, np.int64, len(reports)))
    known = {at: report for at, report in zip(equipment.tolist(), reports.values(), strict=True) if at >= 0}
    return overlaid(network, current_state(network), known)


def overlaid(network: Network, state: NetworkState, reports: Mapping[int, SwitchReport]) -> NetworkState:
    """Return a state with some switches as reported.

    Args:
        network: the network.
        state: the state before; it is not changed.
        reports: by the position of the switch in the equipment table.

    Returns:
        A new state; O(poles) for its copy and O(reports) for the rest.
    """
    opened, conflict = state.open.copy(), state.conflict.copy()
    for equipment, report in reports.items():
        for pole in poles_of(network, equipment):
            side = int(network.pole.side1[pole])
            opened[pole] = (int(opened[pole]) & ~report.known) | (report.open & side)
            # a report on all phases settles what the model's own statements disagree on, unless it is in doubt itself
            if report.known & side:
                wanted = side & phase_codes.ABC or side
                settled = report.known & wanted == wanted
                conflict[pole] = report.quality != GOOD or (not settled and bool(network.pole.conflict[pole]))
    return replace(state, open=opened, conflict=conflict)


def poles_of(network: Network, equipment: int) -> Iterable[int]:
    """Return the rows of the pole table that belong to a switch."""
    first, last = np.searchsorted(network.pole.equipment, [equipment, equipment + 1]).tolist()
    return range(first, last)
