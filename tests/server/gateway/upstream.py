"""A provider that speaks OpenAI's format on a loopback port, and notes what it was sent."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 60},
}
WORDS = ["Hello", " from", " upstream"]


@dataclass
class Upstream:
    """The provider's side of the story; set the events to steer it."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None
    word: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def finish(self) -> None:
        """Let held answers go on; callable from any thread."""
        if self.loop:
            self.loop.call_soon_threadsafe(self.word.set)


def provider_app(upstream: Upstream) -> Starlette:
    """Answers by the model's name: `gpt-fail` 429, `gpt-slow` when told, `gpt-break` half, others at once."""

    async def chat(request: Request) -> Response:
        upstream.loop = asyncio.get_running_loop()
        raw = await request.body()
        body = json.loads(raw)
        upstream.bodies.append(raw)
        upstream.requests.append({"headers": dict(request.headers), "body": body})
        if body["model"] == "gpt-fail":
            error = {"message": "Slow down", "type": "rate_limit", "code": "rate_limit_exceeded"}
            return JSONResponse(
                {"error": error}, 429, {"retry-after": "7", "x-ratelimit-remaining-requests": "0"}
            )
        if body.get("stream"):
            return StreamingResponse(stream(body), media_type="text/event-stream")
        if body["model"] == "gpt-slow":
            await held_unless_left(upstream, request)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": "".join(WORDS)},
            "finish_reason": "stop",
        }
        answer = {"id": "up-1", "object": "chat.completion", "model": body["model"], "choices": [choice]}
        answer |= {"usage": USAGE, "unknown_field": {"kept": True}}
        return JSONResponse(answer, headers={"x-request-id": "req-1", "set-cookie": "tracker=1"})

    async def stream(body: dict[str, Any]) -> AsyncIterator[bytes]:
        head = {"id": "up-2", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
        for at, word in enumerate(WORDS):
            delta = {"role": "assistant", "content": word} if at == 0 else {"content": word}
            yield event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            if at == 0 and body["model"] == "gpt-slow":
                await held(upstream)
            if at == 0 and body["model"] == "gpt-break":
                raise ConnectionResetError
        yield event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            yield event({**head, "choices": [], "usage": USAGE})
        yield b"data: [DONE]\n\n"

    async def embeddings(request: Request) -> Response:
        body = json.loads(await request.body())
        upstream.requests.append({"headers": dict(request.headers), "body": body})
        data = [{"object": "embedding", "index": 0, "embedding": [0.5, 0.5]}]
        return JSONResponse(
            {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 2}}
        )

    routes = [
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/embeddings", embeddings, methods=["POST"]),
    ]
    return Starlette(routes=routes)


def event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


async def held(upstream: Upstream) -> None:
    """Wait for the test's word, and note when the caller goes away instead."""
    try:
        await upstream.word.wait()
    except asyncio.CancelledError:
        upstream.cancelled.set()
        raise


async def held_unless_left(upstream: Upstream, request: Request) -> None:
    """The same for an answer that is not streamed: a plain handler is not cancelled, it has to look."""
    while not upstream.word.is_set():
        if await request.is_disconnected():
            upstream.cancelled.set()
            return
        await asyncio.sleep(0.01)


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve an app on a free loopback port; yields its URL and stops it afterwards."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("the test server did not start")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
