"""Switch operations: exactly these events, messages and answers, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from cim_models.errors import BatchError, BusyError, ConflictError
from tests.engine.made import Running, operation, small_models
from topogroup.engine.commands import RequestKey, Switching, SwitchOperation
from topogroup.engine.engine import Engine
from topogroup.iec61968.rendering import MessageRenderer


def report(running: Running, **said: object) -> dict[str, object]:
    """Send one report of F1 and return the answer."""
    words: dict[str, object] = {"switch": "F1", "open": True, **said}
    return running.does(Switching((SwitchOperation(**words),))).body  # type: ignore[arg-type]


def test_lost_supply_tie_and_back(running: Running) -> None:
    """F1 opens, the tie carries its DER, F1 and the tie go back in one batch."""
    running.switch("-F1")
    assert running.new_events() == ["r3 executed F1 1.1.0 -B1(lost_supply) -PV1(lost_supply)"]
    running.switch("+TIE")
    assert running.new_events() == ["r4 changed F2 1.1.0 +B1(supply_restored) +PV1(supply_restored)"]
    running.switch("+F1", "-TIE")
    assert running.new_events() == [
        "r5 changed F1 1.2.0 +B1(moved) +PV1(moved)",
        "r5 executed F2 1.2.0 -B1(moved) -PV1(moved)",
    ]


def test_one_batch_gives_one_net_change(running: Running) -> None:
    """Moved over the tie in one batch: no DER is without a group in between; there and back is nothing at all."""
    running.switch("-F1", "+TIE")
    assert running.new_events() == [
        "r3 executed F1 1.1.0 -B1(moved) -PV1(moved)",
        "r3 changed F2 1.1.0 +B1(moved) +PV1(moved)",
    ]
    body = running.switch("+F1", "-TIE", "-F1", "+TIE").body
    assert body == {
        "revision": 4, "applied": 4, "unchanged": 0, "rejected": [], "ders_changed": 0, "groups": []
    }  # fmt: skip
    assert running.new_events() == []


def test_the_answer_counts_what_happened(running: Running) -> None:
    """Every key of the contract."""
    body = running.switch("-F1", "-F1", "+F2").body
    (group,) = body.pop("groups")
    assert body == {"revision": 3, "applied": 1, "unchanged": 2, "rejected": [], "ders_changed": 2}
    assert group["mrid"] in running.engine.view.groups
    assert {**group, "mrid": ""} == {"mrid": "", "name": "F1", "version": "1.1.0", "joined": 0, "left": 2}


def test_good_items_are_applied_and_bad_ones_listed(running: Running) -> None:
    """Each bad item with its place, its code and a sentence."""
    body = running.switch("-nobody", "-F1", "-T1", "-F1:X").body
    assert [(bad["index"], bad["switch"], bad["code"]) for bad in body["rejected"]] == [
        (0, "nobody", "unknown"), (2, "T1", "not_a_switch"), (3, "F1", "unknown_phase"),
    ]  # fmt: skip
    assert all(bad["message"].endswith(".") for bad in body["rejected"]) and body["applied"] == 1
    assert running.new_events() == ["r3 executed F1 1.1.0 -B1(lost_supply) -PV1(lost_supply)"]


def test_an_atomic_batch_with_a_bad_item_does_nothing_and_may_be_mended(running: Running) -> None:
    """Neither a revision nor its number is used up."""
    with pytest.raises(BatchError) as refused:
        running.switch("-F1", "-nobody", sequence=7, atomic=True)
    assert [bad["code"] for bad in refused.value.rejected] == ["unknown"]
    assert running.engine.view.revision == 2 and running.new_events() == []
    assert running.switch("-F1", sequence=7, atomic=True).revision == 3


def test_the_same_batch_again_gets_the_first_answer(running: Running) -> None:
    """Also after a restart; another content under the same number is refused."""
    first = running.switch("-F1", sequence=1)
    running.switch("+F1", sequence=2)
    told = running.events()
    for _ in range(2):
        again = running.switch("-F1", sequence=1)
        assert (again.body, again.revision, again.repeated) == (first.body, 3, True)
        with pytest.raises(ConflictError) as refused:
            running.switch("-F2", sequence=1)
        assert refused.value.code == "sequence_used"
        assert running.engine.view.revision == 4 and running.events() == told
        running.restart()


def test_a_late_report_is_stale_and_one_from_the_future_refused(running: Running) -> None:
    """By the sender's clock; five minutes ahead are let through."""
    noon = running.clock.now + timedelta(seconds=60)
    assert report(running, at=noon)["applied"] == 1
    late = report(running, open=False, at=noon - timedelta(seconds=1))
    assert [bad["code"] for bad in late["rejected"]] == ["stale"]  # type: ignore[attr-defined]
    future = report(running, open=False, at=running.clock.now + timedelta(seconds=400))
    assert [bad["code"] for bad in future["rejected"]] == ["in_the_future"]  # type: ignore[attr-defined]
    assert report(running, open=False, at=noon)["applied"] == 1
    assert running.members() == {"F1": {"PV1", "B1"}, "F2": {"PV2"}}


def test_single_phases(running: Running) -> None:
    """One pole open keeps the members, the last one loses them; each phase is remembered."""
    running.switch("-F1:A")
    running.switch("-F1:BC")
    assert running.new_events() == ["r4 executed F1 1.1.0 -B1(lost_supply) -PV1(lost_supply)"]
    running.restart()
    running.switch("+F1:C")
    assert running.new_events() == ["r5 changed F1 1.2.0 +B1(supply_restored) +PV1(supply_restored)"]
    report_ = running.engine.view.reports[next(iter(running.engine.view.reports))]
    assert (report_.known, report_.open, report_.revision) == (7 | report_.known, 3, 5)


def test_bad_quality_makes_members_uncertain(running: Running) -> None:
    """The state counts, the DER behind it are in doubt, and messages say so; a good report settles it."""
    assert report(running, open=False, quality="suspect")["groups"] == []
    current = running.engine.view.current
    assert current is not None and current.uncertain.tolist() == [True, True, False]
    running.switch("-F2", "+TIE")
    quality = [properties(running, n)["quality"] for n in range(3, len(running.events()) + 1)]
    assert quality and set(quality) <= {"good", "uncertain"} and "uncertain" in quality
    running.switch("+F1", "-TIE", "+F2")
    current = running.engine.view.current
    assert current is not None and not current.uncertain.any()


def test_switches_by_id_in_any_spelling(running: Running) -> None:
    """mRIDs as CIM files write them."""
    for text in ("_F1", "#_F1", "F1"):
        assert running.switch(f"-{text}").body["rejected"] == []


def test_without_a_model_nothing_can_be_switched(running: Running, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A clear refusal."""
    empty = Running(tmp_path_factory.mktemp("empty"), small_models())
    with pytest.raises(ConflictError, match="No model is active"):
        empty.switch("-F1")
    empty.close()


def test_an_engine_that_does_not_run_says_so(running: Running) -> None:
    """Before it starts, and after it has stopped."""
    command = Switching((operation("-F1"),))
    new = Engine(running.journal, running.models, MessageRenderer("x"), lambda: datetime.now(UTC))
    with pytest.raises(BusyError):
        new.submit(command)
    running.engine.stop()
    with pytest.raises(BusyError):
        running.engine.submit(command)


def test_many_commands_at_once_are_each_one_revision(running: Running) -> None:
    """Taken together in few transactions, answered one by one."""
    futures = [
        running.engine.submit(Switching((operation("-F1" if n % 2 else "+F1"),), False, RequestKey("dms", str(n), "")))
        for n in range(40)
    ]
    assert [future.result(30).revision for future in futures] == list(range(3, 43))
    assert len(running.events()) == 2 + 39


def properties(running: Running, n: int) -> dict[str, str]:
    """Return the Property elements of the message of an event."""
    root = etree.fromstring(message(running, n))
    return {
        str(p.findtext("{*}Name")): str(p.findtext("{*}Value")) for p in root.iterfind(".//{*}Header/{*}Property")
    }


def message(running: Running, n: int) -> bytes:
    """Return the one message of an event."""
    found = running.journal.message(1, n, 1)
    assert found is not None and running.journal.message(1, n, 2) is None
    return found


def test_messages_say_what_the_events_say(running: Running) -> None:
    """Verbs, order, members, versions and Property elements of all messages."""
    running.switch("-F1", "+TIE", sequence=1)
    running.switch("+F1", "-TIE", "-F2", "+F2", sequence=2)
    seen_ids = set()
    for n, event in enumerate(running.events(), 1):
        root = etree.fromstring(message(running, n))
        header = root.find("{*}Header")
        assert header is not None and header.find("{*}CorrelationID") is None
        seen_ids.add(header.findtext("{*}MessageID"))
        verb, noun = header.findtext("{*}Verb"), header.findtext("{*}Noun")
        assert (verb, noun) == (event["verb"], "OperationSet" if event["verb"] == "executed" else "DERGroups")
        said = properties(running, n)
        assert (said["revision"], said["sequence"]) == (str(event["revision"]), str(event["sequence"]))
        assert (said["generation"], said["part"], said["parts"]) == ("1", "1", "1")
        assert (said["cause"], said["modelVersion"]) == (event["cause"]["kind"], "first")
        groups = root.findall(".//{*}EndDeviceGroup")
        parts = [event["left"], event["joined"]] if event["verb"] == "executed" else [event["joined"]]
        parts = [part for part in parts if part] if event["verb"] != "created" else parts
        assert len(groups) == len(parts)
        for group, part in zip(groups, parts, strict=True):
            assert group.findtext("{*}mRID") == event["group"]["mrid"]
            assert group.findtext("{*}Names/{*}name") == event["group"]["name"]
            assert [one.findtext("{*}mRID") for one in group.findall("{*}EndDevices")] == [m["mrid"] for m in part]
            version = [group.findtext(f"{{*}}version/{{*}}{word}") for word in ("major", "minor", "revision")]
            assert ".".join(str(word) for word in version) == event["version"]
    assert len(seen_ids) == len(running.events())
    change_sets = [(properties(running, n)["changeSet"], e["revision"]) for n, e in enumerate(running.events(), 1)]
    assert len(set(change_sets)) == len({revision for _, revision in change_sets})


def test_causes_name_the_operations(running: Running) -> None:
    """Those that did something, as they were sent."""
    running.switch("-F1", "-F1", "-nobody", sequence=5)
    assert running.events()[-1]["cause"] == {
        "kind": "switching",
        "source": "dms",
        "sequence": "5",
        "operations": [{"switch": "F1", "name": "F1", "open": True}],
    }


def test_der_in_no_group_count_as_changed(tmp_path: Path) -> None:
    """Whoever hangs elsewhere counts, also after the first operation on one phase and where nothing moves."""
    running = Running(tmp_path, small_models())
    running.activate("first")
    said = [running.switch(*words.split()).body for words in ("-F1", "-F1", "-F2:A", "+TIE", "+F1 -TIE", "+F2:A")]
    assert [one["ders_changed"] for one in said] == [2, 0, 1, 2, 2, 1]
    assert all(one["groups"] == [] for one in said)
    running.close()
