"""Members of an organization, service accounts and their tokens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

Visit = Callable[..., TestClient]
Join = Callable[..., TestClient]
MEMBERS = "/v1/organization/members"
NO_ID = "00000000-0000-4000-8000-000000000000"


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


def done(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def invite(api: TestClient, **invitation: Any) -> list[dict[str, Any]]:
    answer = done(api.patch(MEMBERS, json={"invite_users": invitation}))
    assert (answer["status"], answer["org_id"]) == ("success", done(api.get("/api/me"))["org"]["id"])
    return answer["added_users"]


def sign_in(visit: Visit, added: dict[str, Any]) -> TestClient:
    client = visit()
    token = added["login_url"].partition("token=")[2]
    done(client.post("/api/session/login", json={"token": token}))
    return client


def test_invited_person_signs_in_by_the_link(api: TestClient, visit: Visit) -> None:
    (added,) = invite(api, emails=["ada@example.com"])
    assert added["email"] == "ada@example.com"
    me = done(sign_in(visit, added).get("/api/me"))["user"]
    assert (me["id"], me["role"]) == (added["id"], "member")
    assert invite(api, emails=["ADA@example.com"]) == []
    assert [
        one["id"] for one in done(api.get("/v1/user", params={"email": "ada@example.com"}))["objects"]
    ] == [added["id"]]


@pytest.mark.parametrize(
    ("group", "role"), [("Owners", "owner"), ("Engineers", "member"), ("Viewers", "viewer")]
)
def test_built_in_groups_stand_for_roles(api: TestClient, group: str, role: str) -> None:
    (added,) = invite(api, emails=["a@example.com"], group_names=[group])
    assert done(api.get(f"/v1/user/{added['id']}"))["role"] == role


def test_invited_into_a_group_only_what_the_group_may(api: TestClient, visit: Visit) -> None:
    project = done(api.post("/v1/project", json={"name": "open"}))
    done(api.post("/v1/project", json={"name": "closed"}))
    group = done(api.post("/v1/group", json={"name": "readers"}))
    rule = {
        "object_type": "project",
        "object_id": project["id"],
        "group_id": group["id"],
        "permission": "read",
    }
    done(api.post("/v1/acl", json=rule))
    (added,) = invite(api, emails=["a@example.com"], group_name="readers")
    client = sign_in(visit, added)
    assert [one["name"] for one in done(client.get("/v1/project"))["objects"]] == ["open"]
    assert error(
        api.patch(MEMBERS, json={"invite_users": {"emails": ["b@example.com"], "group_name": "x"}}), 400
    )
    assert done(api.get("/v1/user", params={"email": "b@example.com"})) == {"objects": []}


def test_removed_member_is_out_at_once(api: TestClient, visit: Visit) -> None:
    (added,) = invite(api, emails=["a@example.com"])
    client = sign_in(visit, added)
    done(client.get("/v1/project"))
    done(api.patch(MEMBERS, json={"remove_users": {"emails": ["a@example.com"]}}))
    assert error(client.get("/v1/project"), 401)["code"] == "session_ended"
    assert (
        error(api.patch(MEMBERS, json={"remove_users": {"ids": [added["id"]]}}), 400)["code"]
        == "user_not_found"
    )


def test_last_owner_stays(api: TestClient) -> None:
    me = done(api.get("/api/me"))["user"]["id"]
    assert error(api.patch(MEMBERS, json={"remove_users": {"ids": [me]}}), 409)["code"] == "last_owner"
    done(api.get("/v1/project"))


def test_members_are_for_owners_to_change(api: TestClient, join: Join) -> None:
    body = {"invite_users": {"emails": ["a@example.com"], "group_names": ["Owners"]}}
    for role in ("member", "viewer", "guest"):
        assert error(join(role).patch(MEMBERS, json=body), 403)["code"] == "forbidden"
    assert error(api.patch(MEMBERS, json={"org_name": "other", **body}), 403)["code"] == "org_unknown"
    assert error(api.patch(MEMBERS, json={"invite_users": {"emails": ["nobody"]}}), 422)


def test_service_account_with_a_first_token(api: TestClient, visit: Visit) -> None:
    account = {"name": "ci", "token_name": "first"}
    (added,) = invite(api, service_accounts=[account], group_names=["Viewers"])
    robot = visit(added["api_key"])
    assert done(robot.get("/v1/project")) == {"objects": []}
    assert error(robot.post("/v1/project", json={"name": "p"}), 403)
    (token,) = done(api.get("/v1/service_token"))["objects"]
    assert (token["name"], token["service_account_name"]) == ("first", "ci")
    assert token["service_account_id"] == added["id"]


def test_service_token_works_until_it_is_deleted(api: TestClient, visit: Visit) -> None:
    created = done(api.post("/v1/service_token", json={"name": "deploy", "service_account_name": "ci"}))
    key = created.pop("key")
    path = f"/v1/service_token/{created['id']}"
    assert done(api.get(path)) == created
    assert done(api.get("/v1/service_token", params={"service_token_name": "deploy"}))["objects"] == [created]
    assert key not in api.get("/v1/service_token").text
    robot = visit(key)
    assert (
        done(robot.post("/v1/project", json={"name": "made by ci"}))["user_id"]
        == created["service_account_id"]
    )
    assert error(robot.post("/v1/service_token", json={"name": "more"}), 403)
    names = [one["name"] for one in done(api.get("/v1/api_key"))["objects"]]
    assert "deploy" not in names
    second = done(
        api.post("/v1/service_token", json={"name": "x", "service_account_id": created["service_account_id"]})
    )
    assert second["service_account_name"] == "ci"
    assert done(api.request("DELETE", "/v1/service_token", json={"id": created["id"]})) == created
    assert error(robot.get("/v1/project"), 401)["code"] == "key_unknown"
    assert error(api.get(path), 404)["code"] == "service_token_not_found"
    assert done(visit(second["key"]).get("/v1/project"))["objects"]


def test_put_of_a_service_token_replaces_the_one_of_that_name(api: TestClient, visit: Visit) -> None:
    first, second = (done(api.put("/v1/service_token", json={"name": "deploy"})) for _ in range(2))
    assert first["service_account_id"] == second["service_account_id"]
    assert error(visit(first["key"]).get("/v1/project"), 401)
    assert done(visit(second["key"]).get("/v1/project")) == {"objects": []}
    assert [one["id"] for one in done(api.get("/v1/service_token"))["objects"]] == [second["id"]]


def test_service_tokens_are_for_owners(api: TestClient, join: Join) -> None:
    token = done(api.post("/v1/service_token", json={"name": "t"}))
    stranger = join("owner", org="elsewhere")
    assert error(stranger.get(f"/v1/service_token/{token['id']}"), 404)
    body = {"name": "x", "service_account_id": token["service_account_id"]}
    assert error(stranger.post("/v1/service_token", json=body), 400)["code"] == "service_account_not_found"
    member = join("member")
    assert error(member.post("/v1/service_token", json={"name": "x"}), 403)
    assert error(member.delete(f"/v1/service_token/{token['id']}"), 403)


def test_organization_is_renamed_by_its_owner(api: TestClient, join: Join) -> None:
    org = done(api.get("/v1/organization"))["objects"][0]
    path = f"/v1/organization/{org['id']}"
    assert error(join("member").patch(path, json={"name": "x"}), 403)
    join("owner", org="taken")
    assert error(api.patch(path, json={"name": "taken"}), 409)["code"] == "name_taken"
    assert done(api.patch(path, json={"name": "Acme"})) == {**org, "name": "Acme"}
    assert done(api.get("/api/me"))["org"]["name"] == "Acme"
    assert error(api.patch(f"/v1/organization/{NO_ID}", json={"name": "x"}), 404)


def test_keys_of_the_organization_in_a_stretch_of_time(api: TestClient) -> None:
    made = done(api.post("/v1/api_key", json={"name": "k"}))

    def names(**params: str) -> list[str]:
        return [one["name"] for one in done(api.get("/v1/organization/api_keys", params=params))["objects"]]

    assert names(created_after=made["created"]) == ["k"]
    assert names(created_before=made["created"]) == ["k", "first key"]
    assert names(created_before="2020-01-01T00:00:00Z") == []


def change(api: TestClient, *changes: dict[str, Any]) -> Any:
    return api.patch(MEMBERS, json={"change_users": list(changes)})


def test_a_role_is_changed_at_once(api: TestClient, visit: Visit) -> None:
    (added,) = invite(api, emails=["ada@example.com"])
    client = sign_in(visit, added)
    client.headers["x-assay-csrf"] = "1"
    done(client.post("/v1/project", json={"name": "hers"}))
    done(change(api, {"id": added["id"], "role": "viewer"}))
    assert error(client.post("/v1/project", json={"name": "no more"}), 403)["code"] == "forbidden"
    assert done(api.get(f"/v1/user/{added['id']}"))["role"] == "viewer"
    done(change(api, {"email": "ADA@example.com", "role": "owner"}))
    done(client.patch(MEMBERS, json={"invite_users": {"emails": ["b@example.com"]}}))
    assert error(change(api, {"id": NO_ID, "role": "owner"}), 400)["code"] == "user_not_found"
    assert error(change(api, {"id": added["id"], "role": "king"}), 422)
    assert error(change(api, {"role": "viewer"}), 422)


def test_last_owner_cannot_be_demoted_nor_leave_it_to_a_program(api: TestClient, join: Join) -> None:
    me = done(api.get("/api/me"))["user"]["id"]
    assert error(change(api, {"id": me, "role": "member"}), 409)["code"] == "last_owner"
    (robot,) = invite(api, service_accounts=[{"name": "ci"}], group_names=["Owners"])
    assert error(change(api, {"id": me, "role": "member"}), 409)["code"] == "last_owner"
    assert done(api.get("/api/me"))["user"]["role"] == "owner"
    second = done(join("owner").get("/api/me"))["user"]["id"]
    both = [{"id": me, "role": "member"}, {"id": second, "role": "viewer"}]
    assert error(change(api, *both), 409)["code"] == "last_owner"
    done(change(api, both[0]))
    assert error(change(api, {"id": robot["id"], "role": "viewer"}), 403)["code"] == "forbidden"


def test_who_is_invited_again_starts_anew(api: TestClient, visit: Visit) -> None:
    project = done(api.post("/v1/project", json={"name": "p"}))["id"]
    group = done(api.post("/v1/group", json={"name": "readers"}))["id"]
    (added,) = invite(api, emails=["ada@example.com"], group_name="readers")
    rule = {
        "object_type": "project",
        "object_id": project,
        "user_id": added["id"],
        "permission": "read",
    }
    acl = done(api.post("/v1/acl", json=rule))["id"]
    client = sign_in(visit, added)
    key = done(client.post("/v1/api_key", json={"name": "k"}, headers={"x-assay-csrf": "1"}))["key"]
    done(visit(key).get("/v1/project"))
    done(api.patch(MEMBERS, json={"remove_users": {"ids": [added["id"]]}}))
    assert done(api.get(f"/v1/group/{group}"))["member_users"] == []
    assert error(api.get(f"/v1/acl/{acl}"), 404)["code"] == "acl_not_found"
    (again,) = invite(api, emails=["ada@example.com"])
    assert again["id"] == added["id"]
    assert error(client.get("/v1/project"), 401)["code"] == "session_ended"
    assert error(visit(key).get("/v1/project"), 401)["code"] == "key_unknown"


def test_two_owners_who_demote_each_other_at_once(api: TestClient, join: Join) -> None:
    other = join("owner")
    ids = [done(one.get("/api/me"))["user"]["id"] for one in (api, other)]
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(change, api, {"id": ids[1], "role": "viewer"})
        two = pool.submit(change, other, {"id": ids[0], "role": "viewer"})
        statuses = sorted((one.result().status_code, two.result().status_code))
    assert statuses in ([200, 403], [200, 409])
    roles = [api.get("/api/me").json()["user"]["role"], other.get("/api/me").json()["user"]["role"]]
    assert roles.count("owner") == 1
