"""The background sender when things go well, wrong, and away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import assay
from assay.client.batcher import Limits
from assay.client.config import resolve_config
from assay.client.state import State
from assay.tracing.span import LiveSpan
from tests.sdk.tracing.support.server import KEY, LogServer, running_server

GATHER_UNTIL_FLUSH = Limits(interval=60)
"""A span that begins and ends before a flush is one row, however slow the machine: what a test counts is certain."""


@contextmanager
def logging_to(url: str, limits: Limits) -> Iterator[tuple[State, assay.Logger]]:
    """A state and a logger of their own; closed at the end."""
    state = State(resolve_config(api_key=KEY, api_url=url), limits=limits)
    try:
        yield state, assay.init_logger(project="p", set_current=False, state=state)
    finally:
        state.close(budget=0.2)


def free_url() -> str:
    """A loopback URL where nobody listens."""
    with running_server() as gone:
        return gone.url


def test_rows_leave_without_a_flush_after_the_gathering_time(logger: assay.Logger, server: LogServer) -> None:
    logger.start_span("alone").end()
    server.wait_for(lambda: server.named("alone"))


def test_a_full_batch_does_not_wait_for_the_gathering_time(server: LogServer) -> None:
    with logging_to(server.url, Limits(interval=60, batch_rows=10)) as (_, logger):
        for _ in range(10):
            logger.log(input=1)
        server.wait_for(lambda: len(server.rows) == 10, seconds=5)


def test_requests_are_split_by_bytes(logger: assay.Logger, server: LogServer) -> None:
    server.payload_bytes = 10_000
    for n in range(10):
        logger.log(input="x" * 4_000, metadata={"n": n})
    assay.flush()
    assert [len(batch) for batch in server.batches] == [2] * 5
    assert [row["metadata"]["n"] for row in server.written()] == list(range(10))


def test_a_record_can_be_sent_behind_everything_queued_so_far(server: LogServer) -> None:
    with logging_to(server.url, Limits(interval=60, batch_rows=3)) as (state, logger):
        root = logger.start_span("root")
        assert isinstance(root, LiveSpan)
        for n in range(2):
            root.start_span(f"child {n}").end()
        state.batcher.move_last(root)
        state.batcher.move_last(root)  # it is the last one already
        root.end()
        logger.start_span("later").end()
        state.flush()
    names = [row["span_attributes"]["name"] for row in server.written()]
    assert names == ["child 0", "child 1", "root", "later"]
    assert all("end" in row["metrics"] for row in server.written())
    assert state.batcher.stats().queued == 0


def test_a_moved_record_does_not_end_a_flush_too_early(server: LogServer) -> None:
    with logging_to(server.url, Limits(interval=60, batch_rows=6)) as (state, logger):
        spans = [logger.start_span(f"s{n}") for n in range(5)]
        for span in spans[:3]:
            assert isinstance(span, LiveSpan)
            state.batcher.move_last(span)
        assert state.flush()
        assert len(server.rows) == 5
        names = [row["span_attributes"]["name"] for row in server.written()]
        assert names == ["s3", "s4", "s0", "s1", "s2"]
        for span in spans:
            span.end()


def test_a_row_larger_than_a_request_goes_alone(logger: assay.Logger, server: LogServer) -> None:
    server.payload_bytes = 1_000
    logger.log(input="a")
    logger.log(input="x" * 5_000)
    logger.log(input="b")
    assay.flush()
    assert len(server.rows) == 3


def test_a_server_without_version_gets_the_default_size(logger: assay.Logger, server: LogServer) -> None:
    server.payload_bytes = None
    logger.log(input="x")
    assay.flush()
    assert len(server.rows) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408, 401])
def test_transient_failures_are_retried_until_they_pass(server: LogServer, status: int) -> None:
    server.fail(status, times=2)
    with logging_to(server.url, GATHER_UNTIL_FLUSH) as (state, logger):
        logger.log(input="kept")
        logger.flush()
        assert [row["input"] for row in server.rows.values()] == ["kept"]
        assert state.batcher.stats().sent == 1


def test_retry_after_is_honoured(logger: assay.Logger, server: LogServer) -> None:
    server.fail(429, Retry_After="0.7")
    times: list[float] = []
    handle = server.handle

    def timed(method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "/logs3":
            times.append(time.monotonic())
        return handle(method, path, query, body)

    server.handle = timed  # type: ignore[method-assign]
    logger.log(input="patient")
    server.wait_for(lambda: [path for _, path, _ in server.requests].count("/logs3") == 1)
    began = time.monotonic()
    server.wait_for(lambda: times)
    assert times[0] - began > 0.5


@pytest.mark.parametrize("stores_the_rest", [True, False])
@pytest.mark.parametrize("names", [True, False])
def test_a_refused_row_does_not_take_others_with_it(
    server: LogServer, caplog: pytest.LogCaptureFixture, names: bool, stores_the_rest: bool
) -> None:
    server.names_rejected_rows, server.stores_the_rest = names, stores_the_rest
    server.reject = lambda row: row.get("input") in (3, 7)
    with logging_to(server.url, GATHER_UNTIL_FLUSH) as (state, logger):
        for n in range(10):
            logger.log(input=n)
        logger.flush()
        assert sorted(row["input"] for row in server.rows.values()) == [0, 1, 2, 4, 5, 6, 8, 9]
        stats = state.batcher.stats()
        assert (stats.sent, stats.rejected, stats.queued) == (8, 2, 0)
        assert len(caplog.records) == 1
        assert "refused a row for good" in caplog.text
        logger.log(input="later")
        logger.flush()
        assert len(server.rows) == 9


def test_a_refused_project_loses_its_rows_only(
    state: State, server: LogServer, caplog: pytest.LogCaptureFixture
) -> None:
    handle = server.handle

    def without_secret(method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "/v1/project" and body["name"] == "secret":
            return 403, {"error": {"code": "forbidden", "message": "not yours"}}
        return handle(method, path, query, body)

    server.handle = without_secret  # type: ignore[method-assign]
    secret, mine = (assay.init_logger(project=name, set_current=False) for name in ("secret", "mine"))
    for _ in range(3):
        secret.log(input="lost")
        mine.log(input="kept")
    assay.flush()
    assert [row["input"] for row in server.rows.values()] == ["kept"] * 3
    assert state.batcher.stats().rejected == 3
    assert "not yours" in caplog.text


def test_a_full_queue_drops_the_oldest_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    with logging_to(free_url(), Limits(interval=60, queue_rows=100, batch_rows=1_000)) as (state, logger):
        for n in range(1_000):
            logger.log(input=n)
        stats = state.batcher.stats()
        assert (stats.queued, stats.dropped) == (100, 900)
        newest = [record.pending["input"] for record in state.batcher._queue]
        assert newest == [str(n).encode() for n in range(900, 1_000)]
    assert len([r for r in caplog.records if "dropped" in r.message]) == 1


def test_the_queue_is_bounded_in_bytes(caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits(interval=60, queue_bytes=1 << 20, batch_bytes=1 << 30)
    with logging_to(free_url(), limits) as (state, logger):
        for _ in range(100):
            logger.log(input="x" * 100_000)
        assert state.batcher.stats().queued == 10
        logger.log(input="x" * (2 << 20))
        assert state.batcher.stats().queued == 1  # the newest always stays
    assert "dropped" in caplog.text


def test_flush_gives_up_on_a_dead_server_and_keeps_the_rows(caplog: pytest.LogCaptureFixture) -> None:
    with logging_to(free_url(), Limits(interval=0.01)) as (state, logger):
        logger.log(input=1)
        assert state.flush(stall=0.4) is False
        assert state.batcher.stats().queued == 1
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1
    assert "cannot deliver traces: no answer from" in caplog.text


def test_rows_survive_a_server_restart(server: LogServer, caplog: pytest.LogCaptureFixture) -> None:
    with running_server() as first:
        port = int(first.url.rsplit(":", 1)[1])
    kept = LogServer()
    with logging_to(f"http://127.0.0.1:{port}", Limits(interval=0.01)) as (state, logger):
        with running_server(port, kept):
            logger.log(input="before")
            assert state.flush()
        logger.log(input="while down")
        assert state.flush(stall=0.3) is False
        with running_server(port, kept):
            assert state.flush(stall=10)
            logger.log(input="after")
            assert state.flush()
    assert sorted(row["input"] for row in kept.rows.values()) == ["after", "before", "while down"]


def test_many_threads_lose_nothing_and_never_wait_for_the_network(server: LogServer) -> None:
    server.answer_delay = 0.05
    slowest: list[float] = []

    with logging_to(server.url, Limits(interval=0.01, batch_rows=200)) as (state, logger):

        def work(worker: int) -> None:
            worst = 0.0
            for n in range(250):
                began = time.thread_time()
                with logger.start_span("unit", input={"worker": worker, "n": n}) as span:
                    span.start_span("inner").end()
                worst = max(worst, time.thread_time() - began)
            slowest.append(worst)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert state.flush(stall=20)
        units = server.named("unit")
        assert len({(row["input"]["worker"], row["input"]["n"]) for row in units}) == 2_000
        assert len(server.named("inner")) == 2_000
        assert all("end" in row["metrics"] for row in server.rows.values())
        assert state.batcher.stats().dropped == 0
    assert len(slowest) == 8


def test_an_internal_error_ends_one_batch_not_the_sender(
    logger: assay.Logger, server: LogServer, caplog: pytest.LogCaptureFixture
) -> None:
    broken = assay.init_logger(project="broken", set_current=False)
    broken.target.resolve = lambda transport: 1 / 0  # type: ignore[assignment,method-assign]
    broken.log(input="lost")
    assert logger.state.flush()
    logger.log(input="fine")
    assert logger.state.flush()
    assert [row["input"] for row in server.rows.values()] == ["fine"]
    assert "a batch was lost: ZeroDivisionError" in caplog.text
