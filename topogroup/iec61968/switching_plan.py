"""Switching plans of IEC 61968-3 (SwitchingPlan) as the rows of a plan that can be tried.

Read are the bare payload and the one inside an IEC 61968-100 message or SOAP envelope, in any namespace: editions and
sites differ in it, not in the names. A switch is opened or closed; a cut, a jumper and a mobile source are temporary
devices placed or removed. Every other action (tags, grounds, clearances, measurements …) is a finding.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from lxml import etree

from cim_models import limits
from cim_models.errors import FileError, LimitError
from cim_models.findings import Finding, bounded, finding
from cim_models.reader import syntax_error
from cim_models.screen import Screened
from cim_models.xml_events import xml_events

Element = Any
"""An lxml element; the stubs know neither `sourceline` nor attributes as plain texts."""

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_GROUPS: Final = frozenset({"SwitchingStepGroup", "SwitchingStepGroups"})
_STEPS: Final = frozenset({"SwitchingStep", "SwitchingSteps", "SwitchingAction", "SwitchingActions"})
_SWITCH_KINDS: Final = {
    "open": "open",
    "close": "close",
    "deenergise": "open",
    "deenergize": "open",
    "energise": "close",
    "energize": "close",
}
_DEVICES: Final = {
    "CutAction": ("cut", ("Cut",), 1),
    "JumperAction": ("jumper", ("Jumper",), 2),
    "EnergySourceAction": ("source", ("EnergySource", "MobileGenerator"), 1),
}
"""Kind of temporary device, the element that names it, and how many places it stands at, by action."""
_SWITCHES: Final = ("OperatedSwitch", "Switch", "ProtectedSwitch", "ConductingEquipment", "PowerSystemResource")
_PLACES: Final = frozenset(
    {"ACLineSegment", "ACLineSegments", "AclineSegment", "AclineSegments", "Clamp", "Clamps", "ConnectivityNode"}
    | {"ConnectivityNodes", "ConductingEquipment", "PowerSystemResource"}
)
_REFERENCES: Final = ("ref", "mRID", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource")


class _Step(NamedTuple):
    """One step with its name in the plan."""

    name: str
    element: Element


class _Common(NamedTuple):
    """What a step says for all of its actions."""

    step: str
    at: str
    comment: str


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A switching plan as it was sent.

    Attributes:
        rows: the columns of PLAN.csv, and `line`; in the order in which they are carried out.
        findings: the steps that cannot be tried here.
        source: who sends it by the header of the message, "" = not said.
    """

    rows: tuple[dict[str, str], ...]
    findings: tuple[Finding, ...]
    source: str


def read_switching_plan(data: bytes, name: str) -> PlanDocument:
    """Read a SwitchingPlan document.

    Args:
        data: XML.
        name: how errors and findings name it.

    Returns:
        The plan. Steps of equal sequence number in one group are one step; without numbers the order is that of the
        document.

    Raises:
        FileError: not XML, hostile, not exactly one plan, or a step is not as it must be; the message names the line.
        LimitError: larger, deeper or longer than `limits` allows.
    """
    root = _tree(data, name)
    plans = list(_outermost(root, "SwitchingPlan"))
    if len(plans) != 1:
        found = f"{len(plans)} SwitchingPlan elements; send one plan at a time" if plans else "no SwitchingPlan"
        raise FileError("not_a_plan", f"{name} holds {found}.", name)
    rows: list[dict[str, str]] = []
    findings: list[Finding] = []
    count = 0
    for step in _steps(plans[0], name):
        common = _Common(step.name, _text(step.element, "plannedDateTime"), _comment(step.element))
        for action in _actions(step.element):
            count += 1
            if count > limits.PLAN_XML_STEPS_MAX:
                most = limits.PLAN_XML_STEPS_MAX
                raise LimitError("plan_too_long", f"{name} has more than {most} steps and actions in steps.", name)
            row = _row(common, action, name)
            if isinstance(row, Finding):
                findings.append(row)
            else:
                rows.append(row)
    header = next(_outermost(root, "Header"), None)
    return PlanDocument(tuple(rows), bounded(findings), "" if header is None else _text(header, "Source"))


def _tree(data: bytes, name: str) -> Element:
    """Parse with the settings and limits of the reader of models."""
    if len(data) > limits.PLAN_BYTES_MAX:
        raise LimitError("file_too_large", f"{name} is larger than {limits.PLAN_BYTES_MAX} bytes.", name)
    stream = Screened(io.BytesIO(data), name, len(data))
    root, depth, namespaces = None, 0, 0
    try:
        for event, element in xml_events(stream):
            if event == "start-ns":
                namespaces += 1
            elif event == "start":
                depth += 1
                root = element if root is None else root
                _check(element, depth, namespaces, name)
                namespaces = 0
            else:
                depth -= 1
                if len(element.text or "") > limits.XML_TEXT_BYTES_MAX:
                    raise _beyond(element, name, f"holds a text of more than {limits.XML_TEXT_BYTES_MAX} characters")
    except etree.XMLSyntaxError as error:
        raise syntax_error(error, name, stream.is_cut()) from error
    return root


def _check(element: Element, depth: int, namespaces: int, name: str) -> None:
    for number, most, what in (
        (depth, limits.XML_DEPTH_MAX, "is nested deeper than {} elements"),
        (len(element.attrib), limits.XML_ATTRIBUTES_MAX, "has an element with more than {} attributes"),
        (namespaces, limits.XML_NAMESPACES_MAX, "has an element that declares more than {} namespaces"),
    ):
        if number > most:
            raise _beyond(element, name, what.format(most))


def _beyond(element: Element, name: str, what: str) -> LimitError:
    return LimitError("xml_limit", f"{name} line {element.sourceline} {what}.", name)


def _outermost(element: Element, wanted: str) -> Iterator[Element]:
    """Yield the elements of a name that lie in no other of it, except in a mere wrapper of the same name."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if _local(one) == wanted and not any(_local(child) == wanted for child in one):
            yield one
        else:
            waiting.extend(reversed(one))


def _steps(plan: Element, name: str) -> Iterator[_Step]:
    """Yield the steps in the order in which they are carried out."""
    parts = _ordered([child for child in plan if _local(child) in _GROUPS or _is_step(child)], name)
    several = len(parts) > 1 and any(_local(child) in _GROUPS for _, child in parts)
    for number, part in parts:
        if _is_step(part):
            yield _Step(number, part)
            continue
        inner = _ordered([child for child in part if _is_step(child) or _local(child) in _GROUPS], name)
        for step, child in inner:
            if not _is_step(child):
                raise _wrong(child, name, "a group of steps lies in another one")
            yield _Step(f"{number}/{step}" if several else step, child)


def _ordered(elements: Sequence[Element], name: str) -> list[tuple[str, Element]]:
    """Return elements by their sequence number with that number; in their order where none has one."""
    numbers = [_text(element, "sequenceNumber") for element in elements]
    if not any(numbers):
        return [(str(at), element) for at, element in enumerate(elements, 1)]
    found = []
    for number, element in zip(numbers, elements, strict=True):
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            why = f"sequenceNumber is a whole number, not {number[:20]!r}" if number else "it has no sequenceNumber"
            raise _wrong(element, name, f"{why}, and others beside it have one")
        found.append((int(number), element))
    return [(str(number), element) for number, element in sorted(found, key=lambda pair: pair[0])]


def _is_step(element: Element) -> bool:
    return _local(element) in _STEPS or _local(element).endswith("Action")


def _actions(step: Element) -> list[Element]:
    """Return the actions of a step: itself, or those that lie in it."""
    inner = [child for child in step if _kind_of(child).endswith("Action")]
    return inner if inner and _local(step) in _STEPS else [step]


def _row(common: _Common, action: Element, name: str) -> dict[str, str] | Finding:
    """Return the row that an action is, or the finding that it is none."""
    kind, does = _kind_of(action), _text(action, "kind").rpartition(".")[2].lower()
    notes = {
        "step": common.step,
        "phases": (_text(action, "phases") or _text(action, "phase")).rpartition(".")[2],
        "at": _text(action, "plannedDateTime") or common.at,
        "comment": _comment(action) or common.comment,
        "line": str(action.sourceline),
    }
    if kind in _DEVICES:
        return _device(kind, does, action, notes, name)
    switch = next((id_ for word in _SWITCHES for id_ in _ids(action, {word})), "")
    opens = kind in _STEPS or kind == "SwitchAction"
    if not opens or does not in _SWITCH_KINDS:
        return _left_out(action, notes, name, f"{kind} {does}".strip(), switch)
    if not switch:
        raise _wrong(action, name, f"step {common.step[:20]} names no OperatedSwitch")
    return {"switch": switch, "action": _SWITCH_KINDS[does], **notes}


def _device(kind: str, does: str, action: Element, notes: dict[str, str], name: str) -> dict[str, str] | Finding:
    what, own, count = _DEVICES[kind]
    device = next(iter(_ids(action, set(own))), "")
    places = _ids(action, _PLACES)
    if device and does == "remove":
        return {"switch": device, "action": "remove", **notes}
    if device and does == "place" and len(places) == count:
        places = [*places, ""]
        return {
            "switch": device,
            "action": what,
            "place": places[0],
            "place2": places[1] if count == 2 else "",
            **notes,
        }
    lacks = "names no device" if not device else f"has {len(places)} places for {count}"
    why = f"{kind} {does}".strip() + ("" if does not in ("place", "remove") else f", which {lacks},")
    return _left_out(action, notes, name, why, device)


def _left_out(action: Element, notes: dict[str, str], name: str, what: str, object_: str) -> Finding:
    line = action.sourceline
    message = f"{name} line {line}: step {notes['step'][:20]}, {what[:80]} is nothing that can be tried here; left out."
    return finding("plan_step_unmapped", message, [object_] if object_ else [], file=name, line=line)


def _kind_of(element: Element) -> str:
    """Return the class of an action: its xsi:type, else its name."""
    said = str(element.attrib.get(_TYPE, "")).rpartition(":")[2]
    return said or _local(element)


def _ids(action: Element, words: frozenset[str] | set[str]) -> list[str]:
    """Return the objects that an action names in elements of some names: by mRID, name or reference."""
    found = (_id(child) for child in action if _local(child) in words)
    return [id_ for id_ in found if id_]


def _id(element: Element) -> str:
    if said := _text(element, "mRID"):
        return said
    for child in element:
        if _local(child) in ("Names", "Name") and (said := _text(child, "name")):
            return said
    if said := _text(element, "name"):
        return said
    for attribute in _REFERENCES:
        if said := str(element.attrib.get(attribute, "")).strip():
            return said
    return "" if len(element) else (element.text or "").strip()


def _comment(element: Element) -> str:
    return (_text(element, "comment") or _text(element, "description"))[: limits.PLAN_COMMENT_CHARACTERS_MAX]


def _text(element: Element, wanted: str) -> str:
    """Return the text of the first child of a name; also where the property is written with its class before it."""
    for child in element:
        if _local(child).rpartition(".")[2] == wanted and not len(child):
            return (child.text or "").strip()
    return ""


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _wrong(element: Element, name: str, why: str) -> FileError:
    return FileError("bad_plan", f"{name} line {element.sourceline}: {why}.", name)
