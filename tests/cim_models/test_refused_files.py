"""Single files that are refused: one clear line with a stable code, and the file as its object."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cim_models import Network, limits
from cim_models.errors import FileError, LimitError, ModelError
from tests.cim_models.small import BODY, DECLARATION, RDF, SMALL, equal, gzipped, rdf, refused, value, zipped

DIFFERENCE = (
    '<dm:DifferenceModel xmlns:dm="http://iec.ch/TC57/61970-552/DifferenceModel/1#" rdf:about="urn:uuid:d1">'
    '<dm:forwardDifferences rdf:parseType="Statements"/></dm:DifferenceModel>'
)


def write(tmp_path: Path, content: str | bytes, name: str = "model.xml") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("code", "content", "words"),
    [
        ("file_empty", "", "is empty"),
        ("file_empty", " \r\n\t", "is empty"),
        ("file_empty", "\ufeff\n", "is empty"),
        ("not_rdf", "step,switch,action\n1,CB,open\n", "is no RDF"),
        ("not_rdf", '{"a": {}}', "no JSON-LD"),
        ("not_rdf", b"\x89PNG\r\n\x1a\n....", "is no RDF"),
        ("not_cim", "<html><body/></html>", "no rdf:RDF"),
        ("not_cim", '<RDF><cim:Breaker xmlns:cim="http://iec.ch/TC57/CIM100#"/></RDF>', "no rdf:RDF"),
        ("not_cim", f'<rdf:RDF xmlns:rdf="{RDF}"/>', "holds nothing of CIM"),
        (
            "not_cim",
            rdf(
                '<f:Person rdf:about="#a"><f:knows rdf:resource="#b"/></f:Person>'
                '<f:Person rdf:about="#b"><f:knows rdf:resource="#a"/></f:Person>',
                more=' xmlns:f="http://xmlns.com/foaf/0.1/"',
            ),
            "holds nothing of CIM",
        ),
        (
            "not_cim",
            rdf(
                '<rdf:Description rdf:about="#a"><rdf:type rdf:resource="http://www.w3.org/2002/07/owl#Class"/>'
                "</rdf:Description>"
            ),
            "holds nothing of CIM",
        ),
        ("no_terminals", rdf('<cim:Breaker rdf:ID="_a"/>'), "no terminal with a node"),
        ("no_terminals", rdf('<cim:Terminal rdf:ID="_a"/>'), "no terminal with a node"),
        ("difference_model", rdf(DIFFERENCE), "difference model"),
        ("not_cim", rdf(BODY + DIFFERENCE), "a model and a difference model in one file"),
        ("not_well_formed", rdf("<cim:Breaker></cim:Fuse>"), "line 3 is not well-formed XML"),
        ("not_well_formed", rdf("\n\n<cim:Breaker rdf:ID=_a/>"), "line 5 is not well-formed XML"),
        ("not_well_formed", SMALL + "<more/>", "not well-formed XML"),
        ("not_well_formed", rdf("<nobody:Breaker/>").replace("<nobody:Breaker/>", "<a:b:c/>"), "line 3"),
        ("not_well_formed", rdf("<cim:Breaker>&undefined;</cim:Breaker>"), "line 3"),
        ("not_well_formed", rdf("<cim:Breaker>\x00</cim:Breaker>"), "line 3"),
        ("not_well_formed", rdf("<cim:Breaker>\x1b</cim:Breaker>"), "line 3"),
        ("not_well_formed", rdf("<cim:Breaker>X</cim:Breaker>").encode().replace(b"X", b"\xff\xfe\xfa"), "line 3"),
        ("encoding_unsupported", SMALL.replace("UTF-8", "UTF-16").encode("utf-16"), "UTF-16"),
        ("encoding_unsupported", SMALL.encode("utf-16-le"), "UTF-16"),
        ("encoding_unsupported", SMALL.encode("utf-16-be"), "UTF-16"),
        ("encoding_unsupported", SMALL.encode("utf-32"), "UTF-32"),
        ("encoding_unsupported", SMALL.replace("UTF-8", "UTF-7"), "UTF-7"),
        ("encoding_unsupported", SMALL.replace("UTF-8", "ebcdic-cp-us"), "ebcdic-cp-us"),
        ("encoding_unsupported", SMALL.replace(" encoding", " " * 2000 + "encoding"), "no end"),
    ],
)
def test_refused(tmp_path: Path, code: str, content: str | bytes, words: str) -> None:
    path = write(tmp_path, content)
    error = refused(code, path)
    assert isinstance(error, ModelError)
    assert words in error.message
    assert str(path) in error.message
    if code != "no_terminals":
        assert error.object == str(path)


def test_utf_7_cannot_carry_a_dtd_past_the_screen(tmp_path: Path) -> None:
    """`+ADwAIQ-` is `<!` in UTF-7; the declaration is pushed beyond what a careless search looks at."""
    hidden = f'<?xml version="1.0"{" " * 350}encoding="UTF-7"?>\n+ADwAIQ-DOCTYPE r+AD4\n' + SMALL.removeprefix(
        DECLARATION
    )
    refused("encoding_unsupported", write(tmp_path, hidden))


@pytest.mark.parametrize("path", ["nowhere.xml", "no/folder", "-"])
def test_what_does_not_exist(path: str) -> None:
    error = refused("file_not_found", path)
    assert error.as_dict() == {"code": "file_not_found", "message": f"{path} does not exist.", "object": path}


def test_no_path_at_all() -> None:
    with pytest.raises(FileError, match="No model was named"):
        Network.load()


def test_a_file_cut_anywhere_is_never_a_model(tmp_path: Path) -> None:
    """Every cut is refused; from the root element on as truncated, with the line where the file ends."""
    begin = SMALL.index("<cim:")
    for cut in range(1, len(SMALL) - 2, 7):
        path = write(tmp_path, SMALL[:cut])
        with pytest.raises(FileError) as caught:
            Network.load(path)
        allowed = {"file_truncated"} if cut >= begin else {"file_truncated", "encoding_unsupported", "not_cim"}
        assert caught.value.code in allowed, (cut, caught.value.message)
        if cut > begin:
            assert f"at line {SMALL[:cut].count(chr(10)) + 1}" in caught.value.message, cut


def test_a_gzip_cut_anywhere_is_never_a_model(tmp_path: Path) -> None:
    whole = gzip.compress(SMALL.encode())
    for cut in range(2, len(whole), 11):
        with pytest.raises(FileError) as caught:
            Network.load(write(tmp_path, whole[:cut], "model.xml.gz"))
        assert caught.value.code == "file_truncated", cut


def test_damaged_compressed_files(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(SMALL.encode()))
    whole[-6] ^= 1
    refused("file_damaged", write(tmp_path, bytes(whole), "checksum.gz"))
    whole[3] = 0xFF
    refused("file_damaged", write(tmp_path, b"\x1f\x8b\x07" + bytes(whole[3:]), "method.gz"))
    refused("file_empty", gzipped(tmp_path / "empty.gz", ""))
    refused("not_rdf", gzipped(tmp_path / "text.gz", "hello"))


DOCTYPES = {
    "plain": "<!DOCTYPE r>",
    "lower case": "<!doctype r>",
    "external": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
    "entity bomb": '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    "file": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "entity alone": '<!ENTITY a "b">',
}


@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES)
@pytest.mark.parametrize("wrapping", ["plain", "gzip", "zip", "folder"])
def test_a_document_type_declaration_is_refused(tmp_path: Path, doctype: str, wrapping: str) -> None:
    text = SMALL.replace(DECLARATION, DECLARATION + doctype)
    if wrapping == "gzip":
        path = gzipped(tmp_path / "m.gz", text)
    elif wrapping == "zip":
        path = zipped(tmp_path / "m.zip", {"eq.xml": text})
    else:
        path = write(tmp_path, text)
    error = refused("document_type_declaration", tmp_path if wrapping == "folder" else path)
    assert error.object is not None
    assert error.object.endswith({"gzip": "m.gz", "zip": "m.zip!eq.xml"}.get(wrapping, "model.xml"))


@pytest.mark.parametrize("border", [1 << 15, 1 << 16, 1 << 20])
@pytest.mark.parametrize("offset", range(10))
def test_a_declaration_across_a_chunk_border_is_found(tmp_path: Path, border: int, offset: int) -> None:
    """Whatever size the parser reads in: the ten bytes of `<!DOCTYPE ` lie on both sides of it."""
    head = DECLARATION + "<!--"
    text = head + "x" * (border - len(head) - 3 - offset) + "--><!DOCTYPE r>" + SMALL.removeprefix(DECLARATION)
    assert text.index("<!DOCTYPE") == border - offset
    refused("document_type_declaration", write(tmp_path, text))


def test_words_that_only_look_like_a_declaration_pass(tmp_path: Path) -> None:
    """DOCTYPE without its `<!`, also escaped, is an honest name."""
    text = rdf(
        BODY + f'<cim:Substation rdf:ID="_s">{value("IdentifiedObject.name", "DOCTYPE &lt;!DOCTYPE")}</cim:Substation>'
    )
    network = Network.load(write(tmp_path, text))
    assert list(network.container.name) == ["DOCTYPE <!DOCTYPE"]


def nested(depth: int) -> str:
    """Return a model with an element at this depth; rdf:RDF is depth 1."""
    inner = depth - 1
    return rdf(BODY + "<cim:Asset>" * inner + "</cim:Asset>" * inner)


def test_depth_is_bounded_on_both_sides(tmp_path: Path) -> None:
    Network.load(write(tmp_path, nested(limits.XML_DEPTH_MAX)))
    for depth in (limits.XML_DEPTH_MAX + 1, 300, 100_000):
        error = refused("too_deep", write(tmp_path, nested(depth)))
        assert isinstance(error, LimitError)
        assert f"line {nested(depth)[: nested(depth).index('<cim:Asset>')].count(chr(10)) + 1} " in error.message


def test_attributes_are_bounded_on_both_sides(tmp_path: Path) -> None:
    def wide(count: int) -> str:
        return rdf(BODY + "<cim:Asset " + " ".join(f'cim:Asset.a{i}="1"' for i in range(count)) + "/>")

    Network.load(write(tmp_path, wide(limits.XML_ATTRIBUTES_MAX)))
    for count in (limits.XML_ATTRIBUTES_MAX + 1, 20_000):
        assert isinstance(refused("too_many_attributes", write(tmp_path, wide(count))), LimitError)


def test_texts_are_bounded_on_both_sides(tmp_path: Path) -> None:
    def long(size: int) -> str:
        return rdf(BODY + f'<cim:Asset rdf:ID="_a">{value("IdentifiedObject.description", "x" * size)}</cim:Asset>')

    def attribute(size: int) -> str:
        return rdf(BODY + f'<cim:Asset rdf:ID="_a" cim:IdentifiedObject.description="{"x" * size}"/>')

    for written in (long, attribute):
        Network.load(write(tmp_path, written(limits.XML_TEXT_BYTES_MAX)))
        for size in (limits.XML_TEXT_BYTES_MAX + 1, 11_000_000):
            assert isinstance(refused("text_too_long", write(tmp_path, written(size))), LimitError)


def test_what_unpacks_too_far_is_refused_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more than the ratio allows; the same file passes at its own ratio."""
    bomb = rdf(BODY + "<!-- nothing but air -->\n" * 200_000)
    path = gzipped(tmp_path / "bomb.xml.gz", bomb)
    allowed = len(bomb.encode()) / 1024**2
    assert 4 < allowed < 5
    monkeypatch.setattr(limits, "GZIP_RATIO_MAX", 4)
    error = refused("file_too_large", path)
    assert isinstance(error, LimitError)
    refused("file_too_large", zipped(tmp_path / "bomb.zip", {"eq.xml": bomb}))
    monkeypatch.setattr(limits, "GZIP_RATIO_MAX", 5)
    equal(Network.load(path), Network.load(write(tmp_path, SMALL)))
    monkeypatch.setattr(limits, "FILE_BYTES_MAX", len(bomb.encode()) - 1)
    refused("file_too_large", path)
    monkeypatch.setattr(limits, "FILE_BYTES_MAX", len(bomb.encode()))
    Network.load(path)
