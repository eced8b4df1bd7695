"""Prompts, functions and environments over HTTP: versions, slugs, batches, pins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.core.ids import pretty_xact

Join = Callable[..., TestClient]
Visit = Callable[..., TestClient]
NO_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def project(api: TestClient) -> dict[str, Any]:
    return api.post("/v1/project", json={"name": "playlist"}).json()


@pytest.fixture
def write(api: TestClient, project: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """`write(slug, text)`: a new version of a prompt."""

    def put(slug: str, text: str = "", **fields: Any) -> dict[str, Any]:
        body = {"project_id": project["id"], "name": slug.title(), "slug": slug, "prompt_data": said(text)}
        answer = api.put("/v1/prompt", json={**body, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return put


def said(text: str) -> dict[str, Any]:
    messages = [{"role": "system", "content": text}]
    return {"prompt": {"type": "chat", "messages": messages}, "options": {"model": "m"}}


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


def me(api: TestClient) -> str:
    return api.get("/api/me").json()["user"]["id"]


def listed(api: TestClient, kind: str = "prompt", **params: Any) -> list[dict[str, Any]]:
    response = api.get(f"/v1/{kind}", params=params)
    assert response.status_code == 200, response.text
    return response.json()["objects"]


def test_prompt_has_the_shape_of_the_contract(api: TestClient, project: dict[str, Any]) -> None:
    sent = {
        "project_id": project["id"],
        "name": "Greet",
        "slug": "greet",
        "description": "d",
        "prompt_data": said("hi"),
        "tags": ["a"],
        "metadata": {"owner": "me"},
    }
    prompt = api.post("/v1/prompt", json=sent).json()
    assert prompt.pop("id")
    assert prompt.pop("_xact_id").isdigit()
    assert prompt.pop("created").endswith("Z")
    assert prompt.pop("user_id") == me(api)
    assert prompt == {**sent, "org_id": project["org_id"], "log_id": "p", "function_type": None}
    bare = {"project_id": project["id"], "name": "b", "slug": "b"}
    assert api.post("/v1/prompt", json=bare).json()["prompt_data"] is None


def test_post_finds_by_slug_and_put_adds_a_version(api: TestClient, write: Callable[..., Any]) -> None:
    first = write("greet", "one")
    body = {"project_id": first["project_id"], "name": "x", "slug": "greet", "prompt_data": said("other")}
    again = api.post("/v1/prompt", json=body)
    assert again.json() == first
    assert again.headers["x-bt-found-existing"] == "true"
    second = write("greet", "two", description="d")
    assert second["id"] == first["id"]
    assert int(second["_xact_id"]) > int(first["_xact_id"])
    assert (second["prompt_data"], second["description"]) == (said("two"), "d")


def test_old_versions_stay_readable(api: TestClient, write: Callable[..., Any]) -> None:
    first, second = write("greet", "one", name="Old"), write("greet", "two", name="New")
    path = f"/v1/prompt/{first['id']}"
    for version in (first["_xact_id"], pretty_xact(int(first["_xact_id"]))):
        assert api.get(path, params={"version": version}).json() == first
        assert listed(api, project_name="playlist", slug="greet", version=version) == [first]
    assert api.get(path).json() == second
    assert listed(api, project_id=first["project_id"], slug="greet") == [second]
    unknown = str(int(second["_xact_id"]) + 1)
    assert listed(api, slug="greet", version=unknown) == []
    assert error(api.get(path, params={"version": unknown}), 404)["code"] == "version_not_found"
    assert error(api.get(path, params={"version": "latest"}), 400)["code"] == "version_invalid"
    api.patch(path, json={"slug": "hello"})
    assert listed(api, slug="hello", version=second["_xact_id"])[0]["slug"] == "greet"


def test_patch_adds_a_version_and_replaces_what_a_prompt_says(
    api: TestClient, write: Callable[..., Any]
) -> None:
    first = write("greet", "one", metadata={"a": 1}, tags=["x"])
    path = f"/v1/prompt/{first['id']}"
    completion = {"prompt": {"type": "completion", "content": "c"}}
    changed = api.patch(path, json={"prompt_data": completion, "metadata": {"b": 2}, "name": None}).json()
    assert changed["prompt_data"] == completion
    assert changed["metadata"] == {"a": 1, "b": 2}
    assert (changed["name"], changed["tags"]) == (first["name"], ["x"])
    assert int(changed["_xact_id"]) > int(first["_xact_id"])
    write("other")
    assert error(api.patch(path, json={"slug": "other"}), 409)["code"] == "name_taken"
    assert api.get(path).json() == changed


def test_deleted_prompt_is_gone_and_its_slug_is_free(api: TestClient, write: Callable[..., Any]) -> None:
    prompt = write("greet", "one")
    path = f"/v1/prompt/{prompt['id']}"
    assert api.delete(path).json()["id"] == prompt["id"]
    assert error(api.get(path), 404)["code"] == "prompt_not_found"
    assert error(api.get(path, params={"version": prompt["_xact_id"]}), 404)
    assert listed(api, slug="greet") == []
    assert write("greet", "two")["id"] != prompt["id"]


def test_a_prompt_is_a_function_but_not_the_other_way_round(
    api: TestClient, project: dict[str, Any], write: Callable[..., Any]
) -> None:
    prompt = write("greet", "one")
    code = {"type": "code", "data": {"type": "inline", "code": "def handler(): ..."}}
    body = {"project_id": project["id"], "name": "s", "slug": "s", "function_type": "scorer"}
    scorer = api.post("/v1/function", json={**body, "function_data": code}).json()
    assert scorer["function_data"] == code
    assert [one["slug"] for one in listed(api, "function")] == ["s", "greet"]
    assert [one["slug"] for one in listed(api, "prompt")] == ["greet"]
    assert [one["slug"] for one in listed(api, "function", function_type="scorer")] == ["s"]
    as_function = api.get(f"/v1/function/{prompt['id']}").json()
    assert as_function == {
        **prompt,
        "function_data": {"type": "prompt"},
        "function_schema": None,
        "origin": None,
    }
    assert error(api.get(f"/v1/prompt/{scorer['id']}"), 404)["code"] == "prompt_not_found"
    path = f"/v1/function/{scorer['id']}"
    replaced = api.patch(path, json={"function_data": {"type": "global", "name": "Factuality"}}).json()
    assert replaced["function_data"] == {"type": "global", "name": "Factuality"}
    problem = error(api.patch(path, json={"function_data": {"type": "magic"}}), 422)
    assert "one of prompt, code" in problem["message"]


def batch(api: TestClient, *functions: dict[str, Any]) -> Any:
    return api.post("/insert-functions", json={"functions": list(functions)})


def test_batch_is_one_transaction_in_request_order(
    api: TestClient, project: dict[str, Any], write: Callable[..., Any]
) -> None:
    there = write("there", "old")

    def function(slug: str, **fields: Any) -> dict[str, Any]:
        return {
            "project_id": project["id"],
            "name": slug,
            "slug": slug,
            "function_data": {"type": "prompt"},
            **fields,
        }

    refused = error(batch(api, function("new"), function("there")), 409)
    assert "'there'" in refused["message"]
    assert listed(api, "function", slug="new") == []
    answer = batch(
        api,
        function("new", function_type="parameters", function_data={"type": "parameters", "data": {}}),
        function("there", if_exists="ignore"),
    ).json()
    assert answer["status"] == "success"
    assert [(one["slug"], one["found_existing"]) for one in answer["functions"]] == [
        ("new", False),
        ("there", True),
    ]
    assert answer["functions"][1]["id"] == there["id"]
    assert answer["ignored_count"] == 1
    assert listed(api, "prompt", slug="there") == [there]
    answer = batch(api, function("there", prompt_data=said("new"), if_exists="replace"), function("x")).json()
    assert answer["ignored_count"] == 0
    replaced, new = (listed(api, "function", slug=slug)[0] for slug in ("there", "x"))
    assert (replaced["id"], replaced["prompt_data"]) == (there["id"], said("new"))
    assert replaced["_xact_id"] == new["_xact_id"] == answer["xact_id"]


def test_viewer_reads_and_another_organization_does_not(
    api: TestClient, write: Callable[..., Any], join: Join
) -> None:
    prompt = write("greet", "one")
    path, body = f"/v1/prompt/{prompt['id']}", {"project_id": prompt["project_id"], "name": "n", "slug": "n"}
    viewer, stranger = join("viewer"), join("owner", org="elsewhere")
    assert viewer.get(path).json() == prompt
    assert viewer.post("/v1/prompt", json={**body, "slug": "greet"}).json() == prompt
    for refused in (
        viewer.post("/v1/prompt", json=body),
        viewer.put("/v1/prompt", json={**body, "slug": "greet"}),
        viewer.patch(path, json={"name": "x"}),
        viewer.delete(path),
        batch(viewer, {**body, "function_data": {"type": "prompt"}}),
    ):
        assert error(refused, 403)["code"] == "forbidden"
    assert error(stranger.get(path), 404)
    assert error(stranger.post("/v1/prompt", json=body), 404)["code"] == "project_not_found"
    assert listed(stranger) == []
    assert listed(api) == [prompt]


def test_each_version_names_who_saved_it(
    api: TestClient, write: Callable[..., Any], join: Join, visit: Visit
) -> None:
    first = write("greet", "one")
    path = f"/v1/prompt/{first['id']}"
    member, token = join("member"), api.post("/v1/service_token", json={"name": "deploy"}).json()
    robot = visit(token["key"])
    second = member.patch(path, json={"prompt_data": said("two")}).json()
    entry = {**first, "name": "Greet", "prompt_data": said("three"), "if_exists": "replace"}
    entry = {name: entry[name] for name in ("project_id", "name", "slug", "prompt_data", "if_exists")}
    assert batch(robot, {**entry, "function_data": {"type": "prompt"}}).status_code == 200
    third = api.get(path).json()
    authors = [me(api), me(member), me(robot)]
    assert len(set(authors)) == 3
    assert [one["user_id"] for one in (first, second, third)] == authors
    assert [api.get(path, params={"version": one["_xact_id"]}).json()["user_id"]
            for one in (first, second, third)] == authors  # fmt: skip
    for kind in ("prompt", "function"):
        assert [one["user_id"] for one in listed(api, kind, slug="greet")] == authors[2:]
        (then,) = listed(api, kind, slug="greet", version=first["_xact_id"])
        assert then["user_id"] == authors[0]


def test_authors_are_named_to_those_who_may_know_them(
    api: TestClient, write: Callable[..., Any], join: Join
) -> None:
    prompt = write("greet", "one")
    api.post("/v1/service_token", json={"name": "deploy", "service_account_name": "ci"})
    guest, stranger = join("guest"), join("owner", org="elsewhere")

    def people(who: TestClient, **wanted: Any) -> Any:
        about = {"object_type": "function", "object_id": prompt["id"], **wanted}
        return who.get("/api/people", params=about)

    def called(answer: Any) -> set[str]:
        return {one["given_name"] for one in answer.json()["objects"]}

    assert "ci" not in called(people(api))
    assert "ci" in called(people(api, programs=True))
    assert "ci" in called(people(api, programs=True, object_type="prompt"))
    assert error(people(stranger), 404)["code"] == "function_not_found"
    assert error(people(guest), 403)["code"] == "forbidden"
    rule = {"object_type": "prompt", "object_id": prompt["id"], "user_id": me(guest), "permission": "read"}
    api.post("/v1/acl", json=rule)
    assert {one["id"] for one in people(guest).json()["objects"]} == {me(api), me(guest)}
    assert "ci" not in called(people(guest, programs=True))  # who may not read members


def test_environments_pin_versions(api: TestClient, write: Callable[..., Any]) -> None:
    first, second = write("greet", "one"), write("greet", "two")
    stage = api.post("/environment", json={"name": "Production", "slug": "prod"}).json()
    assert api.post("/environment", json={"name": "Again", "slug": "prod"}).json() == stage
    path = f"/environment-object/prompt/{first['id']}/prod"
    assert error(api.get(path), 404)["code"] == "environment_object_not_found"
    version = pretty_xact(int(first["_xact_id"]))
    pinned = api.put(path, json={"object_version": version, "org_name": "local"}).json()
    assert pinned["object_version"] == first["_xact_id"]
    assert (pinned["object_type"], pinned["object_id"]) == ("prompt", first["id"])
    assert pinned["environment_slug"] == "prod"
    assert api.get(path).json() == pinned
    assert api.get(f"/environment-object/prompt/{first['id']}").json() == {"objects": [pinned]}
    by_id = f"/v1/prompt/{first['id']}"
    assert api.get(by_id, params={"environment": "prod"}).json() == first
    assert listed(api, slug="greet", environment="prod") == [first]
    assert listed(api, slug="greet", environment="prod", version=second["_xact_id"]) == [second]
    assert listed(api, slug="greet", environment="staging") == []
    moved = api.put(path, json={"object_version": second["_xact_id"]}).json()
    assert moved == {**pinned, "object_version": second["_xact_id"]}
    assert api.request("DELETE", path, json={"org_name": "local"}).json()["id"] == pinned["id"]
    assert error(api.get(by_id, params={"environment": "prod"}), 404)["code"] == "version_not_found"


def test_a_rule_of_the_type_prompt_is_about_every_stored_function(
    api: TestClient, project: dict[str, Any], join: Join
) -> None:
    body = {"project_id": project["id"], "name": "s", "slug": "s", "function_type": "scorer"}
    scorer = api.post("/v1/function", json={**body, "function_data": {"type": "global", "name": "X"}}).json()
    guest, stranger = join("guest"), join("owner", org="elsewhere")
    path = f"/v1/function/{scorer['id']}"
    change = {"description": "by a guest"}
    assert error(guest.patch(path, json=change), 403)["code"] == "forbidden"
    rule = {
        "object_type": "prompt",
        "object_id": scorer["id"],
        "user_id": guest.get("/api/me").json()["user"]["id"],
    }
    missing = error(api.post("/v1/acl", json={**rule, "object_id": NO_ID, "permission": "read"}), 404)
    assert missing["code"] == "prompt_not_found"
    foreign = error(stranger.post("/v1/acl", json={**rule, "permission": "read"}), 404)
    assert foreign["code"] == "prompt_not_found"
    for permission in ("read", "update"):
        made = api.post("/v1/acl", json={**rule, "permission": permission}).json()
        assert (made["object_type"], made["object_id"]) == ("prompt", scorer["id"])
    assert guest.patch(path, json=change).json()["description"] == "by a guest"
    assert [one["slug"] for one in listed(guest, "function")] == ["s"]


def test_pins_need_an_object_an_environment_and_a_version(
    api: TestClient, write: Callable[..., Any], join: Join
) -> None:
    prompt = write("greet")
    api.post("/environment", json={"name": "Production", "slug": "prod"})
    body = {"object_version": prompt["_xact_id"]}
    path = f"/environment-object/prompt/{prompt['id']}"
    assert error(api.put(f"{path}/x", json=body), 404)["code"] == "environment_not_found"
    assert error(api.put(f"{path}/prod", json={"object_version": "new"}), 400)["code"] == "version_invalid"
    missing = api.put(f"/environment-object/prompt/{NO_ID}/prod", json=body)
    assert error(missing, 404)["code"] == "prompt_not_found"
    assert error(join("viewer").put(f"{path}/prod", json=body), 403)
    stranger = join("owner", org="elsewhere")
    stranger.post("/environment", json={"name": "Production", "slug": "prod"})
    assert error(stranger.put(f"{path}/prod", json=body), 404)["code"] == "prompt_not_found"


def test_changes_of_what_environments_use_are_told(
    api: TestClient, project: dict[str, Any], write: Callable[..., Any], join: Join
) -> None:
    first, second = write("greet", "one"), write("greet", "two")
    other = write("other")
    for slug in ("prod", "staging"):
        api.post("/environment", json={"name": slug, "slug": slug})
    path = f"/environment-object/prompt/{first['id']}"
    for slug, prompt in (("prod", first), ("prod", second), ("prod", second), ("staging", first)):
        api.put(f"{path}/{slug}", json={"object_version": prompt["_xact_id"]})
    api.delete(f"{path}/prod")
    api.put(f"{path}/prod", json={"object_version": first["_xact_id"]})

    def changes(who: TestClient = api, **wanted: str) -> Any:
        return who.get("/environment-object/changes", params={"project_id": project["id"], **wanted})

    told = changes().json()["objects"]
    assert [(one["environment_slug"], one["object_version"]) for one in told] == [
        ("prod", first["_xact_id"]), ("prod", None), ("staging", first["_xact_id"]), ("prod", second["_xact_id"]),
        ("prod", first["_xact_id"]),
    ]  # fmt: skip
    assert {(one["object_type"], one["object_id"], one["object_name"]) for one in told} == {
        ("prompt", first["id"], first["name"])
    }
    assert changes(since=told[2]["created"], until=told[0]["created"]).json()["objects"] == told[1:3]
    api.delete(f"/v1/prompt/{other['id']}")
    assert changes(join("viewer")).json()["objects"] == told
    stranger = join("owner", org="elsewhere")
    assert error(changes(stranger), 404)["code"] == "project_not_found"
    elsewhere = api.post("/v1/project", json={"name": "elsewhere"}).json()["id"]
    assert changes(project_id=elsewhere).json() == {"objects": []}
    assert error(changes(since="soon"), 422)


def test_environments_change_and_go(api: TestClient) -> None:
    stage = api.post("/environment", json={"name": "P", "slug": "p", "org_name": "local"}).json()
    path = f"/environment/{stage['id']}"
    assert api.patch(path, json={"slug": "q", "description": "d"}).json()["slug"] == "q"
    assert [one["slug"] for one in api.get("/environment", params={"name": "P"}).json()["objects"]] == ["q"]
    assert api.delete(path).json()["deleted_at"]
    assert error(api.get(path), 404)
    assert api.get("/environment").json() == {"objects": []}
