"""What commands read: models with progress, heads and sources files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cim_models import limits
from cim_models.errors import FileError, LimitError, OptionError
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


def load_models(models: Sequence[Path], sources: Path | None) -> Network:
    """Load the network of a command, with progress on stderr.

    Args:
        models: files, folders, zips.
        sources: a sources file, or None.

    Returns:
        The network.

    Raises:
        ModelError: the files cannot be used.
        OptionError: the sources file says something impossible.
    """
    from cim_models.loading import load

    listed = None if sources is None else sources_file(sources)
    with progress("reading") as line:
        return load(models, sources=listed, progress=line)


def heads_file(path: Path | None) -> list[dict[str, str]] | None:
    """Read a heads file: `feeders: [{name, head, substation?}]`.

    Raises:
        FileError: the file cannot be read or is no YAML.
        OptionError: an entry lacks its name or head, or holds something else.
    """
    if path is None:
        return None
    entries = _list_in(path, "feeders")
    result = []
    for number, entry in enumerate(entries, 1):
        if not _is_head(entry):
            raise OptionError(
                "heads_file", f"{path}: entry {number} needs name and head, and may have substation.", str(path)
            )
        result.append({key: value for key, value in entry.items() if value})
    return result


def _is_head(entry: object) -> bool:
    if not isinstance(entry, dict) or not {"name", "head"} <= entry.keys() <= {"name", "head", "substation"}:
        return False
    return all(isinstance(value, str) for value in entry.values()) and bool(entry["name"] and entry["head"])


def sources_file(path: Path) -> list[str]:
    """Read a sources file: `sources: [id]`.

    Raises:
        FileError: the file cannot be read or is no YAML.
        OptionError: it has no list of ids.
    """
    entries = _list_in(path, "sources")
    if not all(isinstance(entry, str) and entry for entry in entries):
        raise OptionError("sources_file", f"{path}: sources must be a list of ids.", str(path))
    return entries


def _list_in(path: Path, key: str) -> list[Any]:
    """Read a YAML file whose scalars are all texts: an id such as 0815 or 2020-01-01 stays as it is written."""
    import yaml

    try:
        if path.stat().st_size > limits.YAML_BYTES_MAX:
            raise FileError("file_too_large", f"{path} is larger than {limits.YAML_BYTES_MAX} bytes.", str(path))
        text, loader = path.read_text(encoding="utf-8"), getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        _check_depth(yaml.parse(text, Loader=loader), path)
        content = yaml.load(text, Loader=loader)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise FileError("file_unreadable", f"{path} cannot be read: {reason}.", str(path)) from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1}" if where is not None else ""
        raise FileError("not_yaml", f"{path}{line} is no YAML.", str(path)) from error
    entries = content.get(key) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise OptionError(f"{key}_file", f"{path} has no list named {key}.", str(path))
    return entries


def _check_depth(events: Iterable[Any], path: Path) -> None:
    """Refuse deep nesting before the loader sees it: it recurses on the C stack, which ends the process."""
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > limits.YAML_DEPTH_MAX:
            raise LimitError("too_deep", f"{path} is nested deeper than {limits.YAML_DEPTH_MAX} levels.", str(path))
