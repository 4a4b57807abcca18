"""Forms: how a document writes RDF, told from its first bytes; the suffix of its name decides only where these do not.

N-Triples are N-Quads without graphs and Turtle is TriG without graphs, so that two grammars read four forms.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final


class Form(Enum):
    """How a document writes RDF; the value is how messages name it."""

    XML = "RDF/XML"
    TRIG = "Turtle or TriG"
    N_QUADS = "N-Triples or N-Quads"
    JSON_LD = "JSON-LD"


SUFFIXES: Final[dict[str, Form]] = {
    ".ttl": Form.TRIG,
    ".turtle": Form.TRIG,
    ".trig": Form.TRIG,
    ".nt": Form.N_QUADS,
    ".nq": Form.N_QUADS,
    ".jsonld": Form.JSON_LD,
    ".json": Form.JSON_LD,
}
"""Suffix in lower case → form; what `.gz` is cut off from."""

_XML: Final = re.compile(rb"<(?:[?!]|\Z|[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?(?:[\s/>]|:?\Z))")
_COMMENTS: Final = re.compile(rb"(?:\s+|#[^\n]*(?:\n|\Z))*")
_TERM: Final = rb'(?:<[^<>\s]*>|_:[^\s<>"]+)'
_LITERAL: Final = rb'"(?:[^"\\\n]|\\.)*"(?:\^\^<[^<>\s]*>|@[\w\-]+)?'
_TRIPLE: Final = _TERM + rb"[ \t]*<[^<>\s]*>[ \t]*(?:" + _TERM + rb"|" + _LITERAL + rb")[ \t]*"
_N_QUADS: Final = re.compile(_TRIPLE + _TERM + rb"[ \t]*\.")
_STATEMENT: Final = re.compile(_TRIPLE + rb"[.;,]|<[^<>\s]*>\s+(?:a\s|[\w\-]*:\S)")
"""No XML, although it begins as an element without attributes would."""
_TRIG: Final = re.compile(
    rb"@(?:prefix|base|version)\b|(?:prefix|base|graph|version)\s|[A-Za-z][\w.\-]*:\S*[ \t\r\n]|"
    rb":\S+[ \t\r\n]|<[^<>\s]*>\s|_:|\[\s*(?:[a\]<;:]|\w+:)|\{\s*(?:[<\[]|[\w_]*:)",
    re.IGNORECASE,
)
_JSON: Final = re.compile(rb"\{\s*[\"}]|\[\s*[\{\]]")
_LINKED: Final = (b'"@context"', b'"@graph"', b'"@id"', b'"@type"')


def form_of(head: bytes, suffix: str) -> Form | None:
    """Return the form of a document.

    Args:
        head: how it begins, without byte order mark and leading white space.
        suffix: of its name, in lower case, `.gz` cut off.

    Returns:
        The form, or None if the document is no RDF.
    """
    if _XML.match(head) and not (_N_QUADS.match(head) or _STATEMENT.match(head)):
        return Form.XML
    if _JSON.match(head):
        linked = suffix == ".jsonld" or any(key in head for key in _LINKED)
        return Form.JSON_LD if linked else None
    start = _COMMENTS.match(head)
    body = head[start.end() if start else 0 :]
    if not body:
        return SUFFIXES.get(suffix)  # nothing but comments so far
    if _N_QUADS.match(body):
        return Form.N_QUADS
    if _TRIG.match(body):
        return Form.N_QUADS if SUFFIXES.get(suffix) is Form.N_QUADS else Form.TRIG
    return SUFFIXES.get(suffix) if suffix in (".ttl", ".trig", ".nt", ".nq", ".jsonld") else None


def is_cim(head: bytes, form: Form) -> bool:
    """Tell whether a document that nobody named is worth reading: whether its first bytes look like RDF of a model.

    Args:
        head: as for `form_of`.
        form: its form.
    """
    if form is Form.XML:
        return b"rdf:RDF" in head or b"22-rdf-syntax-ns#" in head
    lower = head.lower()
    return b"cim" in lower or b"urn:uuid:" in lower
