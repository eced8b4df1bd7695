"""The span store: an append-only table of row versions, read with ClickHouse SQL.

`adapters/spans` holds the implementations; `tests/conformance/test_span_store.py` is what each must pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from assay_server.errors import AssayError


class StoreUnavailable(AssayError):
    """The store process is down or restarting; nothing was written. Worth a retry."""

    status, code = 503, "store_unavailable"


class StoreRejected(AssayError):
    """The store refused the statement; `details` hold its numeric `store_code`."""

    status, code = 400, "store_rejected"


@dataclass(frozen=True, slots=True)
class RowKey:
    """Identifies one row: the object it belongs to and its id there."""

    object_id: str
    id: str


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A finished query: column names, ClickHouse type names, and rows as tuples in column order."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one read: seconds of run time, bytes of memory, rows in the result."""

    seconds: float = 60.0
    memory: int = 4 << 30
    threads: int = 1


class SpanStore(Protocol):
    """Thread-safe; every method blocks."""

    def start(self) -> None:
        """Reach the engine and create or upgrade the schema."""
        ...

    def insert(self, lines: Iterable[bytes], *, token: str) -> None:
        """Write rows, each one JSON object of `schema.sql` columns; all become visible at once or none does.

        The same `token` (letters, digits, dashes) again with the same rows writes nothing, so a retry is safe.

        Raises StoreUnavailable (retry) or StoreRejected (the rows are at fault).
        """
        ...

    def lookup(self, keys: Sequence[tuple[RowKey, int]]) -> dict[RowKey, Mapping[str, Any]]:
        """Newest stored version of each key, given with its `created` in microseconds; deleted rows included."""
        ...

    def seen(self) -> Iterator[tuple[Any, Any]]:
        """Every row ever written, as batches of (xxh64 of `object_id + NUL + id`, created in microseconds) arrays."""
        ...

    def query(
        self, sql: str, *, limits: Limits = Limits(), settings: Mapping[str, Any] | None = None
    ) -> QueryResult:
        """Run one SELECT to the end."""
        ...

    def stream(
        self, sql: str, fmt: str, *, limits: Limits = Limits(), settings: Mapping[str, Any] | None = None
    ) -> Iterator[bytes]:
        """Run one SELECT and yield its output in a ClickHouse format (CSVWithNames, Parquet, JSONEachRow …)."""
        ...

    def expire(self, project_id: str, object_type: str, before: datetime) -> None:
        """Remove every version of the rows of a project and type that were created before a time, for good."""
        ...

    def health(self) -> dict[str, Any]:
        """Engine version, rows, bytes on disk, parts, restarts."""
        ...

    def process(self) -> tuple[int | None, int]:
        """Process id of the engine when it is ours and runs, and how often it died; asks nothing of it."""
        ...

    def close(self) -> None:
        """Let go of connections and, when the engine is ours, stop it cleanly."""
        ...
