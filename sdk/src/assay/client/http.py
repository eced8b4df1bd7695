"""One small HTTP client over urllib3, imported when the first request leaves."""

from __future__ import annotations

import json as jsonlib
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from assay.client.locks import ForkSafeLock
from assay.core.errors import RETRYABLE_STATUSES, ApiError, Unreachable

if TYPE_CHECKING:
    from urllib3 import PoolManager

DEFAULT_TIMEOUT = 60.0
"""Seconds until a request without an answer is given up."""


_inherited: list[PoolManager] = []
"""Pools of the parent process, kept so that no destructor in the child touches their sockets."""


@dataclass(frozen=True, slots=True)
class Response:
    """A 2xx or 3xx answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON.

        Raises ApiError when it is not: an intermediary answered in place of the server.
        """
        try:
            return jsonlib.loads(self.body)
        except ValueError as error:
            raise ApiError(f"expected JSON, got {self.body[:120]!r}", status=self.status) from error


class Transport:
    """Sends requests to one server. Safe to share between threads; made anew after a fork."""

    def __init__(self, base_url: str, api_key: str | None, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        self.base_url = base_url
        self.api_key = api_key
        self.timeout = timeout
        self._pool: PoolManager | None = None
        self._pid = 0
        self._lock = ForkSafeLock()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Response:
        """One request, one try. `path` is below the server's URL, or absolute for pre-signed URLs (sent
        without key).

        Raises Unreachable without an answer, ApiError for a status of 400 or more.
        """
        from urllib3.exceptions import HTTPError

        signed = path.startswith(("http://", "https://"))
        sent = dict(headers or {})
        if not signed and self.api_key:
            sent.setdefault("Authorization", f"Bearer {self.api_key}")
        if json is not None:
            body = jsonlib.dumps(json).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        url = path if signed else self.base_url + path
        try:
            answer = self._manager().request(
                method,
                url + _query_text(query),
                body=body,
                headers=sent,
                timeout=self.timeout if timeout is None else timeout,
                retries=False,
            )
        except (HTTPError, OSError) as error:
            raise Unreachable(f"no answer from {url}: {_cause(error)}") from error
        response = Response(answer.status, answer.headers, answer.data)
        if answer.status >= 400:
            raise _api_error(response, f"{method} {path}")
        return response

    def retrying(self, method: str, path: str, *, attempts: int = 4, **options: Any) -> Response:
        """Like `request`, repeated with back-off after a lost connection or a retryable status; for
        idempotent calls.
        """
        for attempt in range(1, attempts + 1):
            try:
                return self.request(method, path, **options)
            except (Unreachable, ApiError) as error:
                transient = not isinstance(error, ApiError) or error.status in RETRYABLE_STATUSES
                if attempt == attempts or not transient:
                    raise
                time.sleep(backoff_delay(attempt, error, base=0.2, cap=5.0))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def get(self, path: str, **query: Any) -> Any:
        """GET with retries; the JSON of the answer. None values are left out of the query."""
        return self.retrying("GET", path, query=query).json()

    def post(self, path: str, json: Any) -> Any:
        """POST of an idempotent call with retries; the JSON of the answer."""
        return self.retrying("POST", path, json=json).json()

    def close(self) -> None:
        """Drop pooled connections; the transport stays usable."""
        with self._lock:
            if self._pool is not None and self._pid == os.getpid():
                # clear() leaves closing to finalizers, which at exit have run before the last request.
                keys = self._pool.pools.keys()
                for key in keys:
                    self._pool.pools[key].close()
            self._pool = None

    def _manager(self) -> PoolManager:
        with self._lock:
            # A pool inherited through fork shares its sockets with the parent.
            if self._pool is None or self._pid != os.getpid():
                from urllib3 import PoolManager

                if self._pool is not None:
                    _inherited.append(self._pool)
                self._pool = PoolManager(num_pools=4, maxsize=8)
                self._pid = os.getpid()
            return self._pool


def backoff_delay(attempt: int, error: Exception | None = None, *, base: float, cap: float) -> float:
    """Seconds to wait after failure number `attempt`: what the server asked, else doubling with jitter."""
    asked = error.retry_after if isinstance(error, ApiError) else None
    if asked is not None:
        return min(asked, 300.0)
    return random.uniform(0.5, 1.0) * min(cap, base * 2.0 ** min(attempt - 1, 30))


def _query_text(query: Mapping[str, Any] | None) -> str:
    if not query:
        return ""
    from urllib.parse import urlencode

    given = {key: str(value).lower() if isinstance(value, bool) else value for key, value in query.items()}
    text = urlencode({key: value for key, value in given.items() if value is not None}, doseq=True)
    return f"?{text}" if text else ""


def _cause(error: BaseException) -> str:
    """The innermost reason of a urllib3 error, in a few words."""
    reason = getattr(error, "reason", None)
    return _cause(reason) if isinstance(reason, BaseException) else str(error) or type(error).__name__


def _api_error(response: Response, what: str) -> ApiError:
    """Read our error envelope, and fall back to the text other servers send."""
    fields = _error_fields(response.body)
    text = str(fields.pop("message", "") or response.body[:500].decode("utf-8", "replace")).strip()
    return ApiError(
        f"{what}: {response.status} {text}",
        status=response.status,
        code=str(fields.pop("code", "") or ""),
        details=fields,
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _error_fields(body: bytes) -> dict[str, Any]:
    try:
        parsed: Any = jsonlib.loads(body)
    except ValueError:
        return {}
    if not isinstance(parsed, dict):
        return {}
    error: Any = cast("dict[str, Any]", parsed).get("error", parsed)
    return dict(cast("dict[str, Any]", error)) if isinstance(error, dict) else {"message": str(error)}


def _seconds(value: str | None) -> float | None:
    """`Retry-After` in seconds; HTTP dates are too coarse to wait for and count as absent."""
    try:
        return max(0.0, float(value)) if value else None
    except ValueError:
        return None
