"""POST /btql of a running server: formats, envelope, cursors, read-after-ack and errors."""

from __future__ import annotations

import csv
import http.client
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet
import pytest

from tests.support.servers import KEY, Refused, ServerProcess, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with one project of 12 spans in 4 traces."""
    with running_server(tmp_path_factory.mktemp("btql") / "data") as running:
        project = running.request("POST", "/v1/project", {"name": "wire"})["id"]
        rows = [
            {
                "id": f"w{number:02}",
                "project_id": project,
                "log_id": "g",
                "root_span_id": f"t{number // 3}",
                "span_parents": [f"w{number // 3 * 3:02}"] if number % 3 else None,
                "created": f"2026-03-01T10:00:{number:02}Z",
                "input": {"text": 'said "hi", twice\nand left', "n": number},
                "metadata": {"tier": "pro" if number % 2 else "free"},
                "scores": {"s": number / 10},
            }
            for number in range(12)
        ]
        running.request("POST", "/logs3", {"rows": rows, "api_version": 2})
        yield running


def post(server: ServerProcess, body: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, and body of a POST /btql."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        connection.request("POST", "/btql", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_envelope(server: ServerProcess) -> None:
    status, headers, raw = post(
        server, {"query": "SELECT id, scores.s FROM project_logs('wire') LIMIT 2", "fmt": "json"}
    )
    answer = json.loads(raw)
    assert status == 200
    assert answer["data"] == [{"id": "w11", "s": 1.1}, {"id": "w10", "s": 1.0}]
    assert answer["schema"]["type"] == "array"
    assert answer["schema"]["items"]["properties"] == {
        "id": {"type": ["string", "null"]},
        "s": {"type": ["number", "null"]},
    }
    assert answer["cursor"] == headers["x-bt-cursor"]
    assert answer["realtime_state"]["type"] == "on"
    assert int(answer["freshness_state"]["last_processed_xact_id"]) > 0
    assert answer["warnings"] == []


def test_pages_end_with_null(server: ServerProcess) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        body = {
            "query": "select: id | from: project_logs('wire') | limit: 5",
            "fmt": "json",
            "cursor": cursor,
        }
        _, headers, raw = post(server, body)
        answer = json.loads(raw)
        seen += [row["id"] for row in answer["data"]]
        cursor = answer["cursor"]
        if cursor is None:
            break
        assert answer["data"]
    assert "x-bt-cursor" not in headers
    assert seen == [f"w{number:02}" for number in reversed(range(12))]


def test_unknown_keys_are_ignored(server: ServerProcess) -> None:
    body = {
        "query": "SELECT count(*) AS n FROM project_logs('wire')",
        "fmt": "json",
        "use_columnstore": True,
        "use_brainstore": True,
        "brainstore_realtime": True,
        "query_source": "test",
        "lint_mode": "strict",
        "tz_offset": 60,
        "version": None,
        "audit_log": None,
    }
    assert json.loads(post(server, body)[2])["data"] == [{"n": 12}]


def test_days_are_those_of_the_asker(server: ServerProcess) -> None:
    body = {"query": "SELECT DISTINCT day(created) AS day FROM project_logs('wire')", "fmt": "json"}
    days = {
        offset: json.loads(post(server, {**body, "tz_offset": offset})[2])["data"]
        for offset in (0, 660, -840)
    }
    assert days == {
        0: [{"day": "2026-03-01T00:00:00.000000Z"}],
        660: [{"day": "2026-02-28T11:00:00.000000Z"}],
        -840: [{"day": "2026-03-01T10:00:00.000000Z"}],
    }
    status, _, raw = post(server, {**body, "tz_offset": 1000})
    assert (status, json.loads(raw)["error"]["code"]) == (400, "query_invalid")


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_reading_every_log_is_a_warning_and_no_error(server: ServerProcess, mode: str) -> None:
    def warned(query: str) -> list[str]:
        body = {"query": query, "fmt": "json", "lint_mode": mode, "strict_lint_mode": mode == "strict"}
        return [f"{one['stage']}:{one['code']}" for one in json.loads(post(server, body)[2])["warnings"]]

    logs = "FROM project_logs('wire')"
    unbounded = [
        f"SELECT count(*) {logs}",
        f"SELECT id {logs} WHERE metadata.tier = 'pro'",
        f"SELECT id {logs} ORDER BY id",
    ]
    bounded = [
        f"SELECT id {logs}", f"SELECT count(*) {logs} WHERE created > now() - interval 1 day AND is_root",
        f"SELECT * {logs} WHERE root_span_id IN ('t1')", f"SELECT * {logs} WHERE id = 'w01'", "SELECT count(*) FROM dataset('x')",
    ]  # fmt: skip
    assert [warned(query) for query in unbounded] == [["planner:unbounded_logs"]] * len(unbounded)
    assert [warned(query) for query in bounded[:-1]] == [[]] * (len(bounded) - 1)


def test_the_audit_log_says_what_changed(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "audited"})["id"]
    dataset = server.request("POST", "/v1/dataset", {"project_id": project, "name": "cases"})["id"]
    row = {"id": "a", "input": 1, "metadata": {"user": {"name": "x", "age": 7}}}
    merge = {"id": "a", "_is_merge": True}
    for event in (
        row,
        {**merge, "metadata": {"user": {"name": "y"}}},
        {**merge, "expected": 2, "tags": ["t"]},
    ):
        server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": [event]})
    said = {"feedback": [{"id": "a", "comment": "odd", "source": "app"}]}
    server.request("POST", f"/v1/dataset/{dataset}/feedback", said)
    server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": [{"id": "a", "_object_delete": True}]})
    query = f"SELECT * FROM dataset('{dataset}') ORDER BY _xact_id"
    rows = server.request("POST", "/btql", {"query": query, "fmt": "json", "audit_log": True})["data"]
    nothing = {"source": "api", "action": "upsert", "path": [], "from": None, "to": None, "metadata": None}
    told = [one["audit_data"] for one in rows]
    signed = [{name: one.pop(name) for name in ("user_id", "key_id", "created")} for one in told]
    assert all(one["user_id"] and one["key_id"] and one["created"] for one in signed)
    assert told[:3] == [
        nothing,
        {**nothing, "path": ["metadata", "user", "name"], "from": "x", "to": "y"},
        {**nothing, "from": {"expected": None, "tags": None}, "to": {"expected": 2, "tags": ["t"]}},
    ]
    assert (told[3]["action"], told[3]["source"], told[3]["path"]) == ("comment", "app", ["comments"])
    assert [one["comment"] for one in rows] == [None, None, None, {"text": "odd"}, None]
    assert told[4] == {**nothing, "action": "delete"}
    last = "SELECT audit_data FROM dataset('cases') ORDER BY _xact_id DESC LIMIT 1 OFFSET 2".replace(
        "cases", dataset
    )
    assert server.request("POST", "/btql", {"query": last, "fmt": "json", "audit_log": True})["data"] == [
        {"audit_data": told[2] | signed[2]}
    ]


def test_json_lines(server: ServerProcess) -> None:
    body = {"query": "SELECT * FROM project_logs('wire') ORDER BY created", "fmt": "jsonl"}
    status, headers, raw = post(server, body)
    rows = [json.loads(line) for line in raw.splitlines()]
    assert status == 200
    assert headers["content-type"].startswith("application/x-ndjson")
    assert [row["id"] for row in rows] == [f"w{number:02}" for number in range(12)]
    assert rows[3]["input"] == {"text": 'said "hi", twice\nand left', "n": 3}
    assert rows[3]["tags"] is None


def test_csv(server: ServerProcess) -> None:
    query = "SELECT id, input, metadata.tier, scores.s, is_root, error FROM project_logs('wire') ORDER BY id LIMIT 2"
    status, headers, raw = post(server, {"query": query, "fmt": "csv"})
    table = list(csv.reader(io.StringIO(raw.decode())))
    assert status == 200
    assert headers["content-type"].startswith("text/csv")
    assert table[0] == ["id", "input", "tier", "s", "is_root", "error"]
    assert json.loads(table[1][1]) == {"text": 'said "hi", twice\nand left', "n": 0}
    assert table[1][2:] == ["free", "0", "true", ""]
    assert len(table) == 3


def test_parquet(server: ServerProcess) -> None:
    query = "SELECT id, scores.s AS \"the score\" FROM project_logs('wire') ORDER BY id"
    status, _, raw = post(server, {"query": query, "fmt": "parquet"})
    table = pyarrow.parquet.read_table(io.BytesIO(raw))
    assert status == 200
    assert table.column_names == ["id", "the score"]
    assert table.num_rows == 12
    assert table["the score"].to_pylist()[:3] == [0.0, 0.1, 0.2]


def test_exports_have_no_cap(server: ServerProcess) -> None:
    rows = [{"id": f"e{number}", "input": number} for number in range(1500)]
    project = server.request("POST", "/v1/project", {"name": "wire"})["id"]
    dataset = server.request("POST", "/v1/dataset", {"name": "many", "project_id": project})["id"]
    server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": rows})
    page = json.loads(post(server, {"query": f"SELECT id FROM dataset('{dataset}')", "fmt": "json"})[2])
    assert len(page["data"]) == 1000
    assert page["cursor"]
    lines = post(server, {"query": f"SELECT id FROM dataset('{dataset}')", "fmt": "jsonl"})[2].splitlines()
    assert len(lines) == 1500


def test_a_write_is_read_at_once(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "fresh"})["id"]
    for number in range(5):
        row = {"id": f"f{number}", "project_id": project, "log_id": "g", "input": number}
        server.request("POST", "/logs3", {"rows": [row], "api_version": 2})
        assert server.sql("SELECT count(*) AS n FROM project_logs('fresh')") == [{"n": number + 1}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "SELECT idd FROM project_logs('wire')"}, 400, "query_invalid"),
        ({"query": "SELECT id FROM project_logs('nobody')"}, 404, "project_not_found"),
        ({"query": "SELECT 1", "fmt": "xml"}, 400, "unknown_format"),
        ({"query": 7}, 400, "body_invalid"),
        ({}, 400, "body_invalid"),
        ([], 400, "body_invalid"),
        ({"query": "SELECT id FROM project_logs('wire')", "cursor": "nonsense"}, 400, "cursor_invalid"),
        ({"query": "SELECT id FROM project_logs('wire')", "version": "x"}, 400, "version_invalid"),
        ({"query": "SELECT idd FROM project_logs('wire')", "fmt": "jsonl"}, 400, "query_invalid"),
    ],
)
def test_errors(server: ServerProcess, body: Any, status: int, code: str) -> None:
    with pytest.raises(Refused) as caught:
        server.request("POST", "/btql", body)
    assert caught.value.status == status
    assert caught.value.body["error"]["code"] == code


def test_an_error_has_its_place(server: ServerProcess) -> None:
    with pytest.raises(Refused) as caught:
        server.request("POST", "/btql", {"query": "SELECT id,\n  inptu FROM project_logs('wire')"})
    error = caught.value.body["error"]
    assert (error["line"], error["column"]) == (2, 3)
    assert error["message"] == "There is no column inptu. Did you mean input?"


def test_a_key_is_needed(server: ServerProcess) -> None:
    with pytest.raises(Refused) as caught:
        server.request("POST", "/btql", {"query": "SELECT 1"}, key="wrong")
    assert caught.value.status == 401
