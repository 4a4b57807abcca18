"""Writing a difference model as CIM RDF/XML (IEC 61970-552), which `read_difference` reads back as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from cim_models.difference.model import Difference
from cim_models.difference.statement import TYPE, Statement
from cim_models.errors import OptionError
from cim_models.namespaces import RDF
from cim_models.store.terms import CIM100, ID_BASE, name_iri

_DM: Final = "http://iec.ch/TC57/61970-552/DifferenceModel/1#"
_MD: Final = "http://iec.ch/TC57/61970-552/ModelDescription/1#"
_NOT_XML: Final = re.compile("[^\\t\\n\\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERRING: Final = frozenset({"Model.Supersedes", "Model.DependentOn"})


def write_difference(difference: Difference) -> str:
    """Return a difference as the text of a file.

    Args:
        difference: the difference.

    Returns:
        UTF-8 RDF/XML; objects that are new or gone as elements of their class, others as rdf:Description.

    Raises:
        OptionError: a text holds a character that XML cannot.
    """
    return "".join(_lines(difference))


def _lines(difference: Difference) -> Iterator[str]:
    names = _Names(difference)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
    for prefix, namespace in names.prefixes():
        yield f"\n    xmlns:{prefix}={quoteattr(namespace)}"
    about = difference.header.id or "urn:uuid:00000000-0000-0000-0000-000000000000"
    yield f">\n<dm:DifferenceModel rdf:about={quoteattr(about)}>\n"
    for name, value in difference.header.said:
        if name in _REFERRING:
            yield f"  <md:{name} rdf:resource={quoteattr(value)}/>\n"
        elif name.startswith("Model."):
            yield f"  <md:{name}>{_text(value)}</md:{name}>\n"
    for part, statements in (
        ("preconditions", difference.preconditions),
        ("reverseDifferences", difference.reverse),
        ("forwardDifferences", difference.forward),
    ):
        if statements or part != "preconditions":
            yield f'  <dm:{part} rdf:parseType="Statements">\n'
            yield from _objects(statements, difference, names)
            yield f"  </dm:{part}>\n"
    yield "</dm:DifferenceModel>\n</rdf:RDF>\n"


def _objects(statements: Sequence[Statement], difference: Difference, names: _Names) -> Iterator[str]:
    for subject, listed in groupby(sorted(statements), key=lambda statement: statement.subject):
        about = list(listed)
        types = [statement for statement in about if statement.predicate == TYPE]
        tag = names.tag(types[0].value) if types else "rdf:Description"
        yield f"    <{tag} rdf:about={quoteattr(_written(subject, difference))}>\n"
        for statement in about:
            if types and statement is types[0]:
                continue
            if statement.predicate == TYPE:
                yield f"      <rdf:type rdf:resource={quoteattr(name_iri(statement.value))}/>\n"
                continue
            name = names.tag(statement.predicate)
            if statement.reference:
                yield f"      <{name} rdf:resource={quoteattr(_written(statement.value, difference))}/>\n"
            else:
                yield f"      <{name}>{_text(statement.value)}</{name}>\n"
        yield f"    </{tag}>\n"


def _written(identity: str, difference: Difference) -> str:
    """Return an id as an IRI: as the file wrote it where that was one, else with a prefix that ids lose."""
    spelling = difference.spelling.get(identity, "")
    if "#" in spelling or spelling.lower().startswith("urn:uuid:"):
        return spelling
    return f"#_{identity}"


def _text(value: str) -> str:
    if (bad := _NOT_XML.search(value)) is not None:
        message = f"A text holds the character {bad.group()!a}, which no XML can: {value[:40]!a}."
        raise OptionError("not_writable", message)
    return escape(value, {"\r": "&#13;"})


class _Names:
    """The prefixes of one file: `cim` for CIM, and one for each other namespace."""

    def __init__(self, difference: Difference) -> None:
        self._prefix: dict[str, str] = {CIM100: "cim", RDF: "rdf", _DM: "dm", _MD: "md"}
        for statement in difference:
            self.tag(statement.value if statement.is_type else statement.predicate)

    def prefixes(self) -> list[tuple[str, str]]:
        """Return prefixes with their namespaces."""
        return [(prefix, namespace) for namespace, prefix in self._prefix.items()]

    def tag(self, name: str) -> str:
        """Return the name of an element."""
        iri = name_iri(name)
        at = max(iri.rfind("#"), iri.rfind("/")) + 1
        namespace, local = iri[:at], iri[at:]
        if not local.replace(".", "").replace("-", "").replace("_", "").isalnum() or iri.startswith(ID_BASE):
            raise OptionError("not_writable", f"{name[:60]!r} is no name that an XML element can have.", name[:60])
        prefix = self._prefix.setdefault(namespace, f"n{len(self._prefix)}")
        return f"{prefix}:{local}"
