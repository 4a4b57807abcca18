"""What may be asked in SPARQL is told by tokens, before a parser sees it; limits are tested on both sides."""

from __future__ import annotations

import pytest

from cim_models import limits
from cim_models.errors import RefusedError
from cim_models.store.queries import catalogue
from cim_models.store.screening import form_of_query

DEEP, MARKS = limits.SPARQL_DEPTH_MAX, limits.SPARQL_OPERATORS_MAX


def code_of(text: str) -> str:
    with pytest.raises(RefusedError) as caught:
        form_of_query(text)
    caught.value.message.encode()
    return caught.value.code


def nested(depth: int) -> str:
    return "SELECT * WHERE " + "{" * depth + " ?s ?p ?o " + "}" * depth


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * WHERE { ?s ?p ?o }", "select"),
        ("  # SERVICE in a comment\nPREFIX load: <urn:x#SERVICE> ask {}", "prefix"),
        ("PREFIX x: <urn:x#> ASK { ?s x:from 'SERVICE <urn:x>' }", "ask"),
        ("BASE <urn:FROM> CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "graph"),
        ("DESCRIBE <urn:x>", "graph"),
        ("select ?from ?service where { ?from $load _:drop . ?s ?p 'x'@from-service }", "select"),
        ('ASK { ?s ?p """ " SERVICE "" \\""" """ }', "ask"),
        ("ASK { ?s ?p '''LOAD''' FILTER(?a<1&&2>?b) }", "ask"),
    ],
)
def test_what_may_be_asked(text: str, form: str) -> None:
    if form == "prefix":
        assert code_of(text) == "query_forbidden"  # FROM:x could be read as FROM and :x
    else:
        assert form_of_query(text) == form


@pytest.mark.parametrize("query", catalogue().values(), ids=catalogue())
def test_named_queries_would_pass(query: object) -> None:
    assert form_of_query(getattr(query, "text")) == "select"  # noqa: B009 - parametrised


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE{SERVICE<http://x/>{?s ?p ?o}}",
        "SELECT * WHERE { service SILENT ?x { ?s ?p ?o } }",
        "SELECT * WHERE { ?s ?p '\\\\' SERVICE <urn:x> {} }",
        "SELECT * FROM NAMED <urn:x> WHERE {}",
        "SELECT *FROM<http://127.0.0.1/>WHERE{}",
        "SELECT * FROM:x WHERE {}",
        "ASK { ?s ?p 'a' }#\n FROM <urn:x>",
        "ASKFROM <x> {}",
        "SELECT * WHERE { SERVICESILENT<http://x/>{?s ?p ?o} }",
        "PREFIX ex: <http://x/> SELECT * WHERE { SERVICEex:foo{?s ?p ?o} }",
        "SELECT * WHERE { ?s ?p trueSERVICE<http://x/>{?s ?p ?o} }",
        "SELECT * WHERE { ?s ?p 1e0SeRvIcE<http://x/>{?s ?p ?o} }",
        "SELECT * WHERE { ?s ?p 'x'@en1SERVICE<http://x/>{?s ?p ?o} }",
        "PREFIX ex: <http://x/> SELECT * WHERE { ?s ?p ex:.SERVICE<http://x/>{?s ?p ?o} }",
        "SELECT *FROMNAMED<http://x/>WHERE{}",
        "PREFIX ex: <http://x/> SELECT *FROMex:g WHERE{}",
        "LOAD <http://x/>",
        "PREFIX x: <urn:x> DROP ALL",
        "CLEAR DEFAULT",
        "COPY <a> TO <b>",
        "DELETE WHERE { ?s ?p ?o }",
        "ASK {} ; INSERT DATA { <a> <b> <c> }",
    ],
)
def test_what_is_forbidden(text: str) -> None:
    assert code_of(text) == "query_forbidden"


@pytest.mark.parametrize(
    "text", ["", "   ", "# only a comment", "nonsense", "WITH <urn:x>", "<urn:x>", "42", "ASKSELECT {}"]
)
def test_what_is_no_query(text: str) -> None:
    assert code_of(text) == "not_a_query"


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(?a<'>')SERVICE<http://x/>{?s ?p ?o}#'\n}",
        "ASK { FILTER(?a<1#>'''\n)SERVICE<http://x/>{?s ?p ?o}#'''\n}",
        "ASK { FILTER(?a<1)SERVICE?x#>\n{?s ?p ?o} }",
        "ASK { FILTER(?a<ex:b)SERVICE>?b) }",
        "BASE <http://x/> ASK { ?s ?p <#FROM> }",
    ],
)
def test_what_two_parsers_would_read_differently(text: str) -> None:
    assert code_of(text) == "query_iri"


def test_an_escaped_quote_in_a_name_begins_no_text() -> None:
    text = "PREFIX ex: <http://x/> ASK { ?s ?p ex:a\\' SERVICE<http://x/>{?s ?p ?o}#'\n}"
    assert code_of(text) == "query_escape"


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s <http://iec.ch/TC57/CIM100#Equipment.inService> ?o . ?o ?p <http://x/o'load?(a)#from> }",
        "PREFIX cim: <http://iec.ch/TC57/CIM100#> ASK { ?s cim:Equipment.inService ?inService; cim:from ?o. }",
        "ASK { ?s ?p <urn:uuid:0f1e2d3c-0000-4000-8000-000000000001> . # it's SERVICE\n }",
    ],
)
def test_names_that_hold_such_words_where_no_keyword_can_be(text: str) -> None:
    assert form_of_query(text) == "ask"


def test_escapes_that_stand_for_any_character() -> None:
    assert code_of(r"SELECT * WHERE { \u0053ERVICE <urn:x> {} }") == "query_escape"
    assert code_of(r"SELECT * WHERE { ?s ?p '\U00000027' }") == "query_escape"


def test_limits_on_both_sides() -> None:
    assert form_of_query(nested(DEEP)) == "select"
    assert code_of(nested(DEEP + 1)) == "query_too_deep"
    assert form_of_query("ASK { FILTER(" + "!" * (MARKS - 2) + "1) }") == "ask"
    assert code_of("ASK { FILTER(" + "!" * (MARKS - 1) + "1) }") == "query_too_complex"
    text = "ASK {} "
    assert form_of_query(text + " " * (limits.SPARQL_CHARACTERS_MAX - len(text))) == "ask"
    assert code_of(text + " " * (limits.SPARQL_CHARACTERS_MAX - len(text) + 1)) == "query_too_long"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE " + "{" * 2250 + "}" * 2250,
        "SELECT * WHERE { FILTER" + "(" * 4800 + "1" + ")" * 4800 + " }",
        "SELECT * WHERE { " + "FILTER NOT EXISTS { " * 700 + "}" * 701,
        "SELECT * WHERE { {} " + "UNION {} " * 1700 + "}",
        "SELECT * WHERE { FILTER(1" + "||1" * 5000 + ") }",
        "ASK { FILTER(?a<" + "(" * 3000 + "1" + ")" * 3000 + ">?b) }",
        "ASK { ?s <urn:p>" + "/<urn:p>" * 1800 + " ?o }",
    ],
)
def test_what_crashes_parsers_is_refused(text: str) -> None:
    assert code_of(text) in ("query_too_deep", "query_too_complex", "query_too_long")
