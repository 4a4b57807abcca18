"""Switch states as CIM RDF/XML: files of operating states (SSH, SV) and difference models (IEC 61970-552)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from api.feeds.batch import Asked, Batch, batch_of, counted
from cim_models.difference import Difference, read_difference
from cim_models.difference.columns import statements_of
from cim_models.difference.states import STATE_PROPERTIES, SWITCH_PROPERTIES, StateChange, states_of, sv_without_switch
from cim_models.errors import FileError
from cim_models.intake import Document
from cim_models.reader import DifferenceModelError, Reader
from topogroup.engine.state_files import ToldStates, told, told_by

_NAME: Final = "The body"


def read_rdf(data: bytes, asked: Asked) -> Batch:
    """Read a difference model, or a file of operating states.

    A difference is compared with what is known where it has preconditions; a feed makes no version, so that
    Model.Supersedes and what a difference says was there before are not compared.

    Args:
        data: CIM RDF/XML.
        asked: what the address says.

    Returns:
        The batch. Source and sequence are those of the header (modelingAuthoritySet, its id or time of creation)
        where the address does not say them; a difference model is atomic.

    Raises:
        FileError: it cannot be read, holds no switch state, or is a difference that changes something else.
        LimitError: it is too deep or too long.
        OptionError: nobody says its source or sequence.
    """
    document = Document(_NAME, len(data), lambda: io.BytesIO(data), True)
    reader = Reader()
    try:
        reader.read(document)
    except DifferenceModelError:
        difference = read_difference(document)
        _check(difference)
        return _batch(told_by(difference, _NAME), asked, (), whole=True)
    statements = list(statements_of(reader.builder.finish()))
    states = states_of(statements, _NAME)
    lost = ["SvSwitch without switch"] * len(sv_without_switch(statements))
    return _batch(told(reader.builder.files[0], states), asked, [*_others(states), *lost], whole=False)


def _batch(said: ToldStates, asked: Asked, others: Iterable[str], *, whole: bool) -> Batch:
    if not said.operations:
        message = f"{_NAME} holds no switch state (Switch.open, SwitchPhase.closed, SvSwitch.open)."
        raise FileError("no_switch_state", message, "body")
    batch = batch_of(said.operations, said.source, said.number, asked, whole, said.required)
    return replace(batch, ignored=counted(others))


def _others(states: Iterable[StateChange]) -> list[str]:
    """Return what a state file says of terminals and equipment being out: the network is not changed by it here.

    What says that they are in is the rule and left out; thousands of these stand in every file.
    """
    return [
        f"{state.property}=false" for state in states if state.property not in SWITCH_PROPERTIES and not state.value
    ]


def _check(difference: Difference) -> None:
    """Refuse a difference that changes more than switch states, or takes a state away and gives none.

    Raises:
        FileError: naming the line.
    """
    given = {(one.subject, one.predicate) for one in difference.forward}
    switches = {subject for subject, predicate in given if predicate in STATE_PROPERTIES}
    for one in (*difference.forward, *difference.reverse):
        if one.predicate in SWITCH_PROPERTIES:
            if (one.subject, one.predicate) not in given:
                message = f"{difference.place(one)} takes {one.predicate} away and gives no new state; give one."
                raise FileError("state_removed", message, one.subject)
        elif not (one.is_type and one.subject in switches):
            message = (
                f"{difference.place(one)} changes {one.predicate} of {one.subject[:60]}, which is no switch state; "
                "send it to /v1/models as a difference of the model."
            )
            raise FileError("not_a_state", message, one.subject)
