"""Places in the criteria of groups: what each costs an operation, beside the own full recompute of all attachments."""

from __future__ import annotations

from benchmarks.made import made
from benchmarks.measuring import Report, row, settle_memory, timed
from benchmarks.scene import Scene
from topogroup.topology.questions.known_state import KnownState
from topogroup.topology.questions.paths import fed_through
from topogroup.topology.questions.reach import downstream
from topogroup.topology.supplying.attachment import attachments

FULL = "own full recompute"


def places(nodes: int, *, rounds: int) -> Report:
    """Ask who hangs behind drawn feeder heads, each time of a state that was never asked before.

    Args:
        nodes: size of the network.
        rounds: how many heads.
    """
    scene = Scene(made(nodes, per_phase=False, order="shuffled"))
    scene.grid.contraction(scene.state)  # there since the first trace
    times: dict[str, list[float]] = {
        name: [] for name in (FULL, "downstream", "fed_through, first of a state", "fed_through, each further one")
    }
    settle_memory()
    for head in scene.drawn("feeder_head", rounds):
        seconds, found = timed(lambda: attachments(scene.grid, scene.rows, scene.state))
        times[FULL].append(seconds)
        known = KnownState(scene.grid, scene.rows, scene.state, found)
        seconds, behind = timed(lambda k=known, e=head: downstream(k, [e]))  # type: ignore[misc]
        times["downstream"].append(seconds)
        for name in ("fed_through, first of a state", "fed_through, each further one"):
            seconds, fed = timed(lambda k=known, e=head: fed_through(k, [e]))  # type: ignore[misc]
            times[name].append(seconds)
            assert set(behind.der.tolist()) <= set(fed.der.tolist()), "who goes dark with a head is fed through it"
    report = Report()
    for name, seconds_ in times.items():
        report.rows.append(row("places", scene.nodes, name, seconds_, None if name == FULL else times[FULL]))
    return report
