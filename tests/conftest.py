"""What all tests share: where the real models lie, which tests take long, and how many examples Hypothesis tries.

TOPOGROUP_MODELS names the folder of models. TOPOGROUP_THOROUGH=1 runs all tests, with a hundred examples each; without
it those marked `thorough` skip (the largest real model beside the oracle, compiled kernels, kills in a storm, an
installed wheel), and there are half as many examples. TOPOGROUP_HYPOTHESIS=random hunts with fresh examples, as many as
TOPOGROUP_EXAMPLES says; otherwise the examples are the same on every run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

# kernels are plain unless a test asks for compiled ones; services in tests compile nothing beside them
os.environ.setdefault("TOPOGROUP_COMPILED", "0")

THOROUGH = os.environ.get("TOPOGROUP_THOROUGH") == "1"

settings.register_profile(
    "fixed", max_examples=100 if THOROUGH else 50, derandomize=True, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile(
    "random",
    max_examples=int(os.environ.get("TOPOGROUP_EXAMPLES") or 2000),
    deadline=None,
    suppress_health_check=_SLOW,
    print_blob=True,
)
settings.load_profile("random" if os.environ.get("TOPOGROUP_HYPOTHESIS") == "random" else "fixed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what takes long, and say so."""
    skip = pytest.mark.skip(reason="takes long: make test THOROUGH=1 runs it")
    for item in items:
        if not THOROUGH and item.get_closest_marker("thorough"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def models() -> Path:
    """Return the folder of real models, which may be absent: whoever needs a file in it skips without."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "models"
    return Path(os.environ.get("TOPOGROUP_MODELS") or beside)
