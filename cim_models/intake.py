"""Intake: files, folders, zips and gzips opened safely, as a list of documents to read.

Nothing is unpacked to disk. A document named by the user must be CIM RDF/XML; in a folder or zip, files of other
kinds are left out with a finding. Every stream is bounded in bytes and ratio and searched for a document type
declaration before a byte of it reaches a parser (an 800-byte entity bomb kills parsers: reliability F1).
"""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from cim_models import limits
from cim_models.errors import FileError, LimitError
from cim_models.findings import Finding, finding
from cim_models.screen import Screened

_HEAD_BYTES: Final = 64 * 1024
_NAME_IS_UTF8: Final = 0x800
_SKIPPED_SUFFIXES: Final = frozenset({".md", ".txt", ".json", ".csv", ".yaml", ".yml", ".png", ".pdf", ".ttl"})


Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Document:
    """One CIM RDF/XML document.

    Attributes:
        name: how findings and errors name it: path, and `zip!member` inside a zip.
        size_bytes: size as stored, for progress.
        opener: opens the decompressed bytes.
        required: the user named it, so it must be CIM RDF/XML.
    """

    name: str
    size_bytes: int
    opener: Opener
    required: bool

    @contextmanager
    def open(self) -> Iterator[Screened]:
        """Open the decompressed, screened bytes."""
        with self.open_raw() as raw:
            yield Screened(raw, self.name, self.size_bytes)

    @contextmanager
    def open_raw(self) -> Iterator[IO[bytes]]:
        """Open the decompressed bytes as they are; no parser may see them."""
        try:
            with self.opener() as raw:
                yield raw
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            raise FileError(
                "file_truncated", f"{self.name} is cut off or damaged: its compressed data ends early; copy it again.",
                self.name,
            ) from error
        except (gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise FileError(
                "file_damaged", f"{self.name} is no readable compressed file: {error}; copy it again.", self.name
            ) from error
        except OSError as error:
            raise FileError("file_unreadable", f"{self.name} cannot be read: {error}.", self.name) from error


def documents(paths: Sequence[str | Path]) -> tuple[list[Document], list[Finding]]:
    """List the documents of one network.

    Args:
        paths: files (.gz too), folders and zips that together are one network.

    Returns:
        The documents in a stable order, and findings on what was left out.

    Raises:
        FileError: a path does not exist, is empty, or holds no CIM RDF/XML.
        LimitError: a folder or zip holds too many files.
    """
    if not paths:
        raise FileError("file_not_found", "No model was named: give at least one file, folder or zip.")
    found: list[Document] = []
    findings: list[Finding] = []
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise FileError("file_not_found", f"{path} does not exist.", str(path))
        before = len(found)
        if path.is_dir():
            for inner in _files_of(path):
                found.extend(_of_file(inner, False, findings))
        else:
            found.extend(_of_file(path, True, findings))
        if len(found) == before:
            raise FileError("not_cim", f"{path} holds no CIM RDF/XML file (.xml, .rdf, .gz, .zip).", str(path))
    return found, findings


def _files_of(folder: Path) -> list[Path]:
    files: list[Path] = []
    for inner in folder.rglob("*"):
        if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(folder).parts):
            files.append(inner)
            if len(files) > limits.FOLDER_FILES_MAX:
                raise LimitError(
                    "too_many_files", f"{folder} holds more than {limits.FOLDER_FILES_MAX} files.", str(folder)
                )
    return sorted(files, key=lambda p: p.as_posix())


def _of_file(path: Path, required: bool, findings: list[Finding]) -> Iterator[Document]:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        raise FileError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from error
    name = str(path)
    if size == 0:
        if required:
            raise FileError("file_empty", f"{name} is empty.", name)
        findings.append(finding("file_skipped", f"{name} is empty.", [name], file=name))
    elif head == b"PK\x03\x04":
        yield from _of_zip(path, name, 0, findings)
    elif head[:2] == b"\x1f\x8b":
        yield from _kept(Document(name, size, lambda: _gzip_of(path.open("rb")), required), findings)
    else:
        yield from _kept(Document(name, size, lambda: path.open("rb"), required), findings)


@contextmanager
def _gzip_of(opened: AbstractContextManager[IO[bytes]]) -> Iterator[IO[bytes]]:
    with opened as raw, gzip.GzipFile(fileobj=raw, mode="rb") as unzipped:
        yield cast(IO[bytes], unzipped)


def _of_zip(source: Path | bytes, name: str, depth: int, findings: list[Finding]) -> Iterator[Document]:
    def archive() -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)

    @contextmanager
    def opened_member(info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        with archive() as opened, opened.open(info) as raw:
            yield raw

    def member(info: zipfile.ZipInfo) -> Opener:
        if info.filename.lower().endswith(".gz"):
            return lambda: _gzip_of(opened_member(info))
        return lambda: opened_member(info)

    try:
        with archive() as opened:
            entries = _checked_entries(opened, name)
            nested = {e.filename: opened.read(e) for e in entries if _is_small_zip(opened, e, name, depth)}
    except (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, OSError) as error:
        raise FileError("file_damaged", f"{name} is no readable zip: {error}; copy it again.", name) from error
    for entry in entries:
        inner = f"{name}!{entry.filename}"
        if entry.filename in nested:
            yield from _of_zip(nested[entry.filename], inner, depth + 1, findings)
        else:
            yield from _kept(Document(inner, entry.compress_size, member(entry), False), findings)


def _is_small_zip(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, depth: int) -> bool:
    with opened.open(entry) as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    if depth >= limits.ZIP_NESTING_MAX:
        raise LimitError("zip_too_deep", f"{name} holds zips inside zips inside zips; unpack it once.", name)
    if entry.file_size > limits.ZIP_INNER_BYTES_MAX:
        raise LimitError("zip_too_large", f"{name}!{entry.filename} is too large for a zip in a zip; unpack it.", name)
    return True


def _checked_entries(opened: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Refuse what hostile zips do: floods of entries, entries that overlap, one name twice, passwords."""
    entries = [e for e in opened.infolist() if not e.is_dir()]
    if len(entries) > limits.ZIP_ENTRIES_MAX:
        raise LimitError("too_many_files", f"{name} holds more than {limits.ZIP_ENTRIES_MAX} files.", name)
    if len({e.filename for e in entries}) != len(entries):
        raise FileError("zip_hostile", f"{name} holds one file name twice.", name)
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            raise FileError("zip_hostile", f"{name} holds files that overlap each other.", name)
        stored_name = entry.orig_filename.encode("utf-8" if entry.flag_bits & _NAME_IS_UTF8 else "cp437", "replace")
        end = entry.header_offset + 30 + len(stored_name) + entry.compress_size
        if entry.flag_bits & 1:
            raise FileError("zip_encrypted", f"{name} is protected by a password; unpack it first.", name)
    return sorted(entries, key=lambda e: e.filename)


def _kept(document: Document, findings: list[Finding]) -> Iterator[Document]:
    """Yield the document if it looks like RDF/XML; its head alone is read for that, by no parser."""
    suffix = Path(document.name).suffix.lower()
    if not document.required and suffix in _SKIPPED_SUFFIXES:
        findings.append(finding("file_skipped", f"{document.name} is no CIM RDF/XML.", [document.name]))
        return
    text = _head_of(document)
    if document.required:
        if not text:
            raise FileError("file_empty", f"{document.name} is empty.", document.name)
        if not text.startswith(b"<"):
            raise FileError("not_xml", f"{document.name} is not XML: give CIM RDF/XML.", document.name)
    elif not text.startswith(b"<") or not (b"rdf:RDF" in text or b"22-rdf-syntax-ns#" in text):
        findings.append(finding("file_skipped", f"{document.name} is no CIM RDF/XML.", [document.name]))
        return
    yield document


def _head_of(document: Document) -> bytes:
    """Return how a document begins, to tell what it is meant as, also where the reader will refuse it.

    Zeros and byte order marks are left out, so that RDF/XML in UTF-16 is refused as such and not passed over.
    """
    with document.open_raw() as raw:
        head = raw.read(_HEAD_BYTES).replace(b"\x00", b"")
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
