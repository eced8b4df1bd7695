"""Carries the retention rules out once an hour, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay_server.features.retention.service import Retention
from assay_server.ports.jobs import Job, LeaseLost

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.engines.ingest.ingest import Ingest
    from assay_server.engines.ingest.rows import RowWrite
    from assay_server.ports.jobs import JobQueue
    from assay_server.ports.spans import SpanStore

log = logging.getLogger(__name__)

KIND = "retention"
EVERY_SECONDS = 3600
LEASE_SECONDS = 1800.0
_LOOK_SECONDS = 30.0
_WRITE_SECONDS = 60.0


class RetentionRunner:
    """One of the servers that share the database does each hour's work: the hour is a job in the queue."""

    def __init__(
        self, meta: MetaStore, spans: SpanStore, ingest: Ingest, jobs: JobQueue, *, audit_days: int
    ) -> None:
        self._ingest = ingest
        self._jobs = jobs
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=KIND, daemon=True)
        self.retention = Retention(meta, spans, self._append, self._settled, audit_days=audit_days)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to work; `loop` is where rows are accepted."""
        self._loop = loop
        self._thread.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Stop, waiting up to `seconds`; what is under way starts anew when its lease has run out."""
        self._stopping.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._jobs.enqueue(KIND, "all", str(int(time.time()) // EVERY_SECONDS))
                for job in self._jobs.lease([KIND], seconds=LEASE_SECONDS):
                    self._run(job)
            except Exception:
                log.exception("the retention of rows cannot be looked after")
            self._stopping.wait(_LOOK_SECONDS)

    def _run(self, job: Job) -> None:
        try:
            self.retention.run()
            self._jobs.complete(job)
        except LeaseLost:
            pass  # another server does it again; what is gone stays gone
        except Exception as error:
            log.exception("retention")
            self._jobs.fail(job, str(error))

    def _append(self, rows: Sequence[RowWrite]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._ingest.append(rows, author=""), self._loop).result(
            _WRITE_SECONDS
        )

    def _settled(self) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._ingest.caught_up(), self._loop).result(_WRITE_SECONDS)
