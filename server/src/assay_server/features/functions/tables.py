"""Tables of functions, of which prompts are one type, and of their versions."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.audit import Row
from assay_server.ports.meta import JsonColumn, in_project, metadata, object_table, reference, time_column


def _called(_connection: sa.Connection, row: Row) -> tuple[str, str | None]:
    return "prompt" if row["is_prompt"] else "function", row["name"]


functions = object_table(
    "functions",
    [in_project()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("is_prompt", sa.Boolean, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("function_type", sa.Text),
    sa.Column("function_data", JsonColumn),
    sa.Column("prompt_data", JsonColumn),
    sa.Column("function_schema", JsonColumn),
    sa.Column("tags", JsonColumn),
    sa.Column("metadata", JsonColumn),
    sa.Column("origin", JsonColumn),
    sa.Column("xact_id", sa.BigInteger, nullable=False),
    key="slug",
    audit={"called": _called},
)
"""The newest version of each; `xact_id` is the transaction that wrote it, `user_id` whoever did."""

function_versions = sa.Table(
    "function_versions",
    metadata,
    reference("function_id", "functions.id", primary_key=True),
    sa.Column("xact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("content", JsonColumn, nullable=False),
    reference("user_id", "users.id", nullable=True),
    time_column("written"),
)
"""Every version there was and who wrote it; `content` holds the columns of `functions` from `name` to `origin`."""

_WHOLE = frozenset({"function_data", "prompt_data", "function_schema", "origin"})

FUNCTION = ObjectKind(name="function", table=functions, key="slug", whole=_WHOLE)
PROMPT = ObjectKind(name="prompt", table=functions, key="slug", whole=_WHOLE, only=functions.c.is_prompt)
