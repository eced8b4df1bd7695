"""Naming versions of a dataset, and writing an old version on top of the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.ingest.rows import JSON_FIELDS, RowWrite
from assay_server.engines.ingest.state import state_from_store
from assay_server.engines.query.literals import quote
from assay_server.engines.records import Record
from assay_server.engines.versions import parse_version
from assay_server.errors import Conflict
from assay_server.features.projects.service import ObjectService, StoreOver

if TYPE_CHECKING:
    from assay_server.services import Services

KIND = "dataset_snapshot"
_CHUNK = 1_000
_CONTENT = ", ".join((*(name for name in JSON_FIELDS if name != "comments"), "extra"))
_STATE = f"(_deleted, _xact_id, cityHash64({_CONTENT}), comments)"
_CHANGES = f"""
SELECT id, then_live AND (NOT now_live OR now.3 != then.3) AS restore, then.2 AS version, now.4 AS comments FROM (
  SELECT id,
    argMaxIf({_STATE}, (_xact_id, _seq), _xact_id <= {{version}}) AS then,
    argMax({_STATE}, (_xact_id, _seq)) AS now,
    countIf(_xact_id <= {{version}}) > 0 AND then.1 = 0 AS then_live,
    now.1 = 0 AS now_live
  FROM spans WHERE {{owned}} GROUP BY id
) WHERE restore OR (now_live AND NOT then_live) ORDER BY id
"""
_ROWS = f"""
SELECT object_id, id, toUnixTimestamp64Micro(created) AS created_us, span_id, root_span_id, span_parents, _xact_id,
  _seq, _deleted, '' AS comments, {_CONTENT}
FROM spans WHERE {{owned}} AND (id, _xact_id) IN ({{wanted}}) ORDER BY id, _seq DESC LIMIT 1 BY id
"""


class SnapshotStore(StoreOver):
    """Snapshots, whose version is kept in decimal."""

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Name a version, or find the one of that name: `(snapshot, found)`; `replace` moves the name."""
        version = str(parse_version(values["xact_id"]))
        return self.objects.create(actor, kind, {**values, "xact_id": version}, replace=replace)


def register_snapshot(
    objects: ObjectService, actor: Actor, values: Mapping[str, Any], *, update: bool
) -> tuple[Record, bool]:
    """Name a version: `(snapshot, found)`. Raises Conflict when the name has another version and no `update`."""
    row, found = SnapshotStore(objects).create(actor, KIND, values, replace=update)
    if row["xact_id"] != str(parse_version(values["xact_id"])):
        raise Conflict(
            f"The dataset has a snapshot {row['name']!r} of another version; choose another name, "
            'or send "update": true to move it.',
            code="name_taken",
        )
    return row, found


@dataclass(frozen=True, slots=True)
class OldRow:
    """A row to write again: its id, the transaction that wrote it, and the comments it has by now."""

    id: str
    xact: int
    comments: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What tells the newest version of a dataset from an old one: rows to write again, and ids to delete."""

    restore: Sequence[OldRow]
    delete: Sequence[str]


async def difference(services: Services, ref: ObjectRef, version: int) -> Difference:
    """Compare a dataset as it is with a version of it; comments make no difference."""
    await services.ingest.caught_up()
    sql = _CHANGES.format(owned=_owned(ref), version=version)
    rows = (await asyncio.to_thread(services.spans.query, sql)).rows
    return Difference(
        restore=[OldRow(row_id, int(xact), comments) for row_id, again, xact, comments in rows if again],
        delete=[row_id for row_id, again, _, _ in rows if not again],
    )


async def restore(
    services: Services, actor: Actor, ref: ObjectRef, version: int
) -> tuple[int | None, Difference]:
    """Write the rows of an old version again and delete what came since, in one transaction.

    Returns its id, None when there was nothing to do. The versions in between stay readable.
    """
    found = await difference(services, ref, version)
    writes = [
        RowWrite(ref.project_id, "dataset", ref.object_id, row_id, "delete", {}) for row_id in found.delete
    ]
    for at in range(0, len(found.restore), _CHUNK):
        writes += await asyncio.to_thread(_old_rows, services, ref, found.restore[at : at + _CHUNK])
    return (await services.ingest.append(writes, author=actor.author) if writes else None), found


def _old_rows(services: Services, ref: ObjectRef, wanted: Sequence[OldRow]) -> list[RowWrite]:
    comments = {row.id: row.comments for row in wanted}
    pairs = ", ".join(f"({quote(row.id)}, {row.xact})" for row in wanted)
    found = services.spans.query(_ROWS.format(owned=_owned(ref), wanted=pairs))
    records = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
    return [_write(ref, {**record, "comments": comments[record["id"]]}) for record in records]


def _write(ref: ObjectRef, record: Mapping[str, Any]) -> RowWrite:
    state = state_from_store(record)
    return RowWrite(
        ref.project_id, "dataset", ref.object_id, state.id, "replace", dict(state.fields),
        created_us=state.created_us, span_id=state.span_id, root_span_id=state.root_span_id,
        span_parents=state.span_parents,
    )  # fmt: skip


def _owned(ref: ObjectRef) -> str:
    return f"project_id = {quote(ref.project_id)} AND object_type = 'dataset' AND object_id = {quote(ref.object_id)}"
