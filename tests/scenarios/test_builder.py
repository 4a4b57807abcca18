"""The builder itself: same text on every run, readable ids, and mistakes that are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.support import feeder, grid, station
from topogroup.testing import NetworkBuilder


def test_same_network_same_text(tmp_path: Path) -> None:
    """Two builders with the same words write the same bytes, also shuffled and into a file."""
    for spelling in ({}, {"seed": 7}, {"uuids": "lower", "ids": "rdf_id"}):
        first, second = (feeder(station(grid()), 1) for _ in range(2))
        assert first.to_xml(**spelling) == second.to_xml(**spelling)
    assert first.write(tmp_path / "net.xml").read_text(encoding="utf-8") == second.to_xml()


def test_writing_leaves_the_builder_as_it_was() -> None:
    """A network can be written, extended and written again."""
    b = feeder(station(grid()), 1)
    once = b.to_xml()
    b.to_xml(phases="terminal", unit_links="unit")
    assert b.to_xml() == once
    assert b.line("L2", "f1b", "f2b").to_xml() != once


def test_ids_are_names_where_they_can_be() -> None:
    """Letters, digits, `-` and `.` stay; other names get a readable form with a checksum."""
    b = NetworkBuilder().switch("F1-CB", "a", "b").switch("Feeder 1 (north)", "a", "b")
    assert b.mrid("F1-CB") == "F1-CB"
    assert b.mrid("Feeder 1 (north)").startswith("Feeder-1-north.")
    assert b.mrid("6C62C905-6FC7-4EB9-B1B4-4B1F9B5E0B5F") == "6c62c905-6fc7-4eb9-b1b4-4b1f9b5e0b5f"
    assert b.mrid("Feeder 1 (north)") != b.mrid("Feeder 1 [north]")


def test_mistakes_are_told() -> None:
    """A name used twice, a container that is not there, two voltages on one line, a phase that is none."""
    with pytest.raises(ValueError, match="already belongs to a Breaker"):
        NetworkBuilder().breaker("X", "a", "b").line("X", "a", "b")
    with pytest.raises(ValueError, match="names no object: 'S9'"):
        NetworkBuilder().line("L", "a", "b", container="S9").to_xml()
    with pytest.raises(ValueError, match="joins nodes of"):
        grid().line("L", "hv", "mv").node("mv", volts=20_000).to_xml()
    with pytest.raises(ValueError, match="no phase code"):
        NetworkBuilder().line("L", "a", "b", phases="ABX")


def test_build_loads_through_the_reader() -> None:
    """`build` gives what a file of the same text gives."""
    assert feeder(station(grid()), 1).build() is not None
