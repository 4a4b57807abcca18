"""`topogroup groups` and `topogroup changes`: groups, and what switching does to them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cim_models.conventions import OPEN, Conventions
from cim_models.identifiers import derived
from cim_models.lookup import own_end_devices
from cim_models.network import Network
from topogroup.cli import inputs, output
from topogroup.groups.changes import MembershipChange, all_membership_changes
from topogroup.groups.report import changes_report, groups_report
from topogroup.groups.template import parse_templates
from topogroup.groups.view import NetworkState as GroupState
from topogroup.topology.answers.view import StateView
from topogroup.topology.graph.states import current_state, normal_state, operated, operations
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows


def run_groups(
    models: Sequence[Path],
    by: Sequence[str],
    heads: Path | None,
    sources: Path | None,
    as_json: bool,
    as_csv: bool,
    said: Conventions = OPEN,
) -> None:
    """Load, attach, group and print."""
    output.one_form(json=as_json, csv=as_csv)
    templates = parse_templates(by)
    entries = inputs.heads_file(heads)
    network = inputs.load_models(models, sources, said)
    grid = prepare(network, heads=entries)
    rows = der_rows(grid)
    state = [StateView(grid, rows, attachments(grid, rows, s(network))) for s in (current_state, normal_state)]
    report = groups_report(templates, (state[0], state[1]))
    if as_json:
        output.print_json(report)
        return
    header = ("group", "group_name", "version", "mrid", "name")
    if as_csv:
        lines = (
            (g["mrid"], g["name"], g["version"], m["mrid"], m["name"]) for g in report["groups"] for m in g["members"]
        )
        output.print_csv(header, lines)
        return
    shown = sorted(report["groups"], key=lambda g: output.in_human_order(g["name"]))
    table = [(g["name"], str(len(g["members"])), _listed([m["name"] for m in g["members"]])) for g in shown]
    output.print_table(f"{len(shown)} groups", ("group", "DER", "members"), table)


def _listed(members: Sequence[str]) -> str:
    return ", ".join(sorted(members, key=output.in_human_order)) or "–"


def run_changes(
    models: Sequence[Path],
    by: Sequence[str],
    operated_ids: tuple[list[str], list[str]],
    heads: Path | None,
    sources: Path | None,
    aliases: Path | None,
    as_json: bool,
    as_xml: bool,
    said: Conventions = OPEN,
) -> None:
    """Load, attach before and after the operations, and print what changes."""
    output.one_form(json=as_json, xml=as_xml)
    templates = parse_templates(by)
    entries, given = inputs.heads_file(heads), inputs.aliases_file(aliases)
    network = inputs.load_models(models, sources, said)
    before = current_state(network)
    after = operated(network, before, operations(network, *operated_ids, given))
    grid = prepare(network, per_phase=before.per_phase(network) or after.per_phase(network), heads=entries)
    rows = der_rows(grid)
    normal, old, new = (
        StateView(grid, rows, attachments(grid, rows, s)) for s in (normal_state(network), before, after)
    )
    states: tuple[GroupState, GroupState] = ((old, normal), (new, normal))
    found = all_membership_changes(templates, *states)
    if as_xml:
        _print_messages(network, found, operated_ids)
    elif as_json:
        output.print_json(changes_report(found))
    else:
        print_changes(changes_report(found)["changes"])


def _print_messages(
    network: Network, found: Sequence[MembershipChange], operated_ids: tuple[list[str], list[str]]
) -> None:
    """Print the IEC 61968-5 notifications that a service would send for these changes, one a line."""
    from topogroup.iec61968.envelope import Context
    from topogroup.iec61968.notification import notification

    files = ";".join(network.files).encode("utf-8", "backslashreplace").decode()
    what = ";".join([files, "close", *operated_ids[1], "open", *operated_ids[0]])
    context = Context(
        source="topogroup",
        timestamp=datetime.now(UTC).replace(microsecond=0),
        change_set=derived(f"change-set:{what}"),
        revision=1,
        generation=1,
        sequence=1,
        cause="switching",
        model_version=derived(f"model:{files}"),
        quality="good",
    )
    devices = own_end_devices(network)
    for change in found:
        sys.stdout.buffer.write(notification(change, context, devices) + b"\n")
    sys.stdout.buffer.flush()


def _fingerprint(network: Network) -> str:
    """Return a digest of what decides a message: equipment, names and switch states, whatever the files are called."""
    digest = hashlib.sha256()
    equipment, pole = network.equipment, network.pole
    for array in (equipment.id.blob, equipment.name.blob, network.terminal.node, pole.current_open, pole.normal_open):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def print_changes(found: Sequence[Mapping[str, Any]]) -> None:
    """Print membership changes for people, as `changes_report` tells them: one line for each DER and group."""
    rows = []
    for change in sorted(found, key=lambda c: output.in_human_order(c["group"]["name"])):
        name, version = change["group"]["name"], f"{change['previous_version'] or '–'} → {change['version']}"
        for sign, members in (("+", change["joined"]), ("−", change["left"])):
            ordered = sorted(members, key=lambda m: output.in_human_order(m["name"]))
            rows += [(name, sign, m["name"], m["reason"].replace("_", " "), version) for m in ordered]
    if not rows:
        output.print_line("No group changes.")
        return
    moved = len({member["mrid"] for change in found for member in (*change["joined"], *change["left"])})
    title = f"{len(found)} groups change, {moved} DER" if len(found) > 1 else f"1 group changes, {moved} DER"
    output.print_table(title, ("group", "", "DER", "reason", "version"), rows)
