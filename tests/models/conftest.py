"""The models by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.loaded import FILES, Model

ByName = Callable[[str], Model]


@pytest.fixture(scope="session")
def model(models: Path, request: pytest.FixtureRequest) -> ByName:
    """Return a function from our name of a model to the model; it skips where the file is absent."""
    known: dict[str, Model] = {}
    cache = getattr(request.config, "cache", None)

    def by_name(name: str) -> Model:
        path = models / FILES[name]
        if not path.exists():
            pytest.skip(f"{path} is absent; TOPOGROUP_MODELS names the folder of models")
        if name not in known:
            folder = None if cache is None else Path(cache.mkdir(f"oracle-{name}"))
            known[name] = Model(path, folder)
        return known[name]

    return by_name
