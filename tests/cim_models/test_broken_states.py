"""An ill-formed state file never leaves switches silently closed: refused, or its switches are held for unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_models import Network
from cim_models.conventions import Conventions
from cim_models.errors import FileError, OptionError
from cim_models.importing import import_model, model_id
from cim_models.profiles import is_state, kind_of
from tests.cim_models.small import SMALL, equal, found, gzipped, rdf, refused, to, value
from tests.cim_models.test_forms import TRIG
from tests.cim_models.test_refused_files import write
from topogroup import attach

UNKNOWN = Conventions(broken_states="unknown")
HEADER = ' xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#"'
SSH_URI = "http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis-EU/3.0"


def state_file(body: str, profile: str = SSH_URI) -> str:
    header = f'<md:FullModel rdf:about="urn:uuid:m"><md:Model.profile>{profile}</md:Model.profile></md:FullModel>\n'
    return rdf(header + body, more=HEADER)


OPEN = f'<cim:Breaker rdf:about="#_CB">{value("Switch.open", "true")}</cim:Breaker>\n'
BREAK = '<cim:Breaker rdf:about="#_X"></cim:Fuse>\n'


def both(tmp_path: Path, ssh: str) -> tuple[Path, Path]:
    return write(tmp_path, SMALL, "eq.xml"), write(tmp_path, ssh, "ssh.xml")


@pytest.mark.parametrize("ssh", [state_file(BREAK + OPEN), state_file(OPEN)[:-60]], ids=["ill-formed", "cut"])
def test_a_broken_state_file_is_refused_with_its_place(tmp_path: Path, ssh: str) -> None:
    paths = both(tmp_path, ssh)
    error = refused("file_truncated" if "cim:Fuse" not in ssh else "not_well_formed", *paths)
    assert isinstance(error, FileError)
    assert (error.object, error.line) == (str(paths[1]), 4)
    assert "--broken-states unknown" in error.message
    assert f"line {error.line}" in error.message


def test_on_request_its_switches_are_unknown_and_their_der_uncertain(tmp_path: Path) -> None:
    paths = both(tmp_path, state_file(BREAK + OPEN))
    network = Network.load(*paths, said=UNKNOWN)
    (broken,) = found(network, "state_file_broken")
    assert (broken.severity, broken.file, broken.line) == ("error", str(paths[1]), 4)
    (unknown,) = found(network, "switch_state_unknown")
    assert (unknown.severity, unknown.objects) == ("warning", ("CB",))
    assert (network.pole.conflict.tolist(), network.pole.current_open.tolist()) == ([True], [False])
    (pv,) = attach(network)
    assert (pv.current.uncertain, pv.normal.uncertain) == (True, False)
    assert not attach(network, closed=["CB"])[0].current.uncertain


def test_what_stands_before_the_break_counts(tmp_path: Path) -> None:
    network = Network.load(*both(tmp_path, state_file(OPEN + BREAK)), said=UNKNOWN)
    assert (network.pole.conflict.tolist(), network.pole.current_open.tolist()) == ([False], [True])
    assert not found(network, "switch_state_unknown")
    assert found(network, "state_file_broken")


def test_another_file_may_know_the_state(tmp_path: Path) -> None:
    """SSH is broken, SV is whole: no switch is unknown."""
    sv = write(
        tmp_path,
        state_file(
            f'<cim:SvSwitch rdf:ID="_sv">{to("SvSwitch.Switch", "CB")}{value("SvSwitch.open", "true")}</cim:SvSwitch>',
            "http://entsoe.eu/CIM/StateVariables/4/1",
        ),
        "sv.xml",
    )
    network = Network.load(*both(tmp_path, state_file(BREAK)), sv, said=UNKNOWN)
    assert (network.pole.conflict.tolist(), network.pole.current_open.tolist()) == ([False], [True])


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("</cim:Breaker>", "</cim:Fuse>"),
        rdf(OPEN + BREAK),
        state_file(OPEN + BREAK, "http://entsoe.eu/CIM/EquipmentCore/3/1"),
        state_file(OPEN + BREAK, "http://example.org/unknown/1"),
    ],
    ids=["no header", "states without header", "EQ", "unknown profile"],
)
def test_only_state_files_by_their_header_are_borne(tmp_path: Path, text: str) -> None:
    paths = both(tmp_path, text)
    with pytest.raises(FileError) as caught:
        Network.load(*paths, said=UNKNOWN)
    assert caught.value.code == "not_well_formed"
    assert "--broken-states" not in caught.value.message


def test_turtle_and_gzip_are_borne_alike(tmp_path: Path) -> None:
    ttl = (
        "@prefix md: <http://iec.ch/TC57/61970-552/ModelDescription/1#> . @prefix cim: <http://iec.ch/TC57/CIM100#> .\n"
        f'<urn:uuid:m> a md:FullModel ; md:Model.profile "{SSH_URI}" .\n<#_CB> a cim:Breaker ; cim:Switch.open "tr\n'
    )
    packed = gzipped(tmp_path / "ssh.xml.gz", state_file(BREAK + OPEN))
    eq = write(tmp_path, SMALL, "eq.xml")
    for code, path in (("file_truncated", write(tmp_path, ttl, "ssh.ttl")), ("not_well_formed", packed)):
        assert "--broken-states" in refused(code, eq, path).message
        assert Network.load(eq, path, said=UNKNOWN).pole.conflict.tolist() == [True]
    refused("not_well_formed", write(tmp_path, TRIG + "oops", "both.trig"))


def test_an_import_does_the_same_and_is_another_model(tmp_path: Path) -> None:
    paths = list(both(tmp_path, state_file(BREAK + OPEN)))
    with pytest.raises(FileError):
        import_model(paths, tmp_path / "refused")
    report = import_model(paths, tmp_path / "out", said=UNKNOWN)
    equal(Network.open(tmp_path / "out" / "network"), Network.load(*paths, said=UNKNOWN))
    assert report["model"] == model_id(paths, UNKNOWN) != model_id(paths)


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(OptionError, match="broken_states is refuse or unknown"):
        Conventions(broken_states="maybe")


def test_telemark(models: Path) -> None:
    """08: LV1_SSH ends at a Breaker that is closed as a Fuse; without SV, what stands behind it is unknown."""
    folder = models / "08-telemark120-cgmes30-mv-lv"
    if not folder.is_dir():
        pytest.skip("model 08 is not there")
    bad = folder / "Telemark-120-LV1_SSH.xml"
    error = refused("not_well_formed", folder)
    assert (error.object, "line 129" in error.message, "line 125" in error.message) == (str(bad), True, True)
    files = [path for path in sorted(folder.glob("*.xml")) if "SV" not in path.name]
    whole = Network.load(*(path for path in files if path != bad))
    network = Network.load(*files, said=UNKNOWN)
    assert len(network.equipment.id) == len(whole.equipment.id)
    unknown = {objects for one in found(network, "switch_state_unknown") for objects in one.objects}
    table = network.equipment
    doubtful = {table.id[int(e)] for e in network.pole.equipment[network.pole.conflict]}
    assert doubtful == unknown
    assert "81f3131f-baed-442d-bf7a-3606832fc3e0" in unknown
    assert "800c36a9-07be-45bd-9106-260cbd66ce4c" not in unknown
    complete = Network.load(folder, said=UNKNOWN)
    assert not complete.pole.conflict.any()


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("http://entsoe.eu/CIM/EquipmentCore/3/1", "EQ"),
        ("http://entsoe.eu/CIM/EquipmentOperation/3/1", "EQ"),
        ("http://entsoe.eu/CIM/EquipmentShortCircuit/3/1", "EQ"),
        ("http://entsoe.eu/CIM/EquipmentBoundary/3/1", "EQBD"),
        ("http://entsoe.eu/CIM/TopologyBoundary/3/1", "TPBD"),
        ("http://entsoe.eu/CIM/SteadyStateHypothesis/1/1", "SSH"),
        ("http://entsoe.eu/CIM/Topology/4/1", "TP"),
        ("http://entsoe.eu/CIM/StateVariables/4/1", "SV"),
        ("http://entsoe.eu/CIM/DiagramLayout/3/1", "DL"),
        ("http://entsoe.eu/CIM/GeographicalLocation/2/1", "GL"),
        ("http://entsoe.eu/CIM/Dynamics/3/1", "DY"),
        ("http://iec.ch/TC57/ns/CIM/CoreEquipment-EU/3.0", "EQ"),
        ("http://iec.ch/TC57/ns/CIM/Operation-EU/3.0", "EQ"),
        ("http://iec.ch/TC57/ns/CIM/EquipmentBoundary-EU/3.0", "EQBD"),
        ("http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis-EU/3.0", "SSH"),
        ("http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis/2.0", "SSH"),
        ("https://ap.cim4.eu/StateVariables/3.0", "SV"),
        ("http://example.org/Other/1", None),
        ("", None),
    ],
)
def test_profiles_are_known_by_their_uri(uri: str, kind: str | None) -> None:
    assert kind_of(uri) == kind
    assert is_state([uri]) == (kind in ("SSH", "SV"))


def test_a_file_of_states_and_equipment_is_no_state_file() -> None:
    assert not is_state([])
    assert not is_state([SSH_URI, "http://entsoe.eu/CIM/EquipmentCore/3/1"])
    assert is_state([SSH_URI, "http://iec.ch/TC57/ns/CIM/SteadyStateHypothesis/2.0", "http://example.org/more"])
