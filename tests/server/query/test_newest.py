"""Pages of the newest traces, found among the newest spans, are those of a search through all of them."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from assay_server.engines.query import QueryEngine, newest
from assay_server.ports.spans import SpanStore
from tests.server.query import small_world as world
from tests.server.query.query_world import Catalog, Grants
from tests.server.query.test_pages import OneProject, add, ask, caught_up, pages

TRACES = 40


def unruly(seed: int) -> Iterator[tuple[str, list[world.Row]]]:
    """Traces whose roots are late, missing or twice there, of one span up to nine."""
    rnd = random.Random(seed)
    for number in range(TRACES):
        name = f"t{number:02}"
        start = rnd.randrange(200)
        rows = [
            world.span(f"{name}-{n}", name, start + rnd.randrange(-30, 30), name)
            for n in range(rnd.randrange(9))
        ]
        for n in range(rnd.choice((0, 1, 1, 1, 2)) if rows else 1):
            rows.append(world.span(f"{name}-root{n}", name, start + rnd.randrange(-40, 40)))
        yield name, rows


@pytest.fixture(params=range(4), ids=lambda seed: f"seed {seed}")
def engine(request: pytest.FixtureRequest, store: SpanStore) -> QueryEngine:
    project = str(uuid.uuid5(uuid.NAMESPACE_URL, f"newest {request.param}"))
    rows = [row for _, each in unruly(request.param) for row in each]
    random.Random(request.param).shuffle(rows)
    for part in range(0, len(rows), 60):
        add(store, *rows[part : part + 60], project=project)
    add(store, *rows[:40], second=200, project=project)  # written again: each still counts once
    return QueryEngine(store, OneProject(project), caught_up)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["root_span_id"] for row in rows]


QUERY = "SELECT root_span_id, created FROM project_logs('x', shape => 'summary'){where} ORDER BY created DESC"


@pytest.mark.parametrize(
    "where", ["", " WHERE created >= '{from_}'", " WHERE created < '{to}' AND created >= '{from_}'"]
)
@pytest.mark.parametrize("depth", [1, 3, 16])
def test_pages_are_those_of_the_whole(
    engine: QueryEngine, where: str, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "SPANS_A_TRACE", depth)
    where = where.format(from_=world.at(60), to=world.at(150))
    query = QUERY.format(where=where)
    whole = ask(engine, f"{query} LIMIT 1000").rows
    assert len(whole) > 10
    assert ids([row for page in pages(engine, f"{query} LIMIT 3") for row in page]) == ids(whole)
    assert ask(engine, f"{query} LIMIT 7").rows == whole[:7]


def test_traces_are_counted_once(engine: QueryEngine) -> None:
    found = ids(ask(engine, QUERY.format(where="") + " LIMIT 20").rows)
    assert set(Counter(found).values()) == {1}


class Watched:
    """A store that notes what it is asked."""

    def __init__(self, inner: SpanStore) -> None:
        self.inner = inner
        self.asked: list[str] = []

    def query(self, sql: str, **options: Any) -> Any:
        self.asked.append(sql)
        return self.inner.query(sql, **options)


LONG_WAYS = {
    "other fields": "{head} WHERE input = 'x' ORDER BY created DESC LIMIT 2",
    "another field beside time": "{head} WHERE created >= '2020-01-01' OR input = 'x' ORDER BY created DESC LIMIT 2",
    "oldest first": "{head} ORDER BY created LIMIT 2",
    "another order": "{head} ORDER BY metrics.duration DESC LIMIT 2",
    "a sample": "{head} TABLESAMPLE (50 PERCENT) ORDER BY created DESC LIMIT 2",
    "a metric of the trace": "{head} WHERE metrics.spans > 1 ORDER BY created DESC LIMIT 2",
}


@pytest.fixture
def watched(store: SpanStore) -> tuple[QueryEngine, list[str]]:
    spy = Watched(store)
    return QueryEngine(spy, Grants(), caught_up, catalog=Catalog()), spy.asked  # type: ignore[arg-type]


HEAD = "SELECT root_span_id FROM project_logs('{project}', shape => 'summary')"


def test_a_full_page_is_one_question_and_another_two(watched: tuple[QueryEngine, list[str]]) -> None:
    engine, asked = watched
    query = HEAD.format(project=world.ALPHA) + " ORDER BY created DESC LIMIT "
    ask(engine, query + "2")
    assert ["SELECT min(created)" in sql for sql in asked] == [True]
    asked.clear()
    ask(engine, query + "500")
    assert ["SELECT min(created)" in sql for sql in asked] == [True, False]


@pytest.mark.parametrize("query", LONG_WAYS.values(), ids=LONG_WAYS.keys())
def test_where_the_newest_spans_say_nothing_all_are_read(
    watched: tuple[QueryEngine, list[str]], query: str
) -> None:
    engine, asked = watched
    ask(engine, query.format(head=HEAD.format(project=world.ALPHA)))
    assert not any("SELECT min(created)" in sql for sql in asked)
