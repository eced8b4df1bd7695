"""A function names who wrote its newest version, as it names the transaction that did; its versions always did."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_functions = sa.table("functions", sa.column("id"), sa.column("user_id"))
_versions = sa.table(
    "function_versions", sa.column("function_id"), sa.column("xact_id"), sa.column("user_id")
)


def upgrade() -> None:
    """Put the author of the newest version in the place of who wrote the first one."""
    _name_author(sa.func.max(_versions.c.xact_id))


def downgrade() -> None:
    """Go back to who wrote the first one."""
    _name_author(sa.func.min(_versions.c.xact_id))


def _name_author(of: sa.ColumnElement[Any]) -> None:
    versions = _versions.alias("written")
    wanted = sa.select(of).where(_versions.c.function_id == versions.c.function_id).scalar_subquery()
    author = sa.select(versions.c.user_id).where(
        versions.c.function_id == _functions.c.id, versions.c.xact_id == wanted
    )
    op.execute(_functions.update().values(user_id=author.scalar_subquery()))
