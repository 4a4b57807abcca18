"""One model in many spellings: the answers are equal, and the order of the file means nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.support import (
    Answer,
    Expected,
    ask_engine,
    check,
    comparable_engine,
    feeder,
    grid,
    on,
    partly,
    station,
)
from topogroup.testing import NetworkBuilder

SPELLINGS: dict[str, dict[str, Any]] = {
    "about": {},
    "rdf_id": {"ids": "rdf_id"},
    "rdf_id_without_mrid": {"ids": "rdf_id", "mrids": False},
    "true_with_a_capital": {"true": "True"},
    "cim16": {"namespace": "cim16"},
    "cim17": {"namespace": "cim17"},
    "cim18": {"namespace": "cim18"},
    "other_prefix": {"prefixes": ("ns0",)},
    "two_prefixes": {"prefixes": ("cim", "ns1")},
    "links_from_the_unit": {"unit_links": "unit", "pv_class": "PhotoVoltaicUnit"},
    "topological_nodes": {"nodes": "TopologicalNode"},
    "phases_at_terminals": {"phases": "terminal"},
    "kilovolts": {"base_voltage_unit": "kV", "rated_unit": "kV"},
    "shuffled": {"seed": 1},
    "shuffled_again": {"seed": 2, "ids": "rdf_id"},
}
WITH_UUIDS: dict[str, dict[str, Any]] = {
    "upper": {"uuids": "upper"},
    "lower": {"uuids": "lower"},
    "rdf_id_upper": {"uuids": "upper", "ids": "rdf_id"},
    "rdf_id_lower_without_mrid": {"uuids": "lower", "ids": "rdf_id", "mrids": False},
    "shuffled": {"uuids": "upper", "seed": 3},
}


def network() -> NetworkBuilder:
    """Return two substations, three feeders, ties, poles, a delta and a centre-tap transformer, many
    kinds of DER.
    """
    b = feeder(feeder(station(station(grid(), 1), 2), 1, phases="ABC"), 2, "bus2")
    b.feeder("FD3", substation="S1", head_terminal_of=("F3", 1)).inside("FD3")
    feeder(b, 3).inside(None)
    b.switch("TIE", "f1b", "f2b", phases="ABC", open=True)
    b.fuse("FU", "f1b", "x", phases="ABC", open_phases="A", normal_open_phases="")
    b.transformer("ST", [("x", 20_000, "D"), ("lv", 400, "Yn")]).battery("BA", "lv").pv("PVB", "lv", phases="B")
    b.centre_tap("CT", "f3b", "house", 20_000, phases="C").hybrid("HY", "house", phases="s1s2")
    b.line("L4", "f3b", "f4b", phases="B").wind("WI", "f4b", phases="B").synchronous_machine("SM", "f2b")
    return b.end_device("ED", "HY", group="G")


def expected() -> tuple[dict[str, Expected], dict[str, Expected]]:
    """Return the answer for the current and the normal state."""
    f1, low = on("~F1", "T1", "S1"), on("~F1", "T1", "S1", service="ST")
    f2, f3 = on("~F2", "T2", "S2"), on("FD3", "T1", "S1")
    normal = {"PV1": f1, "PV2": f2, "PV3": f3, "BA": low, "PVB": low, "WI": f3, "SM": f2}
    normal["HY"] = on("FD3", "T1", "S1", service="CT")
    gated = partly("~F1", "T1", "S1", service="ST")
    dead = on(energisation="unsupplied")
    current = normal | {"PVB": gated, "BA": gated | {"by_phase": {"A": dead, "B": gated, "C": gated}}}
    return current, normal


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_every_spelling_has_the_expected_answer(spelling: dict[str, Any]) -> None:
    """bus1--F1--PV1--FU(A open)--ST, bus1--F3--PV3--CT, bus2--F2--PV2, TIE open between F1 and F2."""
    current, normal = expected()
    check(network(), current, normal=normal, spelling=spelling)


@pytest.mark.parametrize("operations", [{}, {"opened": ["F1"], "closed": ["TIE"]}, {"closed": ["TIE:B"]}])
@pytest.mark.parametrize("spellings", [SPELLINGS, WITH_UUIDS], ids=["readable", "uuids"])
def test_spellings_agree(spellings: dict[str, dict[str, Any]], operations: dict[str, list[str]]) -> None:
    """The same network in all spellings, with switching by name: mRIDs and all, the answers are equal."""
    asked: dict[str, Any] = {"opened": [], "closed": [], **operations}
    first, *others = [
        comparable_engine(ask_engine(network().to_xml(**spelling), asked)) for spelling in spellings.values()
    ]
    for name, other in zip(list(spellings)[1:], others, strict=True):
        assert other == first, name


@pytest.mark.parametrize("seed", range(5))
def test_shuffling_the_file_changes_nothing(seed: int) -> None:
    """Objects and properties in any order: the whole answer of `attach --json`, findings too, is the same."""
    asked: dict[str, Any] = {"opened": ["F1:B"], "closed": ["TIE:B"]}
    plain = ask_engine(network().to_xml(), asked)
    shuffled = ask_engine(network().to_xml(seed=seed), asked)
    assert shuffled["ders"] == plain["ders"]
    assert Answer(shuffled).findings == Answer(plain).findings


def test_switches_may_be_named_by_mrid_in_any_spelling() -> None:
    """`--open` takes the name, and the mRID with or without its prefixes."""
    spelling = {"uuids": "upper", "ids": "rdf_id"}
    xml = network().to_xml(**spelling)
    from topogroup.testing import Spelling

    upper = Spelling(uuids="upper").mrid("F1")
    answers = [
        comparable_engine(ask_engine(xml, {"opened": [name]}))
        for name in ("F1", upper, upper.lower(), f"_{upper}", f"urn:uuid:{upper}", f"#_{upper}")
    ]
    assert all(answer == answers[0] for answer in answers)
