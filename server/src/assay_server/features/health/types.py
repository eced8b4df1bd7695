"""Answer of the health route."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Level = Literal["ok", "warning", "problem"]


class Check(BaseModel):
    """One thing that can be wrong: how it is, and what to do when it is not `ok`."""

    name: str
    level: Level
    text: str
    advice: str | None = None


class ServerHealth(BaseModel):
    """The process that answers. `memory_bytes` is what it holds, `memory_free_bytes` what the machine has left."""

    version: str
    started: str
    uptime_seconds: float
    revision: str | None = None
    memory_bytes: int | None = None
    memory_free_bytes: int | None = None


class IngestHealth(BaseModel):
    """The way of a row from acknowledged to readable."""

    writing: bool
    lag_rows: int
    lag_seconds: float
    wal_bytes: int
    wal_segments: int
    rows_rejected: int


class StoreHealth(BaseModel):
    """The span store; figures are null while it does not answer."""

    state: Literal["running", "unreachable"]
    engine: str | None = None
    rows: int | None = None
    bytes: int | None = None
    parts: int | None = None
    restarts: int
    memory_bytes: int | None = None


class JobsHealth(BaseModel):
    """The queue of background work; `oldest_seconds` is how long the job that waits longest has been due."""

    pending: int
    running: int
    failed: int
    oldest_seconds: float | None = None


class DiskHealth(BaseModel):
    """The disk that the data directory is on, and what of the directory is counted without walking it."""

    total_bytes: int
    free_bytes: int
    metadata_bytes: int | None = None


class FailedRequest(BaseModel):
    """A request that ended in a 5xx; `request_id` finds it in the server's log."""

    time: str
    request_id: str | None = None
    method: str
    route: str
    status: int
    code: str


class Health(BaseModel):
    """Every part of the server, and what is wrong with it; `level` is the worst of the checks."""

    level: Level
    time: str
    checks: list[Check]
    server: ServerHealth
    ingest: IngestHealth
    store: StoreHealth
    jobs: JobsHealth
    disk: DiskHealth
    errors: list[FailedRequest]
