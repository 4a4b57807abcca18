"""From the arrays of a `Network` to a trace, and connectivity from scratch, beside a floor and graph libraries."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from benchmarks.floors import compiled
from benchmarks.made import made_network
from benchmarks.measuring import Report, Target, row, say, timed
from cim_models.network import Network
from topogroup.topology.arrays.components import components
from topogroup.topology.graph.states import normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import der_rows
from topogroup.topology.tracing.trace import Trace

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

CONNECTIVITY_LIMIT = 6.0
WHOLE = "building, all of it"


def building(nodes: int, *, per_phase: bool, rounds: int, limit: float, peers: bool) -> Report:
    """Build everything from the arrays, step by step, in turns with the floor: gathering two labels per edge.

    Args:
        nodes: size of the network; equipment and nodes lie anywhere, as mRIDs do.
        per_phase: whether phases differ in it.
        rounds: how often.
        limit: how many floors building may cost.
        peers: whether graph libraries build their graphs too.
    """
    network = made_network(nodes, per_phase=per_phase, order="shuffled")
    u, v = _edges(network)
    size = len(network.node.id)
    labels = np.arange(size, dtype=np.int32)
    gathered = compiled("gathered")
    gathered(u, v, labels)
    times: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        gc.collect()
        took = {"gather two labels per edge": timed(lambda: gathered(u, v, labels))[0]}
        took["plain connectivity"] = timed(lambda: components(size, u, v))[0]
        took |= _steps(network)
        # the first round may compile
        for name, one in took.items() if number else ():
            times.setdefault(name, []).append(one)
    workload = f"building, {'per-phase' if per_phase else 'balanced'}"
    report = Report()
    for name, seconds in times.items():
        beside = None if name == WHOLE else times[WHOLE]
        report.rows.append(row(workload, size, name, seconds, beside))
    floor = float(np.median(times["gather two labels per edge"]))
    for name, most in ((WHOLE, limit), ("plain connectivity", CONNECTIVITY_LIMIT)):
        text = f"{workload}, {size:,} nodes: floors in {name}"
        report.targets.append(Target(text, float(np.median(times[name])) / floor, most))
    if peers:
        _beside(report, workload, size, (u.astype(np.int64), v.astype(np.int64)), times["plain connectivity"])
    return report


def _steps(network: Network) -> dict[str, float]:
    """Build everything; return the seconds of each step."""
    took = {}
    took["prepare"], grid = timed(lambda: prepare(network))
    took["rows of DER"], rows = timed(lambda: der_rows(grid))
    took["trace"] = timed(lambda: Trace(grid, rows, normal_state(network)))[0]
    return took | {WHOLE: sum(took.values())}


def _edges(network: Network) -> tuple[I32, I32]:
    """Return all branches, closed switches and windings as pairs of nodes, in no order."""
    used = ~network.pole.normal_open
    ends = network.end.node.reshape(-1, 2)
    u = np.concatenate([network.branch.node1, network.pole.node1[used], ends[:, 0]])
    v = np.concatenate([network.branch.node2, network.pole.node2[used], ends[:, 1]])
    order = np.random.default_rng(0).permutation(u.size)
    return u[order], v[order]


class _Plain:
    """A graph of nodes alone, in the form in which peers are filled."""

    def __init__(self, size: int, u: I64, v: I64) -> None:
        self.n_vertices, self.u, self.v = size, u, v
        self.inner = self.on = np.ones(u.size, np.bool_)


def _beside(report: Report, workload: str, size: int, edges: tuple[I64, I64], own: list[float]) -> None:
    """Let graph libraries build their graph and find its components, once each."""
    first = components(size, *edges)
    for name in ("scipy", "networkit", "igraph", "rustworkx", "networkx"):
        try:
            made = getattr(importlib.import_module(f"benchmarks.peers.with_{name}"), name.capitalize())
        except ImportError:
            say(f"{name} is not installed and left out")
            continue
        fill = cast(Callable[[Any], Any], made)
        built, library = timed(lambda f=fill: f(_Plain(size, *edges)))  # type: ignore[misc]
        found, label = timed(library.labels)
        pairs = np.unique(np.stack([first, label]), axis=1).shape[1]
        assert pairs == int(first.max()) + 1 == int(label.max()) + 1, f"{name} finds other components"
        for what, seconds in (("components", found), ("its graph built", built)):
            ours = own if what == "components" else None
            report.rows.append(row(f"connectivity, {workload[10:]}", size, f"{name}, {what}", [seconds], ours))
