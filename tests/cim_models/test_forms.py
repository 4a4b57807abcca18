"""Every form of RDF gives the network that RDF/XML gives, and its mistakes are told as plainly."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from cim_models import Network, limits, load_text
from cim_models.errors import LimitError, OptionError, TopogroupError
from cim_models.forms import Form, form_of
from cim_models.importing import import_model
from tests.cim_models.rdf_text import PREFIXES, SAME_BUT, TURTLE, WRITERS, written
from tests.cim_models.small import SMALL, equal, found, gzipped, refused, zip_bytes, zipped
from tests.cim_models.test_refused_files import write


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("wrapping", ["plain", "no suffix", "gzip", "zip", "zip in zip", "folder", "byte order mark"])
def test_every_form_gives_the_same_network(tmp_path: Path, form: str, wrapping: str) -> None:
    text, suffix = written(form), WRITERS[form]
    if wrapping == "gzip":
        path = gzipped(tmp_path / f"model{suffix}.gz", text)
    elif wrapping == "zip":
        path = zipped(tmp_path / "model.zip", {f"a/model{suffix}": text})
    elif wrapping == "zip in zip":
        path = zipped(tmp_path / "model.zip", {"inner.zip": zip_bytes({f"model{suffix}": text})})
    elif wrapping == "folder":
        write(tmp_path, text, f"model{suffix}")
        path = tmp_path
    else:
        mark = "\ufeff" if wrapping == "byte order mark" else ""
        path = write(tmp_path, mark + text, "model" if wrapping == "no suffix" else f"model{suffix}")
    equal(Network.load(path), load_text(SMALL), but=SAME_BUT)


def test_turtle_as_people_write_it(tmp_path: Path) -> None:
    """Relative ids are spelled as in RDF/XML, numbers need no quotes."""
    network = Network.load(write(tmp_path, TURTLE, "model.ttl"))
    equal(network, load_text(SMALL), but=SAME_BUT)
    assert list(network.equipment.source_id) == ["#_CB", "#_G", "#_L", "#_PV"]


def test_an_import_of_turtle_is_what_a_load_is(tmp_path: Path) -> None:
    path = write(tmp_path, TURTLE, "model.ttl")
    import_model([path], tmp_path / "out")
    equal(Network.open(tmp_path / "out" / "network"), Network.load(path))


def test_forms_join_in_one_network(tmp_path: Path) -> None:
    """The same model twice, in two forms and twice in one, says nothing more than once."""
    path, again = write(tmp_path, TURTLE, "model.ttl"), write(tmp_path, SMALL, "model.xml")
    equal(Network.load(path, again), load_text(SMALL), but=SAME_BUT)
    equal(Network.load(again, path, again), load_text(SMALL), but=SAME_BUT)


def test_findings_on_turtle_name_the_line(tmp_path: Path) -> None:
    text = TURTLE.replace("<#_CB> a cim:Breaker ;", '<#_CB> a cim:Breaker ;\n\n cim:Switch.normalOpen "true" ;')
    path = write(tmp_path, text, "model.ttl")
    (twice,) = found(Network.load(path), "repeated_value")
    line = 1 + text[: text.index("<#_CB> a")].count("\n")
    assert (twice.objects, twice.file, twice.line) == (("CB",), str(path), line)


TRIG = (
    """@prefix cim: <https://cim.ucaiug.io/ns#> . @prefix md: <http://iec.ch/TC57/61970-552/ModelDescription/1#> .
<urn:uuid:1> { <urn:uuid:1> a md:FullModel ; md:Model.profile "http://iec.ch/TC57/ns/CIM/CoreEquipment-EU/3.0" ;
  md:Model.createdBy [ md:Model.name "nobody" ] .
"""
    + TURTLE.removeprefix(PREFIXES)
    + """}
<urn:uuid:2> { <urn:uuid:2> a md:FullModel ;
  md:Model.profile "http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis-EU/3.0" .
  <#_CB> a cim:Switch ; cim:Switch.open true . <#_L> a cim:Equipment ; cim:Equipment.inService true . }
"""
)


def test_a_named_graph_for_each_profile(tmp_path: Path) -> None:
    """TriG as Telemark has it: blank nodes in the header, typed truth values, objects re-typed by SSH."""
    network = Network.load(write(tmp_path, TRIG, "model.trig"))
    assert network.pole.current_open.tolist() == [True]
    assert network.pole.normal_open.tolist() == [False]
    assert network.counts == load_text(SMALL).counts
    equal(network, load_text(SMALL), but=(*SAME_BUT, "pole.current_open", "pole.state_source"))


def test_json_ld_with_bare_words_and_lower_case(tmp_path: Path) -> None:
    """References that are relative and in lower case meet subjects that are urn:uuid: in upper case."""
    mrid = "276809DF-6493-4DAE-A7BB-AD78A5F0DA95"
    xml = SMALL.replace("_CB", f"_{mrid}")
    graph = json.loads(written("json-ld", xml))
    text = json.dumps(graph).replace(f'"@id": "http://example.org/eq#_{mrid}"', '"@id": "%s"')
    assert text.count('"%s"') >= 3
    parts = text.split("%s")
    lower = [
        f"urn:uuid:{mrid}" if '"@type"' in part[:60] or "Breaker" in part[:400] else mrid.lower() for part in parts[1:]
    ]
    whole = parts[0] + "".join(spelling + part for spelling, part in zip(lower, parts[1:], strict=True))
    assert mrid.lower() in whole
    equal(Network.load(write(tmp_path, whole, "model.jsonld")), load_text(xml), but=SAME_BUT)


@pytest.mark.parametrize("name", ["IEEE13.ttl", "ieee13.jsonld"])
def test_real_files_of_other_forms_are_the_xml(models: Path, name: str) -> None:
    folder = models / "01-ieee13-tiny"
    if not folder.is_dir():
        pytest.skip("model 01 is not there")
    equal(Network.load(folder / name), Network.load(folder / "IEEE13.xml"), but=SAME_BUT)


BAD: dict[str, tuple[str, str | bytes, str]] = {
    "cut": ("file_truncated", TURTLE[:-30], "ends early, at line"),
    "cut in a text": ("file_truncated", TURTLE + '<#a> cim:x """never closed', "ends early"),
    "no dot": ("not_well_formed", TURTLE.replace('name "G" .', 'name "G" <'), "line 4 is not well-formed Turtle"),
    "unknown prefix": ("not_well_formed", TURTLE.replace("cim:Breaker", "nobody:Breaker"), "line 5"),
    "nothing of CIM": ("not_cim", "@prefix f: <http://xmlns.com/foaf/0.1/> .\n<#a> a f:Person .", "foaf"),
    "only prefixes": ("not_cim", PREFIXES, "holds nothing of CIM"),
    "NUL": ("not_well_formed", TURTLE + "#\x00", f"line {TURTLE.count(chr(10)) + 1} holds a control character"),
    "escaped NUL": ("not_well_formed", TURTLE + '<#a> cim:x "\\u0000" .', "a control character"),
    "escape": ("not_well_formed", TURTLE + '<#a> cim:x "\\uD800" .', "line"),
    "UTF-16": ("encoding_unsupported", TURTLE.encode("utf-16"), "convert it to UTF-8"),
    "Latin-1": ("not_well_formed", (TURTLE + "# ").encode() + b"\xe4\n", "is not UTF-8"),
    "cut in UTF-8": ("not_well_formed", (TURTLE + "# ").encode() + b"\xc3", "is not UTF-8"),
    "quoted triple": ("not_cim", TURTLE + "<#a> cim:x <<( <#b> cim:y <#c> )>> .", "statement about a statement"),
    "N-Quads": ("not_well_formed", "<urn:a> <urn:b> <urn:c> <urn:d> .\n<urn:a> oops .\n", "line 2 is not well-formed"),
    "JSON": ("not_well_formed", '{"@id": "a",\n "@type": }', "line 2 is not well-formed JSON-LD"),
    "JSON cut": ("file_truncated", '{"@id": "a",\n "@type": ', "ends early"),
    "remote context": (
        "not_well_formed",
        '{"@context": "http://127.0.0.1:9/x", "@id": "a"}',
        "nothing is ever fetched",
    ),
    "difference": (
        "difference_model",
        "<#d> a <http://iec.ch/TC57/61970-552/DifferenceModel/1#DifferenceModel> .",
        "difference model",
    ),
    "no JSON-LD": ("not_rdf", '{"a": 1}', "no JSON-LD"),
    "tar": ("not_rdf", b"model.xml" + b"\0" * 248 + b"ustar\x0000" + b"\0" * 500, "tar archive"),
    "empty zip": ("not_rdf", zip_bytes({}), "an empty zip"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_bad_is_refused_with_file_and_line(tmp_path: Path, kind: str) -> None:
    code, content, words = BAD[kind]
    path = write(tmp_path, content, "model")
    error = refused(code, path)
    assert (error.object, words in error.message) == (str(path), True), error.message
    with pytest.raises(TopogroupError) as there:
        import_model([path], tmp_path / "out")
    assert there.value.as_dict() == error.as_dict()


def nested_turtle(depth: int) -> str:
    return TURTLE + "<#a> cim:x " + "[ cim:x " * depth + "1" + " ]" * depth + " .\n"


def nested_json(depth: int) -> str:
    inner = depth - 1
    return '{"@id": "a", "http://iec.ch/TC57/CIM100#x": ' + "[" * inner + "1" + "]" * inner + "}"


def test_depth_is_bounded_on_both_sides(tmp_path: Path) -> None:
    Network.load(write(tmp_path, nested_turtle(limits.RDF_DEPTH_MAX), "model.ttl"))
    for depth in (limits.RDF_DEPTH_MAX + 1, 100_000):
        assert isinstance(refused("too_deep", write(tmp_path, nested_turtle(depth), "model.ttl")), LimitError)
    refused("no_terminals", write(tmp_path, nested_json(limits.RDF_DEPTH_MAX), "model.jsonld"))
    for depth in (limits.RDF_DEPTH_MAX + 1, 100_000):
        refused("too_deep", write(tmp_path, nested_json(depth), "model.jsonld"))


def test_brackets_in_texts_and_comments_are_no_depth(tmp_path: Path) -> None:
    many = "[({" * limits.RDF_DEPTH_MAX
    text = TURTLE + f'# {many}\n<#a> cim:x "{many}", \'{many}\', """\n{many}\n\\"{many}""", "\\"{many}" .\n'
    equal(Network.load(write(tmp_path, text, "model.ttl")), load_text(SMALL), but=SAME_BUT)
    linked = written("json-ld").replace('"PV"', json.dumps('PV\\"' + many + "\\"))
    network = Network.load(write(tmp_path, linked, "model.jsonld"))
    assert list(network.equipment.name)[-1] == 'PV\\"' + many + "\\"


def test_json_is_counted_across_pieces() -> None:
    from cim_models.nesting import JsonNesting

    text = json.dumps([{"a": ["]]]", '\\"[[', "\\", {"b": '"'}]}]).encode()
    for size in range(1, len(text)):
        nesting = JsonNesting()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert max(nesting.deepest(piece) for piece in pieces) == 4, size


def test_texts_and_ids_are_bounded_on_both_sides(tmp_path: Path) -> None:
    def long(size: int) -> str:
        return TURTLE + f'<#a> cim:x "{"x" * size}" .\n'

    def identity(size: int) -> str:
        return TURTLE + f'<urn:{"x" * (size - 4)}> cim:x "" .\n'

    for text in (long, identity):
        Network.load(write(tmp_path, text(limits.XML_TEXT_BYTES_MAX), "model.ttl"))
        for size in (limits.XML_TEXT_BYTES_MAX + 1, 10_000_000):
            assert isinstance(refused("text_too_long", write(tmp_path, text(size), "model.ttl")), LimitError)


def test_an_id_in_xml_is_bounded_on_both_sides(tmp_path: Path) -> None:
    def identity(size: int) -> str:
        return SMALL.replace("</rdf:RDF>", f'<cim:Asset rdf:about="#{"x" * (size - 1)}"/></rdf:RDF>')

    Network.load(write(tmp_path, identity(limits.XML_TEXT_BYTES_MAX)))
    refused("text_too_long", write(tmp_path, identity(limits.XML_TEXT_BYTES_MAX + 1)))


def test_lines_are_bounded_on_both_sides(tmp_path: Path) -> None:
    line = "#" + "x" * (limits.RDF_LINE_BYTES_MAX - 2)
    Network.load(write(tmp_path, f"{line}\n{TURTLE}", "model.ttl"))
    assert isinstance(refused("line_too_long", write(tmp_path, f"{line}x\n{TURTLE}", "model.ttl")), LimitError)


@pytest.mark.parametrize("text", [TURTLE, SMALL], ids=["Turtle", "RDF/XML"])
def test_statements_are_bounded_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    from cim_models import loading

    path = write(tmp_path, text, "model")
    number = len(loading.read([path])[0])
    monkeypatch.setattr(limits, "STATEMENTS_MAX", number)
    Network.load(path)
    monkeypatch.setattr(limits, "STATEMENTS_MAX", number - 1)
    assert isinstance(refused("too_many_statements", path), LimitError)


def test_objects_are_bounded_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cim_models import loading

    path = write(tmp_path, SMALL)
    number = len(loading.read([path])[0].ids)
    monkeypatch.setattr(limits, "OBJECTS_MAX", number)
    Network.load(path)
    monkeypatch.setattr(limits, "OBJECTS_MAX", number - 1)
    assert isinstance(refused("too_many_objects", path), LimitError)


def test_the_memory_of_the_parser_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "#" + "x" * (limits.RDF_LINE_BYTES_MAX - 2) + "\n" + TURTLE, "model.ttl")
    Network.load(path)
    monkeypatch.setattr(limits, "RDF_PARSER_MEMORY_BYTES_MAX", 1024**2)
    with pytest.raises(TopogroupError) as caught:
        Network.load(path)
    assert caught.value.code in ("parser_failed", "text_too_long")


def test_without_the_parser_one_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, TURTLE, "model.ttl")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    error = refused("extra_missing", path)
    assert isinstance(error, OptionError)
    assert "topogroup[rdf]" in error.message
    equal(Network.load(write(tmp_path, SMALL)), load_text(SMALL))


@pytest.mark.parametrize(
    ("head", "suffix", "form"),
    [
        (b"<?xml version", ".ttl", Form.XML),
        (b"<rdf:RDF xmlns", "", Form.XML),
        (b"<!-- x -->", "", Form.XML),
        (b"<rdf", "", Form.XML),
        (b"<urn:uuid:1> a <b> .", "", Form.TRIG),
        (b"<http://a/b> <http://a/c> <d> .", ".xml", Form.TRIG),
        (b'<urn:a> <urn:b> "c" <urn:g> .', "", Form.N_QUADS),
        (b'<urn:a> <urn:b> "c"^^<urn:t> <urn:g> .', ".trig", Form.N_QUADS),
        (b"<urn:a> <urn:b> <urn:c> .", ".nt", Form.N_QUADS),
        (b"# a comment\n@prefix a: <b> .", "", Form.TRIG),
        (b"PREFIX cim: <x>", "", Form.TRIG),
        (b"cim:a a cim:b .", "", Form.TRIG),
        (b"_:b a cim:b .", "", Form.TRIG),
        (b"[ a cim:b ] .", "", Form.TRIG),
        (b"# nothing but words", ".ttl", Form.TRIG),
        (b"# nothing but words", ".md", None),
        (b'{"@id": "a"}', "", Form.JSON_LD),
        (b'[{"@id": "a"}]', ".txt", Form.JSON_LD),
        (b'{"a": 1}', ".jsonld", Form.JSON_LD),
        (b'{"a": 1}', ".json", None),
        (b"step,switch,action", "", None),
        (b"hello", "", None),
        (b"", "", None),
    ],
)
def test_the_form_is_told_from_the_first_bytes(head: bytes, suffix: str, form: Form | None) -> None:
    assert form_of(head, suffix) is form
