"""Rows of the metadata database that are listed newest first, found by name, merged and softly deleted.

Knows no noun: works on any table with `id`, `created` and (where deletion is soft) `deleted_at`. What is written
here is noted for the audit log where the table asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assay.core.ids import new_row_id
from assay.core.merge import deep_merge
from assay.core.times import iso_now
from assay_server.errors import BadRequest
from assay_server.ports.audit import audit_of, note_change

Record = dict[str, Any]
"""One row by column name."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list: at most `limit` records after one id (older) or before one (newer)."""

    limit: int = 1000
    starting_after: str | None = None
    ending_before: str | None = None


def fetch_one(connection: sa.Connection, query: sa.Select[*tuple[Any, ...]]) -> Record | None:
    """The first row of a query, or None."""
    row = connection.execute(query).mappings().first()
    return dict(row) if row is not None else None


def fetch_page(
    connection: sa.Connection,
    query: sa.Select[Any],
    table: sa.Table,
    page: Page,
    *,
    among: sa.ColumnElement[bool],
) -> list[Record]:
    """A page of `query` over `table`, newest first; the cursor may be an id that was deleted since.

    `among` are the rows whose ids are cursors: those of the caller's organization, deleted ones too. Raises
    BadRequest for another cursor, or for two cursors at once.
    """
    key = sa.tuple_(table.c.created, table.c.id)
    if page.starting_after and page.ending_before:
        raise BadRequest("Give starting_after or ending_before, not both.", code="page_invalid")
    if page.ending_before:
        query = query.where(key > _position(connection, table, among, "ending_before", page.ending_before))
        newest_last = query.order_by(table.c.created, table.c.id).limit(page.limit)
        return [dict(row) for row in connection.execute(newest_last).mappings()][::-1]
    if page.starting_after:
        query = query.where(key < _position(connection, table, among, "starting_after", page.starting_after))
    newest_first = query.order_by(table.c.created.desc(), table.c.id.desc()).limit(page.limit)
    return [dict(row) for row in connection.execute(newest_first).mappings()]


def _position(
    connection: sa.Connection, table: sa.Table, among: sa.ColumnElement[bool], parameter: str, cursor: str
) -> sa.Tuple:
    place = sa.select(table.c.created, table.c.id).where(table.c.id == cursor, among)
    row = connection.execute(place).first()
    if row is None:
        raise BadRequest(
            f"{parameter}={cursor[:100]!r} is not an id of this list; take the id of an object it returned.",
            code="page_invalid",
        )
    return sa.tuple_(sa.literal(row.created), sa.literal(row.id))


def insert(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> Record:
    """Add a row with a fresh id, created now unless told. Raises IntegrityError when a unique value is taken."""
    row = {"id": new_row_id(), **values, "created": values.get("created") or iso_now()}
    added = dict(connection.execute(table.insert().values(row).returning(table)).mappings().one())
    note_change(connection, table, None, added)
    return added


def find_same(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, Any], *, identity: Sequence[str]
) -> Record | None:
    """The live row that has the `identity` columns of `values`."""
    same = [table.c[name] == values[name] for name in identity]
    return fetch_one(connection, sa.select(table).where(*same, table.c.deleted_at.is_(None)))


def insert_or_find(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, Any], *, identity: Sequence[str]
) -> tuple[Record, bool]:
    """Add a row, or find the live one with the same `identity` columns: `(row, found)`.

    Safe between processes: the unique index decides, and the loser of a race finds the winner's row.
    """
    found = find_same(connection, table, values, identity=identity)
    if found is not None:
        return found, True
    try:
        with connection.begin_nested():
            return insert(connection, table, values), False
    except IntegrityError:
        found = find_same(connection, table, values, identity=identity)
        if found is None:
            raise
        return found, True


def update(connection: sa.Connection, table: sa.Table, row_id: str, changes: Mapping[str, Any]) -> Record:
    """Set columns of one row and return it. Raises IntegrityError when a unique value is taken."""
    this = table.c.id == row_id
    if not changes:
        return dict(connection.execute(sa.select(table).where(this)).mappings().one())
    before = fetch_one(connection, sa.select(table).where(this)) if audit_of(table) else None
    changed = table.update().where(this).values(**changes).returning(table)
    after = dict(connection.execute(changed).mappings().one())
    if before is not None:
        note_change(connection, table, before, after)
    return after


def merge(
    connection: sa.Connection,
    table: sa.Table,
    row: Record,
    changes: Mapping[str, Any],
    *,
    whole: Collection[str] = (),
) -> Record:
    """Like `update`, but an object is laid over a stored object key by key, except in `whole`; None clears."""
    merged = {
        name: value if name in whole else deep_merge(row[name], value) for name, value in changes.items()
    }
    return update(connection, table, row["id"], merged)


def soft_delete(connection: sa.Connection, table: sa.Table, row_id: str) -> Record:
    """Mark one row deleted and return it as it is then."""
    return update(connection, table, row_id, {"deleted_at": iso_now()})


def remove(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Record]:
    """Delete rows for good and return what they were."""
    deleted = connection.execute(table.delete().where(*where).returning(table)).mappings()
    gone: list[Record] = [dict(row) for row in deleted]
    for row in gone:
        note_change(connection, table, row, None)
    return gone
