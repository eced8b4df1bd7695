"""A real embedded store for tests, and shorthand for rows and queries."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay_server.adapters.bus.memory import MemoryBus
from assay_server.adapters.spans.clickhouse import ClickHouseSpanStore
from assay_server.adapters.spans.process import StoreProcess
from assay_server.engines.ingest.ingest import Ingest
from assay_server.engines.ingest.rows import RowWrite, decode_row, normalise
from assay_server.ports.spans import SpanStore


def embedded_store(path: Path) -> ClickHouseSpanStore:
    """A store over its own engine process, not started yet."""
    process = StoreProcess(path)
    return ClickHouseSpanStore(
        host="127.0.0.1", port=process.port, user="default", password=process.password, process=process
    )


@contextmanager
def running_ingest(store: SpanStore, folder: Path, **options: Any) -> Iterator[Ingest]:
    """An ingest engine over a store."""
    ingest = Ingest(store, MemoryBus(), folder, **options)
    ingest.start()
    try:
        yield ingest
    finally:
        ingest.close()


def writes(
    *rows: dict[str, Any], project: str = "p", kind: str = "project_logs", obj: str = "p"
) -> list[RowWrite]:
    """Row writes as the log route would make them."""
    made: list[RowWrite] = []
    for at, row in enumerate(rows):
        write = normalise(decode_row(json.dumps(row).encode(), at), at, now_us=time.time_ns() // 1000)
        write.project_id, write.object_type, write.object_id = project, kind, obj
        made.append(write)
    return made


def select(store: SpanStore, sql: str) -> list[dict[str, Any]]:
    """Rows of one query as dictionaries."""
    result = store.query(sql)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]
