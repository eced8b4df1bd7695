"""Reading back, through SQL and REST, what a published client wrote."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.compat.conftest import Day
from tests.support.servers import ServerProcess


def by_rest(server: ServerProcess, kind: str, object_id: str, **body: Any) -> list[dict[str, Any]]:
    """Every row of an object, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = server.request("POST", f"/v1/{kind}/{object_id}/fetch", {"limit": 3, "cursor": cursor, **body})
        rows += page["events"]
        cursor = page["cursor"]
        if not cursor:
            return rows


def project_id(server: ServerProcess, day: Day) -> str:
    (found,) = server.request("GET", f"/v1/project?{urlencode({'project_name': day.project})}")["objects"]
    return found["id"]


def logged(server: ServerProcess, day: Day) -> dict[str, dict[str, Any]]:
    """The logs by id, through SQL, after checking that REST says the same."""
    rows = server.sql(f"SELECT * FROM project_logs('{day.project}')")
    rest = by_rest(server, "project_logs", project_id(server, day))
    order = sorted(rows, key=lambda row: row["id"])
    assert order == sorted(rest, key=lambda row: row["id"])
    return {row["id"]: row for row in rows}


def get(url: str) -> tuple[int, bytes]:
    """Status and body of a URL, asked for without a key."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
