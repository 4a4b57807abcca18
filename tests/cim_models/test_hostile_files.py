"""Hostile files: bombs, floods, lies and lures. Each is refused or read plainly; nothing is ever fetched or written."""

from __future__ import annotations

import gzip
import io
import json
import socket
import stat
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cim_models import Network, limits, load_text
from cim_models.errors import LimitError, ModelError, TopogroupError
from cim_models.importing import import_model
from tests.cim_models.rdf_text import PREFIXES, TURTLE
from tests.cim_models.small import BODY, DECLARATION, SMALL, equal, rdf, refused, zip_bytes, zipped
from tests.cim_models.test_refused_files import write


class Listener:
    """A server on this machine that counts who calls."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.calls = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                if connection.recv(1) == b"!":
                    return
                self.calls += 1

    def close(self) -> int:
        """Return how many called; those that were on their way are waited for."""
        with socket.create_connection(self._socket.getsockname()) as last:
            last.sendall(b"!")
        self._thread.join()
        self._socket.close()
        return self.calls


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    yield server
    server._socket.close()


def test_the_listener_counts_calls(listener: Listener) -> None:
    host, _, port = listener.address.removeprefix("http://").partition(":")
    for _ in range(2):
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert listener.close() == 2


LURES = {
    "external DTD": SMALL.replace(DECLARATION, DECLARATION + '<!DOCTYPE r SYSTEM "AT/x.dtd">'),
    "external entity": SMALL.replace(DECLARATION, DECLARATION + '<!DOCTYPE r [<!ENTITY x SYSTEM "AT/x">]>').replace(
        ">PV<", ">&x;<"
    ),
    "parameter entity": SMALL.replace(DECLARATION, DECLARATION + '<!DOCTYPE r [<!ENTITY % x SYSTEM "AT/x"> %x;]>'),
    "style sheet": SMALL.replace(DECLARATION, DECLARATION + '<?xml-stylesheet href="AT/x.xsl" type="text/xsl"?>'),
    "XInclude": rdf(BODY + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="AT/x"/>'),
    "schema location": SMALL.replace(
        "<rdf:RDF ",
        '<rdf:RDF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="AT/a AT/a.xsd" ',
    ),
    "xml:base": SMALL.replace("<rdf:RDF ", '<rdf:RDF xml:base="AT/" '),
    "namespace": SMALL.replace("<rdf:RDF ", '<rdf:RDF xmlns:x="AT/ns#" '),
    "references": SMALL.replace('rdf:resource="#_', 'rdf:resource="AT/eq.xml#_'),
    "Turtle prefix and base": "@base <AT/eq> . @prefix x: <AT/x#> .\n" + TURTLE + "<#a> x:b x:c .\n",
    "owl:imports": TURTLE + "<> <http://www.w3.org/2002/07/owl#imports> <AT/other.ttl> .\n",
    "remote context": '{"@context": "AT/context.jsonld", "@id": "a"}',
    "one remote context of two": '{"@context": [{"cim": "http://iec.ch/TC57/CIM100#"}, "AT/context"], "@id": "a"}',
    "imported context": '{"@context": {"@version": 1.1, "@import": "AT/context"}, "@id": "a"}',
    "scoped context": '{"@context": {"a": {"@id": "urn:a", "@context": "AT/x"}}, "@id": "a", "a": {"@id": "b"}}',
    "vocabulary": '{"@context": {"@vocab": "AT/v#", "@base": "AT/b"}, "@id": "a", "@type": "Breaker"}',
}


@pytest.mark.parametrize("lure", LURES)
def test_nothing_is_ever_fetched(tmp_path: Path, listener: Listener, lure: str) -> None:
    """In this process and in the child: what the file says is taken as text, or the file is refused."""
    path = write(tmp_path, LURES[lure].replace("AT", listener.address), "model")
    said = []
    for number in range(2):
        try:
            if number:
                import_model([path], tmp_path / "out")
            else:
                Network.load(path)
        except TopogroupError as error:
            assert "\n" not in error.message
            said.append(error.code)
        else:
            said.append("read")
    assert said[0] == said[1]
    assert listener.close() == 0


def test_lures_that_are_only_names_are_read(tmp_path: Path, listener: Listener) -> None:
    for lure in ("style sheet", "XInclude", "xml:base", "namespace", "references"):
        network = Network.load(write(tmp_path, LURES[lure].replace("AT", listener.address), "model"))
        assert list(network.equipment.id) == list(load_text(SMALL).equipment.id), lure
    assert listener.close() == 0


CHAIN = 100_000
BOMBS: dict[str, tuple[str, str | bytes]] = {
    "context chain": (
        "parser_failed",
        '{"@context": {'
        + ",".join(f'"t{i}": "t{i + 1}:x"' for i in range(CHAIN))
        + f',"t{CHAIN}": "urn:x"}},"t0": 1}}',
    ),
    "endless prefix": ("text_too_long", f"@prefix p: <urn:{'b' * 300_000}> .\n" + "p:c p:d p:e .\n" * 100_000),
    "endless base": ("text_too_long", f"@base <http://a/{'b/' * 100_000}> .\n" + "<c> <d> <e> .\n" * 100_000),
    "enormous literal": ("text_too_long", PREFIXES + '<#a> cim:x """' + "x\n" * 10_000_000 + '""" .\n'),
    "collections": ("too_deep", PREFIXES + "<#a> cim:x " + "( " * 200_000 + " )" * 200_000 + " .\n"),
    "graphs": ("too_deep", PREFIXES + "<urn:g> { " * 100_000),
    "JSON lists": ("too_deep", '{"@id": "a", "http://x/p": ' + '{"@list": [' * 100_000),
    "JSON text": ("text_too_long", '{"@id": "a", "http://x/p": "' + "x" * 20_000_000 + '"}'),
    "namespaces": (
        "too_many_namespaces",
        rdf("<cim:A " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(100_000)) + "/>"),
    ),
    "attributes": ("too_many_attributes", rdf("<cim:A " + " ".join(f'a{i}="1"' for i in range(100_000)) + "/>")),
    "depth": ("too_deep", rdf("<cim:A>" * 1_000_000)),
    "text": ("text_too_long", rdf("<cim:A>" + "x" * 100_000_000)),
    "comment": ("text_too_long", rdf("<!--" + "x" * 100_000_000 + "-->")),
    "name": ("text_too_long", rdf(f"<cim:{'x' * 1_000_000}/>")),
    "UTF-8": ("not_well_formed", rdf("<cim:A>X</cim:A>").encode().replace(b"X", b"\xf8\x88\x80\x80\x80")),
    "overlong slash": ("not_well_formed", TURTLE.encode() + b"# \xc0\xaf\n"),
    "lone surrogate": ("not_well_formed", TURTLE.encode() + b"# \xed\xa0\x80\n"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_in_one_line(tmp_path: Path, bomb: str) -> None:
    code, content = BOMBS[bomb]
    path = write(tmp_path, content, "model")
    assert refused(code, path).object == str(path)


def test_namespaces_are_bounded_on_both_sides(tmp_path: Path) -> None:
    def many(number: int) -> str:
        return rdf(BODY + "<cim:Asset " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(number)) + "/>")

    Network.load(write(tmp_path, many(limits.XML_NAMESPACES_MAX)))
    assert isinstance(refused("too_many_namespaces", write(tmp_path, many(limits.XML_NAMESPACES_MAX + 1))), LimitError)


def test_many_small_bombs_are_one_large_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each member stays under its own bound; together they are beyond that of the zip, whatever it says of them."""
    air = rdf(BODY + "<!-- nothing but air -->\n" * 40_000)
    packed = gzip.compress(air.encode())
    whole = len(air.encode()) * 6
    monkeypatch.setattr(limits, "GZIP_RATIO_MAX", 5)
    assert 5 * 1024**2 < whole < 6 * 1024**2
    for members in ({f"{i}.xml": air for i in range(6)}, {f"{i}.xml.gz": packed for i in range(6)}):
        path = zipped(tmp_path / "m.zip", members)
        error = refused("file_too_large", path)
        assert (isinstance(error, LimitError), error.object) == (True, str(path))
        members.popitem()
        equal(Network.load(zipped(tmp_path / "five.zip", members)), load_text(SMALL))
    inner = zip_bytes({f"{i}.xml.gz": packed for i in range(6)})
    refused("file_too_large", zipped(tmp_path / "nested.zip", {"inner.zip": inner}))


def test_a_gzip_in_a_gzip_is_unpacked_once_and_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 10_000_000))
    assert refused("not_rdf", write(tmp_path, bomb, "bomb.xml.gz")).object == str(tmp_path / "bomb.xml.gz")


@pytest.mark.parametrize(
    "name", ["../eq.xml", "a/../../eq.xml", "/etc/eq.xml", "C:/eq.xml", "..\\eq.xml", "a\x1b[2Jeq.xml", "a\neq.xml"]
)
def test_names_in_zips_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    assert "leads elsewhere" in refused("zip_hostile", zipped(tmp_path / "m.zip", {name: SMALL})).message


def test_names_in_zips_that_only_look_odd(tmp_path: Path) -> None:
    for name in ("a..b/eq..xml", "a\\b\\eq.xml", "...xml"):
        equal(Network.load(zipped(tmp_path / "m.zip", {name: SMALL})), load_text(SMALL))


def test_links_in_zips(tmp_path: Path) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        link = zipfile.ZipInfo("eq.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "a link" in refused("zip_hostile", write(tmp_path, memory.getvalue(), "m.zip")).message


def test_sizes_that_lie(tmp_path: Path) -> None:
    """A member that says it is smaller, larger, or far larger than it is; its checksum tells what is all of it."""
    whole = zip_bytes({"eq.xml": SMALL})
    directory = whole.index(b"PK\x01\x02")
    forged = bytearray(whole)
    struct.pack_into("<L", forged, directory + 24, 100)
    assert refused("file_damaged", write(tmp_path, bytes(forged), "m.zip")).object == str(tmp_path / "m.zip")
    struct.pack_into("<L", forged, directory + 24, len(SMALL.encode()) + 1)
    equal(Network.load(write(tmp_path, bytes(forged), "m.zip")), load_text(SMALL))
    forged = bytearray(whole)
    struct.pack_into("<L", forged, directory + 24, 0xFFFFFFFE)
    refused("file_too_large", write(tmp_path, bytes(forged), "m.zip"))


def test_the_list_of_contents_is_bounded_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = zip_bytes({"eq.xml": SMALL})
    size = whole.index(b"PK\x05\x06") - whole.index(b"PK\x01\x02")
    path = write(tmp_path, whole, "m.zip")
    monkeypatch.setattr(limits, "ZIP_DIRECTORY_BYTES_MAX", size)
    Network.load(path)
    monkeypatch.setattr(limits, "ZIP_DIRECTORY_BYTES_MAX", size - 1)
    assert isinstance(refused("zip_hostile", path), LimitError)


def test_a_list_of_contents_that_hides_behind_zip64(tmp_path: Path) -> None:
    """The size in the old place says nothing, the one in the new place says 2 GiB."""
    whole = zip_bytes({"eq.xml": SMALL})
    at = whole.index(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 2 * 1024**3, whole.index(b"PK\x01\x02"))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = bytearray(whole[at:])
    struct.pack_into("<L", end, 12, 0xFFFFFFFF)
    refused("zip_hostile", write(tmp_path, whole[:at] + record + locator + bytes(end), "m.zip"))


def test_zips_inside_a_zip_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = len(BODY) // 2 + BODY[len(BODY) // 2 :].index("\n<cim:") + 1
    inner = [zip_bytes({f"{i}.xml": rdf(part)}) for i, part in enumerate((BODY[:half], BODY[half:]))]
    path = zipped(tmp_path / "m.zip", {"a.zip": inner[0], "b.zip": inner[1]})
    monkeypatch.setattr(limits, "ZIP_INNER_BYTES_MAX", sum(map(len, inner)))
    equal(Network.load(path), load_text(SMALL))
    monkeypatch.setattr(limits, "ZIP_INNER_BYTES_MAX", sum(map(len, inner)) - 1)
    refused("zip_too_large", path)


def test_memory_of_an_import_follows_the_unpacked_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 GiB and four times the unpacked bytes, at most the setting and what the machine has; time likewise."""
    from cim_models import child, import_process

    said: list[tuple[str, int]] = []
    monkeypatch.setattr(child, "machine_bytes", lambda: 32 * 1024**3)
    monkeypatch.setattr(child, "bound_memory", lambda most: said.append(("memory", most)))
    monkeypatch.setattr(child, "bound_time", lambda most: said.append(("time", most)))
    stored = write(tmp_path, "x" * 1000)
    request = {
        "name": "m",
        "paths": [str(stored)],
        "memory_bytes": 16 * 1024**3,
        "least_bytes": limits.IMPORT_MEMORY_BYTES_MIN,
        "seconds": limits.IMPORT_SECONDS_MAX,
    }
    room = import_process._Room(request)
    room.allow(1024**3)
    assert "no model of its size does" in room.exceeded()
    room.allow(10 * 1024**3)
    assert "raise import_memory_bytes" in room.exceeded()
    assert said == [
        ("memory", 1024**3 + 4 * 1000),
        ("time", 120),
        ("memory", 5 * 1024**3),
        ("time", 120 + 2 * 1024),
        ("memory", 16 * 1024**3),
        ("time", 7200),
    ]


def test_too_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IMPORT_MEMORY_BYTES_MIN", 64 * 1024**2)
    with pytest.raises(ModelError) as caught:
        import_model([write(tmp_path, SMALL)], tmp_path / "out")
    assert caught.value.code == "import_failed"
    assert not (tmp_path / "out").exists()


def test_what_is_measured_is_what_is_unpacked(tmp_path: Path) -> None:
    from cim_models.intake import documents

    size, packed = len(SMALL.encode()), gzip.compress(SMALL.encode())
    paths = [
        write(tmp_path, SMALL, "a.xml"),
        write(tmp_path, packed, "b.gz"),
        zipped(tmp_path / "c.zip", {"c.xml": SMALL, "d.xml.gz": packed, "e.zip": zip_bytes({"e.xml": SMALL})}),
    ]
    assert [document.measured() for document in documents(paths)[0]] == [size] * 5


def test_the_setting_caps_the_memory_of_an_import(tmp_path: Path) -> None:
    from cim_models.importing import Import

    small = write(tmp_path, SMALL)
    with pytest.raises(ModelError) as caught:
        Import([small], tmp_path / "out", memory_bytes=64 * 1024**2).run()
    assert caught.value.code == "import_failed"
    report = Import([small], tmp_path / "out", memory_bytes=limits.IMPORT_MEMORY_BYTES_MIN).run()
    assert report["counts"] == load_text(SMALL).counts


def test_a_bomb_of_objects_ends_in_the_child(tmp_path: Path) -> None:
    """A megabyte of JSON-LD that no parser survives ends neither this process nor the import's."""
    code, content = BOMBS["context chain"]
    path = write(tmp_path, content, "model.jsonld")
    with pytest.raises(ModelError) as caught:
        import_model([path], tmp_path / "out")
    assert caught.value.code == code
    assert json.loads(content)["t0"] == 1
    assert not (tmp_path / "out").exists()
