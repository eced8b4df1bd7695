"""`bt datasets` against a server: rows from everywhere, snapshots, pipelines; SQL says what is stored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.compat.conftest import PROGRAMS, Client
from tests.support.bt import Bt
from tests.support.servers import Refused, ServerProcess

pytestmark = [pytest.mark.slow]

ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "input": {"mood": "ä\n"},
        "expected": ["x"],
        "metadata": {"n": 1, "case.id": "k1"},
        "tags": ["t"],
    },
    {"id": "b", "input": "2"},
    {"id": "c", "input": 0.1, "expected": False},
]
COLUMNS = ("id", "input", "expected", "metadata", "tags", "origin")


@pytest.fixture
def bt(new_bt: Callable[[str], Bt], request: pytest.FixtureRequest) -> Bt:
    """A `bt` in a project of the test's own."""
    return new_bt(request.node.name)


def stored(server: ServerProcess, bt: Bt, dataset: str, version: str | None = None) -> list[dict[str, Any]]:
    """Rows of a dataset as SQL says, in the order of their ids."""
    query = f"SELECT {', '.join(COLUMNS)} FROM dataset('{bt.project}/{dataset}') ORDER BY id"
    return server.request("POST", "/btql", {"query": query, "version": version})["data"]


def full(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The same rows with every column."""
    return [{name: row.get(name) for name in COLUMNS} for row in rows]


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["id"])


@pytest.mark.parametrize("source", ["--rows", "--file", "standard input"])
def test_rows_come_from_arguments_files_and_pipes(bt: Bt, server: ServerProcess, source: str) -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS)
    file = bt.write("rows.jsonl", lines)
    given = {"--rows": ("--rows", json.dumps(ROWS)), "--file": ("--file", str(file))}.get(source, ())
    stdin = lines if not given else ""
    made = bt.json("datasets", "create", "songs", "--description", "what to play", *given, stdin=stdin)
    assert (made["uploaded"], made["created_dataset"]) == (3, True)
    dataset = server.request("GET", f"/v1/dataset/{made['dataset']['id']}")
    assert (dataset["name"], dataset["description"]) == ("songs", "what to play")
    assert stored(server, bt, "songs") == full(*ROWS)


def test_lists_and_views(bt: Bt, server: ServerProcess) -> None:
    rows = [{"id": f"r{at:03}", "input": "x" * 300, "metadata": {"at": at}} for at in range(230)]
    bt("datasets", "create", "long / ü", "--file", bt.write("rows.json", json.dumps(rows)))
    bt("datasets", "create", "empty")
    listed = {one["name"]: one["id"] for one in bt.json("datasets", "list")}
    assert listed.keys() == {"long / ü", "empty"}
    assert "2 datasets found" in bt("datasets", "list")
    preview = bt.json("datasets", "view", "long / ü")
    assert (len(preview["rows"]), preview["rows_truncated"]) == (200, True)
    assert len(preview["rows"][0]["input"]) < 150
    every = bt.json("datasets", "view", "long / ü", "--full", "--all-rows")
    assert by_id(every["rows"]) == stored(server, bt, "long / ü") == full(*rows)
    assert len(bt.json("datasets", "view", "long / ü", "--limit", "7")["rows"]) == 7
    printed = bt("datasets", "view", "empty")
    assert "Rows: 0" in printed
    assert f"{server.url}/app/local/p/{quote(bt.project)}/datasets/empty" in printed
    assert "not found" in bt("datasets", "view", "nothing", status=4)


def test_updates_merge_into_rows(bt: Bt, server: ServerProcess) -> None:
    bt("datasets", "create", "songs", "--rows", json.dumps(ROWS))
    bt("datasets", "update", "songs", "--rows", '[{"id": "a", "metadata": {"m": 2}, "tags": ["u"]}]')
    bt("datasets", "add", "songs", "--rows", '[{"id": "d", "input": 4}]')
    bt("datasets", "refresh", "songs", "--id-field", "metadata.key", "--rows",
       '[{"input": 5, "metadata": {"key": "e"}}]')  # fmt: skip
    a = {**ROWS[0], "metadata": {"n": 1, "case.id": "k1", "m": 2}, "tags": ["t", "u"]}
    more = [{"id": "d", "input": 4}, {"id": "e", "input": 5, "metadata": {"key": "e"}}]
    assert stored(server, bt, "songs") == full(a, *ROWS[1:], *more)
    assert "missing a stable id" in bt("datasets", "update", "songs", "--rows", '[{"input": 1}]', status=1)
    assert "not found" in bt("datasets", "update", "nothing", "--rows", '[{"id": "a"}]', status=4)
    assert "already exists" in bt("datasets", "create", "songs", status=1)


def test_deleted_datasets_are_gone(bt: Bt, server: ServerProcess) -> None:
    dataset = bt.json("datasets", "create", "songs", "--rows", json.dumps(ROWS))["dataset"]
    bt("datasets", "delete", "songs", "--force")
    assert bt.json("datasets", "list") == []
    with pytest.raises(Refused, match="dataset_not_found"):
        server.request("GET", f"/v1/dataset/{dataset['id']}")
    assert "not found" in bt("datasets", "delete", "songs", "--force", status=4)
    assert bt.json("datasets", "create", "songs")["dataset"]["id"] != dataset["id"]
    assert stored(server, bt, "songs") == []


# -- snapshots ---------------------------------------------------------------------------------------------


def test_snapshots_are_made_listed_and_deleted(bt: Bt, server: ServerProcess) -> None:
    bt("datasets", "create", "songs", "--rows", json.dumps(ROWS))
    (head,) = server.sql(f"SELECT max(_xact_id) AS head FROM dataset('{bt.project}/songs')")
    named = bt.json("datasets", "snapshots", "create", "songs", "v1", "--description", "the first")
    assert (named["snapshot"]["name"], named["snapshot"]["xact_id"]) == ("v1", head["head"])
    bt("datasets", "snapshots", "create", "songs")  # has a name of the client's
    bt("datasets", "update", "songs", "--rows", '[{"id": "b", "input": "changed"}]')
    at = bt.json("datasets", "snapshots", "create", "songs", "again", "--xact-id", head["head"])
    assert at["snapshot"]["xact_id"] == head["head"]
    assert "already exists" in bt("datasets", "snapshots", "create", "songs", "v1")
    listed = bt.json("datasets", "snapshots", "list", "songs")["snapshots"]
    dataset = named["dataset"]["id"]
    kept = server.request("GET", f"/v1/dataset_snapshot?dataset_id={dataset}")["objects"]
    assert by_id(listed) == by_id(kept)
    assert len(kept) == 3
    assert "the first" in bt("datasets", "snapshots", "list", "songs")
    bt("datasets", "snapshots", "delete", "songs", "v1", "--force")
    assert "v1" not in [one["name"] for one in bt.json("datasets", "snapshots", "list", "songs")["snapshots"]]
    assert "not found" in bt("datasets", "snapshots", "delete", "songs", "v1", "--force", status=4)
    assert stored(server, bt, "songs", head["head"]) == full(*ROWS)


def test_a_dataset_goes_back_to_a_snapshot(bt: Bt, server: ServerProcess) -> None:
    bt("datasets", "create", "songs", "--rows", json.dumps(ROWS))
    bt("datasets", "snapshots", "create", "songs", "v1")
    bt("datasets", "update", "songs", "--rows", '[{"id": "b", "input": "changed"}, {"id": "d", "input": 4}]')
    changed = stored(server, bt, "songs")
    (second,) = server.sql(f"SELECT max(_xact_id) AS head FROM dataset('{bt.project}/songs')")
    restore = ("datasets", "snapshots", "restore", "songs")
    preview = bt(*restore, "--name", "v1")
    assert "Rows to restore: 1\nRows to delete: 1" in preview
    assert stored(server, bt, "songs") == changed  # it was only a preview
    done = bt.json(*restore, "--name", "v1", "--force")
    assert (done["result"]["rows_restored"], done["result"]["rows_deleted"]) == (1, 1)
    assert stored(server, bt, "songs") == full(*ROWS)
    again = bt.json(*restore, "--name", "v1", "--force")
    assert (again["result"]["xact_id"], again["result"]["rows_restored"]) == (None, 0)
    bt(*restore, "--snapshot", second["head"], "--force")
    assert stored(server, bt, "songs") == changed
    assert "not found" in bt(*restore, "--name", "nothing", "--force", status=4)


# -- pipelines ---------------------------------------------------------------------------------------------


@pytest.fixture
def pipeline(bt: Bt, python: Client, server: ServerProcess) -> Callable[..., Any]:
    """Runs `bt datasets pipeline <command>` over two traces of three spans in the logs of the project."""
    shutil.copy(PROGRAMS / "pipeline.py", bt.folder)
    rows = []
    for at, output in enumerate(("one", "two")):
        trace = {"project_id": bt.project_id, "log_id": "g", "root_span_id": str(at) * 32}
        rows += [
            {**trace, "id": f"root{at}", "span_id": f"{at}a" * 8, "span_attributes": {"name": "r", "type": "task"}},
            {**trace, "id": f"model{at}", "span_id": f"{at}b" * 8, "span_parents": [f"{at}a" * 8],
             "input": {"q": at}, "output": output, "metadata": {"kept": at},
             "span_attributes": {"name": "m", "type": "llm"}},
            {**trace, "id": f"judge{at}", "span_id": f"{at}c" * 8, "span_parents": [f"{at}a" * 8],
             "span_attributes": {"name": "s", "type": "llm" if at else "score", "purpose": "scorer"}},
        ]  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})

    def run(command: str, *options: str | Path) -> Any:
        runner = python.interpreter
        return bt.json("datasets", "pipeline", command, "pipeline.py", "--runner", runner, *options)

    return run


SPANS = full(
    {"id": "model0", "input": {"q": 0}, "expected": "one", "metadata": {"kept": 0, "spans": ["m", "r"]}},
    {"id": "model1", "input": {"q": 1}, "expected": "two", "metadata": {"kept": 1, "spans": ["m", "r"]}},
    {"id": "model1-again", "input": {"q": 1}, "tags": ["twice"]},
)
NARROW = ("--name", "spans", "--source-filter", "span_attributes.name = 'm'")


def without_origin(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "origin": None} for row in rows]


def test_a_pipeline_makes_rows_of_spans(pipeline: Callable[..., Any], bt: Bt, server: ServerProcess) -> None:
    pipeline("run", *NARROW)
    rows = stored(server, bt, "of spans")
    assert without_origin(rows) == SPANS
    (span,) = server.sql(f"SELECT _xact_id, created FROM project_logs('{bt.project_id}') WHERE id = 'model0'")
    source = {"object_type": "project_logs", "object_id": bt.project_id, "id": "model0"}
    assert rows[0]["origin"] == {**source, **span}


def test_a_pipeline_makes_rows_of_traces(pipeline: Callable[..., Any], bt: Bt, server: ServerProcess) -> None:
    pipeline("run", "--name", "traces", "--target-dataset", "elsewhere")
    rows = [(row["input"], row["expected"]) for row in stored(server, bt, "elsewhere")]
    assert sorted(rows, key=str) == [([{"q": 0}], 1), ([{"q": 1}], 1)]


def test_the_stages_of_a_pipeline(pipeline: Callable[..., Any], bt: Bt, server: ServerProcess) -> None:
    assert pipeline("pull", *NARROW, "--limit", "100", "--page-size", "1")["refs"] == 2
    made = pipeline("transform", *NARROW)
    assert (made["candidates"], made["rows"]) == (2, 3)
    edited = bt.folder / made["out"]
    edited.write_text(edited.read_text().replace('"one"', '"edited"'))
    assert pipeline("push", "--name", "spans", "--in", made["out"])["rows_uploaded"] == 3
    wanted = [{**row, "expected": "edited"} if row["expected"] == "one" else row for row in SPANS]
    assert without_origin(stored(server, bt, "of spans")) == wanted
