"""Groups of projects: what rules on them reach, and who may put a project into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Join = Callable[..., TestClient]


def done(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def error(response: Any, status: int) -> str:
    assert response.status_code == status, response.text
    return response.json()["error"]["code"]


@pytest.fixture
def projects(api: TestClient) -> dict[str, str]:
    made = {name: done(api.post("/v1/project", json={"name": name}))["id"] for name in ("in", "out")}
    for project in made.values():
        done(api.post("/v1/dataset", json={"project_id": project, "name": "d"}))
    return made


def test_a_rule_reaches_the_projects_of_a_group_while_they_are_in_it(
    api: TestClient, join: Join, projects: dict[str, str]
) -> None:
    group = done(api.post("/v1/project_group", json={"name": "team", "member_projects": [projects["in"]]}))
    guest = join("guest")
    user = done(guest.get("/api/me"))["user"]["id"]
    rule = {"object_type": "project_group_projects", "object_id": group["id"], "user_id": user,
            "permission": "read"}  # fmt: skip
    done(api.post("/v1/acl", json=rule))

    def seen() -> set[str]:
        datasets = done(guest.get("/v1/dataset"))["objects"]
        assert {one["project_id"] for one in datasets} == {
            one["id"] for one in done(guest.get("/v1/project"))["objects"]
        }
        return {one["project_id"] for one in datasets}

    assert seen() == {projects["in"]}
    assert error(guest.get(f"/v1/project/{projects['out']}"), 403) == "forbidden"
    assert error(guest.get(f"/v1/project_group/{group['id']}"), 403) == "forbidden"
    path = f"/v1/project_group/{group['id']}"
    done(api.patch(path, json={"add_member_projects": [projects["out"]]}))
    assert seen() == set(projects.values())
    done(api.patch(path, json={"remove_member_projects": [projects["in"]]}))
    assert seen() == {projects["out"]}
    done(api.delete(path))
    assert seen() == set()


def test_only_who_may_grant_access_to_a_project_puts_it_into_a_group(
    api: TestClient, join: Join, projects: dict[str, str]
) -> None:
    group = done(api.post("/v1/project_group", json={"name": "team"}))
    member = join("member")
    user = done(member.get("/api/me"))["user"]["id"]
    path, add = f"/v1/project_group/{group['id']}", {"add_member_projects": [projects["in"]]}
    assert error(member.patch(path, json={"name": "mine"}), 403) == "forbidden"
    rule = {"object_type": "project_group", "object_id": group["id"], "user_id": user, "permission": "update"}
    done(api.post("/v1/acl", json=rule))
    assert done(member.patch(path, json={"name": "mine"}))["name"] == "mine"
    assert error(member.patch(path, json=add), 403) == "forbidden"
    rule = {
        "object_type": "project",
        "object_id": projects["in"],
        "user_id": user,
        "permission": "create_acls",
    }
    done(api.post("/v1/acl", json=rule))
    assert done(member.patch(path, json=add))["member_projects"] == [projects["in"]]
    nobody = {"add_member_projects": ["00000000-0000-4000-8000-000000000000"]}
    assert error(api.patch(path, json=nobody), 400) == "project_not_found"


def test_a_project_is_created_in_a_group(api: TestClient, projects: dict[str, str]) -> None:
    group = done(api.post("/v1/project_group", json={"name": "team"}))
    body = {"name": "born in it", "project_group_name": "team"}
    made = done(api.post("/v1/project", json=body))
    assert done(api.get(f"/v1/project_group/{group['id']}"))["member_projects"] == [made["id"]]
    again = api.post("/v1/project", json=body)
    assert (done(again), again.headers["x-bt-found-existing"]) == (made, "true")
    outside = {"name": "out", "project_group_name": "team"}
    assert error(api.post("/v1/project", json=outside), 409) == "project_outside_group"
    assert error(api.post("/v1/project", json={"name": "x", "project_group_name": "none"}), 404) == (
        "project_group_not_found"
    )
    assert [one["name"] for one in done(api.get("/v1/project?name=x"))["objects"]] == []
