"""`topogroup attach`: where every DER hangs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cim_models.conventions import OPEN, Conventions
from cim_models.errors import OptionError
from topogroup.cli import inputs, output
from topogroup.topology.answers.attach import attach
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.answers.table import is_away, table_of


def run(
    models: Sequence[Path],
    operations: tuple[list[str], list[str]],
    heads: Path | None,
    sources: Path | None,
    aliases: Path | None,
    state: str,
    as_json: bool,
    as_csv: bool,
    said: Conventions = OPEN,
) -> None:
    """Load, attach and print."""
    if state not in ("current", "normal"):
        raise OptionError("unknown_state", f"--state is current or normal, not {state!r}.", state)
    output.one_form(json=as_json, csv=as_csv)
    entries, given = inputs.heads_file(heads), inputs.aliases_file(aliases)
    network = inputs.load_models(models, sources, said)
    report = attach(network, opened=operations[0], closed=operations[1], state=state, heads=entries, aliases=given)
    if as_json:
        output.print_json(report.to_dict())
    elif as_csv:
        output.print_csv(*table_of(report))
    else:
        _print(report)


def _print(report: AttachmentReport) -> None:
    rows = []
    for der in sorted(report, key=lambda d: output.in_human_order(d.name)):
        now, normally = der.current, der.normal
        away = f"normally {output.names(normally.feeders)}" if is_away(now, normally) else ""
        flags = [word for word, on in (("paralleled", now.paralleled), ("back-fed", now.back_fed)) if on]
        flags += ["uncertain"] if now.uncertain else []
        flags += [] if now.in_service else ["out of service"]
        state = ", ".join([now.energisation.replace("_", " "), *flags, *([away] if away else [])])
        rows.append(
            (
                *(der.name, der.kind, der.phases, output.names(now.substations), output.names(now.transformers)),
                *(output.names(now.feeders), now.section.name if now.section else "–", state),
            )
        )
    header = ("DER", "kind", "phases", "substation", "transformer", "feeder", "section", "state")
    output.print_table(f"{len(report)} DER", header, rows)
    count = Counter(der.current.energisation for der in report)
    output.print_line()
    output.print_line(", ".join(f"{n} {word.replace('_', ' ')}" for word, n in sorted(count.items())))
    output.print_findings(report.findings, least="warning")
