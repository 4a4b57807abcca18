"""What commands print: JSON, CSV, and tables that people can read."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cim_models.errors import OptionError
from cim_models.findings import Finding
from topogroup.topology.arrays.links import Item


def one_form(**asked: bool) -> None:
    """Refuse more than one form of output.

    Raises:
        OptionError: two of them are asked for.
    """
    chosen = [f"--{name}" for name, on in asked.items() if on]
    if len(chosen) > 1:
        raise OptionError("two_forms", f"{' and '.join(chosen)} exclude each other: ask for one.", chosen[1])


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a value as JSON."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def print_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as CSV."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people; whole lines where the output is no terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(table)


def print_line(text: str = "") -> None:
    """Print one line for people."""
    sys.stdout.write(text + "\n")


def in_human_order(text: str) -> list[tuple[int, int | str]]:
    """Return a sort key by which F2 stands before F10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", text) if part]


def names(items: Sequence[Item]) -> str:
    """Return the names of items for a table."""
    return ", ".join(item.name for item in items) or "–"


def names_of(items: Sequence[Mapping[str, Any]]) -> str:
    """Return the names of items in the form of JSON for a table."""
    return ", ".join(item["name"] for item in items) or "–"


def print_findings(findings: Sequence[Finding], *, least: str = "info") -> None:
    """Print findings for people, the grave ones first.

    Args:
        findings: the findings.
        least: `info` for all, `warning` to leave the mere information out.
    """
    shown = [f for f in findings if least == "info" or f.severity != "info"]
    if shown:
        rows = [(f.severity, f.code, _place(f), f.message) for f in shown]
        print_line()
        print_table("Findings", ("severity", "code", "place", "message"), rows)


def _place(item: Finding) -> str:
    if item.file is None:
        return ""
    name = item.file.rpartition("/")[2]
    return f"{name}:{item.line}" if item.line else name
