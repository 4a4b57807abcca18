"""Membership changes on model 04: exactly the DER that leave one group and join the other."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.compare import Asked, of_engine
from tests.models.conftest import ByName

TIE, SWITCH = "tsw803273_sw", "x8223_48332_sw"
"""A three-phase tie between sub2 and sub3, and a switch half way from sub2 to it: 27 DER move."""

SINGLE_PHASE_TIE = "tsw568613_sw"
"""Phase A only, between sub2 and sub3: of the 27 DER behind the same switch 7 move, 20 lose their supply."""

pytestmark = pytest.mark.xdist_group("model04")


def changes(model: ByName, tie: str, switch: str) -> dict[str, Any]:
    """Return what `topogroup changes --by substation --json` says, by the name of the group."""
    program = "from topogroup.cli.app import main; main()"
    words = ["changes", str(model("04").path), "--by", "substation", "--close", tie, "--open", switch, "--json"]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {change["group"]["name"]: change for change in json.loads(done.stdout)["changes"]}


def moved(model: ByName, tie: str, switch: str) -> tuple[set[str], set[str]]:
    """Return who leaves sub2 and who joins sub3, by the attachments before and after."""
    network = model("04").network
    names = {name: mrid for mrid, name in model("04").names().items()}
    before = of_engine(network, Asked())
    after = of_engine(network, Asked(opened=[switch], closed=[tie]))

    def under(answer: dict[str, Any], transformer: str) -> set[str]:
        return {mrid for mrid, der in answer.items() if names[transformer] in der["current"]["transformers"]}

    left = under(before, "hvmv69_11sub2") - under(after, "hvmv69_11sub2")
    return left, under(after, "hvmv69_11sub3") - under(before, "hvmv69_11sub3")


def test_moved_der_leave_and_join(model: ByName) -> None:
    """27 DER leave sub2 and join sub3, for the same reason; nothing else changes."""
    left, joined = moved(model, TIE, SWITCH)
    assert left == joined and len(left) == 27
    found = changes(model, TIE, SWITCH)
    assert set(found) == {"hvmv69_11sub2", "hvmv69_11sub3"}
    old, new = found["hvmv69_11sub2"], found["hvmv69_11sub3"]
    assert {member["mrid"] for member in old["left"]} == {member["mrid"] for member in new["joined"]} == left
    assert not old["joined"] and not new["left"]
    assert {member["reason"] for member in (*old["left"], *new["joined"])} == {"moved"}
    assert (old["verb"], new["verb"]) == ("executed", "changed")
    for change in (old, new):
        assert (change["previous_version"], change["version"]) == ("1.0.0", "1.1.0")
    names = model("04").names()
    assert all(member["name"] == names[member["mrid"]] for member in (*old["left"], *new["joined"]))


@pytest.mark.thorough
def test_over_a_single_phase_tie_only_that_phase_moves(model: ByName) -> None:
    """7 DER of phase A move, 20 of the others only lose their supply."""
    left, joined = moved(model, SINGLE_PHASE_TIE, SWITCH)
    assert len(left) == 27 and len(joined) == 7 and joined < left
    found = changes(model, SINGLE_PHASE_TIE, SWITCH)
    assert set(found) == {"hvmv69_11sub2", "hvmv69_11sub3"}
    reasons = {member["mrid"]: member["reason"] for member in found["hvmv69_11sub2"]["left"]}
    assert reasons == {mrid: "moved" if mrid in joined else "lost_supply" for mrid in left}
    assert {member["mrid"]: member["reason"] for member in found["hvmv69_11sub3"]["joined"]} == dict.fromkeys(
        joined, "moved"
    )


def test_a_tie_alone_parallels_and_moves_nobody(model: ByName) -> None:
    """With the tie closed and nothing open, both substations feed both areas: template groups keep the normal one."""
    found = changes(model, TIE, TIE)  # closed first, then opened: as it was
    assert found == {}
