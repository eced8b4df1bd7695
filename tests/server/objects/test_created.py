"""Objects that come from another server keep the time at which they were made there."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

LONG_AGO, STORED = "2020-02-03T04:05:06.789012+02:00", "2020-02-03T02:05:06.789012Z"
VERSION = "1000198123456789012"


def bodies(api: TestClient) -> dict[str, dict[str, Any]]:
    """Path → the least it takes to create an object there."""
    project = api.post("/v1/project", json={"name": "home"}).json()["id"]
    dataset = api.post("/v1/dataset", json={"project_id": project, "name": "all"}).json()["id"]
    named = {"project_id": project, "name": "old", "slug": "old"}
    return {
        "/v1/project": {"name": "old"},
        "/v1/dataset": named,
        "/v1/experiment": named,
        "/v1/prompt": named,
        "/v1/function": {**named, "slug": "older", "function_data": {"type": "prompt"}},
        "/v1/dataset_snapshot": {"dataset_id": dataset, "name": "old", "xact_id": VERSION},
        "/environment": {"name": "old", "slug": "old"},
    }


def test_objects_are_made_at_the_time_that_is_given(api: TestClient) -> None:
    for path, body in bodies(api).items():
        made = api.post(path, json={**body, "created": LONG_AGO})
        assert (made.status_code, made.json()["created"]) == (200, STORED), path
        assert api.get(f"{path}/{made.json()['id']}").json()["created"] == STORED, path


def test_an_object_that_is_there_keeps_its_time(api: TestClient) -> None:
    for path, body in bodies(api).items():
        made = api.post(path, json=body).json()
        assert made["created"] > "2026", path
        for method in ("POST", "PUT"):
            again = api.request(method, path, json={**body, "created": LONG_AGO})
            assert (again.status_code, again.json()["created"]) == (200, made["created"]), path


def test_a_list_is_in_the_order_of_the_times(api: TestClient) -> None:
    for name, created in (("second", "2021-01-01"), ("third", "2022-01-01"), ("first", "2020-01-01")):
        api.post("/v1/project", json={"name": name, "created": created})
    names = [one["name"] for one in api.get("/v1/project").json()["objects"]]
    assert names[-3:] == ["third", "second", "first"]


@pytest.mark.parametrize(
    "created", ["yesterday", "2026-13-01", "1850-01-01", "2300-01-01", "0001-01-01T00:00:00+14:00", 5]
)
def test_what_is_no_time_is_refused(api: TestClient, created: Any) -> None:
    answer = api.post("/v1/project", json={"name": "never", "created": created})
    assert answer.status_code in (400, 422)
    assert "created" in answer.text
    assert api.get("/v1/project", params={"project_name": "never"}).json()["objects"] == []
