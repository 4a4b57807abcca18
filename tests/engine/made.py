"""An engine over a temporary journal, a clock that ticks by seconds, and small networks by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cim_models import load_text
from topogroup.engine.commands import (
    ActivateModel,
    Answer,
    Command,
    CreateTemplate,
    RequestKey,
    Switching,
    SwitchOperation,
)
from topogroup.engine.engine import Engine
from topogroup.engine.model import ActiveModel, prepared
from topogroup.groups.template import parse_template
from topogroup.iec61968.rendering import MessageRenderer
from topogroup.journal.port import Journal
from topogroup.journal.sqlite import SqliteJournal
from topogroup.testing import NetworkBuilder


class Models:
    """Satisfies `ModelSource`: networks by name, read from text."""

    def __init__(self, builders: Mapping[str, NetworkBuilder]) -> None:
        """Keep the texts."""
        self.xml = {name: builder.to_xml() for name, builder in builders.items()}

    def prepared(self, id_: str, *, per_phase: bool = False) -> ActiveModel:
        """Return a model, freshly read."""
        return prepared(load_text(self.xml[id_]), id_, id_, per_phase=per_phase)


class Clock:
    """Time that only a test moves: a second at each look."""

    def __init__(self) -> None:
        """Begin at the start of 2026."""
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return a later time than before."""
        self.now += timedelta(seconds=1)
        return self.now


class Running:
    """An engine that can be started again on its journal."""

    def __init__(self, folder: Path, models: Models, journal: Journal | None = None) -> None:
        """Start."""
        self._folder, self.models, self.clock = folder, models, Clock()
        self.journal: Journal = journal or SqliteJournal(folder / "journal.sqlite")
        self._seen = 0
        self._start()

    def _start(self) -> None:
        self.engine = Engine(self.journal, self.models, MessageRenderer("topogroup"), self.clock)
        self.engine.start()

    def restart(self, journal: Journal | None = None) -> None:
        """End the engine and start another one on the same file."""
        self.close()
        self.journal = journal or SqliteJournal(self._folder / "journal.sqlite")
        self._start()

    def close(self) -> None:
        """End."""
        self.engine.stop()
        self.journal.close()

    def does(self, command: Command) -> Answer:
        """Carry out a command."""
        return self.engine.execute(command, 60)

    def activate(self, name: str) -> Answer:
        """Make a model active."""
        return self.does(ActivateModel(self.models.prepared(name)))

    def template(self, by: str) -> Answer:
        """Make a template."""
        return self.does(CreateTemplate(parse_template(by)))

    def switch(self, *words: str, sequence: int | None = None, atomic: bool = False) -> Answer:
        """Open (`-F1`, `-F1:A`) and close (`+TIE`) switches in one batch."""
        request = None if sequence is None else RequestKey("dms", str(sequence), "|".join(words))
        return self.does(Switching(tuple(operation(word) for word in words), atomic, request))

    def events(self) -> list[dict[str, Any]]:
        """Return the documents of all events."""
        stored = self.journal.events(1, 0, 1000)
        assert [event.n for event in stored] == list(range(1, len(stored) + 1))
        return [json.loads(event.document) for event in stored]

    def new_events(self) -> list[str]:
        """Return the events since the last look, each in one line."""
        events = self.events()[self._seen :]
        self._seen += len(events)
        return [line(event) for event in events]

    def members(self) -> dict[str, set[str]]:
        """Return the members of all groups by the group's name."""
        view = self.engine.view
        return {g.group.name: {m["name"] for m in view.members(g)} for g in view.groups.values()}


def operation(word: str) -> SwitchOperation:
    """Return the operation that a word such as `-F1:A` stands for."""
    switch, _, phases = word[1:].partition(":")
    return SwitchOperation(switch, word[0] == "-", phases)


def line(event: dict[str, Any]) -> str:
    """Return an event in one line: revision verb group version +joined(reason) -left(reason)."""
    words = [f"r{event['revision']}", event["verb"], event["group"]["name"], event["version"]]
    words += [f"+{member['name']}({member['reason']})" for member in event["joined"]]
    words += [f"-{member['name']}({member['reason']})" for member in event["left"]]
    return " ".join(words)


def two_substations() -> NetworkBuilder:
    """bus1--F1--L1--PV1,B1 --(TIE open)-- PV2--L2--F2--bus2; T1 in S1 feeds bus1, T2 in S2 feeds bus2."""
    b = NetworkBuilder().energy_source("grid", "hv", 110_000)
    for n in (1, 2):
        b.substation(f"S{n}")
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)], container=f"S{n}")
        b.busbar(f"BB{n}", f"bus{n}")
        b.breaker(f"F{n}", f"bus{n}", f"f{n}a").line(f"L{n}", f"f{n}a", f"f{n}b").pv(f"PV{n}", f"f{n}b")
    return b.battery("B1", "f1b").load_break_switch("TIE", "f1b", "f2b", open=True)


def another_version() -> NetworkBuilder:
    """The same network later: B1 is gone, PV3 has come, PV2 hangs on a third feeder."""
    b = NetworkBuilder().energy_source("grid", "hv", 110_000)
    for n in (1, 2):
        b.substation(f"S{n}")
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)], container=f"S{n}")
        b.busbar(f"BB{n}", f"bus{n}")
        b.breaker(f"F{n}", f"bus{n}", f"f{n}a").line(f"L{n}", f"f{n}a", f"f{n}b")
    b.breaker("F3", "bus2", "f3a").line("L3", "f3a", "f3b").pv("PV2", "f3b")
    return b.pv("PV1", "f1b").pv("PV3", "f2b").load_break_switch("TIE", "f1b", "f2b", open=True)


def small_models() -> Models:
    """Return the two versions of the small network."""
    return Models({"first": two_substations(), "second": another_version()})
