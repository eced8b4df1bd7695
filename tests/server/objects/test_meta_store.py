"""The metadata database: private file, migrations equal to the tables, transactions that hold."""

from __future__ import annotations

import importlib
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

import assay_server.features.orgs
from assay_server.adapters.meta.migrate import SchemaTooNew, schema_config
from assay_server.adapters.meta.store import MetaStore
from assay_server.features.functions.tables import function_versions, functions
from assay_server.features.orgs.tables import organizations
from assay_server.ports.meta import metadata

PACKAGE = Path(assay_server.features.orgs.__file__).parents[2]
for path in PACKAGE.glob("**/tables.py"):  # importing a table registers it
    importlib.import_module(".".join(("assay_server", *path.relative_to(PACKAGE).with_suffix("").parts)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MetaStore]:
    store = MetaStore(f"sqlite:///{tmp_path / 'meta.db'}")
    store.start()
    yield store
    store.close()


def insert_org(connection: sa.Connection, name: str) -> None:
    row = {"id": name, "name": name, "created": "2026-01-01T00:00:00.000000Z"}
    connection.execute(organizations.insert().values(row))


def names(store: MetaStore) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(sa.select(organizations.c.name).order_by("name")))


def test_migrated_schema_is_the_declared_one(store: MetaStore) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        inspector = sa.inspect(connection)
        for table in metadata.sorted_tables:
            found = {key["name"] for key in inspector.get_foreign_keys(table.name)}
            assert found == {key.name for key in table.foreign_key_constraints}, table.name
            assert {index["name"] for index in inspector.get_indexes(table.name)} >= {
                index.name for index in table.indexes
            }


def test_file_is_private_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "meta.db"
    for name in ("first", "second"):
        store = MetaStore(f"sqlite:///{path}")
        store.start()
        with store.begin() as connection:
            insert_org(connection, name)
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {0o600}
        store.close()
    store = MetaStore(f"sqlite:///{path}")
    store.start()
    assert names(store) == ["first", "second"]
    store.close()


def test_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "meta.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        raw.execute("INSERT INTO alembic_version VALUES ('9999')")
    store = MetaStore(f"sqlite:///{path}")
    with pytest.raises(SchemaTooNew, match="'9999'"):
        store.start()
    store.close()


def test_functions_of_before_name_the_author_of_their_newest_version(tmp_path: Path) -> None:
    store = MetaStore(f"sqlite:///{tmp_path / 'meta.db'}")
    versions = [("f", 1, "ada"), ("f", 2, "bob"), ("g", 3, "ada"), ("g", 4, None), ("h", 5, "bob")]
    with store.begin() as connection:
        configured = schema_config(connection)
        command.upgrade(configured, "0008")
        connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        for name in "ada", "bob":
            connection.execute(
                sa.text(f"INSERT INTO users (id, email, created) VALUES ('{name}', '{name}', '')")
            )
        for name, author in {"f": "ada", "g": "ada", "h": "bob"}.items():
            row = {"id": name, "project_id": "p", "name": name, "slug": name, "is_prompt": True, "xact_id": 0,
                   "user_id": author, "created": ""}  # fmt: skip
            connection.execute(functions.insert().values(row))
        for name, xact, author in versions:
            row = {"function_id": name, "xact_id": xact, "deleted": False, "content": {}, "user_id": author,
                   "written": ""}  # fmt: skip
            connection.execute(function_versions.insert().values(row))
        authors = sa.select(functions.c.user_id).order_by(functions.c.id)
        command.upgrade(configured, "0009")
        assert list(connection.scalars(authors)) == ["bob", None, "bob"]
        command.downgrade(configured, "0008")
        assert list(connection.scalars(authors)) == ["ada", "ada", "bob"]
        connection.execute(sa.text("INSERT INTO organizations (id, name, created) VALUES ('o', 'o', '')"))
        connection.execute(
            sa.text("INSERT INTO projects (id, org_id, name, created) VALUES ('p', 'o', 'p', '')")
        )
    store.close()


def insert_twice(store: MetaStore) -> None:
    with store.begin() as connection:
        insert_org(connection, "gone")
        insert_org(connection, "gone")


def test_exception_rolls_back(store: MetaStore) -> None:
    with pytest.raises(IntegrityError):
        insert_twice(store)
    assert names(store) == []


def test_foreign_keys_hold(store: MetaStore) -> None:
    orphan = sa.text("INSERT INTO members VALUES ('no org', 'no user', 'owner')")
    with store.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(orphan)


def test_writers_wait_for_each_other(store: MetaStore) -> None:
    """Read, then write on what was read, from many threads: none is lost and none fails as busy."""
    with store.begin() as connection:
        insert_org(connection, "0")

    def rename() -> None:
        for _ in range(10):
            with store.begin() as connection:
                now = connection.scalar(sa.select(organizations.c.name))
                connection.execute(organizations.update().values(name=str(int(now or 0) + 1)))

    threads = [threading.Thread(target=rename) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(store) == ["60"]


def test_memory_database_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        MetaStore("sqlite://")
