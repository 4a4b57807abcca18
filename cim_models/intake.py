"""Intake: files, folders, zips and gzips opened safely, as a list of documents to read.

Nothing is unpacked to disk. A document named by the user must be CIM in some form of RDF (`forms`); in a folder or
zip, files of other kinds are left out with a finding. Every stream is bounded in bytes and ratio and searched for what
kills parsers before a byte of it reaches one (an 800-byte entity bomb does: reliability F1).
"""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final, cast

from cim_models import limits, zips
from cim_models.errors import FileError, LimitError
from cim_models.findings import Finding, finding
from cim_models.forms import Form, form_of, is_cim
from cim_models.screen import Allowance, Bounded, Screened, ScreenedText

_HEAD_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 1024**2
_SKIPPED_SUFFIXES: Final = frozenset({".md", ".txt", ".csv", ".yaml", ".yml", ".png", ".pdf"})
_ZIP_MAGIC: Final = b"PK\x03\x04"

Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Document:
    """One CIM document.

    Attributes:
        name: how findings and errors name it: path, and `zip!member` inside a zip.
        size_bytes: size as stored, for progress.
        opener: opens the decompressed bytes.
        required: the user named it, so it must be CIM.
        form: how it writes RDF.
        unpacked_bytes: most that it can unpack to, where that is known without unpacking it.
        allowance: what all documents of the same given file may unpack to.
    """

    name: str
    size_bytes: int
    opener: Opener
    required: bool
    form: Form = Form.XML
    unpacked_bytes: int | None = None
    allowance: Allowance | None = None

    @contextmanager
    def open(self) -> Iterator[Screened]:
        """Open the decompressed, screened bytes of an XML document."""
        with self.open_raw() as raw:
            yield Screened(raw, self.name, self.size_bytes, self.allowance)

    @contextmanager
    def open_text(self) -> Iterator[ScreenedText]:
        """Open the decompressed, screened bytes of a document of any other form."""
        with self.open_raw() as raw:
            yield ScreenedText(raw, self.name, self.size_bytes, self.allowance)

    def measured(self) -> int:
        """Return how many bytes the document has, unpacking it where nothing else tells.

        Raises:
            FileError: it is damaged.
            LimitError: it unpacks to more than `limits` allows.
        """
        if self.unpacked_bytes is not None:
            return self.unpacked_bytes
        with self.open_raw() as raw:
            stream = Bounded(raw, self.name, self.size_bytes, self.allowance)
            while stream.read():
                pass
            return stream.bytes_read

    @contextmanager
    def open_raw(self) -> Iterator[IO[bytes]]:
        """Open the decompressed bytes as they are; no parser may see them."""
        try:
            with self.opener() as raw:
                yield raw
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            raise FileError(
                "file_truncated",
                f"{self.name} is cut off or damaged: its compressed data ends early; copy it again.",
                self.name,
            ) from error
        except (gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise FileError(
                "file_damaged", f"{self.name} is no readable compressed file: {error}; copy it again.", self.name
            ) from error
        except OSError as error:
            raise FileError("file_unreadable", f"{self.name} cannot be read: {error}.", self.name) from error


def documents(paths: Sequence[str | Path], shown: str | None = None) -> tuple[list[Document], list[Finding]]:
    """List the documents of one network.

    Args:
        paths: files (.gz too), folders and zips that together are one network.
        shown: how findings and errors call a single file that is no folder, None = by its path.

    Returns:
        The documents in a stable order, and findings on what was left out.

    Raises:
        FileError: a path does not exist, is empty, or holds no CIM in any form.
        LimitError: a folder or zip holds too many files.
    """
    if not paths:
        raise FileError("file_not_found", "No model was named: give at least one file, folder or zip.")
    found: list[Document] = []
    findings: list[Finding] = []
    for given in paths:
        path = Path(given)
        name = shown if shown is not None and len(paths) == 1 and not path.is_dir() else str(path)
        if not path.exists():
            raise FileError("file_not_found", f"{name} does not exist.", name)
        before = len(found)
        if path.is_dir():
            for inner in _files_of(path):
                found.extend(_of_file(inner, str(inner), False, findings))
        else:
            found.extend(_of_file(path, name, True, findings))
        if len(found) == before:
            kinds = ".xml, .rdf, .ttl, .trig, .nt, .nq, .jsonld, .gz, .zip"
            raise FileError("not_cim", f"{name} holds no CIM file ({kinds}).", name)
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


def _of_file(path: Path, name: str, required: bool, findings: list[Finding]) -> Iterator[Document]:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        raise FileError("file_unreadable", f"{name} cannot be read: {error.strerror}.", name) from error
    if size == 0:
        if required:
            raise FileError("file_empty", f"{name} is empty.", name)
        findings.append(finding("file_skipped", f"{name} is empty.", [name], file=name))
    elif head == _ZIP_MAGIC:
        yield from _of_zip(path, name, 0, Allowance(name, size), findings)
    elif head[:2] == b"\x1f\x8b":
        yield from _kept(Document(name, size, lambda: _gzip_of(path.open("rb")), required), findings)
    else:
        yield from _kept(Document(name, size, lambda: path.open("rb"), required, unpacked_bytes=size), findings)


@contextmanager
def _gzip_of(opened: AbstractContextManager[IO[bytes]]) -> Iterator[IO[bytes]]:
    with opened as raw, gzip.GzipFile(fileobj=raw, mode="rb") as unzipped:
        yield cast(IO[bytes], unzipped)


def _of_zip(
    source: zips.Source, name: str, depth: int, allowance: Allowance, findings: list[Finding]
) -> Iterator[Document]:
    @contextmanager
    def opened_member(info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        with zips.opened(source) as archive, archive.open(info) as raw:
            yield raw

    def is_gzip(info: zipfile.ZipInfo) -> bool:
        return info.filename.lower().endswith(".gz")

    def member(info: zipfile.ZipInfo) -> Opener:
        return (lambda: _gzip_of(opened_member(info))) if is_gzip(info) else (lambda: opened_member(info))

    try:
        entries = zips.entries(source, name)
        _check_sizes(entries, name, allowance)
        nested = _zips_inside(source, entries, name, depth)
    except (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, OSError) as error:
        raise FileError("file_damaged", f"{name} is no readable zip: {error}; copy it again.", name) from error
    for entry in entries:
        inner = f"{name}!{entry.filename}"
        if entry.filename in nested:
            yield from _of_zip(nested[entry.filename], inner, depth + 1, allowance, findings)
        else:
            size = None if is_gzip(entry) else entry.file_size
            document = Document(inner, entry.compress_size, member(entry), False, Form.XML, size, allowance)
            yield from _kept(document, findings)


def _check_sizes(entries: Sequence[zipfile.ZipInfo], name: str, allowance: Allowance) -> None:
    """Refuse what says of itself that it unpacks too far; what lies about it is stopped while it unpacks."""
    if sum(entry.file_size for entry in entries) > allowance.bytes_max:
        message = f"{name} unpacks to more than {allowance.bytes_max} bytes and is refused."
        raise LimitError("file_too_large", message, name)


def _zips_inside(source: zips.Source, entries: Sequence[zipfile.ZipInfo], name: str, depth: int) -> dict[str, bytes]:
    """Return the zips in a zip by name, unpacked into memory."""
    found: dict[str, bytes] = {}
    left = limits.ZIP_INNER_BYTES_MAX
    with zips.opened(source) as archive:
        for entry in entries:
            with archive.open(entry) as stream:
                if stream.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
                    continue
            if depth >= limits.ZIP_NESTING_MAX:
                raise LimitError("zip_too_deep", f"{name} holds zips inside zips inside zips; unpack it once.", name)
            left -= entry.file_size
            if left < 0:
                inner = f"{name}!{entry.filename}"
                raise LimitError("zip_too_large", f"{inner} is too large for a zip in a zip; unpack it.", name)
            with archive.open(entry) as stream:
                # in pieces: what unpacks to more than it says is cut there, and refused as damaged
                found[entry.filename] = b"".join(iter(lambda: stream.read(_PIECE_BYTES), b""))
    return found


def _kept(document: Document, findings: list[Finding]) -> Iterator[Document]:
    """Yield the document with its form if it looks like CIM; its head alone is read for that, by no parser."""
    suffixes = [one.lower() for one in Path(document.name).suffixes if one.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    if not document.required and suffix in _SKIPPED_SUFFIXES:
        findings.append(_skipped(document))
        return
    head = _head_of(document)
    form = form_of(head, suffix)
    if document.required:
        if not head:
            raise FileError("file_empty", f"{document.name} is empty.", document.name)
        if form is None:
            raise FileError("not_rdf", _no_rdf(document.name, head), document.name)
    elif form is None or not is_cim(head, form):
        findings.append(_skipped(document))
        return
    yield replace(document, form=form)


def _skipped(document: Document) -> Finding:
    return finding("file_skipped", f"{document.name} is no CIM model in any form of RDF.", [document.name])


def _no_rdf(name: str, head: bytes) -> str:
    """Say what a file is, where that is plain, and what is wanted instead."""
    what = "no RDF"
    if head[:1] in (b"{", b"["):
        what = "JSON without @context, @graph or @id, and so no JSON-LD"
    elif head.startswith(b"PK\x05\x06"):
        what = "an empty zip"
    elif b"ustar" in head[:600]:
        what = "a tar archive; unpack it"
    elif any(head.startswith(magic) for magic in (b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")):
        what = "packed in a way that is not read; unpack it"
    return f"{name} is {what}: give CIM as RDF/XML, Turtle, TriG, N-Triples, N-Quads or JSON-LD, plain, .gz or .zip."


def _head_of(document: Document) -> bytes:
    """Return how a document begins, to tell what it is meant as, also where the reader will refuse it.

    Zeros and byte order marks are left out, so that RDF/XML in UTF-16 is refused as such and not passed over.
    """
    with document.open_raw() as raw:
        head = raw.read(_HEAD_BYTES).replace(b"\x00", b"")
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
