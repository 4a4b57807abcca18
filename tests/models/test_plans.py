"""Switching plans on model 04: each step does what its operations do when they are asked for one by one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.compare import Asked, of_engine
from tests.models.conftest import ByName
from tests.models.test_group_changes import SWITCH, TIE

BREAKER = "hvmv69s2b2_sw"
"""The head of the feeder of sub2, on which 130 DER hang."""

pytestmark = pytest.mark.xdist_group("model04")


def planned(model: ByName, folder: Path, *rows: str) -> dict[str, Any]:
    """Return what `topogroup plan --by substation --json` says of a plan."""
    path = folder / "plan.csv"
    path.write_text("\n".join(["step,switch,action,phases,at,comment,place,place2,until", *rows]))
    program = "from topogroup.cli.app import main; main()"
    words = ["plan", str(model("04").path), str(path), "--by", "substation", "--json"]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def under(model: ByName, transformer: str, asked: Asked) -> set[str]:
    """Return the DER that a substation transformer supplies."""
    mrid = model("04").mrid(transformer)
    found = of_engine(model("04").network, asked)
    return {der for der, said in found.items() if mrid in said["current"]["transformers"]}


def sizes(step: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return how many joined and left each group."""
    return {group["name"]: (len(group["joined"]), len(group["left"])) for group in step["groups"]}


def test_a_tie_is_closed_and_what_it_feeds_moves(model: ByName, tmp_path: Path) -> None:
    """27 DER move without being dark, two substations run in parallel for a step; undone, nothing is left of it."""
    rows = (f"1,{TIE},close", f"2,{SWITCH},open", f"3,{SWITCH},close", f"4,{TIE},open")
    answer = planned(model, tmp_path, *rows)
    first, second, third, fourth = answer["steps"]
    assert sizes(first) == sizes(fourth) == {}
    assert sizes(second) == {"hvmv69_11sub2": (0, 27), "hvmv69_11sub3": (27, 0)}
    assert sizes(third) == {"hvmv69_11sub2": (27, 0), "hvmv69_11sub3": (0, 27)}
    tied = Asked(closed=[TIE])
    both = under(model, "hvmv69_11sub2", tied) & under(model, "hvmv69_11sub3", tied)
    for step in (first, third):
        assert both <= set(step["paralleled"]) and len(step["substations_paralleled"]) == 1
    assert all(step["substations_paralleled"] == [] for step in (second, fourth))
    assert all(step["unsupplied"] == [] for step in answer["steps"])
    assert answer["net"]["groups"] == []


@pytest.mark.thorough
def test_a_feeder_breaker_opens_and_a_tie_takes_over(model: ByName, tmp_path: Path) -> None:
    """130 DER lose their supply, the tie brings back those that it reaches; a jumper in its place does the same."""
    lost = under(model, "hvmv69_11sub2", Asked())
    after = Asked(opened=[BREAKER], closed=[TIE])
    back = under(model, "hvmv69_11sub3", after) - under(model, "hvmv69_11sub3", Asked())
    assert len(lost) == 130 and back <= lost and back
    for second in (f"2,{TIE},close", f"2,J1,jumper,,,,{TIE}/1,{TIE}/2"):
        answer = planned(model, tmp_path, f"1,{BREAKER},open", second)
        assert sizes(answer["steps"][0]) == {"hvmv69_11sub2": (0, 130)}
        assert set(answer["steps"][0]["unsupplied"]) == lost
        assert sizes(answer["steps"][1]) == {"hvmv69_11sub3": (len(back), 0)}
        assert set(answer["steps"][1]["unsupplied"]) == lost - back
        assert sizes(answer["net"]) == {"hvmv69_11sub2": (0, 130), "hvmv69_11sub3": (len(back), 0)}
