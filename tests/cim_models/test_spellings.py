"""How files spell one network: whatever the spelling, the arrays are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cim_models import Network, load_text
from cim_models.errors import IdError
from tests.cim_models.small import BODY, DECLARATION, SMALL, codes, equal, found, rdf, value
from topogroup import attach

NESTED = (
    '<cim:Breaker rdf:ID="_CB">',
    '<cim:Terminal rdf:ID="_CB.T1"><cim:Terminal.ConductingEquipment rdf:resource="#_CB"/>',
)

SPELLINGS: dict[str, str | bytes] = {
    "byte order mark": "\ufeff" + SMALL,
    "CRLF": SMALL.replace("\n", "\r\n"),
    "declaration in single quotes": SMALL.replace(
        DECLARATION, "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n"
    ),
    "no declaration": SMALL.removeprefix(DECLARATION),
    "Latin-1": SMALL.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "comments and instructions": SMALL.replace(
        "\n<cim:", '\n<!-- a -->\n<?iec61970-552 version="3.0" method=\u201dDataSet\u201d?>\n<!----><cim:'
    ),
    "comment inside a value": SMALL.replace(">false<", ">fal<!-- x -->se<"),
    "False": SMALL.replace(">false<", ">False<"),
    "white space around a value": SMALL.replace(">false<", "> false\n <"),
    "CDATA": SMALL.replace(">false<", "><![CDATA[false]]><"),
    "character references": SMALL.replace(">false<", ">f&#97;lse<").replace("#_CB", "&#35;_CB"),
    "CIM16": SMALL.replace("http://iec.ch/TC57/CIM100#", "http://iec.ch/TC57/2013/CIM-schema-cim16#"),
    "CIM17": SMALL.replace("http://iec.ch/TC57/CIM100#", "http://iec.ch/TC57/2016/CIM-schema-cim17#"),
    "CIM18": SMALL.replace("http://iec.ch/TC57/CIM100#", "http://ucaiug.org/61970cim18v02_61968cim14v00#"),
    "other prefixes": SMALL.replace("<cim:", "<base_1:")
    .replace("</cim:", "</base_1:")
    .replace("xmlns:cim", "xmlns:base_1")
    .replace("rdf:", "r:")
    .replace("xmlns:rdf", "xmlns:r"),
    "default namespace": SMALL.replace("cim:", "").replace("xmlns:cim", "xmlns").replace(":=", "="),
    "two prefixes": rdf(
        re.sub(r"(</?)cim:(Switch|Terminal\.|Breaker)", r"\1ns1:\2", BODY),
        more=' xmlns:ns1="http://iec.ch/TC57/CIM100#"',
    ),
    "namespace declared at each element": rdf(
        BODY.replace("<cim:Breaker ", '<c:Breaker xmlns:c="http://iec.ch/TC57/CIM100#" ').replace(
            "</cim:Breaker>", "</c:Breaker>"
        )
    ),
    "whole addresses in references": SMALL.replace('rdf:resource="#_', 'rdf:resource="http://example.org/eq.xml#_'),
    "xml:base": SMALL.replace("<rdf:RDF ", '<rdf:RDF xml:base="http://127.0.0.1:9/eq" '),
    "urn:uuid in references": SMALL.replace('rdf:resource="#_', 'rdf:resource="urn:uuid:'),
    "links written later": rdf(BODY + '<cim:Breaker rdf:about="#_CB"/>'),
    "unit link at the connection": rdf(
        re.sub(r"<cim:PowerElectronicsUnit\.Power[^>]*/>", "", BODY)
        + '<cim:PowerElectronicsConnection rdf:about="#_PV">'
        '<cim:PowerElectronicsConnection.PowerElectronicsUnit rdf:resource="#_U"/></cim:PowerElectronicsConnection>'
    ),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spelling_changes_nothing(tmp_path: Path, name: str) -> None:
    content = SPELLINGS[name]
    path = tmp_path / "model.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if name == "default namespace":
        assert "<Breaker" in path.read_text()
    equal(Network.load(path), load_text(SMALL))


def test_the_other_spelling_of_photovoltaic() -> None:
    network = load_text(SMALL.replace("PhotovoltaicUnit", "PhotoVoltaicUnit"))
    assert network.der.kind.tolist() == load_text(SMALL).der.kind.tolist() == [0]
    assert network.counts["PhotoVoltaicUnit"] == 1


def test_descriptions_with_rdf_type_are_objects() -> None:
    """`rdf:Description` with `rdf:type`, before and after its properties, for every object."""
    typed = re.sub(
        r'<cim:(\w+) rdf:ID="(\w[^"]*)">(.*?)</cim:\1>',
        r'<rdf:Description rdf:ID="\2"><rdf:type rdf:resource="http://iec.ch/TC57/CIM100#\1"/>\3</rdf:Description>',
        SMALL,
    )
    last = re.sub(
        r'<cim:(\w+) rdf:ID="(\w[^"]*)">(.*?)</cim:\1>',
        r'<rdf:Description rdf:ID="\2">\3<rdf:type rdf:resource="http://iec.ch/TC57/CIM100#\1"/></rdf:Description>',
        SMALL,
    )
    for text in (typed, last):
        assert "<cim:Breaker" not in text
        equal(load_text(text), load_text(SMALL))


def test_a_type_of_another_namespace_is_no_cim_class() -> None:
    other = '<rdf:Description rdf:ID="_X"><rdf:type rdf:resource="http://example.org/other#Breaker"/></rdf:Description>'
    network = load_text(rdf(BODY + other))
    assert network.counts["{http://example.org/other#}Breaker"] == 1
    assert list(network.equipment.id) == ["CB", "G", "L", "PV"]


def test_properties_of_another_namespace_are_not_cim() -> None:
    body = BODY.replace(
        '<cim:Breaker rdf:ID="_CB">',
        '<cim:Breaker rdf:ID="_CB" x:Switch.open="true"><x:Switch.normalOpen>true</x:Switch.normalOpen>',
    )
    network = load_text(rdf(body, more=' xmlns:x="http://example.org/x#"'))
    equal(network, load_text(SMALL))


def test_nested_node_elements_are_objects_with_a_reference() -> None:
    """RDF/XML lets an object stand inside the property that refers to it."""
    inner = '<cim:ConnectivityNode rdf:ID="_n1"></cim:ConnectivityNode>'
    assert inner in SMALL
    body = SMALL.replace(inner + "\n", "")
    reference = '<cim:Terminal.ConnectivityNode rdf:resource="#_n1"/>'
    nested = body.replace(reference, f"<cim:Terminal.ConnectivityNode>{inner}</cim:Terminal.ConnectivityNode>", 1)
    assert nested != body
    equal(load_text(nested), load_text(SMALL))


def test_property_attributes_are_properties() -> None:
    shorter = SMALL.replace(value("Switch.normalOpen", "false"), "").replace(
        '<cim:Breaker rdf:ID="_CB">', '<cim:Breaker rdf:ID="_CB" cim:Switch.normalOpen="false">'
    )
    equal(load_text(shorter), load_text(SMALL))


UUID = "276809DF-6493-4DAE-A7BB-AD78A5F0DA95"


@pytest.mark.parametrize(
    ("subject", "source_id"),
    [
        (f'rdf:about="urn:uuid:{UUID}"', f"urn:uuid:{UUID}"),
        (f'rdf:ID="_{UUID}"', f"_{UUID}"),
        (f'rdf:about="#_{UUID.lower()}"', f"#_{UUID.lower()}"),
        (f'rdf:about="urn:uuid:_{UUID}"', f"urn:uuid:_{UUID}"),
        (f'rdf:about="http://example.org/#_{UUID}"', f"http://example.org/#_{UUID}"),
    ],
)
def test_ids_are_canonical_and_the_spelling_is_kept(subject: str, source_id: str) -> None:
    text = SMALL.replace('rdf:ID="_CB"', subject).replace("#_CB", f"#_{UUID}")
    table = load_text(text).equipment
    assert list(table.id) == sorted([UUID.lower(), "G", "L", "PV"])
    assert table.source_id[table.id.find(UUID.lower())] == source_id


def test_the_canonical_id_is_that_of_rdf_and_not_the_mrid() -> None:
    """IdentifiedObject.mRID is an alias: a file may spell it otherwise, or give it to two objects."""
    said = {"CB": "_CB", "L": "urn:uuid:L", "PV": "something-else"}
    text = SMALL
    for mrid, alias in said.items():
        opened = re.search(rf'<cim:\w+ rdf:ID="_{mrid}">', text)
        assert opened
        text = text.replace(opened.group(), opened.group() + value("IdentifiedObject.mRID", alias))
    network = load_text(text)
    equal(network, load_text(SMALL), but=("equipment.alias",))
    table = network.equipment
    assert {mrid: alias for mrid, alias in zip(table.id, table.alias, strict=True) if alias} == {"PV": "something-else"}


def test_a_switch_is_found_by_its_mrid_too_unless_two_carry_it() -> None:
    breaker = '<cim:Breaker rdf:ID="_CB">'
    text = SMALL.replace(breaker, breaker + value("IdentifiedObject.mRID", "_K7"))
    (pv,) = attach(load_text(text), opened=["urn:uuid:_K7"])
    assert pv.current.energisation == "unsupplied"
    shared = text.replace('rdf:ID="_PV">', 'rdf:ID="_PV">' + value("IdentifiedObject.mRID", "K7"))
    assert "duplicate_mrid" in {f.code for f in load_text(shared).findings}
    with pytest.raises(IdError) as refused:
        attach(load_text(shared), opened=["K7"])
    assert refused.value.code == "unknown_id"


def test_the_spelling_of_the_definition_is_kept_whatever_refers_first() -> None:
    later = rdf('<cim:Breaker rdf:about="urn:uuid:CB"/>' + BODY + '<cim:Breaker rdf:about="#_CB"/>')
    table = load_text(later).equipment
    assert table.source_id[table.id.find("CB")] == "_CB"


@pytest.mark.parametrize(
    "order", [("Equipment", "Breaker"), ("Breaker", "Equipment"), ("Switch", "Breaker"), ("Breaker", "Switch")]
)
@pytest.mark.parametrize("defines", ["first", "second", "neither"])
def test_the_most_telling_class_stands(order: tuple[str, str], defines: str) -> None:
    ids = ["ID" if defines == which else "about" for which in ("first", "second")]
    lines = [
        f'<cim:{cls} rdf:{"ID" if kind == "ID" else "about"}="{"" if kind == "ID" else "#"}_X"/>'
        for cls, kind in zip(order, ids, strict=True)
    ]
    network = load_text(rdf(BODY + "".join(lines)))
    assert network.counts["Breaker"] == 2
    assert not found(network, "class_conflict")


def test_comments_between_objects_over_many_chunks(tmp_path: Path) -> None:
    """The parser still writes the text after an element when that element has been read.

    Freeing that text is what corrupts memory: the whole file must come out right, over many chunks of the parser.
    """
    count = 3
    body = "".join(
        f'<cim:Fuse rdf:ID="_F{i:02}">{value("IdentifiedObject.name", f"fuse {i}")}</cim:Fuse>\n'
        + "<!-- nothing but air -->\n" * 200_000
        for i in range(count)
    )
    path = tmp_path / "long.xml"
    path.write_text(rdf(BODY + body))
    network = Network.load(path)
    fuses = [f"F{i:02}" for i in range(count)]
    assert list(network.equipment.id) == sorted(["CB", "G", "L", "PV", *fuses])
    names = dict(zip(network.equipment.id, network.equipment.name, strict=True))
    assert [names[fuse] for fuse in fuses] == [f"fuse {i}" for i in range(count)]


def test_freeing_keeps_the_text_that_the_parser_may_be_writing() -> None:
    from lxml import etree

    from cim_models.reader import _free

    root = etree.fromstring("<r>0<a>x</a>1<b k='v'>y<c/>z</b>2<d>w</d>3</r>")
    _free(root[1])
    assert etree.tostring(root) == b"<r>0<b/>2<d>w</d>3</r>"


def test_an_entity_that_nobody_declared_never_cuts_a_file_short(tmp_path: Path) -> None:
    """What follows it in the next chunk must not pass for the whole document."""
    from tests.cim_models.small import refused

    first = rdf("<cim:Asset>&undefined;</cim:Asset>")
    path = tmp_path / "model.xml"
    path.write_text(first + " " * (32768 - len(first.encode())) + SMALL.removeprefix(DECLARATION))
    assert "line 3" in refused("not_well_formed", path).message


def test_illegal_but_known_identifiers() -> None:
    """Blanks in an id, several fragments glued together."""
    text = SMALL.replace('"_CB"', '"fuse status"').replace('"#_CB"', '"#fuse status"').replace('"#_n2"', '"#_x#_y#_n2"')
    table = load_text(text).equipment
    assert list(table.id) == ["G", "L", "PV", "fuse status"]
    assert not codes(BODY) - {"source_decided"}
