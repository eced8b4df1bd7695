"""Every failure leaves as JSON: `{"error": {"code", "message", "request_id", …details}}`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from assay.core.times import iso_now
from assay_server.errors import AssayError, BadRequest, Invalid

log = logging.getLogger(__name__)

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "media_type_unknown"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A request the server could not answer: enough to find it in the log, nothing of what was sent."""

    time: str
    request_id: str | None
    method: str
    route: str
    status: int
    code: str


class RecentFailures:
    """The last `limit` requests that ended in a 5xx. Thread-safe."""

    def __init__(self, limit: int = 100) -> None:
        self._held: deque[Failure] = deque(maxlen=limit)

    def add(self, scope: Scope, status: int, code: str) -> None:
        """Remember one. Its route is the pattern that matched, so that no id or name of the address is kept."""
        route = getattr(scope.get("route"), "path", "(no route)")
        request_id = request_id_of(scope)
        self._held.append(Failure(iso_now(), request_id, scope["method"], route, status, code))

    def newest(self) -> list[Failure]:
        """All of them, newest first."""
        return list(self._held)[::-1]


def note_failure(scope: Scope, status: int, code: str) -> None:
    """Remember that a request failed; 501 says what is not built, which is no failure."""
    failures = getattr(scope["app"].state, "failures", None)
    if failures is not None and status != 501:
        failures.add(scope, status, code)


def install_errors(app: FastAPI) -> None:
    """Register the handlers. Unexpected exceptions are caught by `middleware.RequestIds`."""
    app.state.failures = RecentFailures()
    app.add_exception_handler(AssayError, _on_assay_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def error_response(error: AssayError, request_id: str | None) -> Response:
    """The response to an error; `retry_after` seconds in its details become the header."""
    headers: dict[str, str] = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    return JSONResponse(error.body(request_id), error.status, headers)


def request_id_of(scope: Scope) -> str | None:
    """The id `middleware.RequestIds` gave a request."""
    return scope.get("state", {}).get("request_id")


async def _on_assay_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AssayError)
    request_id = request_id_of(request.scope)
    if error.status >= 500:
        path = request.url.path
        log.error("%s %s: %s (request %s)", request.method, path, error.message, request_id)
        note_failure(request.scope, error.status, error.code)
    return error_response(error, request_id)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework refuses: unknown paths, wrong methods, unreadable bodies."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    messages = {
        404: f"There is nothing at {path}; see /openapi.json for what this server offers.",
        405: f"{request.method} is not possible on {path}; see /openapi.json for the methods it has.",
    }
    answer = AssayError(messages.get(error.status_code, str(error.detail)))
    answer.status, answer.code = error.status_code, _CODES.get(error.status_code, "bad_request")
    response = error_response(answer, request_id_of(request.scope))
    response.headers.update(error.headers or {})
    return response


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(_explain(error.errors()), request_id_of(request.scope))


def _explain(problems: Sequence[Any]) -> AssayError:
    """Validation problems as one error whose `fields` list every place and what to do there."""
    first = problems[0]
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "it cannot be read")
        return BadRequest(
            f"The body is not JSON: {reason} at character {first['loc'][-1]}. Correct it there.",
            code="json_invalid",
            position=first["loc"][-1],
        )
    fields = [
        {"location": ".".join(str(part) for part in problem["loc"]), "message": _remedy(problem)}
        for problem in problems
    ]
    message = "; ".join(f"{field['location']}: {field['message']}" for field in fields[:5])
    more = f" (and {len(fields) - 5} more)" if len(fields) > 5 else ""
    return Invalid(message + more, fields=fields)


def _remedy(problem: Any) -> str:
    if problem["type"] == "missing":
        return "is required, add it"
    if problem["loc"] == ("body",) and problem["type"].startswith(("model_", "dict_")):
        return "must be a JSON object, sent with Content-Type: application/json"
    text = str(problem["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return f"{text[:1].lower()}{text[1:]}"
