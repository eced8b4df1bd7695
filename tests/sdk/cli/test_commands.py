"""Projects, logs, experiments, datasets, sql and sync against a real server."""

from __future__ import annotations

import csv
import io
import json
import threading
import uuid
from pathlib import Path

import pytest

from tests.sdk.cli.conftest import Assay
from tests.support.servers import ServerProcess


@pytest.fixture
def project(assay: Assay) -> str:
    """A project with a name that needs quoting everywhere."""
    name = f'it\'s "{uuid.uuid4().hex[:8]}" / ü'
    assert assay("projects", "create", name).code == 0
    return name


def log_trace(server: ServerProcess, project_id: str, root: str, **root_row: object) -> None:
    """A trace of two spans: a task of 1.5 s with a model call below it."""
    rows = [
        {
            "id": f"{root}-0",
            "span_id": f"{root}-0",
            "root_span_id": root,
            "span_parents": None,
            "span_attributes": {"name": "answer", "type": "task"},
            "metrics": {"start": 1000.0, "end": 1001.5},
            **root_row,
        },
        {
            "id": f"{root}-1",
            "span_id": f"{root}-1",
            "root_span_id": root,
            "span_parents": [f"{root}-0"],
            "span_attributes": {"name": "chat", "type": "llm"},
            "metrics": {
                "start": 1000.2,
                "end": 1001.2,
                "tokens": 1234,
                "prompt_tokens": 1000,
                "completion_tokens": 234,
            },
            "output": "model words",
        },
    ]
    server.request("POST", f"/v1/project_logs/{project_id}/insert", {"events": rows})


def project_id(assay: Assay, project: str) -> str:
    found: str = assay("projects", "view", project, "--json").json["id"]
    return found


def test_projects_from_creation_to_deletion(assay: Assay, project: str) -> None:
    first = assay("projects", "create", project).out.strip()
    viewed = assay("projects", "view", project, "--json").json
    assert viewed["id"] == first
    assert (viewed["experiments"], viewed["datasets"]) == (0, 0)
    assert viewed["url"].endswith("/logs")
    assert project in [row["name"] for row in assay("projects", "list", "--json").json]
    assert assay("projects", "view", first, "--json").json["name"] == project
    refused = assay("projects", "delete", project)
    assert refused.code == 2
    assert "needs --yes" in refused.err
    assert assay("projects", "delete", project, "--yes").code == 0
    gone = assay("projects", "view", project)
    assert gone.code == 1
    assert f"no project {project!r}" in gone.err


def test_a_refused_key_exits_with_3(assay: Assay) -> None:
    done = assay("projects", "list", ASSAY_API_KEY="wrong")
    assert done.code == 3
    assert "does not know this API key" in done.err


def test_traces_are_listed_and_drawn(assay: Assay, server: ServerProcess, project: str) -> None:
    key = project_id(assay, project)
    log_trace(server, key, "t1", input="first question", output="fine", scores={"good": 1})
    log_trace(server, key, "t2", input="second question", error="ValueError: no\n\ntrace")
    rows = assay("logs", "list", "-p", project, "--json").json
    assert {row["root_span_id"] for row in rows} == {"t1", "t2"}
    table = assay("logs", "list", "-p", project).out
    assert "first question" in table
    assert "error: ValueError: no" in table
    assert "1.5 s" in table
    assert "1.2k" in table
    assert "good 100.0 %" in table
    only = assay("logs", "list", "-p", project, "--filter", "error IS NOT NULL", "--json").json
    assert [row["root_span_id"] for row in only] == ["t2"]
    assert assay("logs", "list", "-p", project, "--since", "1h", "-n", "1", "--json").json[0]["id"]
    tree = assay("logs", "trace", "t1", "-p", project).out
    assert tree.splitlines() == ["answer  task  1.5 s  good 100.0 %", "└─ chat  llm  1.0 s  1.2k tok"]
    assert "model words" in assay("logs", "trace", "t1", "-p", project, "--full").out
    spans = assay("logs", "trace", "t1", "-p", project, "--json").json
    assert {span["id"] for span in spans} == {"t1-0", "t1-1"}


def test_words_are_searched(assay: Assay, server: ServerProcess, project: str) -> None:
    key = project_id(assay, project)
    log_trace(server, key, "t1", input="an aardvark's question")
    log_trace(server, key, "t2", input="another question")
    found = assay("logs", "list", "-p", project, "--search", "aardvark", "--json").json
    assert [row["root_span_id"] for row in found] == ["t1"]


def test_an_unknown_trace(assay: Assay, project: str) -> None:
    done = assay("logs", "trace", "nothing", "-p", project)
    assert done.code == 1
    assert "no trace 'nothing'" in done.err


def test_an_empty_project_says_so_on_stderr(assay: Assay, project: str) -> None:
    done = assay("logs", "list", "-p", project)
    assert (done.code, done.out) == (0, "")
    assert "no traces match" in done.err


def test_tail_prints_traces_as_they_finish(assay: Assay, server: ServerProcess, project: str) -> None:
    key = project_id(assay, project)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.wait(0.2):  # the stream may open after the first ones
            log_trace(server, key, f"live{number}", input=f"question {number}", output="answer")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = assay("logs", "tail", "-p", project, "-n", "2", "--json")
    finally:
        stop.set()
        writer.join()
    assert done.code == 0
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert len({row["root_span_id"] for row in rows}) == 2
    assert all(row["output"] == "answer" for row in rows)


def test_a_dataset_from_file_to_deletion(assay: Assay, project: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"id": "a", "input": {"q": 1}, "expected": 2, "tier": "gold"}\n{"id": "b", "input": "x"}\n'
    )
    refused = assay("datasets", "add", "cases", file, "-p", project)
    assert refused.code == 1
    assert "no dataset 'cases'" in refused.err
    assert assay("datasets", "add", "cases", file, "-p", project, "--create", "--json").json["row_ids"] == [
        "a",
        "b",
    ]
    before = assay("datasets", "view", "cases", "-p", project, "--json").json
    assert (before["rows"], before["name"], before["project"]) == (2, "cases", project)
    assert (
        assay(
            "datasets", "add", "cases", "-", "-p", project, "--format", "jsonl", stdin='{"input": "third"}'
        ).code
        == 0
    )
    rows = assay("datasets", "rows", "cases", "-p", project, "--json").json
    assert {json.dumps(row["input"]) for row in rows} == {'{"q": 1}', '"x"', '"third"'}
    assert next(row for row in rows if row["id"] == "a")["metadata"] == {"tier": "gold"}
    pinned = assay("datasets", "rows", "cases", "-p", project, "--version", before["version"], "--json").json
    assert {row["id"] for row in pinned} == {"a", "b"}
    assert len(assay("datasets", "rows", "cases", "-p", project, "-n", "1", "--json").json) == 1
    assert "gold" in assay("datasets", "rows", "cases", "-p", project).out
    assert [row["name"] for row in assay("datasets", "list", "-p", project, "--json").json] == ["cases"]
    assert assay("datasets", "delete", "cases", "-p", project, "--yes").code == 0
    assert assay("datasets", "list", "-p", project, "--json").json == []


def test_what_is_printed_can_be_added_again(assay: Assay, project: str) -> None:
    row = {"id": "a", "input": [{"role": "user", "content": "hé\n"}], "expected": None, "tags": ["t"]}
    assay(
        "datasets", "add", "one", "-", "-p", project, "--create", "--format", "json", stdin=json.dumps([row])
    )
    printed = assay("datasets", "rows", "one", "-p", project, "--json").out
    assay("datasets", "add", "two", "-", "-p", project, "--create", "--format", "json", stdin=printed)
    copied = assay("datasets", "rows", "two", "-p", project, "--json").json
    assert [(copy["id"], copy["input"], copy["tags"], copy["metadata"]) for copy in copied] == [
        ("a", row["input"], ["t"], None)
    ]


def test_a_bad_row_leaves_the_dataset_untouched(assay: Assay, project: str) -> None:
    lines = '{"input": 1}\n{"expected": 2}\n'
    done = assay("datasets", "add", "cases", "-", "-p", project, "--create", "--format", "jsonl", stdin=lines)
    assert done.code == 1
    assert "row 2 has no input" in done.err
    assert assay("datasets", "list", "-p", project, "--json").json == []


def test_many_rows_travel_in_batches(assay: Assay, project: str) -> None:
    lines = "\n".join(json.dumps({"input": number, "note": "x" * 1000}) for number in range(1201))
    done = assay("datasets", "add", "big", "-", "-p", project, "--create", "--format", "jsonl", stdin=lines)
    assert done.code == 0
    assert "500 of 1,201 rows" in done.err
    rows = assay("datasets", "rows", "big", "-p", project, "--json").json
    assert sorted(row["input"] for row in rows) == list(range(1201))


def insert_experiment(server: ServerProcess, project: str, name: str, scores: list[float]) -> None:
    """An experiment with one case a score."""
    made = server.request("POST", "/v1/experiment", {"project_id": project, "name": name})
    events = [
        {
            "id": f"{name}-{number}",
            "input": f"case {number}",
            "output": f"{name} says {number}",
            "scores": {"quality": score},
            "metrics": {"start": 0.0, "end": 1.0},
        }
        for number, score in enumerate(scores)
    ]
    server.request("POST", f"/v1/experiment/{made['id']}/insert", {"events": events})


def test_experiments_are_put_away_and_brought_back(assay: Assay, server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "put away"})["id"]
    for name in ("first", "second", "third"):
        server.request("POST", "/v1/experiment", {"project_id": project, "name": name})

    def listed(*options: str) -> list[str]:
        found = assay("experiments", "list", "-p", "put away", "--json", *options).json
        return [row["name"] for row in found]

    unknown = assay("experiments", "archive", "first", "nothing", "-p", "put away")
    assert (unknown.code, listed("--archived")) == (1, []), "nothing changes unless every name is known"
    done = assay("experiments", "archive", "first", "second", "first", "-p", "put away")
    assert done.code == 0
    assert done.err.count("archived experiment") == 2
    assert (listed(), listed("--archived")) == (["third"], ["second", "first"])
    back = assay("experiments", "unarchive", "second", "-p", "put away", "--json").json
    assert [(row["name"], row["archived"]) for row in back] == [("second", False)]
    assert (listed(), listed("--archived")) == (["third", "second"], ["first"])
    assert assay("experiments", "view", "first", "-p", "put away").code == 0


def test_experiments_are_compared(assay: Assay, server: ServerProcess, project: str) -> None:
    key = project_id(assay, project)
    insert_experiment(server, key, "before", [0.1 + 0.02 * (n % 5) for n in range(30)])
    insert_experiment(server, key, "after", [0.8 + 0.02 * (n % 3) for n in range(30)])
    assert [row["name"] for row in assay("experiments", "list", "-p", project, "--json").json] == [
        "after",
        "before",
    ]
    table = assay("experiments", "compare", "after", "before", "-p", project).out
    assert "after compared with before: 30 cases, 30 in both" in table
    assert "better" in table
    assert "/experiments/after?c=before" in table
    found = assay("experiments", "compare", "after", "before", "-p", project, "--json").json
    quality = next(item for item in found["scores"] if item["name"] == "quality")
    assert (quality["verdict"], quality["improvements"], quality["regressions"]) == ("better", 30, 0)
    cases = assay(
        "experiments", "compare", "after", "before", "-p", project, "--cases", "improved", "-n", "7", "--json"
    )
    assert len(cases.json["case_list"]) == 7
    listed = assay(
        "experiments", "compare", "after", "before", "-p", project, "--cases", "improved", "-n", "2"
    ).out
    assert "before says" in listed
    alone = assay("experiments", "view", "before", "-p", project, "--json").json
    assert alone["experiment"]["name"] == "before"
    assert assay("experiments", "delete", "after", "-p", project, "--yes").code == 0
    assert [row["name"] for row in assay("experiments", "list", "-p", project, "--json").json] == ["before"]


def test_an_unknown_experiment(assay: Assay, project: str) -> None:
    done = assay("experiments", "view", "nothing", "-p", project)
    assert done.code == 1
    assert "no experiment 'nothing' in project" in done.err


@pytest.fixture
def numbers(assay: Assay, server: ServerProcess, project: str) -> str:
    """The id of a project with 25 rows: a number and a text that CSV has to quote."""
    key = project_id(assay, project)
    rows = [{"id": f"r{n:02}", "input": n, "output": f'a, "{n}"\nb', "metadata": {"n": n}} for n in range(25)]
    server.request("POST", f"/v1/project_logs/{key}/insert", {"events": rows})
    return key


def test_sql_formats(assay: Assay, numbers: str, tmp_path: Path) -> None:
    query = f"SELECT id, metadata.n AS n, output FROM project_logs('{numbers}') ORDER BY id LIMIT 3"
    table = assay("sql", query).out.splitlines()
    assert table[0].split() == ["id", "n", "output"]
    assert table[1].startswith("r00  0  ")
    rows = assay("sql", query, "--json").json
    assert [(row["id"], row["n"], row["output"]) for row in rows][1] == ("r01", 1, 'a, "1"\nb')
    lines = assay("sql", query, "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["n"] for line in lines] == [0, 1, 2]
    cells = list(csv.reader(io.StringIO(assay("sql", query, "--format", "csv").out)))
    assert [row[0] for row in cells] == ["id", "r00", "r01", "r02"]
    target = tmp_path / "rows.parquet"
    done = assay("sql", query, "--format", "parquet", "-o", target)
    assert (done.code, done.out) == (0, "")
    assert target.read_bytes()[:4] == b"PAR1"
    assert assay("sql", "-", "--json", stdin=query).json == rows


TEXT = 'a, "b"\nc'
"""What CSV and JSON have to quote."""


@pytest.fixture
def many(assay: Assay, server: ServerProcess, project: str) -> str:
    """The id of a project with more rows than one page holds."""
    key = project_id(assay, project)
    rows = [{"id": f"r{n:04}", "output": TEXT} for n in range(1203)]
    server.request("POST", f"/v1/project_logs/{key}/insert", {"events": rows})
    return key


@pytest.mark.parametrize("options", [["--json", "--all"], ["--format", "jsonl"], ["--format", "csv"]])
def test_every_row_is_read(assay: Assay, many: str, options: list[str]) -> None:
    done = assay("sql", f"SELECT id, output FROM project_logs('{many}')", *options)
    assert (done.code, done.err) == (0, "")
    match options[-1]:
        case "--all":
            rows = done.json
        case "jsonl":
            rows = [json.loads(line) for line in done.out.splitlines()]
        case _:
            rows = list(csv.DictReader(io.StringIO(done.out)))
    assert sorted(row["id"] for row in rows) == [f"r{n:04}" for n in range(1203)]
    assert {row["output"] for row in rows} == {TEXT}


def test_a_cut_answer_says_so(assay: Assay, many: str) -> None:
    query = f"SELECT id FROM project_logs('{many}')"
    done = assay("sql", query, "--json")
    assert len(done.json) == 1000
    assert "--all reads every row" in done.err
    limited = assay("sql", f"{query} LIMIT 1100", "--json")
    assert (len(limited.json), limited.err) == (1100, "")
    assert len(assay("sql", f"{query} LIMIT 7", "--json", "--all").json) == 7
    assert len(assay("sql", query, "--all").out.splitlines()) == 1204


def test_an_empty_answer(assay: Assay, numbers: str) -> None:
    query = f"SELECT id FROM project_logs('{numbers}') WHERE id = 'none'"
    assert assay("sql", query, "--json").json == []
    assert "no rows" in assay("sql", query).err


def test_a_query_that_cannot_be_run(assay: Assay, numbers: str) -> None:
    for fmt in ("table", "csv"):
        done = assay("sql", f"SELECT nonsense( FROM project_logs('{numbers}')", "--format", fmt)
        assert (done.code, done.out) == (1, "")
        assert "error: POST /btql: 400 " in done.err
        assert "{" not in done.err  # the message, not its envelope


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["", "--json"], "the query is empty"),
        (["SELECT 1", "-o", "rows.txt"], "a table is for the terminal"),
    ],
)
def test_sql_usage(assay: Assay, words: list[str], message: str) -> None:
    done = assay("sql", *words)
    assert done.code == 2
    assert message in done.err


def test_spooled_rows_are_pushed_once(
    assay: Assay, server: ServerProcess, project: str, tmp_path: Path
) -> None:
    line = {
        "target": {"object_type": "project_logs", "project_name": project},
        "row": {"id": "spooled", "span_id": "s", "root_span_id": "s", "input": "kept on disk"},
    }
    (tmp_path / "one.jsonl").write_text(json.dumps(line) + "\n" + '{"cut sho')
    done = assay("sync", "push", tmp_path, "--json")
    assert done.code == 1  # one line could not be read
    assert (done.json["sent"], done.json["unreadable"], done.json["files"]) == (1, 1, 1)
    assert list(tmp_path.glob("*.jsonl")) == []
    assert assay("sync", "push", tmp_path, "--json").json["sent"] == 0
    rows = assay("sql", f"SELECT input FROM project_logs('{project_id(assay, project)}')", "--json").json
    assert rows == [{"input": "kept on disk"}]
