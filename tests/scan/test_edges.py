"""Single documents at the edges of what the scanner takes."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest

from cim_models import limits, machine_code
from cim_models.intake import documents
from cim_models.scan import reading
from cim_models.statements import StatementBuilder
from tests.scan.both import assert_same, by, document, is_scanned
from tests.scan.made import CIM, RDF

pytestmark = pytest.mark.xdist_group("scan")  # one worker compiles, if need be

START = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:cim="{CIM}">'
END = "</rdf:RDF>"


def rdf(body: str) -> bytes:
    return f"{START}{body}{END}".encode()


def breaker(number: int, inner: str = "\n  <cim:Switch.open>true</cim:Switch.open>\n") -> str:
    return f'<cim:Breaker rdf:about="#b{number}">{inner}</cim:Breaker>\n'


@pytest.mark.parametrize("lines", [65_533, 65_534, 65_535, 70_000])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_beyond_those_that_libxml2_keeps(lines: int, ending: str) -> None:
    blank = "\n" * ((lines - 4) // 2)
    more = (
        "".join(breaker(number) for number in range(2, 9))
        + '<cim:Fuse rdf:ID="f"/>\n'
        + breaker(9, "")
        + breaker(10, "\n\n ")
    )
    body = f"\n{breaker(0)}{blank}{breaker(1)}{blank}{more}"
    data = rdf(body.replace("\n", ending))
    assert is_scanned(document(data), 1 << 20)
    found = assert_same([document(data)], 1 << 20)
    whole = data.decode().split("\n")
    expected = {
        name: 1 + next(n for n, line in enumerate(whole) if f'#{name}"' in line) for name in (f"b{k}" for k in range(9))
    }
    assert {name: line for name, line in zip(found["ids"], found["line"], strict=True) if name in expected} == expected


def test_a_comment_behind_a_late_start_tag_is_for_the_conforming_reader() -> None:
    data = rdf(breaker(0) + "\n" * 40_000 + breaker(1) + "\n" * 40_000 + breaker(2, "<!-- a -->\n"))
    assert not is_scanned(document(data), 1 << 20)
    assert_same([document(data)], 1 << 20)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 70_000])
def test_long_texts(size: int) -> None:
    data = rdf(breaker(0, f"<cim:Switch.open>{'x' * size}</cim:Switch.open>"))
    assert is_scanned(document(data), 1 << 20) == (size <= limits.XML_TEXT_BYTES_MAX)
    assert ("error" in assert_same([document(data)], 1 << 20)) == (size > limits.XML_TEXT_BYTES_MAX)


@pytest.mark.parametrize(
    "behind", ["", " \r\n", "<!-- c -->", "x", "<?pi?>", "\x00", "<rdf:RDF/>", "\ufeff", "&#32;", "<!DOCTYPE x>"]
)
def test_what_stands_behind_the_root(behind: str) -> None:
    data = rdf(breaker(0)) + behind.encode()
    assert is_scanned(document(data)) == (not behind.strip())
    assert_same([document(data)])


@pytest.mark.parametrize(
    "before",
    [
        "<?xml version='1.0' encoding='ISO-8859-1'?>",
        "<?xml version='1.1'?>",
        " <?xml version='1.0'?>",
        "<?xml version='1.0' standalone='yes'?>",
        "<?xml version='1.0' encoding='utf-8' standalone='maybe'?>",
        "<!DOCTYPE rdf:RDF>",
        "<!-- <!DOCTYPE x> -->",
        "<!-- a -- b -->",
        "<!-- a --->",
        "<?pi?>",
        "x",
        "\ufeff\ufeff",
    ],
)
def test_what_stands_before_the_root(before: str) -> None:
    assert_same([document(before.encode() + rdf(breaker(0)))])


@pytest.mark.parametrize(
    "root",
    [
        START.replace(" xmlns:cim", " xmlns:c&#105;m"),
        START.replace(CIM, CIM + "&amp;"),
        START.replace(">", ' xml:base="http://x.invalid/">'),
        START.replace(">", ' xmlns="http://iec.ch/TC57/CIM100#">'),
        START.replace(">", ' xmlns:cim="http://example.org/">'),
        START.replace(">", ' xmlns:xml="http://example.org/">'),
        START.replace(">", ' xmlns:e="">'),
        START.replace(">", ' xmlns:e="a b">'),
        START.replace(">", ' rdf:about="x">'),
        START.replace('" xmlns:cim', '"xmlns:cim'),
        START.replace(RDF, "http://example.org/rdf#"),
        START.replace(">", "".join(f' xmlns:n{k}="http://example.org/{k}"' for k in range(70)) + ">"),
    ],
)
def test_odd_roots(root: str) -> None:
    data = root.encode() + breaker(0).encode() + END.encode()
    assert not is_scanned(document(data))
    assert_same([document(data)])


@pytest.mark.parametrize("place", ["<cim:a>x%sy</cim:a>", "<!-- %s -->"])
def test_characters_of_one_to_four_bytes(place: str) -> None:
    firsts = b"\x7f\xc1\xc2\xdf\xe0\xe1\xed\xef\xf0\xf4\xf5"
    seconds = b"\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0"
    letters = [
        bytes([a, b]) + more
        for a in firsts
        for b in seconds
        for more in (b"", b"\x80", b"\xbe", b"\x80\x80", b"\xbf\xc0")
    ]
    before, _, behind = rdf(breaker(0, place.replace("%s", "?"))).partition(b"?")
    found = [assert_same([document(before + letter + behind)]) for letter in letters]
    refused = ["error" in one for one in found]
    assert refused == [not _is_text(letter) for letter in letters]


def _is_text(letter: bytes) -> bool:
    try:
        return not set(letter.decode()) & {"\ufffe", "\uffff"}
    except UnicodeDecodeError:
        return False


def test_every_place_where_a_window_may_end() -> None:
    data = rdf(
        "\n".join(breaker(number, f"<cim:a>ä&amp;{number}</cim:a><cim:b rdf:resource='#_x'/>") for number in range(12))
    )
    conforming = by([document(data)], fast=False)
    for window_bytes in range(400, 700):
        assert is_scanned(document(data), window_bytes)
        assert assert_same([document(data)], window_bytes) == conforming


@pytest.mark.parametrize("dictionary_bytes", [11_000_000, pytest.param(110_000_000, marks=pytest.mark.thorough)])
def test_white_space_beyond_the_dictionary_of_libxml2(dictionary_bytes: int) -> None:
    # libxml2 keeps names and white space of 16 to 59 characters in a dictionary, of 10 MB (later 100 MB) without
    # huge_tree; lxml puts one of its own, without a bound, in its place. The day it does not, new names are refused.
    blanks = (f"{number:050b}".translate({48: " ", 49: "\t"}) for number in range(dictionary_bytes // 50))
    start = "".join(
        breaker(number, "<cim:a/>".join(islice(blanks, 1_000))) for number in range(dictionary_bytes // 50_000)
    )
    end = "".join(breaker(number, f"<cim:new{number}/>") for number in range(100))
    one = document(rdf(start + end))
    assert is_scanned(one, 1 << 20)
    found = assert_same([one, document(rdf(breaker(1, "<cim:newer/>")), "second.xml")], 1 << 20)
    assert [name for name, _ in found["predicates"]][-2:] == ["new99", "newer"]


def test_nothing_of_a_document_that_fails_late_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rdf("".join(breaker(number) for number in range(2_000)) + "<cim:Fuse/>")
    monkeypatch.setenv(machine_code.SWITCH, "1")
    monkeypatch.setattr("cim_models.scan.scanner.WINDOW_BYTES", 4096)
    builder = StatementBuilder()
    assert not reading.read(document(data), builder)
    assert (builder.files, builder.canonical, len(builder.subject), builder.predicates) == ([], [], 0, {})


def test_small_documents_and_those_of_a_machine_without_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    one = document(rdf(breaker(0)))
    monkeypatch.setenv(machine_code.SWITCH, "0")
    assert not reading.read(one, StatementBuilder())
    monkeypatch.setenv(machine_code.SWITCH, "1")
    monkeypatch.setattr(limits, "SCANNED_BYTES_MIN", one.size_bytes)
    assert reading.read(one, StatementBuilder())
    monkeypatch.setattr(limits, "SCANNED_BYTES_MIN", one.size_bytes + 1)
    assert not reading.read(one, StatementBuilder())


@pytest.mark.parametrize("cut", [0, 9])
def test_gzip(tmp_path: Path, cut: int) -> None:
    packed = gzip.compress(rdf("".join(breaker(number) for number in range(3_000))))
    path = tmp_path / "model.xml.gz"
    path.write_bytes(packed[: len(packed) - cut])
    found, _ = documents([path])
    assert is_scanned(found[0]) == (cut == 0)
    assert ("error" in assert_same(found)) == (cut > 0)


def test_all_real_models(models: Path) -> None:
    folders = sorted(one for one in models.iterdir() if one.is_dir()) if models.is_dir() else []
    if not folders:
        pytest.skip("the models are not there")
    scanned = 0
    for folder in folders:
        for one in documents([folder])[0]:
            if one.form.name == "XML":
                scanned += is_scanned(one, 1 << 20)
                assert_same([one], 1 << 20)
    assert scanned > 40
