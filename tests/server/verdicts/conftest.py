"""A small server of verdict routes over the real store, ingest, metadata and keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.server.verdicts.traces import Row
from tests.support.stores import embedded_store, running_ingest

from assay_server.adapters.meta.store import MetaStore
from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.features.datasets import summary_routes
from assay_server.features.datasets.tables import datasets
from assay_server.features.experiments import verdict_routes
from assay_server.features.experiments.tables import experiments
from assay_server.features.fetch import routes as fetch_routes
from assay_server.features.keys.bootstrap import bootstrap
from assay_server.features.keys.service import AuthService
from assay_server.features.logs import routes as log_routes
from assay_server.features.projects.service import ObjectService
from assay_server.http.errors import install_errors
from assay_server.settings import Settings

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


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("verdicts")
    settings = Settings(data=folder, bootstrap_key=KEY, public_url="http://assay.test")
    meta = MetaStore(settings.meta_url)
    meta.start()
    bootstrap(meta, settings)
    objects, auth = ObjectService(meta, {"experiment": experiments, "dataset": datasets}), AuthService(meta)
    store = embedded_store(folder / "store")
    store.start()
    with running_ingest(store, folder / "wal") as ingest:
        query = QueryEngine(store, objects, ingest.caught_up)
        app = FastAPI()
        install_errors(app)
        app.state.services = SimpleNamespace(
            settings=settings, meta=meta, objects=objects, auth=auth, spans=store, ingest=ingest, query=query
        )
        for module in (log_routes, verdict_routes, summary_routes, fetch_routes):
            app.include_router(module.router)
        with TestClient(app) as http:
            yield Client(http, app.state.services)
    store.close()
    meta.close()
