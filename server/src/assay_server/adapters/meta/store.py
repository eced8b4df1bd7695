"""The metadata database behind one door: `read()` and `begin()` give connections, `start()` migrates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from assay_server.adapters.meta.audit import write_entries
from assay_server.adapters.meta.migrate import revision_of, upgrade
from assay_server.ports.audit import collect_changes, stop_collecting

_BUSY_SECONDS = 10
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # rows acknowledged elsewhere point at these objects: a power cut must not undo them
    "foreign_keys=ON",
    f"busy_timeout={_BUSY_SECONDS * 1000}",
)


class MetaStore:
    """SQLAlchemy engine with our defaults. Thread-safe; every method blocks."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            self.engine = _sqlite_engine(self.url)
        else:
            self.engine = sa.create_engine(self.url, pool_size=10, max_overflow=30, pool_pre_ping=True)
        self._writer = self.engine.execution_options(assay_begin="IMMEDIATE")

    def start(self) -> None:
        """Create the schema or bring it to this version. Raises SchemaTooNew for a newer database."""
        with self.begin() as connection:
            upgrade(connection)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that writes: committed at the end, rolled back on an exception.

        On SQLite it takes the write lock at once, so what it reads stays true until it commits. Changes of audited
        tables that were noted meanwhile get their entries in the audit log before it commits.
        """
        with self._writer.begin() as connection:
            changes = collect_changes(connection)
            try:
                yield connection
                write_entries(connection, changes)
            finally:
                stop_collecting(connection)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading."""
        with self.engine.connect() as connection:
            yield connection

    def revision(self) -> str | None:
        """The migration the schema is at."""
        with self.read() as connection:
            return revision_of(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("The metadata database needs a file: give sqlite:///path/to/meta.db")
    _create_private(Path(url.database))
    engine = sa.create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS},
        pool_size=10,
        max_overflow=30,
        pool_timeout=_BUSY_SECONDS,
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _create_private(path: Path) -> None:
    """Create the file readable by its owner only; SQLite gives its -wal and -shm files the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    os.chmod(path, 0o600)


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not guessed by the driver
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get("assay_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
