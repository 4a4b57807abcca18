"""Screening of a byte stream on its way to the parser: size, ratio, encoding, no document type declaration."""

from __future__ import annotations

import re
from typing import IO, Final

from cim_models import limits
from cim_models.errors import FileError, LimitError

_FORBIDDEN: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP: Final = len(b"<!DOCTYPE") - 1
_DECLARATION: Final = b"<?xml"
_DECLARATION_BYTES_MAX: Final = 400
_ENCODING: Final = re.compile(rb"""\sencoding\s*=\s*["']\s*([^"']{0,40})""")
_ENCODINGS: Final = re.compile(rb"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d", re.IGNORECASE)


class Screened:
    """A readable stream that passes on nothing it has not looked at.

    The search for `<!DOCTYPE` is on bytes, so only encodings that keep ASCII as it is are let through.
    """

    def __init__(self, raw: IO[bytes], name: str, stored_bytes: int) -> None:
        """Wrap a stream.

        Args:
            raw: decompressed bytes.
            name: how errors name the document.
            stored_bytes: its size as stored; bounds the decompressed size by ratio.
        """
        self._raw = raw
        self._name = name
        self._limit = min(limits.FILE_BYTES_MAX, limits.GZIP_RATIO_MAX * max(stored_bytes, 1024**2))
        self._tail = b""
        self._lines = 0
        self.bytes_read = 0

    def is_cut(self) -> bool:
        """Tell whether all has been read and the last byte closes no element: a file cut inside a tag or text."""
        return not self.read(1) and not self._tail.rstrip().endswith(b">")

    def read(self, size: int = 1 << 20) -> bytes:
        """Return up to `size` bytes that were found harmless.

        Raises:
            FileError: a document type declaration or an encoding that cannot be screened.
            LimitError: more bytes than `limits` allows.
        """
        chunk = self._raw.read(size if size > 0 else 1 << 20)
        if self.bytes_read == 0:
            self._check_encoding(chunk)
        self.bytes_read += len(chunk)
        if self.bytes_read > self._limit:
            raise LimitError(
                "file_too_large", f"{self._name} unpacks to more than {self._limit} bytes and is refused.", self._name
            )
        if b"\x00" in chunk:
            line = 1 + self._lines + chunk[: chunk.index(b"\x00")].count(b"\n")
            raise FileError("not_well_formed", f"{self._name} line {line} holds a zero byte.", self._name)
        self._lines += chunk.count(b"\n")
        window = self._tail + chunk
        if _FORBIDDEN.search(window):
            raise FileError(
                "document_type_declaration",
                f"{self._name} holds a document type declaration (<!DOCTYPE or <!ENTITY), which CIM files never do.",
                self._name,
            )
        self._tail = window[-_OVERLAP:]
        return chunk

    def _check_encoding(self, head: bytes) -> None:
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        what = ""
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:8]:
            what = "UTF-16 or UTF-32"
        elif text.startswith(_DECLARATION):
            end = text.find(b"?>", 0, _DECLARATION_BYTES_MAX)
            declared = _ENCODING.search(text[: max(end, 0)])
            if end < 0:
                what = "nobody can tell: its XML declaration has no end"
            elif declared and not _ENCODINGS.fullmatch(declared.group(1)):
                what = declared.group(1).decode("ascii", "replace")
        if what:
            raise FileError(
                "encoding_unsupported", f"{self._name} is encoded as {what}; convert it to UTF-8.", self._name
            )
