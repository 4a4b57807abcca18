"""One switch operation to the exact list of DER whose attachment changed: topogroup beside graph libraries."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.floors import compiled, kernel_arguments
from benchmarks.made import made
from benchmarks.measuring import Report, Target, interleaved, row, say, settle_memory, timed
from benchmarks.peers.base import Full, Local
from benchmarks.peers.frame import Frame
from benchmarks.scene import Operation, Scene, set_without_tracing
from topogroup.topology.tracing.trace import Trace

I64 = npt.NDArray[np.int64]

OURS = "topogroup"
FULL = ("networkx", "rustworkx", "scipy", "networkit", "igraph")
LOCAL = ("networkx", "rustworkx")
PART_TAGS = ("tie", "feeder_head", "transformer", "coupler", "subtransmission", "subtransmission_head", "lv_head")
NETWORKX_FULL_MIN, RUSTWORKX_LOCAL_MIN = 50_000, 30
TURN = 10
"""Switches operated, there and back, before the next one's turn."""
FULL_ROUNDS = 3
TARGET_NODES = 900_000
"""The targets beside peers are for networks of a million nodes; what is made has a little less or more."""


def peer(scene: Scene, name: str, way: str) -> Full | Local | None:
    """Return a peer, or None where its library is not installed."""
    try:
        module = importlib.import_module(f"benchmarks.peers.with_{name}")
    except ImportError:
        say(f"{name} is not installed and left out")
        return None
    frame = Frame(scene.grid, scene.rows, scene.state)
    library = getattr(module, name.capitalize())(frame)
    return Full(frame, library) if way == "full" else Local(frame, library)


def beside_peers(nodes: int, *, per_phase: bool, rounds: int, full_rounds: int) -> Report:
    """Open and close drawn section switches, everybody in turn, and compare the lists of DER.

    Args:
        nodes: size of the network.
        per_phase: whether phases differ in it.
        rounds: operations for those that look at the affected components alone.
        full_rounds: operations for those that do everything anew.
    """
    scene = Scene(made(nodes, per_phase=per_phase, order="shuffled"))
    peers: dict[str, Full | Local] = {}
    for way, names in (("full", FULL), ("local", LOCAL)):
        for name in names:
            seconds, found = timed(lambda name=name, way=way: peer(scene, name, way))  # type: ignore[misc]
            if found is not None:
                peers[f"{name}, {way}"] = found
                say(f"  {name}, {way}: graph and first answer in {seconds:.1f} s")
    workload = f"one switch, {'per-phase' if per_phase else 'balanced'}"
    times = _turns(scene, peers, scene.drawn("section", rounds), full_rounds)
    return _beside(workload, scene, times)


def _turns(
    scene: Scene, peers: dict[str, Full | Local], switches: Sequence[int], full_rounds: int
) -> dict[str, list[float]]:
    """Let everybody take turns of `TURN` switches, those that do everything anew of one; return their times.

    Under `…, connectivity` stands what a library itself took, under `…, first of a turn` the first operation of each
    turn, when nothing of the network is in the processor's caches.
    """
    times: dict[str, list[float]] = {OURS: [], f"{OURS}, first of a turn": []}
    for operation in scene.there_and_back(switches[0]):
        scene.trace.operate(*operation)
    settle_memory()
    names = [OURS, *peers]
    for number in range(0, len(switches), TURN):
        answers: dict[str, list[I64]] = {}
        first = number // TURN % len(names)
        for name in names[first:] + names[:first]:
            own = switches[number : number + TURN]
            one = peers.get(name)
            if isinstance(one, Full):
                if number // TURN >= full_rounds:
                    continue
                own = own[:1]
            answers[name] = _turn(scene, name, one, own, times)
        for name, lists in answers.items():
            same = map(np.array_equal, lists, answers[OURS])
            assert all(same), f"{name} gives another list of DER"
    return times


def _turn(
    scene: Scene, name: str, one: Full | Local | None, switches: Sequence[int], times: dict[str, list[float]]
) -> list[I64]:
    found = []
    for at, operation in enumerate(op for switch in switches for op in scene.there_and_back(switch)):
        if one is None:
            seconds, change = timed(lambda op=operation: scene.trace.operate(*op))  # type: ignore[misc]
            found.append(change.ders)
        else:
            seconds, ders = timed(lambda op=operation: one.operate(*op))  # type: ignore[misc]
            found.append(ders)
            times.setdefault(f"{name}, connectivity", []).append(one.connectivity_s)
        times.setdefault(name, []).append(seconds)
        if at == 0 and one is None:
            times[f"{name}, first of a turn"].append(seconds)
    return found


def _beside(workload: str, scene: Scene, times: dict[str, list[float]]) -> Report:
    report, nodes = Report(), scene.nodes
    for name, seconds in sorted(times.items(), key=lambda one: not one[0].startswith(OURS)):
        note = "the library's own part" if name.endswith("connectivity") else "same answer"
        beside = None if name == OURS else times[OURS]
        report.rows.append(row(workload, nodes, name, seconds, beside, note))
    ratio = {one.name: one.ratio for one in report.rows if one.ratio is not None}
    wanted = (("networkx, full", NETWORKX_FULL_MIN), ("rustworkx, local", RUSTWORKX_LOCAL_MIN))
    for name, least in wanted:
        if name in ratio and nodes >= TARGET_NODES:
            report.targets.append(Target(f"{workload}: {name}", ratio[name], least, at_least=True))
    return report


def alone(nodes: int, *, per_phase: bool, operations: int, order: str = "shuffled") -> Report:
    """Operate drawn section switches, topogroup alone: times, blocks touched, DER changed, beside an empty kernel call.

    Args:
        nodes: size of the network.
        per_phase: whether phases differ in it.
        operations: how many switches; each is opened and closed.
        order: how equipment and nodes lie, see `made`.
    """
    scene = Scene(made(nodes, per_phase=per_phase, order=order))
    trace, touched, ders, seconds = scene.trace, [], [], []
    switches = scene.drawn("section", operations + 20)
    settle_memory()
    for number, switch in enumerate(switches):
        for operation in scene.there_and_back(switch):
            took, change = timed(lambda op=operation: trace.operate(*op))  # type: ignore[misc]
            if number >= 20:
                seconds.append(took)
                touched.append(change.touched)
                ders.append(change.ders.size)
    name = ("per-phase" if per_phase else "balanced") + ("" if order == "shuffled" else f", {order} order")
    report = Report()
    note = f"touched {np.median(touched):.0f} (max {max(touched)}), DER {np.median(ders):.0f} (max {max(ders)})"
    report.rows.append(row(f"switch by size, {name}", scene.nodes, OURS, seconds, note=note))
    key = f"{name} {nodes}"
    report.facts[f"{key} median_us"] = 1e6 * float(np.median(seconds))
    report.facts[f"{key} touched"] = float(np.median(touched))
    report.facts[f"{key} blocks"] = float(trace.working.blocks)
    report.facts[f"{key} ders"] = float(np.median(ders))
    _empty_calls(report, scene, key, scene.there_and_back(switches[0])[1])
    return report


def _empty_calls(report: Report, scene: Scene, key: str, operation: Operation) -> None:
    try:
        nothing = compiled("nothing")
    except ImportError:
        return
    given = kernel_arguments(scene.trace, *operation)
    nothing(*given)
    nothing()
    times = interleaved({"with": lambda: nothing(*given), "without": nothing}, 1_000)
    for which, seconds in times.items():
        name = f"empty kernel call {which} arguments"
        report.rows.append(row("floor", scene.nodes, name, seconds))
        report.facts[f"{key} empty_{which}_us"] = 1e6 * float(np.median(seconds))


def growth(facts: dict[str, float], sizes: Sequence[int]) -> list[Target]:
    """Return the targets on growth from the smallest size to the largest."""
    found, (first, *_, last) = [], sorted(sizes)
    for name in ("balanced", "per-phase"):
        small, large = f"{name} {first}", f"{name} {last}"
        if f"{small} median_us" not in facts or f"{large} median_us" not in facts:
            continue
        grown = [facts[f"{large} {what}"] / facts[f"{small} {what}"] for what in ("touched", "median_us")]
        span = f"{name}, {first:,} to {last:,} nodes"
        found.append(Target(f"{span}: touched blocks grow to", grown[0], 1.25))
        found.append(Target(f"{span}: time grows to", grown[1], 8.0))
        if f"{small} empty_with_us" in facts:
            calls = facts[f"{small} median_us"] / facts[f"{small} empty_with_us"]
            found.append(Target(f"{name}, {first:,} nodes: empty kernel calls in a median operation", calls, 10.0))
    return found


def parts(nodes: int, *, per_phase: bool, rounds: int) -> Report:
    """Operate what changes the graph of parts, beside rustworkx and the own full recompute.

    Args:
        nodes: size of the network.
        per_phase: whether phases differ in it.
        rounds: how many switches of each kind; each is operated and put back.
    """
    scene, report = Scene(made(nodes, per_phase=per_phase, order="shuffled")), Report()
    again = scene.trace.copy()
    peers = {f"rustworkx, {way}": peer(scene, "rustworkx", way) for way in ("full", "local")}
    kind = "per-phase" if per_phase else "balanced"
    for tag in PART_TAGS:
        if not scene.made.switches[tag].size:
            continue
        times = _parts_of(scene, again, {n: p for n, p in peers.items() if p is not None}, tag, rounds)
        changed = times.pop("DER")
        for name, seconds in times.items():
            note = f"DER {np.median(changed):.0f} (max {max(changed):.0f})" if name == OURS else ""
            beside = None if name == OURS else times[OURS]
            report.rows.append(row(f"{tag}, {kind}", scene.nodes, name, seconds, beside, note))
    return report


def _parts_of(
    scene: Scene, again: Trace, peers: dict[str, Full | Local], tag: str, rounds: int
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {OURS: [], "own full recompute": [], "DER": []}
    settle_memory()
    for number, switch in enumerate(scene.drawn(tag, rounds)):
        for operation in scene.there_and_back(switch):
            seconds, change = timed(lambda op=operation: scene.trace.operate(*op))  # type: ignore[misc]
            times[OURS].append(seconds)
            times["DER"].append(change.ders.size)
            set_without_tracing(again, operation)
            seconds, ders = timed(again.rebuild)
            times["own full recompute"].append(seconds)
            assert np.array_equal(ders, change.ders), f"{tag}: a full recompute gives another list of DER"
            for name, one in peers.items():
                if isinstance(one, Local) or number < FULL_ROUNDS:
                    seconds, ders = timed(lambda op=operation, p=one: p.operate(*op))  # type: ignore[misc]
                    times.setdefault(name, []).append(seconds)
                    assert np.array_equal(ders, change.ders), f"{tag}: {name} gives another list of DER"
    return times


def without_compiler(nodes: int, *, per_phase: bool, rounds: int) -> Report:
    """Operate drawn switches of all kinds with kernels that are not compiled, beside scipy: the answers are the same.

    Args:
        nodes: size of the network.
        per_phase: whether phases differ in it.
        rounds: how many switches; each is operated and put back.
    """
    scene = Scene(made(nodes, per_phase=per_phase, order="shuffled"))
    one = peer(scene, "scipy", "full")
    assert one is not None
    switches = scene.drawn("section", rounds)
    for tag in PART_TAGS:
        switches += scene.drawn(tag, 2) if scene.made.switches[tag].size else []
    times: dict[str, list[float]] = {OURS: [], one.name: []}
    settle_memory()
    for switch in switches:
        for operation in scene.there_and_back(switch):
            seconds, change = timed(lambda op=operation: scene.trace.operate(*op))  # type: ignore[misc]
            times[OURS].append(seconds)
            seconds, ders = timed(lambda op=operation: one.operate(*op))  # type: ignore[misc]
            times[one.name].append(seconds)
            assert np.array_equal(ders, change.ders), "without numba the list of DER is another one"
    report = Report()
    workload = f"without numba, {'per-phase' if per_phase else 'balanced'}"
    report.rows.append(row(workload, scene.nodes, f"{OURS}, plain Python", times[OURS]))
    report.rows.append(row(workload, scene.nodes, "scipy, full", times[one.name], times[OURS], "same answer"))
    return report
