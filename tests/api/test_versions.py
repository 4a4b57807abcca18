"""Versions over HTTP: difference models, switch states as differences, and the way back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cim_models import loading
from cim_models.difference import Difference, difference_between, write_difference
from cim_models.difference.columns import statements_of
from cim_models.difference.statement import Statement
from cim_models.statements import Header
from tests.api.live import SAMPLE, Live


@pytest.fixture(scope="module")
def said() -> set[Statement]:
    """Return what the sample model says."""
    return set(statements_of(loading.read([SAMPLE])[0]))


def send(service: Live, difference: Difference, **parameters: Any) -> httpx.Response:  # noqa: ANN401 - of the query
    """Send a difference of the active model."""
    (active,) = [one["id"] for one in service.items("/v1/models") if one["state"] == "active"]
    return service.client.post(
        f"/v1/models/{active}/differences", content=write_difference(difference), params=parameters
    )


def without(said: set[Statement], name: str) -> Difference:
    """Return the difference that takes one object away, with all that names it."""
    (mrid,) = {one.subject for one in said if one.predicate == "IdentifiedObject.name" and one.value == name}
    gone = {mrid, *(one.subject for one in said if one.reference and one.value == mrid)}
    return difference_between(said, {one for one in said if one.subject not in gone})


def opened(said: set[Statement], name: str, was: str = "false") -> Difference:
    """Return the difference that opens a switch."""
    (mrid,) = {one.subject for one in said if one.predicate == "IdentifiedObject.name" and one.value == name}
    return Difference(
        Header("opened"), (Statement(mrid, "Switch.open", "true"),), (Statement(mrid, "Switch.open", was),)
    )


def name_of_a_der(service: Live) -> str:
    return sorted(one["name"] for one in service.items("/v1/ders"))[0]


def test_a_difference_makes_a_version_and_the_way_back(service: Live, said: set[Statement]) -> None:
    """One DER gone: one event for each of its groups, exactly; rolled back it is there again, and forward again."""
    der = name_of_a_der(service)
    groups = {one["name"] for one in service.items("/v1/groups") if der in _members(service, one["mrid"])}
    first = len(service.events())
    answer = send(service, without(said, der), activate="true", name="without it")
    assert answer.status_code == 202
    location = answer.headers["location"]
    service.until(lambda: service.get(location).json()["state"] == "active")
    model = service.get(location).json()
    assert model["name"] == "without it" and model["headers"][-1]["id"].startswith("urn:uuid:")
    assert der not in [one["name"] for one in service.items("/v1/ders")]
    new = service.events()[first:]
    assert {(one["group"]["name"], tuple(m["name"] for m in one["left"])) for one in new} == {
        (name, (der,)) for name in groups
    }
    assert all(one["joined"] == [] and one["cause"]["kind"] == "model" for one in new)
    again = send(service, without(said, der), activate="true")
    service.until(lambda: service.get(again.headers["location"]).json()["state"] == "failed")
    refused = service.get(again.headers["location"]).json()["error"]
    assert refused["code"] == "difference_misfit" and "does not have" in refused["message"]
    assert service.post("/v1/models/rollback").status_code == 200
    assert service.items("/v1/models")[0]["base"] in (None, model["base"])
    assert der in [one["name"] for one in service.items("/v1/ders")]
    back = service.events()[first + len(new) :]
    assert {(one["group"]["name"], tuple(m["name"] for m in one["joined"])) for one in back} == {
        (name, (der,)) for name in groups
    }
    service.post("/v1/models/rollback")
    assert der not in [one["name"] for one in service.items("/v1/ders")]


def _members(service: Live, mrid: str) -> list[str]:
    return [one["name"] for one in service.items(f"/v1/groups/{mrid}/members")]


def test_switch_states_make_no_version(service: Live, said: set[Statement]) -> None:
    """Switched at once, as `POST /v1/switching` would; unknown switches are refused whole."""
    before = [one["id"] for one in service.items("/v1/models")]
    answer = send(service, opened(said, "S1-F1-CB"))
    assert (answer.status_code, answer.json()["applied"]) == (200, 1) and answer.json()["groups"]
    assert send(service, opened(said, "S1-F1-CB")).json()["unchanged"] == 1
    good = opened(said, "S1-F2-CB").forward
    bad = Difference(Header("bad"), (*good, Statement("nobody", "Switch.open", "true")))
    answer = send(service, bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_rejected")
    assert [one["id"] for one in service.items("/v1/models")] == before
    assert service.get("/v1/switches/S1-F2-CB").json()["open"] is False


def test_switch_states_are_checked_as_versions_are(service: Live, said: set[Statement]) -> None:
    """Preconditions against the present state; sent again it is the same request; its time is that of the header."""
    one = opened(said, "S1-F1-CB")
    (was,) = one.reverse
    wrong = send(service, Difference(one.header, one.forward, (), (was._replace(value="true"),)))
    assert (wrong.status_code, wrong.json()["code"]) == (409, "difference_misfit")
    assert wrong.json()["detail"].startswith("The difference line ")
    stamp = [("Model.created", "2026-01-05T10:00:00Z"), ("Model.modelingAuthoritySet", "dso")]
    good = Difference(Header("d", [], False, "d1", stamp), one.forward, (), one.reverse)
    first = send(service, good)
    assert (first.status_code, first.json()["applied"]) == (200, 1)
    switch = service.get("/v1/switches/S1-F1-CB").json()
    assert (switch["reported_by"], switch["at"]) == ("dso", "2026-01-05T10:00:00+00:00")
    assert send(service, good).json() == first.json()


def test_nothing_to_roll_back_to(unchanged: Live) -> None:
    """And no difference for a model that is not there."""
    answer = unchanged.post("/v1/models/rollback")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_model_before")
    answer = unchanged.client.post("/v1/models/x/differences", content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_model")
