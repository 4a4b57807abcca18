"""Engine against oracle: every DER, both states, every phase, everything that an attachment says.

`same` is the one comparison; what it finds is one message with a line per difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim_models import Network
from tests.oracle import OracleModel
from tests.scenarios.support import FLAGS, LISTS, differences
from topogroup import attach
from topogroup.topology.answers.report import AttachmentReport

LINES_MAX = 30
"""Differences shown; a wrong supply rule gives thousands that say the same."""


@dataclass(frozen=True)
class Asked:
    """One question to both: switches or poles `ID:A` to open and to close, the state to start from, a heads file."""

    opened: Sequence[str] = ()
    closed: Sequence[str] = ()
    state: str = "current"
    heads: Sequence[Mapping[str, str]] | None = None

    def __str__(self) -> str:
        """Show the operations as the command line takes them."""
        words = [f"--close {one}" for one in self.closed] + [f"--open {one}" for one in self.opened]
        return " ".join([*words, f"--state {self.state}"])


def of_engine(network: Network, asked: Asked) -> dict[str, Any]:
    """Return the engine's answer by mRID, items as mRIDs and `by_phase` written out for every phase."""
    said = attach(network, opened=asked.opened, closed=asked.closed, state=asked.state, heads=asked.heads)
    return in_words(said)


def in_words(report: AttachmentReport) -> dict[str, Any]:
    """Return a report of the engine by mRID of the DER."""
    ders = [der.as_dict() for der in report]
    mrids = [der["mrid"] for der in ders]
    assert mrids == sorted(set(mrids)), "DER are sorted by mRID, each once"
    return {der["mrid"]: _engine_der(der) for der in ders}


def of_oracle(oracle: OracleModel, asked: Asked) -> dict[str, Any]:
    """Return the oracle's answer in the same form."""
    answer = oracle.attach(
        opened=[_operation(one) for one in asked.opened],
        closed=[_operation(one) for one in asked.closed],
        state=asked.state,
        heads=asked.heads,
    )
    return {
        mrid: {key: der[key] for key in ("kind", "unit_kinds", "phases")}
        | {state: _oracle_state(der[state]) for state in ("current", "normal")}
        for mrid, der in answer.items()
    }


def same(network: Network, oracle: OracleModel, asked: Asked | None = None) -> dict[str, Any]:
    """Require one answer of both and return it.

    Args:
        network: the model as the engine read it.
        oracle: the model as the oracle read it.
        asked: the question; None asks for the base state.

    Raises:
        AssertionError: they disagree; the message names DER, state, phase and property.
    """
    asked = asked or Asked()
    found = of_engine(network, asked)
    expected = of_oracle(oracle, asked)
    if found != expected:
        wrong = differences(found, expected, "oracle")
        names = {network.equipment.id[e]: network.equipment.name[e] for e in network.der.equipment.tolist()}
        more = [f"… and {len(wrong) - LINES_MAX} more"] if len(wrong) > LINES_MAX else []
        raise AssertionError(
            "\n".join([f"{len(wrong)} differences at {asked}", *_named(wrong[:LINES_MAX], names), *more])
        )
    return found


def switches_of(oracle: OracleModel, *, normally_open: bool = False) -> list[str]:
    """Return the mRIDs of all switches, or of those with an open pole in the normal or current state."""
    return [
        mrid
        for mrid, states in oracle.switches().items()
        if not normally_open or any(states["normal"].values()) or any(states["current"].values())
    ]


def _operation(text: str) -> str | tuple[str, str]:
    """Return `ID:PHASES` as the pair that the oracle takes."""
    switch, colon, phases = text.rpartition(":")
    return (switch, phases) if colon else text


def _engine_der(der: Mapping[str, Any]) -> dict[str, Any]:
    phases = letters(der["phases"])
    states = {state: _engine_state(der[state], phases) for state in ("current", "normal")}
    return {key: der[key] for key in ("kind", "unit_kinds", "phases")} | states


def letters(code: str) -> list[str]:
    """Return the single phases of a phase code.

    >>> letters("As12")
    ['A', 's1', 's2']
    """
    text = code.replace("s12", "s1s2")
    return [one for one in ("A", "B", "C", "s1", "s2") if one in text]


def _engine_state(attachment: Mapping[str, Any], phases: Iterable[str]) -> dict[str, Any]:
    """Return one attachment of the engine; without `by_phase` its phases are all as the whole."""
    whole = _engine_single(attachment)
    given = attachment.get("by_phase")
    if given is None:
        return whole | {"by_phase": dict.fromkeys(phases, whole)}
    assert list(given) == list(phases), "by_phase has every phase of the DER, in order"
    assert all("by_phase" not in part for part in given.values())
    return whole | {"by_phase": {phase: _engine_single(part) for phase, part in given.items()}}


def _engine_single(attachment: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {key: attachment[key] for key in FLAGS}
    section = attachment["section"]
    found["section"] = None if section is None else section["mrid"]
    for key in LISTS:
        found[key] = [item["mrid"] for item in attachment[key]]
        assert key == "upstream_feeders" or found[key] == sorted(set(found[key])), f"{key} ascend by mRID"
    return found


def _oracle_state(attachment: Mapping[str, Any]) -> dict[str, Any]:
    keys = (*FLAGS, "section", *LISTS)
    parts = attachment["by_phase"]
    whole: dict[str, Any] = {key: attachment[key] for key in keys}
    return whole | {"by_phase": {phase: {key: part[key] for key in keys} for phase, part in parts.items()}}


def _named(lines: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Put the name of the DER before each line; its mRID stands right before `oracle`."""
    mrids = [line.partition(" > oracle ")[0].rsplit(" > ", 1)[-1] for line in lines]
    return [f"{names.get(mrid, mrid)}: {line}" for mrid, line in zip(mrids, lines, strict=True)]
