"""What all scenario tests share: the answer expected for every DER, asked of the engine and of the oracle.

An expectation says everything of an attachment but its section, and of every DER of the network. Items are
written as names, several in one string; `~T1` is a derived item named after `T1`.
"""

from __future__ import annotations

import uuid
from typing import Any

from topogroup.testing import NetworkBuilder

LISTS = (
    "substations",
    "transformers",
    "feeders",
    "lv_feeders",
    "subtransmission_feeders",
    "upstream_feeders",
    "service_transformers",
)
FLAGS = ("energisation", "paralleled", "back_fed", "in_service")
DERIVED = uuid.uuid5(uuid.NAMESPACE_OID, "topogroup")

Expected = dict[str, Any]


def _in_order(key: str, names: list[str]) -> list[str]:
    """Return names in the order that an expectation has: nearest first for upstream feeders, else by name."""
    return names if key == "upstream_feeders" else sorted(names)


def on(
    feeders: str = "",
    transformers: str = "",
    substations: str = "",
    *,
    upstream: str = "",
    low_voltage: str = "",
    subtransmission: str = "",
    service: str = "",
    energisation: str = "energised",
    paralleled: bool = False,
    back_fed: bool = False,
    in_service: bool = True,
    by_phase: dict[str, Expected] | None = None,
) -> Expected:
    """Return the expectation for a DER; what is not said is empty or false."""
    lists = (substations, transformers, feeders, low_voltage, subtransmission, upstream, service)
    found: Expected = {key: _in_order(key, value.split()) for key, value in zip(LISTS, lists, strict=True)}
    found |= zip(FLAGS, (energisation, paralleled, back_fed, in_service), strict=True)
    if by_phase is not None:
        found["by_phase"] = by_phase
    return found


def partly(*args: str, **rest: Any) -> Expected:  # noqa: ANN401 - passed on
    """Return the expectation for a DER that is partially energised."""
    return on(*args, energisation="partially_energised", **rest)


DEAD = on(energisation="unsupplied")
ISLANDED = on(energisation="islanded")
UNATTACHED = on(energisation="unattached")


def check(
    b: NetworkBuilder,
    expected: dict[str, Expected],
    *,
    normal: dict[str, Expected] | None = None,
    opened: list[str] | None = None,
    closed: list[str] | None = None,
    state: str = "current",
    heads: list[dict[str, str]] | None = None,
    sources: list[str] | None = None,
    spelling: dict[str, Any] | None = None,
) -> Answer:
    """Ask engine and oracle, and require the expected answer of both, for every DER and in every respect.

    Without `opened`, `closed` and `normal`, the normal state has the same answer; switching never changes the
    answer of the normal state.
    """
    xml = b.to_xml(**(spelling or {}))
    rest = {"state": state, "heads": heads, "sources": sources}
    asked = {"opened": opened or [], "closed": closed or [], **rest}
    by_engine = ask_engine(xml, asked)
    answer = Answer(by_engine)
    wrong = differences(answer.current, expected, "current: expected")
    if normal is not None:
        wrong += differences(answer.normal, normal, "normal: expected")
    elif not opened and not closed:
        wrong += differences(answer.normal, expected, "normal: expected")
    else:
        unswitched = Answer(ask_engine(xml, {"opened": [], "closed": [], **rest}))
        wrong += differences(answer.normal, unswitched.normal, "normal: before switching")
    by_oracle = comparable_oracle(ask_oracle(xml, asked))
    wrong += differences(comparable_engine(by_engine), by_oracle, "oracle")
    assert not wrong, "\n" + "\n".join(wrong)
    return answer


def differences(found: Any, other: Any, title: str) -> list[str]:  # noqa: ANN401 - passed on
    """Return one line for each value in which two nested dictionaries differ."""
    if not (isinstance(found, dict) and isinstance(other, dict)):
        return [] if found == other else [f"{title} {other!r}, found {found!r}"]
    lines = []
    for key in sorted(found.keys() | other.keys()):
        lines += differences(found.get(key, "nothing"), other.get(key, "nothing"), f"{key} > {title}")
    return lines


def grid(**options: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Return a network that is nothing but a 110 kV source `grid` at node `hv`."""
    return NetworkBuilder(**options).energy_source("grid", "hv", 110_000)


def station(b: NetworkBuilder, number: int = 1, *, hv: str = "hv", breaker: bool = False) -> NetworkBuilder:
    """Add substation S1 with T1, 110/20 kV, from `hv` to `bus1`;
    `breaker` puts T1-M between T1 and the bus.
    """
    n, bus = number, f"bus{number}"
    b.substation(f"S{n}").busbar(f"BB{n}", bus, container=f"S{n}")
    b.transformer(f"T{n}", [(hv, 110_000), (f"t{n}m" if breaker else bus, 20_000)], container=f"S{n}")
    return b.breaker(f"T{n}-M", f"t{n}m", bus, container=f"S{n}") if breaker else b


def feeder(b: NetworkBuilder, number: int, bus: str = "bus1", **head: Any) -> NetworkBuilder:  # noqa: ANN401 - passed on
    """Add breaker F1 from the bus to f1a, line L1 to f1b, and PV1 at f1b; the feeder is derived: `~F1`."""
    n = number
    return b.breaker(f"F{n}", bus, f"f{n}a", **head).line(f"L{n}", f"f{n}a", f"f{n}b").pv(f"PV{n}", f"f{n}b")


class Answer:
    """An answer in names: current and normal expectation-like dictionaries, and the DER as they came."""

    def __init__(self, result: dict[str, Any]) -> None:
        mrids = [der["mrid"] for der in result["ders"]]
        assert mrids == sorted(mrids), "DER are sorted by mrid"
        self.ders = {der["name"]: der for der in result["ders"]}
        assert len(self.ders) == len(mrids), "scenario DER have names of their own"
        self.current = {name: in_names(der["current"]) for name, der in self.ders.items()}
        self.normal = {name: in_names(der["normal"]) for name, der in self.ders.items()}
        self.findings = {finding["code"] for finding in result["findings"]}

    def section(self, name: str) -> str | None:
        """Return the section of a DER in the current state."""
        item = self.ders[name]["current"]["section"]
        return None if item is None else item["mrid"]


def ask_engine(xml: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the engine's answer as `attach --json` has it."""
    from cim_models import load_text
    from topogroup import attach

    result: dict[str, Any] = attach(load_text(xml), **asked).to_dict()
    return result


def ask_oracle(xml: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the oracle's answer: DER by mrid, items as mrids."""
    from tests.oracle import OracleModel

    operations = {key: [_operation(text) for text in asked.get(key) or []] for key in ("opened", "closed")}
    answer: dict[str, Any] = OracleModel.from_xml(xml).attach(**(asked | operations))
    return answer


def _operation(text: str) -> str | tuple[str, str]:
    """Return `ID:PHASES` as the pair that the oracle takes."""
    switch, colon, phases = text.partition(":")
    return (switch, phases) if colon else text


def in_names(attachment: dict[str, Any]) -> Expected:
    """Turn an attachment of the engine into the form of an expectation; lists must be sorted by mrid."""
    found: Expected = {key: attachment[key] for key in FLAGS}
    for key in LISTS:
        mrids = [item["mrid"] for item in attachment[key]]
        assert key == "upstream_feeders" or mrids == sorted(mrids), f"{key} are sorted by mrid"
        names = [("~" if item["derived"] else "") + item["name"] for item in attachment[key]]
        found[key] = _in_order(key, names)
    if "by_phase" in attachment:
        found["by_phase"] = {phase: in_names(part) for phase, part in attachment["by_phase"].items()}
    return found


def comparable_engine(result: dict[str, Any]) -> dict[str, Any]:
    """Return the engine's answer with items as sorted mrids and with by_phase always present."""
    return {
        der["mrid"]: {key: der[key] for key in ("kind", "unit_kinds", "phases")}
        | {state: _plain(der[state], _codes(der["phases"])) for state in ("current", "normal")}
        for der in result["ders"]
    }


def comparable_oracle(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the oracle's answer with nothing but what the engine's comparable form has."""
    return {
        mrid: {key: der[key] for key in ("kind", "unit_kinds", "phases")}
        | {state: _trim(der[state]) for state in ("current", "normal")}
        for mrid, der in answer.items()
    }


def _codes(phases: str) -> list[str]:
    """Return the single phases of a phase code."""
    text = phases.replace("s12", "s1s2")
    return [code for code in ("A", "B", "C") if code in text] + [code for code in ("s1", "s2") if code in text]


def _plain(attachment: dict[str, Any], phases: list[str]) -> dict[str, Any]:
    """Return one attachment with items as mrids."""
    section = attachment["section"]
    found: dict[str, Any] = {key: attachment[key] for key in FLAGS}
    found["section"] = None if section is None else section["mrid"]
    found |= {key: sorted(item["mrid"] for item in attachment[key]) for key in LISTS}
    given = attachment.get("by_phase")
    if given is None:
        return found | {"by_phase": dict.fromkeys(phases, found)}
    return found | {"by_phase": {phase: _without_phases(_plain(part, [])) for phase, part in given.items()}}


def _without_phases(attachment: dict[str, Any]) -> dict[str, Any]:
    """Return an attachment of one phase, which has no phases below it."""
    return {key: value for key, value in attachment.items() if key != "by_phase"}


def _trim(attachment: dict[str, Any]) -> dict[str, Any]:
    """Return an attachment of the oracle with the same keys as the engine's."""
    keys = (*FLAGS, "section", *LISTS)
    found = {key: sorted(attachment[key]) if key in LISTS else attachment[key] for key in keys}
    parts = attachment.get("by_phase", {})
    return found | {"by_phase": {phase: {key: part[key] for key in keys} for phase, part in parts.items()}}
