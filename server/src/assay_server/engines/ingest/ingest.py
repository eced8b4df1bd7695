"""The front of the ingest engine: acknowledge durably, apply in the background, let readers wait for it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assay.core.ids import XactClock
from assay_server.engines.ingest.rows import RowWrite
from assay_server.engines.ingest.state import Price
from assay_server.engines.ingest.wal import Record, WriteAheadLog, encode
from assay_server.engines.ingest.writer import BATCH_BYTES, BATCH_ROWS, Writer, batches
from assay_server.errors import TooMany, Unavailable
from assay_server.ports.bus import Bus, SpansWritten
from assay_server.ports.spans import SpanStore

log = logging.getLogger(__name__)

BACKLOG_BYTES = 64 << 20  # acknowledged but not applied; beyond it senders wait, then are told to come back
BACKLOG_PATIENCE = 10.0
LINGER = 0.1  # seconds to wait for more rows when no reader is waiting: fewer, larger parts
READ_TIMEOUT = 15.0


class Ingest:
    """Accepts rows from the event loop; one thread writes the log, one applies it to the store."""

    def __init__(self, store: SpanStore, bus: Bus, folder: Path, *, price: Price | None = None) -> None:
        self.xacts = XactClock()
        self._bus = bus
        self._wal = WriteAheadLog(folder)
        self._writer = Writer(store, checkpoint=folder / "applied", price=price, on_applied=self._applied)
        self._queue: deque[tuple[Record, int]] = deque()
        self._wake = threading.Condition()
        self._backlog = 0
        self._hurry = False
        self._closing = False
        self._acked = 0
        self._applied_xact = 0
        self._behind: deque[tuple[int, int, float]] = (
            deque()
        )  # acknowledged and not applied: xact, rows, since when
        self._waiters: list[tuple[int, Callable[[], object]]] = []
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    def start(self) -> None:
        """Find the end of the log, then replay and serve. Raises CorruptLog."""
        applied = self._writer.last_checkpoint()
        newest = applied
        for record in self._wal.replay(applied):
            newest = max(newest, record.xact)
            self._behind.append((record.xact, len(record.rows), time.monotonic()))
        self.xacts = XactClock(newest)
        self._acked, self._applied_xact = newest, applied
        self._wal.start()
        self._thread.start()

    async def append(self, rows: Sequence[RowWrite], *, author: str) -> int:
        """Make rows durable under one transaction and return its id. Authorisation is the caller's.

        `author` is who writes them (`Actor.author`).

        Raises TooMany when the store is too far behind and Unavailable when the log cannot be written.
        """
        await self._room()
        for row in rows:
            row.author = author
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[None] = loop.create_future()
        record = Record(self.xacts.next(), list(rows))
        frame = encode(record)
        size = len(frame)
        with self._wake:
            self._backlog += size

        def done(error: Exception | None) -> None:
            with self._wake:
                if error is None:
                    self._acked = record.xact
                    self._queue.append((record, size))
                    self._behind.append((record.xact, len(record.rows), time.monotonic()))
                    self._wake.notify()
                else:
                    self._backlog -= size
            loop.call_soon_threadsafe(_settle, durable, error)

        self._wal.append(frame, record.xact, done)
        await asyncio.shield(durable)  # a client that hangs up does not undo what is being written
        return record.xact

    async def _room(self) -> None:
        """Slow a sender down to the pace of the store; refuse it when the store does not move."""
        deadline = time.monotonic() + BACKLOG_PATIENCE
        while self._backlog > BACKLOG_BYTES:
            if time.monotonic() > deadline:
                raise TooMany(
                    "the store is behind; send again in a second", code="ingest_backlog", retry_after=1
                )
            await asyncio.sleep(0.02)

    async def caught_up(self) -> None:
        """Return once everything acknowledged before this call is readable. Raises Unavailable after 15 s."""
        loop = asyncio.get_running_loop()
        reached: asyncio.Future[None] = loop.create_future()
        with self._wake:
            if self._applied_xact >= self._acked:
                return
            self._waiters.append((self._acked, lambda: loop.call_soon_threadsafe(_settle, reached, None)))
            self._hurry = True
            self._wake.notify()
        try:
            await asyncio.wait_for(reached, READ_TIMEOUT)
        except TimeoutError:
            raise Unavailable(
                "recent writes are not readable yet; the store is behind", code="read_behind"
            ) from None

    def health(self) -> dict[str, Any]:
        """Progress figures, open to everyone."""
        return {
            "writing": self._thread.is_alive(),
            "acked_xact": str(self._acked),
            "applied_xact": str(self._applied_xact),
            "queue_requests": len(self._queue),
            "queue_bytes": self._backlog,
            "rows_known": len(self._writer.merger.seen),
            "rows_rejected": self._writer.rejected,
        }

    def behind(self) -> dict[str, Any]:
        """How far the store is behind the log; `lag_seconds` is the age of the oldest row no query sees yet."""
        with self._wake:
            waiting = list(self._behind)
        segments, size = self._wal.size()
        return {
            "lag_rows": sum(rows for _, rows, _ in waiting),
            "lag_seconds": round(time.monotonic() - waiting[0][2], 3) if waiting else 0.0,
            "wal_segments": segments,
            "wal_bytes": size,
        }

    def close(self, timeout: float = 6.0) -> None:
        """Finish the log, apply what is queued if the store allows it in time; the rest is replayed at next start."""
        self._wal.close()
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(timeout)
        self._writer.close()
        self._thread.join(1)

    def _run(self) -> None:
        try:
            self._writer.load()
            for batch in batches(self._wal.replay(self._applied_xact)):
                if not self._writer.apply(batch, replaying=True):
                    return
            while records := self._take():
                if not self._writer.apply([record for record, _ in records]):
                    return
                applied = sum(size for _, size in records)
                with self._wake:  # senders add to it meanwhile
                    self._backlog -= applied
        except Exception:
            log.exception("the ingest writer stopped; restart the server to replay the log")

    def _take(self) -> list[tuple[Record, int]]:
        """The next micro-batch; empty when closing with nothing left."""
        with self._wake:
            while not self._queue and not self._closing:
                self._wake.wait()
            if not (self._hurry or self._closing):
                self._linger()
            batch: list[tuple[Record, int]] = []
            rows = size = 0
            while self._queue and (not batch or (rows < BATCH_ROWS and size < BATCH_BYTES)):
                record, length = self._queue.popleft()
                batch.append((record, length))
                rows += len(record.rows)
                size += length
            self._hurry = bool(self._waiters)
            return batch

    def _linger(self) -> None:
        deadline = time.monotonic() + LINGER
        while not (self._hurry or self._closing) and (left := deadline - time.monotonic()) > 0:
            self._wake.wait(left)

    def _applied(self, xact: int, events: list[SpansWritten]) -> None:
        with self._wake:
            self._applied_xact = max(self._applied_xact, xact)
            while self._behind and self._behind[0][0] <= xact:
                self._behind.popleft()
            ready = [call for target, call in self._waiters if target <= self._applied_xact]
            self._waiters = [w for w in self._waiters if w[0] > self._applied_xact]
        for call in ready:
            call()
        for event in events:
            self._bus.publish(event)
        self._wal.trim(self._applied_xact)


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(
            Unavailable(f"the write-ahead log cannot be written: {error}", code="log_unwritable")
        )
