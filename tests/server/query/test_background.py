"""POST /btql/async of a running server: results page by page, who may see them, ends of all kinds, a killed server."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from assay_server.features.sql.runner import WORKERS
from tests.support.people import join
from tests.support.servers import Refused, ServerProcess, running_server

ROWS = 25
QUERY = "SELECT id, input, scores.s FROM project_logs('background') ORDER BY id"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("background") / "data") as running:
        make_rows(running)
        yield running


def make_rows(server: ServerProcess, name: str = "background") -> str:
    """Id of a project of that name with 25 rows in its logs."""
    project = server.request("POST", "/v1/project", {"name": name})["id"]
    rows = [
        {
            "project_id": project,
            "log_id": "g",
            "id": f"r{at:02}",
            "input": {"ü\n": at},
            "scores": {"s": at / 32},
        }
        for at in range(ROWS)
    ]
    server.request("POST", "/logs3", {"rows": rows})
    return project


def submit(server: ServerProcess, query: Any = QUERY, *, key: str | None = None, **body: Any) -> str:
    """Id of a query put in line."""
    more = {"key": key} if key else {}
    made = server.request("POST", "/btql/async", {"query": query, "format": "jsonl", **body}, **more)
    assert made["status"] == "queued"
    return made["id"]


def wait(server: ServerProcess, query_id: str, *statuses: str, seconds: float = 60) -> dict[str, Any]:
    """The state of a query once it is one of these."""
    deadline = time.monotonic() + seconds
    while (found := server.request("GET", f"/btql/async/{query_id}"))["status"] not in statuses:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def rows_of(server: ServerProcess, query_id: str, limit: int = 1000) -> list[dict[str, Any]]:
    """Every row of a result, asked for page by page; no page is empty."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = server.request("GET", f"/btql/async/{query_id}/result?limit={limit}{cursor}")
        assert page["status"] == "succeeded"
        assert page["rows"]
        assert len(page["rows"]) <= limit
        rows += page["rows"]
        if page["cursor"] is None:
            return rows
        cursor = f"&cursor={page['cursor']}"


def refusal(server: ServerProcess, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        server.request(method, path, body, **more)
    return caught.value.status, caught.value.body["error"]["code"]


@pytest.mark.parametrize("limit", [1, 7, 25, 1000])
def test_a_result_is_what_the_query_says(server: ServerProcess, limit: int) -> None:
    query_id = submit(server, batch_size=5)
    ended = wait(server, query_id, "succeeded")
    assert (ended["id"], ended["error"]) == (query_id, None)
    assert ended["expires_at"] > ended["created"]
    assert rows_of(server, query_id, limit) == server.sql(QUERY)


def test_all_languages_and_pinned_versions(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "pinned"})["id"]
    dataset = server.request("POST", "/v1/dataset", {"project_id": project, "name": "d"})["id"]
    for value in ("old", "new"):
        server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": [{"id": "a", "input": value}]})
        if value == "old":
            (row,) = server.sql(f"SELECT _xact_id FROM dataset('{dataset}')")
    tree = {
        "select": [{"expr": {"op": "ident", "name": ["input"]}, "alias": "input"}],
        "from": {"op": "function", "name": {"op": "ident", "name": ["dataset"]},
                 "args": [{"op": "literal", "value": dataset}]},
    }  # fmt: skip
    asked = [submit(server, tree), submit(server, f"select: input | from: dataset('{dataset}')"),
             submit(server, tree, version=row["_xact_id"])]  # fmt: skip
    for query_id in asked:
        wait(server, query_id, "succeeded")
    assert [rows_of(server, query_id) for query_id in asked] == [
        [{"input": "new"}],
        [{"input": "new"}],
        [{"input": "old"}],
    ]


def test_no_rows_are_an_empty_page_without_a_cursor(server: ServerProcess) -> None:
    query_id = submit(server, "SELECT id FROM project_logs('background') WHERE id = 'nothing'")
    wait(server, query_id, "succeeded")
    page = server.request("GET", f"/btql/async/{query_id}/result")
    assert (page["rows"], page["cursor"]) == ([], None)


def test_rows_longer_than_what_is_read_at_once(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "wide"})["id"]
    rows = [
        {"project_id": project, "log_id": "g", "id": f"w{at}", "input": str(at) * 700_000} for at in range(3)
    ]
    server.request("POST", "/logs3", {"rows": rows})
    query = "SELECT id, input FROM project_logs('wide') ORDER BY id"
    query_id = submit(server, query)
    wait(server, query_id, "succeeded")
    assert rows_of(server, query_id, 1) == rows_of(server, query_id) == server.sql(query)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "SELECT idd FROM project_logs('background')"}, 400, "query_invalid"),
        ({"query": "SELECT id FROM project_logs('nobody')"}, 404, "project_not_found"),
        ({"query": QUERY, "format": "parquet"}, 400, "unknown_format"),
        ({"query": QUERY, "batch_size": 0}, 400, "body_invalid"),
        ({"query": QUERY, "version": "x"}, 400, "version_invalid"),
        ({"format": "jsonl"}, 400, "body_invalid"),
    ],
)
def test_what_cannot_run_is_refused_at_once(server: ServerProcess, body: Any, status: int, code: str) -> None:
    assert refusal(server, "POST", "/btql/async", body) == (status, code)


def test_bad_pages_are_refused(server: ServerProcess) -> None:
    query_id, other = submit(server), submit(server)
    wait(server, query_id, "succeeded")
    wait(server, other, "succeeded")
    path = f"/btql/async/{query_id}/result"
    foreign = server.request("GET", f"/btql/async/{other}/result?limit=1")["cursor"]
    inside = base64.urlsafe_b64encode(json.dumps([query_id, 3]).encode()).decode().rstrip("=")
    for cursor in ("nonsense", "ä", foreign, inside, inside[:-2]):
        assert refusal(server, "GET", f"{path}?cursor={quote(cursor)}") == (400, "cursor_invalid")
    for limit in ("0", "-1", "10001", "x", "9" * 30):
        assert refusal(server, "GET", f"{path}?limit={limit}") == (400, "limit_invalid")


def test_only_who_asked_and_owners_see_a_query(server: ServerProcess) -> None:
    member, other, stranger = (
        join(server.data, "member"),
        join(server.data, "member"),
        join(server.data, "owner", org="elsewhere"),
    )
    query_id = submit(server, key=member)
    wait(server, query_id, "succeeded")  # as the owner
    assert len(server.request("GET", f"/btql/async/{query_id}/result", key=member)["rows"]) == ROWS
    for key in (other, stranger):
        for method, path in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
            refused = refusal(server, method, f"/btql/async/{query_id}{path}", key=key)
            assert refused == (404, "async_query_not_found")
    assert refusal(server, "POST", "/btql/async", {"query": QUERY}, key=stranger)[0] == 404


def test_a_right_that_was_taken_closes_the_result(server: ServerProcess) -> None:
    guest, rule = lend(server, "lent")
    asked = {"query": "SELECT id FROM project_logs('lent')"}
    assert refusal(server, "POST", "/btql/async", {"query": QUERY}, key=guest)[0] in (403, 404)
    query_id = submit(server, asked["query"], key=guest)
    wait(server, query_id, "succeeded")
    path = f"/btql/async/{query_id}/result"
    assert len(server.request("GET", path, key=guest)["rows"]) == ROWS
    server.request("DELETE", f"/v1/acl/{rule}")
    assert refusal(server, "GET", path, key=guest)[0] in (403, 404)
    project = server.request("GET", "/v1/project?project_name=lent")["objects"][0]["id"]
    assert server.request("GET", path)["status"] == "succeeded"  # as the owner
    server.request("DELETE", f"/v1/project/{project}")
    assert refusal(server, "GET", path)[0] == 404


def lend(server: ServerProcess, name: str) -> tuple[str, str]:
    """A guest's key, and the id of the rule that lets them read a new project of that name, with rows in it."""
    project = make_rows(server, name)
    guest = join(server.data, "guest")
    rule = {"object_type": "project", "object_id": project, "permission": "read"}
    who = server.request("GET", "/ping", key=guest)["id"]
    return guest, server.request("POST", "/v1/acl", {**rule, "user_id": who})["id"]


def test_a_query_runs_with_the_permissions_of_then(server: ServerProcess) -> None:
    guest, rule = lend(server, "lent and taken")
    server.sql("SELECT count(*) AS n FROM project_logs('lent and taken')")
    with Frozen(server):
        for busy in [submit(server) for _ in range(WORKERS)]:
            wait(server, busy, "running")
        query_id = submit(server, "SELECT id FROM project_logs('lent and taken')", key=guest)
        server.request("DELETE", f"/v1/acl/{rule}")
    ended = wait(server, query_id, "failed")
    assert ended["error_code"] in ("forbidden", "project_not_found")
    assert server.request("GET", f"/btql/async/{query_id}/result", key=guest)["rows"] == []


class Frozen:
    """The store of a server stands still: nothing is answered until it is let go."""

    def __init__(self, server: ServerProcess) -> None:
        self.pid = server.store_pid()

    def __enter__(self) -> Frozen:
        os.kill(self.pid, signal.SIGSTOP)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):  # a test may have killed it
            os.kill(self.pid, signal.SIGCONT)


def test_a_canceled_query_has_no_result(server: ServerProcess) -> None:
    server.sql(QUERY)  # every write so far is applied, so that nothing but queries needs the store
    with Frozen(server):
        query_id = submit(server)
        wait(server, query_id, "running")
        assert server.request("GET", f"/btql/async/{query_id}/result") == {
            "status": "running", "rows": [], "cursor": None, "error": None, "error_code": None,
        }  # fmt: skip
        assert server.request("DELETE", f"/btql/async/{query_id}")["status"] == "canceled"
    after = submit(server)
    wait(server, after, "succeeded")
    assert server.request("DELETE", f"/btql/async/{after}")["status"] == "succeeded"
    assert server.request("GET", f"/btql/async/{query_id}/result")["status"] == "canceled"
    assert len(rows_of(server, after)) == ROWS


def test_a_killed_server_goes_on_with_what_was_asked(tmp_path: Path) -> None:
    """Killed while two queries run and more wait: all are answered after the start, without being asked again."""
    server = ServerProcess(tmp_path / "data")
    server.start()
    make_rows(server)
    expected = server.sql(QUERY)
    with Frozen(server) as store:
        asked = [submit(server) for _ in range(4)]
        for query_id in asked[:2]:
            wait(server, query_id, "running")
        server.kill()
        os.kill(store.pid, signal.SIGKILL)
    server.start()
    try:
        for query_id in asked:
            wait(server, query_id, "succeeded")
            assert rows_of(server, query_id) == expected
    finally:
        server.stop()
