"""Machine code is used for just the sources that it was made of."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cim_models.machine_code import MachineCode, is_possible


def other_text(package: Path) -> None:
    (package / "kernels" / "inner.py").write_text("B = 2\n")


def other_time(package: Path) -> None:
    os.utime(package / "outer.py", ns=(1, 1))


def other_file(package: Path) -> None:
    (package / "kernels" / "new.py").write_text("")


@pytest.mark.skipif(not is_possible(), reason="numba is not installed")
@pytest.mark.parametrize("changed", [other_text, other_time, other_file])
def test_what_was_compiled_of_other_sources_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: Callable[[Path], None]
) -> None:
    """A kernel that another file holds may be part of any machine code, which numba does not see."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    package = tmp_path / "package"
    (package / "kernels").mkdir(parents=True)
    (package / "outer.py").write_text("A = 1\n")
    (package / "kernels" / "inner.py").write_text("B = 1\n")

    def code() -> MachineCode:
        return MachineCode("own", str(package / "here.py"), ("outer.py", "kernels/*.py"))

    assert not code().is_complete()
    code().note_complete()
    assert code().is_complete()
    assert not MachineCode("another", str(package / "here.py"), ("outer.py", "kernels/*.py")).is_complete()
    changed(package)
    assert not code().is_complete()
