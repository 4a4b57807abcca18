"""Engine against plain search: paths, neighbours, common supply and ways back of one network in one state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

from cim_models.network import Network
from tests.oracle import OracleModel
from tests.oracle.attach import Attachment, Config
from tests.oracle.elements import Vertex
from tests.oracle.resources import Der
from tests.oracle.states import NORMAL, Poles
from tests.topology.plain_ways import LEVELS, PlainWays, Point
from topogroup.topology.graph.states import current_state, normal_state, operated, operations
from topogroup.topology.questions.common_supply import lowest_common_supply
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.questions.paths import Way, path
from topogroup.topology.questions.reach import Nearness
from topogroup.topology.questions.way_back import way_back
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.supplying.attachment import Attachments, attachments

Operations = tuple[tuple[str, bool], ...]
"""Switches, and whether they are opened."""

_LIT = ("energised", "partially_energised")


class Case:
    """One network in one state, as the engine and as the plain search know it."""

    def __init__(
        self,
        network: Network,
        oracle: OracleModel,
        opened: Sequence[str] = (),
        closed: Sequence[str] = (),
        state: str = "current",
        grid: Grid | None = None,
    ) -> None:
        """Operate switches, `ID[:PHASES]`."""
        self.network, self.state = network, state
        self.config = config_of(oracle)
        self._shown = f"--open {' '.join(opened)} --close {' '.join(closed)} --state {state}"
        start = normal_state(network) if state == "normal" else current_state(network)
        after = operated(network, start, operations(network, list(opened), list(closed)))
        self.known = KnownState.of(grid or prepare(network, per_phase=True), after)
        self.plain = PlainWays(self.config, state, list(opened), list(closed))

    @property
    def ders(self) -> list[Der]:
        """All DER as the oracle knows them."""
        return self.config.topo.ders

    @cached_property
    def normal(self) -> Attachments:
        """Where all DER normally hang, as the engine says."""
        return attachments(self.known.grid, self.known.rows, normal_state(self.network))

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each DER in the engine by mRID."""
        return {self.network.equipment.id[e]: der for der, e in enumerate(self.network.der.equipment.tolist())}

    def __str__(self) -> str:
        """Show how the state is made."""
        return self._shown


def config_of(oracle: OracleModel) -> Config:
    """Return all that no state changes, as the oracle knows it."""
    return oracle._of(None, None).config


def letters(code: str) -> set[str]:
    """Return the phases of an answer by one letter each."""
    return set(code.replace("s12", "12").replace("s", ""))


# ---- paths


def same_path(case: Case, der: Der) -> set[tuple[str, bool]]:
    """Require that ways lead to exactly the suppliers, phase by phase, each a shortest one beside exactly the others.

    Returns:
        Level of each way, and whether there are other ways beside it.
    """
    ways = path(case.known, case.place[der.id]).ways
    said = [(way.level, way.supply, way.parts, way.others) for way in ways]
    assert len(set(said)) == len(said), "phases with the same way share an entry"
    by_phase = Attachment(case.config, case.state, case.plain.poles).of(der)["by_phase"]
    places = case.plain.places(der)
    assert set().union(*(letters(way.phases) for way in ways)) == {phase[-1] for phase in places}
    for phase, place in places.items():
        where = f"{der.id} {phase} {case}"
        mine = [way for way in ways if phase[-1] in letters(way.phases)]
        for level in LEVELS.values():
            found = {way for way in mine if way.level == level}
            suppliers = set(by_phase[phase][f"{level}s"])
            points = case.plain.suppliers(level, place)
            assert {way.supply.mrid for way in found} == {point.item for point in points} == suppliers, where
            fits = [pair for pair in product(points, found) if _is_way(case.plain, level, place, *pair)]
            assert {point for point, _ in fits} == points, where
            assert {way for _, way in fits} == found, where
        (way,) = [way for way in mine if way.level == "source"]
        assert way.supply.mrid == way.parts[-1].item.mrid
        assert _is_way(case.plain, "source", place, None, way), where
    return {(way.level, bool(way.others)) for way in ways}


def _is_way(plain: PlainWays, level: str, place: Vertex, point: Point | None, way: Way) -> bool:
    if point is not None and point.item != way.supply.mrid:
        return False
    parts, others = (tuple(part.item.mrid for part in some) for some in (way.parts, way.others))
    beside = [tuple(sorted(on - set(parts))) for on in plain.on_ways(level, place, point)]
    return others in beside and plain.is_shortest(level, place, point, parts)


# ---- neighbours


def same_neighbours(case: Case, equipment: Iterable[int]) -> int:
    """Require exactly the sections beside, the switches between and their open phases; return how many there are."""
    nearness, count = Nearness.of(case.known), 0
    for e in equipment:
        found = nearness.neighbours(case.known, [e])
        said = {(one.section.mrid, one.switch.item.mrid): letters(one.open_phases) for one in found}
        assert len(said) == len(found)
        mrid = case.network.equipment.id[e]
        assert said == case.plain.neighbours(mrid), f"{mrid} {case}"
        assert all(one.as_dict()["open"] == (one.open_phases == one.phases) for one in found)
        count += len(said)
    return count


# ---- common supply


def same_common_supply(case: Case, ders: Sequence[Der]) -> set[str]:
    """Require the lowest of all supply points that every two need; return the levels that were the answers."""
    levels = set()
    for a, b in product(ders, ders):
        found = lowest_common_supply(case.known, case.place[a.id], case.place[b.id])
        expected = case.plain.lowest_common_supply(a, b)
        if found is None:
            assert not expected, f"{a.id} {b.id} {case}"
        else:
            assert (found.level, found.supply.mrid) in expected, f"{a.id} {b.id} {case}"
        levels.add("none" if found is None else found.level)
    return levels


# ---- ways back


@dataclass
class Hanging:
    """Where all DER hang, as the oracle says: the feeders of each by phase, and its phases that have supply."""

    feeders: dict[str, dict[str, list[str]]]
    lit: dict[str, set[str]]

    @classmethod
    def of(cls, config: Config, state: str, poles: Poles) -> Hanging:
        """Ask the oracle."""
        attached = Attachment(config, state, poles)
        said = {der.id: attached.of(der)["by_phase"] for der in config.topo.ders}
        return cls(
            {key: {phase: one["feeders"] for phase, one in found.items()} for key, found in said.items()},
            {key: {p for p, one in found.items() if one["energisation"] in _LIT} for key, found in said.items()},
        )

    def home(self, normal: Hanging, der: str) -> bool:
        """Tell whether a DER hangs on exactly its normal feeders, none of its phases dark that is not so normally."""
        return self.feeders[der] == normal.feeders[der] and normal.lit[der] <= self.lit[der]

    def dark(self, before: Hanging) -> int:
        """Return how many DER had supply before and have none now."""
        return sum(bool(before.lit[key]) and not phases for key, phases in self.lit.items())


def same_ways_back(case: Case, ders: Sequence[Der], most: int) -> set[tuple[str, int]]:
    """Require the best of the fewest operations, all carried out by the oracle.

    Args:
        case: the network in its state.
        ders: those that are asked about.
        most: all sets of so many operations are tried, at most 2; of longer answers all subsets.

    Returns:
        Status and number of operations of the answers.
    """
    poles, normal_poles = case.plain.poles, case.config.topo.states.poles[NORMAL]
    normal = Hanging.of(case.config, NORMAL, normal_poles)
    tried: dict[Operations, Hanging] = {}

    def leads_home(chosen: Operations, der: str) -> bool:
        if chosen not in tried:
            tried[chosen] = Hanging.of(case.config, case.state, _moved(poles, chosen))
        return tried[chosen].home(normal, der)

    def rank(chosen: Operations) -> tuple[int, int, Operations]:
        after = _moved(poles, chosen)
        return sum(after[s] != normal_poles[s] for s, _ in chosen), tried[chosen].dark(tried[()]), chosen

    seen = set[tuple[str, int]]()
    for der in (one.id for one in ders):
        where = f"{der} {case}"
        found = way_back(case.known, case.normal, case.place[der])
        said = tuple(sorted((switch.mrid, opens) for switch, opens in found.operations))
        feeders = set().union(*normal.feeders[der].values())
        assert [feeder.mrid for feeder in found.feeders] == sorted(feeders)
        seen.add((found.status, len(said)))
        if not feeders or leads_home((), der):
            assert (found.status, said) == ("home" if feeders else "no_normal_feeder", ()), where
            continue
        leading = [chosen for chosen in _sets(sorted(poles), most) if leads_home(chosen, der)]
        fewest = [chosen for chosen in leading if len(chosen) == min(map(len, leading))]
        if fewest:
            assert (found.status, said) == ("found", min(fewest, key=rank)), where
        elif found.status == "found":
            assert len(said) > most, where
            subsets = [chosen for size in range(len(said)) for chosen in combinations(said, size)]
            assert leads_home(said, der) and not any(leads_home(chosen, der) for chosen in subsets), where
        else:
            assert (found.status, said) == ("none_found", ()), where
    return seen


def _sets(switches: Sequence[str], most: int) -> list[Operations]:
    return [
        tuple(zip(chosen, opens, strict=True))
        for size in range(1, most + 1)
        for chosen in combinations(switches, size)
        for opens in product((False, True), repeat=size)
    ]


def _moved(poles: Poles, chosen: Operations) -> Poles:
    return poles | {switch: dict.fromkeys(poles[switch], opens) for switch, opens in chosen}
