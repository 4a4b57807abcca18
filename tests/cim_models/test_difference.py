"""Difference models: read as written, applied whole or not at all, made so that they lead where they should."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_models import limits
from cim_models.difference import Difference, applied, difference_between, read_difference, write_difference
from cim_models.difference.columns import ColumnMaker, spelling_in, statements_of
from cim_models.difference.model import said
from cim_models.difference.statement import TYPE, Statement, same_value
from cim_models.errors import ConflictError, OptionError, TopogroupError
from cim_models.intake import Document
from cim_models.reader import Reader
from cim_models.statements import Header, Statements
from tests.cim_models.small import RDF, SMALL, rdf

DM = "http://iec.ch/TC57/61970-552/DifferenceModel/1#"
OLD_DM = "http://iec.ch/2002/schema/CIM_difference_model#"


def document(text: str, name: str = "d.xml") -> Document:
    data = text.encode()
    return Document(name, len(data), lambda: io.BytesIO(data), True)


def dm(forward: str = "", reverse: str = "", *, before: str = "", header: str = "", ns: str = DM) -> str:
    """Write a difference model."""
    parts = [("preconditions", before), ("reverseDifferences", reverse), ("forwardDifferences", forward)]
    body = "".join(f'<dm:{name} rdf:parseType="Statements">\n{part}\n</dm:{name}>\n' for name, part in parts)
    more = f' xmlns:dm="{ns}" xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#"'
    return rdf(f'<dm:DifferenceModel rdf:about="urn:uuid:d1">\n{header}{body}</dm:DifferenceModel>', more=more)


def about(mrid: str, more: str, tag: str = "rdf:Description") -> str:
    return f'<{tag} rdf:about="#_{mrid}">{more}</{tag}>'


def value(name: str, text: str) -> str:
    return f"<cim:{name}>{text}</cim:{name}>"


def difference(text: str) -> Difference:
    return read_difference(document(text))


def columns(text: str = SMALL) -> Statements:
    reader = Reader()
    reader.read(document(text, "m.xml"))
    return reader.builder.finish()


def everything(one: Statements) -> set[Statement]:
    return set(statements_of(one))


OPEN = "Switch.normalOpen"


@pytest.mark.parametrize("ns", [DM, OLD_DM])
def test_read_as_written(ns: str) -> None:
    """Header, all three parts, classes, references, both namespaces."""
    line = '<cim:Terminal.ConnectivityNode rdf:resource="#_n2"/>'
    header = '<md:Model.Supersedes rdf:resource="urn:uuid:m1"/><md:Model.created>2026</md:Model.created>'
    read = difference(
        dm(
            about("CB", value(OPEN, "true")) + about("X", "", "cim:Breaker"),
            about("CB", value(OPEN, "false")) + about("T", line),
            before=about("CB", value("IdentifiedObject.name", "CB")),
            header=header,
            ns=ns,
        )
    )
    assert read.forward == (Statement("CB", OPEN, "true"), Statement("X", TYPE, "Breaker"))
    assert read.reverse == (Statement("CB", OPEN, "false"), Statement("T", "Terminal.ConnectivityNode", "n2", True))
    assert read.preconditions == (Statement("CB", "IdentifiedObject.name", "CB"),)
    assert (read.header.id, said(read.header, "Model.Supersedes")) == ("urn:uuid:d1", ["urn:uuid:m1"])
    assert read.spelling["CB"] == "#_CB" and read.line[read.forward[0]] == 11


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SMALL, "not_a_difference"),
        (rdf(""), "not_a_difference"),
        (dm().replace("dm:DifferenceModel", "dm:Other"), "not_a_difference"),
        (dm("<rdf:Description>x</rdf:Description>"), "not_a_difference"),
        (dm(about("", value(OPEN, "true")).replace("#_", "")), "not_a_difference"),
        (dm(about("CB", '<cim:a rdf:parseType="Collection"/>')), "not_a_difference"),
        (dm(about("CB", '<cim:a rdf:nodeID="x"/>')), "not_a_difference"),
        (dm().replace("forwardDifferences", "sidewaysDifferences"), "not_a_difference"),
        (dm(about("CB", "<cim:a>")), "not_well_formed"),
        (dm()[:-20], "file_truncated"),
        (dm(about("CB", value(OPEN, "x" * (limits.XML_TEXT_BYTES_MAX + 1)))), "text_too_long"),
        (dm(about("CB", "<cim:a>" * 70 + "</cim:a>" * 70)), "too_deep"),
        (f'<!DOCTYPE a [<!ENTITY b "c">]>{dm().partition("?>")[2]}', "doctype"),
    ],
)
def test_what_is_no_difference_is_refused(text: str, code: str) -> None:
    """In one sentence with the file; nothing crashes on hostile bytes."""
    with pytest.raises(TopogroupError) as caught:
        difference(text)
    assert "d.xml" in caught.value.message and "\n" not in caught.value.message
    assert caught.value.code == code or code == "doctype"


def test_too_many_statements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is still taken."""
    two = about("CB", value(OPEN, "true") + value("Switch.open", "true"))
    monkeypatch.setattr(limits, "DIFFERENCE_STATEMENTS_MAX", 2)
    assert len(difference(dm(two)).forward) == 2
    monkeypatch.setattr(limits, "DIFFERENCE_STATEMENTS_MAX", 1)
    with pytest.raises(TopogroupError, match="more than 1 statements"):
        difference(dm(two))


def test_applied_exactly() -> None:
    """What is named changes, nothing else does; `False` is `false`; new objects get their class and place."""
    before = columns()
    change = difference(
        dm(
            about("CB", value(OPEN, "True")) + about("N", value("IdentifiedObject.name", "new"), "cim:Breaker"),
            about("CB", value(OPEN, "False")),
            before=about("L", value("IdentifiedObject.name", "L")),
        )
    )
    after, findings = applied(before, [change])
    gone, come = everything(before) - everything(after), everything(after) - everything(before)
    assert gone == {Statement("CB", OPEN, "false")}
    assert come == {
        Statement("CB", OPEN, "True"),
        Statement("N", TYPE, "Breaker"),
        Statement("N", "IdentifiedObject.name", "new"),
    }
    assert findings == [] and len(after) == len(before) + 1
    places = {id_: after.place(at) for at, id_ in enumerate(after.ids)}
    assert places["N"][0] == "d.xml" and places["CB"] == before.place(before.ids.index("CB"))
    assert spelling_in(after)["CB"] == spelling_in(before)["CB"] == "_CB"


@pytest.mark.parametrize(
    ("forward", "reverse", "before", "code", "words"),
    [
        ("", about("CB", value(OPEN, "true")), "", "difference_misfit", "CB (CB) does not have Switch.normalOpen true"),
        ("", about("CB", value("Switch.open", "true")), "", "difference_misfit", "(it has none)"),
        ("", about("nobody", value(OPEN, "true")), "", "difference_misfit", "no such object is in the model"),
        ("", "", about("CB", value(OPEN, "true")), "difference_misfit", "which the difference requires (it is false)"),
        (about("CB", value(OPEN, "true")), "", "", "difference_value_stays", "Switch.normalOpen false already"),
        (about("CB", "", "cim:Fuse"), "", "", "difference_value_stays", "rdf:type Breaker already"),
        ("", about("CB", "", "cim:Breaker"), "", "difference_leaves_pieces", "loses its class Breaker but keeps"),
        ("", about("CB", "", "cim:Fuse"), "", "difference_misfit", "does not have rdf:type Fuse"),
    ],
)
def test_what_does_not_fit_is_refused_whole(forward: str, reverse: str, before: str, code: str, words: str) -> None:
    """One sentence names file, line, object and property, even where other parts would fit."""
    model = columns()
    unharmed = everything(model)
    good = about("L", value("IdentifiedObject.description", "fits"))
    with pytest.raises(ConflictError) as caught:
        applied(model, [difference(dm(good)), difference(dm(forward, reverse, before=before))])
    assert caught.value.code == code
    assert caught.value.message.startswith("d.xml line ") and words in caught.value.message
    assert everything(model) == unharmed


def test_what_is_added_twice_is_told() -> None:
    """It is there once."""
    model = columns()
    after, findings = applied(model, [difference(dm(about("CB", value(OPEN, "FALSE"))))])
    assert everything(after) == everything(model) and len(after) == len(model)
    assert [(one.code, one.objects, one.file) for one in findings] == [("difference_adds_known", ("CB",), "d.xml")]


def test_a_chain_is_applied_in_order_and_back() -> None:
    """The second builds on the first; loose classes of state files say nothing of the real one."""
    model = columns()
    one = difference(dm(about("CB", value(OPEN, "true")), about("CB", value(OPEN, "false"))))
    two = difference(
        dm(about("CB", value(OPEN, "false"), "cim:Equipment"), about("CB", value(OPEN, "true"), "cim:Equipment"))
    )
    after, _ = applied(model, [one, two])
    assert everything(after) == everything(model)
    with pytest.raises(ConflictError):
        applied(model, [two, one])


def test_an_object_leaves_and_another_takes_its_id() -> None:
    """All of it removed, then a fuse where the breaker was."""
    model = columns()
    mine = [statement for statement in everything(model) if statement.subject == "CB"]
    bare = Difference(Header("made"), (), tuple(mine))
    after, _ = applied(model, [bare])
    assert everything(after) == {one for one in everything(model) if one.subject != "CB"}
    fuse = Difference(Header("made"), (Statement("CB", TYPE, "Fuse"),), (Statement("CB", TYPE, "Breaker"),))
    after, _ = applied(model, [fuse])
    assert after.class_name[after.ids.index("CB")] == "Fuse" and after.class_conflicts == []


def test_a_class_that_files_of_states_give_loosely_can_leave_and_change() -> None:
    """An EnergyConsumer goes with all that is said of it; a Switch becomes a Breaker; what stays keeps its class."""
    load = about("LD", value("IdentifiedObject.name", "LD"), "cim:EnergyConsumer")
    plain = about("SW", value("IdentifiedObject.name", "SW"), "cim:Switch")
    model = columns(SMALL.replace("</rdf:RDF>", f"{load}{plain}</rdf:RDF>"))
    before = everything(model)
    without = {one for one in before if one.subject != "LD"}
    for there, back in ((before, without), (without, before)):
        start = model if there == before else applied(model, [difference_between(before, without)])[0]
        assert everything(applied(start, [difference_between(there, back)])[0]) == back
    narrower = {one._replace(value="Breaker") if one == ("SW", TYPE, "Switch", False) else one for one in before}
    after, _ = applied(model, [difference_between(before, narrower)])
    assert everything(after) == narrower and after.class_conflicts == []
    assert everything(applied(after, [difference_between(narrower, before)])[0]) == before
    (name,) = (one for one in before if one.subject == "LD" and not one.is_type)
    loosely = Difference(Header("states"), (name._replace(value="new"),), (Statement("LD", TYPE, "Equipment"), name))
    assert everything(applied(model, [loosely])[0]) == {*before - {name}, name._replace(value="new")}
    kept = Difference(Header("states"), (name._replace(value="new"),), (Statement("LD", TYPE, "EnergyConsumer"), name))
    assert everything(applied(model, [kept])[0]) == {*before - {name}, name._replace(value="new")}


def test_values_that_are_the_same() -> None:
    """Truths and numbers in any spelling; names letter by letter."""

    def same(predicate: str, a: str, b: str) -> bool:
        return same_value(Statement("x", predicate, a), Statement("x", predicate, b))

    assert same("Switch.open", "True", " true ") and same("a.b", "1.0", "1") and same("a.b", "1e3", "1000")
    assert not same("Switch.open", "true", "false") and not same("a.b", "nan", "NAN ") and not same("a.b", "1_0", "10")
    assert not same("IdentifiedObject.name", "1.0", "1") and not same("IdentifiedObject.name", "True", "true")
    assert not same_value(Statement("x", "a", "1"), Statement("x", "a", "1", True))


def test_what_no_xml_can_hold_is_refused() -> None:
    """A control character, and a name that is no name."""
    for bad in (Statement("x", "a.b", "\x01"), Statement("x", "a b", "c"), Statement("x", TYPE, "<")):
        with pytest.raises(OptionError):
            write_difference(Difference(Header("made"), (bad,)))


_IDS = st.sampled_from(["a", "b7", "FUS 0001", "276809df-6493-4dae-a7bb-ad78a5f0da95", "ö<&>"])
_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=8).map(str.strip)
_BODY = st.fixed_dictionaries(
    {TYPE: st.sampled_from(["Breaker", "Fuse", "http://other.org/x#Thing"])},
    optional={
        "IdentifiedObject.name": _TEXTS,
        "Switch.open": st.sampled_from(["true", "false", "True"]),
        "http://other.org/x#note": _TEXTS,
        "Terminal.ConnectivityNode": st.frozensets(_IDS, max_size=2),
        "Terminal.phases": st.sampled_from([frozenset({"PhaseCode.A"}), frozenset({"PhaseCode.BC"})]),
    },
)
_MODELS = st.dictionaries(_IDS, _BODY, max_size=4)


def _statements(model: dict[str, dict[str, str | frozenset[str]]]) -> set[Statement]:
    found = set()
    for subject, body in model.items():
        for predicate, text in body.items():
            if isinstance(text, str):
                found.add(Statement(subject, predicate, text))
            else:
                found |= {Statement(subject, predicate, one, True) for one in text}
    return found


def _plain(statements: set[Statement]) -> set[Statement]:
    return {one._replace(value=one.value.lower()) if one.predicate == "Switch.open" else one for one in statements}


@given(_MODELS, _MODELS)
def test_the_difference_of_two_models_leads_from_one_to_the_other(one: dict[str, dict], two: dict[str, dict]) -> None:
    """Made, written, read and applied; and what it says is exactly what differs."""
    before, after = _statements(one), _statements(two)
    made = difference_between(before, after)
    assert _plain(set(made.reverse)) == _plain(before) - _plain(after)
    assert _plain(set(made.forward)) == _plain(after) - _plain(before)
    read = difference(write_difference(made))
    assert (set(read.forward), set(read.reverse)) == (set(made.forward), set(made.reverse))
    maker = ColumnMaker({})
    maker.add(sorted(before, key=lambda statement: statement.predicate != TYPE))
    result, findings = applied(maker.finished(), [read])
    assert _plain(everything(result)) == _plain(after) and findings == []


def test_a_second_value_joins_one_that_stays() -> None:
    """Real models have it; the made difference names the first as a precondition, a given one must as well."""
    one, two = Statement("L", "a.b", "1"), Statement("L", "a.b", "2")
    before = everything(columns()) | {one}
    made = difference_between(before, before | {two})
    assert (made.forward, made.reverse, made.preconditions) == ((two,), (), (one,))
    maker = ColumnMaker({})
    maker.add(before)
    model = maker.finished()
    assert everything(applied(model, [difference(write_difference(made))])[0]) == before | {two}
    with pytest.raises(ConflictError, match=r"a\.b 1 already"):
        applied(model, [Difference(Header("given"), (two,))])


def test_written_with_its_header() -> None:
    """The file names what it supersedes, and where its words come from."""
    made = difference_between(
        {Statement("a", "Switch.open", "true")}, set(), supersedes="urn:uuid:m1", description="why <this>"
    )
    text = write_difference(made)
    read = difference(text)
    assert read.header.said == [("Model.description", "why <this>"), ("Model.Supersedes", "urn:uuid:m1")]
    assert read.header.id == made.header.id and f'xmlns:rdf="{RDF}"' in text
