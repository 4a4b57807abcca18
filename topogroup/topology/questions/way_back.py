"""The way back: the fewest switches whose operation brings a DER back to its normal feeders.

The sets of operations are searched from the smallest on. What a set must still hold is known: while the DER lacks a
normal feeder, one of the switches on the border of what it hangs with has to be closed; while a stranger feeds it, one
of the switches on the way to that one has to be opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from typing import Any, Literal

import numpy as np

from cim_models import limits
from topogroup.topology.arrays.links import Item
from topogroup.topology.graph.states import Operation, normal_state, operated
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.questions.tried import Standing, TriedSwitching
from topogroup.topology.structure.levels import TIER_LEVELS
from topogroup.topology.supplying.attachment import Attachments, Energisation, attachments

_PRIMARY = TIER_LEVELS["primary"]

WayBackStatus = Literal["home", "found", "none_found", "no_normal_feeder"]


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a DER comes back to its normal feeders.

    Attributes:
        status: `home`: it hangs on them and on no others; `found`; `none_found`: no operations within the limits lead
            there; `no_normal_feeder`: it normally hangs on none.
        feeders: its normal feeders, ascending by mRID.
        operations: (switch, whether it is opened), those to close first; empty unless found.
    """

    status: WayBackStatus
    feeders: tuple[Item, ...]
    operations: tuple[tuple[Item, bool], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the way back as answers show it."""
        said = [{"switch": switch._asdict(), "open": opens} for switch, opens in self.operations]
        return {"status": self.status, "feeders": [item._asdict() for item in self.feeders], "operations": said}


def way_back(known: KnownState, normal: Attachments, der: int) -> WayBack:
    """Find the fewest switch operations that bring a DER back to its normal feeders.

    Args:
        known: the state.
        normal: where all DER hang in the normal state.
        der: position of the DER.

    Returns:
        The fewest operations after which every phase of the DER hangs on its normal primary feeders and no others. Of
        several sets equally small that which puts most switches back to their normal position; of these that by which
        the fewest DER lose supply; then the lowest mRIDs.
    """
    level = known.grid.levels[_PRIMARY]
    search = _Search(known, normal, der)
    feeders = tuple(level.items[i] for i in sorted(set().union(*search.wanted)))
    if not feeders:
        return WayBack("no_normal_feeder", ())
    if search.is_home(known.found):
        return WayBack("home", feeders)
    found = search.fewest()
    if found is None:
        return WayBack("none_found", feeders)
    ordered = sorted(found, key=lambda operation: (operation[1], operation[0]))
    return WayBack("found", feeders, tuple((known.part(e).item, opens) for e, opens in ordered))


_Set = tuple[tuple[int, bool], ...]
"""Operations, ascending."""


class _Search:
    """Searches the sets of operations for one DER, from the smallest on."""

    def __init__(self, known: KnownState, normal: Attachments, der: int) -> None:
        self._known = known
        first, last = np.searchsorted(known.rows.der, [der, der + 1]).tolist()
        self._rows = range(first, last)
        links = normal.row_links[_PRIMARY]
        self.wanted = [frozenset(links.of(row).tolist()) for row in self._rows]
        dark = normal.row_energisation > Energisation.PARTIALLY_ENERGISED
        self._may_be_dark = [bool(dark[row]) for row in self._rows]

    def is_home(self, found: Attachments) -> bool:
        """Tell whether every phase hangs on its normal feeders in a state."""
        links = found.row_links[_PRIMARY]
        return all(
            frozenset(links.of(row).tolist()) == wanted
            and (may_be_dark or found.row_energisation[row] <= Energisation.PARTIALLY_ENERGISED)
            for row, wanted, may_be_dark in zip(self._rows, self.wanted, self._may_be_dark, strict=True)
        )

    def fewest(self) -> _Set | None:
        """Return the smallest set of operations that leads home, None = none within the limits."""
        best: tuple[int, _Set] | None = None
        rank = 0, 0
        for size, moved, operations in islice(self._sets(), limits.WAY_BACK_TRACES_MAX):
            if best is not None and (size, moved) > rank:
                break
            dark = self._dark_after(operations)
            if dark is not None and (best is None or (dark, operations) < best):
                best, rank = (dark, operations), (size, moved)
        return None if best is None else best[1]

    def _sets(self) -> Iterator[tuple[int, int, _Set]]:
        """Yield sets of operations that seem to lead home, with their size and how many of them put nothing back.

        Smaller sets come first, then those that put more switches back.
        """
        tried = TriedSwitching(self._known)
        blocks = tried.block[self._known.rows.vertex[self._rows.start : self._rows.stop]].tolist()
        places = list(dict.fromkeys(zip(blocks, self.wanted, strict=True)))

        def standing(operations: _Set) -> Standing:
            done = dict(operations)
            return max((tried.standing(block, wanted, done) for block, wanted in places), key=lambda one: one.needed)

        first = standing(())
        waiting: list[tuple[int, int, _Set]] = [(first.needed, 0, ())]
        known: dict[_Set, Standing] = {(): first}
        while waiting:
            size, moved, operations = heappop(waiting)
            here = known[operations]
            if here.home:
                yield size, moved, operations
                continue
            for operation in here.next:
                following = tuple(sorted((*operations, operation)))
                if following in known:
                    continue
                if len(known) == limits.WAY_BACK_SETS_MAX:
                    return
                after = known[following] = standing(following)
                least = len(following) + after.needed
                if least <= limits.WAY_BACK_OPERATIONS_MAX:
                    heappush(waiting, (least, self._not_put_back(following), following))

    def _dark_after(self, operations: _Set) -> int | None:
        """Return how many DER lose supply by some operations, None = they do not lead home."""
        known = self._known
        named = [Operation(e, opens, 0) for e, opens in operations]
        after = attachments(known.grid, known.rows, operated(known.network, known.state, named))
        if not self.is_home(after):
            return None
        had, has = (one.energisation <= Energisation.PARTIALLY_ENERGISED for one in (known.found, after))
        return int((had & ~has).sum())

    def _not_put_back(self, operations: _Set) -> int:
        """Return how many operations leave a switch in another than its normal position, or move it out of that."""
        known, normal = self._known, normal_state(self._known.network).open
        count = 0
        for e, opens in operations:
            first, last = np.searchsorted(known.network.pole.equipment, [e, e + 1]).tolist()
            wanted = normal[first:last]
            after = known.network.pole.side1[first:last] if opens else np.zeros_like(wanted)
            count += not np.array_equal(after, wanted)
        return count
