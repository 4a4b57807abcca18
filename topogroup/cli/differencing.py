"""`topogroup difference`: the difference model that leads from one version of a network to the next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from cim_models.errors import FileError, OptionError

if TYPE_CHECKING:
    from cim_models.difference.model import Difference
    from cim_models.statements import Statements


class SpreadCommand(TyperCommand):
    """A command whose option `--to` takes all files that follow it, up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer brings its own click
        """Write `--to` before each of its files, then parse as always."""
        return super().parse_args(ctx, spread(args, "--to"))


def spread(args: Sequence[str], option: str) -> list[str]:
    """Return arguments with an option written before each word that follows it, up to the next option."""
    result: list[str] = []
    taking = False
    for at, word in enumerate(args):
        if word == "--":
            return [*result, *args[at:]]
        if word.startswith("-") and word != "-":
            taking = word == option or word.startswith(f"{option}=")
            if word == option and at + 1 < len(args):
                continue
            result.append(word)
        else:
            result += [option, word] if taking else [word]
    return result


def run(old: Sequence[Path], new: Sequence[Path], out: Path, as_json: bool) -> None:
    """Read both versions, and write what leads from the first to the second.

    Raises:
        TopogroupError: a file cannot be used, both say the same, or the file cannot be written.
    """
    from cim_models import importing
    from cim_models.difference.writing import write_difference
    from topogroup.cli import output

    importing.check_there([*old, *new])
    taken = {path.resolve() for path in importing.files_of([*old, *new])}
    if out.resolve() in taken:
        raise OptionError("out_is_input", f"{out} is one of the files that are compared; name another file.", str(out))
    made = made_of(old, new, datetime.now(UTC))
    if made.is_empty:
        message = "Both versions say the same: there is no difference to write."
        raise OptionError("no_difference", message, str(new[0]))
    _write(out, write_difference(made))
    supersedes = [value for name, value in made.header.said if name == "Model.Supersedes"]
    if as_json:
        counts = {"forward": len(made.forward), "reverse": len(made.reverse), "preconditions": len(made.preconditions)}
        output.print_json({"out": str(out), "id": made.header.id, "supersedes": supersedes, **counts})
        return
    output.print_line(str(out))
    output.print_line(
        f"{len(made.forward)} statements added, {len(made.reverse)} removed, {len(made.preconditions)} required"
    )


def made_of(old: Sequence[Path], new: Sequence[Path], created: datetime) -> Difference:
    """Return the difference with its header.

    It supersedes the files of the old version by their headers, and the old version by the id that a store gives it;
    its own id is the one that a store gives the new version. So the next difference in the chain fits upon this one.

    Args:
        old: files that together are the old version.
        new: likewise the new one.
        created: when, for the header.

    Raises:
        ModelError: a file cannot be used.
    """
    from cim_models import importing
    from cim_models.difference.columns import spelling_in, statements_of
    from cim_models.difference.making import difference_between

    before, after = _read(old), _read(new)
    spelling = {**spelling_in(after), **spelling_in(before)}
    made = difference_between(statements_of(before), statements_of(after), spelling=spelling, created=created)
    known = [one.id for one in before.files if one.id]
    header = made.header
    header.id = _urn(importing.model_id(new))
    header.said += [("Model.Supersedes", one) for one in dict.fromkeys([*known, _urn(importing.model_id(old))])]
    return made


def _urn(identity: str) -> str:
    return f"urn:uuid:{identity}"


def _read(paths: Sequence[Path]) -> Statements:
    from cim_models.loading import read
    from topogroup.cli import inputs

    with inputs.progress("reading") as line:
        return read(paths, line)[0]


def _write(out: Path, text: str) -> None:
    """Write the file whole or not at all."""
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileError("file_unwritable", f"{out} cannot be written: {error.strerror}.", str(out)) from error


Old = typer.Argument(metavar="OLD…", help="Files that together are the version before.")
New = typer.Option("--to", metavar="NEW…", help="Files that together are the version after.")
Out = typer.Option("--out", metavar="FILE", help="The difference model to write.")
