"""States: difference models and files of operating states (SSH, SV) as what they say of switches and equipment.

A feed reports; it makes no new version of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from cim_models import phase_codes
from cim_models.difference.columns import statements_in, statements_of
from cim_models.difference.model import Difference
from cim_models.difference.reading import read_difference
from cim_models.difference.statement import Statement
from cim_models.errors import FileError
from cim_models.intake import Document

STATE_PROPERTIES: Final = frozenset(
    {
        "Switch.open",
        "SwitchPhase.closed",
        "ACDCTerminal.connected",
        "Terminal.connected",
        "Equipment.inService",
        "SvSwitch.open",
    }
)
"""Properties that change while the network is operated and that decide what is connected."""

SWITCH_PROPERTIES: Final = frozenset({"Switch.open", "SwitchPhase.closed"})
"""Those of them that reports to the service can carry."""

_TRUTH: Final = {"true": True, "false": False, "1": True, "0": False}


class StateChange(NamedTuple):
    """One state: object id (canonical), property, and its value."""

    object: str
    property: str
    value: bool


class SwitchState(NamedTuple):
    """One state of a switch, as switching takes it; no phases = all."""

    switch: str
    open: bool
    phases: str = ""


def state_changes(document: Document) -> list[StateChange]:
    """Return what a document says of states.

    Args:
        document: a difference model, or CIM RDF/XML with states, such as a file of the profile SSH or SV.

    Returns:
        The states that it gives, each object and property once; `SvSwitch.open` as `Switch.open` of its switch, a
        value of SSH before one of SV. Everything else that the document says is left out; whether a difference says
        something else, `touches_states_only` tells.

    Raises:
        FileError: as `read_difference` and the reader of models; a state is neither true nor false.
        LimitError: as these.
    """
    return states_of(read_statements(document), document.name)


def read_statements(document: Document) -> list[Statement]:
    """Return what a difference adds, or what any other document says.

    Raises:
        FileError: the document cannot be read.
    """
    from cim_models.reader import DifferenceModelError, Reader

    reader = Reader()
    try:
        reader.read(document)
    except DifferenceModelError:
        return list(read_difference(document).forward)
    return list(statements_of(reader.builder.finish()))


def states_of(statements: Iterable[Statement], name: str) -> list[StateChange]:
    """Return the states among some statements; see `state_changes`.

    Args:
        statements: the statements.
        name: how errors name where they come from.

    Raises:
        FileError: a state is neither true nor false, or two statements on one contradict each other.
    """
    found: dict[tuple[str, str], bool] = {}
    of_switch: dict[str, str] = {}
    sv: list[tuple[str, bool]] = []
    for one in statements:
        if one.predicate == "SvSwitch.Switch":
            of_switch[one.subject] = one.value
        if one.predicate not in STATE_PROPERTIES:
            continue
        value = _TRUTH.get(one.value.strip().lower())
        if value is None:
            message = f"{name}: {one.subject} has {one.predicate} {one.value[:40]!r}, which is neither true nor false."
            raise FileError("bad_state", message, one.subject)
        if one.predicate == "SvSwitch.open":
            sv.append((one.subject, value))
        elif found.setdefault((one.subject, one.predicate), value) != value:
            message = f"{name}: {one.subject} has {one.predicate} both true and false; keep one of them."
            raise FileError("bad_state", message, one.subject)
    for state, value in sv:
        if state in of_switch:
            found.setdefault((of_switch[state], "Switch.open"), value)
    return [StateChange(*key, value) for key, value in found.items()]


def touches_states_only(difference: Difference) -> bool:
    """Tell whether a difference changes states of switches that reports can carry, and nothing else of a model."""
    return (
        not difference.is_empty
        and all(statement.predicate in SWITCH_PROPERTIES for statement in (*difference.forward, *difference.reverse))
        and {s[:2] for s in difference.reverse} <= {s[:2] for s in difference.forward}
    )


def switch_states(changes: Iterable[StateChange], phases: Mapping[str, tuple[str, str]]) -> list[SwitchState]:
    """Return states as operations of switches: whole switches first, then single poles, which say more.

    Args:
        changes: the states; those of terminals and equipment are left out.
        phases: switch and phase code of each SwitchPhase, from `phases_of_switches`; one that is not in it stands for
            itself, so that whoever takes the operations says that it is unknown.
    """
    whole: list[SwitchState] = []
    poles: list[SwitchState] = []
    for change in changes:
        if change.property == "Switch.open":
            whole.append(SwitchState(change.object, change.value))
        elif change.property == "SwitchPhase.closed":
            switch, phase = phases.get(change.object, (change.object, ""))
            poles.append(SwitchState(switch, not change.value, phase))
    return [*whole, *poles]


def phases_of_switches(nquads: Path) -> dict[str, tuple[str, str]]:
    """Return switch and phase code (of side 1) of each SwitchPhase of a model.

    Args:
        nquads: the statements of the model.

    Raises:
        SnapshotError: they cannot be read.
    """
    switch: dict[str, str] = {}
    phase: dict[str, str] = {}
    for one in statements_in(nquads, "#SwitchPhase."):
        if one.predicate == "SwitchPhase.Switch":
            switch[one.subject] = one.value
        elif one.predicate == "SwitchPhase.phaseSide1":
            phase[one.subject] = phase_codes.code_of(phase_codes.mask_of(one.value) or 0)
    return {part: (of, phase.get(part, "")) for part, of in switch.items()}
