"""Background work that survives restarts: small, idempotent jobs taken under a lease.

`adapters/jobs` holds the implementations; `tests/conformance/test_job_queue.py` is what each must pass.

A job is named by (kind, subject, version), for instance ("score", span id, scorer version): enqueued twice it
is one job. A worker that dies lets its lease run out and the job is given to another, so the work itself must
be safe to repeat. What fails waits longer each time; what fails too often is dead, kept for people to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from assay_server.errors import Conflict

MAX_ATTEMPTS = 5
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 3600.0
MAX_ERROR_CHARACTERS = 4_000


class LeaseLost(Conflict):
    """The lease ran out and the job may be with another worker: stop working on it."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Job:
    """A job in a worker's hands. `attempt` counts from 1; `lease` proves that it is still theirs."""

    id: int
    kind: str
    subject: str
    version: str
    payload: dict[str, Any] = field(hash=False)
    attempt: int
    max_attempts: int
    lease: str


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that failed for the last time, with its last error; `failed_at` in unix seconds."""

    id: int
    kind: str
    subject: str
    version: str
    payload: dict[str, Any] = field(hash=False)
    attempts: int
    error: str
    failed_at: float


class JobQueue(Protocol):
    """Thread-safe, and safe between processes that share the database; every method blocks."""

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
        """Add a job to run in `delay` seconds; False when it was ever added before, whatever became of it."""
        ...

    def lease(self, kinds: Sequence[str], *, limit: int = 1, seconds: float = 60.0) -> list[Job]:
        """Take up to `limit` due jobs, oldest due first, each for `seconds` and for nobody else meanwhile.

        A job whose lease ran out is due again; on its last attempt it is dead instead.
        """
        ...

    def heartbeat(self, job: Job, *, seconds: float = 60.0) -> None:
        """Keep a job for another `seconds` from now. Raises LeaseLost."""
        ...

    def complete(self, job: Job) -> None:
        """The work is done. Raises LeaseLost."""
        ...

    def fail(self, job: Job, error: str, *, retry: bool = True) -> None:
        """The work failed: try again after `retry_delay`, or give up when told so or out of attempts.

        Raises LeaseLost.
        """
        ...

    def dead(self, *, kind: str | None = None, limit: int = 100) -> list[DeadJob]:
        """Dead jobs, newest first."""
        ...

    def revive(self, job_id: int) -> bool:
        """Give a dead job its attempts back, due now; False when there is no such dead job."""
        ...

    def counts(self) -> dict[str, int]:
        """Jobs by state: ready (delayed ones too), leased, done, dead."""
        ...

    def oldest(self) -> float | None:
        """Since when the job that waits longest has been due, in unix seconds; None when none is."""
        ...

    def trim(self, *, older_than: float) -> int:
        """Forget jobs done more than `older_than` seconds ago (they can be added again); how many."""
        ...


def retry_delay(attempt: int) -> float:
    """Seconds to wait after the given attempt (from 1) failed: 5 s, 10 s, 20 s … up to an hour."""
    return min(FIRST_RETRY_SECONDS * 2 ** (attempt - 1), LONGEST_RETRY_SECONDS)
