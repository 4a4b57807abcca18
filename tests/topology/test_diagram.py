"""The drawing: every section has a place, the same on every run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cim_models import load
from cim_models.coordinates import system_of, to_degrees
from cim_models.network import Network, PositionTable
from cim_models.strings import Strings
from tests.models.loaded import FILES
from topogroup.testing import NetworkBuilder
from topogroup.topology.pictures.diagram import Layout, lay_out
from topogroup.topology.pictures.diagram_map import map_of
from topogroup.topology.structure.grid import Grid, prepare

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
KINDS = {"01": "map", "03": "map", "04": "map", "05": "map", "06": "map", "07": "diagram", "10": "map", "11": "map"}


def two_feeders() -> NetworkBuilder:
    """grid--T1--bus--F1--L1--(TIE open)--L2--F2--bus, and a fused branch on L1."""
    b = NetworkBuilder().energy_source("grid", "hv", 110_000)
    b.transformer("T1", [("hv", 110_000), ("bus", 20_000)]).busbar("BB", "bus")
    for n in (1, 2):
        b.breaker(f"F{n}", "bus", f"f{n}a").line(f"L{n}", f"f{n}a", f"f{n}b").pv(f"PV{n}", f"f{n}b")
    b.breaker("FUSE", "f1b", "f1c").pv("PV3", "f1c")
    return b.load_break_switch("TIE", "f1b", "f2b", open=True)


def places(layout: Layout) -> list[tuple[float, float]]:
    return list(zip(layout.x.tolist(), layout.y.tolist(), strict=True))


def described(layout: Layout) -> tuple[object, ...]:
    """Return a layout as something that can be compared."""
    joints = [
        [column.tolist() for column in (one.equipment, one.a, one.b, one.closed)]
        for one in (layout.switches, layout.transformers)
    ]
    lines = [column.tolist() for column in (layout.lines.section, layout.lines.x, layout.lines.y)]
    return layout.kind, layout.bounds, layout.items, places(layout), layout.of_node.tolist(), joints, lines


def right(layout: Layout, network: Network) -> None:
    """Assert what holds for every layout."""
    count = len(layout.items)
    assert layout.x.size == layout.y.size == count
    assert set(layout.of_node.tolist()) == set(range(count))
    left, top, right_, bottom = layout.bounds
    assert np.isfinite(layout.x).all() and np.isfinite(layout.y).all()
    assert left <= layout.x.min() and layout.x.max() <= right_
    assert top <= layout.y.min() and layout.y.max() <= bottom
    for joints in (layout.switches, layout.transformers):
        assert (np.diff(joints.equipment) > 0).all()
        assert (joints.a < count).all() and (joints.b < count).all()
    if layout.kind == "diagram":
        assert len(set(places(layout))) == count
        assert layout.lines.section.size == 0
        assert np.isnan(layout.switches.x).all()
    assert network.pole.equipment.size == 0 or layout.switches.equipment.size


def places_by_name(grid: Grid) -> dict[str, tuple[float, float]]:
    """Return the place of the section of each node, by the node's name."""
    layout = lay_out(grid)
    names = grid.network.node.name
    return {names[n]: places(layout)[s] for n, s in enumerate(layout.of_node.tolist())}


def test_a_diagram_hangs_from_its_source() -> None:
    grid = prepare(two_feeders().build())
    layout = lay_out(grid)
    right(layout, grid.network)
    assert (layout.kind, len(layout.items)) == ("diagram", 5)
    at = places_by_name(grid)
    assert at["f1a"] == at["f1b"] and at["f2a"] == at["f2b"]
    layers = sorted({y for _, y in at.values()})
    assert {node: layers.index(y) for node, (_, y) in at.items()} == {
        "hv": 0,
        "bus": 1,
        "f1a": 2,
        "f1b": 2,
        "f2a": 2,
        "f2b": 2,
        "f1c": 3,
    }
    assert at["f1b"][0] < at["f2b"][0]
    assert at["bus"][0] == at["hv"][0] == (at["f1b"][0] + at["f2b"][0]) / 2


def test_joints_name_the_sections_at_their_ends() -> None:
    grid = prepare(two_feeders().build())
    layout = lay_out(grid)
    names = grid.network.equipment.name
    node = {grid.network.node.name[n]: s for n, s in enumerate(layout.of_node.tolist())}
    ends = {names[e]: {a, b} for e, a, b in zip(*_ends(layout.switches), strict=True)}
    assert ends == {
        "F1": {node["bus"], node["f1a"]},
        "F2": {node["bus"], node["f2a"]},
        "FUSE": {node["f1b"], node["f1c"]},
        "TIE": {node["f1b"], node["f2b"]},
    }
    closed = dict(zip(_ends(layout.switches)[0], layout.switches.closed.tolist(), strict=True))
    assert {names[e]: is_closed for e, is_closed in closed.items()} == {
        "F1": True,
        "F2": True,
        "FUSE": True,
        "TIE": False,
    }
    (t1,) = zip(*_ends(layout.transformers), strict=True)
    assert (names[t1[0]], t1[1], t1[2]) == ("T1", node["hv"], node["bus"])


def _ends(joints: object) -> tuple[list[int], list[int], list[int]]:
    return tuple(getattr(joints, column).tolist() for column in ("equipment", "a", "b"))


def test_the_two_sides_of_a_transformer_keep_the_mrid_of_their_section() -> None:
    grid = prepare(two_feeders().build())
    layout = lay_out(grid)
    whole = [grid.sections.item(grid.network, s) for s in grid.sections.of_node.tolist()]
    assert [layout.items[s] for s in layout.of_node.tolist()] == whole
    assert len({item.mrid for item in layout.items}) == len(layout.items) - 1


def test_every_source_keeps_what_it_feeds() -> None:
    """The tie between two sources is open: neither hangs below the other."""
    b = NetworkBuilder()
    for n in (1, 2):
        b.energy_source(f"grid{n}", f"bus{n}", 20_000).breaker(f"F{n}", f"bus{n}", f"f{n}").pv(f"PV{n}", f"f{n}")
    at = places_by_name(prepare(b.load_break_switch("TIE", "f1", "f2", open=True).build()))
    assert at["bus1"][1] == at["bus2"][1] < at["f1"][1] == at["f2"][1]
    assert at["bus1"][0] == at["f1"][0] != at["f2"][0] == at["bus2"][0]


def test_what_nothing_feeds_hangs_behind_the_open_switch_that_leads_to_it() -> None:
    b = NetworkBuilder().energy_source("grid", "bus", 20_000).breaker("F1", "bus", "f1").pv("PV1", "f1")
    b.load_break_switch("END", "f1", "dark", open=True).pv("PV2", "dark")
    at = places_by_name(prepare(b.build()))
    assert at["bus"][1] < at["f1"][1] < at["dark"][1]


def test_many_substations_stand_in_several_rows() -> None:
    b = NetworkBuilder().energy_source("grid", "hv", 110_000)
    for n in range(60):
        b.transformer(f"T{n}", [("hv", 110_000), (f"bus{n}", 20_000)])
        for m in range(4):
            b.breaker(f"F{n}-{m}", f"bus{n}", f"f{n}-{m}").pv(f"PV{n}-{m}", f"f{n}-{m}")
    grid = prepare(b.build())
    layout = lay_out(grid)
    right(layout, grid.network)
    at = places_by_name(grid)
    assert len({at[f"bus{n}"][1] for n in range(60)}) > 1
    assert all(at["hv"][1] < at[f"bus{n}"][1] < at[f"f{n}-{m}"][1] for n in range(60) for m in range(4))


def test_a_network_without_switches() -> None:
    grid = prepare(NetworkBuilder().energy_source("grid", "bus", 20_000).pv("PV", "bus").build())
    layout = lay_out(grid)
    right(layout, grid.network)
    assert (layout.kind, places(layout), layout.bounds) == ("diagram", [(0.0, 0.0)], (0.0, 0.0, 0.0, 0.0))
    assert layout.switches.equipment.size == layout.transformers.equipment.size == 0


def test_the_sample_is_a_map() -> None:
    network = load([SAMPLE])
    grid = prepare(network)
    layout = lay_out(grid)
    right(layout, network)
    assert layout.kind == "map"
    assert layout.lines.section.size
    assert not np.isnan(layout.switches.x).any()


def located(crs: str, *points: tuple[float, float]) -> Network:
    """Return the network of two feeders whose equipment lies at some points, one after the other, ascending by mRID."""
    network = two_feeders().build()
    at = np.arange(len(points), dtype=np.int32)
    x, y = (np.array([point[axis] for point in points], np.float64) for axis in (0, 1))
    start, code = np.arange(len(points) + 1, dtype=np.int64), np.zeros(len(points), np.int32)
    system = system_of(crs)
    wgs84 = np.full(len(points), system is not None)
    if system is not None:
        x, y = to_degrees(system, x, y)
    return replace(network, position=PositionTable(at, start, x, y, wgs84, code, Strings.of([crs])))


def drawn(crs: str, *points: tuple[float, float]) -> list[tuple[float, float] | None] | None:
    plan = map_of(located(crs, *points))
    if plan is None:
        return None
    rounded = zip(plan.x.round(1).tolist(), plan.y.round(1).tolist(), strict=True)
    return [None if np.isnan(x) else (x, y) for x, y in rounded]


DEGREES = "urn:ogc:def:crs:EPSG::4326"
HERE = (10.0, 60.0), (10.2, 60.1)


def test_degrees_are_drawn_as_wide_as_they_are_and_north_is_up() -> None:
    """At 60 degrees a degree of longitude is half as long as one of latitude."""
    width = 0.2 * np.cos(np.radians(60.05)) / 0.1 * 10_000
    as_map = [(0.0, 10_000.0), (pytest.approx(width, abs=0.1), 0.0)]
    assert drawn(DEGREES, *HERE) == as_map
    assert drawn("OpenDSSLocalBusCoordinates", *HERE) == as_map


def test_a_plan_drawn_by_hand_is_not_squeezed() -> None:
    assert drawn("OpenDSSLocalBusCoordinates", (0, 0), (40, 20)) == [(0.0, 5000.0), (10_000.0, 0.0)]
    assert drawn("plan", (0, 0), (400, 400)) == [(0.0, 10_000.0), (10_000.0, 0.0)]


def test_what_lies_at_no_place_on_earth_is_nowhere() -> None:
    points = drawn(DEGREES, *HERE, (0, 0), (200, 60), (10, 95))
    assert points is not None and points[2:] == [None, None, None]


@pytest.mark.parametrize("points", [(), ((0, 0),), ((10, 60), (10, 60))])
def test_no_map_without_extent(points: tuple[tuple[float, float], ...]) -> None:
    assert drawn(DEGREES, *points) is None


def test_few_positions_make_no_map() -> None:
    """Six pieces of equipment lie in sections; that of one alone is known."""
    assert lay_out(prepare(located(DEGREES, *HERE))).kind == "diagram"


def test_the_same_network_gives_the_same_layout() -> None:
    assert described(lay_out(prepare(two_feeders().build()))) == described(lay_out(prepare(two_feeders().build())))
    assert described(lay_out(prepare(load([SAMPLE])))) == described(lay_out(prepare(load([SAMPLE]))))


@pytest.mark.parametrize("name", KINDS)
def test_real_models(models: Path, name: str) -> None:
    path = models / FILES[name]
    if not path.exists():
        pytest.skip(f"{path} is not there")
    grid = prepare(load([path]))
    layout = lay_out(grid)
    right(layout, grid.network)
    assert layout.kind == KINDS[name]
    assert described(layout) == described(lay_out(grid))
