"""Switching plans: rows of operations by step, and the state of the network after each step.

The rows of one step are one operation: closes before opens, one net change. A plan is read whole or refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim_models import limits, phase_codes
from cim_models.aliases import Aliases
from cim_models.catalogue import SWITCHING_ROLES
from cim_models.errors import IdError, OptionError
from cim_models.lookup import EquipmentNames
from cim_models.network import Network
from topogroup.topology.graph.states import NetworkState, Operation, operated
from topogroup.topology.switching.devices import KINDS, Device
from topogroup.topology.switching.places import Places

COLUMNS: Final = ("step", "switch", "action", "phases", "at", "comment", "place", "place2", "until")
NEEDED_COLUMNS: Final = COLUMNS[:3]

_ACTIONS: Final = ("open", "close", *KINDS, "remove")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of a plan, understood: a switch operated, a device placed, or one taken away.

    Attributes:
        said: the row as reports show it.
        operation: the switch to operate, or None.
        placed: the device to put in place, or None.
        removed: the id of the device to take away, or None.
    """

    said: Mapping[str, str]
    operation: Operation | None = None
    placed: Device | None = None
    removed: str | None = None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """All rows of one step."""

    name: str
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """How the network is switched, and which devices stand in it."""

    state: NetworkState
    devices: tuple[Device, ...] = ()


class PlanReader:
    """Reads the rows of plans against one network; texts are indexed on first use."""

    def __init__(
        self,
        network: Network,
        places: Places,
        switches: EquipmentNames | None = None,
        aliases: Aliases | None = None,
        source: str = "",
    ) -> None:
        """Keep what is looked up.

        Args:
            network: the network.
            places: its places.
            switches: its switches by id and name, where they are indexed already.
            aliases: further names, None = those of the model alone.
            source: whose plan it is; aliases of the model that are meant for it count before others.
        """
        roles = [int(role) for role in SWITCHING_ROLES]
        self._network, self._places, self._aliases, self._source = network, places, aliases, source
        if switches is None or aliases is not None:
            switches = EquipmentNames(network, "switch", np.isin(network.equipment.role, roles), aliases)
        self._switches = switches
        self._all = EquipmentNames(network, "equipment", given=aliases)

    def steps(self, rows: Iterable[Mapping[str, str]], standing: Iterable[str] = ()) -> tuple[PlanStep, ...]:
        """Read a plan.

        Args:
            rows: texts by the names of `COLUMNS`; what is not said is absent or empty.
            standing: the ids of the devices that are there before the plan.

        Returns:
            The steps in the order of the rows.

        Raises:
            IdError: a row names something that is not there; the message begins with the row.
            OptionError: a row is impossible, or the plan is empty or too long.
        """
        found: dict[str, list[PlanRow]] = {}
        ids, last = set(standing), ""
        for number, texts in enumerate(rows, 1):
            if number > limits.PLAN_ROWS_MAX:
                raise OptionError("plan_too_long", f"The plan has more than {limits.PLAN_ROWS_MAX} rows; part it.")
            row = {column: text.strip() for column, text in texts.items() if text and text.strip()}
            step = row.get("step", "")
            where = f"Line {row['line']}" if "line" in row else f"Row {number}"
            where += f" (step {step[:20]})" if step else ""
            try:
                if step != last and step in found:
                    message = f"step {step[:20]!r} comes again; keep the rows of one step together."
                    raise OptionError("plan_step_apart", message, step[:60])
                found.setdefault(step, []).append(self._row(row, ids))
            except (IdError, OptionError) as error:
                raise type(error)(error.code, f"{where}: {error.message}", error.object) from None
            last = step
        if not found:
            raise OptionError("plan_empty", "The plan has no rows; each needs step, switch and action.")
        if len(found) > limits.PLAN_STEPS_MAX:
            raise OptionError("plan_too_long", f"The plan has more than {limits.PLAN_STEPS_MAX} steps; part it.")
        return tuple(PlanStep(name, tuple(of_step)) for name, of_step in found.items())

    def _row(self, row: dict[str, str], ids: set[str]) -> PlanRow:
        for column in NEEDED_COLUMNS:
            if column not in row:
                raise OptionError("plan_row", f"it has no {column}.", column)
        action = row["action"].lower()
        if action not in _ACTIONS:
            allowed = ", ".join(_ACTIONS)
            raise OptionError("plan_action", f"the action is one of {allowed}, not {action[:30]!r}.", action[:30])
        if action in KINDS:
            return self._placed(row, action, ids)
        for column in ("place", "place2", "until"):
            if column in row:
                raise OptionError("plan_row", f"{column} belongs to cut, jumper and source, not to {action}.", column)
        if action == "remove":
            return _removed(row, ids)
        return self._switched(row, opens=action == "open")

    def _placed(self, row: dict[str, str], kind: str, ids: set[str]) -> PlanRow:
        id_ = row["switch"]
        if id_ in ids:
            raise OptionError("device_exists", f"a device {id_[:60]!r} is in place already.", id_[:60])
        texts = [self._place(row.get("place", "")), self._place(row.get("place2", ""))]
        device = self._places.device(id_, kind, texts, row.get("phases", ""), row.get("until"))
        ids.add(id_)
        said = device.as_dict()
        return PlanRow({"device": said.pop("id"), "action": said.pop("kind"), **said, **_notes(row)}, placed=device)

    def _place(self, text: str) -> str:
        """Return a place with the alias in it looked up; `ALIAS/1` is an end of what ALIAS leads to."""
        if self._aliases is None or self._all.has_id(text):
            return text
        if targets := self._aliases.targets(text):
            return targets[0] if len(targets) == 1 else self._network.equipment.id[self._all.one(text)]
        head, slash, tail = text.rpartition("/")
        targets = self._aliases.targets(head) if slash else ()
        return f"{targets[0]}/{tail}" if len(targets) == 1 else text

    def _switched(self, row: dict[str, str], *, opens: bool) -> PlanRow:
        text, table = row["switch"], self._network.equipment
        holders, of_point = self._switches.found(text, self._source)
        if not holders and self._all.holders(text, self._source):
            raise IdError("not_a_switch", f"{text[:60]!r} is no switch.", text[:60])
        e = self._switches.only(text, holders)
        mask = _phases(row.get("phases", "")) or of_point
        pole = self._network.pole
        first, last = np.searchsorted(pole.equipment, [e, e + 1]).tolist()
        missing = mask & ~int(np.bitwise_or.reduce(pole.side1[first:last], initial=0))
        if missing:
            message = f"switch {table.name[e]} has no phase {phase_codes.code_of(missing)}."
            raise OptionError("unknown_phase", message, text[:60])
        said = {"switch": table.id[e], "name": table.name[e], "action": "open" if opens else "close"}
        phases = {"phases": phase_codes.code_of(mask)} if mask else {}
        return PlanRow({**said, **phases, **_notes(row)}, operation=Operation(e, opens, mask))


def situations(network: Network, start: Situation, steps: Iterable[PlanStep]) -> Iterator[Situation]:
    """Yield the situation after each step.

    Args:
        network: the network.
        start: the situation before the plan.
        steps: its steps.
    """
    state, devices = start.state, {device.id: device for device in start.devices}
    for step in steps:
        state = operated(network, state, (row.operation for row in step.rows if row.operation is not None))
        for row in step.rows:
            if row.placed is not None:
                devices[row.placed.id] = row.placed
            if row.removed is not None:
                devices.pop(row.removed, None)  # one that waits for another model does not stand here
        yield Situation(state, tuple(devices.values()))


def needs_phases(network: Network, every: Iterable[Situation]) -> bool:
    """Tell whether one of some situations needs a grid with its phases apart."""
    return any(one.state.per_phase(network) or any(d.per_phase for d in one.devices) for one in every)


def _removed(row: dict[str, str], ids: set[str]) -> PlanRow:
    id_ = row["switch"]
    if id_ not in ids:
        raise IdError("unknown_device", f"no device {id_[:60]!r} is in place there.", id_[:60])
    ids.remove(id_)
    return PlanRow({"device": id_, "action": "remove", **_notes(row)}, removed=id_)


def _notes(row: Mapping[str, str]) -> dict[str, str]:
    return {column: row[column] for column in ("at", "comment") if column in row}


def _phases(code: str) -> int:
    if not code:
        return 0
    mask = phase_codes.mask_of(code)
    if not mask or mask & phase_codes.N:
        raise OptionError("unknown_phase", f"{code[:20]!r} is no phase code such as A, BC or ABC.", code[:20])
    return mask
