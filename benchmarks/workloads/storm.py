"""A storm: thousands of operations in one batch, beside the union-finds that the answer needs."""

from __future__ import annotations

import numpy as np

from benchmarks.floors import compiled
from benchmarks.made import made
from benchmarks.measuring import Report, Target, row, settle_memory, timed
from benchmarks.scene import Scene
from topogroup.topology.tracing.trace import Trace

LIMIT = 4.0


def storm(nodes: int, *, per_phase: bool, batch: int, rounds: int) -> Report:
    """Turn drawn switches in one batch and turn them back in another.

    Args:
        nodes: size of the network.
        per_phase: whether phases differ in it.
        batch: operations in a batch.
        rounds: how many batches of each kind.
    """
    scene = Scene(made(nodes, per_phase=per_phase, order="shuffled"))
    pole = scene.network.pole
    rng = np.random.default_rng(2)
    own, unions, touched, changed, anew = [], [], [], [], 0
    kept = _Unions(scene.trace)
    kept.all()
    settle_memory()
    for _ in range(rounds):
        switches = np.unique(rng.choice(scene.made.switches["section"], min(batch, pole.equipment.size)))
        for opens in (True, False):
            operation = scene.operation(switches, opens=opens)
            seconds, change = timed(lambda op=operation: scene.trace.operate(*op))  # type: ignore[misc]
            own.append(seconds)
            changed.append(change.ders.size)
            touched.append(change.touched)
            anew += change.built_anew
            unions.append(timed(kept.all)[0])
    report = Report()
    kind = "per-phase" if per_phase else "balanced"
    workload = f"batch of {batch:,}, {kind}"
    note = f"DER {np.median(changed):.0f}, touched {np.median(touched):.0f}, built anew {anew} of {2 * rounds}"
    report.rows.append(row(workload, scene.nodes, "topogroup", own, note=note))
    report.rows.append(row(workload, scene.nodes, f"{kept.count} union-finds", unions, own, kept.words))
    ratio = float(np.median(own) / np.median(unions))
    report.targets.append(Target(f"{workload}, {scene.nodes:,} nodes: times the union-finds", ratio, LIMIT))
    return report


class _Unions:
    """One union-find over all blocks for each level that has supply points: all that conducts but those points.

    Blocks stand for sections and phases, so that one union-find serves all phase sets.
    """

    def __init__(self, trace: Trace) -> None:
        fixed, table = trace.working.fixed, trace.working.links
        self._parent = np.empty(trace.working.blocks, np.int32)
        self._edges = []
        for points in table.point:
            if (points >= 0).any():
                over = points < 0
                u = np.concatenate([fixed.inner_u, fixed.link_u[over]])
                self._edges.append((u, np.concatenate([fixed.inner_v, fixed.link_v[over]])))
        self.count = len(self._edges)
        self.words = f"one per level with supply points, all phase sets at once, {self._parent.size:,} blocks"
        self._united = compiled("united")

    def all(self) -> int:
        """Do all of them."""
        return sum(self._united(u, v, self._parent) for u, v in self._edges)
