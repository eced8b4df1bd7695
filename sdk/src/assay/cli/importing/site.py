"""One side of an import: a server, the key to it and the organization, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from msgspec import Raw

from assay.cli.failures import CommandFailed, NoAccess
from assay.client.http import Response, Transport
from assay.core.errors import ApiError

Object = dict[str, Any]
Row = dict[str, Raw]
"""A row by column name; payloads stay the bytes the server sent."""

ATTEMPTS = 10
"""Tries of one request: with the back-off of the transport about half a minute, or as long as a server asks."""

PAGE_OBJECTS = 200
PAGE_ROWS = 500
NOT_SERVED = frozenset({404, 405, 501})
"""Statuses of an endpoint that a server does not have."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of a query; `cursor` is None on the last."""

    rows: list[Row]
    cursor: str | None


class _Answer(msgspec.Struct):
    data: list[Row]
    cursor: str | None = None


class Site:
    """A server that is read or written. `org_id` and `org_name` are those of the key there."""

    def __init__(self, transport: Transport, *, org_id: str, org_name: str) -> None:
        self.transport = transport
        self.org_id = org_id
        self.org_name = org_name
        self._headers = {"x-bt-org-name": org_name} if org_name.isascii() else {}

    @property
    def url(self) -> str:
        """Base URL of its API."""
        return self.transport.base_url

    def once(self, method: str, path: str, **options: Any) -> Response:
        """One request, one try. Raises Unreachable, ApiError."""
        return self.transport.request(method, path, headers=self._headers, **options)

    def call(self, method: str, path: str, **options: Any) -> Response:
        """A request that may be repeated without harm, until it is answered. Raises like `once`."""
        headers = options.pop("headers", None) or self._headers
        return self.transport.retrying(method, path, attempts=ATTEMPTS, headers=headers, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET; None values are left out of the query."""
        return self.call("GET", path, query=query).json()

    def post(self, path: str, body: Any) -> Any:
        """The JSON of a POST of something that may be repeated."""
        return self.call("POST", path, json=body).json()

    def listed(self, path: str, **filters: Any) -> list[Object]:
        """All objects of a list, oldest first, whether they come as `objects` or bare. Raises ApiError."""
        found: dict[str, Object] = {}
        after: str | None = None
        while True:
            answer = self.get(path, limit=PAGE_OBJECTS, starting_after=after, **filters)
            page = cast("list[Object]", answer if isinstance(answer, list) else answer["objects"])
            new = [one for one in page if str(one["id"]) not in found]
            found.update((str(one["id"]), one) for one in new)
            if not new:  # a server that ignores the cursor ends here, too
                return sorted(found.values(), key=lambda one: str(one.get("created") or ""))
            after = str(page[-1]["id"])

    def query(
        self,
        source: str,
        object_id: str,
        *,
        select: tuple[str, ...] = (),
        where: list[Object] | None = None,
        sort: tuple[str, str] | None = None,
        limit: int = PAGE_ROWS,
        version: str | None = None,
        audit_log: bool = False,
        cursor: str | None = None,
    ) -> RowPage:
        """One page of rows of an object: `select` (all columns unless told), conditions, order.

        Raises ApiError when the server refuses the query.
        """
        tree: Object = {
            "select": [{"expr": column(name), "alias": name} for name in select] or [{"op": "star"}],
            "from": {
                "op": "function",
                "name": {"op": "ident", "name": [source]},
                "args": [literal(object_id)],
            },
            "limit": limit,
        }
        if where:
            tree["filter"] = where[0] if len(where) == 1 else {"op": "and", "children": where}
        if sort:
            tree["sort"] = [{"expr": column(sort[0]), "dir": sort[1]}]
        if cursor:
            tree["cursor"] = cursor
        body: Object = {"query": tree, "fmt": "json", "brainstore_realtime": True}
        body |= {"version": version} if version else {}
        body |= {"audit_log": True} if audit_log else {}
        answer = self.call("POST", "/btql", json=body, timeout=300)
        found = _read_answer(answer)
        return RowPage(found.data, found.cursor if found.data else None)

    def pages(self, source: str, object_id: str, **options: Any) -> Iterator[list[Row]]:
        """All pages of a query that are not empty."""
        cursor: str | None = None
        while True:
            page = self.query(source, object_id, cursor=cursor, **options)
            if page.rows:
                yield page.rows
            cursor = page.cursor
            if cursor is None:
                return

    def total(self, source: str, object_id: str, where: list[Object] | None = None) -> int:
        """How many rows of an object meet the conditions."""
        tree: Object = {
            "measures": [
                {
                    "expr": {
                        "op": "function",
                        "name": {"op": "ident", "name": ["count"]},
                        "args": [{"op": "star"}],
                    },
                    "alias": "n",
                }
            ],
            "from": {
                "op": "function",
                "name": {"op": "ident", "name": [source]},
                "args": [literal(object_id)],
            },
        }
        if where:
            tree["filter"] = where[0] if len(where) == 1 else {"op": "and", "children": where}
        answer = _read_answer(self.call("POST", "/btql", json={"query": tree, "fmt": "json"}, timeout=300))
        return int(value_of(answer.data[0], "n") or 0) if answer.data else 0


def sign_in(
    *, api_url: str | None, app_url: str | None, key: str, org: str | None, whose: str, timeout: float = 60.0
) -> Site:
    """Find out the organization of a key, and the API's address unless it is given.

    `whose` names the key in messages. Raises NoAccess for a key that is not accepted, CommandFailed when it
    gives no access to `org`.
    """
    base = app_url or api_url
    assert base, "one of the addresses is needed"
    login = Transport(base, key, timeout=timeout)
    try:
        answer = login.retrying("POST", "/api/apikey/login", json={}).json()
    except ApiError as error:
        if error.status not in (401, 403):
            raise
        raise NoAccess(f"{base} does not accept {whose}") from error
    found = cast("list[Object]", answer.get("org_info") or [])
    chosen = next((one for one in found if org is None or one.get("name") == org), None)
    if chosen is None:
        names = ", ".join(str(one.get("name")) for one in found) or "none"
        raise CommandFailed(f"{whose} gives no access to organization {org!r} on {base}, only to: {names}")
    api = (api_url or str(chosen.get("api_url") or base)).rstrip("/")
    transport = login if api == login.base_url else Transport(api, key, timeout=timeout)
    return Site(transport, org_id=str(chosen["id"]), org_name=str(chosen["name"]))


def column(name: str) -> Object:
    """A column in a query tree."""
    return {"op": "ident", "name": name.split(".")}


def literal(value: Any) -> Object:
    """A value in a query tree."""
    return {"op": "literal", "value": value}


def compare(operator: str, name: str, value: Any) -> Object:
    """`name <operator> value` in a query tree; operators are eq, gt, ge, lt, in."""
    return {"op": operator, "left": column(name), "right": literal(value)}


def value_of(row: Row, name: str) -> Any:
    """A column of a row as a value; None when it is missing."""
    raw = row.get(name)
    return None if raw is None else json.loads(bytes(raw))


def _read_answer(response: Response) -> _Answer:
    try:
        return msgspec.json.decode(response.body, type=_Answer)
    except msgspec.DecodeError:  # halves of surrogate pairs and very deep values are JSON to other readers
        parsed = response.json()
        rows = [
            {key: Raw(json.dumps(value).encode()) for key, value in row.items()} for row in parsed["data"]
        ]
        return _Answer(rows, parsed.get("cursor"))
