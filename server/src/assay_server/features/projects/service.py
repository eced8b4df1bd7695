"""Projects and the named objects inside them: find, list, create, change and delete, permission checked."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assay_server.engines import records
from assay_server.engines.authz import Action, Actor, ObjectRef, require
from assay_server.engines.records import Page, Record
from assay_server.errors import BadRequest, Conflict, NotBuilt, NotFound
from assay_server.features.projects.tables import projects
from assay_server.features.projects.types import Project

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore

__all__ = ["ObjectService", "Project"]  # the model too: registering an experiment or dataset answers with it

_CACHE_SECONDS = 5.0
_CACHE_ENTRIES = 10_000
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class ObjectService:
    """One door to projects, experiments and datasets. Thread-safe; every method blocks on the database.

    `children` maps a kind of object inside projects (`experiment`, `dataset`) to its table, which has
    `project_id`, `name` and `deleted_at`.
    """

    def __init__(self, meta: MetaStore, children: Mapping[str, sa.Table]) -> None:
        self.meta = meta
        self._tables = {"project": projects, **children}
        self._cache: dict[tuple[str, str, str], tuple[ObjectRef, float]] = {}
        self._generation = 0
        self._lock = threading.Lock()

    # -- finding ---------------------------------------------------------------------------------------

    def resolve(self, actor: Actor, kind: str, ref: str, *, action: Action = "read") -> ObjectRef:
        """Find an object by id or name and check that the actor may do `action` to it.

        `kind` is project_logs, project, experiment or dataset. A project is named by its name, anything else
        by `project/name` or, when only one project of the organisation has it, by its bare name. Answers come
        from memory for up to 5 s; writes through this service are seen at once.

        Raises NotFound (also for other organisations' objects), Forbidden, Conflict for an ambiguous name.
        """
        key = (actor.org_id, kind, ref)
        cached = self._cache.get(key)
        if cached is None or cached[1] < time.monotonic():
            generation = self._generation
            found = self._look_up(actor, kind, ref)
            cached = (found, time.monotonic() + _CACHE_SECONDS)
            self._remember(key, cached, generation)
        require(actor, action, cached[0])
        return cached[0]

    def get(self, actor: Actor, kind: str, object_id: str, *, action: Action = "read") -> Record:
        """The stored row of a live object, by id only. Raises NotFound or Forbidden."""
        with self.meta.read() as connection:
            row = self._live_row(connection, actor, kind, object_id)
        require(actor, action, self._ref(actor, kind, row))
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
        """Live objects of the actor's organisation, newest first.

        `filters` are equalities on columns; `project_name` means the project's. None values filter nothing.
        """
        require(actor, "read", ObjectRef("", kind, "", "", actor.org_id))
        table = self._table(kind)
        query = self._live(actor, table)
        for name, value in filters.items():
            if value is not None:
                query = query.where((projects.c.name if name == "project_name" else table.c[name]) == value)
        if ids is not None:
            query = query.where(table.c.id.in_(ids))
        with self.meta.read() as connection:
            return records.fetch_page(connection, query, table, page)

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
            return self.create(actor, "project", {"org_id": actor.org_id, "name": name})[0]
        return self.get(actor, "project", self.resolve(actor, "project", name).object_id)

    # -- writing ---------------------------------------------------------------------------------------

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create an object, or return the one of that name below the same parent: `(row, found)`.

        An existing one is returned unchanged, or with `replace` has its columns set to `values`.
        """
        table = self._table(kind)
        parent = "org_id" if table is projects else "project_id"
        with self.meta.begin() as connection:
            if table is not projects:
                self._live_row(connection, actor, "project", values["project_id"])
            row = records.find_named(connection, table, values, parent=parent)
            found = row is not None
            if row is None:  # only now is the permission to create asked for: a viewer may find
                require(actor, "create", ObjectRef("", kind, "", values["name"], actor.org_id))
                owned = {**values, "user_id": actor.user_id}
                row, found = records.insert_or_find(connection, table, owned, parent=parent)
            if found:
                require(actor, "update" if replace else "read", self._ref(actor, kind, row))
            if found and replace:
                row = records.update(connection, table, row["id"], values)
        self.forget()
        return row, found

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change fields of an object; objects merge deeply, None clears. Raises Conflict on a taken name."""
        table = self._table(kind)
        try:
            with self.meta.begin() as connection:
                row = self._live_row(connection, actor, kind, object_id, lock=True)
                require(actor, "update", self._ref(actor, kind, row))
                row = records.merge(connection, table, row, changes)
        except IntegrityError as error:
            raise Conflict(
                f"There is another {kind} named {changes.get('name')!r}; choose a name that is free.",
                code="name_taken",
            ) from error
        self.forget()
        return row

    def delete(self, actor: Actor, kind: str, object_id: str) -> Record:
        """Delete an object softly: it is not found any more and its name is free. Returns it."""
        with self.meta.begin() as connection:
            row = self._live_row(connection, actor, kind, object_id, lock=True)
            require(actor, "delete", self._ref(actor, kind, row))
            row = records.soft_delete(connection, self._table(kind), row["id"])
        self.forget()
        return row

    def forget(self) -> None:
        """Drop what `resolve` remembers."""
        with self._lock:
            self._generation += 1
            self._cache.clear()

    # -- inside ----------------------------------------------------------------------------------------

    def _table(self, kind: str) -> sa.Table:
        table = self._tables.get("project" if kind == "project_logs" else kind)
        if table is None:
            raise NotBuilt(
                f"This version has no {kind!r} objects; use one of project_logs, {', '.join(self._tables)}.",
                code="object_type_unknown",
            )
        return table

    def _live(self, actor: Actor, table: sa.Table) -> sa.Select[Any]:
        """Live rows of a table whose project is live and of the actor's organisation."""
        query = sa.select(table).where(projects.c.org_id == actor.org_id, projects.c.deleted_at.is_(None))
        if table is projects:
            return query
        return query.join(projects, table.c.project_id == projects.c.id).where(table.c.deleted_at.is_(None))

    def _live_row(
        self, connection: sa.Connection, actor: Actor, kind: str, object_id: str, *, lock: bool = False
    ) -> Record:
        table = self._table(kind)
        query = self._live(actor, table).where(table.c.id == object_id.lower())
        row = records.fetch_one(connection, query.with_for_update(of=table) if lock else query)
        if row is None:
            raise _missing(actor, kind, object_id)
        return row

    def _look_up(self, actor: Actor, kind: str, ref: str) -> ObjectRef:
        table = self._table(kind)
        query = self._live(actor, table)
        with self.meta.read() as connection:
            if _UUID.fullmatch(ref):
                row = records.fetch_one(connection, query.where(table.c.id == ref.lower()))
                if row is not None:
                    return self._ref(actor, kind, row)
            named = table.c.name == ref
            if table is not projects:
                named = sa.or_(named, projects.c.name + "/" + table.c.name == ref)
            rows = connection.execute(query.where(named).limit(2)).mappings().all()
        if not rows:
            raise _missing(actor, kind, ref)
        if len(rows) > 1:
            raise Conflict(
                f"More than one {kind} answers to {ref!r}; give its id, or project/name.",
                code="name_ambiguous",
            )
        return self._ref(actor, kind, dict(rows[0]))

    def _ref(self, actor: Actor, kind: str, row: Record) -> ObjectRef:
        project_id = row.get("project_id") or row["id"]
        return ObjectRef(project_id, kind, row["id"], row["name"], actor.org_id)

    def _remember(self, key: tuple[str, str, str], entry: tuple[ObjectRef, float], generation: int) -> None:
        with self._lock:
            if generation != self._generation:
                return  # something was written while we read: what we hold may be stale
            if len(self._cache) >= _CACHE_ENTRIES:
                self._cache.clear()
            self._cache[key] = entry


def _missing(actor: Actor, kind: str, ref: str) -> NotFound:
    noun = "project" if kind == "project_logs" else kind
    how = "its name or id" if noun == "project" else "its id, its name, or project/name"
    return NotFound(
        f"Organisation {actor.org_name!r} has no {noun} {ref[:200]!r}; give {how}.",
        code=f"{noun}_not_found",
        object_type=kind,
    )
