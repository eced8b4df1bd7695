"""Everything two servers hold, read over REST and SQL, with the ids that must differ put aside."""

from __future__ import annotations

import http.client
import json
from typing import Any

from tests.support.servers import KEY, ServerProcess

SET_BY_SERVER = ("_xact_id", "_pagination_key", "org_id", "project_id", "dataset_id", "experiment_id")
Rows = dict[str, dict[str, str]]


def exact(server: ServerProcess, path: str, body: Any) -> Any:
    """The JSON of a POST; numbers stay the text they were."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, text
    return json.loads(text, parse_float=_number, parse_int=_number, object_pairs_hook=_members)


class Number(str):
    """A number as it is spelled."""


def _number(text: str) -> Number:
    return Number(f"#{text}")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), "a name twice"
    return dict(pairs)


def rest_rows(server: ServerProcess, kind: str, object_id: str, *, version: str | None = None) -> Rows:
    """Rows by id through `/fetch`, page by page; every column as JSON text in the order of its members."""
    found: Rows = {}
    cursor: str | None = None
    while True:
        body = {"limit": 300, "cursor": cursor, "version": version}
        page = exact(server, f"/v1/{kind}/{object_id}/fetch", {k: v for k, v in body.items() if v})
        for row in page["events"]:
            assert row["id"] not in found, "a row twice"
            found[row["id"]] = comparable(row)
        cursor = page["cursor"]
        if not cursor:
            return found


def sql_rows(server: ServerProcess, kind: str, object_id: str) -> Rows:
    """Rows by id through SQL."""
    query = f"SELECT * FROM {kind}('{object_id}') ORDER BY id"
    rows = exact(server, "/btql", {"query": query, "disable_limit": True})["data"]
    assert len({row["id"] for row in rows}) == len(rows), "a row twice"
    return {row["id"]: comparable(row) for row in rows}


def history(server: ServerProcess, kind: str, object_id: str) -> list[tuple[str, str]]:
    """(row id, action) of every version, oldest first; rows of one transaction by id."""
    query = f"SELECT id, _xact_id, audit_data FROM {kind}('{object_id}') ORDER BY _xact_id, id"
    body = {"query": query, "audit_log": True, "disable_limit": True}
    rows = server.request("POST", "/btql", body)["data"]
    return [(row["id"], row["audit_data"]["action"]) for row in rows]


def versions(server: ServerProcess, dataset: str) -> list[str]:
    """The transactions of a dataset, oldest first."""
    query = f"SELECT DISTINCT _xact_id FROM dataset('{dataset}') ORDER BY _xact_id"
    rows = server.request("POST", "/btql", {"query": query, "audit_log": True, "disable_limit": True})["data"]
    return [row["_xact_id"] for row in rows]


def comparable(row: dict[str, Any]) -> dict[str, str]:
    """A row without what a server sets itself; an origin without ids that differ, comments without who sent them."""
    kept = {name: value for name, value in row.items() if name not in SET_BY_SERVER}
    if kept.get("origin"):
        kept["origin"] = {k: v for k, v in kept["origin"].items() if k not in ("object_id", "_xact_id")}
    kept["comments"] = [
        {k: v for k, v in one.items() if k not in ("user_id", "key_id", "_xact_id")}
        | {"metadata": {k: v for k, v in (one.get("metadata") or {}).items() if k != "user_id"}}
        for one in kept.get("comments") or ()
    ]
    return {name: json.dumps(value, ensure_ascii=False) for name, value in kept.items()}


def objects(server: ServerProcess, path: str, **filters: str) -> list[dict[str, Any]]:
    """All objects of a list, oldest first."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    found = server.request("GET", f"{path}?limit=1000&{query}")["objects"]
    return sorted(found, key=lambda one: (one["created"], one["name"]))


def project_id(server: ServerProcess, name: str) -> str:
    """Id of the project of a name."""
    (found,) = objects(server, "/v1/project", project_name=name)
    return found["id"]
