"""What no switch changes, on networks by the dice: engine and oracle know the same substations, heads and sides."""

from __future__ import annotations

import pytest

from cim_models import load_text
from tests.oracle import OracleModel
from tests.properties.beside import require_same_structure
from tests.properties.deep_networks import deep_network
from tests.properties.networks import network
from tests.properties.test_trace_at_random import Dice
from topogroup.topology.structure.grid import prepare

NETWORKS = 40


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_deep_networks(seed: int) -> None:
    """Four voltages one below the other, containers and heads on each of them."""
    drawn = deep_network(Dice(seed), 3 + seed % 10)
    xml = drawn.builder.to_xml()
    grid = prepare(load_text(xml), per_phase=seed % 2 > 0, heads=drawn.heads)
    require_same_structure(grid, OracleModel.from_xml(xml), drawn.heads)


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_networks_as_utilities_build_them(seed: int) -> None:
    """Without a heads file, and with one that names some of the switches that join two nodes."""
    dice = Dice(seed)
    xml = network(dice).builder.to_xml()
    model, oracle = load_text(xml), OracleModel.from_xml(xml)
    require_same_structure(prepare(model, per_phase=seed % 2 > 0), oracle)
    pole = model.pole
    joining = set(pole.equipment[(pole.node1 >= 0) & (pole.node2 >= 0) & (pole.node1 != pole.node2)].tolist())
    names = [model.equipment.id[e] for e in sorted(joining) if dice.chance(30)]
    heads = [{"name": f"head {name}", "head": name} for name in names]
    require_same_structure(prepare(model, per_phase=seed % 2 > 0, heads=heads), oracle, heads)
