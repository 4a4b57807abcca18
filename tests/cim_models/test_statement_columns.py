"""Statement columns: grouped by predicate, however many there are; the builder keeps no rows of its own."""

from __future__ import annotations

import pytest

from cim_models.statements import Header, StatementBuilder


@pytest.mark.parametrize(("predicates", "files"), [(3, 1), (3, 2), (32_767, 1), (32_768, 1), (32_769, 1)])
def test_rows_are_grouped_in_their_order(predicates: int, files: int) -> None:
    builder = StatementBuilder()
    builder.files += [Header("model.xml")] * files
    a, b = builder.object_named("a"), builder.object_named("b")
    codes = [builder.predicate_code(f"Own.p{number}") for number in range(predicates)]
    for subject in (b, a):
        for code in reversed(codes):
            builder.add_literal(subject, code, f"{subject} {code}")
            builder.add_reference(subject, code, b)
    columns = builder.finish()
    assert len(columns) == 4 * predicates
    for code in codes:
        subjects, values = columns.texts(f"Own.p{code}")
        assert (subjects.tolist(), values) == ([b, a], [f"{b} {code}", f"{a} {code}"])
        assert [found.tolist() for found in columns.references(f"Own.p{code}")] == [[b, a], [b, b]]


def test_the_builder_lets_go_of_its_rows() -> None:
    builder = StatementBuilder()
    builder.files.append(Header("model.xml"))
    builder.add_literal(builder.object_named("a"), builder.predicate_code("Own.p"), "text")
    columns = builder.finish()
    assert columns.texts("Own.p")[1] == ["text"]
    rows = (builder.subject, builder.predicate, builder.object, builder.literal_end, builder.literals)
    assert [len(one) for one in rows] == [0, 0, 0, 0, 0]
