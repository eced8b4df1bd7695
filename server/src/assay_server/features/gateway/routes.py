"""Hot routes of the gateway: OpenAI's paths, below `/v1` and `/v1/proxy`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from assay_server.engines.gateway.messages import Endpoint, ModelReply, read_request
from assay_server.features.gateway.service import Chunks, as_events, call_model
from assay_server.features.logs.service import PARENT_HEADER
from assay_server.http.auth import actor_of
from assay_server.http.body import read_body

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter()
T = TypeVar("T")

_CLIENT_CLOSED = 499  # the number nginx logs for it; nobody is left to read it


async def chat_completions(request: Request) -> Response:
    """POST /v1/chat/completions: one chat completion, streamed when the body says `"stream": true`."""
    return await _call(request, "chat/completions")


async def embeddings(request: Request) -> Response:
    """POST /v1/embeddings: vectors for one or more texts."""
    return await _call(request, "embeddings")


async def models(request: Request) -> Response:
    """GET /v1/models: `{"object": "list", "data": [{"id", "owned_by", …}]}`."""
    actor = await actor_of(request)
    listed = _services(request).gateway.models(actor.org_id)
    return Response(msgspec.json.encode({"object": "list", "data": listed}), media_type="application/json")


async def _call(request: Request, endpoint: Endpoint) -> Response:
    services = _services(request)
    actor = await actor_of(request)
    raw = await read_body(request, services.settings.max_body)
    model_request = read_request(endpoint, raw, request.headers)
    answer = call_model(services, actor, model_request, request.headers.get(PARENT_HEADER))
    response = await _unless_closed(request, _respond(answer))
    return Response(status_code=_CLIENT_CLOSED) if response is None else response


async def _respond(answer: Awaitable[ModelReply]) -> Response:
    """The response to a reply: its whole body, or a stream whose first chunk is there."""
    reply = await answer
    headers = {**reply.headers, "x-bt-used-endpoint": reply.provider}
    if not reply.streaming:
        return Response(b"".join([chunk async for chunk in reply.chunks]), reply.status, headers)
    headers |= {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
    chunks = as_events(reply.chunks)
    return _Stream(await anext(chunks, b""), chunks, status=reply.status, headers=headers)


class _Stream(StreamingResponse):
    """Sends chunks, and closes them however it ends.

    They are begun before the response is: a generator that never ran has nothing to close, and a client that
    is gone by then would leave the connection to the provider open.
    """

    def __init__(self, first: bytes, rest: Chunks, *, status: int, headers: dict[str, str]) -> None:
        super().__init__(_joined(first, rest), status, headers)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._rest.aclose()


async def _joined(first: bytes, rest: Chunks) -> Chunks:
    yield first
    async for chunk in rest:
        yield chunk


async def _unless_closed(request: Request, work: Awaitable[T]) -> T | None:
    """The result of `work`, or None when the client hangs up first; `work` is cancelled then."""
    task = asyncio.ensure_future(work)
    closed = asyncio.ensure_future(_closed(request))
    try:
        await asyncio.wait((task, closed), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        closed.cancel()
        if not task.done():
            task.cancel()
        await asyncio.gather(task, closed, return_exceptions=True)


async def _closed(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _services(request: Request) -> Services:
    return request.app.state.services


for _base in ("/v1", "/v1/proxy"):
    router.add_route(f"{_base}/chat/completions", chat_completions, methods=["POST"])
    router.add_route(f"{_base}/embeddings", embeddings, methods=["POST"])
    router.add_route(f"{_base}/models", models, methods=["GET"])
