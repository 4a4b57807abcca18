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
    "file_skipped": ("info", "A file in a folder or zip is no CIM model and was left out."),
    "difference_model_skipped": ("warning", "A difference model was left out: it changes a model, it is not one."),
    "state_file_broken": ("error", "An ill-formed state file (SSH, SV) was read in part, because you asked for it."),
    "boundary_missing": ("info", "The model refers to objects of a file that was not given."),
    # identity
    "class_conflict": ("warning", "An object is declared with two classes; the first one stands."),
    "defined_twice": ("warning", "One file defines an object (rdf:ID) twice; its statements are taken together."),
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
    "power_unit_decided": ("info", "Header, exporter or setting say in which unit powers are."),
    "power_unit_assumed": ("info", "Nothing says in which unit powers are: megawatts if the largest is under 2500."),
    "power_unit_doubtful": ("warning", "The largest rated power does not look like the unit that is said."),
    "power_unbelievable": ("warning", "A rated power is negative or beyond 1 TW and counts as not given."),
    "p_sign_decided": ("info", "Header or setting say whether positive power is given or taken."),
    "p_sign_assumed": ("info", "No header says whether positive power is given or taken; the setting p_sign would."),
    "p_sign_doubtful": ("warning", "Most photovoltaics and wind would take power by the sign that counts."),
    "nameplate_partial": ("warning", "Some units of a DER give a value and others do not; their sum is not given."),
    "nameplate_contradicts": ("warning", "Values of one nameplate exclude each other and count as not given."),
    "nameplate_doubtful": ("warning", "A value of a nameplate is hardly meant as it is written; it counts."),
    "position_incomplete": ("warning", "Position points without a number for x or y were left out."),
    "position_local": ("info", "Positions in a local drawing are no places; the setting local_crs names a system."),
    "position_unconverted": ("warning", "Positions in an unknown or no coordinate system are no places on earth."),
    "position_outside": ("warning", "Positions lie outside their coordinate system and are no places on earth."),
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
    "neutral_only": ("warning", "A branch names phase N alone at an end, which is no path."),
    "phase_mismatch": ("warning", "The two ends of a piece of equipment name different phases; common ones pass."),
    "phase_not_at_node": ("warning", "A piece of equipment names a phase that nothing else at its node has."),
    "secondary_phase_by_primary": ("info", "Behind a centre tap a phase is named by the primary's letter."),
    "phase_unreadable": ("warning", "A phase code is none that CIM knows and counts as absent."),
    # aliases
    "alias_hides_name": ("warning", "An alias of a switch is the name of another one, which it hides."),
    "alias_ambiguous": ("warning", "Several switches have one alias; it names none of them."),
    "alias_dangling": ("warning", "An alias of a table leads to nothing in the active model."),
    "name_unattached": ("info", "Names in the model lead to no object that is there."),
    # plans
    "plan_step_unmapped": ("warning", "A step of a switching plan is none that can be tried here; it was left out."),
    # switch states
    "switch_state_assumed": ("warning", "No state of a switch is given anywhere; it counts as closed."),
    "switch_state_conflict": ("warning", "Two statements on the state of a switch contradict each other."),
    "switch_state_unknown": ("warning", "A switch has no present state because the file that gives it is broken."),
    "normal_state_assumed": ("warning", "The model gives no normalOpen; the first known state is the normal one."),
    # sources and DER
    "source_decided": ("info", "How a class of equipment was judged: grid source or generation."),
    "source_missing": ("warning", "The model has no grid source: nothing is energised."),
    "der_without_unit": ("info", "A power electronics connection has no unit; its kind is other."),
    "unit_without_connection": ("warning", "A power electronics unit belongs to no connection and is no DER."),
    "der_unattached": ("warning", "A DER has no node in the model."),
    # end devices and groups of the model
    "der_unmapped": ("warning", "A DER has no EndDevice although others of the model have."),
    "der_of_several_devices": ("info", "A DER has several EndDevices; messages name its equipment."),
    "end_device_ambiguous": ("warning", "An EndDevice stands for several DER; messages name their equipment."),
    "end_device_unmapped": ("warning", "An EndDevice leads to no equipment of the model."),
    "group_without_der": ("warning", "No EndDevice of an EndDeviceGroup stands for a DER."),
    "group_circle": ("warning", "An EndDeviceGroup lies in itself, or holds too many groups."),
    "group_kept": ("warning", "A group of the model was not taken over: a user's group has its id."),
    "group_name_shared": ("info", "A group of the model has the name of another group."),
    "group_refused": ("warning", "A group of the model has an id or a name that groups cannot have."),
    # substations, feeders, supply
    "substation_derived": ("info", "A busbar zone got a substation of its own."),
    "substation_unknown": ("warning", "No substation could be found for a DER."),
    "feeder_rule": ("info", "Which rule gave a feeder its head."),
    "feeder_without_head": ("warning", "A feeder container has no place where supply could enter."),
    "feeder_unusable": ("info", "A Feeder container is no boundary: it has a transformer, source or several busbars."),
    "container_disagrees": ("info", "A DER's feeder in the normal state is not the one whose container it is in."),
    "head_not_found": ("warning", "A head terminal or trace start leads to no usable place."),
    "supply_too_meshed": ("error", "A back-fed part has too many ways; its suppliers are those found so far."),
    # versions
    "difference_adds_known": ("info", "A difference model adds what the model says already."),
    "difference_without_base": ("warning", "A difference model depends on a model that is not part of this one."),
    "given_entry_waits": ("warning", "An entry of a heads or sources file does not fit this version; it waits."),
    "reported_switch_gone": ("warning", "A reported switch is not in the new version of the model."),
    "state_not_taken": ("warning", "A file of states says something that reports of switches cannot carry."),
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
