"""What wraps every request: an id and where it comes from, headers that confine the browser, and cross-origin reads
without cookies.

Pure ASGI, so that streams pass through untouched.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay_server.errors import AssayError
from assay_server.http.errors import error_response, note_failure, request_id_of
from assay_server.ports.audit import CALLER, Caller

log = logging.getLogger(__name__)

REQUEST_ID_HEADER = "x-request-id"
_CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

NOBODY = "'none'"


def content_policy(framers: Sequence[str] = (), *, nonce: str = "") -> str:
    """The Content-Security-Policy of a page that pages of `framers` (origins) may show in a frame.

    Style elements apply only with the `nonce` made for this one answer; without a nonce, none does.
    """
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'" if nonce else "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' data:",  # sound and video in the payload of a span
            "frame-src blob:",  # the browser's viewer for a PDF, made of bytes the page has read
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(framers) or NOBODY}",
        )
    )


SECURITY_HEADERS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a login link carries its token in the address
    "Cross-Origin-Opener-Policy": "same-origin",
}

EXPOSED_HEADERS = "x-bt-cursor, x-bt-found-existing, x-bt-span-id, x-bt-span-export, x-request-id"
_BROWSER_ONLY = ("/api/session/", "/api/me", "/app", "/login", "/assets/")
_PREFLIGHT_SECONDS = "600"


def install_middleware(app: FastAPI) -> None:
    """Wrap the app; the last one added is the outermost."""
    app.add_middleware(RequestIds)
    app.add_middleware(CrossOrigin)
    app.add_middleware(SecurityHeaders)


class RequestIds:
    """Gives each request an id, and turns what nobody caught into a 500 that names it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app below this middleware."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = given if _CLIENT_REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        caller = CALLER.set(_caller(scope, request_id))
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            log.exception("%s %s failed (request %s)", scope["method"], scope["path"], request_id)
            note_failure(scope, 500, AssayError.code)
            if started:
                raise  # half an answer is out: only closing the connection tells the client
            await _internal_error(scope)(scope, receive, send_with_id)
        finally:
            CALLER.reset(caller)


class SecurityHeaders:
    """Adds `SECURITY_HEADERS` where the app did not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app below this middleware."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_confined(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_confined)


class CrossOrigin:
    """Lets pages of any origin call the API with a key, never with cookies.

    The answer names no origin (`*`) and grants no credentials, so a browser refuses to send the session
    cookie along. What only our own pages use has no cross-origin headers at all.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app below this middleware, or answer a preflight."""
        if scope["type"] != "http" or scope["path"].startswith(_BROWSER_ONLY):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "origin" not in headers:
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(headers)(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["Access-Control-Allow-Origin"] = "*"
                answer["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            await send(message)

        await self.app(scope, receive, send_open)


def _caller(scope: Scope, request_id: str) -> Caller:
    """Where a request comes from; `actor_of` fills in who sent it."""
    client = scope.get("client")
    return Caller(
        request_id=request_id,
        ip=client[0] if client else None,
        user_agent=Headers(scope=scope).get("user-agent"),
    )


def _preflight(headers: Headers) -> Response:
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        "Vary": "Access-Control-Request-Headers",
    }
    if "access-control-request-headers" in headers:  # "*" would not cover Authorization
        allowed["Access-Control-Allow-Headers"] = headers["access-control-request-headers"]
    return Response(status_code=200, headers=allowed)


def _internal_error(scope: Scope) -> Response:
    request_id = request_id_of(scope)
    return error_response(
        AssayError(f"The server failed on this request; its log has the cause under request {request_id}."),
        request_id,
    )
