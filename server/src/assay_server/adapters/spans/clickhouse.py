"""`SpanStore` over any ClickHouse HTTP endpoint: the embedded engine's façade or a ClickHouse server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError
from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3.exceptions import HTTPError

from assay_server.adapters.spans.process import StoreProcess
from assay_server.ports.spans import Limits, QueryResult, RowKey, StoreRejected, StoreUnavailable

INSERT = (
    "INSERT INTO spans SETTINGS insert_deduplication_token = '{token}', type_json_skip_duplicated_paths = 1, "
    "json_type_escape_dots_in_keys = 1, input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0, "
    "date_time_input_format = 'basic', input_format_json_max_depth = 10000 FORMAT JSONEachRow"
)
LOOKUP_COLUMNS = (
    "object_id, id, toUnixTimestamp64Micro(created) AS created_us, span_id, root_span_id, span_parents, "
    "_xact_id, _seq, _deleted, span_attributes, input, output, expected, error, metadata, scores, metrics, "
    "tags, context, origin, classifications, facets, comments, extra"
)
_LOOKUP_CHUNK = 2000
_INDEXED = """SELECT 1 FROM system.data_skipping_indices
    WHERE database = currentDatabase() AND table = 'spans' AND name = 'words'"""
MAX_STATEMENT = 128 << 20  # bytes: queries over prompts and functions bring those along


class ClickHouseSpanStore:
    """Thread-safe: the client pools connections and keeps no session."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str,
        password: str,
        secure: bool = False,
        database: str = "default",
        process: StoreProcess | None = None,
    ) -> None:
        self._address: dict[str, Any] = {
            "host": host, "port": port, "username": user, "password": password, "secure": secure, "database": database,
        }  # fmt: skip
        self._process = process
        self._client: Client | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Spawn the engine when it is ours, connect, and create what is missing."""
        if self._process:
            self._process.start()
        indexed = self.query(_INDEXED, limits=Limits(seconds=30)).rows
        for statement in schema_statements():
            self._call(lambda c, s=statement: c.command(s))
        if not indexed:  # new parts have it anyway
            self._call(
                lambda c: c.command("ALTER TABLE spans MATERIALIZE INDEX words SETTINGS mutations_sync = 0")
            )

    def insert(self, lines: Iterable[bytes], *, token: str = "") -> None:
        """Write rows in one atomic insert; the same non-empty `token` twice in a row writes once."""
        body = b"\n".join(lines)
        self._call(lambda c: c.command(INSERT.format(token=token), data=body))

    def lookup(self, keys: Sequence[tuple[RowKey, int]]) -> dict[RowKey, Mapping[str, Any]]:
        """Newest stored version of each key, deleted ones included."""
        found: dict[RowKey, Mapping[str, Any]] = {}
        for at in range(0, len(keys), _LOOKUP_CHUNK):
            result = self.query(_lookup_sql(keys[at : at + _LOOKUP_CHUNK]), limits=Limits(seconds=30))
            for row in result.rows:
                record = dict(zip(result.columns, row, strict=True))
                found[RowKey(record["object_id"], record["id"])] = record
        return found

    def seen(self) -> Iterator[tuple[Any, Any]]:
        """Hashes and creation times of every stored row, in blocks of numpy arrays."""
        sql = "SELECT xxHash64(concat(object_id, '\\0', id)), toUnixTimestamp64Micro(created) FROM spans"
        with self._call(
            lambda c: c.query_column_block_stream(sql, context=c.create_query_context(sql, use_numpy=True))
        ) as blocks:
            yield from blocks

    def query(
        self, sql: str, *, limits: Limits = Limits(), settings: Mapping[str, Any] | None = None
    ) -> QueryResult:
        """Run one SELECT; raises StoreRejected with the engine's words, StoreUnavailable when it cannot be reached."""
        result = self._call(lambda c: c.query(with_settings(sql, limits, settings)))
        return QueryResult(
            columns=tuple(result.column_names),
            types=tuple(t.name for t in result.column_types),
            rows=result.result_rows,
        )

    def stream(
        self, sql: str, fmt: str, *, limits: Limits = Limits(), settings: Mapping[str, Any] | None = None
    ) -> Iterator[bytes]:
        """Yield the output of one SELECT in a ClickHouse format."""
        response = self._call(
            lambda c: c.raw_stream(
                with_settings(sql, limits, settings), fmt=fmt, settings={"max_query_size": MAX_STATEMENT}
            )
        )
        try:
            while chunk := response.read(1 << 16):
                yield chunk
        finally:
            response.close()

    def expire(self, project_id: str, object_type: str, before: datetime) -> None:
        """Remove rows by age; asks first whether there is one, as removing rewrites every part that has some."""
        at = round(before.timestamp() * 1e6)
        old = (
            f"project_id = {_text(project_id)} AND object_type = {_text(object_type)} "
            f"AND created < fromUnixTimestamp64Micro({at}, 'UTC')"
        )
        if self.query(f"SELECT 1 FROM spans WHERE {old} LIMIT 1").rows:
            self._call(
                lambda c: c.command(f"ALTER TABLE spans DELETE WHERE {old} SETTINGS mutations_sync = 1")
            )

    def health(self) -> dict[str, Any]:
        """Engine version, rows, bytes and parts; `restarts` counts deaths of our own engine process."""
        sql = (
            "SELECT version(), sum(rows), sum(bytes_on_disk), count() FROM system.parts "
            "WHERE database = currentDatabase() AND table = 'spans' AND active"
        )
        version, rows, size, parts = self.query(sql, limits=Limits(seconds=5)).rows[0]
        restarts = self._process.restarts if self._process else 0
        return {"engine": f"ClickHouse {version}", "rows": int(rows), "bytes": int(size), "parts": int(parts),
                "restarts": restarts}  # fmt: skip

    def process(self) -> tuple[int | None, int]:
        """Process id of our own engine, None while it is down or when it is not ours, and how often it died."""
        return (self._process.pid, self._process.restarts) if self._process else (None, 0)

    def close(self) -> None:
        """Close connections; stop the engine when it is ours."""
        if self._client:
            self._client.close()
        if self._process:
            self._process.stop()

    def _connect(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = clickhouse_connect.get_client(
                    **self._address,
                    compress=False,  # loopback: compression costs more than it saves
                    query_limit=0,
                    query_retries=0,
                    autogenerate_session_id=False,
                    send_receive_timeout=300,
                    pool_mgr=get_pool_manager(maxsize=32, num_pools=2),
                )
            return self._client

    def _call(self, work: Callable[[Client], Any]) -> Any:
        try:
            return work(self._connect())
        except DatabaseError as error:
            raise _rejected(error) from error
        except (ClickHouseError, HTTPError, OSError) as error:
            raise StoreUnavailable(
                f"the span store cannot be reached ({error}); retry in a moment"
            ) from error


def schema_statements() -> list[str]:
    """The statements of `schema.sql`."""
    text = resources.files("assay_server.adapters.spans").joinpath("schema.sql").read_text()
    code = "\n".join(line.split("--")[0] for line in text.splitlines())
    return [statement for statement in code.split(";") if statement.strip()]


def with_settings(sql: str, limits: Limits, settings: Mapping[str, Any] | None) -> str:
    """Append the SETTINGS clause that bounds a read."""
    clause = {
        "max_execution_time": limits.seconds,
        "max_memory_usage": limits.memory,
        "max_threads": limits.threads,
        "max_query_size": MAX_STATEMENT,
        # Conditions on the sort key (root_span_id above all) are tried before payloads are read. The engine moves no
        # others in front of FINAL, which would bring back replaced rows.
        "optimize_move_to_prewhere_if_final": 1,
        **(settings or {}),
    }
    return f"{sql}\nSETTINGS " + ", ".join(f"{k} = {v}" for k, v in clause.items())


def _lookup_sql(keys: Sequence[tuple[RowKey, int]]) -> str:
    wanted = ", ".join(f"({_text(k.object_id)}, {_text(k.id)})" for k, _ in keys)
    times = ", ".join(f"fromUnixTimestamp64Micro({us}, 'UTC')" for us in {us for _, us in keys})
    objects = ", ".join(_text(o) for o in {k.object_id for k, _ in keys})
    return (
        f"SELECT {LOOKUP_COLUMNS} FROM spans WHERE object_id IN ({objects}) AND created IN ({times}) "
        f"AND (object_id, id) IN ({wanted}) ORDER BY _xact_id DESC LIMIT 1 BY object_id, id"
    )


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0") + "'"


def _rejected(error: DatabaseError) -> StoreRejected | StoreUnavailable:
    if error.code is None:  # no engine error number: the connection broke, not the statement
        return StoreUnavailable(f"the span store broke off ({error}); retry in a moment")
    return StoreRejected(str(error), store_code=error.code)
