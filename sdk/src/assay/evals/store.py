"""The local store of answers and scores: one SQLite file in the user's cache directory, shared by processes.

It holds what runs with `cache=True` made here, and copies of what earlier experiments on the server made (see
`earlier`). An entry is never renewed by being used, so that it ages from the moment it was made.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from assay.core.errors import ConfigError

MAX_AGE = 30 * 86_400.0
"""Seconds after which an entry is no longer used: models change behind their names."""

_BATCH = 256
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, made REAL NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pulled (experiment_id TEXT PRIMARY KEY, xact TEXT NOT NULL) WITHOUT ROWID;
"""


class Answer(msgspec.Struct, omit_defaults=True):
    """What a task answered. `made` in unix seconds, `seconds` is what it took; `origin` is the row it came
    from (`object_type`, `object_id`, `id`), when it was recorded.
    """

    made: float
    seconds: float
    output: Any = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    origin: dict[str, str] | None = None


class Scored(msgspec.Struct, omit_defaults=True):
    """What a scorer answered: name, score and metadata of each."""

    made: float
    scores: list[tuple[str, float | None, dict[str, Any]]]


_encode = msgspec.json.Encoder().encode
_answer = msgspec.json.Decoder(Answer).decode
_scored = msgspec.json.Decoder(Scored).decode


def store_path() -> Path:
    """`cells.sqlite3` in ASSAY_CACHE_DIR, else in `~/.cache/assay` (`XDG_CACHE_HOME` is honoured)."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("ASSAY_CACHE_DIR") or Path(base) / "assay") / "cells.sqlite3"


class CellStore:
    """The open store. Used by one thread at a time; writes gather and reach the file with `flush`."""

    def __init__(self, path: Path | None = None) -> None:
        """Raises ConfigError when the file cannot be opened."""
        self.path = path or store_path()
        file = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            file = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
            file.executescript(_SCHEMA)
            file.execute("DELETE FROM answers WHERE made < ?", (time.time() - MAX_AGE,))
        except (OSError, sqlite3.Error) as error:
            if file is not None:
                file.close()
            raise ConfigError(
                f"the cache {self.path} cannot be used ({error}): set ASSAY_CACHE_DIR"
            ) from error
        self._file = file
        self._waiting: dict[str, tuple[float, bytes]] = {}

    def answer(self, key: str) -> Answer | None:
        """The answer under this key, unless it is too old."""
        found = self._get(key)
        return None if found is None else _answer(found)

    def scored(self, key: str) -> Scored | None:
        """The scores under this key, unless they are too old."""
        found = self._get(key)
        return None if found is None else _scored(found)

    def has(self, key: str) -> bool:
        """Whether there is something under this key."""
        return self._get(key) is not None

    def put(self, key: str, value: Answer | Scored) -> None:
        """Keep a value; of two under one key the newer stays. Values JSON cannot hold are left out."""
        with contextlib.suppress(msgspec.MsgspecError, TypeError, ValueError):
            self._waiting[key] = (value.made, _encode(value))
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered. A full disk costs entries, never the run."""
        rows = [(key, made, text) for key, (made, text) in self._waiting.items()]
        self._waiting = {}
        with contextlib.suppress(sqlite3.Error), self._transaction():
            self._file.executemany(
                "INSERT INTO answers VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
                "SET made = excluded.made, value = excluded.value WHERE excluded.made > made",
                rows,
            )

    def pulled_until(self, experiment_id: str) -> str:
        """The transaction up to which an experiment's rows have been copied; '0' when none have."""
        found = self._file.execute(
            "SELECT xact FROM pulled WHERE experiment_id = ?", (experiment_id,)
        ).fetchone()
        return found[0] if found else "0"

    def note_pulled(self, experiment_id: str, xact: str) -> None:
        """Remember how far an experiment has been copied."""
        self._file.execute("INSERT OR REPLACE INTO pulled VALUES (?, ?)", (experiment_id, xact))

    def close(self) -> None:
        """Write what has gathered and close the file."""
        self.flush()
        self._file.close()

    def _get(self, key: str) -> bytes | None:
        waiting = self._waiting.get(key)
        if waiting is not None:
            return waiting[1]
        query = "SELECT value FROM answers WHERE key = ? AND made >= ?"
        found = self._file.execute(query, (key, time.time() - MAX_AGE)).fetchone()
        return found[0] if found else None

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def __enter__(self) -> CellStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
