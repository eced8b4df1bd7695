"""How large the body of a request may be that describes an object; rows go through the log routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

MAX_BODY = 8 << 20


class ObjectRoute(APIRoute):
    """A route that stops reading at `MAX_BODY` bytes: bodies are read before the caller is known."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind a count of the bytes that arrive."""
        handler = super().get_route_handler()

        async def limited(request: Request) -> Response:
            announced = request.headers.get("content-length", "")
            if announced.isdigit() and int(announced) > MAX_BODY:
                raise _too_large()
            read = 0

            async def receive() -> Message:
                nonlocal read
                message = await request.receive()
                read += len(message.get("body", b""))
                if read > MAX_BODY:
                    raise _too_large()
                return message

            return await handler(Request(request.scope, receive))

        return limited


def _too_large() -> HTTPException:
    """The framework's own kind: it takes any other exception while reading for a broken body."""
    return HTTPException(413, f"The body is larger than {MAX_BODY:,} bytes; rows go to /logs3 or …/insert.")
