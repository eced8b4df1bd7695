"""Serves one call: sends it through the gateway and, when it has a parent, records it as a span."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from assay_server.engines.authz import Actor, in_org, require
from assay_server.engines.gateway.messages import ModelReply, ModelRequest
from assay_server.engines.gateway.recording import Timing, span_fields
from assay_server.engines.gateway.tee import Tee
from assay_server.errors import AssayError
from assay_server.features.gateway.parents import Parent, resolve_parent

if TYPE_CHECKING:
    from assay_server.services import Services

Chunks = AsyncGenerator[bytes, None]
_HUNG_UP = "The client closed the connection before the answer was complete."


async def call_model(
    services: Services, actor: Actor, request: ModelRequest, parent_header: str | None
) -> ModelReply:
    """Answer a call of `actor`; with a parent header it is recorded before the reply's chunks end.

    Raises Forbidden for a viewer (model calls cost money), BadRequest, NotFound or Forbidden for a bad parent
    before anything is sent, and the gateway's errors.
    """
    require(actor, "create", in_org(actor, "model_call", request.model))
    if not parent_header:
        return await services.gateway.send(actor.org_id, request)
    parent = await asyncio.to_thread(resolve_parent, services.objects, actor, parent_header)
    recording = Recording(services, parent, request)
    try:
        reply = await services.gateway.send(actor.org_id, recording.request)
    except AssayError as error:
        await recording.failed(error)
        raise
    return recording.of(reply)


class Recording:
    """One call being recorded; `request` is what to send, which asks a stream for its usage."""

    def __init__(self, services: Services, parent: Parent, request: ModelRequest) -> None:
        self._ingest = services.ingest
        self._parent = parent
        self._asked = request
        self._started = time.time()
        self._hide_usage = (
            request.endpoint == "chat/completions" and request.stream and not _wants_usage(request)
        )
        self.request = request
        if self._hide_usage:
            options = request.body.get("stream_options") or {}
            self.request = request.altered(stream_options={**options, "include_usage": True})

    def of(self, reply: ModelReply) -> ModelReply:
        """The same reply, teed; its headers name the span."""
        reply.headers["x-bt-span-id"] = self._parent.span_id
        tee = Tee(streaming=reply.streaming, hide_usage=self._hide_usage)
        reply.chunks = self._teed(reply.chunks, reply.provider, tee)
        return reply

    async def failed(self, error: AssayError) -> None:
        """Record a call that got no reply."""
        await self._write(Tee(streaming=False), provider="", error=error.message)

    async def _teed(self, source: Chunks, provider: str, tee: Tee) -> Chunks:
        problem: Any = _HUNG_UP
        try:
            async for chunk in source:
                if passed := tee.feed(chunk):
                    yield passed
            if rest := tee.rest():
                yield rest
            problem = None
        except AssayError as error:
            problem = error.message
            raise
        finally:
            await source.aclose()
            # Shielded: a client that hangs up cancels this task, and its call is recorded all the same.
            await asyncio.shield(asyncio.ensure_future(self._write(tee, provider=provider, error=problem)))

    async def _write(self, tee: Tee, *, provider: str, error: Any) -> None:
        timing = Timing(start=self._started, end=time.time())
        fields = span_fields(self._asked, tee, provider=provider, timing=timing, error=error)
        row = self._parent.row(fields, started=self._started)
        await self._ingest.append([row], author=self._parent.author)


async def as_events(chunks: Chunks) -> Chunks:
    """A stream that ends with an error event when the provider breaks off: its status line is long gone."""
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
    except AssayError as error:
        yield b"data: " + msgspec.json.encode(error.body()) + b"\n\n"


def _wants_usage(request: ModelRequest) -> bool:
    options = request.body.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True
