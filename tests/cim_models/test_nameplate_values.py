"""All values of a nameplate: sums over units, contradictions, IEEE 1547 categories."""

from __future__ import annotations

import math

import pytest

from cim_models import load_text
from cim_models.model import Network
from cim_models.network import ABNORMAL_CATEGORIES, NORMAL_CATEGORIES
from tests.cim_models.small import NODES, equipment, found, rdf, to, value

CONNECTION = "PowerElectronicsConnection"
GRID = NODES + equipment("ExternalNetworkInjection", "G", "n1") + equipment("ACLineSegment", "L", "n1 n2")


def said(**values: str) -> str:
    """Write properties; in names two underscores stand for the dot."""
    return "".join(value(name.replace("__", "."), text) for name, text in values.items())


def unit(name: str, more: str = "", cls: str = "PhotovoltaicUnit", of: str = "D") -> str:
    return f'<cim:{cls} rdf:ID="_{name}">{to(f"PowerElectronicsUnit.{CONNECTION}", of)}{more}</cim:{cls}>\n'


def loaded(body: str) -> Network:
    return load_text(rdf(GRID + body))


def column(network: Network, name: str) -> list[float | None]:
    return [None if math.isnan(v) else v for v in getattr(network.der, name).tolist()]


def test_a_hybrid_sums_what_its_units_give() -> None:
    """The storage of a hybrid is that of its battery: photovoltaics hold none."""
    own = said(
        PowerElectronicsConnection__ratedS="9000",
        PowerElectronicsConnection__maxQ="4000",
        PowerElectronicsConnection__minQ="-3000",
    )
    pv = said(PowerElectronicsUnit__maxP="5000", PowerElectronicsUnit__minP="0")
    battery = said(
        PowerElectronicsUnit__maxP="3000",
        PowerElectronicsUnit__minP="-3000",
        BatteryUnit__ratedE="12000",
        BatteryUnit__storedE="6000",
    )
    network = loaded(equipment(CONNECTION, "D", "n2", own) + unit("U", pv) + unit("V", battery, "BatteryUnit"))
    expected = {
        "p_max_w": 8000,
        "p_min_w": -3000,
        "s_rated_va": 9000,
        "q_max_var": 4000,
        "q_min_var": -3000,
        "energy_rated_wh": 12_000,
        "energy_stored_wh": 6_000,
        "ramp_up_w_per_s": None,
        "ramp_down_w_per_s": None,
        "p_given_w": None,
        "q_given_var": None,
    }
    assert {name: column(network, name) for name in expected} == {name: [one] for name, one in expected.items()}
    assert not [f for f in network.findings if f.code.startswith("nameplate")]


def test_a_machine_has_limits_of_its_own_and_ramps_of_its_unit() -> None:
    own = said(SynchronousMachine__maxQ="6000", SynchronousMachine__minQ="-5000", RotatingMachine__ratedS="12000")
    own += to("RotatingMachine.GeneratingUnit", "U")
    ramps = said(
        GeneratingUnit__maxOperatingP="10000",
        GeneratingUnit__minOperatingP="2000",
        GeneratingUnit__raiseRampRate="50",
        GeneratingUnit__lowerRampRate="40",
    )
    machine = equipment("SynchronousMachine", "D", "n2", own)
    network = loaded(machine + f'<cim:HydroGeneratingUnit rdf:ID="_U">{ramps}</cim:HydroGeneratingUnit>')
    names = ("p_max_w", "p_min_w", "q_max_var", "q_min_var", "ramp_up_w_per_s", "ramp_down_w_per_s")
    assert [column(network, name) for name in names] == [[10_000], [2_000], [6_000], [-5_000], [50], [40]]


def test_a_part_of_a_sum_counts_as_not_given() -> None:
    battery = unit("V", said(BatteryUnit__ratedE="12000"), "BatteryUnit") + unit("W", "", "BatteryUnit")
    rated = equipment(CONNECTION, "D", "n2", said(PowerElectronicsConnection__ratedS="9000"))
    network = loaded(rated + unit("U", said(PowerElectronicsUnit__maxP="5000")) + battery)
    assert (column(network, "p_max_w"), column(network, "energy_rated_wh")) == ([None], [None])
    messages = [f.message for f in found(network, "nameplate_partial")]
    assert [message.partition("give ")[2].partition(" and")[0] for message in messages] == ["maxP", "ratedE"]
    assert [f.objects for f in found(network, "nameplate_partial")] == [("D",), ("D",)]


@pytest.mark.parametrize(
    ("low", "high", "expected", "code"),
    [
        ("-5", "7000", (-5, 7000), None),
        ("7000", "7000", (7000, 7000), "nameplate_doubtful"),
        ("0", "0", (0, 0), None),
        ("7001", "7000", (None, None), "nameplate_contradicts"),
        ("-2e12", "7000", (None, 7000), "power_unbelievable"),
    ],
)
def test_limits_of_reactive_power(low: str, high: str, expected: tuple[float | None, ...], code: str | None) -> None:
    own = said(
        PowerElectronicsConnection__ratedS="9000",
        PowerElectronicsConnection__minQ=low,
        PowerElectronicsConnection__maxQ=high,
    )
    network = loaded(equipment(CONNECTION, "D", "n2", own) + unit("U"))
    assert (*column(network, "q_min_var"), *column(network, "q_max_var")) == expected
    told = found(network, "nameplate_doubtful", "nameplate_contradicts", "power_unbelievable")
    assert [f.code for f in told] == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("own", "of_unit", "word"),
    [
        (said(PowerElectronicsConnection__ratedS="4000"), said(PowerElectronicsUnit__maxP="4010"), "maxP is above"),
        (said(PowerElectronicsConnection__ratedS="0"), said(PowerElectronicsUnit__minP="9000"), "ratedS is 0"),
        ("", said(BatteryUnit__ratedE="5000", BatteryUnit__storedE="6000"), "storedE is above"),
    ],
)
def test_what_is_hardly_meant_is_told_and_kept(own: str, of_unit: str, word: str) -> None:
    network = loaded(equipment(CONNECTION, "D", "n2", own) + unit("U", of_unit, "BatteryUnit"))
    (doubt,) = found(network, "nameplate_doubtful")
    assert (doubt.objects, word in doubt.message) == (("D",), True)


def test_rounding_is_no_doubt() -> None:
    own = said(PowerElectronicsConnection__ratedS="4000")
    network = loaded(equipment(CONNECTION, "D", "n2", own) + unit("U", said(PowerElectronicsUnit__maxP="4003")))
    assert found(network, "nameplate_doubtful") == []


def plate(name: str, normal: str, abnormal: str, more: str = "") -> str:
    body = to("DERNameplateData.DERIEEEType1", "I") + more
    for prop, word in (("normalOPcatKind", f"NormalOPcatKind.{normal}"), ("abnormalOPcatKind", abnormal)):
        resource = f"http://iec.ch/TC57/CIM100#{word}" if "." in word else f"http://iec.ch/TC57/CIM100#X.{word}"
        body += f'<cim:DERNameplateData.{prop} rdf:resource="{resource}"/>' if word else ""
    return f'<cim:DERNameplateData rdf:ID="_{name}">{body}</cim:DERNameplateData>'


def categories(network: Network) -> list[tuple[str, str]]:
    der = network.der
    pairs = zip(der.category_normal.tolist(), der.category_abnormal.tolist(), strict=True)
    return [(NORMAL_CATEGORIES[n], ABNORMAL_CATEGORIES[a]) for n, a in pairs]


CONTROL = f'<cim:DERIEEEType1 rdf:ID="_I">{to(f"DERDynamics.{CONNECTION}", "D")}</cim:DERIEEEType1>'
D = equipment(CONNECTION, "D", "n2")


def test_categories_of_ieee_1547_as_opendss_writes_them() -> None:
    """One controller serves several connections; another connection has none."""
    both = CONTROL.replace("</", to(f"DERDynamics.{CONNECTION}", "E") + "</", 1)
    network = loaded(D + equipment(CONNECTION, "E", "n2") + equipment(CONNECTION, "F", "n2") + both
                     + plate("N", "catB", "catIII"))  # fmt: skip
    assert categories(network) == [("B", "III"), ("B", "III"), ("", "")]


def test_links_of_a_plate_may_stand_at_the_other_end() -> None:
    back = equipment(CONNECTION, "D", "n2", to(f"{CONNECTION}.DERDynamics", "I"))
    back += f'<cim:DERIEEEType1 rdf:ID="_I">{to("DERIEEEType1.DERNameplateData", "N")}</cim:DERIEEEType1>'
    body = plate("N", "catA", "catI").replace(to("DERNameplateData.DERIEEEType1", "I"), "")
    assert categories(loaded(back + body)) == [("A", "I")]


@pytest.mark.parametrize("at_sheet", [True, False])
def test_categories_of_a_data_sheet(at_sheet: bool) -> None:
    words = said(IEEE1547Info__normalPerformanceCategory="categoryB", IEEE1547Info__abnormalPerformanceCategory="II")
    forth = to("AssetInfo.PowerSystemResources", "D") if at_sheet else ""
    back = "" if at_sheet else to("PowerSystemResource.AssetDatasheet", "N")
    body = equipment(CONNECTION, "D", "n2", back) + f'<cim:IEEE1547Info rdf:ID="_N">{words}{forth}</cim:IEEE1547Info>'
    assert categories(loaded(body)) == [("B", "II")]


def test_categories_that_are_none_or_disagree() -> None:
    network = loaded(D + CONTROL + plate("N", "catZ", "catI"))
    assert categories(network) == [("", "I")]
    assert [f.objects for f in found(network, "value_unreadable")] == [("N",)]
    network = loaded(D + CONTROL + plate("M", "catA", "catI") + plate("N", "catB", "catI"))
    assert categories(network) == [("", "I")]
    assert [f.objects for f in found(network, "nameplate_contradicts")] == [("I",)]
