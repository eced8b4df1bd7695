"""A gateway server with a provider behind it, on loopback ports."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assay_server.adapters.meta.store import MetaStore
from assay_server.engines.gateway.gateway import Gateway, GatewaySettings
from assay_server.engines.ingest.rows import RowWrite
from assay_server.errors import AssayError
from assay_server.features.experiments.tables import EXPERIMENT
from assay_server.features.gateway.routes import router
from assay_server.features.keys.bootstrap import bootstrap
from assay_server.features.keys.service import AuthService
from assay_server.features.projects.service import ObjectService
from assay_server.settings import Settings
from tests.server.gateway.upstream import Upstream, provider_app, running


@dataclass
class Written:
    """Stands where the write-ahead log would: keeps what is appended."""

    rows: list[RowWrite] = field(default_factory=list)

    async def append(self, rows: list[RowWrite], *, author: str) -> int:
        self.rows += rows
        return len(self.rows)

    def only(self) -> dict[str, Any]:
        """The single row, its fields decoded; waits a moment for it."""
        deadline = time.monotonic() + 5
        while not self.rows and time.monotonic() < deadline:
            time.sleep(0.01)
        [row] = self.rows
        return {name: json.loads(text) for name, text in row.fields.items()}


@dataclass
class Site:
    """A gateway server with a provider behind it."""

    url: str
    key: str
    upstream: Upstream
    written: Written
    services: Any

    def client(self, **options: Any) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1/proxy", api_key=self.key, max_retries=0, **options)


async def _answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, AssayError)
    return JSONResponse(error.body(), error.status)


def build_app(services: Any) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await services.gateway.aclose()

    app = FastAPI(lifespan=lifespan)
    app.state.services = services
    app.add_exception_handler(AssayError, _answer)
    app.include_router(router)
    return app


@contextmanager
def gateway_site(folder: Path, *, real: bool, scenarios: tuple[Path, ...] = ()) -> Iterator[Site]:
    """Serve the gateway; `real` gives OpenAI's models a key, else the scripted model answers all."""
    meta = MetaStore(f"sqlite:///{folder / 'meta.db'}")
    meta.start()
    settings = Settings(data=folder, bootstrap_key="assay-test-key-0123456789")
    bootstrap(meta, settings)
    upstream, written = Upstream(), Written()
    with running(provider_app(upstream)) as provider:
        keys = {"openai": "sk-real"} if real else {}
        urls = {"openai": f"{provider}/v1"}
        services = SimpleNamespace(
            settings=settings,
            auth=AuthService(meta),
            objects=ObjectService(meta, [EXPERIMENT]),
            gateway=Gateway(GatewaySettings(keys=keys, base_urls=urls, scenario_folders=scenarios)),
            ingest=written,
            meta=meta,
        )
        with running(build_app(services)) as url:
            yield Site(url, settings.bootstrap_key, upstream, written, services)
        upstream.finish()
    meta.close()
