"""The worst shapes: where an operation changes half of everything, it must cost little more than to do all anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.made import made, made_mesh, made_path, made_ring
from benchmarks.making.tables import Made
from benchmarks.measuring import Report, Target, row, settle_memory, timed
from benchmarks.scene import Operation, Scene, set_without_tracing

LIMIT = 1.6


@dataclass(frozen=True, slots=True)
class _Shape:
    """A network, the switches to open before, and the one to operate."""

    name: str
    make: Callable[[], Made]
    switch: Callable[[Made], int]
    opened_before: Callable[[Made], int] | None = None


def _middle(one: Made) -> int:
    """Return the section switch halfway along a path or ring."""
    return _along(one, 0.5)


def _quarter(one: Made) -> int:
    return _along(one, 0.25)


def _along(one: Made, share: float) -> int:
    switches, pole = one.switches["section"], one.network.pole
    where = np.empty(one.node_place.size, np.int64)
    where[one.node_place] = np.arange(one.node_place.size)
    row_of = np.searchsorted(pole.equipment, switches)
    order = np.argsort(where[pole.node1[row_of]])
    return int(switches[order[int(share * switches.size)]])


def _head(one: Made) -> int:
    """Return the head of the feeder with the most DER."""
    return int(one.heads[np.bincount(one.der_feeder, minlength=one.heads.size).argmax()])


def _shapes(nodes: int) -> list[_Shape]:
    return [
        _Shape("path cut in the middle", lambda: made_path(nodes), _middle),
        _Shape("shuffled path cut in the middle", lambda: made_path(nodes, order="shuffled"), _middle),
        _Shape("ring opened", lambda: made_ring(nodes, order="shuffled"), _middle),
        _Shape("open ring cut in two", lambda: made_ring(nodes, order="shuffled"), _middle, _quarter),
        _Shape("one giant mesh", lambda: made_mesh(nodes, order="shuffled"), _middle),
        _Shape("head of the largest feeder: a path", lambda: made_path(nodes, order="shuffled"), _head),
        _Shape("head of the largest feeder", lambda: made(nodes, order="shuffled"), _head),
    ]


def worst_shapes(nodes: int, *, rounds: int) -> Report:
    """Operate the worst switch of each shape beside the own full recompute, differences and list included.

    Args:
        nodes: size of each network.
        rounds: how often; each time the switch is opened and closed.
    """
    report = Report()
    for shape in _shapes(nodes):
        one = shape.make()
        scene = Scene(one)
        if shape.opened_before is not None:
            scene.trace.operate(*scene.operation(shape.opened_before(one), opens=True))
        switch = shape.switch(one)
        operations = {"opened": scene.operation(switch, opens=True), "closed": scene.operation(switch, opens=False)}
        _measure(report, scene, shape.name, operations, rounds)
    return report


def _measure(report: Report, scene: Scene, name: str, operations: dict[str, Operation], rounds: int) -> None:
    again = scene.trace.copy()
    own: dict[str, list[float]] = {which: [] for which in operations}
    anew: dict[str, list[float]] = {which: [] for which in operations}
    changed: dict[str, int] = {}
    settle_memory()
    for number in range(-1, rounds):
        for which, operation in operations.items():
            took = [0.0, 0.0]
            for turn in (number % 2, 1 - number % 2):
                if turn == 0:
                    took[0], change = timed(lambda op=operation: scene.trace.operate(*op))  # type: ignore[misc]
                else:
                    set_without_tracing(again, operation)
                    took[1], ders = timed(again.rebuild)
            assert np.array_equal(change.ders, ders), f"{name}: a full recompute gives another list of DER"
            changed[which] = ders.size
            # the first round may compile
            if number >= 0:
                own[which].append(took[0])
                anew[which].append(took[1])
    for which in operations:
        note = f"DER {changed[which]}"
        report.rows.append(row(f"{name}, {which}", scene.nodes, "topogroup", own[which], note=note))
        report.rows.append(row(f"{name}, {which}", scene.nodes, "own full recompute", anew[which], own[which]))
        ratio = float(np.median(own[which]) / np.median(anew[which]))
        report.targets.append(Target(f"{name}, {which}: own full recomputes", ratio, LIMIT))
