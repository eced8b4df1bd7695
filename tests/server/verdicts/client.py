"""A client of the verdict routes that makes its objects through the service behind them."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.testclient import TestClient

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.features.projects.service import ObjectService
from tests.server.verdicts.traces import Row

KEY = "sk-assay-verdict-tests-0123456789abcdef"


class Client:
    """Talks to the server as its owner; objects are made through the service behind it."""

    def __init__(self, http: TestClient, services: Any) -> None:
        self.http = http
        self.objects: ObjectService = services.objects
        self.actor = services.auth.actor_for_key(KEY)
        self._query: QueryEngine = services.query

    def create(self, kind: str, **values: Any) -> str:
        """A new object; its id."""
        defaults = {"experiment": {"public": False}, "dataset": {"url_slug": values["name"]}}.get(kind, {})
        parent = {} if "project_id" in values else {"org_id": self.actor.org_id}
        return self.objects.create(self.actor, kind, {**parent, **defaults, **values})[0]["id"]

    def insert(self, kind: str, object_id: str, *rows: Row) -> None:
        """Write rows; they are durable when this returns."""
        self.call("POST", f"/v1/{kind}/{object_id}/insert", json={"events": list(rows)})

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET."""
        return self.call("GET", path, params=query)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of a request that must succeed."""
        answer = self.http.request(method, path, headers={"Authorization": f"Bearer {KEY}"}, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query."""
        return asyncio.run(self._query.run(self.actor, QueryRequest(query=query))).rows

    def refused(self, path: str, **query: Any) -> tuple[int, str, str]:
        """Status, code and message of a GET that must fail."""
        answer = self.http.get(path, headers={"Authorization": f"Bearer {KEY}"}, params=query)
        error = answer.json()["error"]
        return answer.status_code, error["code"], error["message"]
