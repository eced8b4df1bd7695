"""Errors the SDK raises, all below one base so that `except AssayError` is enough.

    AssayError
    ├─ ConfigError            a setting is missing or makes no sense
    ├─ InvalidReference       an exported span slug or traceparent that cannot be read (also a ValueError)
    ├─ Unreachable            no answer from the server: refused, reset, timed out
    └─ ApiError               the server answered with an error status

Tracing calls never raise these into user code; reading and registering calls (`dataset.fetch`,
`experiment.id`) do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed later."""


class AssayError(Exception):
    """Base of every error this package raises."""


class ConfigError(AssayError):
    """A setting is missing or wrong; the message says which and how to set it."""


class InvalidReference(AssayError, ValueError):
    """A parent reference that is neither an exported slug nor a W3C traceparent."""


class Unreachable(AssayError):
    """The server gave no answer; the message holds the URL and the cause."""


class ApiError(AssayError):
    """The server refused a request.

    `status` is the HTTP status, `code` the server's stable error code (empty when the body was not ours),
    `details` the rest of its error object (per-row errors among them), `retry_after` seconds when the server
    named them.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details: dict[str, Any] = dict(details or {})
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in RETRYABLE_STATUSES
