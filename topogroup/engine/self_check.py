"""The self-check: what was led on from operation to operation, held against a full recompute, all the time.

It runs beside the engine on a thread of its own, on immutable views, for a small share of one core. Where both differ,
nothing more is taken or sent: rather no membership than a wrong one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, thread_time
from typing import Final, Literal

import numpy as np
import structlog

from topogroup.engine.engine import Engine
from topogroup.engine.view import View
from topogroup.groups.definition import RuleDefinition
from topogroup.groups.membership import membership
from topogroup.groups.rule import rule_members
from topogroup.topology.answers.view import StateView
from topogroup.topology.questions.behind import Behind
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.supplying.attachment import attachments
from topogroup.topology.supplying.comparison import changed_ders

SHARE: Final = 0.02
"""Part of one core that checks may take."""

SETTLE_S: Final = 1.0
"""Between two looks at whether there is a new revision to check."""

_SHOWN: Final = 3
"""DER or groups named in the alarm."""

_log = structlog.get_logger("self_check")


@dataclass(frozen=True, slots=True)
class Checked:
    """What checks found so far.

    Attributes:
        state: `none` as long as nothing was checked, `agrees`, or `differs`.
        revision: the revision that was checked last.
        count: number of checks.
    """

    state: Literal["none", "agrees", "differs"] = "none"
    revision: int = 0
    count: int = 0


class SelfCheck:
    """Checks the newest view again and again."""

    def __init__(self, engine: Engine, on_alarm: Callable[[], None] = lambda: None) -> None:
        """Keep what is checked.

        Args:
            engine: the engine; it is stopped for good where a check finds a difference.
            on_alarm: called once after that.
        """
        self._engine, self._on_alarm = engine, on_alarm
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="self-check", daemon=True)
        self.checked = Checked()

    def start(self) -> None:
        """Check from now on."""
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Check no more; a check under way ends with the process."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def check(self) -> bool:
        """Check the newest view now, unless it was checked; return whether all is well."""
        view = self._engine.view
        if view.traced is None or self.checked.revision == view.revision or self.checked.state == "differs":
            return self.checked.state != "differs"
        began = monotonic()
        difference = difference_to_full(view)
        state: Literal["agrees", "differs"] = "agrees" if difference is None else "differs"
        self.checked = Checked(state, view.revision, self.checked.count + 1)
        if difference is None:
            _log.debug("agrees", revision=view.revision, seconds=round(monotonic() - began, 3))
            return True
        self._engine.fail(
            f"At revision {view.revision} {difference}. Nothing more is taken or sent; start the service again, which "
            "computes everything anew and tells what differs, and report this fault."
        )
        self._on_alarm()
        return False

    def _run(self) -> None:
        pause = SETTLE_S
        while not self._ended.wait(pause):
            began = thread_time()
            try:
                if not self.check():
                    return
            except Exception:  # noqa: BLE001 - a check that cannot be made must be known, and must not stop the service
                _log.exception("self_check_failed")
            pause = max(SETTLE_S, (thread_time() - began) / SHARE)


def difference_to_full(view: View) -> str | None:
    """Compare a view with what a full recompute of its state says.

    Args:
        view: the view; from any thread.

    Returns:
        The first difference as the middle of a sentence, None where there is none.
    """
    model, traced = view.model, view.traced
    if model is None or traced is None:
        return None
    snapshot = traced.snapshot
    full = attachments(snapshot.grid, model.rows, snapshot.state)
    other = changed_ders(model.rows, snapshot.attachments, full)
    names = model.normal_view.der_names
    if other.size:
        named = ", ".join(names[at] for at in other[:_SHOWN].tolist())
        return f"{other.size} DER hang elsewhere by a full recompute than by the incremental one: {named}"
    behind = Behind(KnownState(snapshot.grid, model.rows, snapshot.state, full), model.equipment)
    state = StateView(model.grid, model.rows, full, model.tables, behind), model.normal_view
    wrong = []
    for record in view.templates.values():
        now = membership(record.template, state)
        found = {now.group(number).mrid: now.members(number) for number in range(len(now))}
        for mrid, group in view.groups.items():
            if group.template == record.mrid and not np.array_equal(group.members, found.get(mrid, np.empty(0))):
                wrong.append(group.group.name)
    for group in view.groups.values():
        if isinstance(group.definition, RuleDefinition) and not np.array_equal(
            group.members, rule_members(group.definition, state)
        ):
            wrong.append(group.group.name)
    if wrong:
        return f"{len(wrong)} groups have other members by a full recompute: {', '.join(wrong[:_SHOWN])}"
    return None
