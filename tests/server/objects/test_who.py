"""Who has access to an object and through what, and what a caller may do: as told, and as it is then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Join = Callable[..., TestClient]


def done(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def org_of(api: TestClient) -> str:
    return done(api.get("/api/me"))["org"]["id"]


def id_of(client: TestClient) -> str:
    return done(client.get("/api/me"))["user"]["id"]


def who(api: TestClient, object_type: str, object_id: str) -> list[dict[str, Any]]:
    about = {"object_type": object_type, "object_id": object_id}
    return done(api.get("/v1/acl/effective", params=about))["objects"]


def may(client: TestClient, object_type: str, object_id: str) -> dict[str, Any]:
    about = {"object_type": object_type, "object_id": object_id}
    return done(client.get("/v1/permission", params=about))


def give(api: TestClient, object_type: str, object_id: str, **rule: Any) -> str:
    return done(api.post("/v1/acl", json={"object_type": object_type, "object_id": object_id, **rule}))["id"]


@pytest.fixture
def project(api: TestClient) -> str:
    return done(api.post("/v1/project", json={"name": "p"}))["id"]


@pytest.fixture
def dataset(api: TestClient, project: str) -> str:
    return done(api.post("/v1/dataset", json={"project_id": project, "name": "d"}))["id"]


def brief(entries: list[dict[str, Any]]) -> list[tuple[str, str, list[str], str, bool]]:
    return [
        (one["subject"]["type"], one["subject"]["name"], one["permissions"], one["source"]["name"], one["inherited"])
        for one in entries
    ]  # fmt: skip


def test_every_way_to_an_object_nearest_first(
    api: TestClient, join: Join, project: str, dataset: str
) -> None:
    guest = join("guest")
    user, org = id_of(guest), org_of(api)
    team = done(api.post("/v1/group", json={"name": "team"}))["id"]
    role = done(
        api.post(
            "/v1/role",
            json={
                "name": "labeller",
                "member_permissions": [{"permission": "read"}, {"permission": "update"}],
            },
        )
    )["id"]
    shelf = done(api.post("/v1/project_group", json={"name": "shelf", "member_projects": [project]}))["id"]
    give(api, "organization", org, group_id=team, permission="read_acls")
    give(api, "org_project", org, group_id=team, permission="create")
    give(api, "project_group_projects", shelf, group_id=team, permission="delete")
    give(api, "project", project, user_id=user, permission="read", restrict_object_type="experiment")
    give(api, "project", project, group_id=team, role_id=role)
    own = give(api, "dataset", dataset, user_id=user, permission="read")
    found = who(api, "dataset", dataset)
    everything = may(api, "dataset", dataset)["actions"]["dataset"]
    assert brief(found) == [
        ("user", "guest@local.example", ["read"], "d", False),
        ("group", "team", ["read", "update"], "p", True),
        ("group", "team", ["delete"], "shelf", True),
        ("group", "team", ["create"], "every project", True),
        ("group", "team", ["read_acls"], "local", True),
        ("org_role", "owner", everything, "local", True),
    ]
    assert (found[0]["acl_id"], found[1]["role"]["name"], found[-1]["subject"]["people"]) == (
        own,
        "labeller",
        1,
    )
    of_project = who(api, "project", project)
    assert [one["restrict_object_type"] for one in of_project if not one["inherited"]] == ["experiment", None]
    done(api.delete(f"/v1/acl/{own}"))
    assert "guest@local.example" not in {one["subject"]["name"] for one in who(api, "dataset", dataset)}


def test_what_is_told_is_for_who_may_read_rules(api: TestClient, join: Join, dataset: str) -> None:
    about = {"object_type": "dataset", "object_id": dataset}
    guest = join("guest")
    assert guest.get("/v1/acl/effective", params=about).status_code == 403
    assert guest.get("/v1/permission", params=about).status_code == 403
    give(api, "dataset", dataset, user_id=id_of(guest), permission="read")
    assert may(guest, "dataset", dataset)["actions"] == {"dataset": ["read"]}
    assert guest.get("/v1/acl/effective", params=about).status_code == 403
    stranger = join("owner", org="elsewhere")
    assert stranger.get("/v1/acl/effective", params=about).status_code == 404
    assert stranger.get("/v1/permission", params=about).status_code == 404


def test_whom_to_ask(api: TestClient, join: Join) -> None:
    join("owner", org="elsewhere")
    guest = join("guest")
    found = may(guest, "organization", org_of(api))
    assert (found["role"], found["owners"]) == ("guest", ["owner@localhost"])
    assert set(map(tuple, found["actions"].values())) == {()}


@pytest.mark.parametrize("role", ["owner", "member", "viewer"])
def test_what_is_told_is_what_happens(api: TestClient, join: Join, role: Any, project: str) -> None:
    client = join(role)
    org = org_of(api)
    told = may(client, "project", project)["actions"]
    wide = may(client, "organization", org)["actions"]
    name = {"project_id": project, "name": "made"}
    prompt = {**name, "slug": "made", "prompt_data": {}}
    rule = {"object_type": "project", "object_id": project, "user_id": id_of(client), "permission": "read"}
    tries = [
        ("create" in told["dataset"], client.post("/v1/dataset", json=name)),
        ("create" in told["experiment"], client.post("/v1/experiment", json=name)),
        ("create" in told["prompt"], client.post("/v1/prompt", json=prompt)),
        ("update" in told["project"], client.patch(f"/v1/project/{project}", json={"description": "x"})),
        ("create_acls" in told["project"], client.post("/v1/acl", json=rule)),
        ("create" in wide["group"], client.post("/v1/group", json={"name": "made"})),
        ("create" in wide["role"], client.post("/v1/role", json={"name": "made"})),
        ("create" in wide["service_token"], client.post("/v1/service_token", json={"name": "made"})),
        ("create" in wide["ai_secret"], client.post("/v1/ai_secret", json={"name": "made", "secret": "x"})),
        ("create" in wide["project"], client.post("/v1/project", json={"name": "made"})),
        ("read" in wide["org_audit_logs"], client.get("/v1/audit_log")),
        ("update" in wide["organization"], client.patch("/v1/organization/members", json={})),
        ("read" in wide["user"], client.get("/v1/user")),
    ]
    for told_so, answer in tries:
        assert answer.status_code == (200 if told_so else 403), (answer.request.url, answer.text)
