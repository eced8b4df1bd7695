"""Experiments that are put away, and what a runner says of its run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def project(api: TestClient) -> dict[str, Any]:
    return api.post("/v1/project", json={"name": "archive"}).json()


@pytest.fixture
def run(api: TestClient, project: dict[str, Any]) -> Run:
    """`run(name, **fields)` creates an experiment in the project."""

    def create(name: str, **fields: Any) -> dict[str, Any]:
        response = api.post("/v1/experiment", json={"project_id": project["id"], "name": name, **fields})
        assert response.status_code == 200, response.text
        return response.json()

    return create


def change(api: TestClient, experiment: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = api.patch(f"/v1/experiment/{experiment['id']}", json=fields)
    assert response.status_code == 200, response.text
    return response.json()


def base_of(api: TestClient, experiment: dict[str, Any]) -> str | None:
    answer = api.post("/api/base_experiment/get_id", json={"id": experiment["id"]}).json()
    return answer.get("base_exp_name")


def names(api: TestClient, **query: Any) -> list[str]:
    return [one["name"] for one in api.get("/v1/experiment", params=query).json()["objects"]]


def test_lists_hold_all_or_the_archived_or_the_others(
    api: TestClient, project: dict[str, Any], run: Run
) -> None:
    old, _ = run("old"), run("new")
    assert old["archived"] is False
    assert change(api, old, archived=True)["archived"] is True
    of = {"project_id": project["id"]}
    assert names(api, **of) == ["new", "old"], "clients that know of no archive find everything"
    assert names(api, **of, archived="true") == ["old"]
    assert names(api, **of, archived="false") == ["new"]
    assert change(api, old, archived=None)["archived"] is False
    assert names(api, **of, archived="true") == []


def test_an_archived_experiment_is_no_baseline_unless_it_is_named(
    api: TestClient, project: dict[str, Any], run: Run
) -> None:
    oldest, old = run("oldest", repo_info={"commit": "a"}), run("old", repo_info={"commit": "a"})
    new = run("new")
    assert base_of(api, new) == "old"
    change(api, old, archived=True)
    assert base_of(api, new) == "oldest"
    assert run("by commit", ancestor_commits=["a"])["base_exp_id"] == oldest["id"]
    named = run("named", base_exp_id=old["id"])
    assert named["base_exp_id"] == old["id"]
    api.patch(f"/v1/project/{project['id']}", json={"settings": {"baseline_experiment_id": old["id"]}})
    assert base_of(api, new) == "oldest"
    change(api, old, archived=False)
    assert base_of(api, new) == "old"
    assert base_of(api, named) == "old"


def test_viewers_put_nothing_away(run: Run, join: Callable[..., TestClient]) -> None:
    old = run("old")
    answer = join("viewer").patch(f"/v1/experiment/{old['id']}", json={"archived": True})
    assert answer.status_code == 403


def test_what_a_runner_says_is_kept_with_the_time_and_replaced_as_a_whole(api: TestClient, run: Run) -> None:
    said = change(api, run("run"), progress={"planned": 12})["progress"]
    assert (said["planned"], said["state"]) == (12, "running")
    assert said["reported"].endswith("Z")
    after = change(api, run("run"), progress={"state": "finished", "planned": None})["progress"]
    assert (after["planned"], after["state"]) == (None, "finished")
    assert after["reported"] >= said["reported"]
    assert run("at once", progress={"planned": 1})["progress"]["planned"] == 1


@pytest.mark.parametrize("progress", [{"planned": -1}, {"state": "done"}, {"planned": "many"}, 7])
def test_nonsense_about_a_run_is_refused(api: TestClient, run: Run, progress: Any) -> None:
    experiment = run("run")
    answer = api.patch(f"/v1/experiment/{experiment['id']}", json={"progress": progress})
    assert answer.status_code == 422
    assert "progress" in answer.json()["error"]["message"]
