"""The query engine: waits for acknowledged writes, compiles, checks, runs, and pages."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import anyio.to_thread

from assay.core.ids import parse_xact
from assay_server.engines.query import explain
from assay_server.engines.query.audit import Audit, Version, changes, noted
from assay_server.engines.query.compile import JOIN_SETTINGS, Plan, export, plan
from assay_server.engines.query.cursor import Position, encode
from assay_server.engines.query.explain import Explanation
from assay_server.engines.query.export import Chunks, batched, csv_lines, json_lines
from assay_server.engines.query.guard import Grant, check
from assay_server.engines.query.lint import LintBlocked
from assay_server.engines.query.parse import parse
from assay_server.engines.query.pivot import lay_out
from assay_server.engines.query.relations import Environment, Spans, unique
from assay_server.engines.query.rows import read_rows
from assay_server.engines.query.statement import Statement
from assay_server.engines.query.types import (
    ExportFormat,
    FunctionCatalog,
    NoFunctions,
    ObjectResolver,
    QueryAnswer,
    QueryRequest,
    ResolvedObject,
)
from assay_server.errors import NotFound, QueryError
from assay_server.ports.spans import Limits, SpanStore, StoreRejected

EXPORT_LIMITS = Limits(seconds=3600.0)
MAX_SQL_BYTES = 250_000  # besides rows of prompts and functions; a longer query is a mistake
MAX_THREADS = 8  # of one query that is alone: more of them wait for each other
MAX_TZ_OFFSET = 14 * 60
EXPLAIN_TOO_LONG = "Explaining the query takes too long; explain its sub-queries one by one."
_MEMORY_LIMIT, _TIMEOUT, _TIMEOUT_ESTIMATED = 241, 159, 160


@dataclass(slots=True)
class _Grants:
    """A resolver that remembers what it granted, for the check of the finished SQL."""

    resolver: ObjectResolver
    trace_id: str | None = None
    granted: set[Grant] = field(default_factory=set)
    names: dict[Grant, str] = field(default_factory=dict)

    def check(self, sql: str) -> None:
        """Raises EscapedQuery for SQL that reads anything else."""
        check(sql, self.granted, self.trace_id)

    def resolve(self, actor: Any, kind: str, ref: str, *, action: Any = "read") -> ResolvedObject:
        found = self.resolver.resolve(actor, kind, ref, action=action)
        if found.object_type != kind:
            raise NotFound(f"{ref} is a {found.object_type}, not a {kind}.")
        grant = (found.project_id, found.object_type, found.object_id)
        self.granted.add(grant)
        self.names[grant] = found.name
        return found


class QueryEngine:
    """Answers queries of any actor over one span store. Safe to share; its methods are for one event loop.

    `barrier` returns once every write acknowledged so far can be read. `catalog` lists prompts and
    functions. `concurrency` bounds queries running at once. A strict request is refused when it has warnings and the
    logs it reads hold more than `strict_spans` spans.
    """

    def __init__(
        self,
        spans: SpanStore,
        resolver: ObjectResolver,
        barrier: Callable[[], Awaitable[Any]],
        *,
        catalog: FunctionCatalog | None = None,
        limits: Limits = Limits(),
        concurrency: int = 8,
        strict_spans: int = 1_000_000,
    ) -> None:
        self._spans = spans
        self._resolver = resolver
        self._barrier = barrier
        self._catalog = catalog or NoFunctions()
        self._limits = limits
        self._strict_spans = strict_spans
        self._slots = anyio.CapacityLimiter(concurrency)
        self._cores = min(MAX_THREADS, os.cpu_count() or 1)

    async def run(self, actor: Any, request: QueryRequest) -> QueryAnswer:
        """Answer one page. Raises QueryError, NotFound, Forbidden or StoreUnavailable."""
        await self._barrier()
        return await self._in_thread(functools.partial(self._answer, actor, request))

    async def compiled(self, actor: Any, request: QueryRequest) -> str:
        """The ClickHouse SQL that `run` would send."""
        found, _ = await self._in_thread(lambda: self._compile(actor, request, self._statement(request)))
        return found.sql

    async def explain(self, actor: Any, request: QueryRequest) -> Explanation:
        """What `run` would read and do, planned and not run. Raises what `run` would for a query in error."""
        await self._barrier()
        return await self._in_thread(functools.partial(self._explain, actor, request))

    async def stream(self, actor: Any, request: QueryRequest, fmt: ExportFormat) -> AsyncIterator[bytes]:
        """Every row of a query as JSON lines, CSV or Parquet; errors in the query are raised before the first byte."""
        await self._barrier()
        chunks = await self._in_thread(functools.partial(self.export, actor, request, fmt))
        return self._pump(chunks)

    async def settled(self) -> None:
        """Return once every write acknowledged so far can be read."""
        await self._barrier()

    async def authorize(self, actor: Any, request: QueryRequest) -> None:
        """Raises what `stream` would, short of asking the store: a query in error, an object missing or forbidden."""
        await self._in_thread(functools.partial(self._compile_export, actor, request, "jsonl"))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await anyio.to_thread.run_sync(work, limiter=self._slots)

    async def _pump(self, chunks: Chunks) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._in_thread(functools.partial(next, chunks, None))) is not None:
                yield chunk
        finally:
            chunks.close()  # a caller that left must not keep the store working

    def _environment(self, actor: Any, request: QueryRequest) -> tuple[Environment, _Grants]:
        grants = _Grants(self._resolver, getattr(actor, "trace_id", None))
        try:
            version = None if request.version in (None, "") else parse_xact(request.version)  # type: ignore[arg-type]
        except ValueError as error:
            raise QueryError(str(error), code="version_invalid") from None
        if abs(request.tz_offset) > MAX_TZ_OFFSET:
            raise QueryError(f"tz_offset takes minutes between -{MAX_TZ_OFFSET} and {MAX_TZ_OFFSET}.")
        environment = Environment(
            actor, grants, self._catalog, version, request.audit_log, zone=request.tz_offset
        )
        return environment, grants

    def _statement(self, request: QueryRequest) -> Statement:
        statement = parse(request.query)
        if request.cursor:
            statement.cursor = request.cursor
        if request.limit is not None:
            statement.limit = request.limit
        return statement

    def _explain_changes(
        self,
        audit: Audit,
        grants: _Grants,
        rows: list[Any],
        read: list[dict[str, Any]],
        *,
        comments: bool,
    ) -> None:
        """Put into each row of a page what its version changed, and (`comments`) the comment that it added."""
        if audit.spans.entry:
            told = [noted(row["audit_data"]) for row in read]
        else:
            versions = [audit.version(row) for row in rows]
            found: dict[Version, dict[str, Any]] = {}
            for sql in audit.histories(versions):
                grants.check(sql)
                found |= changes(self._read(sql))
            told = [dict(found.get(version) or {}) for version in versions]
        for row, said in zip(read, told, strict=True):
            comment = said.pop("comment", None)
            row["audit_data"] = said or row["audit_data"]
            if comments:
                row["comment"] = comment

    def _compile(
        self, actor: Any, request: QueryRequest, statement: Statement, said: dict[str, str] | None = None
    ) -> tuple[Plan, _Grants]:
        environment, grants = self._environment(actor, request)
        environment.said = said
        compiled = _guarded(
            lambda: plan(statement, environment, unlimited=request.unlimited),
            environment,
            grants,
        )
        self._refuse_slow(request, compiled, grants)
        return compiled, grants

    def _refuse_slow(self, request: QueryRequest, compiled: Plan, grants: _Grants) -> None:
        """Raise LintBlocked for a strict request with warnings over logs of more than `strict_spans` spans."""
        logs = sorted({(project, item) for project, kind, item in grants.granted if kind == "project_logs"})
        if not (request.strict and compiled.warnings and logs) or grants.trace_id is not None:
            return  # a single trace is never that long
        projects, objects = (unique(side) for side in zip(*logs, strict=True))
        owned = Spans("project_logs", projects, objects, None, "spans", "s1").predicate()
        sql = f"SELECT count() AS c0 FROM (SELECT id FROM spans WHERE {owned} LIMIT {self._strict_spans + 1}) AS q1"
        grants.check(sql)
        if self._read(sql)[0][0] > self._strict_spans:
            raise LintBlocked(compiled.warnings, self._strict_spans)

    def _read(
        self,
        sql: str,
        settings: Mapping[str, Any] = JOIN_SETTINGS,
        *,
        threads: int = 1,
        seconds: float | None = None,
    ) -> Sequence[Sequence[Any]]:
        """Rows of checked SQL, within `seconds` or the limit. Raises QueryError with what the store had against it."""
        limits = replace(self._limits, threads=threads, seconds=seconds or self._limits.seconds)
        try:
            return self._spans.query(sql, limits=limits, settings={**JOIN_SETTINGS, **settings}).rows
        except StoreRejected as error:
            raise refused(error) from error

    def _explain(self, actor: Any, request: QueryRequest) -> Explanation:
        said: dict[str, str] = {}
        compiled, grants = self._compile(actor, request, self._statement(request), said)
        ends = time.monotonic() + self._limits.seconds  # of all plans together, as of one query

        def ask(sql: str) -> Any:
            grants.check(sql)
            left = ends - time.monotonic()
            if left <= 0:
                raise QueryError(EXPLAIN_TOO_LONG, code="query_timeout")
            rows = self._read(f"EXPLAIN indexes = 1, json = 1 {sql}", explain.SETTINGS, seconds=left)
            return json.loads("\n".join(row[0] for row in rows))[0]["Plan"]

        return explain.explain(compiled.sql, said, grants.names, ask, compiled.warnings)

    def _threads(self, compiled: Plan) -> int:
        """How many threads may work on a query: pages of traces share the cores with all that runs.

        Others get one: sums come out the same to the last digit only when one thread adds them up.
        """
        if compiled.mode != "summary":
            return 1
        return max(1, self._cores // max(1, self._slots.borrowed_tokens))

    def _answer(self, actor: Any, request: QueryRequest) -> QueryAnswer:
        statement = self._statement(request)
        compiled, grants = self._compile(actor, request, statement)
        threads = self._threads(compiled)
        found = self._read(compiled.sql, threads=threads)
        if compiled.whole and compiled.limit is not None and len(found) <= compiled.limit:
            found = self._read(compiled.whole, threads=threads)
        rows, cursor = _page(compiled, found)
        splice = compiled.star
        columns = [column for column in compiled.columns if not (splice and column.name == "extra")]
        read = list(read_rows(compiled.columns, rows, raw=request.raw, splice=splice))
        if compiled.audit is not None:
            self._explain_changes(compiled.audit, grants, rows, read, comments=splice)
        if compiled.pivot is not None:
            if cursor is not None:
                raise QueryError(f"pivot lays out up to {compiled.limit:,} groups; filter what it reads.")
            columns, read = lay_out(compiled.pivot, columns, read, statement.limit)
        return QueryAnswer(columns, read, cursor, compiled.warnings)

    def _compile_export(self, actor: Any, request: QueryRequest, fmt: ExportFormat) -> Plan:
        environment, grants = self._environment(actor, request)
        compiled = _guarded(
            lambda: export(self._statement(request), environment, parquet=fmt == "parquet"),
            environment,
            grants,
        )
        self._refuse_slow(request, compiled, grants)
        return compiled

    def export(self, actor: Any, request: QueryRequest, fmt: ExportFormat) -> Chunks:
        """`stream` for a thread: blocks, and leaves it to the caller to wait until writes are `settled`."""
        compiled = self._compile_export(actor, request, fmt)
        chunks = self._spans.stream(
            compiled.sql,
            "Parquet" if fmt == "parquet" else "JSONEachRow",
            limits=EXPORT_LIMITS,
            settings=JOIN_SETTINGS,
        )
        try:
            output = _begun(chunks)
        except StoreRejected as error:
            raise refused(error) from error
        if fmt == "parquet":
            return batched(output)
        return (csv_lines if fmt == "csv" else json_lines)(compiled, output)


def _guarded(compile_it: Callable[[], Plan], environment: Environment, grants: _Grants) -> Plan:
    """A compiled query that was looked at once more. Raises QueryError when it is too deep or too long to run."""
    try:
        compiled = compile_it()
    except RecursionError:
        raise QueryError("The query is nested too deeply; flatten it or use WITH names.") from None
    size = len(compiled.sql.encode()) - environment.listed_bytes
    if size > MAX_SQL_BYTES:
        raise QueryError(
            f"The query has {size:,} bytes once compiled; the limit is {MAX_SQL_BYTES:,}. Shorten its lists.",
            code="query_too_long",
        )
    for sql in filter(None, (compiled.sql, compiled.whole)):
        grants.check(sql)
    return compiled


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, the first of them read: what the store has against the query is raised here."""
    first = next(chunks, b"")
    return itertools.chain((first,), chunks)


def refused(error: StoreRejected) -> QueryError:
    """What the store had against a query, as an error of the query."""
    code = error.details.get("store_code")
    if code == _MEMORY_LIMIT:
        return QueryError(
            "The query needs too much memory; narrow it by time, or select fewer columns.",
            code="query_memory",
        )
    if code in (_TIMEOUT, _TIMEOUT_ESTIMATED):
        return QueryError("The query takes too long; narrow it by time or add a LIMIT.", code="query_timeout")
    reason = re.split(
        r": while |\. In scope|In scope|\(version|\(for url", error.message.split("DB::Exception:")[-1]
    )[0].strip()
    return QueryError(f"The query cannot run: {reason[:300]}", store_code=code)


def _page(compiled: Plan, rows: Any) -> tuple[list[Any], str | None]:
    """Rows of the page and the cursor behind it; None when the store had no row more than the page holds."""
    rows, limit = list(rows), compiled.limit
    if limit is None:
        return rows, None
    if compiled.mode == "traces":
        return _trace_page(compiled, rows, limit)
    if len(rows) <= limit:
        return rows, None
    kept = rows[:limit]
    if not kept:
        return [], None
    return kept, _position(compiled, kept[-1])


def _trace_page(compiled: Plan, rows: list[Any], limit: int) -> tuple[list[Any], str | None]:
    at = len(compiled.columns)
    traces = list(dict.fromkeys(row[at] for row in rows))
    if len(traces) <= limit:
        return rows, None
    kept = set(traces[:limit])
    rows = [row for row in rows if row[at] in kept]
    return rows, _position(compiled, rows[-1]) if rows else None


def _position(compiled: Plan, row: Any) -> str:
    keys = list(row[-len(compiled.keys) :])
    return encode(Position(compiled.fingerprint, keys))
