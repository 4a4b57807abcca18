"""Is the trace still right after ten thousand operations on a million nodes?

A network is made, switches and single poles are operated at random, one by one and in batches, and at checkpoints the
trace is compared with a fresh start: with a full recompute and with a trace made anew. Every DER that hangs elsewhere
than at the checkpoint before must have been listed by some operation in between.

    python benchmarks/soak.py [--nodes 1000000] [--operations 10000] [--checks 4] [--per-phase] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.made import made_network
from benchmarks.measuring import say, surroundings
from cim_models.network import Network
from topogroup.topology.graph.states import NetworkState, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import LISTS, Attachments, attachments, der_rows
from topogroup.topology.supplying.comparison import changed_ders
from topogroup.topology.tracing.trace import Trace

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Batch = tuple[I64, U8]

BATCHES: Final = (1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 10, 50)
"""How many switches an operation operates; each as likely as the next."""
BACK_SHARE: Final = 0.5
"""So many switches are put back that are not as they were in the beginning: else half of all would be open soon."""
SINGLE_SHARE: Final = 0.2
"""So many switches are operated on a single pole, where poles can be."""

ARRAYS: Final = ("row_energisation", "row_flags", "energisation", "paralleled", "back_fed", "in_service", "uncertain")


def random_operations(
    network: Network, state: NetworkState, rng: np.random.Generator, *, per_phase: bool
) -> Iterator[Batch]:
    """Yield random operations without end: rows of the pole table and their open phases from then on.

    Args:
        network: the network; it has at least one switch.
        state: the state to begin with; it is not changed.
        rng: draws.
        per_phase: single poles are operated, too.
    """
    side, first, now = network.pole.side1, state.open.copy(), state.open.copy()
    switches, start = np.unique(network.pole.equipment, return_index=True)
    end = np.append(start[1:], side.size)
    moved: set[int] = set()
    while True:
        chosen = set()
        for _ in range(min(int(rng.choice(BATCHES)), switches.size)):
            back = moved and rng.random() < BACK_SHARE
            chosen.add(sorted(moved)[rng.integers(len(moved))] if back else int(rng.integers(switches.size)))
        poles = np.concatenate([np.arange(start[at], end[at]) for at in sorted(chosen)])
        masks = np.where(now[poles] == first[poles], np.where(first[poles] > 0, 0, side[poles]), first[poles])
        if per_phase and rng.random() < SINGLE_SHARE:
            bit = np.uint8(1 << rng.integers(3))
            masks = (now[poles] & ~bit) | (masks & bit)
        now[poles] = masks
        moved = {at for at in moved | chosen if (now[start[at] : end[at]] != first[start[at] : end[at]]).any()}
        yield poles, masks.astype(np.uint8)


def differences(found: Attachments, expected: Attachments) -> list[str]:
    """Return which arrays of two answers differ."""
    wrong = [name for name in ARRAYS if not np.array_equal(getattr(found, name), getattr(expected, name))]
    for name in LISTS:
        one, other = found.row_links[name], expected.row_links[name]
        if not (np.array_equal(one.start, other.start) and np.array_equal(one.item, other.item)):
            wrong.append(name)
    return wrong


def soak(nodes: int, operations: int, checks: int, *, per_phase: bool, seed: int = 0) -> dict[str, Any]:
    """Operate at random and compare with fresh starts.

    Args:
        nodes: size of the network, about.
        operations: how many.
        checks: checkpoints, evenly spread; the last one is the end.
        per_phase: phases differ.
        seed: of network and operations.

    Returns:
        What to write down; `equal` is the verdict.
    """
    network = made_network(nodes, per_phase=per_phase, seed=seed, order="shuffled")
    grid = prepare(network, per_phase=per_phase)
    rows, state = der_rows(grid), normal_state(network)
    trace, full = Trace(grid, rows, state), attachments(grid, rows, state)
    drawn = random_operations(network, state, np.random.default_rng(seed), per_phase=per_phase)
    listed, wrong = np.zeros(rows.phases.size, np.bool_), differences(trace.attachments(), full)
    totals, spent_s = {"ders_listed": 0, "built_anew": 0, "poles_operated": 0}, 0.0
    stops = {operations * (number + 1) // checks for number in range(checks)}
    for number in range(1, operations + 1):
        poles, opened = next(drawn)
        began = time.perf_counter()
        change = trace.operate(poles, opened)
        spent_s += time.perf_counter() - began
        listed[change.ders] = True
        totals["ders_listed"] += int(change.ders.size)
        totals["built_anew"] += int(change.built_anew)
        totals["poles_operated"] += int(poles.size)
        state.open[poles] = opened
        if number in stops:
            before, full = full, attachments(grid, rows, state)
            wrong += _wrong_at(trace, Trace(grid, rows, state, trace.working), full)
            wrong += ["changed, but not listed"] * bool((~listed[changed_ders(rows, before, full)]).any())
            listed[:] = False
            say(f"after {number:,} operations: {'different: ' + ', '.join(wrong) if wrong else 'equal'}")
    counts = {"nodes": len(network.node.id), "ders": rows.phases.size, "poles": int(state.open.size)}
    asked = {"operations": operations, "checks": checks, "per_phase": per_phase, "seed": seed}
    return {**asked, **counts, **totals, "operating_s": round(spent_s, 3), "wrong": wrong, "equal": not wrong}


def _wrong_at(trace: Trace, fresh: Trace, full: Attachments) -> list[str]:
    """Compare the trace with a full recompute, and a trace made anew with it."""
    return [
        f"{name} of the {which}"
        for which, one in (("trace", trace), ("fresh trace", fresh))
        for name in differences(one.attachments(), full)
    ]


def main() -> None:
    """Parse the options, soak, print and write what came of it; exit code 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--checks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-phase", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    around = surroundings()
    found = soak(
        options.nodes, options.operations, options.checks, per_phase=options.per_phase, seed=options.seed
    )
    text = json.dumps(around | found, indent=2)
    say(text)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.exit(0 if found["equal"] else 1)


if __name__ == "__main__":
    main()
