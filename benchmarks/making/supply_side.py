"""The high-voltage side: a grid source, loops of 110 kV lines, substations with two transformers and a coupler."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.making.things import Things

I64 = npt.NDArray[np.int64]

HIGH_V: Final = 110_000.0
MEDIUM_V: Final = 20_000.0
LOW_V: Final = 400.0
SUBSTATIONS_PER_LOOP: Final = 10
NODES_OF_SUBSTATION: Final = 8
_BUS, _OUT, _HIGH, _LOWER, _BARS = 0, 1, 2, 4, 6


class SupplySide:
    """Numbers of nodes and the things between them; nodes of substations come after those of the grid source."""

    def __init__(self, substations: int) -> None:
        """Number the nodes.

        Args:
            substations: how many; every ten lie in one loop.
        """
        self.substations = substations
        self.loops = -(-substations // SUBSTATIONS_PER_LOOP)
        self.first = 1 + 2 * self.loops
        self.n_nodes = self.first + NODES_OF_SUBSTATION * substations

    def node(self, substation: I64, which: int) -> I64:
        """Return a node of each substation."""
        return self.first + NODES_OF_SUBSTATION * substation + which

    def busbar(self, substation: I64, section: I64) -> I64:
        """Return the medium-voltage busbar of each substation, section 0 or 1."""
        return self.node(substation, 0) + _BARS + section

    def add(self, things: Things) -> I64:
        """Add the equipment.

        Returns:
            The heads of the sub-transmission feeders: two for each loop.
        """
        every = np.arange(self.substations)
        things.add("EnergySource", np.zeros(1, np.int64), voltage_v=HIGH_V)
        things.add("BusbarSection", np.zeros(1, np.int64), voltage_v=HIGH_V)
        things.add("BusbarSection", self.node(every, _BUS), container=every, voltage_v=HIGH_V)
        for side in range(2):
            high, lower = self.node(every, _HIGH + side), self.node(every, _LOWER + side)
            bar = self.node(every, _BARS + side)
            things.add("Breaker", self.node(every, _BUS), high, container=every, voltage_v=HIGH_V, tag="transformer")
            things.add("PowerTransformer", high, lower, container=every, voltage_v=HIGH_V, lower_v=MEDIUM_V)
            things.add("Breaker", lower, bar, container=every, voltage_v=MEDIUM_V, tag="transformer")
            things.add("BusbarSection", bar, container=every, voltage_v=MEDIUM_V)
        bars = self.node(every, _BARS), self.node(every, _BARS + 1)
        things.add("Breaker", *bars, container=every, voltage_v=MEDIUM_V, normal_open=every % 2 == 1, tag="coupler")
        return self._add_lines(things, every)

    def _add_lines(self, things: Things, every: I64) -> I64:
        """Add the lines of the loops; the first and every second after it is open in the middle."""
        goes_on = every[:-1][every[1:] % SUBSTATIONS_PER_LOOP != 0]
        loop, at = np.divmod(goes_on, SUBSTATIONS_PER_LOOP)
        size = np.minimum(self.substations - loop * SUBSTATIONS_PER_LOOP, SUBSTATIONS_PER_LOOP)
        opened = (loop % 2 == 0) & (at == (size - 1) // 2)
        out = self.node(goes_on, _OUT)
        things.add(
            "Breaker", self.node(goes_on, _BUS), out, voltage_v=HIGH_V, normal_open=opened, tag="subtransmission"
        )
        things.add("ACLineSegment", out, self.node(goes_on + 1, _BUS), voltage_v=HIGH_V)
        loops = np.arange(self.loops)
        feeders = self.substations + np.arange(2 * self.loops)
        firsts = SUBSTATIONS_PER_LOOP * loops
        lasts = np.minimum(firsts + SUBSTATIONS_PER_LOOP, self.substations) - 1
        bays = 1 + np.arange(2 * self.loops)
        heads = things.add(
            "Breaker", np.zeros_like(bays), bays, container=feeders, voltage_v=HIGH_V, tag="subtransmission_head"
        )
        ends = self.node(np.concatenate([firsts, lasts]), _BUS)
        things.add("ACLineSegment", bays, ends, voltage_v=HIGH_V)
        return heads
