"""Pages of an object's rows: every live row once, newest first.

A page is an ordinary query, so rows look exactly as `/btql` returns them. What is added is steadiness:
experiments and datasets are read as of the transaction the first page saw, and the token of every later page
carries it. Logs keep no old versions; they are read in the order of `created`, which never changes, so a row
that is written again between two pages is neither skipped nor repeated.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.query import QueryRequest
from assay_server.engines.query.literals import quote
from assay_server.errors import BadRequest

if TYPE_CHECKING:
    from assay_server.services import Services

DEFAULT_LIMIT = 1000
MAX_LIMIT = 10_000

VERSIONED = frozenset({"experiment", "dataset"})


@dataclass(frozen=True, slots=True)
class FetchPage:
    """Rows in the row model, payloads as `msgspec.Raw`; `cursor` is None when nothing is left."""

    events: list[dict[str, Any]]
    cursor: str | None


async def fetch(
    services: Services,
    actor: Actor,
    kind: str,
    ref: str,
    *,
    limit: int | None = None,
    cursor: str | None = None,
    version: str | None = None,
) -> FetchPage:
    """One page of at most `limit` rows of an object given by id or name.

    `version` pins experiments and datasets. Raises NotFound, Forbidden, QueryError for a damaged cursor.
    """
    found = await asyncio.to_thread(services.objects.resolve, actor, kind, ref)
    pinned, inner = _split(cursor) if cursor else (version, None)
    if kind in VERSIONED and not pinned:
        pinned = await _head(services, found)
        if pinned is None:
            return FetchPage([], None)
    request = QueryRequest(
        query=_all_rows(found),
        version=pinned or None,
        cursor=inner,
        limit=min(limit or DEFAULT_LIMIT, MAX_LIMIT),
        raw=True,
    )
    answer = await services.query.run(actor, request)
    return FetchPage(answer.rows, f"{pinned or ''}.{answer.cursor}" if answer.cursor else None)


def _all_rows(ref: ObjectRef) -> dict[str, Any]:
    newest = "_pagination_key" if ref.object_type in VERSIONED else "created"
    return {
        "select": [{"op": "star"}],
        "from": {
            "op": "function",
            "name": {"op": "ident", "name": [ref.object_type]},
            "args": [{"op": "literal", "value": ref.object_id}],
        },
        "sort": [{"expr": {"op": "ident", "name": [newest]}, "dir": "desc"}],
    }


def _split(cursor: str) -> tuple[str | None, str]:
    version, dot, inner = cursor.partition(".")
    if not dot or not inner or not (version == "" or version.isalnum()):
        raise BadRequest("The cursor is damaged; start again without a cursor.", code="cursor_invalid")
    return version or None, inner


async def _head(services: Services, ref: ObjectRef) -> str | None:
    """The newest transaction of an object, deletions included; None when it never had a row."""
    await services.ingest.caught_up()
    where = f"project_id = {quote(ref.project_id)} AND object_id = {quote(ref.object_id)}"
    result = await asyncio.to_thread(services.spans.query, f"SELECT max(_xact_id) FROM spans WHERE {where}")
    newest = int(result.rows[0][0])
    return str(newest) if newest else None
