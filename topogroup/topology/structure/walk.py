"""The walk from a line's end inward through its busbar zone: which switch is the head of the feeder.

DESIGN section 4, feeder heads: the walk stops at the first node from which more than one further zone element
leads on (a busbar); of the first run of switches passed, the best class nearest the line is the head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cim_models import catalogue
from cim_models.catalogue import Role
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.zones import Zone


@dataclass(frozen=True, slots=True)
class Head:
    """Where a feeder begins: one piece of equipment or a bank, with the nodes of its upper and lower side."""

    equipment: tuple[int, ...]
    upper_nodes: frozenset[int]
    lower_nodes: frozenset[int]


def walk_inward(
    incidence: Incidence, zone: Zone, start: int, fed_without: Callable[[int, Sequence[int]], bool]
) -> Head | None:
    """Walk from a node at the edge of a zone inward and choose the head.

    Args:
        incidence: what stands where.
        zone: the busbar zone.
        start: the node where the line (or load, machine) is connected.
        fed_without: tells whether a node reaches a transformer (or source) of the zone without some equipment.

    Returns:
        The head, or None if no switch that was passed separates.
    """
    run: list[tuple[list[int], frozenset[int], frozenset[int]]] = []
    node, came_by = start, frozenset[int]()
    passed_switch = run_ended = False
    while True:
        banks = [b for b in _zone_banks(incidence, zone, node) if not came_by & set(b)]
        ends = frozenset(incidence.nodes(banks[0][0])) - {node} if len(banks) == 1 else frozenset[int]()
        if not ends:
            break
        bank = banks[0]
        # of a switch with more than two ends the source side are those that are fed without it
        beyond = ends if len(ends) == 1 else frozenset(n for n in ends if fed_without(n, bank))
        if not beyond:
            break
        run_ended |= passed_switch and _something_hangs_off(incidence, node, came_by.union(bank))
        if incidence.role(bank[0]) == Role.SWITCH:
            alone = not fed_without(start, bank)
            if run and (run_ended or not alone):
                break
            if alone:
                run.append((bank, beyond, ends - beyond | {node}))
            passed_switch, run_ended = True, False
        if len(beyond) > 1:
            break
        node, came_by = min(beyond), frozenset(bank)
    if not run:
        return None
    bank, upper, lower = min(run, key=lambda passed: _rank(incidence, passed[0]))
    return Head(tuple(bank), upper, lower)


def _rank(incidence: Incidence, bank: list[int]) -> int:
    class_name = catalogue.CLASSES[int(incidence.network.equipment.class_code[bank[0]])]
    return catalogue.HEAD_RANK.get(class_name, catalogue.HEAD_RANK_OTHER)


def _zone_banks(incidence: Incidence, zone: Zone, node: int) -> list[list[int]]:
    """Return the zone elements at a node, parallel single-phase ones as one bank."""
    here = [e for e in incidence.at(node) if e in zone.elements and len(incidence.nodes(e)) > 1]
    return incidence.banks(here)


def _something_hangs_off(incidence: Incidence, node: int, known: frozenset[int]) -> bool:
    """Tell whether anything but what the walk came and goes by, and earthing, stands at a node."""
    return any(e not in known and incidence.role(e) != Role.GROUND for e in incidence.at(node))
