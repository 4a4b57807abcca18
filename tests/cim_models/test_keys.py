from __future__ import annotations

import numpy as np

from cim_models import load_text
from cim_models.keys import carried, positions
from cim_models.network import Network
from topogroup.testing import NetworkBuilder


def feeder(*loads: str) -> Network:
    b = NetworkBuilder().energy_source("G", "n1", 20_000).line("L", "n1", "n2")
    for name in loads:
        b.load(name, "n2")
    return load_text(b.to_xml())


def keys_by_id(network: Network) -> dict[str, int]:
    return dict(zip(network.equipment.id, network.equipment.key.tolist(), strict=True))


def test_first_version_is_numbered_by_mrid() -> None:
    assert keys_by_id(feeder("A", "B")) == {"A": 0, "B": 1, "G": 2, "L": 3}


def test_keys_outlive_versions_and_are_never_given_again() -> None:
    first = feeder("A", "B")
    second, free = carried(feeder("A", "C"), first, 4)
    assert (keys_by_id(second), free) == ({"A": 0, "C": 4, "G": 2, "L": 3}, 5)
    third, free = carried(feeder("B", "C", "0"), second, free)
    assert (keys_by_id(third), free) == ({"0": 5, "B": 6, "C": 4, "G": 2, "L": 3}, 7)


def test_positions_lead_back() -> None:
    second, _ = carried(feeder("A", "C"), feeder("A", "B"), 4)
    found = positions(second, np.array([4, 1, 0, 99], np.int64))
    assert [second.equipment.id[p] if p >= 0 else None for p in found.tolist()] == ["C", None, "A", None]
