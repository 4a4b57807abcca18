"""The derived feeder head: the walk of DESIGN.md section 4 "Feeder heads" from a line inward through
its zone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .elements import Edge
from .topo import Topo
from .zones import Zone, in_zone

_RANKS = (
    {"Breaker", "DisconnectingCircuitBreaker"},
    {"Recloser"},
    {"LoadBreakSwitch"},
    {"Fuse"},
    {"Disconnector"},
)


@dataclass(frozen=True)
class Step:
    """One switch (or bank of single-phase switches) passed by the walk, and the node beyond it (of a switch
    with more than two ends those from which supply comes).
    """

    switches: tuple[str, ...]
    beyond: frozenset[str]
    starts_new_run: bool


def class_rank(topo: Topo, key: str) -> int:
    """DESIGN: "Breaker (also DisconnectingCircuitBreaker), Recloser, LoadBreakSwitch, Fuse,
    Disconnector, other".
    """
    for rank, names in enumerate(_RANKS):
        if topo.store.is_a(key, names):
            return rank
    return len(_RANKS)


def _onward(
    topo: Topo, zone: Zone, node: str, came_by: frozenset[str]
) -> set[tuple[frozenset[str], frozenset[str]]]:
    """The further zone elements at a node: far nodes and the equipment that leads there, a bank counted once;
    a switch with more than two ends is one element with several far nodes.
    """
    ways: dict[str, dict[str, set[str]]] = {}
    for edge in topo.elements.by_node.get(node, ()):
        other = edge.v[0] if edge.u[0] == node else edge.u[0]
        if edge.owner is None or other == node or edge.owner in came_by or other not in zone.nodes:
            continue
        if in_zone(topo, edge, node) or topo.is_switch(edge.owner):
            phases = ways.setdefault(other, {}).setdefault(edge.owner, set())
            phases.add(edge.u[1] if edge.u[0] == node else edge.v[1])
    result: set[tuple[frozenset[str], frozenset[str]]] = set()
    for other, owners in ways.items():
        for owner in sorted(owners):
            # Parallel single-phase equipment is one bank; anything else in parallel is an element of its own.
            bank = frozenset(o for o in owners if o == owner or not owners[o] & owners[owner])
            ends = frozenset(t.node for t in topo.network.by_equipment.get(owner, ()) if t.node is not None)
            far = ends - {node} if topo.is_switch(owner) and len(ends) > 2 else frozenset({other})
            result.add((far, bank))
    return result


def _hangs(topo: Topo, node: str, known: frozenset[str]) -> bool:
    """Whether anything but the walk's own equipment hangs off a node."""
    for terminal in topo.network.by_node.get(node, ()):
        if terminal.equipment not in known and not topo.network.is_no_path(terminal.equipment):
            return True
    return False


def walk_inward(topo: Topo, zone: Zone, start: str, line: frozenset[str]) -> list[Step]:
    """The switches passed until "the first node from which more than one further zone element leads on"."""
    steps: list[Step] = []
    node, came_by = start, line
    new_run = False
    while True:
        ways = _onward(topo, zone, node, came_by)
        if len(ways) != 1:
            return steps
        far, elements = next(iter(ways))
        if len(far) > 1:
            far = frozenset(n for n in far if _fed_without(topo, zone, n, elements))
        if not far:
            return steps
        if steps and _hangs(topo, node, came_by | elements):
            new_run = True  # "after the first switch anything that hangs off a node ends the run"
        came_by = elements
        if all(topo.is_switch(element) for element in elements):
            steps.append(Step(tuple(sorted(elements)), far, new_run))
            new_run = False
        if len(far) > 1:
            return steps
        node = min(far)


def _fed_without(topo: Topo, zone: Zone, start: str, taken: Collection[str]) -> bool:
    """Whether a node reaches a transformer (or source) of the zone without these switches."""

    def allow(edge: Edge) -> bool:
        if edge.owner in taken or edge.u[0] not in zone.nodes or edge.v[0] not in zone.nodes:
            return False
        return topo.is_switch(edge.owner) or in_zone(topo, edge, edge.u[0])

    return bool(topo.reach_nodes([start], allow) & zone.starts)


def derived_head(
    topo: Topo, zone: Zone, start: str, line: frozenset[str]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The head's equipment and the nodes on its upper side; the line itself where no switch will do."""
    run: list[Step] = []
    for step in walk_inward(topo, zone, start, line):
        good = not _fed_without(topo, zone, start, step.switches)
        if run and (step.starts_new_run or not good):
            break
        if good:
            run.append(step)
    if not run:
        return tuple(sorted(line)), frozenset({start})
    best = min(run, key=lambda step: min(class_rank(topo, key) for key in step.switches))
    return best.switches, best.beyond
