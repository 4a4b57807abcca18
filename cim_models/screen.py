"""Screening of a byte stream on its way to the parser: size, ratio, encoding, no document type declaration."""

from __future__ import annotations

import re
from typing import IO, Final

from cim_models import limits
from cim_models.errors import FileError, LimitError

_FORBIDDEN: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP: Final = len(b"<!DOCTYPE") - 1
_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
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
        self.bytes_read = 0

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
        text = head.removeprefix(b"\xef\xbb\xbf")
        declared = _ENCODING.match(text[:400])
        wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:8]
        if wide or (declared and not _ENCODINGS.fullmatch(declared.group(1))):
            what = "UTF-16 or UTF-32" if wide or not declared else declared.group(1).decode()
            raise FileError(
                "encoding_unsupported", f"{self._name} is encoded as {what}; convert it to UTF-8.", self._name
            )
