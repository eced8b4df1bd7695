"""The runner of background queries over a real database and queue: failures, lost leases, restarts, old results.

The query engine is a stand-in whose rows come when the test says so.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assay_server.adapters.blobs.memory import MemoryBlobStore
from assay_server.adapters.jobs.database import DatabaseJobQueue
from assay_server.adapters.meta.store import MetaStore
from assay_server.engines.authz import Actor
from assay_server.engines.query.types import QueryRequest
from assay_server.errors import NotFound, QueryError, TooMany, Unauthorized
from assay_server.features.keys.bootstrap import bootstrap
from assay_server.features.keys.service import AuthService
from assay_server.features.sql import background, runner
from assay_server.features.sql.background import KIND, BackgroundQueries
from assay_server.features.sql.runner import QueryRunner
from assay_server.ports.jobs import Job
from assay_server.ports.spans import StoreUnavailable
from assay_server.settings import Settings

ASKED = QueryRequest(query="SELECT 1 AS n")


class Bench:
    """Queries, their queue under a clock of its own, and an engine that streams whatever `rows` yields."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data=folder)
        self.meta = MetaStore(settings.meta_url)
        self.meta.start()
        key = bootstrap(self.meta, settings).api_key
        self.auth = AuthService(self.meta)
        self.actor = self.auth.actor_for_key(str(key))
        self.now = 1_700_000_000.0
        self.jobs = DatabaseJobQueue(self.meta, clock=lambda: self.now)
        self.queries = BackgroundQueries(self.meta, self.jobs, MemoryBlobStore())
        self.rows: Callable[[], Generator[bytes]] = lambda: iter_rows(b'{"n":1}\n')
        self.ran_as: list[Actor] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.runner = self.new_runner()

    def new_runner(self) -> QueryRunner:
        engine: Any = SimpleNamespace(settled=settled, export=self._export)
        made = QueryRunner(self.queries, self.jobs, engine, self.auth.actor_for_member)
        made._loop = self.loop
        return made

    def _export(self, actor: Actor, _request: QueryRequest, _fmt: str) -> Generator[bytes]:
        self.ran_as.append(actor)
        return self.rows()

    def submit(self) -> str:
        return self.queries.submit(self.actor, ASKED)["id"]

    def lease(self) -> Job:
        (job,) = self.jobs.lease([KIND], seconds=runner.LEASE_SECONDS)
        return job

    def state(self, query_id: str) -> tuple[str, str | None]:
        record = self.queries.get(self.actor, query_id)
        return record["status"], record["error_code"]

    def result(self, query_id: str) -> list[bytes]:
        rows, _ = self.queries.page(self.queries.get(self.actor, query_id), limit=1000, cursor=None)
        return [bytes(row) for row in rows]

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        self.meta.close()


async def settled() -> None:
    """Nothing was written."""


def iter_rows(*rows: bytes) -> Generator[bytes]:
    yield from rows


def raising(error: Exception) -> Callable[[], Generator[bytes]]:
    def rows() -> Generator[bytes]:
        yield b'{"n":0}\n'
        raise error

    return rows


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_it_runs_as_who_asked(bench: Bench) -> None:
    query_id = bench.submit()
    assert bench.state(query_id) == ("queued", None)
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("succeeded", None)
    assert bench.result(query_id) == [b'{"n":1}']
    (actor,) = bench.ran_as
    assert (actor.user_id, actor.org_id, actor.role) == (bench.actor.user_id, bench.actor.org_id, "owner")
    assert bench.jobs.counts()["done"] == 1


def test_an_error_of_the_query_ends_it(bench: Bench) -> None:
    query_id = bench.submit()
    bench.rows = raising(QueryError("The query needs too much memory.", code="query_memory"))
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("failed", "query_memory")
    assert bench.jobs.counts() == {"ready": 0, "leased": 0, "done": 1, "dead": 0}


def test_who_has_left_gets_no_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    query_id = bench.submit()

    def gone(_org: str, _user: str) -> Actor:
        raise Unauthorized("The user is no longer a member.", code="not_a_member")

    monkeypatch.setattr(bench.runner, "_actors", gone)
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("failed", "not_a_member")
    assert bench.ran_as == []


@pytest.mark.parametrize("error", [StoreUnavailable("the store restarts"), RuntimeError("a bug")])
def test_anything_else_is_tried_again(bench: Bench, error: Exception) -> None:
    query_id = bench.submit()
    bench.rows = raising(error)
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("queued", None)
    bench.now += 5
    bench.rows = lambda: iter_rows(b'{"n":2}\n')
    bench.runner.run(bench.lease())
    assert bench.result(query_id) == [b'{"n":2}']


def test_what_always_fails_is_given_up(bench: Bench) -> None:
    query_id = bench.submit()
    bench.rows = raising(StoreUnavailable("the store is down"))
    for _ in range(background.MAX_ATTEMPTS):
        bench.runner.run(bench.lease())
        bench.now += 3600
    assert bench.state(query_id) == ("failed", "store_unavailable")
    assert bench.jobs.counts()["dead"] == 1


def test_a_worker_that_died_is_followed_by_another(bench: Bench) -> None:
    query_id = bench.submit()
    job = bench.lease()
    assert bench.queries.begin(query_id) is not None  # and then the process is gone
    assert bench.jobs.lease([KIND]) == []
    bench.now += runner.LEASE_SECONDS
    bench.new_runner().run(bench.lease())
    assert bench.state(query_id) == ("succeeded", None)
    bench.runner.run(job)  # the first one was only slow: it finds nothing to do
    assert bench.result(query_id) == [b'{"n":1}']


def test_a_worker_that_lost_its_lease_changes_nothing(bench: Bench) -> None:
    query_id = bench.submit()
    slow = bench.lease()

    def overtaken() -> Generator[bytes]:
        yield b'{"n":"stale"}\n'
        bench.now += runner.LEASE_SECONDS
        bench.rows = lambda: iter_rows(b'{"n":"fresh"}\n')
        bench.new_runner().run(bench.lease())

    bench.rows = overtaken
    bench.runner.run(slow)
    assert bench.state(query_id) == ("succeeded", None)
    assert bench.result(query_id) == [b'{"n":"fresh"}']


def test_workers_that_died_too_often_end_the_query(bench: Bench) -> None:
    query_id = bench.submit()
    for _ in range(background.MAX_ATTEMPTS):
        bench.lease()
        bench.queries.begin(query_id)
        bench.now += runner.LEASE_SECONDS
    assert bench.jobs.lease([KIND]) == []
    bench.queries.sweep()
    assert bench.state(query_id) == ("failed", "async_query_failed")


def test_stopping_puts_back_what_runs(bench: Bench) -> None:
    query_id = bench.submit()
    started, go_on = threading.Event(), threading.Event()

    def endless() -> Generator[bytes]:
        while True:
            yield b'{"n":1}\n'
            started.set()
            go_on.wait(10)

    bench.rows = endless
    bench.runner.start(bench.loop)
    assert started.wait(10)
    go_on.set()
    bench.runner.stop(seconds=10)
    assert bench.state(query_id) == ("queued", None)
    bench.now += 5
    bench.rows = lambda: iter_rows(b'{"n":3}\n')
    bench.new_runner().run(bench.lease())
    assert bench.result(query_id) == [b'{"n":3}']


def test_canceled_while_it_runs(bench: Bench) -> None:
    query_id = bench.submit()

    def canceled() -> Generator[bytes]:
        yield b'{"n":1}\n'
        bench.queries.cancel(bench.actor, query_id)

    bench.rows = canceled
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("canceled", None)
    with pytest.raises(NotFound):
        bench.result(query_id)


def test_a_result_can_be_too_large(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MAX_RESULT", 10)
    query_id = bench.submit()
    bench.rows = lambda: iter_rows(b'{"n":1}\n', b'{"n":2}\n')
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("failed", "async_result_too_large")


def test_large_rows_make_short_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAGE_BYTES", 12)
    rows = [b'{"n":1}\n', b'{"n":"a long one"}\n', b'{"n":3}\n', b"[]\n"]
    bench.rows = lambda: iter_rows(*rows)
    query_id = bench.submit()
    bench.runner.run(bench.lease())
    record, cursor, pages = bench.queries.get(bench.actor, query_id), None, []
    while True:
        page, cursor = bench.queries.page(record, limit=1000, cursor=cursor)
        pages.append([bytes(row) + b"\n" for row in page])
        if cursor is None:
            break
    assert pages == [[rows[0]], [rows[1]], [rows[2], rows[3]]]


def test_results_go_when_their_time_is_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "KEPT_SECONDS", -1)
    query_id = bench.submit()
    bench.runner.run(bench.lease())
    blobs = bench.queries._blobs
    assert len(list(blobs.list("async_queries"))) == 1
    with pytest.raises(NotFound, match="kept for 7 days"):
        bench.queries.get(bench.actor, query_id)
    bench.queries.sweep()
    assert list(blobs.list("async_queries")) == []


def test_a_crash_before_the_queue_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.queries, "_enqueue", lambda _id: None)
    query_id = bench.submit()
    monkeypatch.undo()
    assert bench.jobs.lease([KIND]) == []
    bench.queries.sweep()
    bench.runner.run(bench.lease())
    assert bench.state(query_id) == ("succeeded", None)


def test_an_organization_cannot_ask_without_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MAX_WAITING", 2)
    first = bench.submit()
    bench.submit()
    with pytest.raises(TooMany):
        bench.submit()
    bench.queries.cancel(bench.actor, first)
    bench.submit()
