"""The one reader: CIM RDF/XML in, statement columns out.

lxml, hardened: no DTD and so no entities (the screen refuses both), no network, depth and text bounded; each object's
elements are freed as soon as its statements are taken, so that memory grows with the columns and not with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from cim_models import limits
from cim_models.errors import FileError, LimitError, ModelError
from cim_models.forms import Form
from cim_models.headers import fill_header
from cim_models.intake import Document
from cim_models.namespaces import CIM, DATASET, DIFFERENCE, MODEL_DESCRIPTION, RDF, XML, local_name
from cim_models.scan.reading import read as scanned
from cim_models.statements import Header, StatementBuilder
from cim_models.xml_events import xml_events

if TYPE_CHECKING:
    from cim_models.triples import Triples

Element = Any
"""An lxml element; the stubs know neither `sourceline` nor `keep_tail`."""

_RDF_ROOT: Final = f"{{{RDF}}}RDF"
_ABOUT: Final = f"{{{RDF}}}about"
_ID: Final = f"{{{RDF}}}ID"
_RESOURCE: Final = f"{{{RDF}}}resource"
_TYPE: Final = f"{{{RDF}}}type"
_DESCRIPTION: Final = f"{{{RDF}}}Description"
_PARSE_TYPE: Final = f"{{{RDF}}}parseType"
_DIFFERENCE_TAGS: Final = frozenset(f"{{{ns}}}DifferenceModel" for ns in DIFFERENCE)
_HEADER_TAGS: Final = frozenset({f"{{{DATASET}}}Dataset", *(f"{{{ns}}}FullModel" for ns in MODEL_DESCRIPTION)})

_LINES_KEPT: Final = 65_534
_NEW_LINE: Final = re.compile(r"\n[ \t]*")


class DifferenceModelError(FileError):
    """The document is a difference model: it changes a model and is none by itself."""


class Reader:
    """Reads documents one after the other into one set of columns."""

    def __init__(self) -> None:
        """Start with no statements."""
        self.builder = StatementBuilder()
        self._names: dict[str, str] = {}
        self._codes: dict[str, int] = {}
        self._cim_seen = False
        self._namespaces: dict[str, None] = {}
        self._triples: Triples | None = None

    def read(self, document: Document) -> None:
        """Add the statements of one document; nothing is kept of a document that fails half-way by the caller.

        Args:
            document: an opened-on-demand RDF/XML document.

        Raises:
            FileError: not XML, not RDF, not CIM, truncated or ill-formed; the message names file and line.
            LimitError: deeper or longer than `limits` allows.
        """
        if document.form is not Form.XML:
            self._read_triples(document)
            return
        if scanned(document, self.builder):
            return
        with document.open() as stream:
            self.builder.files.append(Header(document.name))
            self._cim_seen = False
            self._namespaces.clear()
            try:
                self._parse(stream, document.name)
            except etree.XMLSyntaxError as error:
                raise syntax_error(error, document.name, stream.is_cut()) from error
        if not self._cim_seen:
            raise not_cim(document.name, self._namespaces)

    def _read_triples(self, document: Document) -> None:
        if self._triples is None:
            from cim_models.triples import Triples

            self._triples = Triples(self.builder)
        triples = self._triples
        triples.read(document)
        if triples.is_difference:
            raise _difference_model(document.name)
        if not triples.cim_seen:
            raise not_cim(document.name, triples.namespaces)

    def _parse(self, stream: Any, name: str) -> None:  # noqa: ANN401 - lxml takes anything with read()
        events = xml_events(stream)
        depth = namespaces = inside = 0
        for event, element in events:
            if event == "start-ns":
                namespaces += 1
                self._namespaces.setdefault(element[1])
            elif event == "start":
                depth += 1
                self._check(element, depth, namespaces, name)
                namespaces = 0
                inside = inside + 1 if depth > 2 else 0
                if inside > limits.XML_OBJECT_ELEMENTS_MAX:
                    raise object_too_large(name, _line(element))
            else:
                depth -= 1
                if depth == 1:
                    self._node(element, name)
                    self.builder.check_size()
                    _free(element)

    def _check(self, element: Element, depth: int, namespaces: int, name: str) -> None:
        """Refuse what is too deep or too wide, and documents that are no model."""
        if depth > limits.XML_DEPTH_MAX:
            line = element.sourceline
            raise LimitError(
                "too_deep", f"{name} line {line} is nested deeper than {limits.XML_DEPTH_MAX} elements.", name
            )
        if len(element.keys()) > limits.XML_ATTRIBUTES_MAX:
            line = element.sourceline
            raise LimitError(
                "too_many_attributes",
                f"{name} line {line} has an element with more than {limits.XML_ATTRIBUTES_MAX} attributes.",
                name,
            )
        if namespaces > limits.XML_NAMESPACES_MAX:
            line = element.sourceline
            raise LimitError(
                "too_many_namespaces",
                f"{name} line {line} has an element that declares more than {limits.XML_NAMESPACES_MAX} namespaces.",
                name,
            )
        if depth == 1 and element.tag != _RDF_ROOT:
            raise FileError("not_cim", f"{name} is XML but not CIM RDF/XML: no rdf:RDF.", name)
        if depth == 2 and element.tag in _DIFFERENCE_TAGS:
            if self._cim_seen:
                line = element.sourceline
                raise FileError("not_cim", f"{name} line {line}: a model and a difference model in one file.", name)
            raise _difference_model(name)

    def _name(self, tag: str) -> str:
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = local_name(tag)
        return name

    def _node(self, element: Element, name: str) -> int:
        """Take the statements of one node element; return its object."""
        attributes = element.attrib
        spelling = attributes.get(_ID) or attributes.get(_ABOUT)
        line = _line(element)
        if spelling is None:
            spelling = f"{name}#line-{line}-{len(self.builder.canonical)}"
        subject = self.builder.object_named(str(spelling))
        tag = str(element.tag)
        if tag in _HEADER_TAGS:
            self._header(element)
            return subject
        if tag != _DESCRIPTION:
            self.builder.declare(subject, self._name(tag), str(spelling), defines=_ID in attributes, line=line)
            self._cim_seen = self._cim_seen or tag[1 : tag.find("}")] in CIM
        for key, value in attributes.items():
            if not key.startswith((f"{{{RDF}}}", f"{{{XML}}}")):
                self._literal(subject, self._name(str(key)), str(value), name, line)
        for child in element:
            self._property(subject, child, name)
        return subject

    def _property(self, subject: int, child: Element, name: str) -> None:
        tag = str(child.tag)
        predicate = self._name(tag)
        target = child.get(_RESOURCE)
        if target is not None:
            if tag == _TYPE:
                namespace, _, word = str(target).rpartition("#")
                class_name = self._name(f"{{{namespace}#}}{word}") if namespace else word
                spelling, line = self.builder.spelling[subject], _line(child)
                self.builder.declare(subject, class_name, spelling, defines=False, line=line)
                self._cim_seen = self._cim_seen or f"{namespace}#" in CIM
                return
            self._cim_seen = self._cim_seen or predicate != tag
            self.builder.add_reference(subject, self._code(predicate), self.builder.object_named(str(target)))
        elif len(child) and _PARSE_TYPE not in child.attrib:
            for inner in child:
                self.builder.add_reference(subject, self._code(predicate), self._node(inner, name))
        else:
            text = child.text or ""
            # the line is needed for an error alone, and costs as much as the text
            line = child.sourceline or 0 if len(text) > limits.XML_TEXT_BYTES_MAX else 0
            self._literal(subject, predicate, text, name, line)

    def _code(self, predicate: str) -> int:
        code = self._codes.get(predicate)
        if code is None:
            code = self._codes[predicate] = self.builder.predicate_code(predicate)
        return code

    def _literal(self, subject: int, predicate: str, text: str, name: str, line: int) -> None:
        if len(text) > limits.XML_TEXT_BYTES_MAX:
            raise text_too_long(name, line)
        self.builder.add_literal(subject, self._code(predicate), text)

    def _header(self, element: Element) -> None:
        fill_header(self.builder.files[-1], element)
        self._cim_seen = True


def _difference_model(name: str) -> DifferenceModelError:
    message = f"{name} is a difference model; give it to `topogroup regroup`."
    return DifferenceModelError("difference_model", message, name)


def not_cim(name: str, namespaces: Iterable[str]) -> FileError:
    """Return the error on a document that is RDF and holds nothing of CIM; it names the namespaces found."""
    others = [one for one in namespaces if one not in (RDF, XML)]
    found = f" (namespaces {', '.join(one[:80] for one in others[:3])})" if others else ""
    message = f"{name} is RDF, but holds nothing of CIM{found}; give CIM16, CIM17, CIM100 or CIM18."
    return FileError("not_cim", message, name)


def object_too_large(name: str, line: int) -> LimitError:
    """Return the error for an object with too many elements inside."""
    most = limits.XML_OBJECT_ELEMENTS_MAX
    return LimitError("object_too_large", f"{name} line {line}: an object holds more than {most} elements.", name)


def text_too_long(name: str, line: int) -> LimitError:
    """Return the error on a text beyond the limit."""
    message = f"{name} line {line} holds a text of more than {limits.XML_TEXT_BYTES_MAX} bytes; shorten it."
    return LimitError("text_too_long", message, name)


def _line(element: Element) -> int:
    """Return the line of an element, 0 = nobody knows.

    libxml2 keeps lines up to 65,534; for later ones it answers with that of the white space behind the start tag, or of
    some neighbour.
    """
    line = element.sourceline or 0
    if line <= _LINES_KEPT:
        return line
    return line - 1 if _NEW_LINE.fullmatch(element.text or "") else 0


def _free(element: Element) -> None:
    """Free an element that has been read, and its elder siblings.

    Never its tail: the parser may still be writing it, and libxml2 would go on at an address that is freed.
    """
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and (elder := element.getprevious()) is not None:
        parent.remove(elder)


def syntax_error(error: etree.XMLSyntaxError, name: str, cut: bool) -> ModelError:
    """Return the error on XML that the parser refused; `cut` = the file ends inside an element."""
    line = error.lineno or 0
    text = " ".join(str(error.msg or error).split())
    if "Excessive depth" in text or "too deep" in text.lower():
        return LimitError("too_deep", f"{name} line {line} is nested too deeply.", name)
    if any(word in text.lower() for word in ("too long", "too big", "huge")):
        return LimitError("text_too_long", f"{name} line {line} holds a text or name that is far too long.", name)
    if cut or "Premature end" in text:
        message = f"{name} ends early, at line {line}: {text}; copy it again."
        return FileError("file_truncated", message, name, line=line)
    return FileError("not_well_formed", f"{name} line {line} is not well-formed XML: {text}.", name, line=line)
