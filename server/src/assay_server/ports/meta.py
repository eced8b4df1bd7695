"""The metadata schema every table joins, and column types that mean the same on SQLite and PostgreSQL.

A noun's tables stand in `features/<noun>/tables.py`; the database itself is `adapters/meta`. Times are
ISO 8601 text in UTC with microseconds, so text order is time order on every database and the wire form is
the stored form.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

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


def live_name_index(table: sa.Table, parent: str) -> sa.Index:
    """Names are unique below a parent among what is not deleted, also when two processes create at once."""
    live = table.c.deleted_at.is_(None)
    return sa.Index(
        f"uq_{table.name}_live_name",
        table.c[parent],
        table.c.name,
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
