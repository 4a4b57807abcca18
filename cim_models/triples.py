"""Turtle, TriG, N-Triples, N-Quads and JSON-LD into the same statement columns as RDF/XML.

The document is screened here and parsed by a child (`cim_models.triples_process`), which hands back plain statements.
"""

from __future__ import annotations

import importlib.util
import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any, Final

from cim_models import child, limits
from cim_models.errors import FileError, LimitError, ModelError, OptionError
from cim_models.intake import Document
from cim_models.namespaces import CIM, DATASET, DIFFERENCE, MODEL_DESCRIPTION, RDF, is_profile, local_name
from cim_models.statements import Header, StatementBuilder

_MODULE: Final = "cim_models.triples_process"
_PARSER: Final = "pyoxigraph"
_BASE: Final = "http://relative.invalid/"
"""What relative ids are resolved against and cut off from again; nothing is ever looked for there."""

_TYPE: Final = f"{{{RDF}}}type"
_HEADERS: Final = MODEL_DESCRIPTION | {DATASET}
_ESCAPED: Final = re.compile(r"\\(.)")
_PLAIN: Final = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Triples:
    """Reads documents that are no XML, one after the other, into the columns of a builder."""

    def __init__(self, builder: StatementBuilder) -> None:
        """Prepare; `builder` gets the statements."""
        self._builder = builder
        self._tags: dict[str, tuple[str, str]] = {}
        self._codes: dict[str, int] = {}
        self.cim_seen = False
        self.is_difference = False
        self.namespaces: dict[str, None] = {}

    def read(self, document: Document) -> None:
        """Add the statements of one document.

        Args:
            document: an opened-on-demand document of any form but RDF/XML.

        Raises:
            FileError: truncated, ill-formed, or text that is no UTF-8; the message names file and line.
            LimitError: deeper or longer than `limits` allows.
            OptionError: the parser is not installed.
        """
        if importlib.util.find_spec(_PARSER) is None:
            message = f"{document.name} is {document.form.value}, which needs {_PARSER}; install topogroup[rdf]."
            raise OptionError("extra_missing", message, _PARSER)
        self._builder.files.append(Header(document.name))
        self._builder.may_repeat = True
        self.cim_seen = self.is_difference = False
        self.namespaces.clear()
        process = child.start(_MODULE)
        feeding = _Feeding(process, document)
        feeding.start()
        try:
            end = self._take(process)
            if feeding.error is not None:
                raise feeding.error
            if "done" not in end:
                raise _error(document, end, child.ending(process) if not end else "")
        finally:
            child.kill(process)
            feeding.join()
            child.close(process)

    def _take(self, process: child.Process) -> dict[str, Any]:
        """Take what the child says; return its last word, empty if it died before it."""
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            if line[:1] == b"{":
                self._builder.check_size()
                end: dict[str, Any] = json.loads(line)
                return end
            if not line.endswith(b"\n"):
                break
            text = line[:-1].decode()
            fields = text.split("\t")
            if _CONTROL.search(text):
                return {"code": "not_well_formed", "line": int(fields[0]), "message": "a control character in a text"}
            if "\\" in text:
                fields = [_ESCAPED.sub(lambda found: _PLAIN[found.group(1)], field) for field in fields]
            place, subject, predicate, kind, value = fields
            self._statement(int(place), subject, predicate, kind == "r", value)
            if number % 4096 == 0:
                self._builder.check_size()
        return {}

    def _statement(self, line: int, subject: str, predicate: str, is_reference: bool, value: str) -> None:
        builder = self._builder
        namespace, name = self._tag(predicate)
        if namespace in CIM:
            self.cim_seen = True
        obj = builder.object_named(self._spelling(subject))
        if is_reference and name == _TYPE:
            kind, class_name = self._tag(value)
            self.cim_seen = self.cim_seen or kind in CIM
            self.is_difference = self.is_difference or (kind in DIFFERENCE and class_name.endswith("DifferenceModel"))
            if kind not in _HEADERS:
                builder.declare(obj, class_name, self._spelling(subject), defines=False, line=line)
        elif is_profile(name):
            builder.files[-1].profiles.append(value)
        elif namespace in MODEL_DESCRIPTION:
            self.cim_seen = True
        elif is_reference:
            builder.add_reference(obj, self._code(name), builder.object_named(self._spelling(value)))
        else:
            builder.add_literal(obj, self._code(name), value)

    def _spelling(self, iri: str) -> str:
        if iri.startswith("_:"):
            return f"_:{len(self._builder.files)}-{iri[2:]}"
        return iri.removeprefix(_BASE)

    def _tag(self, iri: str) -> tuple[str, str]:
        """Return the namespace of a class or property, and the name by which it is known."""
        found = self._tags.get(iri)
        if found is None:
            # a bare word, as JSON-LD has it that was not given a vocabulary, is the name itself
            word = iri.removeprefix(_BASE)
            cut = max(word.rfind("#"), word.rfind("/")) + 1
            found = (word[:cut], local_name(f"{{{word[:cut]}}}{word[cut:]}") if cut else word)
            self._tags[iri] = found
            self.namespaces.setdefault(found[0])
        return found

    def _code(self, predicate: str) -> int:
        code = self._codes.get(predicate)
        if code is None:
            code = self._codes[predicate] = self._builder.predicate_code(predicate)
        return code


class _Feeding(threading.Thread):
    """Hands the screened bytes of a document to the child while its answers are read."""

    def __init__(self, process: child.Process, document: Document) -> None:
        super().__init__(daemon=True)
        assert process.stdin is not None
        self._pipe: IO[bytes] = process.stdin
        self._document = document
        self.error: ModelError | None = None
        """What was found wrong with the bytes; set before the child sees the end of them."""

    def run(self) -> None:
        request = {
            "form": self._document.form.value,
            "base": _BASE,
            "memory_bytes": limits.RDF_PARSER_MEMORY_BYTES_MAX,
            "seconds": self._seconds(),
        }
        with suppress(BrokenPipeError):  # the child refused something, or died; what it said tells
            try:
                self._pipe.write(json.dumps(request).encode() + b"\n")
                with self._document.open_text() as stream:
                    for piece in _pieces(stream):
                        self._pipe.write(piece)
            except ModelError as error:
                self.error = error
            finally:
                with suppress(BrokenPipeError):
                    self._pipe.close()

    def _seconds(self) -> int:
        """Return how much processor time the child may take, by the most that the document can unpack to."""
        known = self._document.unpacked_bytes
        most = self._document.size_bytes * limits.GZIP_RATIO_MAX if known is None else known
        return min(limits.IMPORT_SECONDS_MAX, limits.IMPORT_SECONDS_MIN + limits.IMPORT_SECONDS_PER_MIB * (most >> 20))


def _pieces(stream: Any) -> Iterator[bytes]:  # noqa: ANN401 - anything with read()
    while piece := stream.read(1 << 18):
        yield piece


def _error(document: Document, end: dict[str, Any], ending: str) -> ModelError:
    """Return the error on a document that the child refused, or died of."""
    name, form = document.name, document.form.value
    if not end:
        message = f"{name} is {form} that no parser survives ({ending}); write it as RDF/XML, or a statement a line."
        return FileError("parser_failed", message, name)
    code, line, text = str(end["code"]), int(end["line"]), str(end["message"])
    if code in ("text_too_long", "too_deep", "line_too_long"):
        return LimitError(code, f"{name} line {line} {text}.", name)
    if code == "not_cim":
        return FileError(code, f"{name} line {line} {text}.", name)
    if "nexpected end" in text:
        message = f"{name} ends early, at line {line}: {text}; copy it again."
        return FileError("file_truncated", message, name, line=line)
    if "LoadDocumentCallback" in text:
        text = "its context lies elsewhere, and nothing is ever fetched; write the context into the file"
    return FileError("not_well_formed", f"{name} line {line} is not well-formed {form}: {text}.", name, line=line)
