"""Services for the tests of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.live import SAMPLE, Live, live


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Live]:
    """Return a service with the sample network and a group for each feeder."""
    with live(tmp_path / "data", SAMPLE, templates=("feeder",)) as running:
        yield running


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Return a service with groups by feeder and substation, which all tests of a module share: for reading alone."""
    folder = tmp_path_factory.mktemp("unchanged") / "data"
    with live(folder, SAMPLE, templates=("feeder", "substation")) as running:
        yield running
