"""Findings: what the reader of a model should know, as data.

A finding never stops a load; what must stop it is an error. Every code stands in `CODES` with its severity and
meaning (docs/findings.md is the same table, held equal by a test).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cim_models import limits

CODES: Final[dict[str, tuple[str, str]]] = {
    # files
    "file_skipped": ("info", "A file in a folder or zip is no CIM RDF/XML and was left out."),
    "difference_model_skipped": ("warning", "A difference model was left out: it changes a model, it is not one."),
    "boundary_missing": ("info", "The model refers to objects of a file that was not given."),
    # identity
    "class_conflict": ("warning", "An object is declared with two classes; the first one stands."),
    "class_unknown": ("info", "An object has a class that no CIM version known here has."),
    "dangling_reference": ("warning", "A reference leads to an object that no file declares."),
    "repeated_value": ("warning", "A property that can have one value has several different ones; the first stands."),
    "value_unreadable": ("warning", "A number or a truth value cannot be read and counts as absent."),
    "duplicate_mrid": ("warning", "Two objects carry the same IdentifiedObject.mRID; neither can be found by it."),
    # voltages
    "voltage_unit_assumed": ("info", "Voltages are read as kilovolts because the largest is under 1500."),
    "voltage_by_neighbours": ("info", "Equipment has no base voltage; that of what it is joined to counts."),
    "voltage_unknown": ("warning", "Equipment has no base voltage, no rated one, and nothing beside it tells one."),
    # nameplates and positions
    "power_unit_assumed": ("info", "Rated powers are read as megawatts because the largest is under 2500."),
    "power_unbelievable": ("warning", "A rated power is negative or beyond 1 TW and counts as not given."),
    "position_incomplete": ("warning", "Position points without a number for x or y were left out."),
    # topology
    "terminal_without_node": ("warning", "A terminal has no node and is connected to nothing."),
    "terminal_without_equipment": ("warning", "A terminal belongs to no equipment."),
    "switch_one_terminal": ("warning", "A switch has fewer than two terminals with a node and joins nothing."),
    "switch_many_terminals": ("warning", "A switch has more than two terminals; closed, it joins all of them."),
    "switch_same_node": ("warning", "Both terminals of a switch lie on one node; it joins nothing."),
    "branch_one_terminal": ("warning", "A line or transformer has fewer than two terminals with a node."),
    "isolated_nodes": ("info", "Nodes to which nothing is connected."),
    "bus_branch_model": ("info", "The model has no connectivity nodes; topological nodes take their place."),
    # phases
    "line_transposed": ("info", "The two ends of a line name different single phases; they are joined."),
    "phase_mismatch": ("warning", "The two ends of a piece of equipment name different phases; common ones pass."),
    "phase_not_at_node": ("warning", "A piece of equipment names a phase that nothing else at its node has."),
    "secondary_phase_by_primary": ("info", "Behind a centre tap a phase is named by the primary's letter."),
    "phase_unreadable": ("warning", "A phase code is none that CIM knows and counts as absent."),
    # switch states
    "switch_state_assumed": ("warning", "No state of a switch is given anywhere; it counts as closed."),
    "switch_state_conflict": ("warning", "Two statements on the state of a switch contradict each other."),
    "normal_state_assumed": ("warning", "The model gives no normalOpen; the first known state is the normal one."),
    # sources and DER
    "source_decided": ("info", "How a class of equipment was judged: grid source or generation."),
    "source_missing": ("warning", "The model has no grid source: nothing is energised."),
    "der_without_unit": ("info", "A power electronics connection has no unit; its kind is other."),
    "unit_without_connection": ("warning", "A power electronics unit belongs to no connection and is no DER."),
    "der_unattached": ("warning", "A DER has no node in the model."),
    # substations, feeders, supply
    "substation_derived": ("info", "A busbar zone got a substation of its own."),
    "substation_unknown": ("warning", "No substation could be found for a DER."),
    "feeder_rule": ("info", "Which rule gave a feeder its head."),
    "feeder_without_head": ("warning", "A feeder container has no place where supply could enter."),
    "feeder_unusable": ("info", "A Feeder container is no boundary: it has a transformer, source or several busbars."),
    "container_disagrees": ("info", "A DER's feeder in the normal state is not the one whose container it is in."),
    "head_not_found": ("warning", "A head terminal or trace start leads to no usable place."),
    "supply_too_meshed": ("error", "A back-fed part has too many ways; its suppliers are those found so far."),
    # report
    "more_of_the_same": ("info", "Further findings of one code were counted, not listed."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of a report: code, severity, objects and message, with the place where it is known."""

    code: str
    severity: str
    objects: tuple[str, ...]
    message: str
    file: str | None = None
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as `inspect --json` shows it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "objects": list(self.objects),
            "message": self.message,
            "file": self.file,
            "line": self.line,
        }


def finding(
    code: str, message: str, objects: Sequence[str] = (), *, file: str | None = None, line: int | None = None
) -> Finding:
    """Make a finding of a known code.

    Args:
        code: one of `CODES`.
        message: one sentence for people.
        objects: mRIDs; more than `limits.FINDING_OBJECTS_MAX` are cut.
        file: the file it is about.
        line: the line in that file.

    Returns:
        The finding, with the severity of its code.

    Raises:
        KeyError: the code is not in `CODES`.
    """
    severity = CODES[code][0]
    return Finding(code, severity, tuple(objects[: limits.FINDING_OBJECTS_MAX]), message, file, line)


def first_of(
    code: str, rows: npt.NDArray[np.int64] | npt.NDArray[np.int32], make: Callable[[int], Finding]
) -> list[Finding]:
    """Make a finding for each of the first rows, and one that counts the rest.

    Args:
        code: the code of them all.
        rows: what they are about, the lowest mRID first.
        make: makes the finding on a row; asked only for the first `limits.FINDINGS_PER_CODE_MAX`.

    Returns:
        The findings.
    """
    most = limits.FINDINGS_PER_CODE_MAX
    return [*(make(row) for row in rows[:most].tolist()), *_more(code, rows.size - most)]


def _more(code: str, number: int) -> list[Finding]:
    if number <= 0:
        return []
    return [finding("more_of_the_same", f"{number} more findings of code {code} are not listed.")]


def bounded(findings: Iterable[Finding], unlisted: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """Keep at most `limits.FINDINGS_PER_CODE_MAX` findings of each code, sorted by severity and code.

    Args:
        findings: any number of findings.
        unlisted: number of further findings of a code that were only counted.

    Returns:
        The kept ones, with one `more_of_the_same` for each code that was cut.
    """
    order = {"error": 0, "warning": 1, "info": 2}
    count: Counter[str] = Counter()
    beyond: Counter[str] = Counter(unlisted or {})
    kept: list[Finding] = []
    for item in sorted(findings, key=lambda f: (order[f.severity], f.code, f.objects, f.message)):
        count[item.code] += 1
        if count[item.code] <= limits.FINDINGS_PER_CODE_MAX:
            kept.append(item)
    for code in sorted(count | beyond):
        kept += _more(code, beyond[code] + max(0, count[code] - limits.FINDINGS_PER_CODE_MAX))
    return tuple(kept)
