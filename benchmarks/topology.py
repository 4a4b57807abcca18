"""The topology engine beside graph libraries and floors, in one run.

    python benchmarks/topology.py --out benchmarks/results/topology.json
    python benchmarks/topology.py --quick

Every workload runs in a process of its own, so that none works in another's memory. What is measured, and what the
rows mean: `docs/performance.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import ROOT, Report, header, say, show, surroundings
from benchmarks.workloads import operations, own_size
from benchmarks.workloads.building import building
from benchmarks.workloads.memory import memory
from benchmarks.workloads.places import places
from benchmarks.workloads.storm import storm
from benchmarks.workloads.worst import worst_shapes

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
QUICK_SIZES = (2_000, 10_000, 50_000, 100_000)
FLOORS_IN_BUILDING = {1_000_000: 20.0, 10_000_000: 12.0}
COMPILED = "TOPOGROUP_COMPILED"

Job = Callable[[], Report]


def jobs(sizes: tuple[int, ...]) -> dict[str, tuple[Job, dict[str, str]]]:
    """Return all workloads by name, each with the environment it needs.

    Args:
        sizes: numbers of nodes, ascending; the targets are for `SIZES`.
    """
    million, largest = sizes[-2], sizes[-1]
    found: dict[str, tuple[Job, dict[str, str]]] = {}
    for per_phase in (False, True):
        kind = "per-phase" if per_phase else "balanced"
        beside = partial(operations.beside_peers, million, per_phase=per_phase, rounds=400, full_rounds=6)
        found[f"beside peers, {kind}"] = beside, {}
        for nodes in sizes:
            # the smallest network would be traced in plain Python, which is its own row
            alone = partial(operations.alone, nodes, per_phase=per_phase, operations=2_000)
            found[f"one switch, {kind}, {nodes:,}"] = alone, {COMPILED: "1"}
        found[f"graph of parts, {kind}"] = partial(operations.parts, million, per_phase=per_phase, rounds=30), {}
        found[f"storm, {kind}"] = partial(storm, largest, per_phase=per_phase, batch=10_000, rounds=10), {}
        for nodes in sizes[-2:]:
            limit = FLOORS_IN_BUILDING.get(nodes, FLOORS_IN_BUILDING[1_000_000])
            beside_it = nodes == million and not per_phase
            build = partial(building, nodes, per_phase=per_phase, rounds=3, limit=limit, peers=beside_it)
            found[f"building, {kind}, {nodes:,}"] = build, {}
            found[f"memory, {kind}, {nodes:,}"] = partial(memory, nodes, per_phase=per_phase), {}
    natural = partial(operations.alone, largest, per_phase=False, operations=2_000, order="natural")
    found["one switch along the feeders"] = natural, {}
    found["places"] = partial(places, million, rounds=10), {}
    found["worst shapes"] = partial(worst_shapes, million, rounds=40), {}
    for nodes in (sizes[0], million):
        for per_phase in (False, True):
            kind = "per-phase" if per_phase else "balanced"
            plain = partial(operations.without_compiler, nodes, per_phase=per_phase, rounds=40)
            found[f"without numba, {kind}, {nodes:,}"] = plain, {COMPILED: "0"}
    found["pandapower and pypowsybl"] = partial(own_size.own_size, sizes[0], rounds=10), {}
    return found


def run(name: str, sizes: tuple[int, ...], environment: dict[str, str]) -> Report:
    """Run one workload in a process of its own.

    Raises:
        SystemExit: it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        words = [sys.executable, __file__, "--job", name, "--out", str(out), "--nodes", *map(str, sizes)]
        ended = subprocess.run(words, cwd=ROOT, env=os.environ | environment, check=False)
        if ended.returncode:
            raise SystemExit(f"The workload {name!r} failed with code {ended.returncode}.")
        return Report.of(json.loads(out.read_text()))


def everything(names: list[str], quick: bool, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Run workloads one after the other; return all results."""
    known = jobs(sizes)
    whole = Report()
    reports: dict[str, dict[str, Any]] = {}
    for name in names:
        say(f"\n{name}")
        began = time.monotonic()
        report = run(name, sizes, known[name][1])
        show(report)
        reports[name] = report.as_dict() | {"seconds": round(time.monotonic() - began, 1)}
        whole.targets += report.targets
        whole.facts |= report.facts
    last = Report(targets=operations.growth(whole.facts, sizes))
    whole.targets += last.targets
    say("\nall targets" + (" (not the sizes that they are for)" if quick else ""))
    show(Report(targets=whole.targets))
    say(f"{sum(one.met for one in whole.targets)} of {len(whole.targets)} targets met")
    return surroundings() | {
        "quick": quick,
        "sizes": list(sizes),
        "targets": Report(targets=whole.targets).as_dict()["targets"],
        "workloads": reports,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs=4, metavar="N", help="the four sizes, ascending")
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything run, do all answers agree")
    parser.add_argument("--only", help="workloads whose name has this in it")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    said = parser.parse_args()
    sizes = tuple(said.nodes) if said.nodes else QUICK_SIZES if said.quick else SIZES
    if said.job is not None:
        report = jobs(sizes)[said.job][0]()
        said.out.write_text(json.dumps(report.as_dict()))
        return
    names = [name for name in jobs(sizes) if said.only is None or said.only in name]
    header()
    result = everything(names, said.quick, sizes)
    if said.out is not None:
        said.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
