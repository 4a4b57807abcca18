"""The incremental trace equals the full recompute after every operation, in every network, for every DER and word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_models import load_text, machine_code
from tests.properties.networks import Drawn, networks
from tests.properties.test_attachment import examples
from topogroup.topology.answers.report import AttachmentReport
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import Grid, prepare
from topogroup.topology.supplying.attachment import LISTS, Attachments, DerRows, attachments, der_rows
from topogroup.topology.supplying.comparison import changed_ders
from topogroup.topology.tracing import areas, room
from topogroup.topology.tracing.trace import Trace, TraceChange


def require_same(rows: DerRows, found: Attachments, expected: Attachments) -> None:
    """Require two answers to be one, row by row and DER by DER."""
    for name in ("row_energisation", "row_flags", "energisation", "paralleled", "back_fed", "in_service", "uncertain"):
        one, other = getattr(found, name), getattr(expected, name)
        assert np.array_equal(one, other), (name, one, other)
    for table, against in ((found.row_links, expected.row_links), (found.links, expected.links)):
        assert set(table) == set(against) == set(LISTS)
        for name in LISTS:
            assert table[name].start.tolist() == against[name].start.tolist(), name
            assert table[name].item.tolist() == against[name].item.tolist(), name
    assert changed_ders(rows, found, expected).size == 0
    assert np.array_equal(found.live.live[rows.vertex], expected.live.live[rows.vertex])
    assert np.array_equal(found.live.whole[rows.vertex], expected.live.whole[rows.vertex])


def require_excerpts(rows: DerRows, trace: Trace, change: TraceChange, full: tuple[Attachments, Attachments]) -> None:
    """Require what the trace says of the changed DER alone to be what the full answers say of them."""
    excerpts = trace.excerpts(change)
    if excerpts is None:
        return
    row = np.flatnonzero(np.isin(rows.der, change.ders))
    for found, expected in zip(excerpts, full, strict=True):
        for name in ("row_energisation", "row_flags"):
            assert np.array_equal(getattr(found, name), getattr(expected, name)[row]), name
        for name in ("energisation", "paralleled", "back_fed", "in_service", "uncertain"):
            assert np.array_equal(getattr(found, name), getattr(expected, name)[change.ders]), name
        for name in LISTS:
            one = [found.links[name].of(at).tolist() for at in range(change.ders.size)]
            assert one == [expected.links[name].of(at).tolist() for at in change.ders.tolist()], name


def in_words(grid: Grid, rows: DerRows, state: Attachments, normal: Attachments) -> list[object]:
    """Return what a report says of every DER in a state."""
    return [der.current.as_dict() for der in AttachmentReport(grid, rows, normal, state)]


@st.composite
def batches(draw: st.DrawFn, poles: int) -> list[list[tuple[int, int]]]:
    """Draw batches of (pole, open phases)."""
    if not poles:
        return []
    one = st.tuples(st.integers(0, poles - 1), st.sampled_from([0, 255, 1, 2, 4, 6]))
    return draw(st.lists(st.lists(one, min_size=1, max_size=4, unique_by=lambda pair: pair[0]), max_size=6))


@pytest.mark.parametrize("compiled", ["0", pytest.param("1", marks=pytest.mark.thorough)])
@examples(0.8)
@given(networks(), st.booleans(), st.booleans(), st.data())
def test_every_operation(compiled: str, drawn: Drawn, per_phase: bool, small: bool, data: st.DataObject) -> None:
    """Answers and lists of changed DER are those of full recomputes, also where everything is built anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(machine_code.SWITCH, compiled)
        if small:
            patch.setattr(areas, "BUDGET_MIN", 3)
        patch.setattr(room, "ROWS_MIN", data.draw(st.sampled_from((1, 2, 2_000))))
        network = load_text(drawn.builder.to_xml())
        grid = prepare(network, per_phase=per_phase)
        rows = der_rows(grid)
        for start in (normal_state(network), current_state(network)):
            state = start
            trace = Trace(grid, rows, state)
            before = attachments(grid, rows, state)
            require_same(rows, trace.attachments(), before)
            words = in_words(grid, rows, before, before)
            for batch in data.draw(batches(network.pole.side1.size)):
                poles = np.array([pole for pole, _ in batch], np.int64)
                masks = np.array([mask for _, mask in batch], np.uint8) & network.pole.side1[poles]
                opened = state.open.copy()
                opened[poles] = masks
                state = replace(state, open=opened)
                change = trace.operate(poles, masks)
                after = attachments(grid, rows, state)
                require_same(rows, trace.attachments(), after)
                assert change.ders.tolist() == changed_ders(rows, before, after).tolist()
                require_excerpts(rows, trace, change, (before, after))
                said = in_words(grid, rows, trace.attachments(), before)
                assert change.ders.tolist() == [at for at, one in enumerate(said) if one != words[at]]
                before, words = after, said
            assert trace.rebuild().size == 0
            require_same(rows, trace.attachments(), before)
