"""The examples of docs/interop.md run, and do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "interop.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_run(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found: dict[str, Any] = {}
    exec(code, found)
    if "network" in found:
        network = found["network"]
        (opened,) = [e for e in range(len(network.equipment.id)) if network.equipment.name[e] == "S1-F1-CB"]
        assert network.pole.normal_open[network.pole.equipment == opened].all()
    elif "names" in found:
        assert len(found["names"]) == 16
    else:
        assert found["with_ders"]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3
