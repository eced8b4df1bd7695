"""Background queries: what was asked by whom, how far it is, and the result, kept for a week as JSON lines.

A result belongs to who asked; owners of the organization see it too. docs/design/008-background-queries.md.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import sqlalchemy as sa

from assay.core.times import iso_now, iso_time
from assay_server.engines import records
from assay_server.engines.authz import Actor
from assay_server.engines.query.types import QueryRequest
from assay_server.engines.records import Record
from assay_server.errors import BadRequest, NotFound, TooMany
from assay_server.features.sql.tables import async_queries

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.ports.blobs import BlobStore, BlobWriter
    from assay_server.ports.jobs import JobQueue

KIND = "async_query"
KEPT_SECONDS = 7 * 24 * 3600
MAX_WAITING = 1_000  # of one organization
MAX_ATTEMPTS = 20  # a restart of the server costs one
PAGE_BYTES = 8 << 20
_WAITING = ("queued", "running")


class _Position(msgspec.Struct, array_like=True):
    """Where a page of a result ended: whose result, and how many of its bytes were given out."""

    query: str
    offset: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class BackgroundQueries:
    """Keeps background queries and their results. Thread-safe; every method blocks."""

    def __init__(self, meta: MetaStore, jobs: JobQueue, blobs: BlobStore) -> None:
        self._meta = meta
        self._jobs = jobs
        self._blobs = blobs

    # -- for who asks ----------------------------------------------------------------------------------

    def submit(self, actor: Actor, request: QueryRequest) -> Record:
        """Put a query that was checked in line. Raises TooMany while 1,000 of the organization wait."""
        asked = {"query": request.query, "version": request.version, "audit_log": request.audit_log}
        row = {"org_id": actor.org_id, "user_id": actor.user_id, "request": asked, "status": "queued"}
        waiting = sa.select(sa.func.count()).where(
            async_queries.c.org_id == actor.org_id, async_queries.c.status.in_(_WAITING)
        )
        with self._meta.begin() as connection:
            if (connection.scalar(waiting) or 0) >= MAX_WAITING:
                raise TooMany(
                    f"{MAX_WAITING:,} background queries of {actor.org_name!r} are waiting; ask later.",
                    code="async_queries_too_many",
                    retry_after=30,
                )
            record = records.insert(connection, async_queries, row)
        self._enqueue(record["id"])
        return record

    def get(self, actor: Actor, query_id: str) -> Record:
        """A query the actor asked, or as an owner may see. Raises NotFound, also when it was kept long enough."""
        found = sa.select(async_queries).where(
            async_queries.c.id == query_id.lower(), async_queries.c.org_id == actor.org_id
        )
        with self._meta.read() as connection:
            record = records.fetch_one(connection, found)
        mine = record is not None and (record["user_id"] == actor.user_id or actor.role == "owner")
        if record is None or not mine or (record["expires_at"] or "z") < iso_now():
            raise NotFound(
                f"You have no background query {query_id[:100]!r}; results are kept for 7 days.",
                code="async_query_not_found",
            )
        return record

    def cancel(self, actor: Actor, query_id: str) -> Record:
        """Stop a query that waits or runs; one that has ended stays as it is."""
        record = self.get(actor, query_id)
        self._end(record["id"], "canceled", while_in=_WAITING)
        return self.get(actor, query_id)

    def page(self, record: Record, *, limit: int, cursor: str | None) -> tuple[list[msgspec.Raw], str | None]:
        """Up to `limit` rows of a result (fewer when they are large) and the cursor behind them, None at the end."""
        key = _blob(record)
        info = self._blobs.info(key)
        if info is None:
            raise NotFound(
                "The result is no longer there; ask the query again.", code="async_query_not_found"
            )
        start = self._offset(record, key, info.size, cursor)
        rows, end = _whole_lines(self._blobs.read(key, start), limit) if start < info.size else ([], 0)
        after = start + end
        if after >= info.size:
            return rows, None
        token = msgspec.json.encode(_Position(record["id"], after))
        return rows, base64.urlsafe_b64encode(token).decode().rstrip("=")

    def _offset(self, record: Record, key: str, size: int, cursor: str | None) -> int:
        if not cursor:
            return 0
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            position = msgspec.json.decode(raw, type=_Position)
        except (ValueError, msgspec.MsgspecError):
            position = None
        at = position.offset if position and position.query == record["id"] else -1
        if not 0 < at < size or b"".join(self._blobs.read(key, at - 1, 1)) != b"\n":
            raise BadRequest(
                "The cursor is damaged or belongs to another query; start again without a cursor.",
                code="cursor_invalid",
            )
        return at

    # -- for who answers -------------------------------------------------------------------------------

    def begin(self, query_id: str) -> Record | None:
        """Note that a query runs; None when there is nothing left to do for it."""
        with self._meta.begin() as connection:
            return self._change(connection, query_id, {"status": "running"}, while_in=_WAITING)

    def wanted(self, query_id: str) -> bool:
        """Whether anybody still waits for a query."""
        with self._meta.read() as connection:
            status = connection.scalar(
                sa.select(async_queries.c.status).where(async_queries.c.id == query_id)
            )
        return status in _WAITING

    def writer(self, record: Record) -> BlobWriter:
        """Takes the result as JSON lines; in place of what an earlier attempt left."""
        return self._blobs.create(_blob(record))

    def succeed(self, query_id: str) -> None:
        """The result is stored; dropped again when the query was canceled meanwhile."""
        self._end(query_id, "succeeded", while_in=_WAITING)

    def fail(self, query_id: str, *, code: str, error: str) -> None:
        """The query cannot be answered."""
        self._end(query_id, "failed", while_in=_WAITING, error_code=code, error=error)

    def requeue(self, query_id: str) -> None:
        """It will be tried again."""
        with self._meta.begin() as connection:
            self._change(connection, query_id, {"status": "queued"}, while_in=("running",))

    def sweep(self) -> None:
        """Drop what was kept long enough, put in line what a crash left out of it, end what failed too often."""
        old = sa.select(async_queries).where(async_queries.c.expires_at < iso_now()).limit(1_000)
        queued = sa.select(async_queries.c.id).where(async_queries.c.status == "queued").limit(MAX_WAITING)
        with self._meta.read() as connection:
            expired = [dict(row) for row in connection.execute(old).mappings()]
            waiting = connection.scalars(queued).all()
        for record in expired:
            self._blobs.delete(_blob(record))
        with self._meta.begin() as connection:
            gone = [record["id"] for record in expired]
            connection.execute(async_queries.delete().where(async_queries.c.id.in_(gone)))
        for query_id in waiting:
            self._enqueue(query_id)
        for job in self._jobs.dead(kind=KIND):
            self.fail(job.subject, code="async_query_failed", error=job.error)
        self._jobs.trim(older_than=KEPT_SECONDS)

    def _enqueue(self, query_id: str) -> None:
        self._jobs.enqueue(KIND, query_id, max_attempts=MAX_ATTEMPTS)

    def _end(self, query_id: str, status: str, *, while_in: Sequence[str], **error: str) -> None:
        values = {"status": status, "expires_at": iso_time(time.time() + KEPT_SECONDS), **error}
        with self._meta.begin() as connection:
            record = self._change(connection, query_id, values, while_in=while_in)
            if record is None:
                found = sa.select(async_queries).where(async_queries.c.id == query_id)
                record = records.fetch_one(connection, found)
        if record is not None and record["status"] != "succeeded":
            self._blobs.delete(_blob(record))

    def _change(
        self, connection: sa.Connection, query_id: str, values: dict[str, Any], *, while_in: Sequence[str]
    ) -> Record | None:
        where = (async_queries.c.id == query_id, async_queries.c.status.in_(while_in))
        changed = async_queries.update().where(*where).values(**values).returning(async_queries)
        row = connection.execute(changed).mappings().first()
        return dict(row) if row is not None else None


def _blob(record: Record) -> str:
    return f"async_queries/{record['org_id']}/{record['id']}"


def _whole_lines(pieces: Iterable[bytes], limit: int) -> tuple[list[msgspec.Raw], int]:
    """The first `limit` lines, at least one and else no more than `PAGE_BYTES`, and how many bytes they take."""
    lines: list[bytes] = []
    size, begun = 0, list[bytes]()
    for piece in pieces:
        head, *tails = piece.split(b"\n")
        begun.append(head)
        for tail in tails:
            line, begun = b"".join(begun), [tail]
            if lines and (len(lines) == limit or size + len(line) > PAGE_BYTES):
                return [msgspec.Raw(line) for line in lines], size
            lines.append(line)
            size += len(line) + 1
    return [msgspec.Raw(line) for line in lines], size
