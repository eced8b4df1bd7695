"""POST /v1/insert: rows and feedback of many objects in one call, read back through fetch and SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.clients import Answer, Client
from tests.support.servers import KEY, running_server

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running_server(tmp_path_factory.mktemp("insert") / "data") as server:
        yield Client(server.port, KEY)


@pytest.fixture
def ids(client: Client, request: pytest.FixtureRequest) -> dict[str, str]:
    """A project, an experiment and a dataset of its own for each test."""
    project = done(client.ask("POST", "/v1/project", {"name": request.node.name}))["id"]
    made = {"project_logs": project}
    for noun in ("experiment", "dataset"):
        made[noun] = done(client.ask("POST", f"/v1/{noun}", {"project_id": project, "name": "n"}))["id"]
    return made


def done(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return answer.json()


def rows(client: Client, noun: str, object_id: str) -> dict[str, dict[str, Any]]:
    by_post = done(client.ask("POST", f"/v1/{noun}/{object_id}/fetch", {}))
    assert done(client.ask("GET", f"/v1/{noun}/{object_id}/fetch?limit=1000")) == by_post
    return {row["id"]: row for row in by_post["events"]}


def test_everything_arrives_in_one_transaction(client: Client, ids: dict[str, str]) -> None:
    events = {noun: [{"id": f"{noun}-{at}", "input": at, "tint": "red"} for at in range(2)] for noun in ids}
    feedback = {
        "project_logs": [{"id": "project_logs-0", "scores": {"good": 1}, "comment": "nice"}],
        "experiment": [{"id": "experiment-1", "expected": "x", "tags": ["seen"]}],
        "dataset": [{"id": "dataset-1", "tags": ["kept"]}],
    }
    body = {noun: {ids[noun]: {"events": events[noun], "feedback": feedback[noun]}} for noun in ids}
    answer = done(client.ask("POST", "/v1/insert", body))
    xact = answer.pop("xact_id")
    assert answer == {noun: {ids[noun]: {"row_ids": [one["id"] for one in events[noun]]}} for noun in ids}
    found = {noun: rows(client, noun, ids[noun]) for noun in ids}
    for noun, by_id in found.items():
        assert {name: (row["input"], row["tint"]) for name, row in by_id.items()} == {
            f"{noun}-0": (0, "red"), f"{noun}-1": (1, "red")
        }  # fmt: skip
        assert {row["_xact_id"] for row in by_id.values()} == {xact}
    assert found["project_logs"]["project_logs-0"]["scores"] == {"good": 1}
    assert found["project_logs"]["project_logs-0"]["comments"][0]["comment"]["text"] == "nice"
    assert found["experiment"]["experiment-1"]["expected"] == "x"
    assert found["experiment"]["experiment-1"]["tags"] == ["seen"]
    assert found["dataset"]["dataset-1"]["tags"] == ["kept"]


def test_bad_rows_and_unknown_objects_cost_nobody_else(client: Client, ids: dict[str, str]) -> None:
    body = {
        "project_logs": {
            ids["project_logs"]: {"events": [{"id": "a"}, {"id": "b", "scores": "high"}, {"id": "c"}]}
        },
        "experiment": {NOBODY: {"events": [{"id": "d"}]}, ids["experiment"]: {"events": [{"id": "e"}]}},
    }
    answer = client.ask("POST", "/v1/insert", body)
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["stored"]) == (400, "rows_rejected", 3)
    assert [(row["object_type"], row["object_id"], row["row"]) for row in error["rows"]] == [
        ("project_logs", ids["project_logs"], 1),
        ("experiment", NOBODY, 0),
    ]
    assert error["rows"][1]["code"] == "experiment_not_found"
    assert set(rows(client, "project_logs", ids["project_logs"])) == {"a", "c"}
    assert set(rows(client, "experiment", ids["experiment"])) == {"e"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "rows_invalid"),
        ({"experiment": []}, 400, "rows_invalid"),
        ({"experiment": {"x": {"events": {}}}}, 400, "rows_invalid"),
        ({"dataset": {"x": {"feedback": [{"scores": {}}]}}}, 400, "feedback_invalid"),
        ({"experiment": {NOBODY: {}}}, 404, "experiment_not_found"),
        ({"experiment": {f"x{at}": {} for at in range(1_001)}}, 400, "objects_too_many"),
        (b'{"experiment": ', 400, "json_invalid"),
        (b'{"experiment": {"\xff": {}}}', 400, "json_invalid"),
    ],
)
def test_what_is_no_insert_is_refused(client: Client, body: Any, status: int, code: str) -> None:
    answer = client.ask("POST", "/v1/insert", body)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)


def test_nothing_is_no_transaction(client: Client, ids: dict[str, str]) -> None:
    assert done(client.ask("POST", "/v1/insert", {})) == {"xact_id": None}
    nothing = {"dataset": {ids["dataset"]: {"events": None, "feedback": None}}}
    assert done(client.ask("POST", "/v1/insert", nothing)) == {
        "dataset": {ids["dataset"]: {"row_ids": []}}, "xact_id": None
    }  # fmt: skip
