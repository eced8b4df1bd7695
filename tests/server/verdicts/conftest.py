"""A small server of verdict routes over the real store, ingest, metadata and keys."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assay_server.adapters.meta.store import MetaStore
from assay_server.engines.query import QueryEngine
from assay_server.features.datasets import summary_routes
from assay_server.features.datasets.tables import DATASET
from assay_server.features.experiments import planning_routes, verdict_routes
from assay_server.features.experiments.held import HeldCases
from assay_server.features.experiments.tables import EXPERIMENT
from assay_server.features.fetch import routes as fetch_routes
from assay_server.features.keys.bootstrap import bootstrap
from assay_server.features.keys.service import AuthService
from assay_server.features.logs import routes as log_routes
from assay_server.features.project_settings.tables import KINDS as PROJECT_SETTINGS
from assay_server.features.projects.service import ObjectService
from assay_server.http.errors import install_errors
from assay_server.settings import Settings
from tests.server.verdicts.client import KEY, Client
from tests.support.stores import embedded_store, running_ingest


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("verdicts")
    settings = Settings(data=folder, bootstrap_key=KEY, public_url="http://assay.test")
    meta = MetaStore(settings.meta_url)
    meta.start()
    bootstrap(meta, settings)
    objects, auth = ObjectService(meta, [EXPERIMENT, DATASET, *PROJECT_SETTINGS]), AuthService(meta)
    store = embedded_store(folder / "store")
    store.start()
    with running_ingest(store, folder / "wal") as ingest:
        query = QueryEngine(store, objects, ingest.caught_up)
        app = FastAPI()
        install_errors(app)
        app.state.services = SimpleNamespace(
            settings=settings,
            meta=meta,
            objects=objects,
            auth=auth,
            spans=store,
            ingest=ingest,
            query=query,
            cases=HeldCases(store),
        )
        for module in (log_routes, verdict_routes, planning_routes, summary_routes, fetch_routes):
            app.include_router(module.router)
        with TestClient(app) as http:
            yield Client(http, app.state.services)
    store.close()
    meta.close()
