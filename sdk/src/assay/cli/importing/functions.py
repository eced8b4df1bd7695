"""Prompts and functions: each version of each, in the order in which they were written."""

from __future__ import annotations

import time
from typing import Any, cast

from assay.cli.importing.context import Import
from assay.cli.importing.site import ATTEMPTS, NOT_SERVED, Object, compare, value_of
from assay.client.http import backoff_delay
from assay.core.errors import ApiError, Unreachable

CONTENT = (
    "name", "slug", "description", "function_type", "function_data", "prompt_data", "function_schema", "tags",
    "metadata", "origin",
)  # fmt: skip
"""What a version consists of."""


def copy_functions(run: Import, project: Object) -> None:
    """Copy the prompts and functions of a project; versions that refer to others find them in place."""
    found = functions_of(run, str(project["id"]))
    written = [(int(version), one) for one in found for version in _versions(run, project, one)]
    written.sort(key=lambda entry: entry[0])
    foreign: set[str] = set()
    for version, one in written:
        source_id = str(one["id"])
        if source_id in foreign:
            continue
        if run.ids.version(source_id, str(version), exact=True) is not None:
            run.report.there("prompt versions")
            continue
        content = _content(run, one, str(version))
        if content is None:
            run.report.refuse(
                "prompt versions", str(one["slug"]), str(version), "the source does not show this version"
            )
            continue
        if not _Function(run, project, one).write(str(version), content):
            foreign.add(source_id)
    ours = [one for one in found if str(one["id"]) not in foreign]
    if ours:
        run.say(f"  {project['name']}: {len(ours)} prompts and functions")


def functions_of(run: Import, source_project: str) -> list[Object]:
    """Prompts and functions of a project of the source, each once, with `kind`."""
    found: dict[str, Object] = {}
    for kind in ("function", "prompt"):
        for one in run.listed(f"/v1/{kind}", f"{kind}s", project_id=source_project):
            found.setdefault(str(one["id"]), {**one, "kind": kind})
    return list(found.values())


def _versions(run: Import, project: Object, one: Object) -> list[str]:
    """The versions of a function; only the newest where the source keeps no audit log."""
    try:
        pages = run.source.pages(
            f"project_{one['kind']}s",
            str(project["id"]),
            select=("_xact_id", "audit_data"),
            where=[compare("eq", "id", one["id"])],
            sort=("_xact_id", "desc"),
            audit_log=True,
        )
        rows = [row for page in pages for row in page]
    except ApiError as error:
        if error.status not in (NOT_SERVED | {400, 422}):
            raise
        run.report.skip(f"old versions of prompts and functions: {error}")
        rows = []
    kept = {
        str(value_of(row, "_xact_id"))
        for row in rows
        if cast("Object", value_of(row, "audit_data") or {}).get("action", "upsert") in ("upsert", "merge")
    }
    return sorted(kept | {str(one["_xact_id"])})


def _content(run: Import, one: Object, version: str) -> Object | None:
    """What a function was at a version, with the ids of this side; None when the source does not say."""
    shown = one
    if version != str(one["_xact_id"]):
        try:
            shown = cast("Object", run.source.get(f"/v1/{one['kind']}/{one['id']}", version=version))
        except ApiError as error:
            if error.status not in NOT_SERVED | {400}:
                raise
            return None
    content = {name: shown.get(name) for name in CONTENT}
    content["function_data"] = shown.get("function_data") or {"type": "prompt"}
    return cast("Object", with_ids(run, content))


def with_ids(run: Import, value: Any) -> Any:
    """A value in which every id of a copied object is the id here, and versions beside an id are those here."""
    if isinstance(value, list):
        return [with_ids(run, one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("Object", value)
        mapped: Object = {name: with_ids(run, one) for name, one in members.items()}
        for name, version in (("id", "version"), ("prompt_id", "prompt_version"), ("object_id", "_xact_id")):
            if isinstance(members.get(name), str) and isinstance(members.get(version), str):
                here = run.ids.version(members[name], members[version], exact=True)
                mapped[version] = here or members[version]
        return mapped
    if isinstance(value, str):
        return run.ids.object(value) or value
    return value


class _Function:
    """One function of the target."""

    def __init__(self, run: Import, project: Object, one: Object) -> None:
        self._run, self._source_id, self._slug = run, str(one["id"]), str(one["slug"])
        self._created = one.get("created")
        self._project_id = run.ids.object(str(project["id"]))
        self._target_id = run.ids.object(self._source_id)

    def write(self, version: str, content: Object) -> bool:
        """Write one version; False when another function has the slug, which is left alone."""
        last = self._run.ids.newest(self._source_id)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found = self._landed(content, last[1] if last else None) or self._send(content)
            except (Unreachable, ApiError) as error:
                transient = not isinstance(error, ApiError) or error.retryable
                if transient and attempt < ATTEMPTS:
                    time.sleep(backoff_delay(attempt, error, base=0.2, cap=5.0))
                    continue
                if transient or (isinstance(error, ApiError) and error.status in (401, 403)):
                    raise
                self._run.report.refuse("prompt versions", self._slug, version, str(error))
                return True
            return self._settle(version, content, found)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _settle(self, version: str, content: Object, found: Object) -> bool:
        if not _same(content, found):
            if self._target_id is None:
                reason = "the target has another one of this slug, which is left alone"
                self._run.report.refuse("prompts", self._slug, self._source_id, reason)
                return False
            self._run.report.refuse("prompt versions", self._slug, version, "the target keeps it otherwise")
        if self._target_id is None:
            self._run.ids.add(self._source_id, str(found["id"]))
        self._run.ids.add_version(self._source_id, version, str(found["_xact_id"]))
        self._run.report.copied("prompt versions")
        return True

    def _landed(self, content: Object, last: str | None) -> Object | None:
        """The newest version here when it is this one, from a write whose answer was lost."""
        if self._target_id is None:
            return None  # creating may be repeated: it finds what is there
        newest = cast("Object", self._run.target.get(f"/v1/function/{self._target_id}"))
        later = last is None or int(newest["_xact_id"]) > int(last)
        return newest if later and _same(content, newest) else None

    def _send(self, content: Object) -> Object:
        target = self._run.target
        if self._target_id is None:
            body = {**content, "project_id": self._project_id, "created": self._created}
            return cast("Object", target.once("POST", "/v1/function", json=body).json())
        path = f"/v1/function/{self._target_id}"
        if cast("Object", target.get(path))["slug"] != content["slug"]:  # PUT finds by slug
            return cast("Object", target.once("PATCH", path, json=content).json())
        body = {**content, "project_id": self._project_id}
        return cast("Object", target.once("PUT", "/v1/function", json=body).json())


def _same(content: Object, found: Object) -> bool:
    return all(content[name] == found.get(name) for name in CONTENT)
