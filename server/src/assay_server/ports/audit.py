"""Who asks, and which rows a transaction changed: noted where rows are written, kept by the metadata store.

A table says in `info=audited(…)` that its rows are objects whose changes are kept. `note_change` collects what
happens to them on one connection; `adapters/meta/audit.py` writes the entries in the same transaction, so there
is no change without its entry and no entry without its change. docs/design/014-audit-log.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

Row = Mapping[str, Any]
Called = tuple[str, str | None]
"""What an object is called: its type, and its name where it has one."""

_AUDITED, _CHANGES = "assay_audited", "assay_changes"
_TECHNICAL = frozenset({"id", "org_id", "created", "updated_at", "deleted_at", "used"})


@dataclass(slots=True)
class Caller:
    """Where a request comes from; who sends it is filled in once its credential was checked."""

    request_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    kind: Literal["api_key", "session", "system", "link"] = "system"
    user_id: str | None = None
    key_id: str | None = None


CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""The caller of the request this code runs for; None in work of the server itself."""


@dataclass(frozen=True, slots=True)
class Audited:
    """How changes of the rows of a table are kept.

    `object_type` and `name` (a column) say what one is called, or `called` finds it out on a connection. `key` is
    the column of its id. Values of `secret` columns are never kept, those of `ignored` ones are not looked at.
    `ended` is the column that is set when a row is over. `actions` are other words for create, update, delete.
    """

    object_type: str
    name: str | None = "name"
    key: str = "id"
    secret: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    ended: str = "deleted_at"
    actions: Mapping[str, str] = field(default_factory=dict[str, str])
    called: Callable[[sa.Connection, Row], Called] | None = None

    def skipped(self) -> frozenset[str]:
        """Columns that tell nothing about a change."""
        return _TECHNICAL | self.ignored | {self.ended, self.key}


@dataclass(slots=True)
class Change:
    """What became of one row in one transaction: before it (None for a new one) and after it (None when gone)."""

    table: sa.Table
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth keeping that changes no row, such as an export. `details` are kept as they are."""

    action: str
    object_type: str
    object_id: str | None
    name: str | None
    org_id: str
    project_id: str | None = None
    details: Row = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Changes:
    """Everything one transaction did, in order."""

    rows: dict[tuple[str, str], Change] = field(default_factory=dict[tuple[str, str], Change])
    events: list[Event] = field(default_factory=list[Event])


def audited(object_type: str, **options: Any) -> dict[str, Any]:
    """The `info` of a table whose changes are kept; see `Audited`."""
    return {_AUDITED: Audited(object_type, **options)}


def audit_of(table: sa.Table) -> Audited | None:
    """How changes of a table are kept, None when they are not."""
    return table.info.get(_AUDITED)


def collect_changes(connection: sa.Connection) -> Changes:
    """Begin to collect what happens on a connection."""
    changes = connection.info[_CHANGES] = Changes()
    return changes


def stop_collecting(connection: sa.Connection) -> None:
    """Forget what was collected: the transaction is over."""
    connection.info.pop(_CHANGES, None)


def note_change(connection: sa.Connection, table: sa.Table, before: Row | None, after: Row | None) -> None:
    """Note that a row was made (`before` is None), changed or removed (`after` is None).

    Several changes of one row become one, from before the first to after the last. The connection is one of
    `MetaStore.begin`; on any other nothing is kept, as nobody commits it.
    """
    spec, changes = audit_of(table), connection.info.get(_CHANGES)
    row = after if after is not None else before
    if spec is None or changes is None or row is None:
        return
    known = changes.rows.setdefault((table.name, str(row[spec.key])), Change(table, before, after))
    known.after = after


def note_event(connection: sa.Connection, event: Event) -> None:
    """Note something that changes no row, in a transaction of `MetaStore.begin`."""
    connection.info[_CHANGES].events.append(event)
