"""The real models, each read once per session by the engine and once by the oracle.

rdflib takes half a minute for model 04. What it read is kept in pytest's cache as plain JSON, under a key made of
the model and of the oracle's code.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pytest

from cim_models import Network, load
from tests import oracle as oracle_package
from tests.oracle import OracleModel
from tests.oracle.reading import Record, Store

_IEEE123: Final = "03-ieee123pv-medium"
FILES: Final[dict[str, str]] = {
    "01": "01-ieee13-tiny/IEEE13.xml",
    "03": f"{_IEEE123}/IEEE123_PV.xml",
    "03-rdf-id": f"{_IEEE123}/IEEE123_PV_rdfID.xml",
    "03-areas": f"{_IEEE123}/IEEE123_PV_areas.xml",
    "04": "04-ieee9500bal-large/ieee9500bal.xml.gz",
    "05": "05-gmdm-tbd-golden/TBD_OUT_Mod.xml",
    "06": "06-simbench-hvmv-cgmes24-nb/SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip",
    "07": "07-minigrid-cgmes24-nb/CGMES_v2.4.15_MiniGridTestConfiguration_T1_Complete_v3.zip",
    "10": "10-maple10-two-substations/maple10nodebreaker.xml",
    "11": "11-cimbuilder-double-bus-two-feeders/double_bus_and_feeders.xml",
}
"""Our name of each model → its file."""


@dataclass
class Model:
    """One real model, as engine and oracle know it."""

    path: Path
    cache: Path | None

    @cached_property
    def network(self) -> Network:
        """The model as the engine read it."""
        return load([self.path])

    @cached_property
    def oracle(self) -> OracleModel:
        """The model as the oracle read it; its hundreds of thousands of records never become garbage."""
        gc.disable()
        try:
            read = self._read()
            read.attach()
            gc.freeze()
        finally:
            gc.enable()
        return read

    def _read(self) -> OracleModel:
        if self.cache is None or self.path.stat().st_size < 1_000_000:
            return OracleModel.load([self.path])
        kept = self.cache / f"{_digest(self.path)}.json"
        if kept.exists():
            return OracleModel(_from_json(kept))
        oracle = OracleModel.load([self.path])
        for old in self.cache.glob("*.json"):
            old.unlink(missing_ok=True)
        _to_json(oracle.store, kept)
        return oracle

    def mrid(self, name: str) -> str:
        """Return the mRID of the one piece of equipment of this name."""
        table = self.network.equipment
        (found,) = [table.id[e] for e, its in enumerate(table.name) if its == name]
        return found

    def names(self) -> dict[str, str]:
        """Return mRID → name of all equipment."""
        table = self.network.equipment
        return dict(zip(table.id, table.name, strict=True))


def each(*names: str, thorough: Sequence[str] = ()) -> list[object]:
    """Return parameters for these models; all tests of one model run in one process, which reads it once.

    Args:
        names: our names of the models.
        thorough: those among them with which a test takes long.
    """
    group = {name: [pytest.mark.xdist_group(f"model{name[:2]}")] for name in names}
    return [
        pytest.param(name, marks=marks + [pytest.mark.thorough] * (name in thorough)) for name, marks in group.items()
    ]


def _digest(path: Path) -> str:
    """Return the key under which a reading is kept."""
    code = sorted(Path(str(oracle_package.__file__)).parent.glob("*.py"))
    whole = hashlib.sha256()
    for part in (path, *code):
        whole.update(hashlib.sha256(part.read_bytes()).digest())
    return f"{path.name.partition('.')[0]}-{whole.hexdigest()}"


def _to_json(store: Store, path: Path) -> None:
    """Write the records; the file appears whole or not at all."""
    plain = {key: [sorted(record.types), record.props] for key, record in store.records.items()}
    half = path.with_suffix(f".{os.getpid()}")
    half.write_text(json.dumps(plain), encoding="utf-8")
    half.replace(path)


def _from_json(path: Path) -> Store:
    store = Store()
    for key, (types, props) in json.loads(path.read_text(encoding="utf-8")).items():
        store.records[key] = Record(set(types), props)
    return store
