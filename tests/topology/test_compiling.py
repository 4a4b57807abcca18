"""Compiling in advance: every kernel is called then, so that no operation of a service waits for the compiler."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from cim_models import machine_code
from topogroup.cli.compiling import exercise
from topogroup.topology.tracing import kernels

TRACING = Path(kernels.__file__).parents[1]


def test_every_kernel_that_the_trace_calls_is_exercised(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name: what `areas` and `room` call of the module of kernels, and what `exercise` makes them call.

    Whatever is traced is built by `joined` first, where kernels are compiled; plain ones leave it out.
    """
    monkeypatch.setenv(machine_code.SWITCH, "0")
    called: set[str] = set()

    def noting(name: str, kernel: Any) -> Any:  # noqa: ANN401 - a kernel
        def call(*given: Any) -> Any:  # noqa: ANN401 - whatever it takes
            called.add(name)
            return kernel(*given)

        return call

    for name in kernels.__all__:
        monkeypatch.setattr(kernels, name, noting(name, getattr(kernels, name)))
    exercise()
    assert called | {"joined"} == set(kernels.__all__) == _called_in(TRACING)


def _called_in(folder: Path) -> set[str]:
    """Return the names that are called of something named `kernels` in the files of a folder."""
    found = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            of_kernels = isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("kernels", "self._kernels")
            if isinstance(node, ast.Attribute) and of_kernels:
                found.add(node.attr)
    return found
