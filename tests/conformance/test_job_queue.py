"""What every job queue must do, run on each implementation."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay_server.adapters.jobs.database import DatabaseJobQueue
from assay_server.adapters.jobs.memory import MemoryJobQueue
from assay_server.adapters.meta.store import MetaStore
from assay_server.ports.jobs import JobQueue, LeaseLost, retry_delay


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def queue(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[JobQueue]:
    if request.param == "memory":
        yield MemoryJobQueue(clock=clock)
        return
    meta = MetaStore(f"sqlite:///{tmp_path / 'meta.db'}")
    meta.start()
    yield DatabaseJobQueue(meta, clock=clock)
    meta.close()


def test_same_kind_subject_and_version_is_one_job(queue: JobQueue) -> None:
    assert queue.enqueue("score", "span-1", "v1", payload={"n": [1, {"a": None}]})
    assert not queue.enqueue("score", "span-1", "v1", payload={"n": 2})
    assert queue.enqueue("score", "span-1", "v2")
    assert queue.enqueue("export", "span-1", "v1")
    first, second = queue.lease(["score"], limit=10)
    assert (first.subject, first.version, first.payload, first.attempt) == (
        "span-1",
        "v1",
        {"n": [1, {"a": None}]},
        1,
    )
    assert (second.version, second.payload) == ("v2", {})
    queue.complete(first)
    assert not queue.enqueue("score", "span-1", "v1")
    assert queue.counts() == {"ready": 1, "leased": 1, "done": 1, "dead": 0}


def test_lease_takes_the_oldest_due_of_the_kinds_asked_for(queue: JobQueue, clock: Clock) -> None:
    queue.enqueue("score", "late", delay=30)
    queue.enqueue("score", "now")
    queue.enqueue("export", "other")
    assert [job.subject for job in queue.lease(["score"], limit=5)] == ["now"]
    assert queue.lease(["score"], limit=5) == []
    assert queue.lease([], limit=5) == []
    clock.advance(30)
    assert [job.subject for job in queue.lease(["score", "export"], limit=1)] == ["other"]
    assert [job.subject for job in queue.lease(["score"])] == ["late"]


def test_lease_that_runs_out_gives_the_job_to_another(queue: JobQueue, clock: Clock) -> None:
    queue.enqueue("score", "s")
    (held,) = queue.lease(["score"], seconds=60)
    clock.advance(59)
    assert queue.lease(["score"]) == []
    clock.advance(1)
    (taken,) = queue.lease(["score"])
    assert (taken.id, taken.attempt) == (held.id, 2)
    for settle in (queue.heartbeat, queue.complete, lambda job: queue.fail(job, "late")):
        with pytest.raises(LeaseLost, match="score s"):
            settle(held)
    queue.complete(taken)
    with pytest.raises(LeaseLost):
        queue.complete(taken)


def test_late_result_counts_while_nobody_else_took_the_job(queue: JobQueue, clock: Clock) -> None:
    queue.enqueue("score", "s")
    (job,) = queue.lease(["score"], seconds=1)
    clock.advance(100)
    queue.complete(job)
    assert queue.counts()["done"] == 1


def test_heartbeat_keeps_the_lease(queue: JobQueue, clock: Clock) -> None:
    queue.enqueue("score", "s")
    (job,) = queue.lease(["score"], seconds=10)
    for _ in range(5):
        clock.advance(9)
        queue.heartbeat(job, seconds=10)
        assert queue.lease(["score"]) == []
    queue.complete(job)


def test_failure_waits_longer_each_time_and_ends_in_the_dead_letters(queue: JobQueue, clock: Clock) -> None:
    queue.enqueue("score", "s", "v", payload={"a": 1}, max_attempts=3)
    for attempt in (1, 2):
        (job,) = queue.lease(["score"])
        queue.fail(job, f"error {attempt}")
        clock.advance(retry_delay(attempt) - 0.01)
        assert queue.lease(["score"]) == []
        clock.advance(0.01)
    (job,) = queue.lease(["score"])
    assert job.attempt == 3
    queue.fail(job, "x" * 10_000)
    clock.advance(10_000)
    assert queue.lease(["score"]) == []
    (dead,) = queue.dead()
    assert (dead.subject, dead.version, dead.payload, dead.attempts) == ("s", "v", {"a": 1}, 3)
    assert dead.error == "x" * 4_000
    assert dead.failed_at == clock.now - 10_000


def test_failure_without_retry_is_dead_at_once(queue: JobQueue, clock: Clock) -> None:
    for subject in ("a", "b"):
        queue.enqueue("score", subject)
        (job,) = queue.lease(["score"])
        queue.fail(job, "bad input", retry=False)
        clock.advance(1)
    assert [dead.subject for dead in queue.dead()] == ["b", "a"]
    assert [dead.subject for dead in queue.dead(limit=1)] == ["b"]
    assert queue.dead(kind="export") == []


def test_job_that_kills_its_workers_does_not_go_round_for_ever(queue: JobQueue, clock: Clock) -> None:
    queue.enqueue("score", "poison", max_attempts=2)
    for _ in range(2):
        assert len(queue.lease(["score"], seconds=5)) == 1
        clock.advance(5)
    assert queue.lease(["score"]) == []
    (dead,) = queue.dead()
    assert (dead.attempts, dead.error) == (2, "the worker did not finish within its lease")


def test_revived_job_gets_its_attempts_back(queue: JobQueue) -> None:
    queue.enqueue("score", "s", max_attempts=2)
    (job,) = queue.lease(["score"])
    assert not queue.revive(job.id)
    queue.fail(job, "no", retry=False)
    assert queue.revive(job.id)
    assert not queue.revive(job.id)
    (again,) = queue.lease(["score"])
    assert (again.id, again.attempt) == (job.id, 1)


def test_trim_forgets_what_was_done_long_ago(queue: JobQueue, clock: Clock) -> None:
    for subject in ("old", "new", "waiting"):
        queue.enqueue("score", subject)
    old, new = queue.lease(["score"], limit=2)
    queue.complete(old)
    clock.advance(3600)
    queue.complete(new)
    clock.advance(1)
    assert queue.trim(older_than=3600) == 1
    assert queue.counts() == {"ready": 1, "leased": 0, "done": 1, "dead": 0}
    assert queue.enqueue("score", "old")
    assert not queue.enqueue("score", "new")


def test_concurrent_workers_get_each_job_once(queue: JobQueue) -> None:
    jobs = 120
    for number in range(jobs):
        queue.enqueue("score", str(number))
    done: Counter[str] = Counter()

    def work() -> None:
        while batch := queue.lease(["score"], limit=7):
            for job in batch:
                queue.complete(job)
                done[job.subject] += 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == {str(number): 1 for number in range(jobs)}
    assert queue.counts() == {"ready": 0, "leased": 0, "done": jobs, "dead": 0}


def test_concurrent_producers_add_a_job_once(queue: JobQueue) -> None:
    added: list[bool] = []

    def produce() -> None:
        added.extend(queue.enqueue("score", str(number)) for number in range(20))

    threads = [threading.Thread(target=produce) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(added) == {True: 20, False: 80}


def test_the_oldest_is_the_one_that_has_been_due_longest(queue: JobQueue, clock: Clock) -> None:
    assert queue.oldest() is None
    queue.enqueue("score", "later", delay=30.0)
    assert queue.oldest() is None
    queue.enqueue("score", "first")
    clock.advance(5)
    queue.enqueue("score", "second")
    assert queue.oldest() == clock.now - 5
    (job,) = queue.lease(["score"])
    assert queue.oldest() == clock.now
    queue.complete(job)
    queue.lease(["score"])
    assert queue.oldest() is None
    clock.advance(40)
    assert queue.oldest() == clock.now - 15
