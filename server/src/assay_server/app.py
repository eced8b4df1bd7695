"""Composition: settings → adapters → engines → services → routes. The only module that knows every implementation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from assay_server.adapters.blobs.local import LocalBlobStore
from assay_server.adapters.bus.memory import MemoryBus
from assay_server.adapters.jobs.database import DatabaseJobQueue
from assay_server.adapters.meta.store import MetaStore
from assay_server.adapters.secrets.local import LocalSecrets
from assay_server.adapters.spans.clickhouse import ClickHouseSpanStore
from assay_server.adapters.spans.process import StoreProcess
from assay_server.engines import pricing
from assay_server.engines.gateway.gateway import Gateway, GatewaySettings
from assay_server.engines.ingest.ingest import Ingest
from assay_server.engines.query.engine import QueryEngine
from assay_server.errors import AssayError
from assay_server.features.access import routes as access
from assay_server.features.access.tables import KINDS as ACCESS
from assay_server.features.attachments import routes as attachments
from assay_server.features.audit import routes as audit
from assay_server.features.datasets import routes as datasets
from assay_server.features.datasets import summary_routes as dataset_summaries
from assay_server.features.datasets.tables import DATASET
from assay_server.features.environments import routes as environments
from assay_server.features.environments.tables import ENVIRONMENT, ENVIRONMENT_OBJECT
from assay_server.features.experiments import planning_routes as planning
from assay_server.features.experiments import routes as experiments
from assay_server.features.experiments import verdict_routes as verdicts
from assay_server.features.experiments.held import HeldCases
from assay_server.features.experiments.tables import EXPERIMENT
from assay_server.features.fetch import routes as fetch
from assay_server.features.files import routes as files
from assay_server.features.functions import routes as functions
from assay_server.features.functions.catalog import StoredFunctions
from assay_server.features.functions.service import FunctionService
from assay_server.features.functions.tables import FUNCTION, PROMPT
from assay_server.features.gateway import routes as gateway
from assay_server.features.health import routes as health
from assay_server.features.health.service import StoreProbe
from assay_server.features.keys import routes as keys
from assay_server.features.keys import session_routes as sessions
from assay_server.features.keys import token_routes as service_tokens
from assay_server.features.keys.service import AuthService
from assay_server.features.logs import distinction_routes as distinctions
from assay_server.features.logs import overflow_routes as overflow
from assay_server.features.logs import routes as logs
from assay_server.features.not_built import routes as not_built
from assay_server.features.notifications import routes as notifications
from assay_server.features.notifications.service import Notifications
from assay_server.features.orgs import routes as orgs
from assay_server.features.otlp import routes as otlp
from assay_server.features.project_settings import routes as project_settings
from assay_server.features.project_settings import view_default_routes as view_defaults
from assay_server.features.project_settings.tables import KINDS as PROJECT_SETTINGS
from assay_server.features.projects import routes as projects
from assay_server.features.projects.service import ObjectService
from assay_server.features.retention.runner import RetentionRunner
from assay_server.features.review import routes as review
from assay_server.features.review.tables import REVIEW_QUEUE
from assay_server.features.secrets import routes as ai_secrets
from assay_server.features.secrets.service import AiSecretService
from assay_server.features.shared_links import routes as shared_links
from assay_server.features.shared_links.service import SharedLinks
from assay_server.features.snapshots import routes as snapshots
from assay_server.features.snapshots.tables import DATASET_SNAPSHOT
from assay_server.features.sql import background_routes as background
from assay_server.features.sql import routes as sql
from assay_server.features.sql.background import BackgroundQueries
from assay_server.features.sql.runner import QueryRunner
from assay_server.features.threads import routes as threads
from assay_server.features.users import routes as users
from assay_server.http.errors import install_errors
from assay_server.http.middleware import install_middleware
from assay_server.http.openapi import describe_routes
from assay_server.http.static import mount_ui
from assay_server.ports.spans import SpanStore
from assay_server.services import Services
from assay_server.settings import VERSION, Settings

ROUTERS = (
    logs.router,
    distinctions.router,
    overflow.router,
    sql.router,
    background.router,
    fetch.router,
    verdicts.router,
    planning.router,
    dataset_summaries.router,
    projects.router,
    experiments.router,
    datasets.router,
    functions.router,
    environments.router,
    snapshots.router,
    project_settings.router,
    view_defaults.router,
    review.router,
    keys.router,
    service_tokens.router,
    sessions.router,
    orgs.router,
    users.router,
    ai_secrets.router,
    gateway.router,
    otlp.router,
    attachments.router,
    files.router,
    access.router,
    threads.router,
    audit.router,
    health.router,
    shared_links.router,
    notifications.router,
    not_built.router,
)  # paths with fixed endings before those that end in an id
KINDS = (
    EXPERIMENT,
    DATASET,
    DATASET_SNAPSHOT,
    FUNCTION,
    PROMPT,
    ENVIRONMENT,
    ENVIRONMENT_OBJECT,
    *PROJECT_SETTINGS,
    REVIEW_QUEUE,
    *ACCESS,
)


def build_services(settings: Settings) -> Services:
    """Create and start every part. Raises RuntimeError (or CorruptLog) with the reason when one cannot start."""
    meta = MetaStore(settings.meta_url)
    meta.start()
    spans = _span_store(settings)
    bus = MemoryBus()
    try:
        spans.start()
        ingest = Ingest(spans, bus, settings.data / "ingest", price=pricing.parts)
        ingest.start()
    except BaseException:
        spans.close()
        raise
    objects = ObjectService(meta, KINDS)
    secrets = LocalSecrets.from_settings(settings.data / "secret.key", settings.secret_key)
    provider_keys = AiSecretService(meta, secrets)
    jobs, auth = DatabaseJobQueue(meta), AuthService(meta)
    blobs = LocalBlobStore(settings.data / "blobs")
    query = QueryEngine(
        spans,
        objects,
        ingest.caught_up,
        catalog=StoredFunctions(objects),
        strict_spans=settings.strict_spans,
    )
    queries = BackgroundQueries(meta, jobs, blobs)
    return Services(
        settings=settings,
        meta=meta,
        secrets=secrets,
        jobs=jobs,
        spans=spans,
        blobs=blobs,
        ingest=ingest,
        query=query,
        background=queries,
        query_runner=QueryRunner(queries, jobs, query, auth.actor_for_member),
        cases=HeldCases(spans),
        objects=objects,
        functions=FunctionService(objects, ingest.xacts),
        auth=auth,
        shared_links=SharedLinks(meta, objects, auth),
        notifications=Notifications(meta, objects),
        ai_secrets=provider_keys,
        gateway=Gateway(_gateway_settings(settings), provider_keys.credential),
        bus=bus,
        store_probe=StoreProbe(spans),
        retention=RetentionRunner(meta, spans, ingest, jobs, audit_days=settings.audit_days),
    )


def close_services(services: Services) -> None:
    """Stop in the order that loses nothing: finish the log, apply it, then close the stores."""
    services.store_probe.close()
    services.ingest.close()
    services.spans.close()
    services.meta.close()


def create_app(services: Services) -> FastAPI:
    """The ASGI application over running services."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        services.query_runner.start(asyncio.get_running_loop())
        services.retention.start(asyncio.get_running_loop())
        yield
        await run_in_threadpool(services.retention.stop)
        await run_in_threadpool(services.query_runner.stop)
        await services.gateway.aclose()

    app = FastAPI(title="Assay", version=VERSION, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.services = services
    app.state.started = datetime.now(UTC).isoformat()
    install_errors(app)
    install_middleware(app)
    app.add_route("/health", _health, methods=["GET"])
    for router in ROUTERS:
        app.include_router(router)
    mount_ui(app)
    describe_routes(app)
    return app


async def _health(request: Request) -> JSONResponse:
    """GET /health: versions and the state of every part; open to everyone, 200 while the API itself answers."""
    services: Services = request.app.state.services
    ingest = services.ingest.health()
    body: dict[str, Any] = {
        "status": "ok",
        "version": VERSION,
        "started": request.app.state.started,
        "ingest": ingest,
    }
    body["store"] = {"engine": None}
    with suppress(AssayError):
        body["store"] = await run_in_threadpool(services.spans.health)
    if body["store"]["engine"] is None or not ingest["writing"]:
        body["status"] = "degraded"
    body["time"] = time.time()
    return JSONResponse(body)


def _span_store(settings: Settings) -> SpanStore:
    if settings.clickhouse_url:
        return ClickHouseSpanStore(**settings.clickhouse)  # type: ignore[arg-type]
    process = StoreProcess(settings.data / "store")
    return ClickHouseSpanStore(
        host="127.0.0.1", port=process.port, user="default", password=process.password, process=process
    )


def _gateway_settings(settings: Settings) -> GatewaySettings:
    folders = (Path(settings.scenarios),) if settings.scenarios else ()
    return GatewaySettings(
        keys=settings.provider_keys, base_urls=settings.provider_urls, scenario_folders=folders
    )
