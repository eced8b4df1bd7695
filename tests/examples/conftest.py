"""The scripted model behind OpenAI's paths on a loopback port: all the agent needs of a server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from assay_server.engines.gateway.gateway import Gateway, GatewaySettings
from assay_server.engines.gateway.messages import read_request


def _gateway_app() -> Starlette:
    gateway = Gateway(GatewaySettings())

    async def chat(request: Request) -> Response:
        asked = read_request("chat/completions", await request.body(), {})
        reply = await gateway.send("org", asked)
        return StreamingResponse(reply.chunks, reply.status, reply.headers)

    return Starlette(routes=[Route("/v1/proxy/chat/completions", chat, methods=["POST"])])


@pytest.fixture(scope="session")
def scripted_url() -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(_gateway_app(), host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("the test server did not start")
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def scripted(scripted_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Points the agent and its judge at the scripted model; nothing is recorded."""
    monkeypatch.setenv("ASSAY_URL", scripted_url)
    monkeypatch.setenv("ASSAY_API_KEY", "unused")
    return scripted_url
