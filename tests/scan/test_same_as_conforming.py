"""Whatever stands in a document: scanner and fallback together give what the conforming reader gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.both import assert_same, document, is_scanned
from tests.scan.made import Made, documents, mutated

WINDOWS = st.sampled_from([1 << 16, 4096, 2048])


@given(documents(odd=False))
def test_well_behaved_documents_are_scanned(made: Made) -> None:
    assert is_scanned(document(made.data))
    assert "ids" in assert_same([document(made.data)])


@settings(max_examples=400)
@given(documents(), WINDOWS)
def test_odd_documents(made: Made, window_bytes: int) -> None:
    assert_same([document(made.data)], window_bytes)


@settings(max_examples=600)
@given(mutated(), WINDOWS)
def test_damaged_documents(made: Made, window_bytes: int) -> None:
    assert_same([document(made.data)], window_bytes)


@given(st.lists(documents(odd=False), min_size=2, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3))
def test_several_documents_are_one_network(made: list[Made], spoilt: list[bool]) -> None:
    # a processing instruction is for the conforming reader: documents come by either way, in any order
    data = [one.data + (b"<?pi?>" if bad else b"") for one, bad in zip(made, spoilt, strict=False)]
    found = assert_same([document(one, f"{number}.xml") for number, one in enumerate(data)])
    assert len(found["files"]) == len(data)
