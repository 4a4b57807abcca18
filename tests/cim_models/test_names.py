"""Further names in the model: aliasName, Names with their type, and the points that tell switch positions."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_models import load_text, phase_codes, snapshot
from cim_models.aliases import Aliases, read_aliases
from cim_models.errors import FileError, IdError, OptionError
from cim_models.lookup import EquipmentNames
from cim_models.network import Network
from tests.cim_models.small import BREAKER, NODES, SOURCE, equipment, rdf, to, value

SECOND = equipment("Breaker", "CB2", "n2 n3", value("Switch.normalOpen", "false"))
POLE = (
    '<cim:SwitchPhase rdf:ID="_P">'
    + to("SwitchPhase.Switch", "CB2")
    + '<cim:SwitchPhase.phaseSide1 rdf:resource="http://iec.ch/TC57/CIM100#SinglePhaseKind.B"/></cim:SwitchPhase>\n'
)


def named(mrid: str, text: str, of: str, kind: str = "") -> str:
    more = to("Name.NameType", kind) if kind else ""
    return f'<cim:Name rdf:ID="_{mrid}">{value("Name.name", text)}{to("Name.IdentifiedObject", of)}{more}</cim:Name>\n'


def kind(mrid: str, text: str, authority: str) -> str:
    return (
        f'<cim:NameType rdf:ID="_{mrid}">{value("NameType.name", text)}'
        f"{to('NameType.NameTypeAuthority', mrid + 'a')}</cim:NameType>\n"
        f'<cim:NameTypeAuthority rdf:ID="_{mrid}a">'
        f"{value('NameTypeAuthority.name', authority)}</cim:NameTypeAuthority>\n"
    )


def measured(mrid: str, of: str, phase: str, what: str = "Pos", by: str = "PowerSystemResource") -> str:
    return (
        f'<cim:Discrete rdf:ID="_{mrid}">{value("Measurement.measurementType", what)}'
        f'<cim:Measurement.phases rdf:resource="http://iec.ch/TC57/CIM100#PhaseCode.{phase}"/>'
        f"{to('Measurement.' + by, of)}</cim:Discrete>\n"
    )


def network(*more: str) -> Network:
    return load_text(rdf(NODES + SOURCE + BREAKER + SECOND + "".join(more)))


def names_of(net: Network, text: str, source: str = "", given: Aliases | None = None) -> tuple[list[str], int]:
    found, phases = EquipmentNames(net, "equipment", given=given).found(text, source)
    return [net.equipment.id[e] for e in found], phases


def test_names_lead_to_their_equipment_with_type_and_authority() -> None:
    net = network(named("x1", "RTU7.CB", "CB", "t"), kind("t", "scada", "Operations"))
    rows = zip(net.alias.text, net.alias.type, net.alias.authority, strict=True)
    assert list(rows) == [("RTU7.CB", "scada", "Operations")]
    assert names_of(net, "RTU7.CB") == (["CB"], 0)


def test_the_name_of_a_measurement_is_one_of_its_switch_for_its_phase() -> None:
    net = network(measured("m1", "CB", "A"), named("x1", "P-A", "m1"), POLE, named("x2", "P-B", "P"))
    assert names_of(net, "P-A") == (["CB"], phase_codes.A)
    assert names_of(net, "P-B") == (["CB2"], phase_codes.B)
    assert names_of(net, "_m1") == (["CB"], phase_codes.A) and names_of(net, "P") == (["CB2"], phase_codes.B)


def test_only_positions_of_switches_are_points_of_them() -> None:
    net = network(
        measured("m1", "CB", "A"),
        measured("m2", "G", "A"),
        measured("m3", "CB", "A", "VA"),
        measured("m4", "CB2.T1", "C", "SwitchPosition", "Terminal"),
    )
    found = [net.equipment.id[e] if e >= 0 else "" for e in net.point.equipment.tolist()]
    assert list(zip(net.point.id, found, strict=True)) == [("m1", "CB"), ("m2", ""), ("m3", ""), ("m4", "CB2")]


def test_an_id_stands_before_an_alias_and_an_alias_before_a_name() -> None:
    net = network(named("x1", "CB", "CB2"), named("x2", "G", "CB2"), named("x3", "T", "CB"))
    assert names_of(net, "CB") == (["CB"], 0)
    given = read_aliases(b"alias,mrid\nT,_CB2\nCB,CB2\n", "t")[""]
    assert names_of(net, "T") == (["CB"], 0) and names_of(net, "T", given=given) == (["CB2"], 0)
    assert names_of(net, "CB", given=given) == (["CB"], 0)


def test_a_given_alias_that_leads_nowhere_is_unknown_whatever_else_has_its_text() -> None:
    net = network(named("x3", "T", "CB"))
    assert names_of(net, "T", given=read_aliases(b"alias,mrid\nT,gone\n", "t")[""]) == ([], 0)


def test_several_holders_are_listed_unless_the_source_has_a_type_of_its_own() -> None:
    net = network(
        named("x1", "T", "CB", "t"), named("x2", "T", "CB2", "u"), kind("t", "scada", "A"), kind("u", "gis", "B")
    )
    assert names_of(net, "T") == (["CB", "CB2"], 0)
    assert names_of(net, "T", "scada") == (["CB"], 0) and names_of(net, "T", "B") == (["CB2"], 0)
    with pytest.raises(IdError, match="CB, CB2"):
        EquipmentNames(net, "switch").one("T")
    (note,) = (one for one in net.findings if one.code == "alias_ambiguous")
    assert note.objects == ("CB", "CB2")


def test_a_name_of_nothing_is_a_finding() -> None:
    net = network(named("x1", "T", "gone"))
    (note,) = (one for one in net.findings if one.code == "name_unattached")
    assert (note.objects, len(net.alias.text)) == (("x1",), 0)
    assert not [one for one in network(named("x1", "T", "CB")).findings if one.code == "name_unattached"]


def test_names_survive_saving(tmp_path: Path) -> None:
    net = network(named("x1", "T", "CB"), measured("m1", "CB", "A"))
    snapshot.save(net, tmp_path / "n")
    again = snapshot.open_(tmp_path / "n")
    assert list(again.alias.text) == ["T"] and list(again.point.id) == ["m1"]


@pytest.mark.parametrize(
    ("text", "kind_", "says"),
    [
        (b"name,mrid\n", OptionError, "alias,mrid"),
        (b"alias,mrid\na,\n", FileError, "line 2"),
        (b"alias,mrid\na,b\n\na,c\n", FileError, "line 4: alias 'a' leads to c, at line 2 to b"),
        (b"alias,mrid\n\xff,b\n", FileError, "UTF-8"),
        (b'alias,mrid\n"a,b\n', FileError, "no CSV"),
    ],
)
def test_a_table_that_is_wrong_is_refused_as_a_whole(text: bytes, kind_: type[Exception], says: str) -> None:
    with pytest.raises(kind_, match=says):
        read_aliases(text, "t")


def test_sources_are_kept_apart() -> None:
    found = read_aliases("\ufeffsource,alias,mrid\ns,a,_X\nt,a,Y\ns,a,urn:uuid:X\n".encode(), "t")
    assert {name: list(table) for name, table in found.items()} == {"s": [("a", "X")], "t": [("a", "Y")]}
