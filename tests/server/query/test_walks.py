"""Walks through the pages of a running server while others write: nothing twice, nothing left out."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.servers import ServerProcess, running_server

ROWS, PAGE, WRITES = 60, 13, 12
LOGS, TESTS = "project_logs('walked')", "dataset('walked/cases')"


@dataclass(frozen=True)
class Site:
    """A server with 60 spans in 20 traces and 60 dataset rows of the same ids."""

    server: ServerProcess
    project: str
    dataset: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_server(tmp_path_factory.mktemp("walks") / "data") as server:
        project = server.request("POST", "/v1/project", {"name": "walked"})["id"]
        dataset = server.request("POST", "/v1/dataset", {"project_id": project, "name": "cases"})["id"]
        made = Site(server, project, dataset)
        for row in range(ROWS):  # a transaction each, so that there is an order of transactions
            write(made, f"old{row:02}", trace=f"t{row // 3:02}", n=row)
        yield made


@contextmanager
def writing(site: Site) -> Iterator[None]:
    """Others at work meanwhile: new spans and dataset rows all over the orders, and tags on old spans."""

    def work() -> None:
        for number in range(WRITES):
            name = f"new{uuid.uuid4().hex}"
            write(site, name, trace=name, n=number * ROWS // WRITES)
            merge = {"project_id": site.project, "log_id": "g", "id": f"old{number:02}", "_is_merge": True}
            site.server.request("POST", "/logs3", {"rows": [{**merge, "tags": [name]}]})

    writer = threading.Thread(target=work)
    writer.start()
    yield
    writer.join()


def write(site: Site, name: str, *, trace: str, n: int) -> None:
    """One span and one dataset row."""
    metadata = {"n": n, "parity": n % 2}
    span = {"project_id": site.project, "log_id": "g", "root_span_id": trace, "metadata": metadata}
    record = {"dataset_id": site.dataset, "id": name, "input": {"n": n}, "metadata": metadata}
    site.server.request("POST", "/logs3", {"rows": [{**span, "id": name}, record]})


def walk(site: Site, query: str, *, column: str, **body: Any) -> list[Any]:
    """A column of page after page, until the end; no page is empty."""
    seen: list[Any] = []
    cursor: str | None = None
    while True:
        page = site.server.request("POST", "/btql", {"query": query, "fmt": "json", "cursor": cursor, **body})
        seen += [row[column] for row in page["data"]]
        cursor = page["cursor"]
        if cursor is None:
            return seen
        assert page["data"]


OLD = [f"old{row:02}" for row in range(ROWS)]
TRACES = [f"t{trace:02}" for trace in range(ROWS // 3)]


@pytest.mark.parametrize(
    ("query", "column", "wanted"),
    [
        (f"SELECT id FROM {LOGS} LIMIT {PAGE}", "id", OLD),
        (f"SELECT id FROM {LOGS} ORDER BY created LIMIT {PAGE}", "id", OLD),
        (f"SELECT id FROM {LOGS} ORDER BY metadata.n DESC, id LIMIT {PAGE}", "id", OLD),
        (f"SELECT id FROM {TESTS} ORDER BY _pagination_key DESC LIMIT {PAGE}", "id", OLD),
        (f"SELECT id FROM {TESTS} ORDER BY _xact_id ASC LIMIT {PAGE}", "id", OLD),
        (f"select: id | from: {LOGS} spans | filter: id IS NOT NULL | limit: {PAGE}", "id", OLD),
        (f"SELECT root_span_id FROM project_logs('walked', shape => 'summary') LIMIT {PAGE}", "root_span_id", TRACES),
        (f"SELECT id FROM project_logs('walked', shape => 'traces') LIMIT {PAGE}", "id", OLD),
        (f"SELECT id, count(*) AS c FROM {LOGS} GROUP BY id ORDER BY id DESC LIMIT {PAGE}", "id", OLD),
        (f"SELECT id, max(metadata.parity) AS p FROM {LOGS} GROUP BY id ORDER BY p LIMIT {PAGE}", "id", OLD),
        (f"SELECT DISTINCT root_span_id FROM {LOGS} LIMIT {PAGE}", "root_span_id", TRACES),
        (f"SELECT l.id AS id FROM {LOGS} l JOIN {TESTS} d ON l.id = d.id ORDER BY d.input.n LIMIT {PAGE}", "id", OLD),
        (f"SELECT id FROM {LOGS} UNION DISTINCT SELECT id FROM {TESTS} LIMIT {PAGE}", "id", OLD),
        (f"SELECT id, count(*) OVER (PARTITION BY id) AS c FROM {LOGS} ORDER BY c, id LIMIT {PAGE}", "id", OLD),
        (f"WITH w AS (SELECT id, metadata FROM {LOGS}) SELECT id FROM w ORDER BY metadata.parity LIMIT {PAGE}", "id", OLD),
    ],
)  # fmt: skip
def test_every_old_row_comes_once(site: Site, query: str, column: str, wanted: list[str]) -> None:
    with writing(site):
        seen = walk(site, query, column=column)
    assert len(seen) == len(set(seen))
    assert set(wanted) <= set(seen)


def test_a_pinned_walk_sees_one_moment(site: Site) -> None:
    newest = {"query": f"SELECT max(_xact_id) AS x FROM {TESTS}", "fmt": "json"}
    version = site.server.request("POST", "/btql", newest)["data"][0]["x"]
    query = f"SELECT id, count(*) AS c FROM {TESTS} GROUP BY 1 ORDER BY c DESC, id LIMIT {PAGE}"
    with writing(site):
        first = walk(site, query, column="id", version=version)
    assert first == walk(site, query, column="id", version=version)
    assert set(OLD) <= set(first)
    assert len(walk(site, query, column="id")) >= len(first) + WRITES
