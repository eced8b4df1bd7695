"""Experiments and datasets over HTTP: names, baselines, the register routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Join = Callable[..., TestClient]
NO_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def project(api: TestClient) -> dict[str, Any]:
    return api.post("/v1/project", json={"name": "playlist"}).json()


@pytest.fixture
def run(api: TestClient, project: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """`run(name, **fields)` creates an experiment in the project."""

    def create(name: str | None = None, **fields: Any) -> dict[str, Any]:
        response = api.post("/v1/experiment", json={"project_id": project["id"], "name": name, **fields})
        assert response.status_code == 200, response.text
        return response.json()

    return create


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


def base_of(api: TestClient, experiment: dict[str, Any]) -> str | None:
    response = api.post("/api/base_experiment/get_id", json={"id": experiment["id"]})
    if response.status_code == 400:
        assert response.json()["error"]["code"] == "no_base_experiment"
        return None
    return response.json()["base_exp_name"]


def test_experiment_has_the_shape_of_the_contract(
    api: TestClient, project: dict[str, Any], run: Callable[..., dict[str, Any]]
) -> None:
    dataset = api.post("/v1/dataset", json={"project_id": project["id"], "name": "d"}).json()
    sent = {
        "description": "d",
        "repo_info": {"commit": "c0ffee", "branch": "main", "dirty": False, "tag": None},
        "dataset_id": dataset["id"],
        "dataset_version": "1000198123456789012",
        "parameters_id": NO_ID,
        "parameters_version": "2",
        "public": True,
        "metadata": {"model": {"name": "m"}},
        "tags": ["a", "b"],
        "internal_metadata": {"dataset_filter": {"btql": "true"}},
    }
    experiment = run("first", **sent)
    assert experiment.pop("id")
    assert experiment.pop("created").endswith("Z")
    assert experiment.pop("user_id")
    assert experiment == {
        **sent,
        "project_id": project["id"],
        "name": "first",
        "commit": "c0ffee",
        "base_exp_id": None,
        "deleted_at": None,
        "archived": False,
        "progress": None,
    }


def test_taken_name_returns_the_old_or_with_ensure_new_a_new_experiment(
    run: Callable[..., dict[str, Any]],
) -> None:
    first = run("e", metadata={"n": 1})
    assert run("e", metadata={"n": 2}) == first
    assert run("e", ensure_new=False) == first
    names = {run("e", ensure_new=True)["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch(r"e-[0-9a-f]{8}", name) for name in names)
    assert run("free", ensure_new=True)["name"] == "free"


def test_experiment_without_a_name_is_named_after_branch_and_time(run: Callable[..., dict[str, Any]]) -> None:
    pattern = r"feature/x-\d{4}-\d\d-\d\d-\d{6}(-[0-9a-f]{8})?"
    first, second = (run(repo_info={"branch": "feature/x"}) for _ in range(2))
    assert re.fullmatch(pattern, first["name"])
    assert re.fullmatch(pattern, second["name"])
    assert first["id"] != second["id"]
    assert run()["name"].startswith("experiment-20")


def test_baseline_is_the_one_that_is_named(api: TestClient, run: Callable[..., dict[str, Any]]) -> None:
    old = run("old")
    run("newer")
    assert base_of(api, run("new", base_exp_id=old["id"])) == "old"
    problem = error(
        api.post("/v1/experiment", json={"project_id": old["project_id"], "name": "x", "base_exp_id": NO_ID}),
        400,
    )
    assert "base experiment" in problem["message"]
    assert api.get("/v1/experiment", params={"experiment_name": "x"}).json() == {"objects": []}


def test_baseline_from_ancestor_commits_is_the_newest_on_one_of_them(
    api: TestClient, run: Callable[..., dict[str, Any]]
) -> None:
    run("a1", repo_info={"commit": "a"})
    run("a2", repo_info={"commit": "a"})
    run("b", repo_info={"commit": "b"})
    chosen = run("new", ancestor_commits=["x", "a"])
    assert base_of(api, chosen) == "a2"
    assert chosen["base_exp_id"] is not None
    assert run("none", ancestor_commits=["x"])["base_exp_id"] is None


def test_baseline_without_hints_is_the_projects_then_the_newest_earlier_one(
    api: TestClient, project: dict[str, Any], run: Callable[..., dict[str, Any]]
) -> None:
    golden, second, third = run("golden"), run("second"), run("third")
    assert base_of(api, golden) is None
    assert base_of(api, third) == "second"
    settings = {"settings": {"baseline_experiment_id": golden["id"]}}
    api.patch(f"/v1/project/{project['id']}", json=settings)
    assert base_of(api, third) == "golden"
    assert base_of(api, run("fourth", ancestor_commits=["x"], repo_info={"commit": "x"})) == "golden"
    api.delete(f"/v1/experiment/{golden['id']}")
    assert base_of(api, third) == "second"
    assert error(api.post("/api/base_experiment/get_id", json={"id": golden["id"]}), 404)
    assert second["name"] == "second"


def test_reruns_of_some_cases_are_no_baseline_unless_they_are_named(
    api: TestClient, run: Callable[..., dict[str, Any]]
) -> None:
    commit = {"repo_info": {"commit": "a"}}
    whole = run("whole", metadata={"model": "m"}, **commit)
    run("bare", **commit)
    rerun = run("rerun", metadata={"rerun_of": whole["id"]}, **commit)
    assert base_of(api, rerun) == "bare"
    assert base_of(api, run("next")) == "bare"
    assert base_of(api, run("on an ancestor", ancestor_commits=["a"])) == "bare"
    assert base_of(api, run("named", base_exp_id=rerun["id"])) == "rerun"


def test_a_run_without_a_case_is_no_baseline_unless_it_is_named(
    api: TestClient, run: Callable[..., dict[str, Any]]
) -> None:
    commit = {"repo_info": {"commit": "a"}}
    for name, planned in (("some", 3), ("unknown", None)):
        whole = run(name, progress={"planned": planned, "state": "finished"}, **commit)
        empty = run(f"none after {name}", progress={"planned": 0, "state": "finished"}, **commit)
        assert base_of(api, empty) == name
        assert base_of(api, run(f"next to {name}")) == name
        assert base_of(api, run(f"above {name}", ancestor_commits=["a"])) == name
        assert base_of(api, run(f"named after {name}", base_exp_id=empty["id"])) == empty["name"]
        assert whole["base_exp_id"] is None


def test_experiment_points_only_at_datasets_of_its_organization(
    api: TestClient, project: dict[str, Any], join: Join
) -> None:
    other = join("owner", org="elsewhere")
    theirs = other.post("/v1/project", json={"name": "p"}).json()
    dataset = other.post("/v1/dataset", json={"project_id": theirs["id"], "name": "d"}).json()
    body = {"project_id": project["id"], "name": "e", "dataset_id": dataset["id"]}
    assert error(api.post("/v1/experiment", json=body), 404)["code"] == "dataset_not_found"
    body = {"project_id": theirs["id"], "name": "e"}
    assert error(api.post("/v1/experiment", json=body), 404)["code"] == "project_not_found"


def test_patch_of_an_experiment(api: TestClient, run: Callable[..., dict[str, Any]]) -> None:
    base = run("base")
    experiment = run("e", metadata={"a": 1, "b": {"c": 2}}, tags=["x"], repo_info={"commit": "1"})
    path = f"/v1/experiment/{experiment['id']}"
    changes = {
        "name": "renamed",
        "metadata": {"b": {"d": 3}},
        "tags": ["y"],
        "base_exp_id": base["id"],
        "repo_info": {"commit": "2", "branch": "main"},
        "public": None,
    }
    changed = api.patch(path, json=changes).json()
    assert changed == {
        **experiment,
        **changes,
        "metadata": {"a": 1, "b": {"c": 2, "d": 3}},
        "commit": "2",
        "public": False,
    }
    assert error(api.patch(path, json={"base_exp_id": NO_ID}), 400)["code"] == "base_experiment_not_found"
    assert error(api.patch(path, json={"name": "base"}), 409)["code"] == "name_taken"


def test_put_sets_every_field(run: Callable[..., dict[str, Any]], api: TestClient) -> None:
    experiment = run("e", metadata={"a": 1}, tags=["x"], description="d")
    body = {"project_id": experiment["project_id"], "name": "e", "description": "new"}
    replaced = api.put("/v1/experiment", json=body).json()
    assert replaced == {**experiment, "description": "new", "metadata": None, "tags": None}


def test_register_of_an_experiment(api: TestClient) -> None:
    body: dict[str, Any] = {"project_name": "made here", "experiment_name": "e", "repo_info": {"commit": "a"}}
    first = api.post("/api/experiment/register", json=body).json()
    assert first["project"]["name"] == "made here"
    assert first["experiment"]["project_id"] == first["project"]["id"]
    second = api.post("/api/experiment/register", json={**body, "base_experiment": "e"}).json()["experiment"]
    assert re.fullmatch(r"e-[0-9a-f]{8}", second["name"])
    assert second["base_exp_id"] == first["experiment"]["id"]
    updated = api.post("/api/experiment/register", json={**body, "update": True}).json()
    assert updated["experiment"] == first["experiment"]
    missing = api.post("/api/experiment/register", json={**body, "base_experiment": "nope"})
    assert "base experiment" in error(missing, 400)["message"]


def test_open_of_an_experiment_by_name(api: TestClient, run: Callable[..., dict[str, Any]]) -> None:
    experiment = run("e")
    body = {"project_name": "playlist", "org_name": "local", "experiment_name": "e"}
    assert api.post("/api/experiment/get", json=body).json() == [experiment]
    assert api.post("/api/experiment/get", json={**body, "experiment_name": "x"}).json() == []
    assert api.post("/api/experiment/get", json={**body, "project_name": "x"}).json() == []


def test_lists_filter_by_project_and_name(api: TestClient, run: Callable[..., dict[str, Any]]) -> None:
    run("a")
    other = api.post("/api/experiment/register", json={"project_name": "q", "experiment_name": "a"}).json()

    def listed(**params: Any) -> list[str]:
        objects = api.get("/v1/experiment", params=params).json()["objects"]
        return [experiment["project_id"] for experiment in objects]

    assert len(listed(experiment_name="a")) == len(listed(name="a")) == 2
    assert listed(project_name="q") == listed(project_id=other["project"]["id"]) == [other["project"]["id"]]
    assert listed(project_name="q", experiment_name="b") == []
    assert listed(project_id=NO_ID) == []


def test_dataset_has_the_shape_of_the_contract(api: TestClient, project: dict[str, Any]) -> None:
    sent = {"project_id": project["id"], "name": "Böse  Listen #1", "description": "d", "tags": ["t"]}
    dataset = api.post("/v1/dataset", json={**sent, "metadata": {"a": {"b": 1}}}).json()
    assert dataset.pop("id")
    assert dataset.pop("created").endswith("Z")
    assert dataset.pop("user_id")
    expected = {**sent, "metadata": {"a": {"b": 1}}, "url_slug": "böse-listen-1", "deleted_at": None}
    assert dataset == expected
    again = api.post("/v1/dataset", json=sent)
    assert again.headers["x-bt-found-existing"] == "true"
    assert again.json()["metadata"] == {"a": {"b": 1}}


def test_dataset_changes_and_deletion(api: TestClient, project: dict[str, Any]) -> None:
    body = {"project_id": project["id"], "name": "d"}
    dataset = api.post("/v1/dataset", json={**body, "metadata": {"a": 1}}).json()
    path = f"/v1/dataset/{dataset['id']}"
    changed = api.patch(path, json={"name": "New Name", "metadata": {"b": 2}}).json()
    assert (changed["name"], changed["url_slug"]) == ("New Name", "new-name")
    assert changed["metadata"] == {"a": 1, "b": 2}
    assert api.put("/v1/dataset", json={**body, "name": "New Name"}).json()["metadata"] is None
    assert api.delete(path).json()["deleted_at"]
    assert error(api.get(path), 404)["code"] == "dataset_not_found"
    assert api.post("/v1/dataset", json={**body, "name": "New Name"}).json()["id"] != dataset["id"]


def test_register_and_get_of_a_dataset(api: TestClient, project: dict[str, Any]) -> None:
    body = {"project_name": "playlist", "org_id": project["org_id"], "dataset_name": "d"}
    first = api.post("/api/dataset/register", json=body).json()
    assert first["project"] == project
    assert first["found_existing"] is False
    assert api.post("/api/dataset/register", json=body).json()["dataset"] == first["dataset"]
    by_id = {"id": first["dataset"]["id"]}
    by_name = {"project_name": "playlist", "dataset_name": "d"}
    for selector in (by_id, by_name):
        assert api.post("/api/dataset/get", json=selector).json() == [first["dataset"]]
    for selector in ({"id": NO_ID}, {**by_name, "dataset_name": "x"}, {**by_name, "project_name": "x"}):
        assert api.post("/api/dataset/get", json=selector).json() == []
