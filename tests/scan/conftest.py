"""What these tests share: documents of any size are scanned, with compiled kernels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cim_models import limits, machine_code
from cim_models.scan import compiling


@pytest.fixture(autouse=True, scope="session")
def scanned_from_one_byte() -> Iterator[None]:
    """Scan documents however small; skip where there is no compiler."""
    if not machine_code.is_possible():
        pytest.skip("numba is not installed")
    compiling.compile_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "SCANNED_BYTES_MIN", 1)
        yield
