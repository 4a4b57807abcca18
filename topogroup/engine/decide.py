"""Decide: one command on one view makes one step; pure, so that a log can be decided again."""

from __future__ import annotations

from datetime import datetime

from topogroup.engine import activation, grouping, placing, switching
from topogroup.engine.commands import (
    ActivateModel,
    ChangeGroup,
    Command,
    CreateGroup,
    CreateTemplate,
    DeleteGroup,
    DeleteTemplate,
    PlaceDevice,
    RemoveDevice,
    Switching,
)
from topogroup.engine.step import Step
from topogroup.engine.view import View


def decide(view: View, command: Command, at: datetime) -> Step:  # noqa: PLR0911 - one for each kind of command
    """Decide a command.

    Args:
        view: the committed view; it is not changed.
        command: what is to be done.
        at: now, in UTC.

    Returns:
        What it does.

    Raises:
        TopogroupError: it is refused; nothing happens.
    """
    match command:
        case Switching():
            return switching.decide_switching(view, command, at)
        case CreateGroup():
            return grouping.decide_create_group(view, command, at)
        case ChangeGroup():
            return grouping.decide_change_group(view, command, at)
        case DeleteGroup():
            return grouping.decide_delete_group(view, command, at)
        case CreateTemplate():
            return grouping.decide_create_template(view, command, at)
        case DeleteTemplate():
            return grouping.decide_delete_template(view, command, at)
        case ActivateModel():
            return activation.decide_activation(view, command, at)
        case PlaceDevice():
            return placing.decide_place(view, command, at)
        case RemoveDevice():
            return placing.decide_remove(view, command, at)
        case _:
            raise TypeError(f"no such command: {command!r}")
