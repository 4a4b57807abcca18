"""A store filled with the sample network, shared by the tests of one file that only ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cim_models import Network, loading
from cim_models.store import nquads
from cim_models.store.store import RdfStore

SAMPLE = Path(__file__).parents[2] / "data" / "sample.xml"
MODEL = "0f0e0d0c-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Written:
    """The sample network and its N-Quads file."""

    network: Network
    path: Path
    quads: int


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Written:
    statements, _ = loading.read([SAMPLE])
    path = tmp_path_factory.mktemp("store") / "statements.nq"
    quads = nquads.write(statements, path, MODEL)
    return Written(Network.load(SAMPLE), path, quads)


@pytest.fixture(scope="module")
def filled(sample: Written) -> Iterator[RdfStore]:
    store = RdfStore()
    store.start()
    store.fill(MODEL, sample.path)
    assert store.settled(60).state == "ready"
    yield store
    store.close()
