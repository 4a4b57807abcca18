"""A network with its trace, and the operations that workloads try on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.making.tables import Made
from topogroup.topology.graph.states import normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import der_rows
from topogroup.topology.tracing.trace import Trace

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

Operation = tuple[I64, U8]
"""Rows of the pole table, and their open phases from now on."""


class Scene:
    """A made network, prepared, and traced in its normal state."""

    def __init__(self, made: Made) -> None:
        """Prepare and trace."""
        self.made, self.network = made, made.network
        self.nodes = len(made.network.node.id)
        self.grid = prepare(made.network)
        self.rows = der_rows(self.grid)
        self.state = normal_state(made.network)
        self.trace = Trace(self.grid, self.rows, self.state)

    def operation(self, switches: int | I64, *, opens: bool) -> Operation:
        """Return the operation that opens or closes some switches with all their poles."""
        pole = self.network.pole
        first = np.searchsorted(pole.equipment, np.atleast_1d(switches))
        last = np.searchsorted(pole.equipment, np.atleast_1d(switches), "right")
        poles = np.concatenate([np.arange(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)])
        opened = pole.side1[poles] if opens else np.zeros(poles.size, np.uint8)
        return poles, opened.astype(np.uint8)

    def there_and_back(self, switch: int) -> tuple[Operation, Operation]:
        """Return the operation that turns a switch from its normal state, and the one that turns it back."""
        row = int(np.searchsorted(self.network.pole.equipment, switch))
        is_open = bool(self.network.pole.normal_open[row])
        return self.operation(switch, opens=not is_open), self.operation(switch, opens=is_open)

    def drawn(self, tag: str, count: int, seed: int = 1) -> list[int]:
        """Draw switches of one kind."""
        rng = np.random.default_rng(seed)
        return [int(one) for one in rng.choice(self.made.switches[tag], count)]


def set_without_tracing(trace: Trace, operation: Operation) -> None:
    """Write open phases into a trace without tracing them, so that its `rebuild` is the full recompute of a change."""
    areas = trace._areas
    assert areas is not None
    areas.c.open[operation[0]] = operation[1]
