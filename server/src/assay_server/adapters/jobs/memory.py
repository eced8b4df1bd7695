"""A job queue that lives and dies with the process: for tests, and for runs that keep nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.core.ids import new_row_id
from assay_server.ports.jobs import MAX_ATTEMPTS, MAX_ERROR_CHARACTERS, DeadJob, Job, LeaseLost, retry_delay

_LEASE_EXPIRED = "the worker did not finish within its lease"


@dataclass(slots=True)
class _Entry:
    id: int
    kind: str
    subject: str
    version: str
    payload: dict[str, Any]
    max_attempts: int
    due: float
    updated: float
    state: str = "ready"
    attempts: int = 0
    lease: str | None = None
    error: str = field(default="")


class MemoryJobQueue:
    """A `JobQueue` in memory. `clock` gives unix seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str, str], _Entry] = {}
        self._last_id = 0

    def enqueue(
        self,
        kind: str,
        subject: str,
        version: str = "",
        *,
        payload: dict[str, Any] | None = None,
        delay: float = 0.0,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> bool:
        """See `JobQueue.enqueue`."""
        with self._lock:
            if (kind, subject, version) in self._entries:
                return False
            self._last_id += 1
            now = self._clock()
            entry = _Entry(
                self._last_id, kind, subject, version, payload or {}, max_attempts, now + delay, now
            )
            self._entries[kind, subject, version] = entry
            return True

    def lease(self, kinds: Sequence[str], *, limit: int = 1, seconds: float = 60.0) -> list[Job]:
        """See `JobQueue.lease`."""
        with self._lock:
            now = self._clock()
            due = sorted(self._due(kinds, now), key=lambda entry: (entry.due, entry.id))[:limit]
            lease = new_row_id()
            for entry in due:
                entry.state, entry.lease, entry.due, entry.updated = "leased", lease, now + seconds, now
                entry.attempts += 1
            return [_job(entry) for entry in sorted(due, key=lambda entry: entry.id)]

    def heartbeat(self, job: Job, *, seconds: float = 60.0) -> None:
        """See `JobQueue.heartbeat`."""
        with self._lock:
            entry = self._held(job)
            entry.due, entry.updated = self._clock() + seconds, self._clock()

    def complete(self, job: Job) -> None:
        """See `JobQueue.complete`."""
        with self._lock:
            entry = self._held(job)
            entry.state, entry.lease, entry.error, entry.updated = "done", None, "", self._clock()

    def fail(self, job: Job, error: str, *, retry: bool = True) -> None:
        """See `JobQueue.fail`."""
        with self._lock:
            entry = self._held(job)
            again = retry and job.attempt < job.max_attempts
            now = self._clock()
            _end_attempt(entry, "ready" if again else "dead", error, now)
            entry.due = now + retry_delay(job.attempt)

    def dead(self, *, kind: str | None = None, limit: int = 100) -> list[DeadJob]:
        """See `JobQueue.dead`."""
        with self._lock:
            found = [e for e in self._entries.values() if e.state == "dead" and kind in (None, e.kind)]
            found.sort(key=lambda entry: (entry.updated, entry.id), reverse=True)
            return [_dead_job(entry) for entry in found[:limit]]

    def revive(self, job_id: int) -> bool:
        """See `JobQueue.revive`."""
        with self._lock:
            for entry in self._entries.values():
                if entry.id == job_id and entry.state == "dead":
                    entry.state, entry.attempts = "ready", 0
                    entry.due = entry.updated = self._clock()
                    return True
            return False

    def counts(self) -> dict[str, int]:
        """See `JobQueue.counts`."""
        with self._lock:
            states = [entry.state for entry in self._entries.values()]
        return {state: states.count(state) for state in ("ready", "leased", "done", "dead")}

    def oldest(self) -> float | None:
        """See `JobQueue.oldest`."""
        with self._lock:
            now = self._clock()
            due = [entry.due for entry in self._entries.values() if entry.state == "ready"]
        return min((one for one in due if one <= now), default=None)

    def trim(self, *, older_than: float) -> int:
        """See `JobQueue.trim`."""
        with self._lock:
            before = self._clock() - older_than
            old = [key for key, e in self._entries.items() if e.state == "done" and e.updated < before]
            for key in old:
                del self._entries[key]
            return len(old)

    def _due(self, kinds: Sequence[str], now: float) -> Iterator[_Entry]:
        for entry in self._entries.values():
            if entry.kind not in kinds or entry.due > now or entry.state not in ("ready", "leased"):
                continue
            if entry.state == "leased" and entry.attempts >= entry.max_attempts:
                _end_attempt(entry, "dead", _LEASE_EXPIRED, now)
            else:
                yield entry

    def _held(self, job: Job) -> _Entry:
        entry = self._entries.get((job.kind, job.subject, job.version))
        if entry is None or entry.state != "leased" or entry.lease != job.lease:
            raise LeaseLost(f"The lease on job {job.kind} {job.subject} ran out; it is with another worker.")
        return entry


def _end_attempt(entry: _Entry, state: str, error: str, now: float) -> None:
    entry.state, entry.lease = state, None
    entry.error, entry.updated = error[:MAX_ERROR_CHARACTERS], now


def _job(entry: _Entry) -> Job:
    return Job(
        entry.id,
        entry.kind,
        entry.subject,
        entry.version,
        entry.payload,
        entry.attempts,
        entry.max_attempts,
        str(entry.lease),
    )


def _dead_job(entry: _Entry) -> DeadJob:
    return DeadJob(
        entry.id,
        entry.kind,
        entry.subject,
        entry.version,
        entry.payload,
        entry.attempts,
        entry.error,
        entry.updated,
    )
