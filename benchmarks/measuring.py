"""Measuring side by side: rounds in which everybody takes a turn, and what is told of the times."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "scipy", "numba", "networkx", "rustworkx", "networkit", "igraph", "pandapower", "pypowsybl")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """Times of one contestant in one workload.

    Attributes:
        workload, nodes, name: what was measured, on how many nodes, of whom.
        count: how many times.
        min_us, median_us, p99_us, max_us: microseconds, None = nothing was timed.
        ratio: its median divided by that of topogroup in the same rounds, None = is topogroup, or not comparable.
        note: what else there is to say.
    """

    workload: str
    nodes: int
    name: str
    count: int
    min_us: float | None = None
    median_us: float | None = None
    p99_us: float | None = None
    max_us: float | None = None
    ratio: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What was to be reached, and what was.

    Attributes:
        text: the target in words.
        value: what was measured.
        limit: the limit; a lower limit where `at_least`.
    """

    text: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Tell whether the target was reached."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(slots=True)
class Report:
    """What one workload found; `facts` are numbers that other workloads' targets need."""

    rows: list[Row] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Report:
        """Return a report from its JSON."""
        targets = [Target(one["text"], one["value"], one["limit"], one["at_least"]) for one in said["targets"]]
        return cls([Row(**one) for one in said["rows"]], targets, dict(said["facts"]))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        targets = [asdict(one) | {"met": one.met} for one in self.targets]
        return {"rows": [asdict(one) for one in self.rows], "targets": targets, "facts": self.facts}


def row(
    workload: str,
    nodes: int,
    name: str,
    seconds: Sequence[float],
    beside: Sequence[float] | None = None,
    note: str = "",
) -> Row:
    """Tell of some times.

    Args:
        workload: what was measured.
        nodes: on how many nodes.
        name: of whom.
        seconds: the times.
        beside: those of topogroup in the same rounds.
        note: what else there is to say.
    """
    us = 1e6 * np.asarray(seconds)
    median = float(np.median(us))
    ratio = median / (1e6 * float(np.median(beside))) if beside is not None and len(beside) else None
    lowest, high, highest = float(us.min()), float(np.percentile(us, 99)), float(us.max())
    return Row(workload, nodes, name, us.size, lowest, median, high, highest, ratio, note)


def timed(action: Callable[[], T]) -> tuple[float, T]:
    """Return how long something took, in seconds, and what it returned."""
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def interleaved(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Let everybody act once in each round, each round beginning with another one; return the times by name."""
    names = list(actions)
    times: dict[str, list[float]] = {name: [] for name in names}
    settle_memory()
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(timed(actions[name])[0])
    return times


def settle_memory() -> None:
    """Take all that is there by now out of the garbage collector's sight, so that it disturbs nobody's times."""
    gc.collect()
    gc.freeze()


def surroundings() -> dict[str, Any]:
    """Return commit, machine and versions."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "commit": commit.stdout.strip(),
        "uncommitted_changes": bool(changed.stdout.strip()),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": versions,
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((one.partition(":")[2].strip() for one in lines if one.startswith("model name")), platform.processor())


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show(report: Report) -> None:
    """Print rows and targets."""
    for one in report.rows:
        said = (one.min_us, one.median_us, one.p99_us, one.max_us)
        times = "".join(" " * 13 if value is None else f"{value:>13,.1f}" for value in said)
        ratio = f"{one.ratio:>13,.2f}" if one.ratio is not None else " " * 13
        say(f"{one.workload:<34}{one.nodes:>11,}  {one.name:<34}{one.count:>6}{times}{ratio}  {one.note}")
    for target in report.targets:
        verdict = "met   " if target.met else "MISSED"
        sign = ">=" if target.at_least else "<="
        say(f"{verdict}  {target.text}: {target.value:,.2f} ({sign} {target.limit:,.2f})")


def header() -> None:
    """Print the names of the columns."""
    columns = "".join(f"{name:>13}" for name in ("min us", "median us", "p99 us", "max us", "x topogroup"))
    say(f"{'workload':<34}{'nodes':>11}  {'who':<34}{'n':>6}{columns}")
