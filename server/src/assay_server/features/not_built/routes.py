"""Endpoints that other servers of this API have and this one does not: 501 `not_built`, never an answer made up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from assay_server.errors import NotBuilt
from assay_server.http.auth import actor_of

_RUN_LOCALLY = "Run the code where it is, with `assay eval` or the SDK."
ENDPOINTS: tuple[tuple[str, str, str], ...] = (
    ("POST", "/v1/function/{function_id}/invoke", f"Functions are stored, not run. {_RUN_LOCALLY}"),
    ("POST", "/function/code", f"Bundles of code cannot be uploaded. {_RUN_LOCALLY}"),
    ("POST", "/function/sandbox-list", f"Bundles of code cannot be uploaded. {_RUN_LOCALLY}"),
    ("POST", "/function/eval", f"Evaluations do not run on the server. {_RUN_LOCALLY}"),
    ("POST", "/v1/eval", f"Evaluations do not run on the server. {_RUN_LOCALLY}"),
    ("POST", "/brainstore/automation/{rest:path}", "Automations are stored, not run."),
    ("POST", "/topic-map-report-url", "Topics are not found by this server."),
    ("POST", "/topic-map-btmap-url", "Topics are not found by this server."),
    ("*", "/v1/project/{project_id}/simulated_user", "Simulated users are not stored."),
    ("*", "/v1/project/{project_id}/simulated_user/{rest:path}", "Simulated users are not stored."),
    ("*", "/v1/proxy/{rest:path}", "The gateway serves chat completions and embeddings."),
    ("*", "/api/prompt_session/{rest:path}", "Playground sessions are not stored."),
    ("POST", "/api/secret", "Provider keys never leave the server; call models through its gateway."),
    (
        "*",
        "/api/cli/wizard-session/{rest:path}",
        "There is no set-up in the browser; log in with an API key.",
    ),
    ("*", "/oauth/{rest:path}", "There is no OAuth; log in with an API key."),
    ("*", "/mcp", "There is no server of tools here; query with POST /btql."),
)
"""(method, path, what to do instead); `*` is every method."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

router = APIRouter()


def _refusing(advice: str) -> Callable[[Request], Awaitable[Response]]:
    async def refuse(request: Request) -> Response:
        await actor_of(request)
        raise NotBuilt(f"{request.url.path} is not built. {advice}")

    return refuse


for method, path, advice in ENDPOINTS:
    methods = _METHODS if method == "*" else (method,)
    router.add_route(path, _refusing(advice), methods=list(methods), include_in_schema=False)
