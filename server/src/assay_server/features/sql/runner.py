"""Runs background queries: takes them from the job queue, streams each result into its blob, keeps the lease.

Threads, because everything they do blocks, and because a store that takes its time must not keep the server from
stopping: they are daemons, and what they leave unfinished is in the queue.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from assay_server.engines.authz import Actor
from assay_server.engines.query.types import QueryRequest
from assay_server.engines.records import Record
from assay_server.errors import AssayError
from assay_server.features.sql.background import KIND, BackgroundQueries
from assay_server.ports.jobs import Job, LeaseLost

if TYPE_CHECKING:
    from assay_server.engines.query.engine import QueryEngine
    from assay_server.ports.jobs import JobQueue

log = logging.getLogger(__name__)

WORKERS = 2
LEASE_SECONDS = 10.0
BEAT_SECONDS = 2.0
IDLE_SECONDS = 2.0  # between looks into an empty queue; a new query wakes a worker at once
SWEEP_SECONDS = 60.0
MAX_RESULT = 16 << 30  # bytes
_SETTLE_SECONDS = 30.0


class _Interrupted(Exception):
    """Nobody waits for the query any more, or another worker has it, or the server stops."""


class _TooLarge(AssayError):
    """A result over `MAX_RESULT`."""

    status, code = 413, "async_result_too_large"


class QueryRunner:
    """Workers of one server. `actors(org_id, user_id)` gives who asked, with the permissions they have by now."""

    def __init__(
        self,
        queries: BackgroundQueries,
        jobs: JobQueue,
        engine: QueryEngine,
        actors: Callable[[str, str], Actor],
    ) -> None:
        self._queries = queries
        self._jobs = jobs
        self._engine = engine
        self._actors = actors
        self._running: dict[int, tuple[Job, threading.Event]] = {}
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: list[threading.Thread] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to work; `loop` is where the query engine lives."""
        self._loop = loop
        targets: list[Callable[[], None]] = [self._tick, *[self._work] * WORKERS]
        self._threads = [threading.Thread(target=target, name=KIND, daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Put back what runs, waiting up to `seconds` for it; a query the store still works on keeps its lease."""
        self._stopping.set()
        self._wake.set()
        for _, ended in list(self._running.values()):
            ended.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def wake(self) -> None:
        """Look into the queue now."""
        self._wake.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                taken = self._jobs.lease([KIND], seconds=LEASE_SECONDS)
            except Exception:
                log.exception("the queue of background queries cannot be read")
                taken = []
            if not taken:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
            for job in taken:
                self.run(job)

    def run(self, job: Job) -> None:
        """Answer one query that was leased, or say why not; never raises."""
        ended = threading.Event()
        self._running[job.id] = (job, ended)
        try:
            record = self._queries.begin(job.subject)
            if record is not None:
                self._answer(job, record, ended)
            self._jobs.complete(job)
        except LeaseLost:
            pass  # whoever has it now finishes it
        except Exception as error:
            self._failed(job, error)
        finally:
            del self._running[job.id]

    def _answer(self, job: Job, record: Record, ended: threading.Event) -> None:
        actor = self._actors(record["org_id"], record["user_id"])
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._engine.settled(), self._loop).result(_SETTLE_SECONDS)
        with closing(self._engine.export(actor, asked(record), "jsonl")) as chunks:
            self._store(job, record, chunks, ended)
        self._queries.succeed(job.subject)

    def _store(self, job: Job, record: Record, chunks: Any, ended: threading.Event) -> None:
        writer, size = self._queries.writer(record), 0
        try:
            for chunk in chunks:
                if ended.is_set():
                    raise _Interrupted
                size += len(chunk)
                if size > MAX_RESULT:
                    raise _TooLarge(f"The result is larger than {MAX_RESULT >> 30} GiB; narrow the query.")
                writer.write(chunk)
            self._jobs.heartbeat(job, seconds=LEASE_SECONDS)
            writer.commit()
        finally:
            writer.discard()

    def _failed(self, job: Job, error: Exception) -> None:
        try:
            if isinstance(error, _Interrupted) and not self._queries.wanted(job.subject):
                self._jobs.complete(job)
            elif isinstance(error, AssayError) and error.status < 500:
                self._queries.fail(job.subject, code=error.code, error=error.message)
                self._jobs.complete(job)
            else:
                self._again(job, error)
        except LeaseLost:
            pass
        except Exception:
            log.exception("background query %s: its failure cannot be noted; its lease runs out", job.subject)

    def _again(self, job: Job, error: Exception) -> None:
        if not isinstance(error, (_Interrupted, AssayError)):
            log.error("background query %s, attempt %s", job.subject, job.attempt, exc_info=error)
        known = error if isinstance(error, AssayError) else None
        reason = known.message if known else "the server could not finish the query"
        self._jobs.fail(job, reason)  # first: it says whether the query is still ours
        if job.attempt >= job.max_attempts:
            code = known.code if known else "async_query_failed"
            self._queries.fail(job.subject, code=code, error=reason)
        else:
            self._queries.requeue(job.subject)

    def _tick(self) -> None:
        sweep = 0.0
        while not self._stopping.is_set():
            for job, ended in list(self._running.values()):
                self._beat(job, ended)
            if time.monotonic() >= sweep:
                sweep = time.monotonic() + SWEEP_SECONDS
                self._sweep()
            self._stopping.wait(BEAT_SECONDS)

    def _beat(self, job: Job, ended: threading.Event) -> None:
        try:
            self._jobs.heartbeat(job, seconds=LEASE_SECONDS)
            if not self._queries.wanted(job.subject):
                ended.set()
        except LeaseLost:
            ended.set()
        except Exception:
            log.exception("background query %s: its lease cannot be kept", job.subject)

    def _sweep(self) -> None:
        try:
            self._queries.sweep()
        except Exception:
            log.exception("old background queries cannot be removed")


def asked(record: Record) -> QueryRequest:
    """The query of a record."""
    return QueryRequest(**record["request"], raw=True)
