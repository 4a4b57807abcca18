"""An engine over the small network, with a template by feeder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.made import Running, small_models


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Return an engine with the first version of the network and groups by feeder; both told already."""
    made = Running(tmp_path, small_models())
    made.activate("first")
    made.template("feeder")
    assert made.new_events() == ["r2 created F1 1.0.0 +B1(rule) +PV1(rule)", "r2 created F2 1.0.0 +PV2(rule)"]
    yield made
    made.close()
