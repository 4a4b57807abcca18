"""Heads and sources files of the user: YAML, small and plain, refused with the line that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from cim_models import limits
from cim_models.errors import FileError, IdError, LimitError, OptionError
from cim_models.given import Given
from cim_models.identifiers import canonical

NO_FILE: Final = "none"
"""In place of a file: from now on nothing is given. A file of that name is `./none`."""

_HEAD_KEYS: Final = ("name", "head", "substation")


def given_by(heads: Path | None, sources: Path | None, before: Given) -> Given:
    """Return the heads and sources that count for models that are read from now on.

    Args:
        heads: the heads file that is said, `NO_FILE` to end what counted, None = not said.
        sources: likewise the sources file.
        before: what counted until now; it counts on where nothing is said.

    Raises:
        FileError: a file cannot be read or is no plain YAML.
        LimitError: it is too large or too deep.
        OptionError: it says something impossible.
    """
    said = frozenset(name for name, path in (("heads", heads), ("sources", sources)) if path is not None)
    of_heads, of_sources = before.heads, before.sources
    if heads is not None:
        of_heads = None if str(heads) == NO_FILE else tuple(heads_file(heads) or ())
    if sources is not None:
        listed = None if str(sources) == NO_FILE else sources_file(sources)
        of_sources = None if listed is None else tuple({"id": id_, "line": str(at)} for id_, at in listed.items())
    return Given(of_heads, of_sources, said)


def heads_file(path: Path | None) -> list[dict[str, str]] | None:
    """Read a heads file: `feeders: [{name, head, substation?}]`.

    Args:
        path: the file, or None.

    Returns:
        The entries, each with the `line` where it begins.

    Raises:
        FileError: the file cannot be read or is no plain YAML.
        LimitError: it is too large or too deep.
        OptionError: an entry lacks its name or head, holds something else, or is there twice.
    """
    if path is None:
        return None
    result: list[dict[str, str]] = []
    first: dict[str, int] = {}
    for node in _list_in(path, "feeders"):
        entry = _entry(path, node)
        if entry["head"] in first:
            message = (
                f"{path} line {_line(node)}: head {entry['head'][:60]!r} stands in line {first[entry['head']]}; "
                "a head belongs to one feeder."
            )
            raise OptionError("repeated_head", message, entry["head"][:60])
        first[entry["head"]] = _line(node)
        result.append({**entry, "line": str(_line(node))})
    return result


def sources_file(path: Path) -> dict[str, int]:
    """Read a sources file: `sources: [id]`.

    Args:
        path: the file.

    Returns:
        The ids in the order of the file, with the line of each.

    Raises:
        FileError: the file cannot be read or is no plain YAML.
        LimitError: it is too large or too deep.
        OptionError: it has no list of ids, or an id is there twice.
    """
    import yaml

    found: dict[str, int] = {}
    seen: dict[str, int] = {}
    for node in _list_in(path, "sources"):
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            message = f"{path} line {_line(node)}: sources must be a list of ids."
            raise OptionError("sources_file", message, str(path))
        identity = canonical(node.value)
        if identity in seen:
            message = f"{path} line {_line(node)}: {node.value[:60]!r} stands in line {seen[identity]} already."
            raise OptionError("repeated_source", message, node.value[:60])
        seen[identity] = found[node.value] = _line(node)
    return found


def at_line(error: IdError, path: Path, listed: dict[str, int]) -> IdError:
    """Return an error on a listed source with its file and line."""
    for text, line in listed.items():
        if text[:60] == error.object:
            message = error.message.replace("Sources file: ", f"{path} line {line}: ", 1)
            return IdError(error.code, message, error.object)
    return error


def _entry(path: Path, node: Any) -> dict[str, str]:  # noqa: ANN401 - a node of PyYAML
    """Return an entry of a heads file without what is left empty."""
    import yaml

    wrong = OptionError(
        "heads_file", f"{path} line {_line(node)}: an entry needs name and head, and may have substation.", str(path)
    )
    if not isinstance(node, yaml.MappingNode):
        raise wrong
    entry: dict[str, str] = {}
    for key, value in _items(path, node):
        if key not in _HEAD_KEYS or not isinstance(value, yaml.ScalarNode):
            raise wrong
        if value.value:
            entry[key] = value.value
    if not {"name", "head"} <= entry.keys():
        raise wrong
    return entry


def _items(path: Path, mapping: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - a node of PyYAML
    """Return the keys and values of a mapping.

    Raises:
        OptionError: a key is there twice: YAML keeps the last one and says nothing.
    """
    import yaml

    first: dict[str, int] = {}
    found = []
    for key, value in mapping.value:
        if not isinstance(key, yaml.ScalarNode):
            raise OptionError("heads_file", f"{path} line {_line(key)}: a key must be one word.", str(path))
        if key.value in first:
            message = f"{path} line {_line(key)}: {key.value[:40]!r} stands in line {first[key.value]} already."
            raise OptionError("repeated_key", message, key.value[:40])
        first[key.value] = _line(key)
        found.append((key.value, value))
    return found


def _list_in(path: Path, key: str) -> list[Any]:
    """Return the nodes of the list under a key; all scalars are texts: 0815 and 2020-01-01 stay as they are written."""
    import yaml

    try:
        if path.stat().st_size > limits.YAML_BYTES_MAX:
            raise FileError("file_too_large", f"{path} is larger than {limits.YAML_BYTES_MAX} bytes.", str(path))
        text, loader = path.read_text(encoding="utf-8"), getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        _check_events(yaml.parse(text, Loader=loader), path)
        content = yaml.compose(text, Loader=loader)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise FileError("file_unreadable", f"{path} cannot be read: {reason}.", str(path)) from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1}" if where is not None else ""
        if "maximum nesting depth" in (getattr(error, "problem", None) or ""):
            # newer versions of libyaml read ahead so far that they meet their own limit before ours
            message = f"{path}{line} is nested deeper than {limits.YAML_DEPTH_MAX} levels."
            raise LimitError("too_deep", message, str(path)) from error
        raise FileError("not_yaml", f"{path}{line} is no YAML.", str(path)) from error
    entries = dict(_items(path, content)).get(key) if isinstance(content, yaml.MappingNode) else None
    if not isinstance(entries, yaml.SequenceNode):
        raise OptionError(f"{key}_file", f"{path} has no list named {key}.", str(path))
    found: list[Any] = entries.value
    return found


def _check_events(events: Iterable[Any], path: Path) -> None:
    """Refuse deep nesting before the loader sees it, which recurses on the C stack, and what multiplies itself."""
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            message = (
                f"{path} line {_line(event)} has an alias (*{str(event.anchor)[:40]}); write out what it stands for."
            )
            raise FileError("yaml_alias", message, str(path))
        if depth > limits.YAML_DEPTH_MAX:
            message = f"{path} line {_line(event)} is nested deeper than {limits.YAML_DEPTH_MAX} levels."
            raise LimitError("too_deep", message, str(path))


def _line(node: Any) -> int:  # noqa: ANN401 - a node or an event of PyYAML
    return int(node.start_mark.line) + 1
