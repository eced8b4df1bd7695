"""Errors the server answers with. Every one has a stable code, an HTTP status and a sentence that says what to do.

AssayError
├─ BadRequest 400 ── QueryError 400 (line, column)
├─ Unauthorized 401
├─ Forbidden 403
├─ NotFound 404
├─ Conflict 409
├─ TooLarge 413
├─ Invalid 422
├─ TooMany 429
├─ NotBuilt 501
└─ Unavailable 503
"""

from __future__ import annotations

from typing import Any


class AssayError(Exception):
    """Base of every answerable error.

    `code` is stable and machine-readable (snake_case); `message` is for people and names the offending thing and the
    remedy; `details` carries positions such as `{"row": 3}` or `{"line": 1, "column": 8}`.
    """

    status = 500
    code = "internal"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code:
            self.code = code

    def body(self, request_id: str | None = None) -> dict[str, Any]:
        """The JSON body: `{"error": {"code", "message", "request_id", …details}}`."""
        return {
            "error": {"code": self.code, "message": self.message, "request_id": request_id, **self.details}
        }


class BadRequest(AssayError):
    """The request cannot be read."""

    status, code = 400, "bad_request"


class QueryError(BadRequest):
    """A query that cannot run; details hold `line` and `column` where known."""

    code = "query_invalid"


class Unauthorized(AssayError):
    """No credential, or one we do not know."""

    status, code = 401, "unauthorized"


class Forbidden(AssayError):
    """A known caller without the permission."""

    status, code = 403, "forbidden"


class NotFound(AssayError):
    """No such object, or none the caller may see."""

    status, code = 404, "not_found"


class Conflict(AssayError):
    """The object is in a state that forbids the request."""

    status, code = 409, "conflict"


class TooLarge(AssayError):
    """A body or value over a documented limit."""

    status, code = 413, "too_large"


class Invalid(AssayError):
    """A well-formed request with values that make no sense."""

    status, code = 422, "invalid"


class TooMany(AssayError):
    """Over a rate or queue limit; sent with Retry-After."""

    status, code = 429, "too_many_requests"


class NotBuilt(AssayError):
    """A documented capability this version does not have."""

    status, code = 501, "not_built"


class Unavailable(AssayError):
    """A part of the server is down or behind; worth a retry."""

    status, code = 503, "unavailable"
