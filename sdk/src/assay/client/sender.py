"""Delivering finished rows: routing, splitting by size, and what to do when the server refuses some."""

from __future__ import annotations

import gzip
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import msgspec

from assay.client.notices import Notices
from assay.client.records import Row, with_routing
from assay.client.targets import Target
from assay.core.errors import ApiError, Unreachable

if TYPE_CHECKING:
    from assay.client.http import Transport

DEFAULT_PAYLOAD_BYTES = 6 << 20
"""Largest request when the server does not advertise `logs3_payload_max_bytes`."""

MAX_REQUEST_BYTES = 4 << 20
"""Largest request we make even if the server takes more: smaller ones reach the log sooner."""

GZIP_FROM_BYTES = 8 << 10
STORED_THE_REST = "rows_rejected"
"""Code of a 400 that lists the refused rows and has stored the others."""

_HEAD, _TAIL = b'{"rows":[', b'],"api_version":2}'
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(slots=True)
class SendCounts:
    """What became of rows so far."""

    sent: int = 0
    rejected: int = 0


class Sender:
    """Posts rows to `/logs3`. Used by one thread at a time."""

    def __init__(self, transport: Transport, notices: Notices) -> None:
        self._transport = transport
        self._notices = notices
        self._payload_bytes: int | None = None
        self._routing: dict[Target, bytes | None] = {}
        # Compressing costs more CPU than a loopback transfer saves.
        self._compress = urlsplit(transport.base_url).hostname not in _LOOPBACK
        self.counts = SendCounts()

    def send(self, pending: deque[Row]) -> None:
        """Deliver rows in order, removing each from `pending` once the server has it or has refused it for
        good.

        Raises Unreachable or a transient ApiError; the rows still in `pending` are then worth another try.
        """
        while pending:
            bodies, taken = self._next_request(pending)
            if bodies:
                self._post(bodies)
            for _ in range(taken):
                pending.popleft()

    def _next_request(self, pending: deque[Row]) -> tuple[list[bytes], int]:
        """The bodies of the next request and how many rows of `pending` they stand for (refused ones
        included).
        """
        limit = min(self._limit(), MAX_REQUEST_BYTES)
        bodies: list[bytes] = []
        size = taken = 0
        for row in pending:
            routing = self._routing_of(row.target)
            if routing is None:
                self.counts.rejected += 1
                taken += 1
                continue
            body = with_routing(row, routing)
            if bodies and size + len(body) > limit:
                break
            bodies.append(body)
            size += len(body) + 1
            taken += 1
        return bodies, taken

    def _routing_of(self, target: Target) -> bytes | None:
        """The routing columns as JSON without braces; None when the server refuses the object for good."""
        if target not in self._routing:
            try:
                self._routing[target] = msgspec.json.encode(target.resolve(self._transport))[1:-1]
            except ApiError as error:
                if is_transient(error):
                    raise
                self._routing[target] = None
                self._notices.warn(
                    "object", f"rows for {target.describe()} are lost, the server says: {error}"
                )
        return self._routing[target]

    def _limit(self) -> int:
        if self._payload_bytes is None:
            try:
                told = self._transport.request("GET", "/version").json().get("logs3_payload_max_bytes")
                self._payload_bytes = int(told) if told else DEFAULT_PAYLOAD_BYTES
            except (ApiError, AttributeError, TypeError, ValueError):
                self._payload_bytes = DEFAULT_PAYLOAD_BYTES
        return self._payload_bytes

    def _post(self, bodies: list[bytes]) -> None:
        """Send one request; when the server refuses it, find the rows at fault and send the others."""
        try:
            self._request(b"".join((_HEAD, b",".join(bodies), _TAIL)))
            self.counts.sent += len(bodies)
        except ApiError as error:
            if is_transient(error):
                raise
            if len(bodies) == 1:
                self._reject(bodies[0], str(error))
                return
            bad = bad_rows(error, len(bodies))
            for index, reason in bad.items():
                self._reject(bodies[index], reason)
            good = [body for index, body in enumerate(bodies) if index not in bad]
            if bad and error.code == STORED_THE_REST:
                self.counts.sent += len(good)
            elif bad and good:
                self._post(good)
            elif good:  # the answer names no row: halve until the culprits are alone
                half = len(good) // 2
                self._post(good[:half])
                self._post(good[half:])

    def _request(self, body: bytes) -> None:
        headers: dict[str, str] = {}
        if self._compress and len(body) >= GZIP_FROM_BYTES:
            body, headers = gzip.compress(body, 1), {"Content-Encoding": "gzip"}
        self._transport.request("POST", "/logs3", body=body, headers=headers, timeout=30.0)

    def _reject(self, body: bytes, reason: str) -> None:
        self.counts.rejected += 1
        self._notices.warn(
            "rejected",
            f"the server refused a row for good ({reason}); further ones are only counted: {body[:200]!r}",
        )


def is_transient(error: Exception) -> bool:
    """Whether sending again may help: no answer, an overloaded server, a key that may be accepted later."""
    if isinstance(error, ApiError):
        return error.retryable or error.status == 401
    return isinstance(error, Unreachable)


def bad_rows(error: ApiError, count: int) -> dict[int, str]:
    """Position → reason of the rows a 4xx names: `rows: [{"row", "message"}, …]`, or a single `row`."""
    listed = error.details.get("rows")
    named: list[Any] = cast("list[Any]", listed) if isinstance(listed, list) else [error.details]
    reasons: dict[int, str] = {}
    for item in named:
        found = cast("dict[str, Any]", item) if isinstance(item, dict) else {"row": item}
        position = found.get("row")
        if isinstance(position, int) and 0 <= position < count:
            reasons[position] = str(found.get("message") or error)
    return reasons
