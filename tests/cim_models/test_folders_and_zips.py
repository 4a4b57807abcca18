"""Folders and zips: what is read, what is left out with a finding, what is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from cim_models import Network, limits
from cim_models.errors import FileError, LimitError
from tests.cim_models.small import BODY, SMALL, equal, found, gzipped, rdf, refused, to, value, zip_bytes, zipped
from tests.cim_models.test_refused_files import DIFFERENCE, write

OTHERS: dict[str, str | bytes] = {
    "LICENSE.md": "# words",
    "SOURCE.txt": "where it came from",
    "model.ttl": "@prefix ex: <http://example.org/> .",
    "ders.json": "{}",
    "page.html": "<!DOCTYPE html><html></html>",
    "drawing.svg": '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y"><svg/>',
    "schema.xsd": '<?xml version="1.0"?><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>',
    "notes.log": b"\x00\x01\x02",
    "empty.xml": "",
}


def reference(tmp_path: Path) -> Network:
    return Network.load(write(tmp_path, SMALL, "reference.xml"))


def test_a_folder_is_one_network_and_other_files_are_findings(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    write(folder / ".hidden", "<broken", "x.xml")
    write(folder, "<broken", ".x.xml")
    write(folder / "deep" / "er", SMALL, "eq.rdf")
    for name, content in OTHERS.items():
        write(folder, content, name)
    network = Network.load(folder)
    assert network.files == (str(folder / "deep" / "er" / "eq.rdf"),)
    skipped = found(network, "file_skipped")
    assert sorted(f.objects[0] for f in skipped) == sorted(str(folder / name) for name in OTHERS)
    assert {f.severity for f in skipped} == {"info"}
    rest = [(f.code, f.message) for f in network.findings if f.code != "file_skipped"]
    assert rest == [(f.code, f.message) for f in reference(tmp_path).findings]


def test_a_zip_is_one_network_and_other_members_are_findings(tmp_path: Path) -> None:
    members = {**OTHERS, "deep/eq.xml": SMALL, "folder/": ""}
    path = zipped(tmp_path / "model.zip", members)
    network = Network.load(path)
    assert network.files == (f"{path}!deep/eq.xml",)
    assert sorted(f.objects[0] for f in found(network, "file_skipped")) == sorted(f"{path}!{name}" for name in OTHERS)
    equal(
        Network.load(zipped(tmp_path / "one.zip", {"eq.xml": SMALL})),
        reference(tmp_path),
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zips_of_every_method(tmp_path: Path, method: int) -> None:
    equal(Network.load(zipped(tmp_path / "m.zip", {"eq.xml": SMALL}, method)), reference(tmp_path))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_of_every_method(tmp_path: Path, method: int) -> None:
    """Any byte of the data turned over, the file cut anywhere: refused, or (an end mark of LZMA) the same network."""
    whole_network = reference(tmp_path)
    whole = zip_bytes({"eq.xml": SMALL}, method)
    data = range(36, len(whole) - 80, max(1, (len(whole) - 116) // 40))
    for position in data:
        broken = bytearray(whole)
        broken[position] ^= 0x55
        try:
            network = Network.load(write(tmp_path, bytes(broken), "m.zip"))
        except FileError as error:
            assert error.code in {"file_damaged", "file_truncated", "not_cim", "file_unreadable", "not_well_formed"}
            assert "\n" not in error.message
        else:
            assert method == zipfile.ZIP_LZMA
            equal(network, whole_network)
    for cut in (10, 50, len(whole) // 2, len(whole) - 1):
        refused("file_damaged", write(tmp_path, whole[:cut], "cut.zip"))


def test_gzips_and_zips_inside(tmp_path: Path) -> None:
    """One level of zip in zip, as CGMES exchanges do; a gzip anywhere."""
    folder = tmp_path / "folder"
    folder.mkdir()
    half = len(BODY) // 2 + BODY[len(BODY) // 2 :].index("\n<cim:") + 1
    first, second = rdf(BODY[:half]), rdf(BODY[half:])
    inner = zip_bytes({"eq2.xml": second})
    path = zipped(folder / "all.zip", {"a/eq1.xml": first, "b.zip": inner})
    assert Network.load(path).files == (f"{path}!a/eq1.xml", f"{path}!b.zip!eq2.xml")
    equal(Network.load(path), reference(tmp_path))
    equal(Network.load(folder), reference(tmp_path))
    import gzip

    packed = zipped(tmp_path / "gz.zip", {"eq1.xml.gz": gzip.compress(first.encode()), "eq2.xml": second})
    equal(Network.load(packed), reference(tmp_path))
    equal(
        Network.load(gzipped(tmp_path / "1.gz", first), write(tmp_path, second, "2.xml")),
        reference(tmp_path),
    )


def test_a_zip_in_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", {"b.zip": zip_bytes({"c.zip": zip_bytes({"eq.xml": SMALL})})})
    error = refused("zip_too_deep", path)
    assert isinstance(error, LimitError)
    assert str(path) in error.message


def test_hostile_zips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused("zip_encrypted", write(tmp_path, encrypted(), "secret.zip")).object == str(tmp_path / "secret.zip")
    with pytest.warns(UserWarning, match="Duplicate name"):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            archive.writestr("eq.xml", SMALL)
            archive.writestr("eq.xml", SMALL)
    assert "one file name twice" in refused("zip_hostile", write(tmp_path, memory.getvalue(), "twice.zip")).message
    assert "overlap" in refused("zip_hostile", write(tmp_path, overlapping(), "overlap.zip")).message
    monkeypatch.setattr(limits, "ZIP_ENTRIES_MAX", 2)
    Network.load(zipped(tmp_path / "two.zip", {"eq.xml": SMALL, "a.txt": ""}))
    refused("too_many_files", zipped(tmp_path / "three.zip", {"eq.xml": SMALL, "a.txt": "", "b.txt": ""}))
    inner = zip_bytes({"eq.xml": SMALL})
    monkeypatch.setattr(limits, "ZIP_INNER_BYTES_MAX", len(inner))
    Network.load(zipped(tmp_path / "inner.zip", {"b.zip": inner}))
    monkeypatch.setattr(limits, "ZIP_INNER_BYTES_MAX", len(inner) - 1)
    refused("zip_too_large", zipped(tmp_path / "inner.zip", {"b.zip": inner}))


def encrypted() -> bytes:
    """Return a zip whose entry says that it is encrypted."""
    whole = bytearray(zip_bytes({"eq.xml": SMALL}))
    directory = whole.index(b"PK\x01\x02")
    whole[6] |= 1
    whole[directory + 8] |= 1
    return bytes(whole)


def overlapping() -> bytes:
    """Return a zip with two entries that share their bytes."""
    whole = zip_bytes({"eq1.xml": SMALL})
    directory, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entry = whole[directory:end]
    second = entry.replace(b"eq1.xml", b"eq2.xml")
    tail = bytearray(whole[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, len(entry) * 2)
    return whole[:directory] + entry + second + bytes(tail)


def test_a_zip_of_an_old_tool_with_umlauts_is_no_attack(tmp_path: Path) -> None:
    """Names in code page 437 are shorter than in UTF-8: the entries lie side by side and do not overlap."""
    whole = zip_bytes({"aaaaaaaaaa.xml": SMALL, "bbbbbbbbbb.txt": ""}, zipfile.ZIP_STORED)
    path = write(tmp_path, whole.replace(b"aaaaaaaaaa", b"\x84" * 10), "old.zip")
    assert Network.load(path).files == (f"{path}!{'ä' * 10}.xml",)


def test_nothing_of_cim(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "holds no CIM file" in refused("not_cim", folder).message
    for name, content in OTHERS.items():
        write(folder, content, name)
    assert refused("not_cim", folder).object == str(folder)
    assert refused("not_cim", zipped(tmp_path / "m.zip", OTHERS)).object == str(tmp_path / "m.zip")
    assert refused("not_cim", write(tmp_path, SMALL), folder).object == str(folder)
    refused("not_rdf", zipped(tmp_path / "empty.zip", {}))


def test_what_is_broken_in_a_folder_stops_the_load(tmp_path: Path) -> None:
    """Only other kinds of files are left out; CIM that cannot be read is never passed over in silence."""
    for number, (code, content) in enumerate(
        {
            "file_truncated": SMALL[:-20].encode(),
            "not_well_formed": SMALL.replace("</cim:Breaker>", "</cim:Fuse>").encode(),
            "encoding_unsupported": SMALL.replace("UTF-8", "UTF-16").encode("utf-16"),
        }.items()
    ):
        folder = tmp_path / f"folder{number}"
        folder.mkdir()
        write(folder, SMALL, "eq.xml")
        bad = write(folder, content, "ssh.xml")
        assert refused(code, folder).object == str(bad)
        assert refused(code, zipped(tmp_path / f"{number}.zip", {"eq.xml": SMALL, "ssh.xml": content})).object == str(
            tmp_path / f"{number}.zip!ssh.xml"
        )


def test_the_number_of_files_in_a_folder_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, SMALL, "eq.xml")
    write(tmp_path, "", "a.txt")
    monkeypatch.setattr(limits, "FOLDER_FILES_MAX", 2)
    Network.load(tmp_path)
    monkeypatch.setattr(limits, "FOLDER_FILES_MAX", 1)
    refused("too_many_files", tmp_path)


def test_difference_models_in_a_folder_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder, SMALL, "eq.xml")
    difference = write(folder, rdf(DIFFERENCE), "diff.xml")
    network = Network.load(folder)
    assert network.files == (str(folder / "eq.xml"),)
    (left,) = found(network, "difference_model_skipped")
    assert (left.objects, left.severity) == ((str(difference),), "warning")
    (folder / "eq.xml").unlink()
    refused("not_cim", folder)
    refused("difference_model", difference)


PROFILES = {
    "eq.xml": SMALL.replace(value("Switch.normalOpen", "false"), value("Switch.normalOpen", "true")),
    "ssh.xml": rdf(
        f'<cim:Breaker rdf:about="#_CB">{value("Switch.open", "false")}</cim:Breaker>'
        f'<cim:Equipment rdf:about="#_L">{value("Equipment.inService", "false")}</cim:Equipment>'
        f'<cim:Equipment rdf:about="#_PV">{value("Equipment.inService", "true")}</cim:Equipment>'
        f'<cim:Terminal rdf:about="#_L.T2">{value("ACDCTerminal.connected", "false")}</cim:Terminal>'
    ),
    "sv.xml": rdf(
        f'<cim:SvSwitch rdf:ID="_sv">{to("SvSwitch.Switch", "CB")}{value("SvSwitch.open", "false")}</cim:SvSwitch>'
    ),
}


def test_profiles_join_in_any_order(tmp_path: Path) -> None:
    """EQ with rdf:ID, SSH with rdf:about="#_…" and re-typed equipment, SV: one network whatever comes first."""
    import itertools

    paths = {name: write(tmp_path, text, name) for name, text in PROFILES.items()}
    networks = [Network.load(*(paths[name] for name in order)) for order in itertools.permutations(PROFILES)]
    first = networks[0]
    table = first.equipment
    assert list(zip(table.id, table.in_service.tolist(), strict=True)) == [
        ("CB", True),
        ("G", True),
        ("L", False),
        ("PV", True),
    ]
    assert table.normally_in_service.all()
    assert list(table.source_id) == ["_CB", "_G", "_L", "_PV"]
    assert first.terminal.connected.tolist() == [True, True, True, True, False, True]
    assert (first.pole.current_open.tolist(), first.pole.normal_open.tolist()) == ([False], [True])
    assert first.counts == {
        "ACLineSegment": 1,
        "Breaker": 1,
        "ConnectivityNode": 3,
        "ExternalNetworkInjection": 1,
        "PhotovoltaicUnit": 1,
        "PowerElectronicsConnection": 1,
        "SvSwitch": 1,
        "Terminal": 6,
    }
    for other in networks[1:]:
        equal(first, other)
