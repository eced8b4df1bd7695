"""Reading the audit log. Its entries are written by the metadata store; see `adapters/meta/audit.py`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.adapters.meta.tables import audit_log
from assay_server.engines import records
from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.ports.audit import Event, note_event

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.features.projects.service import ObjectService

OBJECT_TYPE = "org_audit_logs"
"""What access rules call the audit log of an organization."""

_COLUMNS = (
    "created", "action", "object_type", "object_id", "object_name", "project_id", "actor_type", "actor_id",
    "actor_name", "key_id", "key_name", "ip", "user_agent", "request_id", "changes", "id",
)  # fmt: skip
_CHUNK = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditLog:
    """The entries of organizations, for those who may read them. Thread-safe; every method blocks."""

    def __init__(self, objects: ObjectService) -> None:
        self._objects = objects

    def list(self, actor: Actor, page: Page, wanted: Mapping[str, Any]) -> list[Record]:
        """A page of entries, newest first; `wanted` are the fields of `AuditQuery`. Raises Forbidden."""
        self._require(actor)
        return self._page(actor, page, wanted)

    def export(self, actor: Actor, wanted: Mapping[str, Any], fmt: str) -> Iterator[str]:
        """Every entry as CSV with a head or as JSON lines, newest first. Raises Forbidden before the first piece.

        The export gets an entry of its own.
        """
        self._require(actor)
        details = {name: value for name, value in wanted.items() if value is not None}
        export = Event("export", "audit_log", None, None, actor.org_id, details={**details, "format": fmt})
        keep_event(self._objects.meta, export)
        return self._pieces(actor, wanted, fmt)

    def _pieces(self, actor: Actor, wanted: Mapping[str, Any], fmt: str) -> Iterator[str]:
        if fmt == "csv":
            yield _csv([_COLUMNS])
        page = Page(_CHUNK)
        while rows := self._page(actor, page, wanted):
            if fmt == "csv":
                yield _csv([[_cell(row[name]) for name in _COLUMNS] for row in rows])
            else:
                yield "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
            page = Page(_CHUNK, starting_after=rows[-1]["id"])

    def _page(self, actor: Actor, page: Page, wanted: Mapping[str, Any]) -> list[Record]:
        mine = audit_log.c.org_id == actor.org_id
        query = sa.select(audit_log).where(mine, *_conditions(wanted))
        with self._objects.meta.read() as connection:
            return records.fetch_page(connection, query, audit_log, page, among=mine)

    def _require(self, actor: Actor) -> None:
        self._objects.target(actor, OBJECT_TYPE, actor.org_id)


def keep_event(meta: MetaStore, event: Event) -> None:
    """Keep something that changed no row, such as an export, in a transaction of its own."""
    with meta.begin() as connection:
        note_event(connection, event)


def _conditions(wanted: Mapping[str, Any]) -> Iterator[sa.ColumnElement[bool]]:
    columns = audit_log.c
    for name in ("action", "object_type"):
        if wanted.get(name):
            yield columns[name].in_(wanted[name])
    for name in ("object_id", "project_id", "actor_type", "request_id"):
        if wanted.get(name):
            yield columns[name] == wanted[name]
    if actor_id := wanted.get("actor_id"):
        yield sa.or_(columns.actor_id == actor_id, columns.key_id == actor_id)
    if wanted.get("since"):
        yield columns.created >= wanted["since"]
    if wanted.get("until"):
        yield columns.created < wanted["until"]


def _csv(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text
