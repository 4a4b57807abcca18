"""Random commands, restarts and failing commits: members are always what the oracle says of the committed switches."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cim_models.errors import BatchError, ConflictError, IdError, JournalError
from cim_models.phase_codes import ABC, code_of
from tests.engine.made import Running, small_models
from tests.engine.same import check_restart_and_replay, told
from tests.engine.test_restart import Failing
from tests.oracle import OracleModel
from topogroup.engine.commands import (
    ChangeGroup,
    CreateGroup,
    CreateTemplate,
    DeleteGroup,
    DeleteTemplate,
    PlaceDevice,
    RemoveDevice,
    RequestKey,
)
from topogroup.groups.criteria import parse_criteria
from topogroup.groups.definition import RuleDefinition, StaticDefinition
from topogroup.groups.policies import Policies
from topogroup.groups.template import parse_template

SWITCHES = ("F1", "F2", "F3", "TIE")
POLES = ("", ":A", ":B", ":C", ":AB")
OPERATIONS = st.lists(
    st.builds(lambda sign, switch, poles: f"{sign}{switch}{poles}", st.sampled_from("+-"), st.sampled_from(SWITCHES),
              st.sampled_from(POLES)),
    min_size=1, max_size=4,
)  # fmt: skip
TEMPLATES = ("feeder", "substation", "feeder,kind", "section", "kind", "substation,feeder")
DERS = ("PV1", "PV2", "PV3", "B1")
DEVICES = ("L1", "L2", "J")
"""Temporary devices by id: cuts of lines, and a jumper beside the tie."""
PLURAL = {"feeder": "feeders", "substation": "substations"}

RULES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "kind = 'pv'": lambda der: der["kind"] == "pv",
    "substation = 'S1' AND NOT paralleled": lambda der: (
        "S1" in _on(der, "substations") and not der["current"]["paralleled"]
    ),
    "normal_substation = 'S1' AND substation <> 'S1'": lambda der: (
        "S1" in _on(der, "substations", "normal") and "S1" not in _on(der, "substations")
    ),
    "NOT supplied": lambda der: not _supplied(der),
    "feeder IS NOT NULL OR mrid = 'B1'": lambda der: bool(_on(der, "feeders")) or der["mrid"] == "B1",
    "energisation = 'partially_energised'": lambda der: der["current"]["energisation"] == "partially_energised",
}
"""Criteria, and plainly what they mean."""
BEHIND = {f"downstream('{place}')": place for place in ("F1", "F2", "TIE")}
"""Criteria that name a switch: who hangs behind it is asked of the oracle."""


class EngineMachine(RuleBasedStateMachine):
    """The engine beside a plain record of what was committed: open poles, listed members, model, templates."""

    def __init__(self) -> None:
        """Start an engine on an empty journal that can fail."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.models = small_models()
        self.oracles = {name: OracleModel.from_xml(xml) for name, xml in self.models.xml.items()}
        self.running = Running(self.folder, self.models, Failing(self.folder / "journal.sqlite"))
        self.model = ""
        self.poles: dict[str, set[str]] = {}
        self.listed: dict[str, set[str]] = {}
        self.criteria: dict[str, tuple[str, bool]] = {}
        self.templates: set[str] = set()
        self.devices: dict[str, tuple[str, set[str]]] = {}
        self.sequence = 0

    def teardown(self) -> None:
        """Restart and replay once more, then clean up."""
        check_restart_and_replay(self.running)
        self.running.close()
        shutil.rmtree(self.folder)

    @initialize(model=st.sampled_from(("first", "second")))
    def begin(self, model: str) -> None:
        """Every run has a model and groups."""
        self.activate(model)
        self.make_template("feeder,kind")

    @rule(model=st.sampled_from(("first", "second")))
    def activate(self, model: str) -> None:
        """Make a model active; reports of switches that it does not have wait for one that has them."""
        self.running.activate(model)
        self.model = model

    @rule(words=OPERATIONS, atomic=st.booleans(), fails=st.sampled_from((None, None, None, "before", "after")))
    def switch(self, words: list[str], atomic: bool, fails: str | None) -> None:
        """Send a batch until it is answered; a failing commit must not lose or double it."""
        self.sequence += 1
        journal = self.running.journal
        assert isinstance(journal, Failing)
        journal.fails = fails
        view = told(self.running.engine.view)
        unknown = any(word[1:].startswith("F3") for word in words) and self.model == "first"
        if atomic and unknown:
            with pytest.raises(BatchError):
                self.running.switch(*words, sequence=self.sequence, atomic=True)
            journal.fails = None
            assert told(self.running.engine.view) == view
            return
        if fails is not None:
            with pytest.raises(JournalError):
                self.running.switch(*words, sequence=self.sequence, atomic=atomic)
            assert told(self.running.engine.view) == view
        answer = self.running.switch(*words, sequence=self.sequence, atomic=atomic)
        assert answer.repeated is (fails == "after")
        again = self.running.switch(*words, sequence=self.sequence, atomic=atomic)
        assert again.repeated and again.body == answer.body
        for word in words:
            switch, _, phases = word[1:].partition(":")
            if switch == "F3" and self.model == "first":
                continue
            known = self.poles.setdefault(switch, set("ABC") if switch == "TIE" else set())
            known.update(phases or "ABC") if word[0] == "-" else known.difference_update(phases or "ABC")

    @rule(
        id_=st.sampled_from(DEVICES),
        phases=st.sampled_from(("", "", "A", "BC")),
        fails=st.sampled_from((None, None, "before", "after")),
    )
    def place_or_remove(self, id_: str, phases: str, fails: str | None) -> None:
        """Put a device in place, or take it away where it is; a failing commit must not lose or double it."""
        self.sequence += 1
        journal = self.running.journal
        assert isinstance(journal, Failing)
        request = RequestKey("crew", str(self.sequence), id_)
        place = ("n.f1b", "TIE/2") if id_ == "J" else (id_,)
        command: PlaceDevice | RemoveDevice = RemoveDevice(id_, request)
        if id_ not in self.devices:
            command = PlaceDevice(id_, "jumper" if id_ == "J" else "cut", place, phases, None, request)
        journal.fails = fails
        if fails is not None:
            with pytest.raises(JournalError):
                self.running.does(command)
        assert self.running.does(command).repeated is (fails == "after")
        if self.devices.pop(id_, None) is None:
            self.devices[id_] = ("TIE" if id_ == "J" else f"F{id_[1:]}"), set(phases or "ABC")

    @rule(by=st.sampled_from(TEMPLATES))
    def make_template(self, by: str) -> None:
        """Make a template, or be told that it is there."""
        if by in self.templates:
            with pytest.raises(ConflictError):
                self.running.does(CreateTemplate(parse_template(by)))
        else:
            self.running.template(by)
            self.templates.add(by)

    @precondition(lambda self: self.templates)
    @rule(data=st.data())
    def end_template(self, data: st.DataObject) -> None:
        """End a template."""
        by = data.draw(st.sampled_from(sorted(self.templates)))
        known = self.running.engine.view.templates
        (mrid,) = [mrid for mrid, record in known.items() if str(record.template) == by]
        self.running.does(DeleteTemplate(mrid))
        self.templates.remove(by)

    @rule(name=st.sampled_from(("a", "b")), members=st.sets(st.sampled_from(DERS)))
    def list_members(self, name: str, members: set[str]) -> None:
        """Make or change a group by list; DER that no model had yet are refused."""
        definition = StaticDefinition(tuple(members))
        command = ChangeGroup(name, name, definition) if name in self.listed else CreateGroup(name, definition, name)
        in_model = {"first": {"PV1", "PV2", "B1"}, "second": {"PV1", "PV2", "PV3"}}[self.model]
        waiting = {member for listed in self.listed.values() for member in listed}
        if members <= in_model | waiting:
            self.running.does(command)
            self.listed[name] = members
        else:
            with pytest.raises(IdError, match="names no DER"):
                self.running.does(command)

    @rule(name=st.sampled_from(("r1", "r2")), text=st.sampled_from([*sorted(RULES), *BEHIND]), stays=st.booleans())
    def set_criteria(self, name: str, text: str, stays: bool) -> None:
        """Make or change a group by criteria."""
        definition = RuleDefinition(parse_criteria(text), Policies(without_supply="stay" if stays else "leave"))
        command = ChangeGroup(name, name, definition) if name in self.criteria else CreateGroup(name, definition, name)
        self.running.does(command)
        self.criteria[name] = text, stays

    @precondition(lambda self: self.criteria)
    @rule(data=st.data())
    def end_rule(self, data: st.DataObject) -> None:
        """End a group by criteria."""
        name = data.draw(st.sampled_from(sorted(self.criteria)))
        self.running.does(DeleteGroup(name))
        del self.criteria[name]

    @precondition(lambda self: self.listed)
    @rule(data=st.data())
    def end_group(self, data: st.DataObject) -> None:
        """End a group by list."""
        name = data.draw(st.sampled_from(sorted(self.listed)))
        self.running.does(DeleteGroup(name))
        del self.listed[name]

    @rule()
    def restart(self) -> None:
        """End the engine, start another one."""
        before = told(self.running.engine.view)
        self.running.restart(Failing(self.folder / "journal.sqlite"))
        assert told(self.running.engine.view) == before

    def _with_devices(self, poles: dict[str, set[str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the open and the closed poles that have the effect of some open poles and the devices in place."""
        known = {switch: set(phases) for switch, phases in poles.items() if self.model == "second" or switch != "F3"}
        for id_, (switch, phases) in self.devices.items():
            # to DER a cut of the line behind a breaker is the breaker open, a jumper beside the tie the tie closed
            open_poles = known.setdefault(switch, set("ABC") if switch == "TIE" else set())
            known[switch] = open_poles - phases if id_ == "J" else open_poles | phases
        opened = [(switch, pole) for switch, phases in known.items() for pole in sorted(phases)]
        closed = [(switch, pole) for switch, phases in known.items() for pole in sorted(set("ABC") - phases)]
        return opened, closed

    def _attached(self, opened: list[tuple[str, str]], closed: list[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        """Return what the oracle says of all DER of the active model."""
        return self.oracles[self.model].attach(opened=opened, closed=closed)

    @invariant()
    def members_are_what_the_oracle_says(self) -> None:
        """For groups by feeder, substation and kind; listed groups hold those that the model has."""
        if not self.model:
            return
        oracle = self._attached(*self._with_devices(self.poles))
        view = self.running.engine.view
        for record in view.groups.values():
            members = {member["mrid"] for member in view.members(record)}
            if record.kind == "rule":
                text, stays = self.criteria[record.group.mrid]
                settled = stays or "supplied" in text or "energisation" in text
                met = {mrid for mrid, der in oracle.items() if text in RULES and RULES[text]({"mrid": mrid, **der})}
                if text not in RULES:
                    met = self._behind(BEHIND[text])
                assert members == {mrid for mrid in met if settled or _supplied(oracle[mrid])}, text
                continue
            if record.definition is not None:
                assert members == self.listed[record.group.mrid] & oracle.keys()
                continue
            key = {dimension: item.mrid for dimension, item in record.group.key.items()}
            if "section" not in key:
                assert members == {mrid for mrid, der in oracle.items() if _belongs(der, key)}, record.group.name
        assert {str(record.template) for record in view.templates.values()} == self.templates

    def _behind(self, place: str) -> set[str]:
        """Return the DER that are live on some phase with a switch closed and not with it open, devices in place."""
        lives = []
        for is_open in (False, True):
            known = {**self.poles, place: set("ABC") if is_open else set()}
            opened, closed = self._with_devices(known)
            lives.append({mrid: _live(der) for mrid, der in self._attached(opened, closed).items()})
        return {mrid for mrid, phases in lives[0].items() if phases - lives[1][mrid]}

    @invariant()
    def each_pole_is_as_reported(self) -> None:
        """What was reported last, pole by pole; else what the model says."""
        view = self.running.engine.view
        if view.model is None or view.state is None:
            return
        network = view.model.network
        for pole, equipment in enumerate(network.pole.equipment.tolist()):
            switch = network.equipment.id[equipment]
            expected = self.poles.get(switch, set("ABC") if switch == "TIE" else set())
            assert set(code_of(int(view.state.open[pole]) & ABC)) == expected, switch

    @invariant()
    def a_receiver_ends_where_the_engine_is(self) -> None:
        """Events applied from the first on give all members and versions; nothing is told twice or skipped."""
        known: dict[str, tuple[str, set[str]]] = {}
        sequences: dict[str, int] = {}
        for event in self.running.events():
            mrid = event["group"]["mrid"]
            assert event["sequence"] == sequences.get(mrid, 0) + 1
            sequences[mrid] = event["sequence"]
            joined, left = ({member["mrid"] for member in event[word]} for word in ("joined", "left"))
            version, members = known.get(mrid, (None, set()))
            assert event["previous_version"] == version and left <= members and not joined & members
            assert (event["verb"] == "created") is (version is None)
            known[mrid] = event["version"], (members - left) | joined
            if event["verb"] == "deleted":
                assert known.pop(mrid)[1] == set()
        view = self.running.engine.view
        assert known == {
            mrid: (str(record.version), {member["mrid"] for member in view.members(record)})
            for mrid, record in view.groups.items()
        }


def _belongs(der: dict[str, Any], key: dict[str, str]) -> bool:
    """Tell by the oracle whether a DER belongs to a group: supplied, of the kind, on the objects."""
    if der["current"]["energisation"] not in ("energised", "partially_energised"):
        return False
    for dimension, mrid in key.items():
        if dimension == "kind":
            if der["kind"] != mrid:
                return False
            continue
        now, normal = (set(map(_mrid, der[state][PLURAL[dimension]])) for state in ("current", "normal"))
        if mrid not in (now & normal or now if len(now) > 1 else now):
            return False
    return True


def _supplied(der: dict[str, Any]) -> bool:
    return der["current"]["energisation"] in ("energised", "partially_energised")


def _live(der: dict[str, Any]) -> set[str]:
    """Return the phases of a DER that have supply from the grid."""
    return {phase for phase, now in der["current"]["by_phase"].items() if _supplied({"current": now})}


def _on(der: dict[str, Any], column: str, state: str = "current") -> set[str]:
    return set(map(_mrid, der[state][column]))


def _mrid(item: Any) -> str:  # noqa: ANN401 - what the oracle says
    return item if isinstance(item, str) else str(item["mrid"])


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=max(12, settings.default.max_examples // 6),  # type: ignore[union-attr]
    stateful_step_count=20,
)
