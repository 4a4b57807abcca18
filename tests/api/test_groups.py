"""`/v1/groups` and `/v1/templates`: created, read, changed with If-Match, deleted; exact events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.live import Live

PV = "kind = 'pv' AND feeder = 'S1-F1'"


def facts(event: dict[str, Any]) -> tuple[Any, ...]:
    """Return what an event says, without members and time."""
    return event["verb"], event["group"]["name"], event["version"], len(event["joined"]), len(event["left"])


def test_a_group_of_listed_members_lives_its_life(service: Live) -> None:
    """Created, changed, deleted, each under the tag that was read; the events say exactly that."""
    ders = service.items("/v1/ders")[:4]
    members = [one["mrid"] for one in ders[:3]] + [ders[3]["name"]]
    made = service.post("/v1/groups", {"name": "four", "members": members})
    assert made.status_code == 201
    mrid = made.json()["mrid"]
    assert made.headers["location"] == f"/v1/groups/{mrid}"
    group = service.get(f"/v1/groups/{mrid}")
    assert group.headers["etag"] == made.headers["etag"]
    assert group.json()["listed"] == [one["mrid"] for one in ders]
    assert (group.json()["kind"], group.json()["members"], group.json()["version"]) == ("static", 4, "1.0.0")
    items = service.get(f"/v1/groups/{mrid}/members").json()
    assert items["items"] == [{key: one[key] for key in ("mrid", "name", "kind")} for one in ders]
    assert items["group"] == {"mrid": mrid, "name": "four", "version": "1.0.0", "sequence": 1, "revision": 3}

    body = {"name": "three", "members": [one["mrid"] for one in ders[:3]]}
    path, tag = f"/v1/groups/{mrid}", group.headers["etag"]
    assert service.client.put(path, json=body).status_code == 428
    changed = service.client.put(path, json=body, headers={"If-Match": tag})
    assert changed.status_code == 200 and changed.headers["etag"] != tag
    stale = service.client.put(path, json=body, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "group_changed")
    assert service.get(path, headers={"If-None-Match": changed.headers["etag"]}).status_code == 304

    assert service.client.delete(path).status_code == 428
    assert service.client.delete(path, headers={"If-Match": tag}).status_code == 412
    assert service.client.delete(path, headers={"If-Match": f'"x", W/{changed.headers["etag"]}'}).status_code == 200
    assert service.get(path).status_code == 404
    assert [facts(one) for one in service.events("1-6")] == [
        ("created", "four", "1.0.0", 4, 0),
        ("executed", "three", "2.0.0", 0, 1),
        ("deleted", "three", "2.0.0", 0, 3),
    ]


def test_a_group_by_criteria_follows_the_switches(service: Live) -> None:
    """Its members leave with their feeder and come back with it."""
    wanted = [
        one["mrid"] for one in service.items("/v1/ders", feeder="S1-F1", kind="pv") if one["kind"] == "pv"
    ]  # fmt: skip
    made = service.post("/v1/groups", {"name": "pv of S1-F1", "criteria": PV}).json()
    path = f"/v1/groups/{made['mrid']}"
    assert [one["mrid"] for one in service.items(f"{path}/members")] == wanted and wanted
    group = service.get(path).json()
    assert (group["kind"], group["criteria"]) == ("rule", PV)
    assert group["criteria_json"]["op"] == "and"
    assert group["policies"] == {"state": "current", "without_supply": "leave", "partially_energised": "stay"}
    service.operate(1, S1_F1_CB=True)
    assert service.items(f"{path}/members") == []
    service.operate(2, S1_F1_CB=False)
    assert [one["mrid"] for one in service.items(f"{path}/members")] == wanted
    own = [facts(one) for one in service.events("1-6") if one["group"]["mrid"] == made["mrid"]]
    size = len(wanted)
    assert own == [
        ("created", "pv of S1-F1", "1.0.0", size, 0),
        ("executed", "pv of S1-F1", "1.1.0", 0, size),
        ("changed", "pv of S1-F1", "1.2.0", size, 0),
    ]


def test_criteria_come_as_json_too_and_follow_policies(service: Live) -> None:
    """The normal state does not move."""
    criteria = {"op": "=", "args": [{"property": "feeder"}, "S1-F1"]}
    normal = service.post("/v1/groups", {"name": "n", "criteria": criteria, "policies": {"state": "normal"}}).json()
    stays = service.post(
        "/v1/groups", {"name": "s", "criteria": "normal_feeder = 'S1-F1'", "policies": {"without_supply": "stay"}}
    ).json()
    assert normal["members"] == stays["members"] > 0
    answer = service.operate(1, S1_F1_CB=True)
    assert [one["name"] for one in answer["groups"]] == ["S1-F1"]


def test_a_definition_can_change_its_kind(service: Live) -> None:
    """From listed members to criteria, under the same id."""
    der = service.items("/v1/ders", limit=1)[0]
    mrid = service.post("/v1/groups", {"name": "g", "members": [der["mrid"]]}).json()["mrid"]
    body = {"name": "g", "criteria": "kind = 'wind'"}
    changed = service.client.put(f"/v1/groups/{mrid}", json=body, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json()["version"]) == (200, "2.0.0")
    assert service.get(f"/v1/groups/{mrid}").json()["kind"] == "rule"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "x"}, 422, "bad_body"),
        ({"name": "x", "members": [], "criteria": "TRUE"}, 422, "bad_body"),
        ({"name": "x", "members": [], "policies": {"state": "normal"}}, 422, "bad_body"),
        ({"name": "", "members": []}, 422, "bad_body"),
        ({"name": "\u0007", "members": []}, 422, "group_name"),
        ({"name": "x", "members": ["nobody"]}, 422, "unknown_id"),
        ({"name": "x", "criteria": "kind ="}, 422, "criteria_syntax"),
        ({"name": "x", "criteria": "colour = 'red'"}, 422, "unknown_attribute"),
        ({"name": "x", "criteria": {"op": "or", "args": []}}, 422, "criteria_syntax"),
        ({"name": "x", "criteria": "TRUE", "policies": {"mood": "good"}}, 422, "unknown_policy"),
        ({"name": "x", "criteria": "TRUE", "policies": {"state": "past"}}, 422, "bad_policy"),
    ],
)
def test_a_group_that_cannot_be_is_refused(unchanged: Live, body: dict[str, Any], status: int, code: str) -> None:
    """With the reason, and without an event."""
    before = unchanged.service.engine.view
    answer = unchanged.post("/v1/groups", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert unchanged.service.engine.view is before


def test_a_group_that_a_template_made_is_not_changed_by_hand(unchanged: Live) -> None:
    """Its template is."""
    group = unchanged.items("/v1/groups")[0]
    answer = unchanged.client.delete(f"/v1/groups/{group['mrid']}", headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "template_group")


def test_the_same_creation_again_is_one_group(service: Live) -> None:
    """Under an Idempotency-Key; the name alone makes it a conflict otherwise."""
    body, key = {"name": "once", "criteria": "kind = 'pv'"}, {"Idempotency-Key": "k1"}
    first = service.post("/v1/groups", body, headers=key)
    again = service.post("/v1/groups", body, headers=key)
    assert first.json() == again.json() and again.status_code == 201
    assert service.post("/v1/groups", body).json()["code"] == "group_name_taken"
    other = service.post("/v1/groups", {**body, "name": "other"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "sequence_used")
    assert len(service.events()) == 7


def test_templates_are_made_once_and_end_with_their_groups(service: Live) -> None:
    """201, then 200; each group has its event."""
    made = service.post("/v1/templates", {"by": ["substation", "kind"]})
    assert made.status_code == 201
    mrid, count = made.json()["mrid"], made.json()["groups"]
    again = service.post("/v1/templates", {"by": ["substation", "kind"]})
    assert (again.status_code, again.json()["mrid"]) == (200, mrid)
    assert service.get(made.headers["location"]).json() == {"mrid": mrid, "by": ["substation", "kind"], "groups": count}
    groups = service.items("/v1/groups", template=mrid, limit=3)
    assert len(groups) == count and all(list(one["key"]) == ["substation", "kind"] for one in groups)
    ended = service.client.delete(f"/v1/templates/{mrid}")
    assert (ended.status_code, ended.json()["groups"]) == (200, count)
    verbs = [one["verb"] for one in service.events("1-6")]
    assert verbs == ["created"] * count + ["deleted"] * count
    assert service.client.delete(f"/v1/templates/{mrid}").status_code == 404
    assert service.post("/v1/templates", {"by": ["weather"]}).json()["code"] == "template_unknown_dimension"
    assert service.post("/v1/templates", {"by": []}).status_code == 422


def test_groups_are_found_by_kind_name_member_and_template(unchanged: Live) -> None:
    """All conditions must hold; pages hold all groups once, ascending."""
    groups = unchanged.items("/v1/groups", limit=3)
    assert [one["mrid"] for one in groups] == sorted(one["mrid"] for one in groups) and len(groups) == 8
    assert unchanged.items("/v1/groups", kind="static") == []
    assert [one["name"] for one in unchanged.items("/v1/groups", name="s2-f")] != []
    for group in groups:
        members = unchanged.items(f"/v1/groups/{group['mrid']}/members", limit=2)
        assert len(members) == group["members"]
        for member in members:
            own = unchanged.items("/v1/groups", member=member["mrid"], template=group["template"])
            assert [one["mrid"] for one in own] == [group["mrid"]]
    for parameters, code in (
        ({"kind": "odd"}, "bad_kind"),
        ({"limit": "0"}, "bad_limit"),
        ({"limit": "1001"}, "bad_limit"),
        ({"member": "nobody"}, "unknown_der"),
    ):
        assert unchanged.get("/v1/groups", params=parameters).json()["code"] == code
