"""A span store for tests: the real engine in this process, one per process, reading `schema.sql` as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import chdb

from assay_server.adapters.spans.clickhouse import schema_statements, with_settings
from assay_server.ports.spans import Limits, QueryResult, StoreRejected

_INSERT = (
    "INSERT INTO spans SETTINGS type_json_skip_duplicated_paths = 1, json_type_escape_dots_in_keys = 1, "
    "input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0 FORMAT JSONEachRow\n"
)


class ChdbStore:
    """The reading half of `SpanStore`, and `insert`."""

    def __init__(self, path: Path) -> None:
        self._engine = chdb.connect(str(path))
        for statement in schema_statements():
            self._engine.query(statement)

    def insert(self, lines: Iterable[bytes]) -> None:
        """Write rows of `schema.sql` columns."""
        self._engine.query(_INSERT + b"\n".join(lines).decode())

    def query(
        self, sql: str, *, limits: Limits = Limits(), settings: Mapping[str, Any] | None = None
    ) -> QueryResult:
        """Run one SELECT."""
        names, types, *rows = self._run(
            with_settings(sql, limits, settings), "JSONCompactEachRowWithNamesAndTypes"
        )
        return QueryResult(tuple(names), tuple(types), rows)

    def stream(self, sql: str, fmt: str, *, limits: Limits = Limits()) -> Iterator[bytes]:
        """Run one SELECT and yield its output in a ClickHouse format."""
        yield self._bytes(with_settings(sql, limits, None), fmt)

    def close(self) -> None:
        """Let the engine go."""
        self._engine.close()

    def _run(self, sql: str, fmt: str) -> list[Any]:
        return [json.loads(line) for line in self._bytes(sql, fmt).splitlines()]

    def _bytes(self, sql: str, fmt: str) -> bytes:
        try:
            return self._engine.query(sql, fmt).bytes() or b""
        except Exception as error:  # the engine raises RuntimeError with its code in the text
            code = str(error).partition("Code: ")[2].partition(".")[0]
            raise StoreRejected(str(error), store_code=int(code) if code.isdigit() else 0) from None
