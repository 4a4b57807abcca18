"""Does the service answer while it loads and operates a large network?

A clock of its own process asks /livez and /readyz all the time, in the phases of a service's life: idle, while a
model is received, read and made active, while templates make groups, while switches are operated one by one and in
batches, and while lists are read. Printed are the times of the answers, the target is 50 ms, and beside them how long
the machine kept the clock itself waiting.

    python benchmarks/responsiveness.py [--nodes 100000] [--operations 200] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx

from cim_models.generate import NetworkSpec, generate

TARGET_S = 0.05
PAUSE_S = 0.005
NOISE = "noise"
"""How much longer the clock slept than it wanted to: what the machine adds to any answer."""

ROOT = Path(__file__).parents[1]
PROGRAM = "from topogroup.cli.app import main; main()"


def clock(url: str, ended: Event, answers: multiprocessing.Queue[list[tuple[float, float, str]]]) -> None:
    """Ask both health routes every 5 ms; note when, how long, and which."""
    seen: list[tuple[float, float, str]] = []
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        while not ended.is_set():
            for path in ("/livez", "/readyz"):
                began = time.monotonic()
                client.get(path)
                seen.append((began, time.monotonic() - began, path))
            began = time.monotonic()
            time.sleep(PAUSE_S)
            seen.append((began, time.monotonic() - began - PAUSE_S, NOISE))
    answers.put(seen)


def network(folder: Path, nodes: int) -> tuple[Path, dict[str, int]]:
    """Generate a network of about so many nodes."""
    spec = NetworkSpec(
        substations=max(2, nodes // 3_500),
        feeders_per_substation=10,
        sections_per_feeder=20,
        lines_per_section=12,
        ders=nodes // 20,
        ties_between_feeders=4,
    )
    made = generate(folder / "network.xml.gz", spec)
    return Path(made.path), dict(made.counts)


def phases_of(client: httpx.Client, model: Path, operations: int) -> list[tuple[str, Callable[[], object]]]:
    """Return the phases of a service's life, in their order."""
    chance = random.Random(1)
    known: dict[str, Any] = {}

    def ready() -> None:
        with model.open("rb") as stream:
            answer = client.post("/v1/models", content=stream, params={"name": model.name})
        assert answer.status_code == 202, answer.text
        known["model"] = answer.headers["location"]
        while client.get(known["model"]).json()["state"] == "reading":
            time.sleep(0.2)

    def activate() -> None:
        assert client.post(f"{known['model']}/activate").status_code == 200

    def templates() -> None:
        for by in (["feeder"], ["substation"], ["feeder", "kind"], ["section"]):
            assert client.post("/v1/templates", json={"by": by}).status_code == 201

    def rules() -> None:
        for number in range(20):
            body = {"name": f"rule {number}", "criteria": f"kind = 'pv' AND name LIKE '%{number}'"}
            assert client.post("/v1/groups", json=body).status_code == 201
        switches, cursor = [], None
        while True:
            page = client.get("/v1/switches", params={"limit": 1000} | ({"cursor": cursor} if cursor else {})).json()
            switches += [one["mrid"] for one in page["items"]]
            if (cursor := page["next"]) is None:
                break
        known["switches"] = switches

    def operate(batch: int, count: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(count):
                chosen = chance.sample(known["switches"], batch)
                body = {
                    "source": f"benchmark {batch}",
                    "sequence": number,
                    "operations": [{"switch": one, "open": chance.random() < 0.5} for one in chosen],
                }
                assert client.post("/v1/switching", json=body).status_code == 200

        return run

    def read() -> None:
        for path in ("/v1/ders", "/v1/groups", "/v1/sections", "/v1/switches", "/v1/feeders"):
            for _ in range(5):
                assert client.get(path, params={"limit": 1000}).status_code == 200
        for _ in range(3):
            assert client.get("/v1/network").status_code == 200

    return [
        ("idle", lambda: time.sleep(2)),
        ("receive and read a model", ready),
        ("make it active", activate),
        ("four templates", templates),
        ("20 rule groups", rules),
        (f"{operations} operations, one by one", operate(1, operations)),
        ("5 batches of 500 operations", operate(500, 5)),
        ("read lists and picture", read),
    ]


def measured(model: Path, home: Path, operations: int) -> list[dict[str, Any]]:
    """Run the service through its phases; return the times of the answers in each."""
    words = [sys.executable, "-c", PROGRAM, "serve", "--data-dir", str(home), "--port", "0", "--json"]
    with (home.parent / "log").open("w") as log:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    ended = multiprocessing.Event()
    answers: multiprocessing.Queue[list[tuple[float, float, str]]] = multiprocessing.Queue()
    headers = {"Authorization": f"Bearer {said['token']}"}
    spans = []
    try:
        with httpx.Client(base_url=said["url"], headers=headers, trust_env=False, timeout=600) as client:
            while client.get("/livez").status_code != 200:
                time.sleep(0.05)
            watcher = multiprocessing.Process(target=clock, args=(said["url"], ended, answers))
            watcher.start()
            time.sleep(1)
            for name, run in phases_of(client, model, operations):
                began = time.monotonic()
                run()
                spans.append((name, began, time.monotonic()))
            ended.set()
            seen = answers.get()
            watcher.join()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
    return [row(name, [one for one in seen if began <= one[0] < end], end - began) for name, began, end in spans]


def row(name: str, seen: list[tuple[float, float, str]], seconds: float) -> dict[str, Any]:
    """Return the times of one phase in milliseconds."""
    times = sorted(1000 * one[1] for one in seen if one[2] != NOISE)
    slowest = {
        path: max((1000 * t for _, t, p in seen if p == path), default=0.0) for path in ("/livez", "/readyz", NOISE)
    }
    return {
        "phase": name,
        "seconds": round(seconds, 2),
        "answers": len(times),
        "median_ms": round(statistics.median(times), 2) if times else None,
        "p99_ms": round(times[int(len(times) * 0.99)], 2) if times else None,
        "max_livez_ms": round(slowest["/livez"], 1),
        "max_readyz_ms": round(slowest["/readyz"], 1),
        "max_noise_ms": round(slowest[NOISE], 1),
        "over_target": sum(time_ > 1000 * TARGET_S for time_ in times),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--out", type=Path)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model, counts = network(Path(folder), said.nodes)
        rows = measured(model, Path(folder) / "data", said.operations)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    result = {
        "commit": commit.stdout.strip(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "network": counts,
        "target_ms": 1000 * TARGET_S,
        "phases": rows,
    }
    names = list(rows[0])
    for one in [dict(zip(names, names, strict=True)), *rows]:
        sys.stdout.write("  ".join(f"{one[name]!s:>{34 if name == 'phase' else 13}}" for name in names) + "\n")
    if said.out is not None:
        said.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
