"""Projects over HTTP: the rules every named object follows, and the older register routes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

Join = Callable[..., TestClient]
NO_ID = "00000000-0000-4000-8000-000000000000"


def create(api: TestClient, name: str, **fields: Any) -> dict[str, Any]:
    response = api.post("/v1/project", json={"name": name, **fields})
    assert response.status_code == 200, response.text
    return response.json()


def listed(api: TestClient, **params: Any) -> list[str]:
    response = api.get("/v1/project", params=params)
    assert response.status_code == 200, response.text
    return [project["name"] for project in response.json()["objects"]]


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


def test_create_has_the_shape_of_the_contract(api: TestClient) -> None:
    me = api.get("/api/me").json()
    project = create(api, "a/b ß 🎵", description="d", settings={"comparison_key": "input"}, unknown=1)
    assert project.pop("id")
    assert project.pop("created").endswith("Z")
    assert project == {
        "org_id": me["org"]["id"],
        "name": "a/b ß 🎵",
        "description": "d",
        "settings": {"comparison_key": "input"},
        "user_id": me["user"]["id"],
        "deleted_at": None,
    }


def test_create_again_returns_the_first_unchanged(api: TestClient) -> None:
    first = create(api, "playlist", description="one")
    again = api.post("/v1/project", json={"name": "playlist", "description": "two"})
    assert again.json() == first
    assert again.headers["x-bt-found-existing"] == "true"
    assert "x-bt-found-existing" not in api.post("/v1/project", json={"name": "other"}).headers


def test_put_creates_or_replaces(api: TestClient) -> None:
    created = api.put("/v1/project", json={"name": "p", "description": "one", "settings": {"a": 1}}).json()
    replaced = api.put("/v1/project", json={"name": "p", "description": "two"}).json()
    assert (created["id"], created["created"]) == (replaced["id"], replaced["created"])
    assert (replaced["description"], replaced["settings"]) == ("two", None)


def test_patch_merges_objects_clears_nulls_and_keeps_the_rest(api: TestClient) -> None:
    project = create(api, "p", description="d", settings={"a": {"x": 1, "y": 2}, "b": 3})
    path = f"/v1/project/{project['id']}"
    changed = api.patch(path, json={"settings": {"a": {"x": 9}, "b": None}}).json()
    assert changed == {**project, "settings": {"a": {"x": 9, "y": 2}, "b": None}}
    changed = api.patch(path, json={"name": "q", "description": None}).json()
    assert (changed["name"], changed["description"]) == ("q", None)
    assert api.patch(path, json={"settings": None, "name": None}).json()["settings"] is None
    assert api.patch(path, json={}).json() == api.get(path).json()


def test_patch_to_a_taken_name_is_a_conflict(api: TestClient) -> None:
    create(api, "taken")
    project = create(api, "p")
    problem = error(api.patch(f"/v1/project/{project['id']}", json={"name": "taken"}), 409)
    assert problem["code"] == "name_taken"
    assert listed(api) == ["p", "taken"]


def test_deleted_project_is_gone_and_its_name_is_free(api: TestClient) -> None:
    project = create(api, "p")
    dataset = api.post("/v1/dataset", json={"project_id": project["id"], "name": "d"}).json()
    gone = api.delete(f"/v1/project/{project['id']}")
    assert gone.status_code == 200
    assert gone.json()["deleted_at"] >= project["created"]
    for method in ("get", "delete"):
        assert error(getattr(api, method)(f"/v1/project/{project['id']}"), 404)["code"] == "project_not_found"
    assert error(api.get(f"/v1/dataset/{dataset['id']}"), 404)["code"] == "dataset_not_found"
    assert error(api.post("/v1/dataset", json={"project_id": project["id"], "name": "x"}), 404)
    assert api.get("/v1/dataset").json() == {"objects": []}
    assert create(api, "p")["id"] != project["id"]


def test_pages_walk_the_list_newest_first_in_both_directions(api: TestClient) -> None:
    ids = [create(api, f"p{number}")["id"] for number in range(5)]
    assert listed(api) == ["p4", "p3", "p2", "p1", "p0"]
    assert listed(api, limit=2) == ["p4", "p3"]
    assert listed(api, limit=2, starting_after=ids[3]) == ["p2", "p1"]
    assert listed(api, limit=2, starting_after=ids[1]) == ["p0"]
    assert listed(api, starting_after=ids[0]) == []
    assert listed(api, limit=2, ending_before=ids[0]) == ["p2", "p1"]
    assert listed(api, ending_before=ids[4]) == []
    api.delete(f"/v1/project/{ids[2]}")
    assert listed(api, starting_after=ids[2]) == ["p1", "p0"]


def test_filters_combine(api: TestClient) -> None:
    ids = {name: create(api, name)["id"] for name in ("a", "b", "c")}
    assert listed(api, project_name="b") == listed(api, name="b") == ["b"]
    assert listed(api, ids=[ids["a"], ids["c"]]) == ["c", "a"]
    assert listed(api, ids=[ids["a"]], name="b") == []
    assert listed(api, name="none", unknown_filter="x") == []
    assert listed(api, project_name="", org_name="local") == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("params", "status", "says"),
    [
        ({"limit": 0}, 422, "query.limit: should be greater than or equal to 1"),
        ({"limit": "x"}, 422, "query.limit"),
        ({"starting_after": NO_ID}, 400, "starting_after"),
        ({"starting_after": "x", "ending_before": "y"}, 400, "not both"),
        ({"org_name": "elsewhere"}, 403, "'elsewhere'"),
    ],
)
def test_bad_list_parameters_say_what_is_wrong(
    api: TestClient, params: dict[str, Any], status: int, says: str
) -> None:
    assert says in error(api.get("/v1/project", params=params), status)["message"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{}", "body.name: is required"),
        ('{"name": null}', "body.name"),
        ('{"name": 7}', "body.name"),
        ('{"name": " "}', "must not be blank"),
        ('{"name": "a\\u0000b"}', "control characters"),
        ('{"name": "\\ud800"}', "body.name"),
        (f'{{"name": "{"x" * 513}"}}', "512"),
        ('{"name": "p", "settings": [1]}', "body.settings"),
        ('{"name": "p", "settings": {"a": NaN}}', "not JSON"),
        ('{"name": "p", "settings": {"a": "\\ud800"}}', "body.settings: holds half of a surrogate pair"),
        ('{"name": "p", "settings": {"\\udc00": 1}}', "body.settings: holds half of a surrogate pair"),
        ('{"name": "p", "description": "\\ud800"}', "body.description"),
        ('{"name": "p", "settings": {"a": ' + "[" * 100 + "]" * 100 + "}}", "nested deeper than 100 levels"),
        ("[]", "must be a JSON object"),
    ],
)
def test_bad_bodies_name_the_place(api: TestClient, body: str, says: str) -> None:
    response = api.post("/v1/project", content=body, headers={"content-type": "application/json"})
    problem = error(response, 422)
    assert problem["code"] == "invalid"
    assert says in problem["message"]
    assert listed(api) == []


def test_numbers_beyond_64_bits_and_unicode_survive_in_json_fields(api: TestClient) -> None:
    settings = {"big": 2**70, "small": -0.1e-300, "text": "\u2028 \x7f 🎵", "": {"": []}}
    project = create(api, "p", settings=settings)
    assert api.get(f"/v1/project/{project['id']}").json()["settings"] == settings


def test_names_are_unique_when_many_create_at_once(api: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: create(api, "same")["id"], range(24)))
    assert len(set(found)) == 1
    assert listed(api) == ["same"]


def test_viewer_finds_and_reads_but_does_not_write(api: TestClient, join: Join) -> None:
    project = create(api, "p")
    viewer = join("viewer")
    assert create(viewer, "p")["id"] == project["id"]
    assert viewer.get(f"/v1/project/{project['id']}").status_code == 200
    path = f"/v1/project/{project['id']}"
    assert error(viewer.post("/v1/project", json={"name": "new"}), 403)["code"] == "forbidden"
    assert error(viewer.put("/v1/project", json={"name": "p"}), 403)
    assert error(viewer.patch(path, json={"name": "q"}), 403)
    assert error(viewer.delete(path), 403)
    assert listed(api) == ["p"]
    assert join("member").patch(path, json={"description": "by a member"}).status_code == 200


def test_other_organization_sees_nothing_and_has_its_own_names(api: TestClient, join: Join) -> None:
    project = create(api, "p")
    other = join("owner", org="elsewhere")
    assert listed(other) == []
    path = f"/v1/project/{project['id']}"
    for response in (other.get(path), other.patch(path, json={"name": "q"}), other.delete(path)):
        assert error(response, 404)["code"] == "project_not_found"
    assert create(other, "p")["id"] != project["id"]
    assert listed(other, ids=[project["id"]]) == []


def test_register_finds_or_creates(api: TestClient) -> None:
    first = api.post("/api/project/register", json={"project_name": "p"}).json()
    second = api.post(
        "/api/project/register", json={"project_name": "p", "org_id": first["project"]["org_id"]}
    )
    assert first["found_existing"] is False
    assert second.json() == {"project": first["project"], "found_existing": True}
    assert error(api.post("/api/project/register", json={"project_name": "p", "org_id": NO_ID}), 403)


def test_older_get_routes(api: TestClient) -> None:
    project = create(api, "p")
    assert api.get("/api/project", params={"id": project["id"]}).json() == project
    assert api.get("/api/project", params={"name": "p"}).json() == project
    assert error(api.get("/api/project"), 400)["code"] == "project_missing"
    assert api.post("/api/project/get", json={"id": project["id"]}).json() == [project]
    assert api.post("/api/project/get", json={"name": "p"}).json() == [project]
    assert api.post("/api/project/get", json={"id": NO_ID}).json() == []


def test_object_info_names_objects_and_their_project(api: TestClient) -> None:
    me = api.get("/api/me").json()
    project = create(api, "p")
    dataset = api.post("/v1/dataset", json={"project_id": project["id"], "name": "d"}).json()
    parents = {"project": {"id": project["id"], "name": "p"}, "organization": me["org"]}
    body = {"object_type": "dataset", "object_ids": [dataset["id"], NO_ID]}
    assert api.post("/api/self/get_object_info", json=body).json() == [
        {"object_id": dataset["id"], "object_name": "d", "parent_cols": parents}
    ]
    body = {"object_type": "project", "object_ids": [project["id"]]}
    assert api.post("/api/self/get_object_info", json=body).json() == [
        {"object_id": project["id"], "object_name": "p", "parent_cols": parents}
    ]
    unknown = api.post("/api/self/get_object_info", json={"object_type": "magic", "object_ids": ["x"]})
    assert error(unknown, 501)["code"] == "object_type_unknown"


@pytest.mark.parametrize("announced", [True, False])
def test_body_over_the_limit_is_refused_as_json(api: TestClient, announced: bool) -> None:
    body = b'{"name": "p", "description": "' + b"x" * (8 << 20) + b'"}'
    content = body if announced else (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    response = api.post("/v1/project", content=content, headers={"content-type": "application/json"})
    assert error(response, 413)["code"] == "too_large"
    assert listed(api) == []


def test_deeply_nested_body_is_refused(api: TestClient) -> None:
    depth = 5_000
    for settings in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        body = f'{{"name": "p", "settings": {{"a": {settings}}}}}'
        response = api.post("/v1/project", content=body, headers={"content-type": "application/json"})
        assert response.status_code in (400, 422), response.text
        assert response.json()["error"]["message"]
    assert listed(api) == []
