"""What is about another object holds its id, also when the caller gave its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient


def done(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def test_views_variables_and_rules_about_a_name_are_about_its_id(
    api: TestClient, join: Callable[..., TestClient]
) -> None:
    project = done(api.post("/v1/project", json={"name": "Named"}))["id"]
    guest = join("guest")
    user = done(guest.get("/api/me"))["user"]["id"]
    about = {"object_type": "project", "object_id": "Named"}
    for path, body in (
        ("/v1/view", {**about, "view_type": "logs", "name": "n"}),
        ("/v1/env_var", {**about, "name": "n", "value": "x"}),
        ("/v1/acl", {**about, "user_id": user, "permission": "read"}),
    ):
        made = done(api.post(path, json=body))
        assert made["object_id"] == project
        for one in ("Named", project):
            listed = done(api.get(f"{path}?object_type=project&object_id={one}"))["objects"]
            assert [found["id"] for found in listed] == [made["id"]]
    assert [one["id"] for one in done(guest.get("/v1/project"))["objects"]] == [project]
