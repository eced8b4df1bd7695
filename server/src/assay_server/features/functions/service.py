"""Prompts and functions. Every write makes a version with a transaction id; all versions stay readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.ids import XactClock
from assay.core.times import iso_now
from assay_server.engines import records
from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.engines.versions import parse_version
from assay_server.errors import Conflict, NotFound
from assay_server.features.environments.service import pinned_version
from assay_server.features.functions.tables import FUNCTION, function_versions, functions
from assay_server.features.projects.service import Also

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

CONTENT = (
    "name", "slug", "is_prompt", "description", "function_type", "function_data", "prompt_data",
    "function_schema", "tags", "metadata", "origin",
)  # fmt: skip
"""The columns that versions have of their own."""


class FunctionService:
    """The store of prompts and functions. Thread-safe; every method blocks."""

    def __init__(self, objects: ObjectService, xacts: XactClock) -> None:
        self._objects = objects
        self._xacts = xacts

    # -- reading ---------------------------------------------------------------------------------------

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """A page of functions, newest first, each as of the `version` or `environment` in `filters`.

        Those without that version are left out.
        """
        columns = dict(filters)
        version, environment = columns.pop("version", None), columns.pop("environment", None)
        rows = self._objects.list(actor, kind, page, filters=columns, ids=ids)
        chosen = (self._choose(actor, row, version, environment) for row in rows)
        return [_shown(actor, row) for row in chosen if row is not None]

    def get(
        self,
        actor: Actor,
        kind: str,
        object_id: str,
        *,
        version: str | None = None,
        environment: str | None = None,
        **_choice: Any,
    ) -> Record:
        """One function by id, as of a version or as an environment has it. Raises NotFound."""
        row = self._choose(actor, self._objects.get(actor, kind, object_id), version, environment)
        if row is None:
            wanted = f"version {version}" if version else f"version in environment {environment!r}"
            raise NotFound(
                f"The {kind} {object_id} has no {wanted}; list its versions with audit_log on a query of "
                "project_functions.",
                code="version_not_found",
            )
        return _shown(actor, row)

    # -- writing ---------------------------------------------------------------------------------------

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create a function, or find the one of that slug: `(function, found)`; `replace` adds a version.

        Raises Conflict when a prompt shall have the slug of what is none.
        """
        with self._objects.meta.begin() as connection:
            if kind == "prompt":
                self._refuse_slug(connection, actor, values)
            row, found = self._objects.create_in(
                connection,
                actor,
                "function",
                _columns(kind, values),
                replace=replace,
                also=self._version(actor, self._xacts.next()),
            )
        self._objects.forget()
        return _shown(actor, row), found

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change fields in a new version. Raises Conflict on a taken slug."""
        columns = dict(changes)
        if data := columns.get("function_data"):
            columns["is_prompt"] = data["type"] == "prompt"
        else:
            columns.pop("function_data", None)  # a function is always made of something
        row = self._objects.update(actor, kind, object_id, columns, also=self._version(actor))
        return _shown(actor, row)

    def delete(self, actor: Actor, kind: str, object_id: str) -> Record:
        """Delete a function; its slug is free again. Returns it."""
        return _shown(actor, self._objects.delete(actor, kind, object_id, also=self._version(actor)))

    def insert(self, actor: Actor, entries: Sequence[Mapping[str, Any]]) -> tuple[int, list[dict[str, Any]]]:
        """Write a batch in one transaction: all or nothing.

        Returns the transaction id and, in order, what became of each: `id`, `slug`, `project_id`,
        `found_existing`, `ignored`. Raises Conflict when a slug is taken and `if_exists` is not to replace or
        ignore it.
        """
        with self._objects.meta.begin() as connection:
            xact = self._xacts.next()
            done = [self._insert_one(connection, actor, entry, xact) for entry in entries]
        self._objects.forget()
        return xact, done

    def _refuse_slug(self, connection: sa.Connection, actor: Actor, values: Mapping[str, Any]) -> None:
        placed = {"project_id": values["project_id"].lower(), "slug": values["slug"]}
        row = records.find_same(connection, functions, placed, identity=FUNCTION.identity)
        if row is not None and not row["is_prompt"]:
            self._objects.get(actor, "project", row["project_id"])
            raise Conflict(
                f"A function that is no prompt has the slug {row['slug']!r} in this project; choose another slug.",
                code="slug_taken",
                slug=row["slug"],
            )

    def _insert_one(
        self, connection: sa.Connection, actor: Actor, entry: Mapping[str, Any], xact: int
    ) -> dict[str, Any]:
        values = dict(entry)
        if_exists = values.pop("if_exists") or "error"
        row, found = self._objects.create_in(
            connection,
            actor,
            "function",
            _columns("function", values),
            replace=if_exists == "replace",
            also=self._version(actor, xact),
        )
        if found and if_exists == "error":
            raise Conflict(
                f"A function with the slug {row['slug']!r} exists in this project; nothing was written. "
                'Choose another slug, or send "if_exists": "replace" or "ignore".',
                code="slug_taken",
                slug=row["slug"],
            )
        named = {name: row[name] for name in ("id", "slug", "project_id")}
        return {**named, "found_existing": found, "ignored": found and if_exists == "ignore"}

    def _version(self, actor: Actor, xact: int | None = None) -> Also:
        """What keeps a version of a row in the transaction that wrote it."""

        def keep(connection: sa.Connection, row: Record) -> Record:
            number = xact or self._xacts.next()
            version = {
                "function_id": row["id"],
                "xact_id": number,
                "deleted": row["deleted_at"] is not None,
                "content": {name: row[name] for name in CONTENT},
                "user_id": actor.user_id,
                "written": iso_now(),
            }
            connection.execute(function_versions.insert().values(version))
            return records.update(
                connection, functions, row["id"], {"xact_id": number, "user_id": actor.user_id}
            )

        return keep

    def _choose(
        self, actor: Actor, row: Record, version: str | None, environment: str | None
    ) -> Record | None:
        """The row as it was at a version or is in an environment; None when there is no such version."""
        if not version and not environment:
            return row
        if not version:
            version = pinned_version(self._objects, actor, row["id"], str(environment))
            if version is None:
                return None
        wanted = parse_version(version)
        if wanted == row["xact_id"]:
            return row
        found = sa.select(function_versions.c.content, function_versions.c.user_id).where(
            function_versions.c.function_id == row["id"],
            function_versions.c.xact_id == wanted,
            function_versions.c.deleted.is_(False),
        )
        with self._objects.meta.read() as connection:
            kept = connection.execute(found).one_or_none()
        if kept is None:
            return None
        return {**row, **kept.content, "xact_id": wanted, "user_id": kept.user_id}


def _columns(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    data = {"type": "prompt"} if kind == "prompt" else values["function_data"]
    columns = dict.fromkeys(CONTENT) | dict(values)
    columns.pop("org_name", None)
    columns.pop("org_id", None)
    return {**columns, "function_data": data, "is_prompt": data["type"] == "prompt", "xact_id": 0}


def _shown(actor: Actor, row: Mapping[str, Any]) -> Record:
    return {**row, "_xact_id": str(row["xact_id"]), "org_id": actor.org_id, "log_id": "p"}
