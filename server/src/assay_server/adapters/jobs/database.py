"""The lease queue as one table, on SQLite and PostgreSQL alike.

One UPDATE picks due rows and marks them, so two workers never get the same job: SQLite lets one writer at
a time in, PostgreSQL skips rows another transaction has locked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from assay.core.ids import new_row_id
from assay_server.adapters.jobs.tables import jobs
from assay_server.ports.jobs import MAX_ATTEMPTS, MAX_ERROR_CHARACTERS, DeadJob, Job, LeaseLost, retry_delay

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore

_LEASE_EXPIRED = "the worker did not finish within its lease"


class DatabaseJobQueue:
    """A `JobQueue` in the metadata database. `clock` gives unix seconds."""

    def __init__(self, meta: MetaStore, *, clock: Callable[[], float] = time.time) -> None:
        self._meta = meta
        self._clock = clock

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
        now = self._now()
        row = {
            "kind": kind,
            "subject": subject,
            "version": version,
            "payload": payload or {},
            "state": "ready",
            "attempts": 0,
            "max_attempts": max_attempts,
            "due": now + round(delay * 1000),
            "updated": now,
        }
        insert = sqlite.insert if self._meta.sqlite else postgresql.insert
        with self._meta.begin() as connection:
            added = connection.execute(insert(jobs).values(row).on_conflict_do_nothing().returning(jobs.c.id))
            return added.first() is not None

    def lease(self, kinds: Sequence[str], *, limit: int = 1, seconds: float = 60.0) -> list[Job]:
        """See `JobQueue.lease`."""
        now = self._now()
        due = jobs.c.kind.in_(kinds) & (jobs.c.due <= now)
        exhausted = due & (jobs.c.state == "leased") & (jobs.c.attempts >= jobs.c.max_attempts)
        free = sa.select(jobs.c.id).where(due, jobs.c.state.in_(("ready", "leased")))
        free = free.order_by(jobs.c.due, jobs.c.id).limit(limit).with_for_update(skip_locked=True).cte("free")
        take = {
            "state": "leased",
            "attempts": jobs.c.attempts + 1,
            "due": now + round(seconds * 1000),
            "lease": new_row_id(),
            "updated": now,
        }
        with self._meta.begin() as connection:
            connection.execute(jobs.update().where(exhausted).values(_buried(_LEASE_EXPIRED, now)))
            taken = jobs.update().where(jobs.c.id.in_(sa.select(free.c.id))).values(take).returning(jobs)
            rows = connection.execute(taken).all()
        return [_job(row) for row in sorted(rows, key=lambda row: row.id)]

    def heartbeat(self, job: Job, *, seconds: float = 60.0) -> None:
        """See `JobQueue.heartbeat`."""
        now = self._now()
        self._settle(job, {"due": now + round(seconds * 1000), "updated": now})

    def complete(self, job: Job) -> None:
        """See `JobQueue.complete`."""
        self._settle(job, {"state": "done", "lease": None, "error": None, "updated": self._now()})

    def fail(self, job: Job, error: str, *, retry: bool = True) -> None:
        """See `JobQueue.fail`."""
        now = self._now()
        if not retry or job.attempt >= job.max_attempts:
            self._settle(job, _buried(error, now))
            return
        due = now + round(retry_delay(job.attempt) * 1000)
        again = {"state": "ready", "lease": None, "due": due, "updated": now}
        self._settle(job, {**again, "error": error[:MAX_ERROR_CHARACTERS]})

    def dead(self, *, kind: str | None = None, limit: int = 100) -> list[DeadJob]:
        """See `JobQueue.dead`."""
        query = sa.select(jobs).where(jobs.c.state == "dead")
        if kind is not None:
            query = query.where(jobs.c.kind == kind)
        with self._meta.read() as connection:
            rows = connection.execute(
                query.order_by(jobs.c.updated.desc(), jobs.c.id.desc()).limit(limit)
            ).all()
        return [_dead_job(row) for row in rows]

    def revive(self, job_id: int) -> bool:
        """See `JobQueue.revive`."""
        now = self._now()
        dead = jobs.update().where(jobs.c.id == job_id, jobs.c.state == "dead")
        again = {"state": "ready", "attempts": 0, "due": now, "updated": now}
        with self._meta.begin() as connection:
            return connection.execute(dead.values(again).returning(jobs.c.id)).first() is not None

    def counts(self) -> dict[str, int]:
        """See `JobQueue.counts`."""
        query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        with self._meta.read() as connection:
            found = {state: count for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in ("ready", "leased", "done", "dead")}

    def oldest(self) -> float | None:
        """See `JobQueue.oldest`."""
        waiting = sa.select(sa.func.min(jobs.c.due)).where(jobs.c.state == "ready", jobs.c.due <= self._now())
        with self._meta.read() as connection:
            due = connection.scalar(waiting)
        return None if due is None else due / 1000

    def trim(self, *, older_than: float) -> int:
        """See `JobQueue.trim`."""
        before = self._now() - round(older_than * 1000)
        old = jobs.delete().where(jobs.c.state == "done", jobs.c.updated < before)
        with self._meta.begin() as connection:
            return len(connection.execute(old.returning(jobs.c.id)).all())

    def _settle(self, job: Job, values: dict[str, Any]) -> None:
        """Change a job that is still ours; the lease text proves it, even when its time is over."""
        ours = jobs.update().where(jobs.c.id == job.id, jobs.c.state == "leased", jobs.c.lease == job.lease)
        with self._meta.begin() as connection:
            if connection.execute(ours.values(values).returning(jobs.c.id)).first() is None:
                raise LeaseLost(
                    f"The lease on job {job.kind} {job.subject} ran out; it is with another worker."
                )

    def _now(self) -> int:
        return round(self._clock() * 1000)


def _buried(error: str, now: int) -> dict[str, Any]:
    return {"state": "dead", "lease": None, "error": error[:MAX_ERROR_CHARACTERS], "updated": now}


def _job(row: Any) -> Job:
    return Job(
        row.id, row.kind, row.subject, row.version, row.payload, row.attempts, row.max_attempts, row.lease
    )


def _dead_job(row: Any) -> DeadJob:
    return DeadJob(
        row.id, row.kind, row.subject, row.version, row.payload, row.attempts, row.error, row.updated / 1000
    )
