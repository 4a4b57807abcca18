"""A state machine over random networks: after every step the trace is the full recompute, in the end the oracle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cim_models import load_text, machine_code
from tests.compare import of_oracle
from tests.oracle import OracleModel
from tests.properties.beside import Beside, asked_of, require_same_structure, words_of
from tests.properties.deep_networks import Deep, deep_networks
from tests.properties.networks import Drawn, networks
from tests.properties.standing import Standing
from tests.properties.test_attachment import examples
from topogroup.topology.graph.states import current_state, normal_state
from topogroup.topology.structure.grid import prepare
from topogroup.topology.supplying.attachment import attachments, der_rows
from topogroup.topology.switching.devices import Device, with_devices
from topogroup.topology.tracing import areas, room

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

ANY = st.integers(0, 10_000)
"""Which pole, switch, node or device; counts modulo how many there are."""

MASKS = st.sampled_from((0, 255, 1, 2, 4, 6))


class TraceMachine(RuleBasedStateMachine):
    """The trace of one network beside full recomputes, which every step compares with it."""

    compiled = "0"

    def __init__(self) -> None:
        """Choose the kernels."""
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv(machine_code.SWITCH, self.compiled)
        self.undone: list[tuple[I64, U8]] = []
        self.devices: list[Device] = []
        self.sound = False

    @initialize(
        drawn=st.one_of(networks(), deep_networks()),
        per_phase=st.booleans(),
        base=st.sampled_from(("current", "normal")),
        budget=st.sampled_from((2_000, 3, 10, 50)),
        spare=st.sampled_from((1_000, 1)),
        sources=st.sets(ANY, max_size=2),
    )
    def begin(self, drawn: Drawn, per_phase: bool, base: str, budget: int, spare: int, sources: set[int]) -> None:
        """Trace a network; a small budget builds everything anew often."""
        self.patch.setattr(areas, "BUDGET_MIN", budget)
        self.patch.setattr(room, "SPARE_AREAS_MIN", spare)
        self.standing = Standing(drawn.builder, sorted(sources))
        self.heads = drawn.heads if isinstance(drawn, Deep) else None
        network = load_text(self.standing.xml)
        self.grid = prepare(network, per_phase=per_phase, heads=self.heads)
        self.rows, self.base = der_rows(self.grid), base
        self.oracle = OracleModel.from_xml(self.standing.xml)
        self.standing.find(self.grid, self.oracle)
        state = normal_state(network) if base == "normal" else current_state(network)
        self.normal = attachments(self.grid, self.rows, normal_state(network))
        self.beside = Beside(self.grid, self.rows, state, self.normal)
        self.sound = True

    @property
    def poles(self) -> int:
        """Return the number of poles."""
        return int(self.grid.network.pole.side1.size)

    def operate(self, beside: Beside, poles: I64, opened: U8) -> None:
        """Operate poles in a trace, all sound only if that ends well."""
        self.sound = False
        beside.operate(poles, opened & self.grid.network.pole.side1[poles])
        self.sound = True

    def batch(self, chosen: list[tuple[int, int]]) -> tuple[I64, U8]:
        """Return poles, each once, and their masks."""
        found = {number % self.poles: mask for number, mask in chosen} if self.poles else {}
        return np.array(list(found), np.int64), np.array(list(found.values()), np.uint8)

    @rule(batches=st.lists(st.lists(st.tuples(ANY, MASKS), min_size=1, max_size=6), min_size=1, max_size=4))
    def operate_poles(self, batches: list[list[tuple[int, int]]]) -> None:
        """Operate some poles at once, and then others; they may be as they should be already."""
        for chosen in batches:
            poles, opened = self.batch(chosen)
            self.undone.append((poles, self.beside.state.open[poles]))
            self.operate(self.beside, poles, opened)

    @precondition(lambda self: self.poles > 0)
    @rule(number=ANY, opened=st.booleans())
    def operate_switch(self, number: int, opened: bool) -> None:
        """Operate all poles of one switch."""
        pole = self.grid.network.pole
        poles = np.flatnonzero(pole.equipment == pole.equipment[number % self.poles])
        self.undone.append((poles, self.beside.state.open[poles]))
        self.operate(self.beside, poles, np.full(poles.size, 255 * opened, np.uint8))

    @precondition(lambda self: self.undone)
    @rule()
    def undo(self) -> None:
        """Put back what the last batch changed."""
        self.operate(self.beside, *self.undone.pop())

    @rule()
    def rebuild(self) -> None:
        """Build everything anew."""
        self.beside.rebuild()

    @rule(chosen=st.lists(st.tuples(ANY, MASKS), min_size=1, max_size=3), go_on=st.booleans())
    def what_if(self, chosen: list[tuple[int, int]], go_on: bool) -> None:
        """Operate a copy: the trace itself says what it said; go on with either."""
        copy = self.beside.copy()
        self.operate(copy, *self.batch(chosen))
        self.sound = False
        self.beside.check()
        self.sound = True
        if go_on:
            self.beside, self.undone = copy, []

    @rule(doubted=st.sets(ANY, max_size=3), chosen=st.lists(st.tuples(ANY, MASKS), max_size=2))
    def doubt(self, doubted: set[int], chosen: list[tuple[int, int]]) -> None:
        """Put other poles in doubt, in one step with operations or without."""
        conflict = np.zeros(self.poles, np.bool_)
        conflict[[number % self.poles for number in doubted if self.poles]] = True
        poles, opened = self.batch(chosen)
        self.sound = False
        self.beside.operate(poles, opened & self.grid.network.pole.side1[poles], conflict)
        self.undone, self.sound = [], True

    @precondition(lambda self: self.base == "current" and self.standing.devices)
    @rule(chosen=st.sets(ANY, max_size=3))
    def place_devices(self, chosen: set[int]) -> None:
        """Let other temporary devices stand, or none: a new trace of the same state."""
        known = self.standing.devices
        self.devices = [known[at] for at in sorted({number % len(known) for number in chosen})]
        grid = with_devices(self.grid, self.devices)
        self.beside = Beside(grid, self.rows, self.beside.state, self.normal)

    def teardown(self) -> None:
        """Ask the oracle, unless a step has failed."""
        try:
            if self.sound:
                self.ask_the_oracle()
        finally:
            self.patch.undo()

    def ask_the_oracle(self) -> None:
        """Require the oracle to say of the network with the devices written into it what the trace says."""
        require_same_structure(self.grid, self.oracle, self.heads)
        state = self.standing.joined(self.grid.network, self.beside.state, self.devices)
        asked = asked_of(self.grid, state, self.base, self.heads)
        if asked is None:
            return
        oracle = OracleModel.from_xml(self.standing.written(self.devices)) if self.devices else self.oracle
        found = words_of(self.beside.grid, self.beside.trace.attachments(), self.normal)
        assert found == of_oracle(oracle, asked)


class CompiledTraceMachine(TraceMachine):
    """The same with compiled kernels."""

    compiled = "1"


STEPS = settings(examples(0.8), stateful_step_count=10)

TestTracePlain = TraceMachine.TestCase
TestTracePlain.settings = STEPS
TestTraceCompiled = pytest.mark.thorough(CompiledTraceMachine.TestCase)
TestTraceCompiled.settings = STEPS
