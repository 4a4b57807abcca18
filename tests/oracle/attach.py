"""From live phases and suppliers to the attachment of DESIGN.md section 7 (`attach --json`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .network import PHASES
from .resources import Der
from .skeleton import Flow, Skeleton
from .states import Poles
from .supply import Answer, Level, Parts
from .topo import Topo
from .zones import Substation, home_substation

LISTS = (
    "substations",
    "transformers",
    "feeders",
    "lv_feeders",
    "subtransmission_feeders",
    "upstream_feeders",
    "service_transformers",
)
_OF_LEVEL = {
    "transformers": "transformers",
    "primary": "feeders",
    "low_voltage": "lv_feeders",
    "subtransmission": "subtransmission_feeders",
    "service": "service_transformers",
}


@dataclass
class Config:
    """What is fixed for one model with one heads file and one sources file."""

    topo: Topo
    levels: list[Level]
    substations: dict[str, Substation]
    feeder_substations: dict[str, str]
    sections: dict[str, str]
    skeletons: dict[str, Skeleton] = field(default_factory=dict)


class Attachment:
    """The attachment of every DER under one set of switch states."""

    def __init__(self, config: Config, state: str, poles: Poles) -> None:
        self.config = config
        self.topo = config.topo
        self.state = state
        self.skeleton = config.skeletons[state]
        for der in self.topo.ders:  # vertices that no edge touches are known before parts are made
            for phase in der.phases if der.node else ():
                self.skeleton.number((str(der.node), phase))
        for gate in self.topo.elements.gates:
            for vertex in gate.inputs:
                self.skeleton.number(vertex)
        self.flow = Flow(self.skeleton, poles)
        variants = max((len(g.inputs) for g in self.topo.elements.gates), default=1)
        self.parts = [[Parts(self.flow, level, v) for v in range(variants)] for level in config.levels]
        self.island = self.flow.island(self._island_machines())
        self._known: dict[int, tuple[dict[str, Any], list[set[str]]]] = {}

    def _vertex(self, der: Der, phase: str) -> int:
        return self.skeleton.number((str(der.node), phase))

    def _connected(self, der: Der) -> bool:
        return der.terminal is None or self.topo.states.connected(der.terminal, self.state)

    def _island_machines(self) -> set[int]:
        """Machines and batteries "in service, connected and with no grid source on any of their phases"."""
        found: set[int] = set()
        for der in self.topo.ders:
            if der.node is None or not der.forms_island or not self._connected(der):
                continue
            vertices = {self._vertex(der, phase) for phase in der.phases}
            if self.topo.states.in_service(der.id, self.state) and not vertices & self.flow.live:
                found |= vertices
        return found

    def of(self, der: Der) -> dict[str, Any]:
        """A of one DER, with "by_phase"."""
        section = self.config.sections.get(der.node) if der.node else None
        in_service = self.topo.states.in_service(der.id, self.state)
        phases = [phase for phase in PHASES if phase in der.phases]
        singles: dict[str, dict[str, Any]] = {}
        rings: list[list[set[str]]] = []
        for phase in phases:
            single, ring = self._single(der, phase)
            single |= {"section": section, "in_service": in_service}
            singles[phase] = single
            rings.append(ring)
        whole: dict[str, Any] = {
            "energisation": _energisation([single["energisation"] for single in singles.values()]),
            "paralleled": any(single["paralleled"] for single in singles.values()),
            "back_fed": any(single["back_fed"] for single in singles.values()),
            "in_service": in_service,
            "section": section,
        }
        for name in LISTS:
            whole[name] = sorted({item for single in singles.values() for item in single[name]})
        whole["upstream_feeders"] = _nearest_first(rings, set(whole["feeders"]))
        whole["by_phase"] = singles
        return whole

    def _single(self, der: Der, phase: str) -> tuple[dict[str, Any], list[set[str]]]:
        """A of one phase of a DER, and its upstream feeders ring by ring."""
        if der.node is None:
            return _nothing("unattached"), []
        vertex = self._vertex(der, phase)
        if not self._connected(der):
            return _nothing("unsupplied"), []
        if vertex not in self.flow.live:
            return _nothing("islanded" if vertex in self.island else "unsupplied"), []
        if vertex not in self._known:
            self._known[vertex] = self._live(vertex)
        found, rings = self._known[vertex]
        single = {key: list(value) if isinstance(value, list) else value for key, value in found.items()}
        if not single["substations"]:  # "else of its own node's container; else none, with a finding"
            own = home_substation(self.topo, der.node)
            single["substations"] = [own] if own else []
        return single, rings

    def _live(self, vertex: int) -> tuple[dict[str, Any], list[set[str]]]:
        """The attachment of a live vertex, but for the substation of its own container."""
        single = _nothing("energised" if vertex in self.flow.sound else "partially_energised")
        rings: list[set[str]] = []
        for level, variants in zip(self.config.levels, self.parts, strict=True):
            answers: list[Answer] = []
            levels_rings: list[list[set[str]]] = []
            for parts in variants:
                answer = parts.answer(parts.part[vertex])
                answers.append(answer)
                levels_rings.append(parts.upstream(answer))
            items = set().union(*(answer.items for answer in answers))
            single[_OF_LEVEL[level.name]] = sorted(items)
            single["back_fed"] |= any(answer.back_fed for answer in answers)
            single["paralleled"] |= any(answer.both_ways for answer in answers)
            if level.name not in ("transformers", "service"):
                single["paralleled"] |= any(len(answer.items) > 1 for answer in answers)
            if level.name == "primary":
                rings = _merge(levels_rings)
                single["upstream_feeders"] = _nearest_first(levels_rings, items)
            if level.name == "transformers":
                homes = [{self.config.substations[i].mrid for i in answer.items} for answer in answers]
                single["paralleled"] |= any(len(home) > 1 for home in homes)
                single["substations"] = sorted(set().union(*homes))
        if not single["substations"]:
            single["substations"] = self._of_heads(single)
            single["paralleled"] |= len(single["substations"]) > 1
        return single, rings

    def _of_heads(self, single: dict[str, Any]) -> list[str]:
        """DESIGN: "else of its heads (`NormalEnergizingSubstation`)", of the nearest tier that has one."""
        for name in ("feeders", "lv_feeders", "subtransmission_feeders"):
            homes = {
                self.config.feeder_substations[f] for f in single[name] if f in self.config.feeder_substations
            }
            if homes:
                return sorted(homes)
        return []


def _nothing(energisation: str) -> dict[str, Any]:
    """DESIGN: "Islanded and unsupplied have no feeders, transformers, substations"."""
    single: dict[str, Any] = {"energisation": energisation, "paralleled": False, "back_fed": False}
    for name in LISTS:
        single[name] = []
    return single


def _energisation(states: Iterable[str]) -> str:
    """One word for all phases of a DER."""
    found = set(states)
    if found == {"energised"}:
        return "energised"
    if found & {"energised", "partially_energised"}:
        return "partially_energised"
    for word in ("islanded", "unattached"):
        if word in found:
            return word
    return "unsupplied"


def _merge(rings: list[list[set[str]]]) -> list[set[str]]:
    depth = max((len(ring) for ring in rings), default=0)
    return [set().union(*(ring[i] for ring in rings if i < len(ring))) for i in range(depth)]


def _nearest_first(rings: list[list[set[str]]], listed: set[str]) -> list[str]:
    """DESIGN: `upstream_feeders` "(nearest first)"; equally near ones by mrid."""
    result: list[str] = []
    for ring in _merge(rings):
        result += sorted(ring - listed - set(result))
    return result
