"""Prompts, functions and views as rows of queries: `FROM project_prompts('my project')`, `FROM view('…')`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.errors import BadRequest, NotFound
from assay_server.features.functions.tables import function_versions

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

MAX_ROWS = 100_000
_XACT_BITS = (1 << 48) - 1
_IN_CHUNKS = 500


class StoredFunctions:
    """The catalog of the query engine. Thread-safe; blocks on the database."""

    def __init__(self, objects: ObjectService) -> None:
        self._objects = objects

    def rows(
        self, actor: Actor, source: str, refs: Sequence[str], *, version: int | None, audit_log: bool
    ) -> Sequence[Mapping[str, Any]]:
        """Functions or views that the actor may read; see `FunctionCatalog`."""
        if source == "view":
            return self._views(actor, refs, versions=version is not None or audit_log)
        if source in ("prompt", "function"):
            ids = dict.fromkeys(self._objects.resolve(actor, source, ref).object_id for ref in refs)
            heads = [self._objects.get(actor, source, one) for one in ids]
        else:
            heads = self._listed(actor, source, refs)
        if audit_log or version is not None:
            heads = self._versions(heads, version, every=audit_log)
        return [_row(actor, head, audit_log=audit_log) for head in heads]

    def _views(self, actor: Actor, refs: Sequence[str], *, versions: bool) -> list[Record]:
        if versions:
            raise BadRequest(
                "Views keep no versions; ask without version and audit_log.", code="version_unsupported"
            )
        return [self._objects.get(actor, "view", one) for one in dict.fromkeys(refs)]

    def _listed(self, actor: Actor, source: str, refs: Sequence[str]) -> list[Record]:
        """All functions of projects or of the organization."""
        kind = "prompt" if source.endswith("prompts") else "function"
        filters: dict[str, Any] = {}
        if source.startswith("project_"):
            found = [self._objects.resolve(actor, "project", ref) for ref in refs]
            filters["project_id"] = [ref.object_id for ref in found]
        elif unknown := [ref for ref in refs if ref not in (actor.org_id, actor.org_name)]:
            raise NotFound(
                f"You are not in an organization {unknown[0][:100]!r}; {source} takes its name or id.",
                code="organization_not_found",
            )
        return self._objects.list(actor, kind, Page(MAX_ROWS), filters=filters)

    def _versions(self, heads: Sequence[Record], until: int | None, *, every: bool) -> list[Record]:
        """Each function as of a transaction, or with `every` all its versions up to there, newest first."""
        by_id = {head["id"]: head for head in heads}
        ids = list(by_id)
        found: list[Record] = []
        for at in range(0, len(ids), _IN_CHUNKS):
            query = sa.select(function_versions).where(
                function_versions.c.function_id.in_(ids[at : at + _IN_CHUNKS])
            )
            if until is not None:
                query = query.where(function_versions.c.xact_id <= until)
            newest_first = query.order_by(function_versions.c.xact_id.desc())
            with self._objects.meta.read() as connection:
                for row in connection.execute(newest_first).mappings():
                    head = by_id[row["function_id"]] if every else by_id.pop(row["function_id"], None)
                    if head is not None:
                        written = {name: row[name] for name in ("xact_id", "user_id", "written", "deleted")}
                        found.append({**head, **row["content"], **written})
        return found


def _row(actor: Actor, head: Mapping[str, Any], *, audit_log: bool) -> dict[str, Any]:
    xact = head["xact_id"]
    hidden = ("is_prompt", "deleted_at", "xact_id", "written", "deleted")
    return {
        **{name: value for name, value in head.items() if name not in hidden},
        "org_id": actor.org_id,
        "log_id": "p",
        "_xact_id": xact,
        "_pagination_key": (xact & _XACT_BITS) << 16,
        "audit_data": {
            "action": "delete" if head["deleted"] else "upsert",
            "source": "api",
            "user_id": head["user_id"],
            "created": head["written"],
        }
        if audit_log
        else None,
    }
