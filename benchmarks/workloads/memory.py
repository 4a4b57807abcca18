"""Bytes: of a trace by section, phase set and switch state kept; of a network by piece of equipment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from benchmarks.made import made
from benchmarks.measuring import Report, Row, Target
from benchmarks.scene import Scene
from cim_models.strings import Strings

STATE_LIMIT_B, EQUIPMENT_LIMIT_B = 100.0, 50.0


def array_bytes(root: object) -> int:
    """Return the bytes of all arrays that an object leads to, each once, texts left out."""
    seen: set[int] = set()
    total, queue = 0, [root]
    while queue:
        one = queue.pop()
        if id(one) in seen or isinstance(one, Strings | str | bytes | int | float | None):
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            base = one
            while isinstance(base.base, np.ndarray):
                base = base.base
            if base is one or id(base) not in seen:
                seen.add(id(base))
                total += base.nbytes
        elif dataclasses.is_dataclass(one):
            queue += [getattr(one, field.name) for field in dataclasses.fields(one)]
        elif isinstance(one, Mapping):
            queue += list(one.values())
        elif isinstance(one, Sequence | set | frozenset) and not isinstance(one, range):
            queue += list(one)
        elif hasattr(one, "__dict__"):
            queue += list(vars(one).values())
    return total


def memory(nodes: int, *, per_phase: bool) -> Report:
    """Count the bytes of arrays.

    Args:
        nodes: size of the network.
        per_phase: whether phases differ in it.
    """
    scene = Scene(made(nodes, per_phase=per_phase, order="shuffled"))
    trace, network, grid = scene.trace, scene.network, scene.grid
    assert trace._areas is not None
    blocks, equipment = trace.working.blocks, len(network.equipment.id)
    workload = f"memory, {'per-phase' if per_phase else 'balanced'}"
    of_network = array_bytes(network)
    fixed, changing = _of(trace.working.fixed), _of(trace._areas.c)
    scratch = trace.nbytes - fixed - changing
    sizes = {
        "trace: fixed, all states": (fixed, blocks, "block"),
        "trace: one state": (changing, blocks, "block"),
        "trace: room to work in": (scratch, blocks, "block"),
        "trace: all of it": (trace.nbytes, blocks, "block"),
        "trace: all of it, by equipment": (trace.nbytes, equipment, "equipment"),
        "network": (of_network, equipment, "equipment"),
        "grid without network": (array_bytes(grid) - of_network, equipment, "equipment"),
    }
    report = Report()
    for name, (size, count, unit) in sizes.items():
        note = f"{size / count:,.1f} bytes per {unit} ({count:,}), {size / 1e6:,.1f} MB"
        report.rows.append(Row(workload, scene.nodes, name, 1, note=note))
        report.facts[f"{workload} {scene.nodes} {name}"] = size / count
    text = f"{workload}, {scene.nodes:,} nodes: bytes"
    kept = trace.nbytes / blocks
    report.targets.append(Target(f"{text} per section, phase set and switch state kept", kept, STATE_LIMIT_B))
    every = of_network / equipment
    report.targets.append(Target(f"{text} per piece of equipment, network", every, EQUIPMENT_LIMIT_B))
    return report


def _of(arrays: Iterable[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> int:
    return sum(one.nbytes for one in arrays)
