"""The view each user opens a page with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

PATH = "/v1/view_default"


@pytest.fixture
def page(api: TestClient) -> dict[str, str]:
    """The page of experiments of a project."""
    return {
        "project_id": api.post("/v1/project", json={"name": "views"}).json()["id"],
        "view_type": "experiments",
    }


def view(api: TestClient, page: dict[str, str], name: str, **fields: str) -> dict[str, Any]:
    body = {"object_type": "project", "object_id": page["project_id"], **page, "name": name, **fields}
    response = api.post("/v1/view", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_choice_is_the_users_own(
    api: TestClient, page: dict[str, str], join: Callable[..., TestClient]
) -> None:
    viewer = join("viewer")
    mine, theirs = view(api, page, "mine"), view(api, page, "theirs")
    nothing = {**page, "view_id": None, "chosen": False}
    assert api.get(PATH, params=page).json() == nothing
    for client, chosen in ((api, mine), (viewer, theirs), (viewer, mine), (viewer, theirs)):
        answer = client.put(PATH, json={**page, "view_id": chosen["id"]})
        assert answer.json() == {**page, "view_id": chosen["id"], "chosen": True}
    assert api.get(PATH, params=page).json()["view_id"] == mine["id"]
    assert viewer.get(PATH, params=page).json()["view_id"] == theirs["id"]
    assert api.get(PATH, params={**page, "view_type": "logs"}).json()["chosen"] is False
    viewer.put(PATH, json={**page, "view_id": None})
    assert viewer.get(PATH, params=page).json() == {**page, "view_id": None, "chosen": True}
    assert viewer.delete(PATH, params=page).json() == nothing
    assert viewer.get(PATH, params=page).json() == nothing
    assert api.get(PATH, params=page).json()["view_id"] == mine["id"]


def test_a_deleted_view_is_no_choice(api: TestClient, page: dict[str, str]) -> None:
    gone = view(api, page, "gone")
    api.put(PATH, json={**page, "view_id": gone["id"]})
    about = {"object_type": "project", "object_id": page["project_id"]}
    assert api.request("DELETE", f"/v1/view/{gone['id']}", json=about).status_code == 200
    assert api.get(PATH, params=page).json() == {**page, "view_id": None, "chosen": False}
    assert api.put(PATH, json={**page, "view_id": gone["id"]}).status_code == 404


def test_views_of_the_organization_will_do_and_those_of_other_pages_will_not(
    api: TestClient, page: dict[str, str]
) -> None:
    org = api.get("/api/me").json()["org"]["id"]
    everywhere = view(api, page, "everywhere", object_type="organization", object_id=org)
    assert api.put(PATH, json={**page, "view_id": everywhere["id"]}).status_code == 200
    logs = view(api, page, "logs", view_type="logs")
    elsewhere = api.post("/v1/project", json={"name": "elsewhere"}).json()["id"]
    other = view(api, page, "other", object_id=elsewhere)
    for wrong in (logs, other):
        answer = api.put(PATH, json={**page, "view_id": wrong["id"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "view_of_another_page")


def test_strangers_have_no_page_to_choose_for(
    api: TestClient, page: dict[str, str], join: Callable[..., TestClient]
) -> None:
    stranger = join("owner", org="elsewhere")
    assert stranger.get(PATH, params=page).status_code == 404
    assert stranger.put(PATH, json={**page, "view_id": None}).status_code == 404
    assert stranger.delete(PATH, params=page).status_code == 404
    assert api.get(PATH, params={**page, "view_type": "nothing"}).status_code == 422
