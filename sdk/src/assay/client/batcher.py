"""The background sender: a bounded queue of records and one daemon thread.

Writers only take a short lock. The thread starts with the first record, gathers for `interval` seconds (less
when a batch is full or somebody flushes), builds rows and delivers them in order, for ever retrying what may
still succeed. When the queue is full the oldest records go. After a fork the child starts with an empty
queue: what was queued is the parent's to send.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assay.client.http import backoff_delay
from assay.client.notices import Notices
from assay.client.records import Fields, Masking, Record, Row, build_row
from assay.client.sender import SendCounts, is_transient
from assay.core.errors import AssayError

_STRETCH, _BUSY_STRETCH = 16, 256
"""Rows built without a pause: about 0.1 ms of them, or 2 ms when user threads make rows faster than they leave. Busy
threads give the interpreter back after 5 ms only, which would let ever more rows wait.
"""

_LIVE: weakref.WeakSet[Batcher] = weakref.WeakSet()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes of the queue and its batches; seconds and bytes."""

    interval: float = 0.5
    batch_rows: int = 1_000
    batch_bytes: int = 4 << 20
    queue_rows: int = 25_000
    queue_bytes: int = 64 << 20

    @classmethod
    def from_env(cls) -> Limits:
        """Defaults, changed by ASSAY_FLUSH_INTERVAL, ASSAY_QUEUE_SIZE (rows) and ASSAY_QUEUE_BYTES."""
        usual = cls()
        return cls(
            interval=_number("ASSAY_FLUSH_INTERVAL", usual.interval),
            queue_rows=int(_number("ASSAY_QUEUE_SIZE", _number("BRAINTRUST_QUEUE_SIZE", usual.queue_rows))),
            queue_bytes=int(_number("ASSAY_QUEUE_BYTES", usual.queue_bytes)),
        )


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters of this process: rows queued now, sent, refused by the server, dropped here."""

    queued: int
    sent: int
    rejected: int
    dropped: int


class Delivery(Protocol):
    """Where finished rows go: the server, or a spool directory."""

    counts: SendCounts

    def send(self, pending: deque[Row]) -> None:
        """Deliver rows in order, removing each that is settled; raises a transient AssayError to be called
        again.
        """
        ...


def _nothing() -> None:
    pass


class Batcher:
    """Takes records from any thread and delivers them from its own.

    `on_start` runs when a process starts sending, `after_delivery` on the background thread after each batch.
    """

    def __init__(
        self,
        delivery: Delivery,
        notices: Notices,
        limits: Limits,
        *,
        on_start: Callable[[], None] = _nothing,
        after_delivery: Callable[[], None] = _nothing,
    ) -> None:
        self.masking: Masking | None = None
        self._delivery = delivery
        self._notices = notices
        self._limits = limits
        self._on_start = on_start
        self._after_delivery = after_delivery
        self._dropped = 0
        self._reset()
        _LIVE.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Record] = deque()
        self._bytes = 0
        self._in_flight: deque[Row] = deque()
        self._thread: threading.Thread | None = None
        self._busy = threading.Event()  # something is queued
        self._urgent = threading.Event()  # do not gather any longer
        self._hurry = threading.Event()  # do not sit out a back-off: somebody waits
        self._settled = threading.Condition(self._lock)
        self._added = self._done = 0  # records ever queued; delivered, refused or dropped
        self._goal = 0  # flush wants `_done` to get here
        self._failures = 0  # attempts in a row without success
        self._closed = False

    def add(self, record: Record, fields: dict[str, bytes]) -> None:
        """Queue fields of a record, behind those it holds. Returns at once and never raises."""
        with self._lock:
            size = 200  # the row's own columns
            pending = record.pending
            for key, text in fields.items():
                known = pending.get(key)
                if known is None:
                    pending[key] = text
                elif isinstance(known, list):
                    known.append(text)
                else:
                    pending[key] = [known, text]
                size += len(text)
            self._bytes += size if record.queued else size + record.pending_bytes
            record.pending_bytes += size
            if not record.queued:
                record.queued = True
                self._queue.append(record)
                self._added += 1
            count = len(self._queue)
            if count > self._limits.queue_rows or self._bytes > self._limits.queue_bytes:
                self._drop_oldest()
            full = count >= self._limits.batch_rows or self._bytes >= self._limits.batch_bytes
        if full and not self._urgent.is_set():
            self._urgent.set()
        if not self._busy.is_set():
            self._busy.set()
            if self._thread is None:
                self._start()

    def move_last(self, record: Record) -> None:
        """Let a record that waits be sent after everything queued so far, so that its arrival vouches for it."""
        with self._lock:
            if record.queued and self._queue[-1] is not record:
                record.holes += 1
                self._queue.append(record)
                self._added += 1

    def flush(self, *, stall: float = 5.0) -> bool:
        """Wait until everything queued before the call is settled; False when `stall` seconds pass without
        progress.
        """
        with self._lock:
            goal = self._added
            self._goal = max(self._goal, goal)
            if self._done >= goal or self._closed:
                return self._done >= goal
        self._wake_up()
        with self._settled:
            last, until = self._done, time.monotonic() + stall
            while self._done < goal:
                if not self._settled.wait(max(0.0, until - time.monotonic())) and time.monotonic() >= until:
                    return False
                if self._done != last:
                    last, until = self._done, time.monotonic() + stall
        return True

    def close(self, *, budget: float = 4.0) -> list[Row]:
        """Flush within `budget` seconds of standstill and stop; returns the rows not delivered."""
        if self._thread is not None:
            # A server known to be down gets one more chance, not the whole budget again.
            self.flush(stall=budget if self._failures < 3 else min(budget, 0.5))
        self._closed = True
        self._wake_up()
        left = deque(self._in_flight)
        while records := self._take():
            left.extend(self._build(records))
        if left and self._thread is None:  # too late to start a thread, not to send
            with contextlib.suppress(AssayError):
                self._delivery.send(left)
        return list(left)

    def stats(self) -> Stats:
        """Counters for diagnosis and tests."""
        counts = self._delivery.counts
        return Stats(len(self._queue) + len(self._in_flight), counts.sent, counts.rejected, self._dropped)

    @property
    def crowded(self) -> bool:
        """Whether the queue is more than half full: producers that can wait should flush before going on."""
        limits = self._limits
        return len(self._queue) * 2 > limits.queue_rows or self._bytes * 2 > limits.queue_bytes

    def after_fork(self) -> None:
        """Start anew in a forked child: what was queued is the parent's to send, and its thread stayed there."""
        for record in self._queue:
            record.pending, record.pending_bytes, record.queued, record.begun = {}, 0, False, True
            record.holes = 0
        self._reset()

    def _drop_oldest(self) -> None:
        """Make room; the caller holds the lock. The newest record always stays."""
        limits = self._limits
        while len(self._queue) > 1 and (
            len(self._queue) > limits.queue_rows or self._bytes > limits.queue_bytes
        ):
            victim = self._queue.popleft()
            if victim.holes:
                victim.holes -= 1
                self._done += 1
                continue
            self._bytes -= victim.pending_bytes
            victim.pending, victim.pending_bytes, victim.queued = {}, 0, False
            self._dropped += 1
            self._done += 1
        self._settled.notify_all()
        if not self._notices.said("unreachable"):
            self._notices.warn(
                "dropped",
                f"more than {limits.queue_rows} rows or {limits.queue_bytes >> 20} MiB wait to be sent; "
                "the oldest are dropped until the server keeps up",
            )

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._closed:
                return
            self._thread = threading.Thread(target=self._run, name="assay-sender", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter is shutting down: close() will find the rows
            self._thread = None
            return
        self._on_start()

    def _wake_up(self) -> None:
        for event in (self._hurry, self._urgent, self._busy):
            event.set()

    def _run(self) -> None:
        while not self._closed:
            self._busy.wait()
            self._urgent.wait(self._limits.interval)
            self._urgent.clear()
            self._drain()

    def _drain(self) -> None:
        """Deliver batch after batch while there is a full one, or somebody waits in flush."""
        while not self._closed:
            records = self._take()
            if not records:
                break
            try:
                self._in_flight.extend(self._build(records))
                self._deliver()
                self._after_delivery()
            except Exception as error:  # a full disk or a bug of ours costs a batch, not the sender
                self._notices.warn("lost", f"a batch was lost: {error!r}")
            finally:
                self._settle(len(records))
            with self._lock:
                if len(self._queue) < self._limits.batch_rows and self._done >= self._goal:
                    break
        with self._lock:
            if not self._queue:
                self._busy.clear()

    def _take(self) -> list[tuple[Record, Fields | None, bool]]:
        """Up to a batch of records with the fields that piled up, and whether each is taken for the first
        time. Without fields: a place whose record has moved further back.
        """
        taken: list[tuple[Record, Fields | None, bool]] = []
        size = 0
        with self._lock:
            while self._queue and len(taken) < self._limits.batch_rows and size < self._limits.batch_bytes:
                record = self._queue.popleft()
                if record.holes:
                    record.holes -= 1
                    taken.append((record, None, False))
                    continue
                taken.append((record, record.pending, not record.begun))
                size += record.pending_bytes
                record.pending, record.pending_bytes, record.queued, record.begun = {}, 0, False, True
            self._bytes -= size
        return taken

    def _build(self, records: list[tuple[Record, Fields | None, bool]]) -> list[Row]:
        rows: list[Row] = []
        stretch = _BUSY_STRETCH if len(self._queue) >= self._limits.batch_rows else _STRETCH
        for index, (record, fields, first) in enumerate(records):
            if fields is None:
                continue
            try:
                rows.append(build_row(record, fields, first=first, masking=self.masking))
            except Exception as error:  # one odd row must not cost the batch
                self._notices.warn("row", f"a row could not be built and is lost: {error!r}")
            if index % stretch == stretch - 1:
                time.sleep(0)  # hand the interpreter to user threads instead of holding it for 5 ms slices
        return rows

    def _deliver(self) -> None:
        while self._in_flight and not self._closed:
            try:
                self._delivery.send(self._in_flight)
                self._failures = 0
            except AssayError as error:
                if not is_transient(error):
                    raise
                self._failures += 1
                if (
                    self._failures > 1
                ):  # a single one is what a restarting server or a stale connection looks like
                    self._warn_failing(error)
                self._pause(backoff_delay(self._failures, error, base=0.25, cap=30.0))

    def _pause(self, seconds: float) -> None:
        """Wait before the next attempt; a flush or close that begins meanwhile ends the wait."""
        if self._hurry.wait(seconds):
            self._hurry.clear()

    def _settle(self, count: int) -> None:
        if self._closed:
            return  # close() has taken over what is left
        self._in_flight.clear()
        with self._settled:
            self._done += count
            self._settled.notify_all()

    def _warn_failing(self, error: AssayError) -> None:
        limits = self._limits
        self._notices.warn(
            "unreachable",
            f"cannot deliver traces: {error}. Retrying in the background; the newest "
            f"{limits.queue_rows} rows are kept; what is left at exit is spooled for `assay sync push`.",
        )


def _after_fork_in_child() -> None:
    for batcher in list(_LIVE):
        batcher.after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)


def _number(name: str, default: float) -> float:
    try:
        return float(os.environ[name])
    except (KeyError, ValueError):
        return default
