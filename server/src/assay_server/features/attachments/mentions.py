"""Whether rows that a shared link shows refer to a file: a key alone, which names no object, opens none of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from assay_server.engines.authz import Actor
from assay_server.engines.query.types import QueryRequest
from assay_server.errors import NotFound

if TYPE_CHECKING:
    from assay_server.engines.query.engine import QueryEngine

_COLUMNS = ("input", "output", "expected", "error", "metadata")
_ROWS = 20
_REFERENCE = "braintrust_attachment"  # what the wire format calls a stored file


async def require_mentioned(query: QueryEngine, actor: Actor, key: str) -> None:
    """Raises NotFound unless a row that the link shows refers to the attachment. Reads rows with the link's rights."""
    for source, object_id in _sources(actor):
        sql = (
            f"SELECT {', '.join(_COLUMNS)} FROM {source}('{object_id}') WHERE "
            + " OR ".join(f"{column} LIKE '%{_pattern(key)}%'" for column in _COLUMNS)
            + f" LIMIT {_ROWS}"
        )
        answer = await query.run(actor, QueryRequest(query=sql))
        if any(key in _keys(list(row.values())) for row in answer.rows):
            return
    raise NotFound("A shared link shows no attachment of this key.", code="attachment_not_found")


def _sources(actor: Actor) -> Iterator[tuple[str, str]]:
    shared = actor.shared
    if shared is not None:
        yield shared.object_type, shared.object_id
        yield from (("experiment", one) for one in shared.baseline_ids)


def _pattern(key: str) -> str:
    """The key as JSON text has it, for a LIKE: wildcards stand for themselves."""
    text = json.dumps(key, ensure_ascii=False)[1:-1]
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text.replace("'", "''")


def _keys(value: Any) -> Iterator[str]:
    """The keys of every reference to an attachment inside a value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
            if one.get("type") == _REFERENCE and isinstance(one.get("key"), str):
                yield one["key"]
        elif isinstance(one, list):
            waiting.extend(one)
