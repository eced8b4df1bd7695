"""Telling people: who is told of what, and what each has been told.

Nobody is told of a row they may not read, nor of what they did themselves. What they were told stays hidden while they
may not read it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assay.core.times import iso_now, iso_time
from assay_server.engines import records
from assay_server.engines.authz import Actor, ObjectRef, can, in_org
from assay_server.engines.records import Page, Record
from assay_server.errors import AssayError, NotFound
from assay_server.features.access.service import grants_of
from assay_server.features.notifications.found import (
    ASSIGNMENTS,
    MAX_TEXT,
    Concern,
    assigned_to,
    concerns,
    mentioned,
)
from assay_server.features.notifications.tables import notifications
from assay_server.features.users.service import find_member, list_members

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.features.projects.service import ObjectService

__all__ = ["ASSIGNMENTS", "Concern", "Notifications", "assigned_to", "concerns"]

KEPT_SECONDS = 90 * 24 * 3600
MAX_PEOPLE = 1_000
"""Most members that are looked through for a mention, the newest first."""

Assigned = Mapping[tuple[str, str, str], Sequence[str]]
"""(object type, object id, row id) → the users it was assigned to before."""


class Notifications:
    """Thread-safe; every method blocks on the database."""

    def __init__(self, meta: MetaStore, objects: ObjectService) -> None:
        self._meta = meta
        self._objects = objects

    def tell(self, actor: Actor, concerned: Sequence[Concern], before: Assigned) -> None:
        """Write down what was said to people by rows that are stored; who was assigned `before` is not told again."""
        with self._meta.read() as connection:
            members = list_members(connection, actor.org_id, Page(MAX_PEOPLE), {})
        known = {member["id"]: member for member in members}
        rows: list[Record] = []
        for concern in concerned:
            row = concern.row
            ref = self._readable(actor, row.object_type, row.object_id)
            if ref is None:
                continue
            kind = "assignment" if concern.assigned else "mention"
            had = before.get((row.object_type, row.object_id, row.id), ())
            people = concern.assigned or mentioned(concern.comment, members)
            for user_id in people:
                member = known.get(user_id)
                if member is None or user_id == actor.user_id or user_id in had:
                    continue
                if self._may_read(actor, member, ref):
                    rows.append(_row(actor, ref, row.id, user_id, kind, concern.comment))
        if rows:
            self._keep(actor, rows)

    def people(self, actor: Actor, ref: ObjectRef, *, programs: bool = False) -> list[Record]:
        """The members who may read an object: whom one can mention or assign.

        With `programs` service accounts are among them, for an actor who may read members.
        """
        programs = programs and can(actor, "read", in_org(actor, "user"))
        with self._meta.read() as connection:
            members = list_members(connection, actor.org_id, Page(MAX_PEOPLE), {})
        return [
            one
            for one in members
            if (programs or not one["service_account"]) and self._may_read(actor, one, ref)
        ]

    def list(self, actor: Actor, page: Page, *, unread: bool) -> list[Record]:
        """What the actor was told and may read, newest first."""
        query = sa.select(notifications).where(*self._mine(actor))
        if unread:
            query = query.where(notifications.c.read_at.is_(None))
        with self._meta.read() as connection:
            rows = records.fetch_page(
                connection, query, notifications, page, among=sa.and_(*self._mine(actor))
            )
            return list(self._shown(connection, actor, rows))

    def mark(self, actor: Actor, notification_id: str, *, read: bool) -> Record:
        """Mark one as read, or as unread again. Raises NotFound."""
        with self._meta.begin() as connection:
            query = sa.select(notifications).where(
                *self._mine(actor), notifications.c.id == notification_id.lower()
            )
            row = records.fetch_one(connection, query)
            shown = list(self._shown(connection, actor, [row] if row else []))
            if not shown:
                raise NotFound(
                    f"You have no notification with id {notification_id[:100]!r}.",
                    code="notification_not_found",
                )
            records.update(
                connection, notifications, shown[0]["id"], {"read_at": iso_now() if read else None}
            )
            return {**shown[0], "read_at": iso_now() if read else None}

    def mark_all(self, actor: Actor) -> int:
        """Mark everything as read; how many were not."""
        unread = (*self._mine(actor), notifications.c.read_at.is_(None))
        with self._meta.begin() as connection:
            return connection.execute(
                notifications.update().where(*unread).values(read_at=iso_now())
            ).rowcount

    def _mine(self, actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
        return (notifications.c.org_id == actor.org_id, notifications.c.user_id == actor.user_id)

    def _shown(self, connection: sa.Connection, actor: Actor, rows: Sequence[Record]) -> Iterator[Record]:
        for row in rows:
            ref = self._readable(actor, row["object_type"], row["object_id"])
            if ref is not None:
                author = find_member(connection, actor.org_id, row["actor_id"]) if row["actor_id"] else None
                yield {**row, "object_name": ref.name, "actor_name": _called(author)}

    def _readable(self, actor: Actor, kind: str, object_id: str) -> ObjectRef | None:
        try:
            return self._objects.resolve(actor, kind, object_id)
        except AssayError:
            return None

    def _may_read(self, actor: Actor, member: Record, ref: ObjectRef) -> bool:
        """Whether a member may read an object: by their role, else by what they were granted."""
        reader = Actor(member["id"], actor.org_id, actor.org_name, "system", member["role"])
        if can(reader, "read", ref):
            return True
        with self._meta.read() as connection:
            granted = grants_of(connection, actor.org_id, member["id"])
        return can(
            Actor(member["id"], actor.org_id, actor.org_name, "system", member["role"], grants=granted),
            "read",
            ref,
        )

    def _keep(self, actor: Actor, rows: Sequence[Record]) -> None:
        old = iso_time(time.time() - KEPT_SECONDS)
        with self._meta.begin() as connection:
            connection.execute(
                notifications.delete().where(
                    notifications.c.org_id == actor.org_id, notifications.c.created < old
                )
            )
            for row in rows:
                records.insert(connection, notifications, row)


def _row(actor: Actor, ref: ObjectRef, row_id: str, user_id: str, kind: str, text: str) -> Record:
    return {
        "org_id": actor.org_id,
        "user_id": user_id,
        "actor_id": actor.user_id,
        "project_id": ref.project_id,
        "kind": kind,
        "object_type": ref.object_type,
        "object_id": ref.object_id,
        "row_id": row_id,
        "text": text[:MAX_TEXT] or None,
    }


def _called(member: Record | None) -> str | None:
    if member is None:
        return None
    names = [part for part in (member["given_name"], member["family_name"]) if part]
    return " ".join(names) or member["email"]
