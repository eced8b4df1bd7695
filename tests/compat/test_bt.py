"""The published command-line client `bt` against a server; what it shows is what SQL says."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.compat.conftest import MAX_BODY, run_bt
from tests.support.servers import KEY, ServerProcess

pytestmark = [pytest.mark.slow]

PROJECT = "from bt"
TRACE = "a" * 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bt")


@pytest.fixture(scope="module")
def bt(bt_environment: dict[str, str], folder: Path, server: ServerProcess) -> Callable[..., str]:
    """Runs `bt` in a project that it made itself; returns what it printed, standard error after output."""
    run_bt(bt_environment, ["projects", "create", PROJECT], folder=folder)

    def run(*arguments: str, status: int = 0) -> str:
        environment = {**bt_environment, "BRAINTRUST_DEFAULT_PROJECT": PROJECT}
        done = run_bt(environment, arguments, folder=folder, status=status)
        return done.stdout + done.stderr

    return run


def make_project(server: ServerProcess, name: str) -> str:
    """Id of the project of that name, with a trace of two spans and 30 traces of one in its logs."""
    project_id = server.request("POST", "/v1/project", {"name": name})["id"]
    trace = {"project_id": project_id, "log_id": "g", "root_span_id": TRACE}
    rows = [
        {**trace, "id": "root", "span_id": "b" * 16, "input": {"text": "find the needle"},
         "span_attributes": {"name": "request", "type": "task"}, "metrics": {"start": 1.0, "end": 3.0}},
        {**trace, "id": "model", "span_id": "c" * 16, "span_parents": ["b" * 16], "output": "x",
         "span_attributes": {"name": "model", "type": "llm"}, "metadata": {"model": "m"},
         "metrics": {"start": 1.0, "end": 2.5, "prompt_tokens": 3, "completion_tokens": 4, "tokens": 7}},
        *({"project_id": project_id, "log_id": "g", "id": f"n{at}", "input": at, "scores": {"s": at / 32}}
          for at in range(30)),
    ]  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})
    return project_id


@pytest.fixture(scope="module")
def project(bt: Callable[..., str], server: ServerProcess) -> str:
    """Id of the project that `bt` made; its logs are those of `make_project`, and no test adds to them."""
    return make_project(server, PROJECT)


def read(printed: str) -> Any:
    """The JSON that a command with --json printed."""
    return json.loads(printed)


def test_login_keeps_the_key_and_switch_the_project(
    bt_environment: dict[str, str], bt: Callable[..., str], project: str, folder: Path, server: ServerProcess
) -> None:
    assert "Logged in as local" in bt("login", "--save-env-api-key")
    bt("switch", f"local/{PROJECT}")
    without = {name: value for name, value in bt_environment.items() if name != "BRAINTRUST_API_KEY"}
    status = read(run_bt(without, ["status", "--json"], folder=folder).stdout)
    assert (status["org"], status["project"], status["project_id"]) == ("local", PROJECT, project)
    rows = read(run_bt(without, ["sql", "--json", "SELECT count(*) AS n FROM logs"], folder=folder).stdout)
    assert rows["data"] == [{"n": 32}]


def test_a_wrong_key_is_refused(bt_environment: dict[str, str], folder: Path) -> None:
    wrong = {**bt_environment, "BRAINTRUST_API_KEY": KEY[::-1]}
    done = run_bt(wrong, ["projects", "list", "--json"], folder=folder, status=2)
    assert "key_unknown" in done.stdout + done.stderr


def test_projects(bt: Callable[..., str], project: str) -> None:
    assert {"id": project, "name": PROJECT} in [
        {"id": one["id"], "name": one["name"]} for one in read(bt("projects", "list", "--json"))
    ]
    bt("projects", "create", "short-lived")
    bt("projects", "delete", "short-lived", "--force")
    assert "short-lived" not in bt("projects", "list")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) AS n, avg(scores.s) AS mean, max(metrics.tokens) AS t FROM logs",
        "SELECT span_attributes.type, count(*) AS n FROM project_logs('from bt') GROUP BY 1 ORDER BY 1",
        "select: id, scores.s as s | from: project_logs('from bt') | filter: scores.s > 0.5 | sort: id | limit: 5",
        "from: project_logs('from bt') spans | measures: count_distinct(root_span_id) as traces",
        "SELECT id, input, metadata FROM logs WHERE input MATCH 'needle'",
    ],
)
def test_sql_and_btql_say_what_the_server_says(
    bt: Callable[..., str], project: str, server: ServerProcess, query: str
) -> None:
    rows = server.sql(query.replace("FROM logs", f"FROM project_logs('{PROJECT}')"))
    answer = read(bt("sql", "--json", query))
    assert answer["data"] == rows
    assert rows
    table = bt("sql", query)
    assert all(name in table for name in rows[0])


def test_errors_of_queries_reach_the_user(bt: Callable[..., str], project: str) -> None:
    printed = bt("sql", "SELECT id FROM logs WHERE colour = 1", status=4)
    assert "query_invalid" in printed
    assert '"line":1' in printed
    assert "400" in printed


def test_logs_are_listed_page_by_page(bt: Callable[..., str], project: str) -> None:
    seen: list[str] = []
    cursor: list[str] = []
    while True:
        page = read(bt("view", "logs", "--json", "--limit", "12", *cursor))
        seen += [item["row"]["id"] for item in page["items"]]
        if not page["paging"]["has_more"]:
            break
        cursor = ["--cursor", page["paging"]["next_cursor"]]
    assert sorted(seen) == sorted(["root", *(f"n{at}" for at in range(30))])
    assert "root_span_id=" + TRACE in bt("view", "logs", "--search", "needle")


def test_a_trace_and_a_span(bt: Callable[..., str], project: str, server: ServerProcess) -> None:
    where = ("--object-ref", f"project_logs:{project}")
    trace = read(bt("view", "trace", "--json", *where, "--trace-id", TRACE))
    assert sorted(row["id"] for row in trace["items"]) == ["model", "root"]
    (row,) = server.sql(f"SELECT * FROM project_logs('{PROJECT}') WHERE id = 'model'")
    assert read(bt("view", "span", "--json", *where, "--id", "model"))["item"] == row
    link = f"{server.url}/app/local/p/{quote(PROJECT)}/logs?r={TRACE}"
    assert "rows=2" in bt("view", "trace", "--url", link)
    waterfall = bt("view", "waterfall", "--url", link)
    assert "summary: duration=2.00s tokens=7 input=3 output=4" in waterfall
    assert re.search(r'id=model offset=\+0.00s duration=1.50s span="llm m"', waterfall)


@pytest.fixture(scope="module")
def experiments(server: ServerProcess, project: str) -> dict[str, str]:
    """Two experiments over the same cases: name → id."""
    made: dict[str, str] = {}
    for name, scores in (("one", (0.25, 0.5)), ("two", (0.75, 0.1))):
        made[name] = server.request("POST", "/v1/experiment", {"project_id": project, "name": name})["id"]
        rows = [{"id": f"c{at}", "input": at, "scores": {"quality": score}, "metrics": {"start": 0, "end": at + 1}}
                for at, score in enumerate(scores)]  # fmt: skip
        server.request("POST", f"/v1/experiment/{made[name]}/insert", {"events": rows})
    return made


def test_experiments(bt: Callable[..., str], experiments: dict[str, str], server: ServerProcess) -> None:
    listed = {one["name"]: one["id"] for one in read(bt("experiments", "list", "--json"))}
    assert listed == experiments
    assert f"{server.url}/app/local/p/{quote(PROJECT)}/experiments/one" in bt("experiments", "view", "one")
    report = read(bt("experiments", "compare", "one", "two", "--json"))
    assert (report["base"]["name"], [one["name"] for one in report["comparisons"]]) == ("one", ["two"])
    printed = bt("experiments", "compare", "one", "two")
    path = f"/v1/experiment/{experiments['two']}/summarize?summarize_scores=true&comparison_experiment_id="
    summary = server.request("GET", path + experiments["one"])["scores"]["quality"]
    assert (summary["improvements"], summary["regressions"]) == (1, 1)
    means = [f"{server.sql(f'SELECT avg(scores.quality) AS m FROM experiment({one!r})')[0]['m']:.2%}"
             for one in experiments.values()]  # fmt: skip
    assert means == ["37.50%", "42.50%"]
    assert re.search(rf"quality +{means[0]} +{means[1]} \(\+5.00%; ↑1/↓1\)", printed), printed


def test_deleted_experiments_are_gone(bt: Callable[..., str], project: str, server: ServerProcess) -> None:
    server.request("POST", "/v1/experiment", {"project_id": project, "name": "to delete"})
    bt("experiments", "delete", "to delete", "--force")
    assert "to delete" not in bt("experiments", "list")


def test_datasets(bt: Callable[..., str], project: str, server: ServerProcess) -> None:
    rows = [{"id": "a", "input": {"mood": "ä"}, "expected": ["x"], "metadata": {"n": 1}, "tags": ["t"]},
            {"id": "b", "input": "2"}]  # fmt: skip
    bt("datasets", "create", "songs", "--description", "what to play", "--rows", json.dumps(rows))
    assert "already exists" in bt("datasets", "create", "songs", status=1)
    bt(
        "datasets",
        "update",
        "songs",
        "--rows",
        '[{"id": "a", "metadata": {"m": 2}}, {"id": "c", "input": 3}]',
    )
    shown = read(bt("datasets", "view", "songs", "--json", "--full"))
    columns = ("id", "input", "expected", "metadata", "tags")
    query = f"SELECT {', '.join(columns)} FROM dataset('{PROJECT}/songs') ORDER BY id"
    stored = server.sql(query)
    assert sorted(([row[name] for name in columns] for row in shown["rows"]), key=str) == [
        list(row.values()) for row in stored
    ]
    assert stored[0] == {**rows[0], "metadata": {"n": 1, "m": 2}}
    bt("datasets", "snapshots", "create", "songs", "--name", "v1")
    bt("datasets", "update", "songs", "--rows", '[{"id": "b", "input": "changed"}, {"id": "d", "input": 4}]')
    (snapshot,) = read(bt("datasets", "snapshots", "list", "songs", "--json"))["snapshots"]
    assert snapshot["name"] == "v1"
    bt("datasets", "snapshots", "restore", "songs", "--name", "v1", "--force")
    assert server.sql(query) == stored
    bt("datasets", "delete", "songs", "--force")
    assert "songs" not in bt("datasets", "list")


def test_sync_copies_logs(bt: Callable[..., str], server: ServerProcess, folder: Path) -> None:
    large = {
        "project_id": make_project(server, "to sync"),
        "log_id": "g",
        "id": "large",
        "input": "ß" * MAX_BODY,
        "my_field": {"kept": 1},
    }
    made = server.request("POST", "/logs3/overflow", {"size_bytes": len(_body(large))})
    _put(made["signedUrl"], _body(large))
    server.request("POST", "/logs3", {"rows": {"type": "logs3_overflow", "key": made["key"]}})
    pulled = read(bt("sync", "pull", "project_logs:to sync", "--json"))
    assert pulled["status"] == "completed", pulled
    bt("projects", "create", "copy")
    bt("sync", "push", "project_logs:copy", "--in", str(folder / pulled["output_path"]))
    # `bt` leaves out when rows were created, so the copy has times of its own.
    kept = ("id", "span_id", "root_span_id", "span_parents", "input", "output", "scores", "metadata",
            "metrics", "span_attributes", "extra.my_field")  # fmt: skip
    ours, copied = (
        server.sql(f"SELECT {', '.join(kept)} FROM project_logs('{name}') ORDER BY id")
        for name in ("to sync", "copy")
    )
    assert len(ours) == 33
    assert [row for row, other in zip(copied, ours, strict=True) if row != other] == []


def _body(row: dict[str, Any]) -> bytes:
    return json.dumps({"rows": [row]}, ensure_ascii=False).encode()


def _put(url: str, body: bytes) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("PUT", parts.path, body)
    assert connection.getresponse().status == 200
    connection.close()
