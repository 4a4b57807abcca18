"""`POST /v1/switching` in every form that control centres send, `/v1/aliases`, and plans in XML and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cim_models import Network, limits
from tests.api.live import SAMPLE, Live, live

HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="http://iec.ch/TC57/CIM100#" '
    'xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" '
    'xmlns:dm="http://iec.ch/TC57/61970-552/DifferenceModel/1#">'
)
HEADER = (
    "<md:Model.created>2026-01-05T10:00:00Z</md:Model.created>"
    "<md:Model.modelingAuthoritySet>http://dso.example</md:Model.modelingAuthoritySet>"
)


def send(service: Live, kind: str, body: str | bytes, **query: Any) -> httpx.Response:  # noqa: ANN401
    """Send switch states in some form."""
    return service.client.post(
        "/v1/switching", content=body, params=query, headers={"Content-Type": f"{kind}; charset=utf-8"}
    )


def mrid(service: Live, name: str) -> str:
    """Return the mRID of a switch."""
    return str(service.get(f"/v1/switches/{name}").json()["mrid"])


def is_open(service: Live, name: str) -> bool:
    """Tell whether a switch is open."""
    return bool(service.get(f"/v1/switches/{name}").json()["open"])


def ssh(switch: str, opens: str, more: str = "") -> str:
    """Write a file of operating states."""
    state = f'<cim:Breaker rdf:about="#_{switch}"><cim:Switch.open>{opens}</cim:Switch.open></cim:Breaker>'
    return f'{HEAD}<md:FullModel rdf:about="urn:uuid:s1">{HEADER}</md:FullModel>\n{state}\n{more}</rdf:RDF>'


def difference(forward: str, reverse: str = "") -> str:
    """Write a difference model."""
    return (
        f'{HEAD}<dm:DifferenceModel rdf:about="urn:uuid:d1">{HEADER}'
        f'<dm:reverseDifferences rdf:parseType="Statements">{reverse}</dm:reverseDifferences>\n'
        f'<dm:forwardDifferences rdf:parseType="Statements">\n{forward}</dm:forwardDifferences>'
        "</dm:DifferenceModel></rdf:RDF>"
    )


def opened(switch: str, value: str) -> str:
    return (
        f'<rdf:Description rdf:about="urn:uuid:_{switch.upper()}"><cim:Switch.open>{value}</cim:Switch.open>'
        "</rdf:Description>\n"
    )


def test_every_form_answers_as_json_does(service: Live) -> None:
    """One operation, in five forms, each undone by JSON: the same numbers, the same groups."""
    id_ = mrid(service, "S1-F1-CB")
    entry = {"object": id_, "attribute": "Switch.open", "value": 1}
    first = service.operate(1, S1_F1_CB=True)
    forms: list[tuple[str, Any, dict[str, str]]] = [
        ("text/csv", f"switch,open\n{id_},true\n", {"source": "csv", "sequence": "1"}),
        ("application/rdf+xml", ssh(id_, "true"), {}),
        ("text/xml", difference(opened(id_, "True"), opened(id_, "False")), {}),
    ]
    for number in range(3):
        message = {"timestamp": 1_770_000_000, "difference_mrid": f"g{number}", "forward_differences": [entry]}
        wrapped = (message, {"message": message}, {"input": {"message": message}})[number]
        forms.append(("application/json", json.dumps(wrapped), {}))
    versions = [first["groups"][0].pop("version")]
    for number, (kind, body, query) in enumerate(forms, 2):
        service.operate(number, S1_F1_CB=False)
        answer = send(service, kind, body, **query).json()
        versions.append(answer["groups"][0].pop("version"))
        assert answer.pop("ignored", []) == [] and answer.pop("revision") == first["revision"] + 2 * number - 2
        assert answer == {key: value for key, value in first.items() if key != "revision"}
        assert is_open(service, "S1-F1-CB")
    assert versions == [f"1.{minor}.0" for minor in range(1, 14, 2)]


def test_the_same_message_again_gets_the_first_answer_and_another_under_its_number_is_refused(service: Live) -> None:
    id_ = mrid(service, "S1-F1-CB")
    one = send(service, "application/xml", ssh(id_, "true"))
    assert (one.status_code, one.json()["applied"]) == (200, 1)
    assert send(service, "application/xml", "\n" + ssh(id_, "true")).json() == one.json()
    other = send(service, "application/xml", ssh(id_, "false"))
    assert (other.status_code, other.json()["code"]) == (409, "sequence_used")
    switch = service.get("/v1/switches/S1-F1-CB").json()
    assert (switch["reported_by"], switch["at"]) == ("http://dso.example", "2026-01-05T10:00:00+00:00")


def test_an_older_state_file_is_stale(service: Live) -> None:
    id_ = mrid(service, "S1-F1-CB")
    body = {"switch": id_, "open": True, "at": "2026-02-01T00:00:00Z"}
    service.post("/v1/switching", {"source": "dms", "sequence": 1, "operations": [body]})
    answer = send(service, "application/xml", ssh(id_, "false")).json()
    assert ([one["code"] for one in answer["rejected"]], answer["applied"]) == (["stale"], 0)


def test_a_difference_is_taken_whole_or_not_at_all(service: Live) -> None:
    id_ = mrid(service, "S1-F1-CB")
    answer = send(service, "application/xml", difference(opened(id_, "true") + opened("nope", "true")))
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_rejected")
    assert answer.json()["rejected"][0]["index"] == 1 and not is_open(service, "S1-F1-CB")


@pytest.mark.parametrize(
    ("kind", "body", "status", "code", "says"),
    [
        (
            "text/xml",
            difference(
                '<rdf:Description rdf:about="#x"><cim:Conductor.length>1</cim:Conductor.length></rdf:Description>'
            ),
            422,
            "not_a_state",
            "line 3",
        ),
        ("text/xml", difference("", opened("x", "true")), 422, "state_removed", "gives no new state"),
        ("text/xml", ssh("x", "maybe"), 422, "bad_state", "neither true nor false"),
        ("text/xml", f'{HEAD}<cim:Breaker rdf:about="#x"/></rdf:RDF>', 422, "no_switch_state", "no switch state"),
        ("text/xml", ssh("x", "true")[:-20], 422, "file_truncated", "line 2"),
        ("text/xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 422, "document_type_declaration", "ENTITY"),
        ("text/xml", HEAD + "<a>" * 70, 413, "too_deep", "deeper"),
        ("text/csv", "switch,open\na,perhaps\n", 422, "bad_row", "Line 2: open is true or false"),
        ("text/csv", "switch\na\n", 422, "bad_columns", "switch,open"),
        ("text/csv", "switch,open,at\na,1,yesterday\n", 422, "bad_row", "with a zone"),
        ("text/csv", b"switch,open\n\xff,1\n", 422, "not_csv", "UTF-8"),
        ("text/csv", "switch,open\na,1\n", 422, "no_source", "?source="),
        ("application/json", '{"message": 5}', 422, "bad_message", "message"),
        (
            "application/json",
            '{"forward_differences": [{"object": "x"}]}',
            422,
            "bad_message",
            "forward_differences.0.attribute",
        ),
        ("application/json", '{"measurements": {"x": 1}}', 422, "bad_message", "measurements.x"),
        ("application/json", '{"timestamp": "soon", "measurements": {}}', 422, "bad_message", "timestamp"),
        ("application/json", '{"input": ' + "[" * 300, 400, "bad_json", "JSON"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    unchanged: Live, kind: str, body: str | bytes, status: int, code: str, says: str
) -> None:
    answer = send(unchanged, kind, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert says in answer.json()["detail"]


def test_a_long_body_of_any_form_is_refused(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWITCHING_OPERATIONS_MAX", 2)
    three = send(unchanged, "text/csv", "switch,open\na,1\nb,1\nc,1\n", source="s", sequence="long")
    assert (three.status_code, three.json()["code"]) == (413, "too_many_operations")
    two = send(unchanged, "text/csv", "switch,open\na,1\nb,1\n", source="s", sequence="short", atomic="true")
    assert (two.status_code, two.json()["code"]) == (422, "batch_rejected")


def test_aliases_of_a_source_are_its_own_and_survive_a_restart(tmp_path: Path) -> None:
    with live(tmp_path / "d", SAMPLE, templates=("feeder",)) as service:
        id_ = mrid(service, "S1-F1-CB")
        text = f"alias,mrid\nRTU1.Q0,urn:uuid:{id_.upper()}\nS1-F2-CB,{id_}\nLOST,gone\n"
        put = service.client.put("/v1/aliases/scada%201", content=text)
        assert (put.status_code, put.json()["aliases"]) == (200, 3)
        assert [one["code"] for one in put.json()["findings"]] == ["alias_dangling"]
        active = service.items("/v1/models")[0]["id"]
        codes = [one["code"] for one in service.get(f"/v1/models/{active}/report").json()["findings"]]
        assert codes.count("alias_dangling") == 1
    with live(tmp_path / "d", SAMPLE, templates=("feeder",)) as service:
        assert service.items("/v1/aliases/scada 1") == [
            {"alias": "LOST", "mrid": "gone"},
            {"alias": "RTU1.Q0", "mrid": id_},
            {"alias": "S1-F2-CB", "mrid": id_},
        ]

        def operated(source: str, switch: str, opens: bool, number: int) -> dict[str, Any]:
            body = {"source": source, "sequence": number, "operations": [{"switch": switch, "open": opens}]}
            answer: dict[str, Any] = service.post("/v1/switching", body).json()
            return answer

        assert operated("other", "RTU1.Q0", True, 1)["rejected"][0]["code"] == "unknown"
        assert operated("scada 1", "RTU1.Q0", True, 1)["applied"] == 1 and is_open(service, "S1-F1-CB")
        assert operated("scada 1", "S1-F2-CB", False, 2)["applied"] == 1 and not is_open(service, "S1-F1-CB")
        (lost,) = operated("scada 1", "LOST", True, 3)["rejected"]
        assert (lost["switch"], lost["code"]) == ("LOST", "unknown") and "gone" in lost["message"]
        csv = send(service, "text/csv", "switch,open\nRTU1.Q0,open\n", source="scada 1", sequence="9")
        assert csv.json()["applied"] == 1
        plan = service.client.post(
            "/v1/plans",
            content="step,switch,action\n1,RTU1.Q0,close\n",
            params={"source": "scada 1"},
            headers={"Content-Type": "text/csv"},
        ).json()
        assert plan["steps"][0]["operations"][0]["switch"] == id_
        assert service.client.delete("/v1/aliases/scada 1").status_code == 204
        assert service.items("/v1/aliases") == []
        assert service.get("/v1/aliases/scada 1").status_code == 404
    with live(tmp_path / "d", SAMPLE, templates=("feeder",)) as service:
        assert service.items("/v1/aliases") == [] and is_open(service, "S1-F1-CB")


def measured(number: int, said: dict[str, Any], simulation: str = "7") -> str:
    """Write an output of measurements."""
    entries = {mrid: {"measurement_mrid": mrid, "value": value} for mrid, value in said.items()}
    message = {"timestamp": 1_770_000_000 + number, "measurements": entries}
    return json.dumps({"simulation_id": simulation, "message": message})


def discrete(switch: str, mrid: str, name: str) -> str:
    """Write a measurement of the position of a switch, with a name."""
    return (
        f'<cim:Discrete rdf:ID="_{mrid}"><cim:IdentifiedObject.name>{name}</cim:IdentifiedObject.name>'
        "<cim:Measurement.measurementType>Pos</cim:Measurement.measurementType>"
        f'<cim:Measurement.PowerSystemResource rdf:resource="urn:uuid:{switch}"/></cim:Discrete>\n'
    )


@pytest.fixture
def measuring(tmp_path: Path) -> Iterator[tuple[Live, str, str]]:
    """Run a service with two measured switches, m1 of the first and m2 of the second."""
    text = SAMPLE.read_text(encoding="utf-8")
    network = Network.load(SAMPLE)
    ids = [network.equipment.id[list(network.equipment.name).index(name)] for name in ("S1-F1-CB", "S1-F2-CB")]
    more = discrete(ids[0], "m1", "p1") + discrete(ids[1], "m2", "p2")
    model = tmp_path / "model.xml"
    model.write_text(text.replace("</rdf:RDF>", f"{more}</rdf:RDF>"), encoding="utf-8")
    with live(tmp_path / "d", model, templates=("feeder",)) as running:
        yield running, ids[0], ids[1]


def test_an_unreadable_measurement_is_listed_and_makes_no_state(measuring: tuple[Live, str, str]) -> None:
    """Neither of a switch that has its id for a name, nor of its own; the good ones count, with their places."""
    service, first, second = measuring
    service.operate(1, S1_F1_CB=True)
    body = measured(1, {first: 2, "S1-F1-CB": "bad", "m1": "bad", "m2": 0, "nope": 1, "other": [1]})
    answer = send(service, "application/json", body).json()
    assert [(one["index"], one["switch"], one["code"]) for one in answer["rejected"]] == [
        (0, first, "unknown"),
        (1, "S1-F1-CB", "unknown"),
        (2, "m1", "unreadable"),
        (4, "nope", "unknown"),
        (5, "other", "unknown"),
    ]
    assert all(one["message"].endswith(".") for one in answer["rejected"])
    assert (answer["applied"], is_open(service, first), is_open(service, second)) == (1, True, True)
    whole = send(service, "application/json", measured(2, {"m1": "bad", "m2": 1}), atomic="true")
    assert (whole.status_code, whole.json()["code"]) == (422, "batch_rejected")
    assert [one["index"] for one in whole.json()["rejected"]] == [0] and is_open(service, second)


def test_measurements_are_the_same_message_whatever_model_is_active(measuring: tuple[Live, str, str]) -> None:
    """The first answer again; with another value it is another message."""
    service, *_ = measuring
    said = {"m1": 0, "m2": "bad", "m3": 7}
    one = send(service, "application/json", measured(1, said)).json()
    assert one["applied"] == 1
    location = service.client.post("/v1/models?activate=true", content=SAMPLE.read_bytes()).headers["location"]
    service.until(lambda: service.get(location).json()["state"] == "active")
    again = send(service, "application/json", measured(1, said))
    assert (again.status_code, again.json()) == (200, one)
    assert [(bad["index"], bad["code"]) for bad in one["rejected"]] == [(1, "unreadable"), (2, "unknown")]
    other = send(service, "application/json", measured(1, {**said, "m3": 8}))
    assert (other.status_code, other.json()["code"]) == (409, "sequence_used")


def test_preconditions_of_a_difference_are_compared(service: Live) -> None:
    """With the present state; one of something else is refused with its line; the switch may be named by an alias."""
    id_ = mrid(service, "S1-F1-CB")
    body = difference(opened(id_, "true"))

    def careful(wanted: str) -> str:
        part = f'<dm:preconditions rdf:parseType="Statements">{wanted}</dm:preconditions>\n'
        return body.replace("<dm:reverseDifferences", part + "<dm:reverseDifferences")

    refused = send(service, "text/xml", careful(opened(id_, "true")))
    assert (refused.status_code, refused.json()["code"]) == (409, "difference_misfit")
    assert not is_open(service, "S1-F1-CB")
    other = '<rdf:Description rdf:about="#x"><cim:Conductor.length>1</cim:Conductor.length></rdf:Description>'
    refused = send(service, "text/xml", careful(other))
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_state")
    service.client.put("/v1/aliases/rtu", content=f"alias,mrid\nQ0,{id_}\n")
    good = send(service, "text/xml", careful(opened("q0", "false")), source="rtu")
    assert (good.status_code, good.json()["applied"]) == (200, 1)
    assert send(service, "text/xml", careful(opened("q0", "false")), source="rtu").json() == good.json()


def test_solved_states_without_a_switch_are_counted(service: Live) -> None:
    id_ = mrid(service, "S1-F1-CB")
    lost = '<cim:SvSwitch rdf:ID="_v"><cim:SvSwitch.open>true</cim:SvSwitch.open></cim:SvSwitch>'
    answer = send(service, "application/xml", ssh(id_, "true", lost)).json()
    assert (answer["applied"], answer["ignored"]) == (1, [{"what": "SvSwitch without switch", "count": 1}])


def test_a_wrong_table_changes_nothing(service: Live) -> None:
    service.client.put("/v1/aliases/s", content="alias,mrid\na,b\n")
    for text, code in (("alias,mrid\na,b\na,c\n", "alias_twice"), ("source,alias,mrid\nt,a,c\n", "alias_source")):
        answer = service.client.put("/v1/aliases/s", content=text)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert service.items("/v1/aliases/s") == [{"alias": "a", "mrid": "b"}]


def test_a_plan_is_the_same_in_every_form(unchanged: Live) -> None:
    id_ = mrid(unchanged, "S1-F1-CB")
    said = unchanged.post("/v1/plans", {"rows": [{"step": 1, "switch": id_, "action": "open"}]}).json()
    csv = unchanged.client.post(
        "/v1/plans", content=f"step,switch,action\n1,{id_},open\n", headers={"Content-Type": "text/csv"}
    )
    assert csv.json() == said
    xml = (
        '<SwitchingPlan xmlns="http://iec.ch/TC57/2017/SwitchingPlan#"><SwitchingPlan><SwitchingStep><SwitchAction>'
        f"<kind>open</kind><OperatedSwitch><mRID>{id_}</mRID></OperatedSwitch></SwitchAction></SwitchingStep>"
        "<SwitchingStep><TagAction><kind>place</kind></TagAction></SwitchingStep></SwitchingPlan></SwitchingPlan>"
    )
    answer = unchanged.client.post("/v1/plans", content=xml, headers={"Content-Type": "application/xml"}).json()
    assert [one["code"] for one in answer.pop("findings")] == ["plan_step_unmapped"]
    assert answer == said
    wrong = xml.replace(id_, "nope")
    refused = unchanged.client.post("/v1/plans", content=wrong, headers={"Content-Type": "application/xml"})
    assert refused.status_code == 422 and refused.json()["detail"].startswith("Line 1 (step 1): 'nope' names no switch")
