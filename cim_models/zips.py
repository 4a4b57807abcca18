"""Zips read without being trusted: what hostile ones do is refused before anything of them is unpacked.

Nothing is ever written under a name from a zip. The list of contents is bounded before the library reads it; then
entries that overlap (CVE-2024-0450), carry one name twice, hide behind passwords or lead out of the folder are refused.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from pathlib import Path
from typing import IO, Final

from cim_models import limits
from cim_models.errors import FileError, LimitError

_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_COMMENT_MAX: Final = 65_535
_NAME_IS_UTF8: Final = 0x800
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LEADS_OUT: Final = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:")

Source = Path | bytes
"""A zip as a file, or one that was inside another as bytes."""


def opened(source: Source) -> zipfile.ZipFile:
    """Open a zip; to be used where `entries` found it harmless."""
    return zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)


def entries(source: Source, name: str) -> list[zipfile.ZipInfo]:
    """Return the files in a zip, by name.

    Args:
        source: the zip.
        name: how errors name it.

    Raises:
        FileError: entries overlap, share a name, lead out of the folder, are links or protected by a password.
        LimitError: there are too many of them.
        zipfile.BadZipFile: it is damaged.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as raw:
        _check_directory(raw, name)
    with opened(source) as archive:
        found = [entry for entry in archive.infolist() if not entry.is_dir()]
    _check_count(len(found), name)
    if len({entry.filename for entry in found}) != len(found):
        raise FileError("zip_hostile", f"{name} holds one file name twice; pack it anew.", name)
    end = 0
    for entry in sorted(found, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            raise FileError("zip_hostile", f"{name} holds files that overlap each other; pack it anew.", name)
        stored_name = entry.orig_filename.encode("utf-8" if entry.flag_bits & _NAME_IS_UTF8 else "cp437", "replace")
        end = entry.header_offset + 30 + len(stored_name) + entry.compress_size
        _check_entry(entry, name)
    return sorted(found, key=lambda e: e.filename)


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    shown = _CONTROL.sub("?", entry.filename)[:100]
    if entry.flag_bits & 1:
        raise FileError("zip_encrypted", f"{name} is protected by a password; unpack it first.", name)
    if _CONTROL.search(entry.filename) or _LEADS_OUT.search(entry.filename):
        message = f"{name} holds a file whose name leads elsewhere, {shown!r}; pack it anew."
        raise FileError("zip_hostile", message, name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileError("zip_hostile", f"{name} holds a link, {shown!r}; pack the file itself.", name)


def _check_count(number: int, name: str) -> None:
    if number > limits.ZIP_ENTRIES_MAX:
        raise LimitError("too_many_files", f"{name} holds more than {limits.ZIP_ENTRIES_MAX} files.", name)


def _check_directory(raw: IO[bytes], name: str) -> None:
    """Bound the list of contents by what the end of the zip says of it: as much would be read into memory at once."""
    size = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, size - _END.size - _COMMENT_MAX))
    tail = raw.read(_END.size + _COMMENT_MAX)
    at = tail.rfind(_END_MAGIC, 0, len(tail) - _END.size + len(_END_MAGIC))
    if at < 0:
        return  # no zip; the library says so
    _, _, _, _, _, directory_bytes, _, _ = _END.unpack_from(tail, at)
    if directory_bytes == 0xFFFFFFFF or tail[max(0, at - _LOCATOR.size) : at].startswith(_LOCATOR_MAGIC):
        directory_bytes = _size_in_zip64(raw, tail, at, directory_bytes)
    if directory_bytes > limits.ZIP_DIRECTORY_BYTES_MAX:
        message = f"{name} has a list of contents of more than {limits.ZIP_DIRECTORY_BYTES_MAX} bytes; pack it anew."
        raise LimitError("zip_hostile", message, name)


def _size_in_zip64(raw: IO[bytes], tail: bytes, at: int, known: int) -> int:
    if at < _LOCATOR.size:
        return known
    magic, _, place, _ = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)
    if magic != _LOCATOR_MAGIC:
        return known
    sizes = []
    # where the record says that it stands, and right before its locator, where the library looks for it
    before = raw.seek(0, io.SEEK_END) - len(tail) + at - _LOCATOR.size - _END_64.size
    for position in (place, before):
        if not 0 <= position <= before:
            continue
        raw.seek(position)
        record = raw.read(_END_64.size)
        if len(record) == _END_64.size:
            sizes.append(int(_END_64.unpack(record)[8]))
    return max(sizes, default=known)
