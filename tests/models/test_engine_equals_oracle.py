"""Engine and oracle, DER by DER, on every real model: as it is, with ties closed, after random switching."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.compare import Asked, of_engine, same, switches_of
from tests.models.conftest import ByName
from tests.models.loaded import each
from tests.oracle import OracleModel

MODELS = ("01", "03", "03-rdf-id", "03-areas", "04", "05", "06", "07", "10", "11")
PER_PHASE = ("01", "03", "04", "05", "11")
SEQUENCES = 100


@pytest.mark.parametrize("name", each(*MODELS, thorough=["04"]))
def test_as_the_model_is(model: ByName, name: str) -> None:
    """The model's own state, and the normal state in its place."""
    one = model(name)
    assert same(one.network, one.oracle)
    normal = same(one.network, one.oracle, Asked(state="normal"))
    assert all(der["current"] == der["normal"] for der in normal.values())


@pytest.mark.parametrize("name", each(*MODELS, thorough=["04", "06"]))
def test_every_open_tie_closed(model: ByName, name: str) -> None:
    """Open switches closed alone (of a model with very many some forty of them), then all at once."""
    one = model(name)
    ties = switches_of(one.oracle, normally_open=True)
    for tie in ties[:: 1 + len(ties) // 40]:
        same(one.network, one.oracle, Asked(closed=[tie]))
    for state in ("current", "normal"):
        same(one.network, one.oracle, Asked(closed=ties, state=state))


@pytest.mark.parametrize("name", each(*MODELS, thorough=["04", "06", "03-areas"]))
def test_a_hundred_random_sequences(model: ByName, name: str) -> None:
    """Several steps of several switches, single poles too, from the current and from the normal state."""
    one = model(name)
    for asked in sequences(one.oracle, seed=int(name[:2]), poles=name[:2] in PER_PHASE):
        same(one.network, one.oracle, asked)


@pytest.mark.parametrize("name", each("06", "10"))
def test_single_poles_of_three_phase_models(model: ByName, name: str) -> None:
    """Models without phases can be switched on single poles as well."""
    one = model(name)
    for asked in list(sequences(one.oracle, seed=1, poles=True))[:20]:
        same(one.network, one.oracle, asked)


@pytest.mark.xdist_group("model03")
def test_03_three_encodings_one_answer(model: ByName) -> None:
    """rdf:about, rdf:ID with `_X`, and `True`/`False` with areas: one model."""
    answers = [of_engine(model(name).network, Asked()) for name in ("03", "03-rdf-id", "03-areas")]
    assert len(answers[0]) == 14
    assert answers[0] == answers[1] == answers[2]
    for asked in list(sequences(model("03").oracle, seed=3, poles=True))[:20]:
        first, *others = (of_engine(model(name).network, asked) for name in ("03", "03-rdf-id", "03-areas"))
        assert others == [first, first], str(asked)


def sequences(oracle: OracleModel, *, seed: int, poles: bool) -> Iterator[Asked]:
    """Yield the outcomes of random sequences: 1 to 5 steps of 1 to 3 switches, half of them from the normal state.

    What is open tends to be closed, so that ties are used as an operator uses them.
    """
    random_ = random.Random(seed)
    states = oracle.switches()
    switches, ties = sorted(states), switches_of(oracle, normally_open=True)
    for number in range(SEQUENCES):
        base = ("current", "normal")[number % 2]
        open_now: dict[tuple[str, str], bool] = {}
        for _ in range(random_.randint(1, 5)):
            for _ in range(random_.randint(1, 3)):
                switch = random_.choice(ties if ties and random_.random() < 0.3 else switches)
                all_poles = sorted(states[switch][base])
                chosen = [random_.choice(all_poles)] if poles and random_.random() < 0.3 else all_poles
                was_open = open_now.get((switch, chosen[0]), states[switch][base][chosen[0]])
                open_now |= {(switch, pole): not was_open for pole in chosen}
        yield _asked(open_now, base, poles)


def _asked(open_now: dict[tuple[str, str], bool], base: str, poles: bool) -> Asked:
    """Return the outcome of a sequence as one question."""

    def operated(opened: bool) -> list[str]:
        return sorted({f"{s}:{p}" if poles else s for (s, p), is_open in open_now.items() if is_open == opened})

    return Asked(operated(True), operated(False), base)
