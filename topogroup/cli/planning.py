"""`topogroup plan`: a switching plan, step by step."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cim_models import limits
from cim_models.conventions import OPEN, Conventions
from cim_models.errors import FileError
from cim_models.findings import Finding
from topogroup.cli import inputs, output
from topogroup.groups.plan import StepEffect, TemplateGroups, plan_report
from topogroup.groups.template import parse_templates
from topogroup.topology.answers.view import ModelTables, StateView, part_views
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows
from topogroup.topology.switching.consequences import Course
from topogroup.topology.switching.devices import DeviceGrids
from topogroup.topology.switching.places import Places
from topogroup.topology.switching.plan import PlanReader, Situation, needs_phases, situations
from topogroup.topology.switching.plan_table import plan_rows
from topogroup.topology.tracing.leading import led_on, traced_anew

DEFAULT_TEMPLATES = ("substation", "feeder")


def run(
    models: Sequence[Path],
    plan: Path,
    by: Sequence[str],
    heads: Path | None,
    sources: Path | None,
    aliases: Path | None,
    as_json: bool,
    said: Conventions = OPEN,
) -> None:
    """Load, read the plan, trace each step and print what it does to groups."""
    templates = parse_templates(by or DEFAULT_TEMPLATES)
    (rows, findings), entries, given = plan_file(plan), inputs.heads_file(heads), inputs.aliases_file(aliases)
    network = inputs.load_models(models, sources, said)
    start = Situation(current_state(network))
    grid = prepare(network, per_phase=start.state.per_phase(network), heads=entries)
    steps = PlanReader(network, Places(grid), aliases=given).steps(rows)
    if grid.graph.slots.width == 1 and needs_phases(network, situations(network, start, steps)):
        grid = prepare(network, per_phase=True, heads=entries)
    der = der_rows(grid)
    grids, tables = DeviceGrids(grid), ModelTables(grid, der)
    traced = traced_anew(grid, der, start.state)
    at_first = traced.snapshot
    normally = attachments(grid, der, normal_state(network))
    normal = StateView(grid, der, normally, tables)
    groups, course = TemplateGroups(templates, (StateView(grid, der, at_first, tables), normal)), Course(traced)
    effects = []
    for step, situation in zip(steps, situations(network, start, steps), strict=True):
        traced, moved = led_on(traced, grids.of(situation.devices), der, situation.state)
        some = None if moved is None else part_views(grid, der, tables, normally, moved)
        state = StateView(grid, der, traced.snapshot, tables), normal
        effects.append(StepEffect(step, groups.changes(state, some), course.step(traced, moved)))
    report = plan_report(effects, groups.net(), normal.der_mrids, grid.zones.substations)
    if as_json:
        output.print_json(report if findings is None else {**report, "findings": [one.as_dict() for one in findings]})
    else:
        _print(report, dict(zip(normal.der_mrids, normal.der_names, strict=True)))
        output.print_findings(findings or (), least="warning")


def plan_file(path: Path) -> tuple[Sequence[Mapping[str, str]], Sequence[Finding] | None]:
    """Read the rows of a plan.

    Args:
        path: CSV in UTF-8 with a header, or an IEC 61968-3 SwitchingPlan as XML.

    Returns:
        The rows, by the names of the columns; and of XML, what of it cannot be tried.

    Raises:
        FileError: the file cannot be read.
        LimitError: it is too long.
        OptionError: a column is missing or unknown, or a row has too many fields.
    """
    try:
        if path.stat().st_size > limits.PLAN_BYTES_MAX:
            raise FileError("file_too_large", f"{path} is larger than {limits.PLAN_BYTES_MAX} bytes.", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise FileError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from error
    if not data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return plan_rows(data, str(path)), None
    from topogroup.iec61968.switching_plan import read_switching_plan

    document = read_switching_plan(data, str(path))
    return document.rows, document.findings


def _print(report: dict[str, Any], names: dict[str, str]) -> None:
    """Print a plan for people: a table of its steps, and what it comes to."""
    rows = []
    for step in report["steps"]:
        does = "; ".join(_does(operation) for operation in step["operations"])
        rows.append((step["step"], does, *_effects(step, names)))
    output.print_table(
        f"{len(rows)} steps" if len(rows) > 1 else "1 step",
        ("step", "does", "groups", "without supply", "paralleled"),
        [*rows, ("net", "", *_effects(report["net"], names))],
    )


def _does(operation: dict[str, str]) -> str:
    what = operation.get("name") or operation.get("switch") or operation["device"]
    where = " to ".join(operation[key] for key in ("place", "place2") if key in operation)
    words = [operation["action"], what, f"at {where}" if where else "", operation.get("phases", "")]
    return " ".join(word for word in words if word)


def _effects(found: dict[str, Any], names: dict[str, str]) -> tuple[str, str, str]:
    ordered = sorted(found["groups"], key=lambda group: output.in_human_order(group["name"]))
    groups = [f"{group['name']}{_count(' +', group['joined'])}{_count(' −', group['left'])}" for group in ordered]
    paralleled = _listed(found["paralleled"], names)
    if found["substations_paralleled"]:
        paralleled += f" ({len(found['substations_paralleled'])} pairs of substations)"
    return ", ".join(groups) or "–", _listed(found["unsupplied"], names), paralleled


def _count(sign: str, members: Sequence[Any]) -> str:
    return f"{sign}{len(members)}" if members else ""


def _listed(mrids: Sequence[str], names: dict[str, str]) -> str:
    shown = sorted((names[mrid] for mrid in mrids), key=output.in_human_order)
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return ", ".join(shown[:5]) + more or "–"
