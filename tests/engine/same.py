"""Two views are one: everything that a restart or a replay must bring back."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.made import Running
from topogroup.engine.replay import differences, replayed
from topogroup.engine.view import View


def told(view: View) -> dict[str, Any]:
    """Return all that a view says, in plain values."""
    model = view.model
    return {
        "generation": view.generation,
        "revision": view.revision,
        "at": view.at,
        "last_event": view.last_event,
        "keys": (view.next_group_key, view.next_equipment_key),
        "gone": dict(view.gone),
        "model": None if model is None else (model.id, model.name, model.network.equipment.key.tolist()),
        "open": None if view.state is None else view.state.open.tolist(),
        "conflict": None if view.state is None else view.state.conflict.tolist(),
        "reports": dict(view.reports),
        "devices": dict(view.devices),
        "graves": dict(view.graves),
        "templates": {m: (t.template, t.created_revision) for m, t in view.templates.items()},
        "groups": {
            mrid: (g.key, g.group, g.definition, g.template, g.version, g.sequence, g.created_revision)
            for mrid, g in view.groups.items()
        },
        "members": {mrid: g.members.tolist() for mrid, g in view.groups.items()},
    }


def check_restart_and_replay(running: Running) -> None:
    """Require that a restart and the whole log lead to the view that was published."""
    before = told(running.engine.view)
    events = running.events()
    running.restart()
    assert told(running.engine.view) == before
    assert running.events() == events
    again = replayed(running.journal.all_log(), running.models, 1)
    assert told(again) == before and differences(running.engine.view, again) == []
    assert running.journal.broken_chain() is None
    current, other = running.engine.view.current, again.current
    if current is not None and other is not None:
        assert np.array_equal(current.energisation, other.energisation)
