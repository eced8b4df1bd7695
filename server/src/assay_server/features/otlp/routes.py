"""OTLP/HTTP: `/otel/v1/traces` and `/v1/traces`; logs and metrics are refused with a clear code."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from assay_server.engines.authz import Actor
from assay_server.engines.otel.json_request import read_json
from assay_server.engines.otel.protobuf import read_protobuf
from assay_server.engines.otel.rows import Place
from assay_server.errors import AssayError, NotBuilt
from assay_server.features.logs.service import PARENT_HEADER, resolve_destination
from assay_server.features.otlp.replies import JSON, Outcome, encoding_of, failure, success
from assay_server.features.otlp.service import Export, read_export
from assay_server.http.auth import actor_of
from assay_server.http.body import read_body

if TYPE_CHECKING:
    from assay_server.services import Services

log = logging.getLogger(__name__)
router = APIRouter()


async def traces(request: Request) -> Response:
    """POST /v1/traces: an ExportTraceServiceRequest, in protobuf or JSON → ExportTraceServiceResponse.

    Spans go to the object named by the span attribute `braintrust.parent` or the header `x-bt-parent`. Spans
    that cannot be stored are counted in `partial_success`; when none can be, the answer is the first error.
    """
    return await _answered(request, _traces)


async def logs(request: Request) -> Response:
    """POST /v1/logs: not built, answered with 501 `otlp_logs_not_built`."""
    return await _answered(request, _refused)


async def metrics(request: Request) -> Response:
    """POST /v1/metrics: not built, answered with 501 `otlp_metrics_not_built`."""
    return await _answered(request, _refused)


async def _answered(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """Errors leave as OTLP wants them: in the encoding of the request."""
    try:
        return await handle(request)
    except AssayError as error:
        if error.status >= 500:
            log.warning("%s %s: %s", request.method, request.url.path, error.message)
        return failure(request, error)


async def _traces(request: Request) -> Response:
    services: Services = request.app.state.services
    actor = await actor_of(request)
    encoding = encoding_of(request)
    body = await read_body(request, services.settings.max_body)
    # In a thread: it asks the database for the parents, and a full batch takes tens of milliseconds to map.
    export = await asyncio.to_thread(
        _read, services, actor, body=body, encoding=encoding, header=request.headers.get(PARENT_HEADER)
    )
    if export.rows:
        await services.ingest.append(export.rows, author=actor.author)
    elif export.refused:
        raise export.refused[0]
    return success(encoding, Outcome(len(export.refused), export.message()))


def _read(services: Services, actor: Actor, *, body: bytes, encoding: str, header: str | None) -> Export:
    def place(reference: str, source: str) -> Place:
        found = resolve_destination(services.objects, actor, reference, source=source)
        return Place(found.target, found.span_id, found.root_span_id, found.propagated)

    spans = read_json(body) if encoding == JSON else read_protobuf(body)
    return read_export(spans, header, place, header_name=PARENT_HEADER)


async def _refused(request: Request) -> Response:
    await actor_of(request)
    signal = request.url.path.rpartition("/")[2]
    raise NotBuilt(
        f"OTLP {signal} are not taken yet; export traces only (OTEL_{signal.upper()}_EXPORTER=none).",
        code=f"otlp_{signal}_not_built",
    )


for _base in ("/otel/v1", "/v1"):
    router.add_route(f"{_base}/traces", traces, methods=["POST"])
    router.add_route(f"{_base}/logs", logs, methods=["POST"])
    router.add_route(f"{_base}/metrics", metrics, methods=["POST"])
