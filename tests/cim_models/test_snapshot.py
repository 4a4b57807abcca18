"""The file form of a network: the same network back, nothing of a damaged one."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from cim_models import Network, snapshot
from cim_models.errors import SnapshotError
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES, SOURCE_RULES, STATE_SOURCES
from cim_models.strings import Strings
from tests.cim_models.small import SMALL, equal, refused
from topogroup import attach

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"


@pytest.fixture(scope="module")
def sample() -> Network:
    return Network.load(SAMPLE)


@pytest.fixture(scope="module")
def saved(sample: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "network"
    sample.save(folder)
    return folder


def small_saved(tmp_path: Path) -> Path:
    (tmp_path / "model.xml").write_text(SMALL)
    Network.load(tmp_path / "model.xml").save(tmp_path / "saved")
    return tmp_path / "saved"


def test_what_is_saved_comes_back(sample: Network, saved: Path) -> None:
    for opened in (Network.open(saved), Network.load(saved), Network.load(str(saved))):
        assert opened.files == sample.files == (str(SAMPLE),)
        assert opened.findings == sample.findings
        equal(opened, sample)


def test_attachment_is_the_same(sample: Network, saved: Path) -> None:
    one, other = (
        attach(network, opened=["S1-F1-CB"], closed=["S1-S2-TIE1"]) for network in (Network.open(saved), sample)
    )
    assert one.to_dict() == other.to_dict()
    assert len(one) == 60


def test_an_opened_network_can_be_saved_again(saved: Path, tmp_path: Path) -> None:
    Network.open(saved).save(tmp_path / "again")
    names = sorted(path.name for path in saved.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    for name in names:
        assert (saved / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_arrays_are_memory_mapped_and_cannot_be_written(saved: Path) -> None:
    opened = Network.open(saved)
    seen = 0
    for table in fields(opened)[3:]:
        rows = getattr(opened, table.name)
        for column in fields(rows):
            value = getattr(rows, column.name)
            for array in (value.end, value.blob) if isinstance(value, Strings) else (value,):
                assert not array.flags.writeable, f"{table.name}.{column.name}"
                base = array
                while base is not None and not isinstance(base, np.memmap):
                    base = base.base
                assert array.size == 0 or base is not None, f"{table.name}.{column.name} is not memory-mapped"
                seen += 1
    assert seen == sum(1 for path in saved.iterdir() if path.suffix == ".npy")
    with pytest.raises(ValueError, match="read-only"):
        opened.pole.current_open[0] = True


def test_no_pickle_is_written_or_read(tmp_path: Path) -> None:
    saved = small_saved(tmp_path)
    for path in saved.glob("*.npy"):
        assert np.load(path, allow_pickle=False) is not None
    evil = saved / "node.container.npy"
    with evil.open("wb") as stream:
        np.save(stream, np.array([object()], object), allow_pickle=True)
    header = json.loads((saved / "network.json").read_text())
    header["arrays"][evil.name]["sha256"] = snapshot._digest(evil)
    reseal(saved, header)
    assert refused("snapshot_damaged", saved).object == str(evil)


def reseal(folder: Path, header: dict[str, object]) -> None:
    """Write a header whose own digest is right."""
    header.pop("sha256", None)
    header["sha256"] = snapshot._header_digest(header)
    (folder / "network.json").write_text(json.dumps(header))


@pytest.mark.thorough
def test_a_damaged_byte_anywhere_is_found(tmp_path: Path) -> None:
    """The last byte of every file, and every 397th of the header."""
    saved = small_saved(tmp_path)
    for path in sorted(saved.iterdir()):
        whole = path.read_bytes()
        places = range(0, len(whole), 397) if path.suffix == ".json" else [len(whole) - 1, len(whole) // 2, 0]
        for place in places:
            broken = bytearray(whole)
            broken[place] ^= 1
            path.write_bytes(bytes(broken))
            with pytest.raises(SnapshotError) as caught:
                Network.load(saved)
            assert caught.value.code in {"snapshot_damaged", "snapshot_unreadable", "snapshot_version"}
            assert "\n" not in caught.value.message
        path.write_bytes(whole)
    Network.load(saved)


def test_a_missing_or_cut_array_is_found(tmp_path: Path) -> None:
    saved = small_saved(tmp_path)
    array = saved / "terminal.node.npy"
    whole = array.read_bytes()
    array.unlink()
    assert refused("snapshot_damaged", saved).object == str(array)
    array.write_bytes(whole[:-4])
    refused("snapshot_damaged", saved)


def test_other_versions_and_other_things_are_refused(tmp_path: Path) -> None:
    saved = small_saved(tmp_path)
    header = json.loads((saved / "network.json").read_text())
    assert (header["format"], header["version"]) == ("topogroup-network", snapshot.VERSION)
    reseal(saved, {**header, "version": snapshot.VERSION + 1})
    assert refused("snapshot_version", saved).object == str(saved)
    for content in ("[]", "{}", "null", "{", '{"format": "other", "version": 1}', "[" * 100_000):
        (saved / "network.json").write_text(content)
        refused("snapshot_unreadable", saved)
    (saved / "network.json").unlink()
    with pytest.raises(SnapshotError, match="no readable snapshot"):
        Network.open(saved)
    refused("not_cim", saved)


def test_a_folder_that_holds_something_is_not_written_to(sample: Network, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SnapshotError, match="not empty"):
        sample.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(SnapshotError, match="not empty"):
        sample.save(saved)


def test_without_its_header_a_half_written_folder_is_no_snapshot(tmp_path: Path) -> None:
    saved = small_saved(tmp_path)
    half = tmp_path / "half"
    shutil.copytree(saved, half)
    (half / "network.json").unlink()
    assert not snapshot.is_snapshot(half)
    assert snapshot.is_snapshot(saved)


def test_sources_can_be_given_for_a_snapshot(tmp_path: Path) -> None:
    """The machine-readable form answers as the file does."""
    from cim_models.loading import load

    saved = small_saved(tmp_path)
    from_file, from_snapshot = (load([path], sources=["PV"]) for path in (tmp_path / "model.xml", saved))
    equal(Network._of(from_file), Network._of(from_snapshot))
    assert [from_snapshot.equipment.id[e] for e in from_snapshot.source.equipment] == ["PV"]


def test_the_words_of_state_sources_are_stable() -> None:
    """A snapshot holds positions in this table: whoever changes it must raise `snapshot.VERSION`."""
    assert (snapshot.VERSION, SOURCE_RULES, NORMAL_CATEGORIES, ABNORMAL_CATEGORIES, STATE_SOURCES) == (
        3,
        (
            "sources_file",
            "network_injection",
            "electrical_values",
            "nothing_gives_power",
            "boundary_node",
            "reference_machine",
        ),
        ("", "A", "B"),
        ("", "I", "II", "III"),
        (
            "manual override",
            "DMS",
            "SwitchPhase.closed",
            "Switch.open",
            "SvSwitch.open",
            "SwitchPhase.normalOpen",
            "Switch.normalOpen",
            "assumed closed",
        ),
    )
