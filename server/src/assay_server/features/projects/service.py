"""Projects and the named objects inside them: find, list, create, change and delete, permission checked."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assay_server.engines import records
from assay_server.engines.authz import Action, Actor, ObjectRef, not_shared, reach, require
from assay_server.engines.kinds import Found, ObjectKind
from assay_server.engines.records import Page, Record
from assay_server.errors import BadRequest, Conflict, NotBuilt, NotFound
from assay_server.features.projects.store import StoreOver
from assay_server.features.projects.tables import PROJECT, projects
from assay_server.features.projects.types import Project

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore

# The model too: registering an experiment or dataset answers with it.
__all__ = ["ObjectService", "Project", "StoreOver"]

_KIND_OF_TYPE = {
    "project_log": "project_logs",
    "prompt_session": "playground_logs",
    "project_group_projects": "project_group",
}
_CACHE_SECONDS = 5.0
_CACHE_ENTRIES = 10_000
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

Also = Callable[[sa.Connection, Record], Record]


class ObjectService:
    """One door to every kind of object. Thread-safe; every method blocks on the database.

    `kinds` are the kinds besides projects; see `engines/kinds.py`.
    """

    def __init__(self, meta: MetaStore, kinds: Iterable[ObjectKind]) -> None:
        self.meta = meta
        self._kinds = {kind.name: kind for kind in (PROJECT, *kinds)}
        self._cache: dict[tuple[str, str, str], tuple[Found, float]] = {}
        self._generation = 0
        self._lock = threading.Lock()

    # -- finding ---------------------------------------------------------------------------------------

    def resolve(self, actor: Actor, kind: str, ref: str, *, action: Action = "read") -> ObjectRef:
        """Find an object by id or name and check that the actor may do `action` to it.

        `kind` is project_logs, project, experiment, dataset, … A project is named by its name, anything else
        by `project/name` or, when only one project of the organization has it, by its bare name. Answers come
        from memory for up to 5 s; writes through this service are seen at once.

        Raises NotFound (also for other organizations' objects), Forbidden, Conflict for an ambiguous name.
        """
        if actor.shared:
            return self._resolve_shared(actor, kind, ref, action)
        return self._resolve(actor, kind, ref, action)

    def _resolve_shared(self, actor: Actor, kind: str, ref: str, action: Action) -> ObjectRef:
        """What a shared link does not show is not there, and what it is called is told to nobody."""
        try:
            return self._resolve(actor, kind, ref, action)
        except (Conflict, NotBuilt, NotFound):
            raise not_shared() from None

    def _resolve(self, actor: Actor, kind: str, ref: str, action: Action) -> ObjectRef:
        key = (actor.org_id, kind, ref)
        cached = self._cache.get(key)
        if cached is None or cached[1] < time.monotonic():
            generation = self._generation
            found = self._look_up(actor, kind, ref)
            cached = (found, time.monotonic() + _CACHE_SECONDS)
            self._remember(key, cached, generation)
        self._require(actor, action, self._kind(kind), cached[0].guard)
        return cached[0].ref

    def target(self, actor: Actor, object_type: str, object_id: str, *, action: Action = "read") -> ObjectRef:
        """The object that another one is about, called as access rules call it (`project_log`, `org_project`, and
        `prompt` for every stored function). Raises like `resolve`."""
        if object_type == "organization" or object_type.startswith("org_"):
            if object_id.lower() != actor.org_id:
                said = f"{object_type!r} takes the id of your organization, not {object_id[:100]!r}"
                raise NotFound(f"Object type {said}.", code="organization_not_found")
            ref = ObjectRef("", object_type, actor.org_id, actor.org_name, actor.org_id)
            require(actor, action, ref)
            return ref
        try:
            return self.resolve(actor, _KIND_OF_TYPE.get(object_type, object_type), object_id, action=action)
        except NotFound as missing:
            if object_type != "prompt":
                raise
            with suppress(NotFound):
                return replace(
                    self.resolve(actor, "function", object_id, action=action), object_type="prompt"
                )
            raise missing

    def get(self, actor: Actor, kind: str, object_id: str, *, action: Action = "read") -> Record:
        """The stored row of a live object, by id only. Raises NotFound or Forbidden."""
        described = self._kind(kind)
        with self.meta.read() as connection:
            row = self._live_row(connection, actor, described, object_id)
        self._require(actor, action, described, self._guard(actor, described, row))
        return row

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """Live objects that the actor may read, newest first.

        `filters` are equalities on columns, or memberships when the value is a list; `project_name` means the
        project's. None values filter nothing. Raises BadRequest when a kind that is about other objects is
        listed without saying which.
        """
        described = self._kind(kind)
        table = described.table
        if described.parent == "target":
            filters = self._about_one(actor, described, filters)
        query = self._live(actor, described).where(self._readable(actor, described))
        for name, value in filters.items():
            column = projects.c.name if name == "project_name" else table.c[name]
            if isinstance(value, (list, tuple)):
                query = query.where(column.in_(value))
            elif value is not None:
                query = query.where(column == value)
        if ids is not None:
            query = query.where(table.c.id.in_(ids))
        with self.meta.read() as connection:
            return records.fetch_page(connection, query, table, page, among=_of_org(actor, table))

    def project(
        self, actor: Actor, project_id: str | None, name: str | None, *, create: bool = False
    ) -> Record:
        """The project with this id, else of this name; `create` makes one when the name is new.

        Raises BadRequest when both are missing.
        """
        if project_id:
            return self.get(actor, "project", project_id)
        if not name:
            raise BadRequest("Say which project: give project_id or project_name.", code="project_missing")
        if create:
            return self.create(actor, "project", {"name": name})[0]
        return self.get(actor, "project", self.resolve(actor, "project", name).object_id)

    # -- writing ---------------------------------------------------------------------------------------

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create an object, or return the one of that name below the same parent: `(row, found)`.

        An existing one is returned unchanged, or with `replace` set to `values`, but keeps its `created`.
        """
        described = self._kind(kind)
        about = self._about(actor, values) if described.parent == "target" else None
        with self.meta.begin() as connection:
            row, found = self.create_in(connection, actor, kind, values, replace=replace, about=about)
        self.forget()
        return row, found

    def create_in(
        self,
        connection: sa.Connection,
        actor: Actor,
        kind: str,
        values: Mapping[str, Any],
        *,
        replace: bool = False,
        also: Also | None = None,
        about: ObjectRef | None = None,
    ) -> tuple[Record, bool]:
        """`create` in a transaction of the caller, who calls `forget` when it has ended.

        `also` sees the row when it was written and returns what it is then. `about` is the object that one of
        a kind about other objects is about.
        """
        described = self._kind(kind)
        table, identity = described.table, described.identity
        placed = {**values, "org_id": actor.org_id} if "org_id" in table.c else dict(values)
        created = placed.pop("created", None)
        if about is not None:
            placed["object_id"] = about.object_id
        placed |= self._parent(connection, actor, described, placed)
        row = records.find_same(connection, table, placed, identity=identity)
        found = row is not None
        if row is None:  # only now is the permission to create asked for: a viewer may find
            guard = about or self._guard(actor, described, {**placed, "id": ""})
            self._require(actor, "create", described, guard)
            owned = {**placed, "created": created, "user_id": actor.user_id}
            row, found = records.insert_or_find(connection, table, owned, identity=identity)
        if found:
            guard = about or self._guard(actor, described, row)
            self._require(actor, "update" if replace else "read", described, guard)
        if found and replace:
            row = records.update(connection, table, row["id"], placed)
        return (also(connection, row) if also and (replace or not found) else row), found

    def update(
        self,
        actor: Actor,
        kind: str,
        object_id: str,
        changes: Mapping[str, Any],
        *,
        also: Also | None = None,
    ) -> Record:
        """Change fields of an object; objects merge deeply, None clears. Raises Conflict on a taken name.

        None for what every object of the kind has changes nothing. `also` works in the same transaction: it
        sees the changed row and returns what it is then.
        """
        described = self._kind(kind)
        columns = described.table.c
        changes = {
            name: value for name, value in changes.items() if value is not None or columns[name].nullable
        }
        self.get(actor, kind, object_id, action="update")
        try:
            with self.meta.begin() as connection:
                row = self._live_row(connection, actor, described, object_id, lock=True)
                row = records.merge(connection, described.table, row, changes, whole=described.whole)
                row = also(connection, row) if also else row
        except IntegrityError as error:
            taken = changes.get(described.key)
            raise Conflict(
                f"There is another {described.noun} with the {described.key} {taken!r}; choose one that is free.",
                code="name_taken",
            ) from error
        self.forget()
        return row

    def delete(self, actor: Actor, kind: str, object_id: str, *, also: Also | None = None) -> Record:
        """Delete an object softly: it is not found any more and its name is free. Returns it."""
        described = self._kind(kind)
        self.get(actor, kind, object_id, action="delete")
        with self.meta.begin() as connection:
            row = self._live_row(connection, actor, described, object_id, lock=True)
            row = records.soft_delete(connection, described.table, row["id"])
            row = also(connection, row) if also else row
        self.forget()
        return row

    def forget(self) -> None:
        """Drop what `resolve` remembers."""
        with self._lock:
            self._generation += 1
            self._cache.clear()

    # -- permissions -----------------------------------------------------------------------------------

    def _guard(self, actor: Actor, kind: ObjectKind, row: Mapping[str, Any]) -> ObjectRef:
        """The object whose permissions count for a row: itself, or what it belongs to."""
        if kind.own_permissions:
            return self._ref(actor, kind, row)
        match kind.parent:
            case "target":
                return self._about(actor, row)
            case "organization":
                return ObjectRef("", "organization", actor.org_id, actor.org_name, actor.org_id)
            case parent:
                parent_id = row[f"{parent}_id"]
                return ObjectRef(row["project_id"], parent, parent_id, parent_id, actor.org_id)

    def _about(self, actor: Actor, row: Mapping[str, Any]) -> ObjectRef:
        return self.target(actor, row["object_type"], row["object_id"])

    def _require(self, actor: Actor, action: Action, kind: ObjectKind, guard: ObjectRef) -> None:
        require(actor, action if kind.own_permissions or action == "read" else "update", guard)

    def _about_one(self, actor: Actor, kind: ObjectKind, filters: Mapping[str, Any]) -> dict[str, Any]:
        """The filters of a list about one object, which the actor may read, by its id."""
        if not (filters.get("object_type") and filters.get("object_id")):
            raise BadRequest(
                f"Say which object's {kind.noun}s: give object_type and object_id.", code="target_missing"
            )
        return {**filters, "object_id": self._about(actor, filters).object_id}

    def _readable(self, actor: Actor, kind: ObjectKind) -> sa.ColumnElement[bool]:
        """The condition that keeps a list to what the actor may read."""
        if kind.parent == "target":
            return sa.true()  # the one object was checked
        guard = kind.name if kind.own_permissions else kind.parent
        may = reach(actor, "read", guard, in_projects=kind.parent != "organization" or kind is PROJECT)
        if may.everywhere:
            return sa.true()
        table = kind.table
        itself = table.c.id if kind.own_permissions else table.c[kind.parent_columns[0]]
        project = table.c.id if kind is PROJECT else table.c.get("project_id")
        single = itself.in_(may.objects)
        return single if project is None else sa.or_(single, project.in_(may.projects))

    # -- inside ----------------------------------------------------------------------------------------

    def _kind(self, name: str) -> ObjectKind:
        kind = self._kinds.get("project" if name == "project_logs" else name)
        if kind is None:
            raise NotBuilt(
                f"This version has no {name!r} objects yet; use one of project_logs, {', '.join(self._kinds)}.",
                code="object_type_unknown",
            )
        return kind

    def _live(self, actor: Actor, kind: ObjectKind) -> sa.Select[Any]:
        """Live rows of a kind, below live parents, of the actor's organization."""
        table = kind.table
        query = sa.select(table).where(table.c.deleted_at.is_(None))
        if kind.only is not None:
            query = query.where(kind.only)
        if "org_id" in table.c:
            return query.where(table.c.org_id == actor.org_id)
        if kind.parent != "project":
            above = self._kinds[kind.parent].table
            query = query.join(above, table.c[f"{kind.parent}_id"] == above.c.id)
            query = query.where(above.c.deleted_at.is_(None))
        query = query.join(projects, table.c.project_id == projects.c.id)
        return query.where(projects.c.org_id == actor.org_id, projects.c.deleted_at.is_(None))

    def _live_row(
        self, connection: sa.Connection, actor: Actor, kind: ObjectKind, object_id: str, *, lock: bool = False
    ) -> Record:
        query = self._live(actor, kind).where(kind.table.c.id == object_id.lower())
        row = records.fetch_one(connection, query.with_for_update(of=kind.table) if lock else query)
        if row is None:
            raise kind.missing(actor.org_name, object_id)
        return row

    def _parent(
        self, connection: sa.Connection, actor: Actor, kind: ObjectKind, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Check that the parent of a new object is there; columns that follow from it."""
        if kind.parent not in self._kinds:
            return {}
        above = self._kinds[kind.parent]
        row = self._live_row(connection, actor, above, values[f"{kind.parent}_id"])
        parent = {f"{kind.parent}_id": row["id"]}
        return parent if above is PROJECT else {**parent, "project_id": row["project_id"]}

    def _look_up(self, actor: Actor, kind: str, ref: str) -> Found:
        described = self._kind(kind)
        table = described.table
        query = self._live(actor, described)
        rows: list[Record] = []
        with self.meta.read() as connection:
            if _UUID.fullmatch(ref):
                row = records.fetch_one(connection, query.where(table.c.id == ref.lower()))
                rows = [row] if row is not None else []
            if not rows and described.parent in ("organization", "project"):
                named = table.c[described.key] == ref
                if described.parent == "project":
                    named = sa.or_(named, projects.c.name + "/" + table.c[described.key] == ref)
                found = connection.execute(query.where(named).limit(2)).mappings()
                rows = [dict(row) for row in found]
        if not rows:
            raise described.missing(actor.org_name, ref)
        if len(rows) > 1:
            raise Conflict(
                f"More than one {described.noun} answers to {ref!r}; give its id, or project/name.",
                code="name_ambiguous",
            )
        itself = replace(self._ref(actor, described, rows[0]), object_type=kind)
        guard = itself if described.own_permissions else self._guard(actor, described, rows[0])
        return Found(itself, guard)

    def _ref(self, actor: Actor, kind: ObjectKind, row: Mapping[str, Any]) -> ObjectRef:
        project_id = row["id"] if kind is PROJECT else row.get("project_id") or ""
        return ObjectRef(project_id, kind.name, row["id"], row[kind.key], actor.org_id)

    def _remember(self, key: tuple[str, str, str], entry: tuple[Found, float], generation: int) -> None:
        with self._lock:
            if generation != self._generation:
                return  # something was written while we read: what we hold may be stale
            if len(self._cache) >= _CACHE_ENTRIES:
                self._cache.clear()
            self._cache[key] = entry


def _of_org(actor: Actor, table: sa.Table) -> sa.ColumnElement[bool]:
    """The rows of a table, deleted ones too, that are of the actor's organization."""
    if "org_id" in table.c:
        return table.c.org_id == actor.org_id
    return table.c.project_id.in_(sa.select(projects.c.id).where(projects.c.org_id == actor.org_id))
