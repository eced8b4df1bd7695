"""Paging: every row once, stable while rows arrive, no cursor behind the last row."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from assay_server.engines.authz import ObjectRef
from assay_server.engines.ingest.state import apply_write, encode_line
from assay_server.engines.query import QueryAnswer, QueryEngine, QueryRequest
from assay_server.errors import QueryError
from assay_server.ports.spans import SpanStore
from tests.server.query import small_world as world
from tests.server.query.query_world import ALICE, Grants
from tests.support.stores import writes

STILL = "33333333-3333-4333-8333-333333333333"


class OneProject(Grants):
    """Resolves every name as one project."""

    def __init__(self, project: str) -> None:
        self.project = project

    def resolve(self, actor: Any, kind: str, ref: str, *, action: str = "read") -> ObjectRef:
        return ObjectRef(self.project, kind, self.project, "growing")


async def caught_up() -> None:
    """Writes of these tests are done before they read."""


def add(store: SpanStore, *rows: world.Row, second: int = 100, project: str = STILL) -> None:
    lines = []
    for seq, write in enumerate(writes(*rows, project=project, obj=project)):
        state = apply_write(None, write, None, world.version(second), seq)
        assert state is not None
        lines.append(encode_line(state))
    store.insert(lines)


@pytest.fixture(scope="module")
def growing(store: SpanStore) -> QueryEngine:
    """A project that no test changes."""
    return thirty_traces(store, STILL)


def thirty_traces(store: SpanStore, project: str) -> QueryEngine:
    """30 traces of 2 spans; every third root shares its time with the one before."""
    rows: list[world.Row] = []
    for number in range(30):
        minute = number - (number % 3 == 2)
        root = world.span(
            f"g{number:02}",
            f"g{number:02}",
            minute,
            metadata={"n": number % 4, "name": "x" if number % 5 else None},
        )
        child = world.span(
            f"g{number:02}c", f"g{number:02}", minute + 0.1, f"g{number:02}", scores={"s": number / 30}
        )
        rows += [root, child]
    add(store, *rows, project=project)
    return QueryEngine(store, OneProject(project), caught_up)


def ask(engine: QueryEngine, query: str, **options: Any) -> QueryAnswer:
    return asyncio.run(engine.run(ALICE, QueryRequest(query=query, **options)))


def pages(engine: QueryEngine, query: str, **options: Any) -> Iterator[list[dict[str, Any]]]:
    """Pages until the cursor is None; no page is empty."""
    cursor: str | None = None
    while True:
        answer = ask(engine, query, cursor=cursor, **options)
        yield answer.rows
        assert answer.rows or answer.cursor is None
        cursor = answer.cursor
        if cursor is None:
            return


ORDERS = [
    "",
    "ORDER BY created DESC",
    "ORDER BY created ASC",
    "ORDER BY _pagination_key DESC",
    "ORDER BY _xact_id",
    "ORDER BY metadata.n DESC",
    "ORDER BY metadata.n NULLS FIRST, created",
    "ORDER BY metadata.name, id DESC",
    "ORDER BY scores.s DESC NULLS FIRST",
    "ORDER BY is_root, id",
    "ORDER BY lower(id) DESC",
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [7, 59, 60, 61])
def test_every_row_once_in_order(growing: QueryEngine, order: str, size: int) -> None:
    whole = [
        row["id"] for row in ask(growing, f"SELECT id FROM project_logs('growing') {order}", limit=1000).rows
    ]
    found = [
        row["id"]
        for page in pages(growing, f"SELECT id FROM project_logs('growing') {order} LIMIT {size}")
        for row in page
    ]
    assert found == whole
    assert len(found) == 60


@pytest.mark.parametrize(
    "order", ["", "ORDER BY metrics.spans, created", "ORDER BY scores.s DESC", "ORDER BY metadata.name DESC"]
)
def test_every_trace_once_as_summary(growing: QueryEngine, order: str) -> None:
    query = f"SELECT id FROM project_logs('growing', shape => 'summary') {order}"
    whole = [row["id"] for row in ask(growing, query, limit=1000).rows]
    found = [row["id"] for page in pages(growing, f"{query} LIMIT 7") for row in page]
    assert found == whole
    assert len(found) == 30


@pytest.mark.parametrize("order", ["", "ORDER BY created", "ORDER BY scores.s DESC", "ORDER BY metadata.n"])
def test_whole_traces_on_every_page(growing: QueryEngine, order: str) -> None:
    query = f"SELECT id, root_span_id FROM project_logs('growing', shape => 'traces') {order} LIMIT 4"
    seen: list[str] = []
    for page in pages(growing, query):
        traces = {row["root_span_id"] for row in page}
        assert len(traces) <= 4
        assert len(page) == 2 * len(traces)
        seen += sorted(traces)
    assert len(seen) == len(set(seen)) == 30


def test_grouped_rows_page_too(growing: QueryEngine) -> None:
    query = "SELECT root_span_id, count(*) AS n FROM project_logs('growing') GROUP BY 1 ORDER BY 1 LIMIT 8"
    found = [row["root_span_id"] for page in pages(growing, query) for row in page]
    assert found == [f"t-g{number:02}" for number in range(30)]


def test_rows_that_arrive_do_not_disturb_a_walk(store: SpanStore) -> None:
    project = str(uuid.uuid4())
    growing = thirty_traces(store, project)
    query = (
        "SELECT id FROM project_logs('growing') WHERE metadata.walk IS NULL AND id NOT LIKE 'new%' LIMIT 10"
    )
    seen: list[str] = []
    for number, page in enumerate(pages(growing, query)):
        seen += [row["id"] for row in page]
        add(
            store,
            world.span(f"new{number}", f"new{number}", 5000 + number, metadata={"walk": 1}),
            second=5000 + number,
            project=project,
        )
    assert len(seen) == len(set(seen)) == 60


def test_newer_rows_never_enter_a_walk(store: SpanStore) -> None:
    project = str(uuid.uuid4())
    growing = thirty_traces(store, project)
    first = ask(growing, "SELECT id FROM project_logs('growing') LIMIT 10")
    add(store, world.span("late", "late", 9000, metadata={"walk": 1}), second=9000, project=project)
    rest = ask(growing, "SELECT id FROM project_logs('growing') LIMIT 1000", cursor=first.cursor)
    assert "late" not in [row["id"] for row in rest.rows]
    assert not {row["id"] for row in first.rows} & {row["id"] for row in rest.rows}


def test_a_cursor_survives_another_limit_and_the_wire_word(growing: QueryEngine) -> None:
    first = ask(
        growing, "select: id | from: project_logs('growing') | filter: is_root | sort: created | limit: 3"
    )
    text = f"select: id | from: project_logs('growing') | filter: is_root | sort: created | limit: 2 | cursor: \"{first.cursor}\""
    assert [row["id"] for row in ask(growing, text).rows] == ["g03", "g04"]
    by_offset = ask(growing, "SELECT id FROM project_logs('growing') WHERE is_root ORDER BY created LIMIT 3")
    again = f"SELECT id FROM project_logs('growing') WHERE is_root ORDER BY created LIMIT 1 OFFSET '{by_offset.cursor}'"
    assert [row["id"] for row in ask(growing, again).rows] == ["g03"]


def test_a_cursor_belongs_to_its_query(growing: QueryEngine) -> None:
    cursor = ask(growing, "SELECT id FROM project_logs('growing') LIMIT 3").cursor
    with pytest.raises(QueryError, match="belongs to another query") as caught:
        ask(growing, "SELECT id FROM project_logs('growing') WHERE is_root LIMIT 3", cursor=cursor)
    assert caught.value.code == "cursor_mismatch"


@pytest.mark.parametrize("token", ["x", "!!!", "eyJhIjoxfQ", "W10", "a" * 4000])
def test_a_damaged_cursor_is_refused(growing: QueryEngine, token: str) -> None:
    with pytest.raises(QueryError, match="cursor") as caught:
        ask(growing, "SELECT id FROM project_logs('growing') LIMIT 3", cursor=token)
    assert caught.value.code == "cursor_invalid"


def test_a_forged_position_stays_a_value(growing: QueryEngine) -> None:
    """Keys of a token are data: text that looks like SQL compares as text."""
    import base64

    real = ask(growing, "SELECT id FROM project_logs('growing') ORDER BY id LIMIT 3").cursor
    assert real is not None
    fields = json.loads(base64.urlsafe_b64decode(real + "=" * (-len(real) % 4)))
    fields[1] = ["' OR 1=1 --"]
    forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()
    rows = ask(growing, "SELECT id FROM project_logs('growing') ORDER BY id LIMIT 3", cursor=forged).rows
    assert [row["id"] for row in rows] == ["g00", "g00c", "g01"]


def test_without_a_limit_spans_stop_at_a_thousand(store: SpanStore) -> None:
    project = str(uuid.uuid4())
    growing = thirty_traces(store, project)
    add(
        store,
        *[world.span(f"many{number:04}", "many", 20000 + number / 100) for number in range(1001)],
        second=20000,
        project=project,
    )
    answer = ask(growing, "SELECT id FROM project_logs('growing') WHERE root_span_id = 't-many'")
    assert len(answer.rows) == 1000
    assert answer.cursor is not None
    whole = ask(
        growing, "SELECT id FROM project_logs('growing') WHERE root_span_id = 't-many'", unlimited=True
    )
    assert len(whole.rows) == 1001
    assert whole.cursor is None
