"""States: difference models and files of operating states (SSH, SV) as what they say of switches and equipment.

A feed reports; it makes no new version of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from cim_models.difference.columns import statements_of
from cim_models.difference.model import Difference
from cim_models.difference.reading import read_difference
from cim_models.difference.statement import Statement
from cim_models.errors import FileError
from cim_models.intake import Document
from cim_models.statements import Header

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
    return states_of(read_statements(document)[1], document.name)


def read_statements(document: Document) -> tuple[Header, list[Statement]]:
    """Return the header, and what a difference adds, or what any other document says.

    Raises:
        FileError: the document cannot be read.
    """
    from cim_models.reader import DifferenceModelError, Reader

    reader = Reader()
    try:
        reader.read(document)
    except DifferenceModelError:
        difference = read_difference(document)
        return difference.header, list(difference.forward)
    return reader.builder.files[0], list(statements_of(reader.builder.finish()))


def states_of(statements: Iterable[Statement], name: str) -> list[StateChange]:
    """Return the states among some statements; see `state_changes`.

    Args:
        statements: the statements.
        name: how errors name where they come from.

    Raises:
        FileError: a state is neither true nor false, or two statements on one contradict each other, also two
            SvSwitch of one switch of which no Switch.open is given.
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
    solved: dict[tuple[str, str], bool] = {}
    for state, value in sv:
        key = of_switch.get(state, ""), "Switch.open"
        if key[0] and key not in found and solved.setdefault(key, value) != value:
            message = f"{name}: {key[0]} has SvSwitch.open both true and false; keep one of them."
            raise FileError("bad_state", message, key[0])
    return [StateChange(*key, value) for key, value in (*found.items(), *solved.items())]


def sv_without_switch(statements: Iterable[Statement]) -> list[str]:
    """Return the SvSwitch objects whose state `states_of` leaves out, for they name no switch; ascending by id."""
    of_switch, told = set(), set()
    for one in statements:
        if one.predicate == "SvSwitch.Switch" and one.value:
            of_switch.add(one.subject)
        elif one.predicate == "SvSwitch.open":
            told.add(one.subject)
    return sorted(told - of_switch)


def required_states(difference: Difference) -> list[tuple[str, StateChange]]:
    """Return the preconditions of a difference, each with its place as errors begin.

    Raises:
        FileError: one is about something else than `SWITCH_PROPERTIES`, or is neither true nor false.
    """
    found = []
    for one in difference.preconditions:
        if one.predicate not in SWITCH_PROPERTIES:
            message = (
                f"{difference.place(one)} requires {one.predicate} of {one.subject[:60]}, and a difference of switch "
                "states can require switch states alone (Switch.open, SwitchPhase.closed in an rdf:Description)."
            )
            raise FileError("not_a_state", message, one.subject)
        (state,) = states_of([one], difference.place(one))
        found.append((difference.place(one), state))
    return found


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
        phases: switch and phase code of each SwitchPhase; one that is not in it stands for itself, so that whoever
            takes the operations looks it up among the points of the model, or says that it is unknown.
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
