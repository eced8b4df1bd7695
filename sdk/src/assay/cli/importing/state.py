"""What an import has done, in one SQLite file: killed at any moment, it goes on from there."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.cli.failures import CommandFailed

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (scope TEXT, key TEXT, value TEXT, PRIMARY KEY (scope, key)) WITHOUT ROWID"


def default_path(source: str, target: str) -> Path:
    """`~/.local/state/assay/import/<digest of both sides>.db` (`XDG_STATE_HOME` is honoured)."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    digest = hashlib.sha256(f"{source}\n{target}".encode()).hexdigest()[:16]
    return Path(base) / "assay" / "import" / f"{digest}.db"


class State:
    """Values by scope and key. Each `put` is on disk when it returns. One process at a time."""

    def __init__(self, path: Path | None, *, source: str, target: str) -> None:
        """Open or begin the record of an import between two sides; without a path it is kept in memory.

        Raises CommandFailed when the file belongs to another import, is in use, or is no record at all.
        """
        self.path = path
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path or ":memory:", timeout=1.0, isolation_level=None)
            if path is not None:
                path.chmod(0o600)
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute(_SCHEMA)
            sides = {"source": source, "target": target}
            if (known := self.get("meta", "sides")) is None:
                self.put("meta", "sides", sides)
            elif known != sides:
                raise CommandFailed(
                    f"{path} is the record of an import from {known['source']} to {known['target']}: "
                    "give another file with --state"
                )
            self._db.execute("UPDATE state SET value = value WHERE scope = 'meta'")  # takes the lock
        except (sqlite3.Error, OSError) as error:
            busy = "locked" in str(error)
            hint = "another import is using it" if busy else "give another file with --state"
            raise CommandFailed(f"the record of the import, {path}: {error}; {hint}") from error

    def get(self, scope: str, key: str) -> Any:
        """The value put last, or None."""
        row = self._db.execute("SELECT value FROM state WHERE scope = ? AND key = ?", (scope, key)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, scope: str, key: str, value: Any) -> None:
        """Keep a JSON value."""
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", (scope, key, json.dumps(value)))

    def items(self, scope: str) -> Iterator[tuple[str, Any]]:
        """Keys and values of a scope, in the order of the keys."""
        rows = self._db.execute(
            "SELECT key, value FROM state WHERE scope = ? ORDER BY key", (scope,)
        ).fetchall()
        return ((key, json.loads(value)) for key, value in rows)

    def at_most(self, scope: str, key: str) -> tuple[str, Any] | None:
        """The entry with the greatest key that is not beyond `key`."""
        row = self._db.execute(
            "SELECT key, value FROM state WHERE scope = ? AND key <= ? ORDER BY key DESC LIMIT 1",
            (scope, key),
        ).fetchone()
        return None if row is None else (row[0], json.loads(row[1]))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class Ids:
    """Which object and version here stands for one there."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._objects: dict[str, str] = dict(state.items("object"))

    def object(self, source_id: str) -> str | None:
        """The id here of an object there; None when it was not copied."""
        return self._objects.get(source_id)

    def known(self) -> dict[str, str]:
        """All ids there → here."""
        return self._objects

    def add(self, source_id: str, target_id: str) -> None:
        """Note that an object was copied."""
        self._state.put("object", source_id, target_id)
        self._objects[source_id] = target_id

    def add_version(self, source_id: str, version: str, here: str) -> None:
        """Note that a version of an object was copied."""
        self._state.put(f"version {source_id}", _padded(version), here)

    def version(self, source_id: str, version: str, *, exact: bool = False) -> str | None:
        """The version here that shows what `version` shows there: the newest copied one that is not newer."""
        found = self._state.at_most(f"version {source_id}", _padded(version))
        return None if found is None or (exact and found[0] != _padded(version)) else found[1]

    def newest(self, source_id: str) -> tuple[str, str] | None:
        """The newest copied version of an object: there, here."""
        found = self._state.at_most(f"version {source_id}", "9" * 20)
        return None if found is None else (str(int(found[0])), found[1])


def _padded(version: str) -> str:
    return str(version).zfill(20)
