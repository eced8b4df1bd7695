"""Reading all rows of an object page by page while it changes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.server.verdicts.client import KEY, Client

_names = itertools.count()

ROW_KEYS = {
    "id",
    "span_id",
    "root_span_id",
    "span_parents",
    "is_root",
    "created",
    "_xact_id",
    "_pagination_key",
    "project_id",
    "input",
    "output",
    "expected",
    "error",
    "scores",
    "metadata",
    "metrics",
    "span_attributes",
    "tags",
    "context",
    "origin",
    "classifications",
    "facets",
    "comments",
}


@pytest.fixture
def dataset(client: Client) -> str:
    project = client.create("project", name=f"fetched {next(_names)}")
    return client.create("dataset", project_id=project, name="rows")


def pages(client: Client, path: str, **body: Any) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    cursor = None
    while True:
        page = client.call("POST", path, json={**body, "cursor": cursor})
        found.append(page["events"])
        cursor = page["cursor"]
        if not cursor:
            return found


def test_every_row_comes_once_newest_first_with_every_key(client: Client, dataset: str) -> None:
    for i in range(7):
        client.insert("dataset", dataset, {"id": f"r{i}", "input": i}, {"id": f"s{i}", "input": -i})
    found = pages(client, f"/v1/dataset/{dataset}/fetch", limit=4)
    rows = [row for page in found for row in page]
    assert [len(page) for page in found] == [4, 4, 4, 2]
    assert sorted(row["id"] for row in rows) == sorted(f"{p}{i}" for p in "rs" for i in range(7))
    versions = [int(row["_xact_id"]) for row in rows]
    assert versions == sorted(versions, reverse=True)
    assert set(rows[0]) >= ROW_KEYS | {"dataset_id"}
    assert (rows[0]["dataset_id"], rows[0]["is_root"], rows[0]["output"]) == (dataset, True, None)


def test_pages_do_not_move_when_rows_change_in_between(client: Client, dataset: str) -> None:
    client.insert("dataset", dataset, *({"id": f"r{i}", "input": i} for i in range(6)))
    path = f"/v1/dataset/{dataset}/fetch"
    first = client.call("POST", path, json={"limit": 2})
    client.insert("dataset", dataset, {"id": "r0", "input": "new"}, {"id": "r9", "input": 9})
    client.insert("dataset", dataset, {"id": "r1", "_object_delete": True})
    rest = client.call("POST", path, json={"limit": 10, "cursor": first["cursor"]})
    seen = {row["id"]: row["input"] for row in first["events"] + rest["events"]}
    assert seen == {f"r{i}": i for i in range(6)}
    assert rest["cursor"] is None
    head = {row["id"]: row["input"] for page in pages(client, path) for row in page}
    assert head == {"r0": "new", "r2": 2, "r3": 3, "r4": 4, "r5": 5, "r9": 9}


def test_a_version_reads_the_rows_as_they_were(client: Client, dataset: str) -> None:
    client.insert("dataset", dataset, {"id": "a", "input": 1}, {"id": "b", "input": 2})
    path = f"/v1/dataset/{dataset}/fetch"
    version = client.get(path, limit=10)["events"][0]["_xact_id"]
    client.insert("dataset", dataset, {"id": "a", "input": 3}, {"id": "b", "_object_delete": True})
    pinned = [row for page in pages(client, path, limit=1, version=version) for row in page]
    assert {row["id"]: row["input"] for row in pinned} == {"a": 1, "b": 2}
    assert [row["input"] for row in client.get(path)["events"]] == [3]


def test_logs_page_by_creation(client: Client) -> None:
    name = f"logs {next(_names)}"
    project = client.create("project", name=name)
    rows = [{"id": f"l{i}", "input": i, "created": f"2026-11-20T10:00:0{i}Z"} for i in range(5)]
    client.insert("project_logs", project, *rows)
    path = f"/v1/project_logs/{project}/fetch"
    first = client.call("POST", path, json={"limit": 2})
    client.insert("project_logs", project, {"id": "l1", "_is_merge": True, "output": "late"})
    rest = client.call("POST", path, json={"limit": 10, "cursor": first["cursor"]})
    assert [row["id"] for row in first["events"] + rest["events"]] == ["l4", "l3", "l2", "l1", "l0"]
    assert (rest["events"][1]["output"], rest["events"][0]["log_id"]) == ("late", "g")


def test_an_empty_object_has_one_empty_page(client: Client, dataset: str) -> None:
    assert client.get(f"/v1/dataset/{dataset}/fetch") == {"events": [], "cursor": None}


@pytest.mark.parametrize("cursor", ["x", "12.", ".!!", "nodot", "1000.bm90aGluZw"])
def test_damaged_cursors_are_refused(client: Client, dataset: str, cursor: str) -> None:
    client.insert("dataset", dataset, {"id": "a", "input": 1})
    path = f"/v1/dataset/{dataset}/fetch"
    assert client.refused(path, cursor=cursor)[0] == 400


def test_old_paging_parameters_are_refused_rather_than_looped_over(client: Client, dataset: str) -> None:
    status, code, message = client.refused(f"/v1/dataset/{dataset}/fetch", max_xact_id="5")
    assert (status, code) == (400, "page_invalid")
    assert "cursor" in message


def test_rows_of_others_are_not_found(client: Client) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert client.refused(f"/v1/dataset/{unknown}/fetch")[0] == 404
    answer = client.http.get(f"/v1/dataset/{unknown}/fetch", headers={"Authorization": f"Bearer {KEY}x"})
    assert answer.status_code == 401
