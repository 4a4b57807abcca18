"""Screening of a byte stream on its way to the parser: size, ratio, encoding, no document type declaration."""

from __future__ import annotations

import codecs
import re
from typing import IO, Final

from cim_models import limits
from cim_models.errors import FileError, LimitError

_FORBIDDEN: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OVERLAP: Final = len(b"<!DOCTYPE") - 1
_DECLARATION: Final = b"<?xml"
_ENCODING: Final = re.compile(rb"""\sencoding\s*=\s*["']\s*([^"']{0,40})""")
_ENCODINGS: Final = re.compile(rb"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d", re.IGNORECASE)


_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MARK: Final = b"\xef\xbb\xbf"
_UTF_16_OR_32: Final = (b"\xff\xfe", b"\xfe\xff")


class Allowance:
    """What the documents in one given file may unpack to together: a thousand small bombs are one large one."""

    def __init__(self, name: str, stored_bytes: int) -> None:
        """Prepare.

        Args:
            name: of the given file.
            stored_bytes: its size.
        """
        self._name = name
        self.bytes_max = ratio_bytes_max(stored_bytes)
        self._read: dict[str, int] = {}
        self._sum = 0

    def spend(self, document: str, bytes_read: int) -> None:
        """Note how much of a document was unpacked so far; reading it once more costs nothing.

        Raises:
            LimitError: all documents together are too much.
        """
        before = self._read.get(document, 0)
        if bytes_read > before:
            self._read[document] = bytes_read
            self._sum += bytes_read - before
        if self._sum > self.bytes_max:
            message = f"{self._name} unpacks to more than {self.bytes_max} bytes and is refused."
            raise LimitError("file_too_large", message, self._name)


def ratio_bytes_max(stored_bytes: int) -> int:
    """Return how many bytes some stored bytes may unpack to."""
    return min(limits.FILE_BYTES_MAX, limits.GZIP_RATIO_MAX * max(stored_bytes, 1024**2))


class Bounded:
    """A readable stream that counts what it unpacks and stops at the limits."""

    def __init__(self, raw: IO[bytes], name: str, stored_bytes: int, allowance: Allowance | None = None) -> None:
        """Wrap a stream.

        Args:
            raw: decompressed bytes.
            name: how errors name the document.
            stored_bytes: its size as stored; bounds the decompressed size by ratio.
            allowance: what it shares with the other documents of one file; None = nothing is shared.
        """
        self._raw = raw
        self._name = name
        self._limit = ratio_bytes_max(stored_bytes)
        self._allowance = allowance
        self.bytes_read = 0

    def read(self, size: int = 1 << 20) -> bytes:
        """Return up to `size` bytes.

        Raises:
            LimitError: more bytes than `limits` allows.
        """
        chunk = self._raw.read(size if size > 0 else 1 << 20)
        self.bytes_read += len(chunk)
        if self.bytes_read > self._limit:
            raise LimitError(
                "file_too_large", f"{self._name} unpacks to more than {self._limit} bytes and is refused.", self._name
            )
        if self._allowance is not None:
            self._allowance.spend(self._name, self.bytes_read)
        return chunk


class ScreenedText(Bounded):
    """Text that is no XML: UTF-8 without control characters, so that nothing odd reaches a parser or a database."""

    def __init__(self, raw: IO[bytes], name: str, stored_bytes: int, allowance: Allowance | None = None) -> None:
        """Wrap a stream; see `Bounded`."""
        super().__init__(raw, name, stored_bytes, allowance)
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._lines = 0

    def read(self, size: int = 1 << 20) -> bytes:
        """Return up to `size` bytes that were found harmless, without byte order mark.

        Raises:
            FileError: control characters, or an encoding other than UTF-8.
            LimitError: more bytes than `limits` allows.
        """
        first = self.bytes_read == 0
        chunk = super().read(max(size, 4) if size > 0 else size)
        if first and (chunk[:2] in _UTF_16_OR_32 or b"\x00" in chunk[:8]):
            message = f"{self._name} is encoded as UTF-16 or UTF-32; convert it to UTF-8."
            raise FileError("encoding_unsupported", message, self._name)
        if (control := _CONTROL.search(chunk)) is not None:
            raise self._refused(chunk[: control.start()], "holds a control character; remove it")
        try:
            self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise self._refused(chunk[: error.start], "is not UTF-8; convert the file") from error
        self._lines += chunk.count(b"\n")
        return chunk.removeprefix(_MARK) if first else chunk

    def _refused(self, before: bytes, what: str) -> FileError:
        line = 1 + self._lines + before.count(b"\n")
        return FileError("not_well_formed", f"{self._name} line {line} {what}.", self._name)


class Screened(Bounded):
    """A readable stream that passes on nothing it has not looked at.

    The search for `<!DOCTYPE` is on bytes, so only encodings that keep ASCII as it is are let through.
    """

    def __init__(self, raw: IO[bytes], name: str, stored_bytes: int, allowance: Allowance | None = None) -> None:
        """Wrap a stream; see `Bounded`."""
        super().__init__(raw, name, stored_bytes, allowance)
        self._tail = b""
        self._lines = 0

    def is_cut(self) -> bool:
        """Tell whether all has been read and the last byte closes no element: a file cut inside a tag or text."""
        return not self.read(1) and not self._tail.rstrip().endswith(b">")

    def read(self, size: int = 1 << 20) -> bytes:
        """Return up to `size` bytes that were found harmless.

        Raises:
            FileError: a document type declaration or an encoding that cannot be screened.
            LimitError: more bytes than `limits` allows.
        """
        first = self.bytes_read == 0
        chunk = super().read(size)
        if first:
            self._check_encoding(chunk)
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
        text = head.removeprefix(_MARK).lstrip()
        what = ""
        if head[:2] in _UTF_16_OR_32 or b"\x00" in head[:8]:
            what = "UTF-16 or UTF-32"
        elif text.startswith(_DECLARATION):
            end = text.find(b"?>", 0, limits.XML_DECLARATION_BYTES_MAX)
            declared = _ENCODING.search(text[: max(end, 0)])
            if end < 0:
                what = "nobody can tell: its XML declaration has no end"
            elif declared and not _ENCODINGS.fullmatch(declared.group(1)):
                what = declared.group(1).decode("ascii", "replace")
        if what:
            raise FileError(
                "encoding_unsupported", f"{self._name} is encoded as {what}; convert it to UTF-8.", self._name
            )
