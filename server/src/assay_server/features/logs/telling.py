"""Rows that concern people: after they are stored, whoever is mentioned or newly assigned is told."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from assay_server.engines.authz import Actor
from assay_server.engines.query.types import QueryRequest
from assay_server.errors import AssayError
from assay_server.features.notifications.service import ASSIGNMENTS, Concern, assigned_to

if TYPE_CHECKING:
    from assay_server.services import Services

log = logging.getLogger(__name__)
_AT_ONCE = 500


async def assigned_before(
    services: Services, actor: Actor, concerned: Sequence[Concern]
) -> dict[tuple[str, str, str], list[str]]:
    """Whom the rows of assignments are assigned to now. Empty where the actor may write but not read."""
    wanted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for concern in concerned:
        if concern.assigned:
            wanted[concern.row.object_type, concern.row.object_id].append(concern.row.id)
    found: dict[tuple[str, str, str], list[str]] = {}
    for (kind, object_id), ids in wanted.items():
        for at in range(0, len(ids), _AT_ONCE):
            listed = ", ".join("'" + one.replace("'", "''") + "'" for one in ids[at : at + _AT_ONCE])
            sql = (
                f"SELECT id, metadata.\"{ASSIGNMENTS}\" AS people FROM {kind}('{object_id}') "
                f"WHERE id IN ({listed}) LIMIT {_AT_ONCE}"
            )
            try:
                answer = await services.query.run(actor, QueryRequest(query=sql))
            except AssayError:
                continue
            for row in answer.rows:
                found[kind, object_id, row["id"]] = assigned_to({ASSIGNMENTS: row["people"]})
    return found


async def tell(
    services: Services,
    actor: Actor,
    concerned: Sequence[Concern],
    before: dict[tuple[str, str, str], list[str]],
) -> None:
    """Tell people. Rows are stored by now: that somebody could not be told must not make the writer send them again."""
    try:
        await run_in_threadpool(services.notifications.tell, actor, concerned, before)
    except Exception:
        log.exception("rows were stored, but not everyone they concern could be told")
