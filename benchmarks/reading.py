"""Reading CIM XML beside parsers, RDF stores and floors, in one run.

    python benchmarks/reading.py --out benchmarks/results/reading.json
    python benchmarks/reading.py --quick

Every load runs in a process of its own, all on one file in turns; what is measured, and what the rows mean:
`docs/performance.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.measuring import ROOT, say, surroundings
from benchmarks.readers import loading, models

FLOOR = "expat with handlers"
TARGETS = {
    ("topogroup fast", "seconds"): 0.5,
    ("topogroup conforming", "seconds"): 4.0,
    ("topogroup fast", "memory"): 1.5,
    ("topogroup conforming", "memory"): 0.5,
}
"""At most so many times the floor, or so many bytes of memory per byte of the decompressed file."""


_SWITCH = "TOPOGROUP_COMPILED"
_TITLES = f"  {'who':<28}  n     min s  median s     max s  x floor      cpu mem/byte"


def one(name: str, file: Path) -> dict[str, Any] | None:
    """Let one contestant read a file in a process of its own; None = it cannot."""
    words = [sys.executable, __file__, "--job", name, "--file", str(file)]
    environment = os.environ | {_SWITCH: "0" if name == "topogroup conforming" else "1"}
    ended = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = ended.stderr.strip().splitlines()[-1:] or ["no message"]
        say(f"  {name}: left out ({last[0][:120]})")
        return None
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def side_by_side(model: str, file: Path, rounds: int, names: list[str]) -> list[dict[str, Any]]:
    """Let all contestants read a file in turns, each round beginning with another one; return a row for each."""
    size = models.unpacked_bytes(file)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            if name not in runs or (number and name in loading.SLOW):
                continue
            found = one(name, file)
            if found is None:
                del runs[name]
            else:
                runs[name].append(found)
    rows = [_row(model, name, size, found) for name, found in runs.items() if found]
    floor = next((row for row in rows if row["name"] == FLOOR), None)
    for row in rows:
        if floor is not None:
            row["times_floor"] = row["median_s"] / floor["median_s"]
            row["cpu_times_floor"] = row["cpu_median_s"] / floor["cpu_median_s"]
    return rows


def _row(model: str, name: str, size: int, runs: list[dict[str, Any]]) -> dict[str, Any]:
    seconds, cpu = [run["seconds"] for run in runs], [run["cpu_seconds"] for run in runs]
    return {
        "model": model,
        "bytes": size,
        "name": name,
        "count": len(runs),
        "min_s": min(seconds),
        "median_s": float(np.median(seconds)),
        "max_s": max(seconds),
        "cpu_median_s": float(np.median(cpu)),
        "memory_bytes": max(run["memory_bytes"] for run in runs),
        "memory_per_byte": max(run["memory_bytes"] for run in runs) / size,
        "found": runs[0]["found"],
    }


def show(rows: list[dict[str, Any]]) -> None:
    """Print rows."""
    for row in rows:
        say(
            f"  {row['name']:<28}{row['count']:>3}{row['min_s']:>10.3f}{row['median_s']:>10.3f}{row['max_s']:>10.3f}"
            f"{row.get('times_floor', 0):>9.2f}{row.get('cpu_times_floor', 0):>9.2f}{row['memory_per_byte']:>9.2f}"
            f"  {row['found']}"
        )


def targets(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each target and model whether it was reached."""
    found = []
    for row in rows:
        for (name, what), limit in TARGETS.items():
            value = row.get("times_floor") if what == "seconds" else row["memory_per_byte"]
            if row["name"] == name and value is not None:
                one_target = {"model": row["model"], "name": name, "what": what, "value": value, "limit": limit}
                found.append(one_target | {"met": value <= limit})
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each reads each file")
    parser.add_argument("--quick", action="store_true", help="two models, two rounds: does everything run")
    parser.add_argument("--only", help="models whose name has this in it")
    parser.add_argument("--who", help="contestants whose name has this in it, beside the floor")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.job is not None:
        sys.stdout.write(json.dumps(loading.measured(said.job, said.file)))
        return
    subprocess.run([sys.executable, "-m", "topogroup.cli.compiling"], cwd=ROOT, check=True)
    rows: list[dict[str, Any]] = []
    known = [name for name in models.MODELS if not said.quick or name in models.QUICK]
    names = [name for name in loading.CONTESTANTS if said.who is None or said.who in name or name == FLOOR]
    with tempfile.TemporaryDirectory() as folder:
        for model in (name for name in known if said.only is None or said.only in name):
            file = models.make(model, Path(folder))
            if file is None:
                say(f"\n{model}: left out, its files are not there")
                continue
            say(f"\n{model}: {models.unpacked_bytes(file):,} bytes")
            say(_TITLES)
            found = side_by_side(model, file, 2 if said.quick else said.rounds, names)
            show(found)
            rows += found
            file.unlink()
    reached = targets(rows)
    for target in reached:
        verdict = "met   " if target["met"] else "MISSED"
        words = (target["model"], target["name"], target["what"])
        say(f"{verdict}  {', '.join(words)}: {target['value']:.2f} (<= {target['limit']:.2f})")
    if said.out is not None:
        whole = surroundings() | {"quick": said.quick, "rows": rows, "targets": reached}
        said.out.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
