"""Roles, groups and access rules: what they give, where it ends, and that it is gone when they are."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

Join = Callable[..., TestClient]
NO_ID = "00000000-0000-4000-8000-000000000000"


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


def done(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def world(api: TestClient, join: Join) -> SimpleNamespace:
    """Projects `open` and `closed`, each with a dataset and a prompt; a guest who may do nothing yet."""
    guest = join("guest")
    made: dict[str, Any] = {"guest": guest, "user": guest.get("/api/me").json()["user"]["id"]}
    for name in ("open", "closed"):
        project = done(api.post("/v1/project", json={"name": name}))
        body = {"project_id": project["id"], "name": "n", "slug": "n"}
        dataset = done(api.post("/v1/dataset", json=body))
        prompt = done(api.post("/v1/prompt", json=body))
        made[name] = SimpleNamespace(
            project=project, id=project["id"], dataset=dataset["id"], prompt=prompt["id"]
        )
    return SimpleNamespace(**made, org=project["org_id"])


def names(client: TestClient, path: str) -> list[str]:
    return [one["name"] for one in done(client.get(path))["objects"]]


def allow(
    api: TestClient,
    world: SimpleNamespace,
    permission: str | None,
    object_type: str,
    object_id: str,
    **more: Any,
) -> Any:
    rule = {
        "object_type": object_type,
        "object_id": object_id,
        "permission": permission,
        "user_id": world.user,
    }
    return done(api.post("/v1/acl", json={**rule, **more}))


def test_guest_may_do_nothing(world: SimpleNamespace) -> None:
    guest = world.guest
    for path in ("/v1/project", "/v1/dataset", "/v1/prompt", "/v1/group", "/v1/project_tag"):
        assert names(guest, path) == []
    for path in (
        f"/v1/project/{world.open.id}",
        f"/v1/dataset/{world.open.dataset}",
        f"/v1/acl?object_type=project&object_id={world.open.id}",
    ):
        assert error(guest.get(path), 403)["code"] == "forbidden"
    assert error(guest.post("/v1/project", json={"name": "new"}), 403)
    assert error(guest.get("/v1/user"), 403)
    assert done(guest.post("/v1/api_key", json={"name": "my own"}))["name"] == "my own"


def test_rule_on_a_project_reaches_all_that_is_in_it_and_nothing_else(
    api: TestClient, world: SimpleNamespace
) -> None:
    allow(api, world, "read", "project", world.open.id)
    guest = world.guest
    assert names(guest, "/v1/project") == ["open"]
    for path in ("/v1/dataset", "/v1/prompt"):
        (one,) = done(guest.get(path))["objects"]
        assert one["project_id"] == world.open.id
    assert done(guest.get(f"/v1/dataset/{world.open.dataset}"))
    assert error(guest.get(f"/v1/dataset/{world.closed.dataset}"), 403)
    assert done(guest.post("/v1/project", json={"name": "open"})) == world.open.project
    body = {"project_id": world.open.id, "name": "new"}
    assert error(guest.post("/v1/dataset", json=body), 403)
    assert error(guest.post("/v1/project_tag", json=body), 403)
    allow(api, world, "create", "project", world.open.id)
    assert done(guest.post("/v1/dataset", json=body))["name"] == "new"
    assert error(guest.post("/v1/dataset", json={**body, "project_id": world.closed.id}), 403)
    assert error(guest.delete(f"/v1/project/{world.open.id}"), 403)
    allow(api, world, "update", "project", world.open.id)
    assert done(guest.post("/v1/project_tag", json=body))["name"] == "new"
    assert names(guest, "/v1/project_tag") == ["new"]


def test_rule_on_one_object_reaches_it_alone(api: TestClient, world: SimpleNamespace) -> None:
    allow(api, world, "read", "dataset", world.closed.dataset)
    guest = world.guest
    assert [one["id"] for one in done(guest.get("/v1/dataset"))["objects"]] == [world.closed.dataset]
    assert done(guest.get(f"/v1/dataset/{world.closed.dataset}"))
    assert names(guest, "/v1/project") == names(guest, "/v1/prompt") == []
    assert error(guest.patch(f"/v1/dataset/{world.closed.dataset}", json={}), 403)


def test_rule_may_be_restricted_to_a_type(api: TestClient, world: SimpleNamespace) -> None:
    allow(api, world, "read", "project", world.open.id, restrict_object_type="dataset")
    guest = world.guest
    assert names(guest, "/v1/dataset") == ["n"]
    assert names(guest, "/v1/project") == names(guest, "/v1/prompt") == []
    assert error(guest.get(f"/v1/project/{world.open.id}"), 403)


def test_rules_on_the_organization_and_on_its_projects(api: TestClient, world: SimpleNamespace) -> None:
    rule = allow(api, world, "read", "org_project", world.org)
    guest = world.guest
    assert names(guest, "/v1/project") == ["closed", "open"]
    assert names(guest, "/v1/group") == []
    assert done(api.delete(f"/v1/acl/{rule['id']}")) == rule
    assert names(guest, "/v1/project") == []
    allow(api, world, "create", "organization", world.org)
    assert done(guest.post("/v1/project", json={"name": "new"}))["name"] == "new"


def test_groups_and_roles_pass_on_what_they_have(api: TestClient, world: SimpleNamespace) -> None:
    """The user is in a group that is in a group, which has a role that has a role."""
    inner = done(api.post("/v1/group", json={"name": "inner", "member_users": [world.user]}))
    outer = done(api.post("/v1/group", json={"name": "outer", "member_groups": [inner["id"]]}))
    reader = done(
        api.post("/v1/role", json={"name": "reader", "member_permissions": [{"permission": "read"}]})
    )
    body = {
        "name": "writer",
        "member_roles": [reader["id"]],
        "member_permissions": [{"permission": "update"}],
    }
    writer = done(api.post("/v1/role", json=body))
    rule = {
        "object_type": "project",
        "object_id": world.open.id,
        "group_id": outer["id"],
        "role_id": writer["id"],
    }
    done(api.post("/v1/acl", json=rule))
    guest, path = world.guest, f"/v1/project/{world.open.id}"
    assert done(guest.get(path)) == world.open.project
    assert done(guest.patch(path, json={"description": "by the guest"}))
    assert error(guest.delete(path), 403)
    done(
        api.patch(f"/v1/role/{writer['id']}", json={"remove_member_permissions": [{"permission": "update"}]})
    )
    assert error(guest.patch(path, json={}), 403)
    assert done(guest.get(path))
    done(api.patch(f"/v1/group/{inner['id']}", json={"remove_member_users": [world.user]}))
    assert error(guest.get(path), 403)
    done(api.patch(f"/v1/group/{outer['id']}", json={"add_member_users": [world.user]}))
    assert done(guest.get(path))
    done(api.delete(f"/v1/group/{outer['id']}"))
    assert error(guest.get(path), 403)


def test_members_of_groups_that_contain_each_other(api: TestClient, world: SimpleNamespace) -> None:
    a = done(api.post("/v1/group", json={"name": "a", "member_users": [world.user]}))["id"]
    b = done(api.post("/v1/group", json={"name": "b", "member_groups": [a]}))["id"]
    done(api.patch(f"/v1/group/{a}", json={"add_member_groups": [b]}))
    rule = {"object_type": "project", "object_id": world.open.id, "group_id": b, "permission": "read"}
    done(api.post("/v1/acl", json=rule))
    assert names(world.guest, "/v1/project") == ["open"]


def test_built_in_roles(api: TestClient, world: SimpleNamespace) -> None:
    done(api.post("/v1/role", json={"name": "mine"}))
    roles = done(api.get("/v1/role"))["objects"]
    assert [(role["name"], role["org_id"]) for role in roles] == [
        ("mine", world.org),
        ("Owner", None),
        ("Engineer", None),
        ("Viewer", None),
    ]
    (engineer,) = done(api.get("/v1/role", params={"role_name": "Engineer"}))["objects"]
    path = f"/v1/role/{engineer['id']}"
    assert done(api.get(path)) == engineer
    assert error(api.patch(path, json={"name": "x"}), 403)["code"] == "role_built_in"
    assert error(api.delete(path), 403)["code"] == "role_built_in"
    paged: list[str] = []
    while objects := done(
        api.get("/v1/role", params={"limit": 1, **({"starting_after": paged[-1]} if paged else {})})
    )["objects"]:
        paged.append(objects[0]["id"])
    assert paged == [role["id"] for role in roles]
    allow(api, world, None, "project", world.open.id, role_id=engineer["id"])
    assert done(world.guest.patch(f"/v1/project/{world.open.id}", json={"description": "d"}))


def test_rules_are_found_listed_and_taken_back(api: TestClient, world: SimpleNamespace) -> None:
    first = allow(api, world, "read", "project", world.open.id)
    assert first["_object_org_id"] == world.org
    assert allow(api, world, "read", "project", world.open.id) == first
    second = allow(api, world, "update", "project", world.open.id)
    other = allow(api, world, "read", "dataset", world.open.dataset)
    about = {"object_type": "project", "object_id": world.open.id}
    assert done(api.get("/v1/acl", params=about))["objects"] == [second, first]
    assert done(api.get("/v1/acl", params={**about, "permission": "read"}))["objects"] == [first]
    assert done(api.get("/v1/acl/list_org")) == [other, second, first]
    assert error(api.get("/v1/acl"), 400)["code"] == "target_missing"
    assert done(api.get(f"/v1/acl/{first['id']}")) == first
    item = {**about, "user_id": world.user, "permission": "read"}
    assert done(api.request("DELETE", "/v1/acl", json=item)) == first
    assert error(api.request("DELETE", "/v1/acl", json=item), 404)["code"] == "acl_not_found"
    change = {"add_acls": [item], "remove_acls": [{**item, "permission": "update"}]}
    answer = done(api.post("/v1/acl/batch_update", json=change))
    assert [one["permission"] for one in answer["added_acls"]] == ["read"]
    assert answer["removed_acls"] == [second]
    refused = api.post(
        "/v1/acl/batch_update",
        json={"add_acls": [{**item, "permission": "delete"}], "remove_acls": [item, item]},
    )
    assert error(refused, 404)
    assert [one["permission"] for one in done(api.get("/v1/acl", params=about))["objects"]] == ["read"]


@pytest.mark.parametrize(
    "change",
    [{"user_id": None}, {"group_id": NO_ID}, {"permission": None}, {"role_id": NO_ID}, {"permission": "fly"}],
)
def test_rules_that_make_no_sense_are_refused(
    api: TestClient, world: SimpleNamespace, change: dict[str, Any]
) -> None:
    rule = {"object_type": "project", "object_id": world.open.id, "permission": "read", "user_id": world.user}
    assert error(api.post("/v1/acl", json={**rule, **change}), 422)


def test_rules_name_what_exists(api: TestClient, join: Join, world: SimpleNamespace) -> None:
    stranger = join("owner", org="elsewhere")
    theirs = stranger.get("/api/me").json()["user"]["id"]
    rule = {"object_type": "project", "object_id": world.open.id, "permission": "read", "user_id": world.user}
    assert error(api.post("/v1/acl", json={**rule, "user_id": theirs}), 400)["code"] == "user_not_found"
    assert error(api.post("/v1/acl", json={**rule, "object_id": NO_ID}), 404)["code"] == "project_not_found"
    in_group = {**rule, "user_id": None, "group_id": NO_ID}
    assert error(api.post("/v1/acl", json=in_group), 400)["code"] == "group_not_found"
    assert error(stranger.post("/v1/acl", json=rule), 404)["code"] == "project_not_found"
    assert error(api.post("/v1/group", json={"name": "g", "member_users": [theirs]}), 400)
    mine = allow(api, world, "read", "project", world.open.id)
    assert error(stranger.get(f"/v1/acl/{mine['id']}"), 404)
    assert done(stranger.get("/v1/acl/list_org")) == []


def test_only_who_may_give_gives(api: TestClient, join: Join, world: SimpleNamespace) -> None:
    rule = {
        "object_type": "project",
        "object_id": world.open.id,
        "permission": "delete",
        "user_id": world.user,
    }
    member = join("member")
    for refused in (
        member.post("/v1/acl", json=rule),
        member.post("/v1/group", json={"name": "g", "member_users": [world.user]}),
        member.post("/v1/role", json={"name": "r"}),
        world.guest.post("/v1/acl", json=rule),
    ):
        assert error(refused, 403)["code"] == "forbidden"
    about = {"object_type": "project", "object_id": world.open.id}
    allow(api, world, "create_acls", "project", world.open.id)
    assert done(world.guest.post("/v1/acl", json=rule))["permission"] == "delete"
    elsewhere = {**rule, "object_id": world.closed.id}
    assert error(world.guest.post("/v1/acl", json=elsewhere), 403)
    assert len(done(member.get("/v1/acl", params=about))["objects"]) == 2
