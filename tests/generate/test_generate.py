"""The generator against a plain trace of its own files."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from lxml import etree

from cim_models.errors import FileError, OptionError
from cim_models.generate import Generated, NetworkSpec, generate
from cim_models.generate.ids import Identifiers
from tests.generate.trace import CIM, DERS, SOURCE, SWITCHES, Trace

DATA = Path(__file__).parents[2] / "data"
SPECS = {
    "default": NetworkSpec(),
    "one of each": NetworkSpec(substations=1, feeders_per_substation=1, ders=1, ties_between_substations=0),
    "no DER": NetworkSpec(ders=0),
    "shared source": NetworkSpec(
        substations=5,
        feeders_per_substation=4,
        ders=333,
        seed=7,
        shared_source_share=0.7,
        sections_per_feeder=3,
        ties_between_feeders=2,
        ties_between_substations=4,
        three_phase_der_share=0.2,
        single_phase_lateral_share=0.9,
    ),
    "many DER": NetworkSpec(substations=3, feeders_per_substation=2, ders=2000, seed=3, lines_per_section=1),
}


Case = tuple[NetworkSpec, Trace, dict[str, Any]]


def _made(folder: Path, spec: NetworkSpec, name: str = "net.xml") -> Generated:
    return generate(folder / name, spec)


@pytest.fixture(scope="module", params=SPECS, ids=str)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[NetworkSpec, Trace, dict[str, Any]]:
    spec = SPECS[request.param]
    made = _made(tmp_path_factory.mktemp("net"), spec)
    return spec, Trace(made.path), json.loads(made.truth.read_text())


def test_every_reference_resolves(case: Case) -> None:
    _, trace, _ = case
    missing = {
        (name, value)
        for values in trace.values.values()
        for name, value in values.items()
        if value is not None and len(value) == 36 and value.count("-") == 4 and value not in trace.kinds
    }
    assert not missing
    assert all(values.get("IdentifiedObject.mRID", mrid) == mrid for mrid, values in trace.values.items())


def test_names_of_equipment_are_unique(case: Case) -> None:
    _, trace, _ = case
    names = Counter(trace.values[mrid]["IdentifiedObject.name"] for mrid in trace.terminals)
    assert max(names.values()) == 1


def test_one_phase_equipment_says_so_in_its_terminals_and_phase_objects(case: Case) -> None:
    _, trace, _ = case
    for mrid, terminals in trace.terminals.items():
        kind = trace.kinds[mrid]
        said = {trace.values[t].get("Terminal.phases", "PhaseCode.ABC").rpartition(".")[2] for t in terminals}
        assert len(said) == 1
        if len(phases := said.pop()) == 1 and kind != "PowerTransformer":
            owner = "SwitchPhase.Switch" if kind in SWITCHES else f"{kind}Phase.{kind}"
            assert len(trace.users[owner, mrid]) == 1
            assert {trace.phases(mrid, t) for t in terminals} == {phases}


def test_numbers_of_the_spec_are_met(case: Case) -> None:
    spec, trace, truth = case
    kinds = Counter(trace.kinds.values())
    assert kinds["Substation"] == spec.substations == len(truth["substations"])
    assert kinds["Feeder"] == spec.feeders == len(truth["feeders"])
    assert (
        kinds["PowerElectronicsConnection"] + kinds["SynchronousMachine"] == spec.ders == len(truth["ders"])
    )
    assert kinds["ConnectivityNode"] == truth["counts"]["nodes"]
    assert kinds["ACLineSegment"] == truth["counts"]["lines"]
    assert sum(kinds[kind] for kind in SWITCHES) == truth["counts"]["switches"]


def test_feeders_and_substations_are_those_of_the_file(case: Case) -> None:
    _, trace, truth = case
    assert truth["substations"] == {
        mrid: trace.values[mrid]["IdentifiedObject.name"] for mrid in trace.of_kind("Substation")
    }
    assert truth["feeders"] == {
        feeder: {
            "name": trace.values[feeder]["IdentifiedObject.name"],
            "head": head,
            "substation": trace.values[feeder]["Feeder.NormalEnergizingSubstation"],
        }
        for head, feeder in trace.heads().items()
    }


def test_truth_agrees_with_a_plain_trace(case: Case) -> None:
    _, trace, truth = case
    heads = trace.heads()
    transformers = set(trace.substation_transformers())
    by_head = trace.suppliers(set(heads))
    by_transformer = trace.suppliers(transformers)
    traced = {}
    for der in trace.of_kind(*DERS):
        feeders = [heads[head] for head in by_head[der]]
        assert len(feeders) <= 1
        substations = {trace.values[mrid]["Equipment.EquipmentContainer"] for mrid in by_transformer[der]}
        assert len(substations) == 1
        traced[der] = {
            "name": trace.values[der]["IdentifiedObject.name"],
            "kind": trace.kind_of_der(der),
            "phases": trace.phases(der, trace.terminals[der][0]),
            "feeder": feeders[0] if feeders else None,
            "substation": substations.pop(),
            "transformers": sorted(by_transformer[der]),
        }
    assert traced == truth["ders"]


def test_every_phase_of_everything_is_live(case: Case) -> None:
    _, trace, _ = case
    assert nx.is_connected(trace.graph(set()))


def test_open_switches_are_the_ties_and_join_what_the_truth_says(case: Case) -> None:
    _, trace, truth = case
    heads = trace.heads()
    graph = trace.graph(set(heads))
    part = {node: index for index, nodes in enumerate(nx.connected_components(graph)) for node in nodes}
    source = part[SOURCE]
    feeder_of = {
        part[pair]: feeder
        for head, feeder in heads.items()
        for side in trace.places(head)
        for pair in side
        if part[pair] != source
    }
    traced = {
        mrid: {
            "name": trace.values[mrid]["IdentifiedObject.name"],
            "joins": [feeder_of[part[next(iter(side))]] for side in trace.places(mrid)],
        }
        for mrid in trace.of_kind(*SWITCHES)
        if trace.values[mrid]["Switch.normalOpen"] == "true"
    }
    assert traced == truth["ties"]
    for mrid in trace.of_kind(*SWITCHES):
        assert trace.values[mrid]["Switch.open"] == trace.values[mrid]["Switch.normalOpen"]


def test_closing_a_tie_joins_its_two_feeders(case: Case) -> None:
    _, trace, truth = case
    heads = trace.heads()
    for tie, record in list(truth["ties"].items())[:6]:
        joined = trace.suppliers(set(heads), {tie})
        for der, known in truth["ders"].items():
            expected = {known["feeder"]} - {None}
            if expected & set(record["joins"]):
                expected = set(record["joins"])
            assert {heads[head] for head in joined[der]} == expected


def test_ties_lie_within_and_between_substations() -> None:
    truth = json.loads((DATA / "sample.truth.json").read_text())
    homes = {mrid: record["substation"] for mrid, record in truth["feeders"].items()}
    spans = Counter(len({homes[feeder] for feeder in record["joins"]}) for record in truth["ties"].values())
    assert spans == {1: 6, 2: 2}


def test_sample_is_a_fresh_run_with_the_defaults(tmp_path: Path) -> None:
    made = _made(tmp_path, NetworkSpec(), "sample.xml")
    assert made.path.read_bytes() == (DATA / "sample.xml").read_bytes()
    assert made.truth.read_bytes() == (DATA / "sample.truth.json").read_bytes()


def test_sample_is_small_and_has_every_kind_and_phase() -> None:
    files = [DATA / "sample.xml", DATA / "sample.truth.json"]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    ders = json.loads(files[1].read_text())["ders"].values()
    assert {der["kind"] for der in ders} == {"pv", "battery", "wind", "machine", "hybrid"}
    assert {der["phases"] for der in ders} == {"ABC", "A", "B", "C"}
    assert [der["feeder"] for der in ders].count(None) == 1
    assert {len(der["transformers"]) for der in ders} == {1, 2}
    kinds = set(Trace(files[0]).kinds.values())
    assert kinds >= {"Fuse", "SwitchPhase", "ACLineSegmentPhase", "PowerElectronicsConnectionPhase"}


def test_sample_is_rdf() -> None:
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph().parse(DATA / "sample.xml", format="xml")
    elements = etree.parse(DATA / "sample.xml").getroot().iterchildren(f"{CIM}*")
    assert len(graph) == sum(1 + len(element) for element in elements)


def test_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    first, again = (_made(tmp_path, NetworkSpec(seed=5), name) for name in ("a.xml", "b.xml"))
    other = _made(tmp_path, NetworkSpec(seed=6), "c.xml")
    assert first.path.read_bytes() == again.path.read_bytes() != other.path.read_bytes()
    assert first.truth.read_bytes() == again.truth.read_bytes() != other.truth.read_bytes()
    assert not Trace(first.path).kinds.keys() & Trace(other.path).kinds.keys()


def test_compressed_file_holds_the_same_bytes(tmp_path: Path) -> None:
    plain, packed = (_made(tmp_path, NetworkSpec(), name) for name in ("a.xml", "b.xml.gz"))
    again = _made(tmp_path, NetworkSpec(), "c.xml.gz")
    assert gzip.decompress(packed.path.read_bytes()) == plain.path.read_bytes()
    assert packed.path.read_bytes() == again.path.read_bytes()
    assert packed.path.read_bytes()[4:8] == bytes(4), "the header holds a time"
    assert packed.truth == tmp_path / "b.truth.json"


def test_identifiers_are_those_of_uuid5() -> None:
    ids = Identifiers(1)
    assert all(ids(f"S{i}") == str(uuid.uuid5(ids.namespace, f"S{i}")) for i in range(100))


def test_coordinates_are_believable_at_any_size(tmp_path: Path) -> None:
    spec = NetworkSpec(substations=400, feeders_per_substation=1, ders=0, ties_between_substations=1)
    trace = Trace(_made(tmp_path, spec).path)
    for mrid in trace.of_kind("PositionPoint"):
        assert 0 < float(trace.values[mrid]["PositionPoint.xPosition"]) < 20
        assert 45 < float(trace.values[mrid]["PositionPoint.yPosition"]) < 57


def test_progress_counts_the_feeders(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    generate(tmp_path / "net.xml", NetworkSpec(), lambda done, total: seen.append((done, total)))
    assert seen == [(number, 6) for number in range(1, 7)]


def test_memory_does_not_grow_with_the_network(tmp_path: Path) -> None:
    peaks = []
    for factor in (1, 20):
        spec = NetworkSpec(substations=3 * factor, feeders_per_substation=3, ders=90 * factor)
        tracemalloc.start()
        _made(tmp_path, spec)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0]


@pytest.mark.parametrize(
    ("numbers", "option"),
    [
        ({"substations": 0}, "--substations"),
        ({"substations": 10**9}, "--substations"),
        ({"feeders_per_substation": 0}, "--feeders"),
        ({"feeders_per_substation": -3}, "--feeders"),
        ({"ders": -1}, "--ders"),
        ({"ders": 10**9}, "--ders"),
        ({"seed": -1}, "--seed"),
        ({"lines_per_section": 0}, "lines_per_section"),
        ({"lateral_share": 1.5}, "lateral_share"),
        ({"lateral_share": float("nan")}, "lateral_share"),
        ({"ties_between_feeders": 3}, "ties_between_feeders"),
        ({"medium_voltage_v": 110_000.0}, "medium_voltage_v"),
        ({"substations": 10_000, "feeders_per_substation": 200}, "--substations"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(numbers: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        NetworkSpec(**numbers)
    assert caught.value.object == option
    assert caught.value.message.startswith(option)
    assert "\n" not in caught.value.message


def test_failure_leaves_no_file(tmp_path: Path) -> None:
    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "net.xml.gz", NetworkSpec(), fail)
    assert not list(tmp_path.iterdir())


def test_bad_place_is_refused(tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "missing" / "net.xml"):
        with pytest.raises(FileError, match=r"\.$") as caught:
            generate(out, NetworkSpec())
        assert caught.value.object == str(out)
