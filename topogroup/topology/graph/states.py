"""States of the network: normal, current and what-if are one thing, an open mask per pole and two kinds of flags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cim_models import phase_codes
from cim_models.aliases import Aliases
from cim_models.catalogue import SWITCHING_ROLES
from cim_models.errors import IdError, OptionError
from cim_models.lookup import EquipmentNames
from cim_models.network import Network

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class NetworkState:
    """What conducts.

    Attributes:
        open: uint8[n_poles]; phases of side 1 that are open.
        in_service: bool[n_equipment].
        connected: bool[n_terminals].
        ends_in_service: bool[n_ends]; tanks of transformers.
        conflict: bool[n_poles]; the state of the pole is in doubt.
    """

    open: npt.NDArray[np.uint8]
    in_service: Bools
    connected: Bools
    ends_in_service: Bools
    conflict: Bools

    def same_flags(self, other: NetworkState) -> bool:
        """Tell whether another state differs in its switches alone."""
        pairs = (
            (self.in_service, other.in_service),
            (self.connected, other.connected),
            (self.ends_in_service, other.ends_in_service),
        )
        return all(one is two or np.array_equal(one, two) for one, two in pairs)

    def per_phase(self, network: Network) -> bool:
        """Tell whether some switch is open on some of its phases only."""
        side = network.pole.side1
        partly = (self.open != 0) & ((self.open & side) != side)
        return bool(partly.any())


class Operation(NamedTuple):
    """One switch to open or close, on some phases (mask) or all (0)."""

    equipment: int
    opens: bool
    phases: int


def normal_state(network: Network) -> NetworkState:
    """Return the normal state: normalOpen, normallyInService, every terminal connected."""
    pole = network.pole
    return NetworkState(
        open=np.where(pole.normal_open, pole.side1, 0).astype(np.uint8),
        in_service=np.asarray(network.equipment.normally_in_service),
        connected=np.ones(network.terminal.node.size, np.bool_),
        ends_in_service=np.asarray(network.end.normally_in_service),
        conflict=np.zeros(pole.side1.size, np.bool_),
    )


def current_state(network: Network) -> NetworkState:
    """Return the state that the model gives."""
    pole = network.pole
    return NetworkState(
        open=np.where(pole.current_open, pole.side1, 0).astype(np.uint8),
        in_service=np.asarray(network.equipment.in_service),
        connected=np.asarray(network.terminal.connected),
        ends_in_service=np.asarray(network.end.in_service),
        conflict=np.asarray(pole.conflict),
    )


def operated(network: Network, state: NetworkState, operations: Iterable[Operation]) -> NetworkState:
    """Return the state after manual operations: closes first, so that a switch named in both ends open.

    Args:
        network: the network.
        state: the state before; it is not changed.
        operations: in any order.

    Returns:
        A new state.

    Raises:
        OptionError: a switch does not have a phase that an operation names.
    """
    opened, conflict = state.open.copy(), state.conflict.copy()
    for operation in sorted(operations, key=lambda o: o.opens):
        first, last = np.searchsorted(network.pole.equipment, [operation.equipment, operation.equipment + 1])
        rows = slice(int(first), int(last))
        side = network.pole.side1[rows]
        known = int(np.bitwise_or.reduce(side)) if side.size else 0
        if operation.phases & ~known:
            name = network.equipment.name[operation.equipment]
            missing = phase_codes.code_of(operation.phases & ~known)
            raise OptionError("unknown_phase", f"Switch {name} has no phase {missing}.", name)
        mask = side & operation.phases if operation.phases else side
        if operation.opens:
            opened[rows] |= mask
        else:
            opened[rows] &= ~mask
        conflict[rows] &= mask == 0
    return replace(state, open=opened, conflict=conflict)


def operations(
    network: Network, opened: Sequence[str], closed: Sequence[str], aliases: Aliases | None = None
) -> list[Operation]:
    """Resolve `ID[:PHASES]` texts to operations.

    Args:
        network: the network.
        opened: switches to open.
        closed: switches to close.
        aliases: further names of switches, None = those of the model alone.

    Returns:
        The operations.

    Raises:
        IdError: an id is unknown, ambiguous or no switch.
        OptionError: the phases are none that CIM knows.
    """
    resolve = _SwitchNames(network, aliases)
    return [_operation(resolve, text, False) for text in closed] + [_operation(resolve, text, True) for text in opened]


def _operation(resolve: _SwitchNames, text: str, opens: bool) -> Operation:
    equipment, phases = resolve(text)
    return Operation(equipment, opens, phases)


class _SwitchNames:
    """Finds the switch and the phases that `ID[:PHASES]` names."""

    def __init__(self, network: Network, aliases: Aliases | None) -> None:
        roles = [int(role) for role in SWITCHING_ROLES]
        self._all = EquipmentNames(network, "equipment", given=aliases)
        self._switches = EquipmentNames(network, "switch", np.isin(network.equipment.role, roles), aliases)

    def __call__(self, text: str) -> tuple[int, int]:
        """Return equipment and phase mask (0 = all); the whole text is tried as an id before `ID:PHASES`."""
        holders, phases = self._switches.found(text)
        head, colon, tail = text.rpartition(":")
        if not holders and colon and head:
            holders = self._switches.holders(head)
            if holders:
                phases = _phases(tail, text)
        if not holders:
            for candidate in (text, head):
                if candidate and self._all.holders(candidate):
                    raise IdError("not_a_switch", f"{candidate[:60]!r} is no switch.", text[:60])
        return self._switches.only(text, holders), phases


def _phases(code: str, text: str) -> int:
    mask = phase_codes.mask_of(code)
    if not mask or mask & phase_codes.N:
        raise OptionError("unknown_phase", f"{text!r}: {code!r} is no phase code such as A, BC or ABC.", text)
    return mask
