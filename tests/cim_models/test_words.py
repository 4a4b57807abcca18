"""The small words: phase codes, identifiers, tables of texts, namespaces."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_models import phase_codes as codes
from cim_models.identifiers import canonical, derived
from cim_models.namespaces import local_name
from cim_models.strings import Strings

UPPER = "276809DF-6493-4DAE-A7BB-AD78A5F0DA95"


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("A", codes.A),
        ("ABC", codes.ABC),
        ("ABCN", codes.ABC | codes.N),
        ("PhaseCode.AB", codes.A | codes.B),
        ("SinglePhaseKind.s1", codes.S1),
        ("OrderedPhaseCodeKind.Ns2", codes.N | codes.S2),
        ("s12N", codes.SPLIT | codes.N),
        ("s1s2", codes.SPLIT),
        ("BA", codes.A | codes.B),
        ("N", codes.N),
        ("none", 0),
        ("", 0),
        ("X", None),
        ("ABX", None),
        ("s3", None),
        ("A B", None),
        ("abc", None),
        ("AA", None),
        ("ABA", None),
        ("s12s1", None),
    ],
)
def test_phase_codes_are_read(text: str, mask: int | None) -> None:
    assert codes.mask_of(text) == mask


def test_every_mask_has_its_code_and_back() -> None:
    for mask in range(codes.ALL + 1):
        assert codes.mask_of(codes.code_of(mask)) == mask
    assert codes.code_of(codes.ABC | codes.N) == "ABC"


@pytest.mark.parametrize(
    "spelling",
    [
        UPPER,
        UPPER.lower(),
        f"_{UPPER}",
        f"#_{UPPER}",
        f"urn:uuid:{UPPER}",
        f"urn:uuid:_{UPPER.lower()}",
        f"URN:UUID:{UPPER}",
        f"http://example.org/base.xml#_{UPPER}",
        f" {UPPER}\n",
    ],
)
def test_one_uuid_in_all_spellings(spelling: str) -> None:
    assert canonical(spelling) == UPPER.lower()


@pytest.mark.parametrize(
    ("spelling", "mrid"),
    [
        ("#_FUS0001", "FUS0001"),
        ("KAB993", "KAB993"),
        ("istdistd-istd-istd-istd-istdistdistd", "istdistd-istd-istd-istd-istdistdistd"),
        ("_A_B", "A_B"),
        ("fuse status", "fuse status"),
        ("#http://iec.ch/TC57/CIM100#PhaseCode.ABC", "PhaseCode.ABC"),
        ("a:b:A", "a:b:A"),
    ],
)
def test_ids_that_are_no_uuid_keep_their_case(spelling: str, mrid: str) -> None:
    assert canonical(spelling) == mrid


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True))
def test_every_spelling_of_an_id_leads_to_it(mrid: str) -> None:
    spellings = [mrid, f"_{mrid}", f"#_{mrid}", f"#{mrid}", f"urn:uuid:{mrid}", f"http://x.org/#_{mrid}"]
    assert {canonical(spelling) for spelling in spellings} == {canonical(mrid)}


def test_derived_ids_are_those_of_the_design() -> None:
    namespace = uuid.uuid5(uuid.NAMESPACE_OID, "topogroup")
    assert derived("feeder:CB") == str(uuid.uuid5(namespace, "feeder:CB"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=8))
def test_strings_give_back_what_they_were_given(texts: list[str]) -> None:
    table = Strings.of(texts)
    assert list(table) == texts
    assert [table[i] for i in range(len(table))] == texts
    assert [table[-i - 1] for i in range(len(table))] == texts[::-1]
    assert table == Strings.of(iter(texts))
    assert table != Strings.of([*texts, ""])
    with pytest.raises(IndexError):
        table[len(texts)]
    with pytest.raises(IndexError):
        table[-len(texts) - 1]


def test_strings_find_only_what_is_there() -> None:
    table = Strings.of(["a", "b", "ä"])
    assert [table.find(text) for text in ("a", "b", "ä", "", "c", "z")] == [0, 1, 2, -1, -1, -1]
    assert Strings.of([]).find("a") == -1
    assert table.end.dtype == np.int64
    assert table.blob.dtype == np.uint8


@pytest.mark.parametrize(
    "namespace",
    [
        "http://iec.ch/TC57/2013/CIM-schema-cim16#",
        "http://iec.ch/TC57/2012/CIM-schema-cim17#",
        "http://iec.ch/TC57/2016/CIM-schema-cim17#",
        "http://iec.ch/TC57/CIM100#",
        "http://ucaiug.org/61970cim18v02_61968cim14v00#",
        "http://ucaiug.org/ns/CIM#",
        "https://cim.ucaiug.io/ns#",
        "http://iec.ch/TC57/CIM100-European#",
    ],
)
def test_names_of_cim_are_known_by_their_local_part(namespace: str) -> None:
    assert local_name(f"{{{namespace}}}Switch.open") == "Switch.open"


def test_names_of_others_stay_whole() -> None:
    assert local_name("{http://example.org/x#}Switch.open") == "{http://example.org/x#}Switch.open"
    assert local_name("Switch.open") == "Switch.open"
