"""Organizations, users, credentials, projects, experiments, datasets, provider keys, jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The helpers below are this migration's own: it must stay what it was when the schema moves on.


def upgrade() -> None:
    """Create everything."""
    _people()
    _credentials()
    _projects()
    _experiments_and_datasets()
    _provider_keys()
    _jobs()


def downgrade() -> None:
    """Drop everything, referring tables first."""
    for table in (
        "jobs", "ai_secrets", "datasets", "experiments", "projects", "sessions", "login_tokens", "api_keys",
        "members", "users", "organizations",
    ):  # fmt: skip
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "organizations",
        _id(),
        _text("name", nullable=False),
        _time("created"),
        sa.UniqueConstraint("name", name="uq_organizations_name"),
    )
    op.create_table(
        "users",
        _id(),
        _text("email", nullable=False),
        _text("given_name"),
        _text("family_name"),
        _time("created"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "members",
        _reference("members", "org_id", "organizations"),
        _reference("members", "user_id", "users"),
        sa.Column("role", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "user_id", name="pk_members"),
    )
    op.create_index("ix_members_user_id", "members", ["user_id"])


def _credentials() -> None:
    op.create_table(
        "api_keys",
        _id(),
        _reference("api_keys", "org_id", "organizations"),
        _reference("api_keys", "user_id", "users"),
        _text("name", nullable=False),
        _text("preview_name", nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        _time("created"),
        _time("expires_at", nullable=True),
        _time("deleted_at", nullable=True),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_index("ix_api_keys_org_id", "api_keys", ["org_id"])
    op.create_table(
        "login_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        _reference("login_tokens", "org_id", "organizations"),
        _reference("login_tokens", "user_id", "users"),
        _time("expires_at"),
        _time("used_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_login_tokens"),
    )
    op.create_table(
        "sessions",
        _id(),
        sa.Column("token_hash", sa.String(64), nullable=False),
        _reference("sessions", "org_id", "organizations"),
        _reference("sessions", "user_id", "users"),
        _time("created"),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )


def _projects() -> None:
    op.create_table(
        "projects",
        _id(),
        _reference("projects", "org_id", "organizations"),
        _text("name", nullable=False),
        _text("description"),
        _json("settings"),
        *_owned("projects"),
    )
    _live_names("projects", "org_id")


def _experiments_and_datasets() -> None:
    op.create_table(
        "experiments",
        _id(),
        _reference("experiments", "project_id", "projects"),
        _text("name", nullable=False),
        _text("description"),
        _json("repo_info"),
        _text("commit"),
        sa.Column("base_exp_id", sa.String(36)),
        sa.Column("dataset_id", sa.String(36)),
        _text("dataset_version"),
        sa.Column("parameters_id", sa.String(36)),
        _text("parameters_version"),
        sa.Column("public", sa.Boolean, nullable=False),
        _json("metadata"),
        _json("tags"),
        _json("internal_metadata"),
        *_owned("experiments"),
    )
    _live_names("experiments", "project_id")
    op.create_table(
        "datasets",
        _id(),
        _reference("datasets", "project_id", "projects"),
        _text("name", nullable=False),
        _text("url_slug", nullable=False),
        _text("description"),
        _json("metadata"),
        _json("tags"),
        *_owned("datasets"),
    )
    _live_names("datasets", "project_id")


def _provider_keys() -> None:
    op.create_table(
        "ai_secrets",
        _id(),
        _reference("ai_secrets", "org_id", "organizations"),
        _text("name", nullable=False),
        _text("type"),
        sa.Column("secret", sa.LargeBinary),
        _text("preview_secret"),
        _json("metadata"),
        _time("created"),
        _time("updated_at"),
        sa.UniqueConstraint("org_id", "name", name="uq_ai_secrets_org_id_name"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False
        ),
        _text("kind", nullable=False),
        _text("subject", nullable=False),
        _text("version", nullable=False),
        _json("payload"),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("lease", sa.String(36)),
        _text("error"),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("kind", "subject", "version", name="uq_jobs_kind_subject_version"),
    )
    op.create_index("ix_jobs_state_due", "jobs", ["state", "due"])


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(36), primary_key=True)


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True))


def _time(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=nullable)


def _reference(table: str, name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.String(36), key, nullable=nullable)


def _owned(table: str) -> list[sa.Column[str]]:
    """Who made it, when, and when it was deleted."""
    return [
        _reference(table, "user_id", "users", nullable=True),
        _time("created"),
        _time("deleted_at", nullable=True),
    ]


def _live_names(table: str, parent: str) -> None:
    live = sa.text("deleted_at IS NULL")
    op.create_index(f"ix_{table}_{parent}_created", table, [parent, "created"])
    op.create_index(
        f"uq_{table}_live_name",
        table,
        [parent, "name"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
