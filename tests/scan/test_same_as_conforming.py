"""Whatever stands in a document: scanner and fallback together give what the conforming reader gives.

Most documents are rolled from seeds, which costs next to nothing; Hypothesis adds some and finds the smallest that
fails. With TOPOGROUP_HYPOTHESIS=random both try more, as many as TOPOGROUP_EXAMPLES says: see `tests/conftest.py`.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.both import assert_same, by, document, is_scanned
from tests.scan.made import Made, Rolled, damaged, damaged_by, document_by, documents

WINDOWS = [1 << 16, 4096, 2048]
ROLLED = max(100, settings().max_examples)
"""Documents of one seed."""

hypothesis = settings(max_examples=max(1, settings().max_examples // 2))
"""To make a document takes Hypothesis ten times as long as to read it both ways."""

pytestmark = pytest.mark.xdist_group("scan")  # one worker compiles, if need be


@pytest.mark.parametrize("seed", range(3))
def test_well_behaved_documents_are_scanned(seed: int) -> None:
    chance = Rolled(f"well-behaved {seed}")
    for _ in range(ROLLED):
        made = document_by(chance, odd=False)
        assert made.plain
        assert is_scanned(document(made.data)), made.data
        assert "ids" in assert_same([document(made.data)]), made.data


@pytest.mark.parametrize("window_bytes", WINDOWS)
@pytest.mark.parametrize("seed", range(3))
def test_odd_documents(window_bytes: int, seed: int) -> None:
    chance = Rolled(f"odd {window_bytes} {seed}")
    for _ in range(ROLLED):
        assert_same([document(document_by(chance).data)], window_bytes)


@pytest.mark.parametrize("window_bytes", WINDOWS)
@pytest.mark.parametrize("seed", range(4))
def test_damaged_documents(window_bytes: int, seed: int) -> None:
    chance = Rolled(f"damaged {window_bytes} {seed}")
    for _ in range(ROLLED):
        assert_same([document(damaged_by(chance).data)], window_bytes)


def test_what_is_made_is_of_all_kinds() -> None:
    chance = Rolled("kinds")
    kinds = {"scanned": 0, "fallen back": 0, "refused": 0}
    for number in range(ROLLED):
        one = document((document_by(chance) if number % 2 else damaged_by(chance)).data)
        refused = "error" in by([one], fast=False)
        assert not (refused and is_scanned(one))
        kinds["refused" if refused else "scanned" if is_scanned(one) else "fallen back"] += 1
    assert min(kinds.values()) > ROLLED // 20


@hypothesis
@given(documents(), st.sampled_from(WINDOWS))
def test_odd_documents_of_hypothesis(made: Made, window_bytes: int) -> None:
    assert_same([document(made.data)], window_bytes)


@hypothesis
@given(damaged(), st.sampled_from(WINDOWS))
def test_damaged_documents_of_hypothesis(made: Made, window_bytes: int) -> None:
    assert_same([document(made.data)], window_bytes)


@pytest.mark.parametrize("seed", range(2))
def test_several_documents_are_one_network(seed: int) -> None:
    # a processing instruction is for the conforming reader: documents come by either way, in any order
    chance = Rolled(f"several {seed}")
    for _ in range(ROLLED):
        made = [document_by(chance, odd=False).data for _ in range(chance.number(2, 3))]
        data = [one + chance.one_of([b"", b"<?pi?>"]) for one in made]
        found = assert_same([document(one, f"{number}.xml") for number, one in enumerate(data)])
        assert len(found["files"]) == len(data)
