"""The server as the commands see it: objects by name, and queries."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

from assay.cli.failures import CommandFailed, no_key
from assay.client.config import Config, read_config_file, resolve_config
from assay.client.http import Transport

Row = dict[str, Any]

KEY_VARIABLES = ("ASSAY_API_KEY", "BRAINTRUST_API_KEY")
"""Where a key may stand in the environment, first one first."""

PAGE = 200
"""Objects asked for in one request of a listing."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query: rows, and the cursor of the next page (None on the last)."""

    rows: list[Row]
    columns: list[str]
    cursor: str | None


class Server:
    """A server and the key to it. Makes no request until asked for something."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._transport = Transport(config.url, config.api_key)

    @classmethod
    def from_settings(cls, *, url: str | None = None, api_key: str | None = None) -> Server:
        """Resolve options, environment and saved settings. Raises ConfigError for nonsense among them.

        A saved key is only ever sent to the server it was saved for.
        """
        config = resolve_config(api_url=url, api_key=api_key)
        said = api_key or any(os.environ.get(name) for name in KEY_VARIABLES)
        if not said and read_config_file().get("url") != config.url:
            config = replace(config, api_key=None)
        return cls(config)

    @property
    def transport(self) -> Transport:
        """The HTTP client. Raises NoAccess when there is no key to send."""
        if not self.config.api_key:
            raise no_key(self.config.url)
        return self._transport

    def health(self) -> dict[str, Any]:
        """The server's state; needs no key. One try, so that `status` answers at once."""
        return cast("dict[str, Any]", self._transport.request("GET", "/health", timeout=10).json())

    def get(self, path: str, **query: Any) -> Any:
        """GET below the server's URL."""
        return self.transport.get(path, **query)

    def post(self, path: str, body: Any) -> Any:
        """POST of something that may be repeated without harm."""
        return self.transport.post(path, body)

    def change(self, kind: str, object_id: str, fields: Row) -> Row:
        """Change fields of an object; returns it as it is then."""
        return cast("Row", self.transport.request("PATCH", f"/v1/{kind}/{object_id}", json=fields).json())

    def delete(self, kind: str, object_id: str) -> Row:
        """Delete an object; returns it as it was."""
        return cast("Row", self.transport.request("DELETE", f"/v1/{kind}/{object_id}").json())

    def objects(self, kind: str, *, limit: int | None = None, **filters: Any) -> Iterator[Row]:
        """Objects of a kind (project, experiment, dataset), newest first; all of them unless limited."""
        after: str | None = None
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            found = cast(
                "list[Row]", self.get(f"/v1/{kind}", limit=size, starting_after=after, **filters)["objects"]
            )
            yield from found
            if len(found) < size:
                return
            after = str(found[-1]["id"])
            left = None if left is None else left - len(found)

    def project(self, ref: str) -> Row:
        """A project by id or name. Raises CommandFailed when there is none."""
        found = self._by_id("project", ref) or self._first("project", project_name=ref)
        if found is None:
            raise CommandFailed(
                f"no project {ref!r} on {self.config.url}: `assay projects list` shows what there is"
            )
        return found

    def object(self, kind: str, ref: str, project: Row) -> Row:
        """An experiment or dataset of a project by id or name. Raises CommandFailed when there is none."""
        found = self._by_id(kind, ref)
        if found is None or found.get("project_id") != project["id"]:
            found = self._first(kind, project_id=project["id"], **{f"{kind}_name": ref})
        if found is None:
            hint = f"`assay {kind}s list -p {project['name']}` shows what there is"
            raise CommandFailed(f"no {kind} {ref!r} in project {project['name']!r}: {hint}")
        return found

    def query(self, text: str, *, cursor: str | None = None) -> Page:
        """Run SQL or BTQL; one page of rows. Raises ApiError for a query the server refuses."""
        body = {"query": text, "fmt": "json", **({"cursor": cursor} if cursor else {})}
        answer = cast("Row", self.transport.retrying("POST", "/btql", json=body, timeout=300).json())
        rows = cast("list[Row]", answer["data"])
        return Page(rows, columns_of(answer.get("schema"), rows), cast("str | None", answer.get("cursor")))

    def page_url(self, project: str, *path: str) -> str:
        """The web page of something in a project, by names."""
        org = self.config.org_name or cast("str", self.get("/api/me")["org"]["name"])
        parts = ("app", org, "p", project, *path)
        return "/".join([self.config.app_url, *(quote(part, safe="") for part in parts)])

    def _by_id(self, kind: str, ref: str) -> Row | None:
        if not is_uuid(ref):
            return None
        return next(self.objects(kind, limit=1, ids=ref), None)

    def _first(self, kind: str, **filters: Any) -> Row | None:
        return next(self.objects(kind, limit=1, **filters), None)


def is_uuid(text: str) -> bool:
    """Whether a reference is an id rather than a name."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def sql_string(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def columns_of(schema: Any, rows: list[Row]) -> list[str]:
    """Column names in the order of the schema; without one, in the order they appear in the rows."""
    if isinstance(schema, dict):
        properties = cast("Row", schema).get("items", {}).get("properties", {})
        if properties:
            return list(properties)
    return list(dict.fromkeys(key for row in rows for key in row))
