"""Functions with versions, environments, snapshots, project settings, roles, groups, access rules, service accounts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The helpers below are this migration's own: it must stay what it was when the schema moves on.


def upgrade() -> None:
    """Create everything."""
    _functions()
    _environments()
    _snapshots()
    _project_settings()
    _views_and_variables()
    _access()
    op.add_column(
        "users", sa.Column("service_account", sa.Boolean, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Drop everything, referring tables first."""
    op.drop_column("users", "service_account")
    for table in (
        "acls", "groups", "roles", "env_vars", "views", "mcp_servers", "span_iframes", "project_automations",
        "project_tags", "project_scores", "dataset_snapshots", "environment_objects", "environments",
        "function_versions", "functions",
    ):  # fmt: skip
        op.drop_table(table)


def _functions() -> None:
    _objects(
        "functions",
        [_reference("functions", "project_id", "projects")],
        _text("name", nullable=False),
        _text("slug", nullable=False),
        sa.Column("is_prompt", sa.Boolean, nullable=False),
        _text("description"),
        _text("function_type"),
        _json("function_data"),
        _json("prompt_data"),
        _json("function_schema"),
        _json("tags"),
        _json("metadata"),
        _json("origin"),
        sa.Column("xact_id", sa.BigInteger, nullable=False),
        key="slug",
    )
    op.create_table(
        "function_versions",
        _reference("function_versions", "function_id", "functions"),
        sa.Column("xact_id", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        _json("content", nullable=False),
        _reference("function_versions", "user_id", "users", nullable=True),
        _time("written"),
        sa.PrimaryKeyConstraint("function_id", "xact_id", name="pk_function_versions"),
    )


def _environments() -> None:
    _objects(
        "environments",
        [_reference("environments", "org_id", "organizations")],
        _text("slug", nullable=False),
        _text("name", nullable=False),
        _text("description"),
        key="slug",
    )
    _objects(
        "environment_objects",
        _about("environment_objects"),
        _text("environment_slug", nullable=False),
        _text("object_version", nullable=False),
        key="environment_slug",
    )


def _snapshots() -> None:
    _objects(
        "dataset_snapshots",
        [_reference("dataset_snapshots", "dataset_id", "datasets")],
        _reference("dataset_snapshots", "project_id", "projects"),
        *_described(),
        _text("xact_id", nullable=False),
    )


def _project_settings() -> None:
    columns: dict[str, list[sa.Column[Any]]] = {
        "project_scores": [
            _text("score_type", nullable=False),
            _json("categories"),
            _json("config"),
            _text("position"),
        ],
        "project_tags": [_text("color"), _text("position")],
        "project_automations": [_json("config", nullable=False)],
        "span_iframes": [_text("url", nullable=False), sa.Column("post_message", sa.Boolean)],
        "mcp_servers": [_text("url", nullable=False)],
    }
    for table, more in columns.items():
        _objects(table, [_reference(table, "project_id", "projects")], *_described(), *more)


def _views_and_variables() -> None:
    _objects(
        "views",
        [*_about("views"), sa.Column("view_type", sa.String(64), nullable=False)],
        _text("name", nullable=False),
        _text("description"),
        _json("view_data"),
        _json("options"),
        sa.Column("starred", sa.Boolean),
    )
    _objects(
        "env_vars",
        _about("env_vars"),
        _text("name", nullable=False),
        sa.Column("value", sa.LargeBinary),
        _text("preview_secret"),
        _text("secret_type"),
        _text("secret_category"),
        _json("metadata"),
        _time("used", nullable=True),
    )


def _access() -> None:
    _objects(
        "roles",
        [_reference("roles", "org_id", "organizations")],
        *_described(),
        _json("member_permissions"),
        _json("member_roles"),
    )
    _objects(
        "groups",
        [_reference("groups", "org_id", "organizations")],
        *_described(),
        _json("member_users"),
        _json("member_groups"),
    )
    op.create_table(
        "acls",
        sa.Column("id", sa.String(36), primary_key=True),
        *_about("acls"),
        _reference("acls", "user_id", "users", nullable=True),
        _reference("acls", "group_id", "groups", nullable=True),
        sa.Column("permission", sa.String(16)),
        sa.Column("role_id", sa.String(36)),
        sa.Column("restrict_object_type", sa.String(32)),
        _time("created"),
    )
    op.create_index("ix_acls_org_id_object_type_object_id", "acls", ["org_id", "object_type", "object_id"])


def _objects(table: str, parent: list[sa.Column[str]], *columns: sa.Column[Any], key: str = "name") -> None:
    """A table of objects whose `key` is unique below a parent among what is not deleted."""
    op.create_table(
        table,
        sa.Column("id", sa.String(36), primary_key=True),
        *parent,
        *columns,
        _reference(table, "user_id", "users", nullable=True),
        _time("created"),
        _time("deleted_at", nullable=True),
    )
    names = [column.name for column in parent]
    live = sa.text("deleted_at IS NULL")
    op.create_index(f"ix_{table}_{names[0]}_created", table, [names[0], "created"])
    op.create_index(
        f"uq_{table}_live_{key}", table, [*names, key], unique=True, sqlite_where=live, postgresql_where=live
    )


def _described() -> list[sa.Column[str]]:
    return [_text("name", nullable=False), _text("description")]


def _about(table: str) -> list[sa.Column[str]]:
    """Which object a row is about."""
    return [
        _reference(table, "org_id", "organizations"),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(36), nullable=False),
    ]


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _json(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=nullable)


def _reference(table: str, name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.String(36), key, nullable=nullable)
