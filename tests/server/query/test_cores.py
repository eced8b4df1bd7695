"""Pages of traces share the cores with the queries that run; whatever is added up has one thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.engines.query import engine as engines
from assay_server.ports.spans import Limits, SpanStore
from tests.server.query import small_world as world
from tests.server.query.query_world import ALICE, Grants
from tests.server.query.test_pages import caught_up


class Gathered:
    """A store that answers once `expected` queries are there, and notes what each may use."""

    def __init__(self, inner: SpanStore, expected: int) -> None:
        self.inner = inner
        self.threads: list[int] = []
        self.all_here = threading.Barrier(expected)

    def query(self, sql: str, *, limits: Limits, **options: Any) -> Any:
        self.threads.append(limits.threads)
        self.all_here.wait(20)
        return self.inner.query(sql, limits=limits, **options)


@pytest.mark.parametrize(("queries", "fewest"), [(1, 6), (3, 2), (8, 1)])
def test_cores_are_shared_by_the_queries_that_run(
    store: SpanStore, monkeypatch: pytest.MonkeyPatch, queries: int, fewest: int
) -> None:
    monkeypatch.setattr(engines.os, "cpu_count", lambda: 6)
    gathered = Gathered(store, queries)
    engine = QueryEngine(gathered, Grants(), caught_up)  # type: ignore[arg-type]
    request = QueryRequest(query=f"SELECT id FROM project_logs('{world.ALPHA}', shape => 'summary') LIMIT 2")

    async def ask() -> None:
        await asyncio.gather(*(engine.run(ALICE, request) for _ in range(queries)))

    asyncio.run(ask())
    # those that came first had more to share: what the last one gets is settled
    assert len(gathered.threads) == queries
    assert min(gathered.threads) == fewest
    assert max(gathered.threads) <= 6


def test_sums_have_one_thread(store: SpanStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines.os, "cpu_count", lambda: 6)
    gathered = Gathered(store, 1)
    engine = QueryEngine(gathered, Grants(), caught_up)  # type: ignore[arg-type]
    query = f"SELECT sum(metrics.tokens) AS n FROM project_logs('{world.ALPHA}')"
    asyncio.run(engine.run(ALICE, QueryRequest(query=query)))
    assert gathered.threads == [1]
