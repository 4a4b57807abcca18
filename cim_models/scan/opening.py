"""How a document begins, up to the tag of its root; read strictly, since all else is read by what stands here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cim_models import limits
from cim_models.namespaces import RDF

_MARK: Final = b"\xef\xbb\xbf"
_BLANK: Final = rb"[ \t\r\n]"
_NAME: Final = rb"[A-Za-z_][A-Za-z0-9_.-]{0,30}"
_DECLARATION: Final = re.compile(
    rb"<\?xml" + _BLANK + rb"{1,20}version=([\"'])1\.0\1"
    rb"(?:" + _BLANK + rb"{1,20}encoding=([\"'])[Uu][Tt][Ff]-8\2)?"
    rb"(?:" + _BLANK + rb"{1,20}standalone=([\"'])(?:yes|no)\3)?" + _BLANK + rb"{0,20}\?>"
)
_PROLOG: Final = re.compile(rb"(?:" + _BLANK + rb"|<!--(?:[^-]|-[^-])*+-->)*+")
_ROOT: Final = re.compile(
    rb"<(" + _NAME + rb"):RDF((?:" + _BLANK + rb"+xmlns:" + _NAME + rb"=(?:\"[^\"]*+\"|'[^']*+'))++)" + _BLANK + rb"*+>"
)
_BINDING: Final = re.compile(rb"xmlns:(" + _NAME + rb")=[\"']([^\"']*)[\"']")
_URI: Final = re.compile(
    rb"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?:/[A-Za-z0-9._/-]*)?#?|urn:[a-z]+:[A-Za-z0-9._-]+#?"
)
_UNTREATED: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)|<!(?!--)|\xef\xbf[\xbe\xbf]")

OPENING_BYTES_MAX: Final = 64 * 1024
"""An opening ends within so many bytes; honest ones take a few hundred."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands before the first object.

    Attributes:
        end: where the tag of the root ends.
        line: the line there.
        rdf: the prefix of RDF's own names.
        namespaces: namespace of each prefix.
        root: the tag of the root as it is written.
    """

    end: int
    line: int
    rdf: bytes
    namespaces: dict[bytes, str]
    root: bytes


def opening(head: bytes) -> Opening | None:
    """Read how a document begins.

    Args:
        head: its first bytes.

    Returns:
        What stands there; None = something that is for the conforming reader.
    """
    at = len(_MARK) if head.startswith(_MARK) else 0
    if (declaration := _DECLARATION.match(head, at)) is not None:
        at = declaration.end()
    prolog = _PROLOG.match(head, at)
    root = _ROOT.match(head, prolog.end() if prolog else at)
    if root is None or root.end() > OPENING_BYTES_MAX or _UNTREATED.search(head, 0, root.end()):
        return None
    try:
        head[: root.end()].decode()
    except UnicodeDecodeError:
        return None
    namespaces: dict[bytes, str] = {}
    for prefix, uri in _BINDING.findall(root.group(2)):
        if prefix in namespaces or prefix.lower().startswith(b"xml") or not _URI.fullmatch(uri):
            return None
        namespaces[prefix] = uri.decode()
    rdf = root.group(1)
    if namespaces.get(rdf) != RDF or len(namespaces) > limits.XML_NAMESPACES_MAX:
        return None
    return Opening(root.end(), 1 + head.count(b"\n", 0, root.end()), rdf, namespaces, root.group())
