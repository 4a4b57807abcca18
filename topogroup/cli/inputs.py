"""What commands read: models with progress, heads and sources files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cim_models import given_files, limits
from cim_models.aliases import Aliases, read_aliases
from cim_models.conventions import OPEN, Conventions
from cim_models.errors import FileError, IdError, LimitError
from cim_models.network import Network

_QUIET_S: Final = 0.5
"""Progress is shown only for work that takes longer."""


class Progress:
    """A line on stderr that tells how far long work is; nothing where nobody looks."""

    def __init__(self, what: str) -> None:
        """Start the clock."""
        self._what = what
        self._begin = self._last = time.monotonic()
        self._shown = False

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show how far the work is."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._begin < _QUIET_S or now - self._last < 0.1:
            return
        self._last, self._shown = now, True
        share = 100 * done // total if total else 100
        sys.stderr.write(f"\r\x1b[2K{self._what} {share} % {name[-60:]}")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Show progress of some work on stderr while the block runs."""
    line = Progress(what)
    try:
        yield line
    finally:
        line.close()


def load_models(models: Sequence[Path], sources: Path | None, said: Conventions = OPEN) -> Network:
    """Load the network of a command, with progress on stderr.

    Args:
        models: files, folders, zips.
        sources: a sources file, or None.
        said: what the user says of units, signs and coordinates.

    Returns:
        The network.

    Raises:
        ModelError: the files cannot be used.
        IdError: the sources file names something that is not there.
        OptionError: the sources file says something impossible.
    """
    from cim_models.loading import load

    listed = None if sources is None else given_files.sources_file(sources)
    with progress("reading") as line:
        try:
            return load(models, sources=None if listed is None else list(listed), said=said, progress=line)
        except IdError as error:
            if sources is None or listed is None:
                raise
            raise given_files.at_line(error, sources, listed) from error


def heads_file(path: Path | None) -> list[dict[str, str]] | None:
    """Read a heads file; see `given_files.heads_file`."""
    return given_files.heads_file(path)


def aliases_file(path: Path | None) -> Aliases | None:
    """Read a table of aliases: CSV with alias,mrid or source,alias,mrid; those of all sources count.

    Args:
        path: the file, or None.

    Raises:
        FileError: the file cannot be read, or a row is not as it must be.
        LimitError: it is too large.
        OptionError: its columns are others.
    """
    if path is None:
        return None
    try:
        if path.stat().st_size > limits.ALIAS_BYTES_MAX:
            raise LimitError("file_too_large", f"{path} is larger than {limits.ALIAS_BYTES_MAX} bytes.", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise FileError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from error
    together = Aliases()
    for table in read_aliases(data, str(path)).values():
        for alias, mrid in table:
            together.add(alias, mrid)
    return together
