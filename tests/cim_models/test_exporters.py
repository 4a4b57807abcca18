"""Unit and sign of powers: by header, by exporter, by the values, by what the user says."""

from __future__ import annotations

import pytest

from cim_models import load_text
from cim_models.conventions import Conventions
from cim_models.errors import OptionError
from cim_models.model import Network
from tests.cim_models.small import NODES, equipment, found, rdf, value

CONNECTION = "PowerElectronicsConnection"
GRID = NODES + equipment("ExternalNetworkInjection", "G", "n1") + equipment("ACLineSegment", "L", "n1 n2")
MD = ' xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#"'
OPENDSS = (
    f'<cim:CoordinateSystem rdf:ID="_c">{value("CoordinateSystem.crsUrn", "OpenDSSLocalBusCoordinates")}'
    "</cim:CoordinateSystem>"
)


def header(*profiles: str) -> str:
    said = "".join(f"<md:Model.profile>{profile}</md:Model.profile>" for profile in profiles)
    return f'<md:FullModel rdf:about="urn:uuid:m">{said}</md:FullModel>'


CGMES_2 = header("http://entsoe.eu/CIM/EquipmentCore/3/1")
CGMES_3 = header("http://iec.ch/TC57/ns/CIM/CoreEquipment-EU/3.0", "http://iec.ch/TC57/ns/CIM/Operation-EU/3.0")
OTHER = header("http://example.com/EquipmentCore/1")


def der(rated: str = "", p: str = "", unit: str = "PhotovoltaicUnit", name: str = "D") -> str:
    own = (value(f"{CONNECTION}.ratedS", rated) if rated else "") + (value(f"{CONNECTION}.p", p) if p else "")
    body = equipment(CONNECTION, name, "n2", own + value(f"{CONNECTION}.q", "1"))
    link = f'<cim:PowerElectronicsUnit.{CONNECTION} rdf:resource="#_{name}"/>'
    return body + f'<cim:{unit} rdf:ID="_{name}.U">{link}</cim:{unit}>'


def loaded(body: str, said: Conventions | None = None) -> Network:
    return load_text(rdf(GRID + body, more=MD), said=said or Conventions())


def first(network: Network) -> tuple[float, float, float]:
    """Return s_rated_va, p_given_w and q_given_var of the first DER."""
    table = network.der
    return float(table.s_rated_va[0]), float(table.p_given_w[0]), float(table.q_given_var[0])


def codes(network: Network) -> list[str]:
    return [f.code for f in network.findings if f.code.startswith(("power_unit", "p_sign"))]


@pytest.mark.parametrize("head", [CGMES_2, CGMES_3])
@pytest.mark.parametrize(("rated", "doubt"), [("0.01", []), ("2499", []), ("2500", ["power_unit_doubtful"])])
def test_a_cgmes_header_fixes_megawatts_and_the_load_convention(head: str, rated: str, doubt: list[str]) -> None:
    network = loaded(head + der(rated, "-0.005"))
    assert first(network) == pytest.approx((float(rated) * 1e6, 5_000, -1e6))
    assert sorted(codes(network)) == sorted(["power_unit_decided", "p_sign_decided", *doubt])


@pytest.mark.parametrize(("rated", "doubt"), [("10000", []), ("2499", ["power_unit_doubtful"])])
def test_files_of_opendss_are_in_watts_and_give_what_is_positive(rated: str, doubt: list[str]) -> None:
    network = loaded(OPENDSS + der(rated, "5000"))
    assert first(network) == (float(rated), 5_000, 1)
    assert sorted(codes(network)) == sorted(["power_unit_decided", "p_sign_assumed", *doubt])


@pytest.mark.parametrize("head", ["", OTHER])
@pytest.mark.parametrize(
    ("p", "unit", "given", "why"),
    [
        ("5000", "PhotovoltaicUnit", 5_000, "p of 1 of 1 photovoltaics and wind is positive"),
        ("-5000", "PhotovoltaicUnit", 5_000, "p of 1 of 1 photovoltaics and wind is negative"),
        # a battery takes power as well as it gives some: it is no evidence
        ("5000", "BatteryUnit", -5_000, "no header says otherwise than IEC 61970-301"),
        ("0", "PhotovoltaicUnit", 0, "no header says otherwise than IEC 61970-301"),
    ],
)
def test_without_a_known_header_photovoltaics_tell_the_sign(
    head: str, p: str, unit: str, given: float, why: str
) -> None:
    network = loaded(head + der("9000", p, unit))
    assert first(network)[1] == given
    assert sorted(codes(network)) == ["p_sign_assumed", "power_unit_assumed"]
    (said,) = found(network, "p_sign_assumed")
    assert said.message.endswith(f": {why}.")


def test_half_of_the_photovoltaics_are_no_evidence() -> None:
    network = loaded(der("9000", "5000", name="A") + der("9000", "-5000", name="B"))
    assert network.der.p_given_w.tolist() == [-5_000, 5_000]


def test_photovoltaics_that_take_power_by_the_header_are_told() -> None:
    network = loaded(CGMES_3 + der("0.01", "0.005"))
    assert first(network)[1] == -5_000
    (doubt,) = found(network, "p_sign_doubtful")
    assert doubt.severity == "warning"
    assert doubt.message.endswith("if that is right, set p_sign to generation.")


@pytest.mark.parametrize("head", ["", CGMES_2, OPENDSS])
def test_what_the_user_says_wins(head: str) -> None:
    said = {
        (sign, unit): first(loaded(head + der("3000", "2000"), Conventions(p_sign=sign, power_unit=unit)))
        for sign in ("load", "generation")
        for unit in ("W", "MW")
    }
    assert said == {
        ("load", "W"): (3e3, -2e3, -1),
        ("load", "MW"): (pytest.approx(3e9), pytest.approx(-2e9), -1e6),
        ("generation", "W"): (3e3, 2e3, 1),
        ("generation", "MW"): (pytest.approx(3e9), pytest.approx(2e9), 1e6),
    }
    network = loaded(head + der("3000", "2000"), Conventions("load", "W"))
    assert sorted(codes(network)) == ["p_sign_decided", "power_unit_decided"]


def test_operating_values_tell_the_unit_only_where_nothing_is_rated() -> None:
    assert first(loaded(der("", "3000")))[1] == 3_000
    assert first(loaded(der("", "0.3")))[1] == pytest.approx(3e5)
    assert first(loaded(der("9000", "0.3")))[1] == pytest.approx(0.3)


def test_nothing_is_said_where_no_power_is_given() -> None:
    network = load_text(rdf(GRID + equipment(CONNECTION, "D", "n2")))
    assert codes(network) == []
    assert codes(load_text(rdf(GRID), said=Conventions("load", "W"))) == []


@pytest.mark.parametrize("said", [{"p_sign": "up"}, {"power_unit": "kW"}, {"local_crs": "EPSG:31467"}])
def test_impossible_conventions(said: dict[str, str]) -> None:
    with pytest.raises(OptionError) as caught:
        Conventions(**said)
    assert (caught.value.code, caught.value.object) == ("bad_convention", next(iter(said)))


def test_conventions_come_back() -> None:
    one = Conventions("load", None, "EPSG:25832")
    assert one.as_dict() == {"p_sign": "load", "local_crs": "EPSG:25832"}
    assert Conventions.of(one.as_dict()) == one
    assert Conventions.of({}) == Conventions()
