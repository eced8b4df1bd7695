"""Gathers how every part of the server is."""

from __future__ import annotations

import os
import shutil
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.times import iso_now, iso_time
from assay_server.engines.authz import Actor, ObjectRef, require
from assay_server.errors import AssayError
from assay_server.features.health.checks import judge, worst
from assay_server.features.health.types import (
    DiskHealth,
    FailedRequest,
    Health,
    IngestHealth,
    JobsHealth,
    ServerHealth,
    StoreHealth,
)
from assay_server.settings import VERSION

if TYPE_CHECKING:
    from starlette.datastructures import State

    from assay_server.ports.jobs import JobQueue
    from assay_server.ports.spans import SpanStore
    from assay_server.services import Services

RECENT_SECONDS = 3600.0
PATIENCE = 3.0  # seconds that the store has to answer


class StoreProbe:
    """Asks the store how it is, and does not wait for one that hangs; at most one question is open. Thread-safe."""

    def __init__(self, spans: SpanStore, *, patience: float = PATIENCE) -> None:
        self._spans = spans
        self._patience = patience
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store-probe")
        self._open: Future[dict[str, Any]] | None = None
        self._lock = threading.Lock()

    def ask(self) -> StoreHealth:
        """The store's figures, or that it does not answer in time."""
        pid, restarts = self._spans.process()
        found: dict[str, Any] = {"restarts": restarts, "memory_bytes": _memory_of(pid) if pid else None}
        with self._lock:
            if self._open is None or self._open.done():
                self._open = self._pool.submit(self._spans.health)
            answer = self._open
        try:
            return StoreHealth(state="running", **{**found, **answer.result(self._patience)})
        except (AssayError, TimeoutError):
            return StoreHealth(state="unreachable", **found)

    def close(self) -> None:
        """Ask no more; a question that hangs is left behind."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def health(state: State, actor: Actor) -> Health:
    """How the server is now; blocks. `state` is the application's. Raises Forbidden."""
    require(actor, "read", ObjectRef("", "server", actor.org_id, "health", actor.org_id))
    services: Services = state.services
    figures = services.ingest.health() | services.ingest.behind()
    ingest = IngestHealth(**{name: figures[name] for name in IngestHealth.model_fields})
    store, jobs = services.store_probe.ask(), _jobs(services.jobs)
    disk = _disk(services.settings.data, services.settings.meta_url)
    errors = [FailedRequest(**_fields(one)) for one in state.failures.newest()]
    recent = iso_time(time.time() - RECENT_SECONDS)
    checks = judge(ingest, store, jobs, disk, [one for one in errors if one.time >= recent])
    return Health(
        level=worst(checks),
        time=iso_now(),
        checks=checks,
        server=_server(state.started, services.meta.revision()),
        ingest=ingest,
        store=store,
        jobs=jobs,
        disk=disk,
        errors=errors,
    )


def _server(started: str, revision: str | None) -> ServerHealth:
    up = datetime.now(UTC) - datetime.fromisoformat(started)
    return ServerHealth(
        version=VERSION,
        started=started,
        uptime_seconds=round(up.total_seconds(), 1),
        revision=revision,
        memory_bytes=_memory_of(os.getpid()),
        memory_free_bytes=_kibibytes(Path("/proc/meminfo"), "MemAvailable:"),
    )


def _jobs(queue: JobQueue) -> JobsHealth:
    counts, oldest = queue.counts(), queue.oldest()
    return JobsHealth(
        pending=counts["ready"],
        running=counts["leased"],
        failed=counts["dead"],
        oldest_seconds=None if oldest is None else round(max(0.0, time.time() - oldest), 1),
    )


def _disk(data: Path, meta_url: str) -> DiskHealth:
    usage = shutil.disk_usage(data)
    files = [data / f"meta.db{suffix}" for suffix in ("", "-wal")] if meta_url.startswith("sqlite") else []
    size = sum(path.stat().st_size for path in files if path.exists())
    return DiskHealth(total_bytes=usage.total, free_bytes=usage.free, metadata_bytes=size or None)


def _memory_of(pid: int) -> int | None:
    return _kibibytes(Path(f"/proc/{pid}/status"), "VmRSS:")


def _kibibytes(path: Path, name: str) -> int | None:
    """A figure of a file of the Linux kernel in bytes; None on other systems."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(name)), None)


def _fields(failure: Any) -> dict[str, Any]:
    return {name: getattr(failure, name) for name in FailedRequest.model_fields}
