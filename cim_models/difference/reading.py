"""Reading a difference model: the same hardened parser and limits as for models, statements as plain values.

The statements of `rdf:parseType="Statements"` are read as nodes with properties, in both namespaces of dm and in the
spellings of ids that exporters use. What is of no kind known is refused: a difference half understood is none.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from cim_models import limits
from cim_models.difference.model import Difference
from cim_models.difference.statement import TYPE, Statement, plain_name
from cim_models.errors import FileError, LimitError
from cim_models.headers import fill_header
from cim_models.identifiers import canonical
from cim_models.intake import Document
from cim_models.namespaces import DIFFERENCE, RDF, XML, local_name
from cim_models.reader import object_too_large, syntax_error, text_too_long
from cim_models.statements import Header
from cim_models.xml_events import xml_events

Element = Any
"""An lxml element; the stubs know neither `sourceline` nor `keep_tail`."""

_MODEL_TAGS: Final = frozenset(f"{{{ns}}}DifferenceModel" for ns in DIFFERENCE)
_PARTS: Final = {
    f"{{{ns}}}{name}": part
    for ns in DIFFERENCE
    for name, part in (
        ("forwardDifferences", "forward"),
        ("reverseDifferences", "reverse"),
        ("preconditions", "preconditions"),
    )
}


def read_difference(document: Document) -> Difference:
    """Read a difference model.

    Args:
        document: an RDF/XML document with one dm:DifferenceModel.

    Returns:
        The difference.

    Raises:
        FileError: not XML, no difference model, truncated or ill-formed; the message names file and line.
        LimitError: deeper, longer or larger than `limits` allows.
    """
    reader = _Reader(document.name)
    with document.open() as stream:
        try:
            reader.parse(stream)
        except etree.XMLSyntaxError as error:
            raise syntax_error(error, document.name, stream.is_cut()) from error
    return reader.finished()


class _Reader:
    """Follows one document; the elements of each object are freed as soon as its statements are taken."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._header: Header | None = None
        self._part: str | None = None
        self._found: dict[str, list[Statement]] = {"forward": [], "reverse": [], "preconditions": []}
        self._line: dict[Statement, int] = {}
        self._spelling: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._count = 0

    def parse(self, stream: Any) -> None:  # noqa: ANN401 - lxml takes anything with read()
        """Take everything in."""
        events = xml_events(stream)
        depth = namespaces = inside = told = 0
        for event, element in events:
            if event == "start-ns":
                namespaces += 1
            elif event == "start":
                depth += 1
                self._check(element, depth, namespaces)
                namespaces = 0
                # what stands in an object is let go with it, what stands in the header at the end
                inside, told = inside + 1 if depth > 4 else 0, told + (depth == 3)
                if max(inside, told) > limits.XML_OBJECT_ELEMENTS_MAX:
                    raise object_too_large(self._name, element.sourceline or 0)
            else:
                depth -= 1
                if depth == 3:
                    if self._part is not None:
                        self._node(element, self._part)
                elif depth == 2:
                    self._part = None
                elif depth == 1:
                    assert self._header is not None
                    fill_header(self._header, element)
                if depth == 3:
                    element.clear(keep_tail=True)
                    while (elder := element.getprevious()) is not None:
                        element.getparent().remove(elder)

    def finished(self) -> Difference:
        """Return the difference."""
        if self._header is None:
            message = f"{self._name} is no difference model: no dm:DifferenceModel is in it."
            raise FileError("not_a_difference", message, self._name)
        return Difference(
            self._header,
            tuple(dict.fromkeys(self._found["forward"])),
            tuple(dict.fromkeys(self._found["reverse"])),
            tuple(dict.fromkeys(self._found["preconditions"])),
            self._spelling,
            self._line,
        )

    def _check(self, element: Element, depth: int, namespaces: int) -> None:
        name, line = self._name, element.sourceline
        for most, number, code, what in (
            (limits.XML_DEPTH_MAX, depth, "too_deep", "is nested deeper than {} elements"),
            (limits.XML_ATTRIBUTES_MAX, len(element.attrib), "too_many_attributes", "has more than {} attributes"),
            (limits.XML_NAMESPACES_MAX, namespaces, "too_many_namespaces", "declares more than {} namespaces"),
        ):
            if number > most:
                raise LimitError(code, f"{name} line {line} {what.format(most)}.", name)
        if depth == 1 and element.tag != f"{{{RDF}}}RDF":
            raise FileError("not_cim", f"{name} is XML but not CIM RDF/XML: no rdf:RDF.", name)
        if depth == 2:
            if element.tag not in _MODEL_TAGS:
                raise self._refused(element, f"{_shown(element)} stands where a dm:DifferenceModel should")
            if self._header is not None:
                raise self._refused(element, "a second difference model; send one after the other, a file each")
            self._header = Header(name)
        if depth == 3:
            tag = str(element.tag)
            self._part = _PARTS.get(tag)
            if self._part is None and tag.rpartition("}")[0][1:] in DIFFERENCE:
                raise self._refused(element, f"a difference model has no part {_shown(element)}")

    def _refused(self, element: Element, why: str) -> FileError:
        message = f"{self._name} line {element.sourceline}: {why}."
        return FileError("not_a_difference", message, self._name)

    def _id(self, spelling: str, element: Element) -> str:
        if len(spelling) > limits.XML_TEXT_BYTES_MAX:
            raise text_too_long(self._name, element.sourceline or 0)
        identity = canonical(spelling)
        if not identity:
            raise self._refused(element, f"{_shown(element)} names no object")
        self._spelling.setdefault(identity, spelling)
        return identity

    def _node(self, element: Element, part: str) -> str:
        """Take the statements on one object; return its id."""
        attributes = element.attrib
        spelling = attributes.get(f"{{{RDF}}}about") or attributes.get(f"{{{RDF}}}ID")
        if spelling is None:
            raise self._refused(element, f"{_shown(element)} has neither rdf:about nor rdf:ID")
        subject = self._id(str(spelling), element)
        tag = str(element.tag)
        if tag != f"{{{RDF}}}Description":
            self._add(part, Statement(subject, TYPE, self._word(tag)), element)
        for key, value in attributes.items():
            if not key.startswith((f"{{{RDF}}}", f"{{{XML}}}")):
                self._literal(part, subject, str(key), str(value), element)
        for child in element:
            self._property(part, subject, child)
        return subject

    def _property(self, part: str, subject: str, child: Element) -> None:
        tag, target = str(child.tag), child.attrib.get(f"{{{RDF}}}resource")
        if f"{{{RDF}}}parseType" in child.attrib or f"{{{RDF}}}nodeID" in child.attrib:
            raise self._refused(child, f"{_shown(child)} is written in a way that CIM does not use")
        if target is not None and tag == f"{{{RDF}}}type":
            namespace, _, word = str(target).rpartition("#")
            class_name = self._word(f"{{{namespace}#}}{word}") if namespace else word
            self._add(part, Statement(subject, TYPE, class_name), child)
        elif target is not None:
            value = self._id(str(target), child)
            self._add(part, Statement(subject, self._word(tag), value, True), child)
        elif len(child):
            for inner in child:
                self._add(part, Statement(subject, self._word(tag), self._node(inner, part), True), child)
        else:
            self._literal(part, subject, tag, child.text or "", child)

    def _literal(self, part: str, subject: str, tag: str, text: str, element: Element) -> None:
        if len(text) > limits.XML_TEXT_BYTES_MAX:
            raise text_too_long(self._name, element.sourceline or 0)
        self._add(part, Statement(subject, self._word(tag), text), element)

    def _add(self, part: str, statement: Statement, element: Element) -> None:
        self._count += 1
        if self._count > limits.DIFFERENCE_STATEMENTS_MAX:
            message = f"{self._name} has more than {limits.DIFFERENCE_STATEMENTS_MAX} statements; send a whole model."
            raise LimitError("too_many_statements", message, self._name)
        self._found[part].append(statement)
        self._line[statement] = element.sourceline or 0

    def _word(self, tag: str) -> str:
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = plain_name(local_name(tag))
        return name


def _shown(element: Element) -> str:
    return str(element.tag).rpartition("}")[2][:60]
