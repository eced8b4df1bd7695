"""Brings the schema of a database to the version of this program."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from assay_server.errors import AssayError

_LOCK = 0x0A55A9  # advisory lock on PostgreSQL, so that two servers starting at once do not both migrate


class SchemaTooNew(AssayError):
    """The database was written by a newer version."""

    code = "schema_too_new"


def upgrade(connection: sa.Connection) -> None:
    """Run the missing migrations inside the caller's transaction.

    Raises SchemaTooNew when the database holds a revision this program does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = schema_config(connection)
    scripts = ScriptDirectory.from_config(config)
    at = revision_of(connection)
    if at == scripts.get_current_head():
        return
    if at is not None and at not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNew(
            f"The metadata database is at revision {at!r}, which this version does not know. "
            "Start the version that wrote it, or a newer one.",
            revision=at,
        )
    command.upgrade(config, "head")


def revision_of(connection: sa.Connection) -> str | None:
    """The revision a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def schema_config(connection: sa.Connection) -> Config:
    """The migrations, to be run on a connection by commands of Alembic."""
    config = Config()
    config.attributes["connection"] = connection
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
