"""Difference models on real models: applied, made, and switch states of files of other exporters."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cim_models import loading
from cim_models.difference import (
    Difference,
    applied,
    difference_between,
    read_difference,
    state_changes,
    switch_states,
    write_difference,
)
from cim_models.difference.columns import spelling_in, statements_of
from cim_models.difference.statement import Statement, same_value
from cim_models.difference.states import StateChange, touches_states_only
from cim_models.errors import ConflictError, FileError
from cim_models.extract import extract
from cim_models.intake import Document, documents
from cim_models.network import Network
from cim_models.statements import Header, Statements
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows

MAPLE = "10-maple10-two-substations/maple10nodebreaker.xml"
SETS = (
    "01-ieee13-tiny/IEEE13.xml",
    "03-ieee123pv-medium/IEEE123_PV.xml",
    "04-ieee9500bal-large/ieee9500bal.xml.gz",
    "06-simbench-hvmv-cgmes24-nb/SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip",
    MAPLE,
    "11-cimbuilder-double-bus-two-feeders/double_bus_and_feeders.xml",
)


@cache
def read(models: Path, name: str) -> Statements:
    path = models / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return loading.read([path])[0]


def document(models: Path, name: str) -> Document:
    path = models / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return documents([path])[0][0]


def report_of(network: Network) -> AttachmentReport:
    grid = prepare(network)
    rows = der_rows(grid)
    return AttachmentReport(
        grid, rows, attachments(grid, rows, normal_state(network)), attachments(grid, rows, current_state(network))
    )


def feeders_of(statements: Statements) -> dict[str, tuple[str, ...]]:
    """Return the feeders of each DER, and its substations, by the name of the DER."""
    return {
        der.name: (*(one.name for one in der.current.feeders), *(one.name for one in der.current.substations))
        for der in report_of(extract(statements))
    }


def through_a_file(difference: Difference) -> Difference:
    data = write_difference(difference).encode()
    return read_difference(Document("made.xml", len(data), lambda: io.BytesIO(data), True))


def opened(statements: Statements, name: str) -> Difference:
    """Return the difference that opens the switch with a name."""
    listed = list(statements_of(statements))
    (switch,) = {one.subject for one in listed if one.predicate == "IdentifiedObject.name" and one.value == name} & {
        one.subject for one in listed if one.predicate == "Switch.open"
    }
    (before,) = [one for one in listed if one.subject == switch and one.predicate == "Switch.open"]
    return Difference(Header("opened"), (before._replace(value="True"),), (before._replace(value="False"),))


def test_the_difference_of_maple10(models: Path) -> None:
    """Switching as a difference of another exporter: other spelling of the id, `True` for `true`."""
    statements = read(models, MAPLE)
    given = document(models, "10-maple10-two-substations/breaker_incremental.xml")
    difference = read_difference(given)
    breaker = "276809df-6493-4dae-a7bb-ad78a5f0da95"
    assert state_changes(given) == [StateChange(breaker, "Switch.open", True)]
    assert touches_states_only(difference)
    after, findings = applied(statements, [difference])
    assert findings == []
    assert set(statements_of(statements)) - set(statements_of(after)) == {Statement(breaker, "Switch.open", "false")}
    assert set(statements_of(after)) - set(statements_of(statements)) == {Statement(breaker, "Switch.open", "True")}
    with pytest.raises(ConflictError, match=r"breaker_incremental.xml line 11: hv_bk_1 .* does not have Switch.open"):
        applied(after, [difference])


def test_each_feeder_breaker_of_maple10_isolates_its_own_der(models: Path) -> None:
    """Opened by a difference: the DER behind it lose their feeder and no other changes; s7_b2 has none behind it."""
    statements = read(models, MAPLE)
    homes = feeders_of(statements)
    isolated = {}
    for switch in sorted(_switches(statements)):
        after = feeders_of(applied(statements, [opened(statements, switch)])[0])
        isolated[switch] = sorted(name for name, home in homes.items() if after[name] != home)
        assert all(after[name] == () for name in isolated[switch])
    feeders = ["s10_b1", "s10_b2", "s7_b1", "s7_b3", "s7_b4", "s8_b1", "s8_b2", "s8_b3", "s9_b1", "s9_b2"]
    assert isolated == {
        **{breaker: [breaker.replace("_b", "_der_ag")] for breaker in feeders},
        "s7_b2": [],
        "hv_bk_1": ["gen1"],
    }


def _switches(statements: Statements) -> set[str]:
    listed = list(statements_of(statements))
    switches = {one.subject for one in listed if one.predicate == "Switch.open"}
    return {one.value for one in listed if one.predicate == "IdentifiedObject.name" and one.subject in switches}


@pytest.mark.parametrize("name", [pytest.param(one, marks=[pytest.mark.thorough] * ("04" in one)) for one in SETS])
def test_a_made_difference_leads_from_one_version_to_the_other(models: Path, name: str) -> None:
    """An object renamed, another gone with its terminals, a third moved and a new one: made, written, read, applied."""
    before = read(models, name)
    listed = set(statements_of(before))
    lines = sorted(one.subject for one in listed if one.is_type and one.value == "ACLineSegment")
    gone = {lines[0], *(one.subject for one in listed if one.reference and one.value == lines[0])}
    kept = {one for one in listed if one.subject not in gone}
    (old,) = [one for one in kept if one.subject == lines[1] and one.predicate == "IdentifiedObject.name"]
    twin = {one._replace(subject="twin") for one in kept if one.subject == lines[1]}
    after = kept - {old} | {old._replace(value='renamed <&> "öl"')} | twin
    made = difference_between(listed, after, spelling=spelling_in(before))
    assert (set(made.reverse), set(made.forward)) == (listed - after, after - listed)
    result, findings = applied(before, [through_a_file(made)])
    assert set(statements_of(result)) == after and findings == []
    if len(listed) > 100_000:
        return
    back, _ = applied(result, [through_a_file(difference_between(after, listed))])
    assert set(statements_of(back)) == listed


@pytest.mark.thorough
def test_hand_made_differences_of_the_large_feeder(models: Path) -> None:
    """One that does not fit in its last statement changes nothing; without it, exactly one switch more is open."""
    statements = read(models, SETS[2])
    good = opened(statements, sorted(_closed(statements))[0])
    spoiled = Difference(good.header, good.forward, (*good.reverse, Statement("nobody", "Switch.open", "true")))
    with pytest.raises(ConflictError, match="no such object is in the model"):
        applied(statements, [spoiled])
    after, findings = applied(statements, [good])
    before = extract(statements)
    later = extract(after)
    changed = np.flatnonzero(before.pole.current_open != later.pole.current_open)
    switches = {before.equipment.id[int(before.pole.equipment[row])] for row in changed}
    assert switches == {good.forward[0].subject} and findings == []
    assert bool(later.pole.current_open[changed].all())


def _closed(statements: Statements) -> set[str]:
    listed = list(statements_of(statements))
    closed = {one.subject for one in listed if one.predicate == "Switch.open" and one.value == "false"}
    return {one.value for one in listed if one.predicate == "IdentifiedObject.name" and one.subject in closed}


def test_states_of_files_of_operating_states(models: Path) -> None:
    """SSH of Telemark: the open switches; SV: states under `SvSwitch`; the ill-formed SSH is refused with its line."""
    folder = "08-telemark120-cgmes30-mv-lv"
    changes = state_changes(document(models, f"{folder}/Telemark-120-MV1_SSH.xml"))
    assert {one.property for one in changes} == {"Switch.open", "ACDCTerminal.connected", "Equipment.inService"}
    states = switch_states(changes, {})
    text = (models / folder / "Telemark-120-MV1_SSH.xml").read_text(encoding="utf-8-sig")
    assert len(states) == text.count("<cim:Switch.open>")
    assert sum(one.open for one in states) == text.count("<cim:Switch.open>true</cim:Switch.open>")
    with pytest.raises(FileError, match=r"Telemark-120-LV1_SSH.xml line 129"):
        state_changes(document(models, f"{folder}/Telemark-120-LV1_SSH.xml"))


def test_one_truth_of_two_spellings_is_no_difference(models: Path) -> None:
    """Two encodings of one model (rdf:about and rdf:ID) differ in mRIDs by `_` and little else."""
    one = read(models, SETS[1])
    other = read(models, "03-ieee123pv-medium/IEEE123_PV_rdfID.xml")
    made = difference_between(statements_of(one), statements_of(other))
    assert not any(same_value(a, b) for a in made.reverse[:50] for b in made.forward if a[:2] == b[:2])
    result, _ = applied(one, [through_a_file(made)])
    left = difference_between(statements_of(result), statements_of(other))
    assert left.is_empty
