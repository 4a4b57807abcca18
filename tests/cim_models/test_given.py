"""Heads and sources that are given: what of them counts for a network, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cim_models import given_files, importing, snapshot
from cim_models.errors import IdError, OptionError, SnapshotError
from cim_models.given import NOTHING, Given, taken
from cim_models.network import Network
from cim_models.sources import with_sources
from topogroup.testing import NetworkBuilder


def two() -> NetworkBuilder:
    """Return two grids, each with a breaker and a line."""
    b = NetworkBuilder().energy_source("G1", "a", 20_000).breaker("F1", "a", "b").line("L1", "b", "c").pv("PV1", "c")
    return b.energy_source("G2", "d", 20_000).breaker("F2", "d", "e").line("L2", "e", "f").pv("PV2", "f")


def sources_in(network: Network) -> list[str]:
    """Return the ids of the grid sources."""
    return [network.equipment.id[e] for e in network.source.equipment.tolist()]


def waiting(network: Network) -> list[tuple[tuple[str, ...], str]]:
    """Return objects and messages of the entries that wait."""
    return [(one.objects, one.message) for one in network.findings if one.code == "given_entry_waits"]


def test_sources_that_fit_count_and_others_wait() -> None:
    """Told with the line where that is known; with none left nothing is a source."""
    network = two().build()
    assert sources_in(network) == ["G1", "G2"]
    some = taken(network, Given(sources=({"id": "nobody", "line": "7"}, {"id": "G2"})))
    assert sources_in(some) == ["G2"] and some.ders() == ["G1", "PV1", "PV2"]
    (told,) = waiting(some)
    assert told[0] == ("nobody",) and told[1].startswith("Sources file line 7: ")
    assert told[1].endswith("; the entry waits for a version that it fits.")
    none = taken(network, Given(sources=({"id": "nobody"},)))
    assert sources_in(none) == [] and [one.code for one in none.findings].count("source_missing") == 1
    assert taken(network, NOTHING) is network
    assert sources_in(taken(network, Given(heads=({"name": "N", "head": "F1"},)))) == ["G1", "G2"]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"name": "N", "head": "nobody"}, "unknown_id"),
        ({"name": "N", "head": "PV1"}, "not_a_head"),
        ({"name": "N", "head": "F1"}, "repeated_head"),
        ({"name": "N", "head": "F2", "substation": "nowhere"}, "unknown_id"),
    ],
)
def test_heads_that_do_not_fit_wait_or_are_refused(entry: dict[str, str], code: str) -> None:
    """An error where they were said for this model, a finding where they came with the version before."""
    heads = ({"name": "M", "head": "F1"}, {**entry, "line": "9"})
    (told,) = waiting(taken(two().build(), Given(heads)))
    assert told[1].startswith("Heads file line 9: ")
    with pytest.raises((IdError, OptionError)) as caught:
        taken(two().build(), Given(heads, said=frozenset({"heads"})))
    assert caught.value.code == code and caught.value.message.startswith("Heads file line 9: ")
    assert taken(two().build(), Given(heads[:1], said=frozenset({"heads"}))).findings == two().build().findings


def test_said_sources_must_fit() -> None:
    """One error, as of a sources file."""
    given = Given(sources=({"id": "G1", "line": "2"}, {"id": "nobody", "line": "3"}), said=frozenset({"sources"}))
    with pytest.raises(IdError, match=r"^Sources file line 3: "):
        taken(two().build(), given)


def test_lines_are_no_content() -> None:
    """Order and names are; no heads are like none, no sources are not."""
    one, same = (Given(({"name": "N", "head": "F1", "line": line},)) for line in ("1", "2"))
    assert one.identity == same.identity != Given(({"name": "M", "head": "F1"},)).identity
    assert NOTHING.identity == Given(heads=()).identity == "" != Given(sources=()).identity
    assert Given.of(json.loads(json.dumps(one.as_request()))) == one
    assert Given.of(one.as_dict()) == Given(({"name": "N", "head": "F1"},))
    assert one.counts() == {"heads": 1}


def test_what_is_said_wins_over_what_counted(tmp_path: Path) -> None:
    """Part by part; `none` ends a part."""
    before = Given(({"name": "N", "head": "F1"},), ({"id": "G1"},))
    path = tmp_path / "sources.yaml"
    path.write_text("sources:\n- G2\n")
    said = given_files.given_by(None, path, before)
    assert said == Given(before.heads, ({"id": "G2", "line": "2"},), frozenset({"sources"}))
    assert said.upon(NOTHING) == Given(None, said.sources)
    assert given_files.given_by(Path("none"), None, before) == Given(None, before.sources, frozenset({"heads"}))
    assert given_files.given_by(Path("none"), None, before).upon(before) == Given(None, before.sources)
    assert given_files.given_by(None, None, before) == before


def test_an_import_keeps_them(tmp_path: Path) -> None:
    """The network has its sources, the folder the entries; a damaged file is one clear error."""
    model, to = two().write(tmp_path / "m.xml"), tmp_path / "model"
    given = Given(({"name": "N", "head": "F1", "line": "4"},), ({"id": "G1", "line": "5"},), frozenset({"heads"}))
    report = importing.Import([model], to, given=given).run(None)
    assert report["given"] == {"heads": 1, "sources": 1}
    assert report["model"] == importing.model_id([model], given=given) != importing.model_id([model])
    assert importing.given_in(to) == Given(({"name": "N", "head": "F1"},), ({"id": "G1"},))
    assert sources_in(snapshot.open_(to / "network")) == ["G1"]
    assert importing.given_in(tmp_path) == NOTHING
    for damaged in ("{", "[]", '{"heads": 1}'):
        (to / "given.json").write_text(damaged)
        with pytest.raises(SnapshotError) as caught:
            importing.given_in(to)
        assert caught.value.code == "snapshot_damaged"


def test_with_sources_takes_each_once() -> None:
    """By id in any spelling and by name."""
    network = with_sources(two().build(), ["G2", "urn:uuid:G2", "G1"])
    assert sources_in(network) == ["G1", "G2"]
