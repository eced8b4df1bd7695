"""Writes the entries of the audit log for what a transaction changed, as its last step before it commits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from assay.core.ids import new_row_id
from assay.core.times import iso_now
from assay_server.adapters.meta.tables import audit_log
from assay_server.ports.audit import CALLER, Audited, Caller, Change, Changes, Event, Row, audit_of
from assay_server.ports.meta import metadata

HIDDEN = "(secret)"
MAX_VALUE = 16 << 10  # bytes of one value as JSON; a longer one is told by its size
MAX_TEXT = 1_000  # characters of a name or a user agent
_MOST_EXACT = 1 << 53
_SECRET_KEY = re.compile(
    r"authorization|cookie|pass(word|phrase)|secret|credential|token$|api_?-?key|private_?key|routing_key",
    re.IGNORECASE,
)


def write_entries(connection: sa.Connection, changes: Changes) -> None:
    """Add one entry for every object that is not as it was, and one for every event."""
    caller = CALLER.get() or Caller()
    entries = [_of_change(connection, change, caller) for change in changes.rows.values()]
    entries += [_of_event(event) for event in changes.events]
    for entry in entries:
        if entry is not None:
            whose = _actor(connection, caller, entry.pop("owner", None))
            row = {"id": new_row_id(), "created": iso_now(), **whose, **entry}
            connection.execute(audit_log.insert().values(row))


def _of_change(connection: sa.Connection, change: Change, caller: Caller) -> dict[str, Any] | None:
    spec = audit_of(change.table)
    before, after = (_alive(spec, row) for row in (change.before, change.after))
    row = change.after if change.after is not None else change.before
    if spec is None or row is None or (before is None and after is None):
        return None
    fields = _difference(spec, before, after)
    action = "create" if before is None else "delete" if after is None else "update"
    if action == "update" and not fields:
        return None
    project_id = _project(row, change.table)
    object_type, name = (
        spec.called(connection, row)
        if spec.called
        else (spec.object_type, row[spec.name] if spec.name else None)
    )
    return {
        "org_id": _organization(connection, row, change.table, project_id),
        "project_id": project_id,
        "action": spec.actions.get(action, action),
        "object_type": object_type,
        "object_id": str(row[spec.key]),
        "object_name": _cut(name),
        "changes": fields,
        "owner": row.get("user_id") if caller.user_id is None and object_type == "session" else None,
    }


def _of_event(event: Event) -> dict[str, Any]:
    return {
        "org_id": event.org_id,
        "project_id": event.project_id,
        "action": event.action,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "object_name": _cut(event.name),
        "changes": {name: {"after": _bounded(value)} for name, value in event.details.items()},
    }


def _alive(spec: Audited | None, row: Row | None) -> Row | None:
    """The row, or None when it is over."""
    return None if row is None or spec is None or row.get(spec.ended) is not None else row


def _difference(spec: Audited, before: Row | None, after: Row | None) -> dict[str, dict[str, Any]]:
    """`before` and `after` of every field that is not the same in both; null is left out on one side."""
    found: dict[str, dict[str, Any]] = {}
    skipped = spec.skipped()
    old, new = before or {}, after or {}
    for name in [*new, *(name for name in old if name not in new)]:
        if name in skipped or old.get(name) == new.get(name):
            continue
        pair = {"before": old.get(name), "after": new.get(name)}
        found[name] = {
            side: HIDDEN if name in spec.secret else _bounded(_safe(name, value))
            for side, value in pair.items()
            if value is not None
        }
    return found


def _safe(name: str, value: Any) -> Any:
    """The value without what may be a secret: by the name of its key, and paths of addresses, which may hold one."""
    if isinstance(value, bytes) or (value and isinstance(value, str) and _SECRET_KEY.search(name)):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: _safe(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_safe(name, inner) for inner in value]
    if isinstance(value, str) and name == "url":
        return _origin(value)
    return str(value) if isinstance(value, int) and abs(value) > _MOST_EXACT else value


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return host if parts.path in ("", "/") and not parts.query else f"{host}/…"


def _bounded(value: Any) -> Any:
    size = len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value if size <= MAX_VALUE else {"omitted_bytes": size}


def _project(row: Row, table: sa.Table) -> str | None:
    """The project an object belongs to, is, or is about."""
    if table.name == "projects":
        return row["id"]
    about_project = row.get("object_type") in ("project", "project_log", "project_logs")
    return row.get("project_id") or (row.get("object_id") if about_project else None)


def _organization(connection: sa.Connection, row: Row, table: sa.Table, project_id: str | None) -> str:
    if table.name == "organizations":
        return row["id"]
    if "org_id" in row:
        return row["org_id"]
    projects = metadata.tables["projects"]
    return str(connection.scalar(sa.select(projects.c.org_id).where(projects.c.id == project_id)))


def _actor(connection: sa.Connection, caller: Caller, owner: str | None) -> dict[str, Any]:
    """Who did it, by the names they have now. `owner` is whom a new session is for: nobody was known before."""
    user_id = caller.user_id or owner
    found: dict[str, Any] = {
        "actor_type": "session" if owner else caller.kind,
        "actor_id": user_id,
        "actor_name": None,
        "key_id": caller.key_id,
        "key_name": None,
        "ip": caller.ip,
        "user_agent": _cut(caller.user_agent),
        "request_id": caller.request_id,
    }
    if user_id:
        users = metadata.tables["users"].c
        query = sa.select(users.email, users.given_name, users.service_account).where(users.id == user_id)
        if user := connection.execute(query).first():
            found["actor_name"] = _cut(user.given_name if user.service_account else user.email)
            if user.service_account:
                found["actor_type"] = "service_token"
    if caller.key_id:
        keys = metadata.tables["api_keys"].c
        found["key_name"] = _cut(connection.scalar(sa.select(keys.name).where(keys.id == caller.key_id)))
    return found


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
