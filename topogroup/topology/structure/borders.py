"""The borders of Feeder containers that touch no busbar zone: through which switches supply enters them.

DESIGN section 4: "its head are the switches on its border, source side". A switch leads supply in where a node on its
one side lies in the container and one on its other side is live in the normal state with the container taken away:
its equipment, and all that stands at a node where something of it but switches stands. Nodes where only switches of
the container stand lie in it if they are dead then: the middle of two switches in series does, a busbar from which
two of its switches lead does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_models.catalogue import Role
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.graph.connectivity import ConductorGraph, Liveness
from topogroup.topology.structure.incidence import Incidence
from topogroup.topology.structure.walk import Head

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is taken away with a container: its equipment, and all at the nodes of those of it that are no switches.

    Attributes:
        equipment: all that is taken away but grid sources at `nodes`.
        switches: the container's own.
        nodes: where those of it stand that are no switches.
    """

    equipment: I64
    switches: list[int]
    nodes: I64


class Borders:
    """Finds the heads of containers that touch no zone, of all of them at once."""

    def __init__(self, network: Network, graph: ConductorGraph, normal: Liveness, incidence: Incidence) -> None:
        """Remember where to look; what is live and conducts is that of the normal state."""
        self._network, self._graph, self._normal, self._incidence = network, graph, normal, incidence

    def heads(self, members: Sequence[Ints]) -> list[list[Head]]:
        """Return the heads of some containers, given the equipment of each."""
        if not members:
            return []
        taken = [self._taken(own) for own in members]
        around = [self._switches_around(one) for one in taken]
        ends = [sorted({n for e in switches for n in self._incidence.nodes(e)}) for switches in around]
        live = self._live_without(taken, ends)
        chosen = zip(taken, around, ends, live, strict=True)
        return [self._entering(one, switches, set(nodes), alive) for one, switches, nodes, alive in chosen]

    def _taken(self, members: Ints) -> _Taken:
        is_switch = self._network.equipment.role[members] == Role.SWITCH
        nodes = np.unique(self._incidence.ends(members[~is_switch])[1])
        equipment = np.union1d(members, self._incidence.all_at(nodes)).astype(np.int64)
        return _Taken(equipment, members[is_switch].tolist(), nodes)

    def _switches_around(self, taken: _Taken) -> list[int]:
        """Return the switches of a container, and those of others that stand at a node of it."""
        own_nodes = np.unique(self._incidence.ends(np.array(taken.switches, np.int64))[1])
        found = np.unique(self._incidence.all_at(np.union1d(taken.nodes, own_nodes)))
        switches: list[int] = found[self._network.equipment.role[found] == Role.SWITCH].tolist()
        return switches

    def _entering(self, taken: _Taken, switches: Sequence[int], ends: set[int], live: set[int]) -> list[Head]:
        """Return as heads the switches that lead from a live node to one that lies in the container."""
        incidence, own = self._incidence, set(taken.switches)
        core = set(taken.nodes.tolist())
        met = [node for e in own for node in incidence.nodes(e)]
        within = core | {node for node in ends - live if met.count(node) > 1}
        pole, found = self._network.pole, []
        for e in switches:
            first, last = np.searchsorted(pole.equipment, np.array([e, e + 1], pole.equipment.dtype))
            if pole.normal_open[first:last].all():
                continue
            nodes = incidence.nodes(e)
            upper = frozenset(node for node in nodes if node in live and node not in core)
            if upper and not within.isdisjoint(nodes):
                found.append(Head((e,), upper, frozenset(nodes) - upper))
        return found

    def _live_without(self, taken: Sequence[_Taken], asked: Sequence[Sequence[int]]) -> list[set[int]]:
        """Return which of some nodes are live in the normal state without a container, for each container."""
        edges, width = self._graph.edges, self._graph.slots.width
        conducting = np.flatnonzero(self._normal.conducting)
        # (edge, container) for all that goes away with a container; a source hangs on the root by an edge of its own
        root, fed = self._graph.n_vertices, np.flatnonzero(self._normal.source)
        u = np.concatenate([edges.u[conducting], np.full(fed.size, root)])
        v = np.concatenate([edges.v[conducting], fed])
        node1 = np.concatenate([edges.node1[conducting], fed // width])
        node2 = np.concatenate([edges.node2[conducting], fed // width])
        by_node = _pairs([one.nodes for one in taken], len(self._network.node.id))
        by_equipment = _pairs([one.equipment for one in taken], len(self._network.equipment.id))
        holders = np.concatenate([edges.equipment[conducting], np.full(fed.size, len(self._network.equipment.id))])
        rows = [by_node(node1), by_node(node2), by_equipment(holders)]
        gone = np.unique(np.concatenate([edge * len(taken) + container for edge, container in rows]))
        edge, container = np.divmod(gone, len(taken))
        kept = np.ones(u.size, np.bool_)
        kept[edge] = False
        piece = components(root + 1, u[kept], v[kept])
        sets: dict[int, list[int]] = {}
        for one, which in zip(edge.tolist(), container.tolist(), strict=True):
            sets.setdefault(one, []).append(which)
        links = [(int(piece[u[one]]), int(piece[v[one]]), frozenset(which)) for one, which in sets.items()]
        union = _Union(int(piece.max(initial=-1)) + 1)
        answer: list[set[int]] = [set() for _ in taken]

        def ask(which: int) -> None:
            top = union.find(int(piece[root]))
            for node in asked[which]:
                if any(union.find(one) == top for one in set(piece[node * width : (node + 1) * width].tolist())):
                    answer[which].add(node)

        _each_without(0, len(taken), links, union, ask)
        return answer


def _pairs(held: Sequence[I64], size: int) -> Callable[[I64], tuple[I64, I64]]:
    """Return what finds (position, container) of all containers that hold the things at some positions."""
    thing = np.concatenate([np.empty(0, np.int64), *held])
    container = np.repeat(np.arange(len(held)), [one.size for one in held])
    order = np.argsort(thing, kind="stable")
    container = container[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(thing, minlength=size + 1))])

    def look(things: I64) -> tuple[I64, I64]:
        count = start[things + 1] - start[things]
        where = np.flatnonzero(count)
        position = np.repeat(where, count[where])
        before = np.cumsum(count[where]) - count[where]
        row = np.arange(position.size) - np.repeat(before, count[where]) + np.repeat(start[things[where]], count[where])
        return position, container[row]

    return look


class _Union:
    """Joins pieces, and takes joins back in the opposite order."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))
        self._size = [1] * size
        self._joined: list[int] = []

    def find(self, piece: int) -> int:
        """Return what stands for all that a piece is joined to."""
        while self._above[piece] != piece:
            piece = self._above[piece]
        return piece

    def join(self, one: int, other: int) -> None:
        """Join two pieces."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return
        if self._size[one] > self._size[other]:
            one, other = other, one
        self._above[one] = other
        self._size[other] += self._size[one]
        self._joined.append(one)

    def mark(self) -> int:
        """Return how many joins there are."""
        return len(self._joined)

    def back_to(self, mark: int) -> None:
        """Take joins back until there are as many as there were."""
        while len(self._joined) > mark:
            one = self._joined.pop()
            other = self._above[one]
            self._size[other] -= self._size[one]
            self._above[one] = one


def _each_without(
    first: int, last: int, links: Sequence[tuple[int, int, frozenset[int]]], union: _Union, ask: Callable[[int], None]
) -> None:
    """Ask about each container with all links joined but those that go away with it.

    Halving the containers joins a link once for each halving that parts it from its own, not once for each container.

    Args:
        first, last: the containers, `last` not among them.
        links: what is not joined yet: two pieces, and the containers with which the link goes away.
        union: what is joined.
        ask: what to ask about a container.
    """
    if last - first == 1:
        ask(first)
        return
    middle = (first + last) // 2
    for low, high in ((first, middle), (middle, last)):
        mark, rest = union.mark(), []
        for link in links:
            if any(low <= container < high for container in link[2]):
                rest.append(link)
            else:
                union.join(link[0], link[1])
        _each_without(low, high, rest, union, ask)
        union.back_to(mark)
