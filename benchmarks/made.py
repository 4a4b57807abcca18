"""Networks of any size as arrays, made without files and without a loop over equipment.

A 110 kV grid source feeds loops of substations with two 110/20 kV transformers and a coupler; ten feeders of about
2,000 nodes leave each, trees with laterals, one switch for 20 lines, normally open ties to other feeders, DER on one
node in ten, half of them in 0.4 kV networks behind service transformers. The special shapes are one feeder whose
tree is a path, a ring or a mesh.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.making.feeders import Shape, trees
from benchmarks.making.supply_side import LOW_V, MEDIUM_V, SupplySide
from benchmarks.making.tables import Homes, Made, network_of
from benchmarks.making.things import Things
from cim_models import phase_codes
from cim_models.network import Network

I64 = npt.NDArray[np.int64]

NODES_PER_FEEDER: Final = 2_000
FEEDERS_PER_SUBSTATION: Final = 10
NODES_PER_TIE: Final = 500
DERS_SHARE: Final = 0.1
FAR_TIES_SHARE: Final = 0.15
"""So many of the ties lead to any feeder, the others to the next one."""


def made(
    nodes: int, *, per_phase: bool = False, seed: int = 0, lines_per_switch: int = 20, order: str = "natural"
) -> Made:
    """Make a network of about so many nodes, with what its maker knows of it.

    Args:
        nodes: how many, about; at least 100.
        per_phase: laterals of one and two phases, single-phase DER, poles by phase.
        seed: of all that is drawn.
        lines_per_switch: one switch for so many lines.
        order: `natural` = equipment and nodes lie along the feeders, `shuffled` = anywhere.

    Returns:
        The network; `der_feeder` says on which feeder each DER was put, `heads` which switch is its head.
    """
    rng = np.random.default_rng(seed)
    places = min(NODES_PER_FEEDER, max(25, nodes // 4))
    feeders = max(4, round(nodes / places))
    shape = trees(feeders, places, lines_per_switch, per_phase=per_phase, rng=rng)
    ties = _ties(shape, max(2, nodes // NODES_PER_TIE), rng)
    return _assembled(shape, ties, None, rng, per_phase=per_phase, shuffled=order == "shuffled")


def made_network(
    nodes: int, *, per_phase: bool = False, seed: int = 0, lines_per_switch: int = 20, order: str = "natural"
) -> Network:
    """Make a network of about so many nodes; see `made`."""
    return made(nodes, per_phase=per_phase, seed=seed, lines_per_switch=lines_per_switch, order=order).network


def made_path(nodes: int, *, lines_per_switch: int = 1, order: str = "natural", seed: int = 0) -> Made:
    """Make one feeder that is a path."""
    return _of_one_feeder(_path(nodes, lines_per_switch, seed), np.empty((0, 2), np.int64), order, seed)


def made_ring(nodes: int, *, lines_per_switch: int = 1, order: str = "natural", seed: int = 0) -> Made:
    """Make one feeder that is a closed ring: the end of a path is joined to its beginning."""
    return _of_one_feeder(_path(nodes, lines_per_switch, seed), np.array([[1, nodes - 1]]), order, seed)


def made_mesh(nodes: int, *, lines_per_switch: int = 1, order: str = "natural", seed: int = 0) -> Made:
    """Make one feeder that is a square mesh: rows of lines, and closed switches between all neighbouring rows."""
    width = max(2, int(nodes**0.5))
    shape = _path(width * width + 1, lines_per_switch, seed)
    here = np.arange(1, width * width + 1)
    first = here[(here - 1) % width == 0]
    shape.parent[0, first[1:]] = first[:-1]
    others = here[((here - 1) % width > 0) & (here > width)]
    return _of_one_feeder(shape, np.stack([others - width, others], axis=1), order, seed)


def _path(nodes: int, lines_per_switch: int, seed: int) -> Shape:
    rng = np.random.default_rng(seed)
    parent = np.arange(-1, nodes - 1, dtype=np.int32).reshape(1, -1)
    is_switch = rng.random(parent.shape) < 1 / (lines_per_switch + 1)
    is_switch[:, :2] = False
    return Shape(parent, is_switch, nodes, 1, np.full(parent.shape, phase_codes.ABC, np.uint8))


def _of_one_feeder(shape: Shape, closing: I64, order: str, seed: int) -> Made:
    rng = np.random.default_rng(seed)
    none = np.empty((0, 4), np.int64)
    return _assembled(shape, none, closing, rng, per_phase=False, shuffled=order == "shuffled")


def _ties(shape: Shape, count: int, rng: np.random.Generator) -> I64:
    """Draw ties between medium-voltage nodes of two feeders: feeder, place, feeder, place."""
    feeders = shape.parent.shape[0]
    one = np.concatenate([np.arange(min(feeders, count)), rng.integers(0, feeders, max(0, count - feeders))])
    far = rng.random(count) < FAR_TIES_SHARE
    other = np.where(far, rng.integers(0, feeders, count), (one + 1) % feeders)
    places = rng.integers(2, shape.medium, (2, count))
    ties = np.stack([one, places[0], other, places[1]], axis=1)
    common = shape.phases[one, places[0]] & shape.phases[other, places[1]]
    usable: I64 = ties[(one != other) & (common > 0)]
    return usable


def _assembled(
    shape: Shape, ties: I64, closing: I64 | None, rng: np.random.Generator, *, per_phase: bool, shuffled: bool
) -> Made:
    """Put supply side, feeders, ties and DER together."""
    feeders, places = shape.parent.shape
    side = SupplySide(max(2, -(-feeders // FEEDERS_PER_SUBSTATION)))
    things = Things()
    tier_heads = side.add(things)
    number = np.arange(feeders)
    substation = number * side.substations // feeders
    base = side.n_nodes + number * places
    heads = things.add(
        "Breaker",
        side.busbar(substation, number % 2),
        base,
        container=substation,
        voltage_v=MEDIUM_V,
        by_phase=number % 3 == 0,
        tag="feeder_head",
    )
    lv_container = side.substations + tier_heads.size + number
    lv_heads = _add_feeders(things, shape, base, lv_container)
    one, other = base[ties[:, 0]] + ties[:, 1], base[ties[:, 2]] + ties[:, 3]
    common = shape.phases[ties[:, 0], ties[:, 1]] & shape.phases[ties[:, 2], ties[:, 3]]
    things.add("LoadBreakSwitch", one, other, phases=common, voltage_v=MEDIUM_V, normal_open=True, tag="tie")
    if closing is not None:
        things.add("LoadBreakSwitch", *(base[0] + closing.T), voltage_v=MEDIUM_V, tag="closing")
    first_der = things.size
    _add_ders(things, shape, base, rng, per_phase=per_phase)
    homes = Homes(
        side.substations,
        np.concatenate([tier_heads, lv_heads]),
        np.concatenate([np.full(tier_heads.size, -1), substation[: lv_heads.size]]),
    )
    n_nodes = side.n_nodes + feeders * places
    result = network_of(things, n_nodes, homes, per_phase=per_phase, rng=rng if shuffled else None)
    der_node = things.column("node1")[first_der:].astype(np.int64)
    by_place = np.argsort(result.place[first_der:])
    der_feeder = (der_node[by_place] - side.n_nodes) // places
    return replace(result, der_feeder=der_feeder, heads=result.place[heads])


def _add_feeders(things: Things, shape: Shape, base: I64, lv_container: I64) -> I64:
    """Add lines, switches and service transformers; return the low-voltage heads, one for each feeder or none."""
    feeders, places = shape.parent.shape
    child = base[:, None] + np.arange(places)
    above = base[:, None] + shape.parent
    medium = np.zeros((feeders, places), np.bool_)
    medium[:, 1 : shape.medium] = True
    for kind, voltage, where in (("m", MEDIUM_V, medium), ("l", LOW_V, ~medium)):
        lines = where & ~shape.is_switch
        lines[:, 0] = False
        lines[:, shape.medium :: shape.group] = False
        things.add("ACLineSegment", above[lines], child[lines], phases=shape.phases[lines], voltage_v=voltage)
        if kind == "m":
            switches = where & shape.is_switch
            upper = above[switches]
            things.add(
                "LoadBreakSwitch",
                upper,
                child[switches],
                phases=shape.phases[switches],
                voltage_v=voltage,
                by_phase=upper % 3 == 0,
                tag="section",
            )
    tops = np.arange(shape.medium, places, shape.group)
    if not tops.size:
        return np.empty(0, np.int64)
    phases = shape.phases[:, tops].reshape(-1)
    things.add(
        "PowerTransformer",
        above[:, tops].reshape(-1),
        child[:, tops].reshape(-1),
        phases=phases,
        voltage_v=MEDIUM_V,
        lower_v=LOW_V,
        needs_all=phases == phase_codes.ABC,
    )
    at = tops[-1] + 1
    return things.add(
        "LoadBreakSwitch",
        above[:, at],
        child[:, at],
        phases=shape.phases[:, at],
        container=lv_container,
        voltage_v=LOW_V,
        tag="lv_head",
    )


def _add_ders(things: Things, shape: Shape, base: I64, rng: np.random.Generator, *, per_phase: bool) -> None:
    """Put DER on one node in ten, half of them in low-voltage networks; one in a hundred is a machine."""
    feeders, places = shape.parent.shape
    low = places - shape.medium
    chance = np.full(places, DERS_SHARE if not low else DERS_SHARE * places / 2 / shape.medium, np.float32)
    chance[shape.medium :] = DERS_SHARE * places / 2 / max(low, 1)
    chance[:2] = 0
    feeder, place = np.nonzero(rng.random((feeders, places), np.float32) < chance)
    if not feeder.size:
        feeder, place = np.zeros(1, np.int64), np.full(1, places - 1)
    phases = shape.phases[feeder, place]
    if per_phase:
        # two in three hang on one phase: a bit of the node's mask, drawn by turning the letters
        turned = (np.array([1, 2, 4], np.uint8)[:, None] & phases[None, :]) > 0
        key = rng.random(turned.shape) * turned
        single = np.array([1, 2, 4], np.uint8)[key.argmax(axis=0)]
        phases = np.where(rng.random(phases.size) < 2 / 3, single, phases)
    node = base[feeder] + place
    machine = rng.random(node.size) < 0.01
    things.add("PowerElectronicsConnection", node[~machine], phases=phases[~machine], tag="der")
    things.add("SynchronousMachine", node[machine], phases=phases[machine], tag="der")
