"""States that files tell: SvSwitch, and SwitchPhases that name the second side alone."""

from __future__ import annotations

import pytest

from cim_models import phase_codes
from cim_models.difference.statement import Statement
from cim_models.difference.states import StateChange, states_of, sv_without_switch
from cim_models.errors import FileError
from cim_models.lookup import EquipmentNames
from tests.cim_models.small import to, value
from tests.cim_models.test_names import named, names_of, network


def sv(state: str, value: str, switch: str | None = "CB") -> list[Statement]:
    of = [] if switch is None else [Statement(state, "SvSwitch.Switch", switch, True)]
    return [Statement(state, "SvSwitch.open", value), *of]


def test_two_solved_states_of_one_switch_that_differ_are_refused() -> None:
    """In either order; the same twice is one, and what SSH says stands before both."""
    for first, second in (("true", "false"), ("false", "true")):
        both = [*sv("s1", first), *sv("s2", second)]
        with pytest.raises(FileError, match=r"CB has SvSwitch\.open both true and false"):
            states_of(both, "f")
        ssh = Statement("CB", "Switch.open", first)
        assert states_of([*both, ssh], "f") == [StateChange("CB", "Switch.open", first == "true")]
    assert states_of([*sv("s1", "true"), *sv("s2", "true")], "f") == [StateChange("CB", "Switch.open", True)]


def test_solved_states_without_a_switch_are_told() -> None:
    said = [*sv("s2", "true", None), *sv("s1", "true")]
    assert states_of(said, "f") == [StateChange("CB", "Switch.open", True)]
    assert sv_without_switch(said) == ["s2"] and sv_without_switch(sv("s1", "true")) == []


def pole(*sides: tuple[int, str]) -> str:
    said = "".join(
        f'<cim:SwitchPhase.phaseSide{side} rdf:resource="http://iec.ch/TC57/CIM100#SinglePhaseKind.{phase}"/>'
        for side, phase in sides
    )
    return f'<cim:SwitchPhase rdf:ID="_P">{to("SwitchPhase.Switch", "CB2")}{said}</cim:SwitchPhase>\n'


def test_a_pole_that_names_its_second_side_alone_is_that_phase() -> None:
    """By its id and by its name; side 1 stands first; without any it is no way to the whole switch."""
    alias = named("x1", "P-B", "P")
    for sides, phase in ((((2, "B"),), phase_codes.B), (((1, "A"), (2, "B")), phase_codes.A)):
        net = network(pole(*sides), alias)
        assert names_of(net, "P") == names_of(net, "P-B") == (["CB2"], phase)
        assert net.point.phases.tolist() == [phase]
    bare = network(pole(), alias)
    assert names_of(bare, "P") == names_of(bare, "P-B") == ([], 0)


def test_an_alias_that_is_the_name_of_another_switch_is_a_finding() -> None:
    """Not where it is its own name, nor the name of what is no switch."""

    def hidden(*more: str) -> list[tuple[str, ...]]:
        return [one.objects for one in network(*more).findings if one.code == "alias_hides_name"]

    second = f'<cim:Breaker rdf:ID="_CB3">{value("IdentifiedObject.name", "Q0")}</cim:Breaker>\n'
    assert hidden(second, named("x1", "Q0", "CB")) == [("CB", "CB3")]
    assert hidden(second, named("x1", "Q0", "CB3")) == []
    assert hidden(second, named("x1", "CB2", "CB")) == []
    assert hidden(second, named("x1", "Q1", "CB")) == []
    assert hidden(second, named("x1", "Q0", "G")) == []
    net = network(second, named("x1", "Q0", "CB"))
    assert net.equipment.id[EquipmentNames(net, "switch").one("Q0")] == "CB"
