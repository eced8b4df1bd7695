"""What of the figures is wrong, and what to do about it. Pure: figures in, judgements out."""

from __future__ import annotations

from collections.abc import Iterator

from assay_server.features.health.types import (
    Check,
    DiskHealth,
    FailedRequest,
    IngestHealth,
    JobsHealth,
    Level,
    StoreHealth,
)

LAG_WARNING, LAG_PROBLEM = 10.0, 60.0  # seconds
WAL_WARNING = 1 << 30  # bytes: 16 segments that the store has not taken
DISK_WARNING, DISK_PROBLEM = 0.10, 0.03  # of the disk that is free
WAITING_WARNING = 300.0  # seconds
_RANK: dict[Level, int] = {"ok": 0, "warning": 1, "problem": 2}


def judge(
    ingest: IngestHealth,
    store: StoreHealth,
    jobs: JobsHealth,
    disk: DiskHealth,
    recent: list[FailedRequest],
) -> list[Check]:
    """One check for each part; `recent` are the requests that failed in the last hour."""
    return [*_ingest(ingest), *_store(store), _jobs(jobs), _disk(disk), _errors(recent)]


def worst(checks: list[Check]) -> Level:
    """The level of the whole."""
    levels: list[Level] = [check.level for check in checks]
    return max(levels, key=_RANK.__getitem__) if levels else "ok"


def _ingest(ingest: IngestHealth) -> Iterator[Check]:
    if not ingest.writing:
        yield Check(
            name="ingest",
            level="problem",
            text="The writer has stopped: rows are kept in the write-ahead log and not readable.",
            advice="Restart the server; it applies the log. The server's log says why the writer stopped.",
        )
    else:
        late = ingest.lag_seconds >= LAG_WARNING
        level: Level = "problem" if ingest.lag_seconds >= LAG_PROBLEM else "warning" if late else "ok"
        yield Check(
            name="ingest",
            level=level,
            text=f"{_counted(ingest.lag_rows, 'acknowledged row')} {'is' if ingest.lag_rows == 1 else 'are'} "
            f"not readable yet; the oldest waits {ingest.lag_seconds:.0f} s."
            if ingest.lag_rows
            else "Every acknowledged row is readable.",
            advice="Nothing is lost. Check the store below; when it runs, the machine is too slow for what arrives: "
            "give it more cores or a faster disk."
            if late
            else None,
        )
    large = ingest.wal_bytes >= WAL_WARNING
    yield Check(
        name="log",
        level="warning" if large else "ok",
        text=f"The write-ahead log has {_size(ingest.wal_bytes)} in {_counted(ingest.wal_segments, 'file')}.",
        advice="It shrinks once the store has taken the rows; see the checks of ingest and store."
        if large
        else None,
    )
    yield Check(
        name="rejected",
        level="warning" if ingest.rows_rejected else "ok",
        text=f"{_counted(ingest.rows_rejected, 'row')} could not be stored since the start."
        if ingest.rows_rejected
        else "Every row since the start could be stored.",
        advice="They are in ingest/rejected.jsonl of the data directory, each after its reason in the server's log."
        if ingest.rows_rejected
        else None,
    )


def _store(store: StoreHealth) -> Iterator[Check]:
    down = store.state == "unreachable"
    yield Check(
        name="store",
        level="problem" if down else "ok",
        text="The store does not answer; queries fail, rows wait in the write-ahead log."
        if down
        else f"The store answers: {_counted(store.rows or 0, 'row')} in {_size(store.bytes or 0)}.",
        advice="It is restarted by itself. If it stays down, look for “store” in the server's log; often the disk is "
        "full or memory ran out."
        if down
        else None,
    )
    yield Check(
        name="restarts",
        level="warning" if store.restarts else "ok",
        text=f"The store process died {'once' if store.restarts == 1 else f'{store.restarts} times'} since the start."
        if store.restarts
        else "The store process has not died.",
        advice="Nothing is lost by that. If it goes on, give the machine more memory: the system ends the largest "
        "process first."
        if store.restarts
        else None,
    )


def _jobs(jobs: JobsHealth) -> Check:
    waiting = jobs.oldest_seconds or 0.0
    late = waiting >= WAITING_WARNING
    asked = jobs.pending or jobs.running or jobs.failed
    text = f"Jobs: {jobs.pending:,} waiting, {jobs.running:,} running, {jobs.failed:,} given up."
    text = text if asked else "No job is waiting."
    advice = None
    if late:
        advice = f"The oldest has waited {waiting:.0f} s: the workers are busy or stopped. "
        advice += "Restart the server if nothing runs."
    elif jobs.failed:
        advice = "A job gives up after its last attempt; the server's log has the reason of each."
    return Check(name="jobs", level="warning" if late or jobs.failed else "ok", text=text, advice=advice)


def _disk(disk: DiskHealth) -> Check:
    share = disk.free_bytes / disk.total_bytes if disk.total_bytes else 0.0
    level: Level = "problem" if share < DISK_PROBLEM else "warning" if share < DISK_WARNING else "ok"
    return Check(
        name="disk",
        level=level,
        text=f"{_size(disk.free_bytes)} of {_size(disk.total_bytes)} are free ({share:.0%}).",
        advice="Make room or move the data directory to a larger disk. When it is full, rows are refused; set a "
        "retention for projects that need no old rows."
        if level != "ok"
        else None,
    )


def _errors(recent: list[FailedRequest]) -> Check:
    return Check(
        name="errors",
        level="warning" if recent else "ok",
        text=f"{_counted(len(recent), 'request')} failed in the last hour."
        if recent
        else "No request failed in the last hour.",
        advice="They are listed below; look for their request ids in the server's log." if recent else None,
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _size(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
