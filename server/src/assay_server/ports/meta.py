"""The metadata schema every table joins, and column types that mean the same on SQLite and PostgreSQL.

A noun's tables stand in `features/<noun>/tables.py`; the database itself is `adapters/meta`. Times are
ISO 8601 text in UTC with microseconds, so text order is time order on every database and the wire form is
the stored form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from assay_server.ports.audit import audited

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""One registry: foreign keys cross nouns by table name, migrations and drift checks see every table."""

JsonColumn = sa.JSON(none_as_null=True)
"""JSON whose Python None is SQL NULL."""


def id_column() -> sa.Column[str]:
    """Primary key: a UUID in text form."""
    return sa.Column("id", sa.String(36), primary_key=True)


def time_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A point in time as `2026-11-21T00:23:59.123456Z`."""
    return sa.Column(name, sa.String(27), nullable=nullable)


def reference(name: str, target: str, *, nullable: bool = False, **options: Any) -> sa.Column[str]:
    """A foreign key to `table.column` of another noun."""
    return sa.Column(name, sa.String(36), sa.ForeignKey(target), nullable=nullable, **options)


def live_index(table: sa.Table, *columns: str) -> sa.Index:
    """The columns are unique together among what is not deleted, also when two processes create at once."""
    live = table.c.deleted_at.is_(None)
    return sa.Index(
        f"uq_{table.name}_live_{columns[-1]}",
        *(table.c[column] for column in columns),
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def object_table(
    name: str,
    parent: Sequence[sa.Column[Any]],
    *columns: sa.Column[Any],
    key: str = "name",
    audit: Mapping[str, Any] | None = None,
) -> sa.Table:
    """A table of objects that are found by `key` below a parent, listed newest first and softly deleted.

    `parent` are the columns within which the key is unique; the first one heads the index of lists. Changes go to
    the audit log; `audit` says what is special about that (fields of `Audited`).
    """
    called = "name" if any(column.name == "name" for column in columns) else key
    info = audited(
        name.removesuffix("s"), **{"name": called, "ignored": frozenset({"user_id"}), **(audit or {})}
    )
    table = sa.Table(
        name,
        metadata,
        id_column(),
        *parent,
        *columns,
        reference("user_id", "users.id", nullable=True),
        time_column("created"),
        time_column("deleted_at", nullable=True),
        info=info,
    )
    live_index(table, *(column.name for column in parent), key)
    sa.Index(None, parent[0], table.c.created)
    return table


def in_organization() -> sa.Column[str]:
    """The column of a table whose objects belong to an organization."""
    return reference("org_id", "organizations.id")


def in_project() -> sa.Column[str]:
    """The column of a table whose objects belong to a project."""
    return reference("project_id", "projects.id")


def about_object() -> list[sa.Column[Any]]:
    """The columns of a table whose objects are about another object of any type."""
    object_type = sa.Column("object_type", sa.String(32), nullable=False)
    return [in_organization(), object_type, sa.Column("object_id", sa.String(36), nullable=False)]
