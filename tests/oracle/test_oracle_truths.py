"""The oracle against the known truths of issue 2 on the real models (04, slow to read, is left to others)."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from . import OracleModel

MODELS = Path(os.environ.get("TOPOGROUP_MODELS") or Path(__file__).resolve().parents[3] / "shared" / "models")
_MODEL_03 = ("IEEE123_PV.xml", "IEEE123_PV_rdfID.xml", "IEEE123_PV_areas.xml")


def load(*parts: str) -> OracleModel:
    """A model, or a skip where it is absent."""
    path = MODELS.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return OracleModel.load([path])


def dead(attached: dict[str, dict[str, Any]]) -> set[str]:
    """DER without any supply."""
    return {k for k, d in attached.items() if d["current"]["energisation"] in ("unsupplied", "islanded")}


def test_03_three_encodings() -> None:
    """Same answer from all three; every PV has a feeder; pole A of sw1 open: exactly the six phase-A PV."""
    models = [load("03-ieee123pv-medium", name) for name in _MODEL_03]
    answers = [model.attach() for model in models]
    assert answers[0] == answers[1] == answers[2] and len(answers[0]) == 14
    assert all(d["current"]["feeders"] for d in answers[0].values())
    for model in models:
        opened = model.attach(opened=[("sw1", "A")])
        assert dead(opened) == {k for k, d in opened.items() if d["phases"] == "A"} and len(dead(opened)) == 6


def test_05_one_inverter() -> None:
    """Its one PEC hangs on feeder "Fdr 3A"."""
    model = load("05-gmdm-tbd-golden", "TBD_OUT_Mod.xml")
    (feeder,) = model.feeders()
    ((_, der),) = model.attach().items()
    assert feeder["name"] == "Fdr 3A" and der["current"]["feeders"] == [feeder["mrid"]]
    assert der["kind"] == "hybrid" and der["phases"] == "B"


def test_06_eight_breakers() -> None:
    """Eight feeders named after their breakers, one DER on the busbar."""
    model = load("06-simbench-hvmv-cgmes24-nb", "SimBench_1-HVMV-mixed-1.105-0-sw_modified.zip")
    attached = model.attach()
    count = Counter(tuple(d["current"]["feeders"]) for d in attached.values() if d["current"]["transformers"])
    assert count.pop(()) == 1
    assert sorted(count.values()) == [7, 7, 9, 10, 11, 12, 19, 26]
    assert all(f["rule"] == "derived" and f["name"].startswith("MV1.105 Switch") for f in model.feeders())


def test_10_each_breaker_isolates_its_own() -> None:
    """Opening each feeder breaker leaves exactly its own DER without supply."""
    model = load("10-maple10-two-substations", "maple10nodebreaker.xml")
    base = model.attach()
    for feeder in model.feeders():
        own = {k for k, d in base.items() if d["current"]["feeders"] == [feeder["mrid"]]}
        assert dead(model.attach(opened=feeder["head"])) == own
    assert len(model.feeders()) == 11


def test_01_and_11() -> None:
    """One feeder each that holds every DER; 11 has two sources and two substations of its own making."""
    for parts, name in (
        (("01-ieee13-tiny", "IEEE13.xml"), "brkr1"),
        (("11-cimbuilder-double-bus-two-feeders", "double_bus_and_feeders.xml"), "brkr1"),
    ):
        model = load(*parts)
        mrid = next(f["mrid"] for f in model.feeders() if f["name"] == name)
        assert [d["current"]["feeders"] for d in model.attach().values()] == [[mrid]] * 5
