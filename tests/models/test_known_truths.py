"""What is known of the real models, written out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.models.conftest import ByName
from tests.models.loaded import each
from topogroup import AttachmentReport, attach

DEAD = ("unsupplied", "islanded")

HEADS_04 = {
    "hvmv69_11sub1": "hvmv_sub_connector",
    "hvmv69_11sub2": "hvmv69s2b2_sw",
    "hvmv69_11sub3": "hvmv69s3b2_sw",
}
COUNTS_06 = {
    "MV1.105 Switch 7": 12,
    "MV1.105 Switch 31": 9,
    "MV1.105 Switch 49": 7,
    "MV1.105 Switch 59": 10,
    "MV1.105 Switch 79": 11,
    "MV1.105 Switch 95": 26,
    "MV1.105 Switch 141": 7,
    "MV1.105 Switch 155": 19,
}


@pytest.mark.xdist_group("model01")
def test_01_one_feeder_for_all(model: ByName) -> None:
    """IEEE 13: five DER behind breaker brkr1."""
    report = attach(model("01").network)
    assert len(report) == 5
    assert {_names(der.current.feeders) for der in report} == {("brkr1",)}
    assert {der.current.energisation for der in report} == {"energised"}


@pytest.mark.parametrize("name", each("03", "03-rdf-id", "03-areas"))
def test_03_every_pv_has_a_feeder(model: ByName, name: str) -> None:
    """IEEE 123 with 14 PV: each on exactly one feeder, in the normal and in the current state."""
    report = attach(model(name).network)
    assert len(report) == 14
    assert {der.kind for der in report} == {"pv"}
    for der in report:
        assert len(der.current.feeders) == len(der.normal.feeders) == 1, der.name
        assert der.current.energisation == "energised", der.name


@pytest.mark.parametrize("name", each("03", "03-rdf-id", "03-areas"))
def test_03_one_pole_open(model: ByName, name: str) -> None:
    """Pole A of sw1 open: exactly the six PV on phase A are dead; those on B and C are as they were."""
    network = model(name).network
    before = {der.mrid: der for der in attach(network)}
    after = {der.mrid: der for der in attach(network, opened=["sw1:A"])}
    on_a = {mrid for mrid, der in before.items() if der.phases == "A"}
    assert len(on_a) == 6
    assert {mrid for mrid, der in after.items() if der.current.energisation in DEAD} == on_a
    for mrid in before.keys() - on_a:
        assert before[mrid].phases in ("B", "C")
        assert after[mrid] == before[mrid]
    for mrid in on_a:
        assert after[mrid].normal == before[mrid].normal
        assert not after[mrid].current.feeders


@pytest.mark.xdist_group("model04")
@pytest.mark.parametrize("state", ["current", "normal"])
def test_04_areas(model: ByName, state: str) -> None:
    """IEEE 9500: 192 DER; 33, 130, 29 under the three substation transformers, substations and feeders."""
    report = attach(model("04").network, state=state)
    assert len(report) == 192
    assert Counter(der.kind for der in report) == {"pv": 178, "battery": 2, "machine": 12}
    found: Counter[tuple[Any, ...]] = Counter()
    for der in report:
        one = der.current
        assert der.normal == one
        assert one.energisation == "energised" and not (one.paralleled or one.back_fed), der.name
        assert all(item.derived for item in (*one.substations, *one.feeders))
        found[_names(one.transformers), _names(one.substations), _names(one.feeders)] += 1
    assert found == {
        ((transformer,), (transformer,), (HEADS_04[transformer],)): count
        for transformer, count in zip(HEADS_04, (33, 130, 29), strict=True)
    }


@pytest.mark.xdist_group("model05")
def test_05_one_connection_of_three_units(model: ByName) -> None:
    """GMDM: its one PEC, a hybrid of PV, battery and wind, hangs on feeder Fdr 3A."""
    (der,) = attach(model("05").network)
    assert _names(der.current.feeders) == _names(der.normal.feeders) == ("Fdr 3A",)
    assert (der.kind, der.unit_kinds) == ("hybrid", ("battery", "pv", "wind"))
    assert der.current.energisation == "energised"


@pytest.mark.xdist_group("model06")
def test_06_eight_breakers(model: ByName) -> None:
    """SimBench: eight feeders named after their breakers; one DER on the busbar; nobody else has a feeder."""
    one = model("06")
    report = attach(one.network)
    on_feeders = Counter(_names(der.current.feeders) for der in report if der.current.feeders)
    assert on_feeders == {(name,): count for name, count in COUNTS_06.items()}
    behind = [der for der in report if der.current.transformers]
    assert sum(not der.current.feeders for der in behind) == 1
    assert len(behind) == 102 and len(report) == 205
    heads = {_names(der.current.feeders)[0] for der in report if der.current.feeders}
    assert all(one.oracle.store.is_a(one.mrid(name), {"Breaker"}) for name in heads)
    both = {_names(der.current.transformers) for der in behind}
    assert both == {("HV1-MV1.105-Trafo1", "HV1-MV1.105-Trafo2")}
    assert len({der.current.substations for der in behind}) == 1


@pytest.mark.xdist_group("model10")
def test_10_each_breaker_isolates_its_own(model: ByName) -> None:
    """maple10: opening each feeder breaker leaves exactly its own DER without supply."""
    network = model("10").network
    base = attach(network)
    heads = {f.item.mrid: [network.equipment.id[e] for h in f.heads for e in h.equipment] for f in base.grid.feeders}
    assert len(heads) == 11
    isolated: set[str] = set()
    for feeder, breakers in heads.items():
        own = {der.mrid for der in base if feeder in [item.mrid for item in der.current.feeders]}
        after = attach(network, opened=breakers)
        assert _dead(after) - _dead(base) == own
        assert {a.mrid for a, b in zip(after, base, strict=True) if a != b} == own
        isolated |= own
    names = {der.name for der in base if der.mrid not in isolated}
    assert names == {"gen1", "s5_der_ag"}, "on the 115 and 34.5 kV busbars: behind no feeder breaker"


@pytest.mark.xdist_group("model11")
def test_11_two_sources(model: ByName) -> None:
    """Double bus: five DER on the feeder of brkr1, no double count although two sources feed one piece."""
    report = attach(model("11").network)
    assert [_names(der.current.feeders) for der in report] == [("brkr1",)] * 5


def _names(items: Any) -> tuple[str, ...]:  # noqa: ANN401 - items of a report
    return tuple(item.name for item in items)


def _dead(report: AttachmentReport) -> set[str]:
    return {der.mrid for der in report if der.current.energisation in DEAD}
