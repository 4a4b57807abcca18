"""The one reader: CIM RDF/XML in, statement columns out.

lxml, hardened: no DTD and so no entities (the screen refuses both), no network, depth and text bounded; each object's
elements are freed as soon as its statements are taken, so that memory grows with the columns and not with the file.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from cim_models import catalogue, limits
from cim_models.errors import FileError, LimitError, ModelError
from cim_models.identifiers import canonical
from cim_models.intake import Document
from cim_models.namespaces import CIM, DIFFERENCE, MODEL_DESCRIPTION, RDF, XML, local_name
from cim_models.statements import Header, StatementBuilder

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
_HEADER_TAGS: Final = frozenset(f"{{{ns}}}FullModel" for ns in MODEL_DESCRIPTION)


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

    def read(self, document: Document) -> None:
        """Add the statements of one document; nothing is kept of a document that fails half-way by the caller.

        Args:
            document: an opened-on-demand RDF/XML document.

        Raises:
            FileError: not XML, not RDF, not CIM, truncated or ill-formed; the message names file and line.
            LimitError: deeper or longer than `limits` allows.
        """
        with document.open() as stream:
            self.builder.files.append(Header(document.name))
            self._cim_seen = False
            try:
                self._parse(stream, document.name)
            except etree.XMLSyntaxError as error:
                raise _syntax_error(error, document.name, stream.is_cut()) from error
        if not self._cim_seen:
            raise FileError("not_cim", f"{document.name} is RDF, but holds nothing of CIM.", document.name)

    def _parse(self, stream: Any, name: str) -> None:  # noqa: ANN401 - lxml takes anything with read()
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities="internal",  # with False an unknown entity ends the document without an error
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        depth = 0
        for event, element in events:
            if event == "start":
                depth += 1
                self._check(element, depth, name)
            else:
                depth -= 1
                if depth == 1:
                    self._node(element, name)
                    _free(element)

    def _check(self, element: Element, depth: int, name: str) -> None:
        """Refuse what is too deep or too wide, and documents that are no model."""
        line = element.sourceline
        if depth > limits.XML_DEPTH_MAX:
            raise LimitError(
                "too_deep", f"{name} line {line} is nested deeper than {limits.XML_DEPTH_MAX} elements.", name
            )
        if len(element.attrib) > limits.XML_ATTRIBUTES_MAX:
            raise LimitError(
                "too_many_attributes",
                f"{name} line {line} has an element with more than {limits.XML_ATTRIBUTES_MAX} attributes.",
                name,
            )
        if depth == 1 and element.tag != _RDF_ROOT:
            raise FileError("not_cim", f"{name} is XML but not CIM RDF/XML: no rdf:RDF.", name)
        if depth == 2 and element.tag in _DIFFERENCE_TAGS:
            if self._cim_seen:
                raise FileError("not_cim", f"{name} line {line}: a model and a difference model in one file.", name)
            raise DifferenceModelError(
                "difference_model", f"{name} is a difference model; give it to `topogroup regroup`.", name
            )

    def _name(self, tag: str) -> str:
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = local_name(tag)
        return name

    def _object(self, spelling: str) -> int:
        builder = self.builder
        found = builder.object_of.get(spelling)
        if found is not None:
            return found
        identity = canonical(spelling)
        position = builder.canonical_of.get(identity)
        if position is None:
            position = len(builder.canonical)
            if position >= limits.OBJECTS_MAX:
                raise LimitError("too_many_objects", f"The model has more than {limits.OBJECTS_MAX} objects.")
            builder.canonical_of[identity] = position
            builder.canonical.append(identity)
            builder.spelling.append(spelling)
            builder.class_name.append(None)
            builder.class_rank.append(0)
            builder.file.append(-1)
            builder.line.append(0)
        builder.object_of[spelling] = position
        return position

    def _node(self, element: Element, name: str) -> int:
        """Take the statements of one node element; return its object."""
        attributes = element.attrib
        spelling = attributes.get(_ID) or attributes.get(_ABOUT)
        line = element.sourceline or 0
        if spelling is None:
            spelling = f"{name}#line-{line}-{len(self.builder.canonical)}"
        subject = self._object(str(spelling))
        tag = str(element.tag)
        if tag in _HEADER_TAGS:
            self._header(element)
            return subject
        if tag != _DESCRIPTION:
            self._declare(subject, self._name(tag), str(spelling), _ID in attributes, line)
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
        target = child.attrib.get(_RESOURCE)
        if target is not None:
            if tag == _TYPE:
                namespace, _, word = str(target).rpartition("#")
                class_name = self._name(f"{{{namespace}#}}{word}") if namespace else word
                self._declare(subject, class_name, self.builder.spelling[subject], False, child.sourceline or 0)
                self._cim_seen = self._cim_seen or f"{namespace}#" in CIM
                return
            self._cim_seen = self._cim_seen or predicate != tag
            self.builder.add_reference(subject, self._code(predicate), self._object(str(target)))
        elif len(child) and _PARSE_TYPE not in child.attrib:
            for inner in child:
                self.builder.add_reference(subject, self._code(predicate), self._node(inner, name))
        else:
            self._literal(subject, predicate, child.text or "", name, child.sourceline or 0)

    def _code(self, predicate: str) -> int:
        code = self._codes.get(predicate)
        if code is None:
            code = self._codes[predicate] = self.builder.predicate_code(predicate)
        return code

    def _literal(self, subject: int, predicate: str, text: str, name: str, line: int) -> None:
        if len(text) > limits.XML_TEXT_BYTES_MAX:
            raise LimitError(
                "text_too_long",
                f"{name} line {line} holds a text of more than {limits.XML_TEXT_BYTES_MAX} bytes.",
                name,
            )
        self.builder.add_literal(subject, self._code(predicate), text)

    def _declare(self, subject: int, class_name: str, spelling: str, defines: bool, line: int) -> None:
        """Give an object its class; the most telling declaration stands, whatever the order of the files.

        SSH files of CGMES 3 re-type objects (`cim:Equipment` for a line): a generic class never replaces another. Of
        two equally telling ones the first by name stands.
        """
        builder = self.builder
        rank = (0 if class_name in catalogue.GENERIC_CLASSES else 2) + (2 if defines else 1)
        known = builder.class_name[subject]
        if known is not None and known != class_name:
            both_real = known not in catalogue.GENERIC_CLASSES and class_name not in catalogue.GENERIC_CLASSES
            if both_real:
                builder.class_conflicts.append((subject, known, class_name))
            if (-rank, class_name) > (-builder.class_rank[subject], known):
                return
        elif known is not None and rank <= builder.class_rank[subject]:
            return
        builder.class_name[subject] = class_name
        builder.class_rank[subject] = rank
        builder.spelling[subject] = spelling
        builder.file[subject] = len(builder.files) - 1
        builder.line[subject] = line

    def _header(self, element: Element) -> None:
        for child in element:
            if str(child.tag).endswith("}Model.profile") and child.text:
                self.builder.files[-1].profiles.append(child.text.strip())
        self._cim_seen = True


def _free(element: Element) -> None:
    """Free an element that has been read, and its elder siblings.

    Never its tail: the parser may still be writing it, and libxml2 would go on at an address that is freed.
    """
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and (elder := element.getprevious()) is not None:
        parent.remove(elder)


def _syntax_error(error: etree.XMLSyntaxError, name: str, cut: bool) -> ModelError:
    line = error.lineno or 0
    text = " ".join(str(error.msg or error).split())
    if "Excessive depth" in text or "too deep" in text.lower():
        return LimitError("too_deep", f"{name} line {line} is nested too deeply.", name)
    if "too long" in text.lower() or "huge" in text.lower():
        return LimitError("text_too_long", f"{name} line {line} holds a text or name that is far too long.", name)
    if cut or "Premature end" in text:
        return FileError("file_truncated", f"{name} ends early, at line {line}: {text}; copy it again.", name)
    return FileError("not_well_formed", f"{name} line {line} is not well-formed XML: {text}.", name)
