"""Writing rows so that a write whose answer was lost is not written twice, and a refused row costs no other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assay.cli.importing.site import ATTEMPTS, Object, Site, compare, value_of
from assay.client.http import backoff_delay
from assay.client.sender import DEFAULT_PAYLOAD_BYTES, MAX_REQUEST_BYTES, STORED_THE_REST, bad_rows
from assay.core.errors import ApiError, Unreachable

_HEAD, _TAIL = b'{"rows":[', b'],"api_version":2}'
VERSIONED = frozenset({"experiment", "dataset"})
"""Object types of which every write stays readable: writing twice would show."""


@dataclass(slots=True)
class Piece:
    """A row with what belongs to it (its comments): the writes stay in one request."""

    row_id: str
    bodies: list[bytes]

    @property
    def size(self) -> int:
        """Bytes of its writes."""
        return sum(len(body) + 1 for body in self.bodies)


@dataclass(slots=True)
class Delivered:
    """What came of some pieces: the newest transaction that took any, and the refused ones with reasons."""

    xact: str | None = None
    refused: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, other: Delivered) -> None:
        """Lay another outcome over this one."""
        self.xact = other.xact or self.xact
        self.refused |= other.refused


class RowWriter:
    """Writes to the rows of one object of the target.

    `last` is the transaction of the last write that is known to be there, "0" before the first. The first write of
    a run, and one that got no answer, look whether the target has it already.
    """

    def __init__(self, target: Site, object_type: str, object_id: str, *, last: str | None) -> None:
        self._target = target
        self._type = object_type
        self._id = object_id
        self.last = last or "0"
        self._unsure = object_type in VERSIONED
        self._limit: int | None = None

    def send(self, pieces: list[Piece], on_part: Callable[[list[Piece], str], None]) -> Delivered:
        """Write pieces in order, in as few requests as they fit in.

        `on_part(its pieces, transaction)` is called after each request. Raises Unreachable or ApiError when the
        target cannot be written to at all.
        """
        outcome = Delivered()
        for part in self._parts(pieces):
            outcome.add(self._send_part(part))
            on_part(part, self.last)
        return outcome

    def newest(self) -> str | None:
        """The newest transaction of the object, deletions included; None when it never had a row."""
        page = self._target.query(
            self._type, self._id, select=("_xact_id",), sort=("_xact_id", "desc"), limit=1, audit_log=True
        )
        return str(value_of(page.rows[0], "_xact_id")) if page.rows else None

    def _parts(self, pieces: list[Piece]) -> Iterator[list[Piece]]:
        limit = min(self._max_body(), MAX_REQUEST_BYTES) - 1024
        part: list[Piece] = []
        size = 0
        for piece in pieces:
            if part and size + piece.size > limit:
                yield part
                part, size = [], 0
            part.append(piece)
            size += piece.size
        if part:
            yield part

    def _send_part(self, part: list[Piece]) -> Delivered:
        """One part, until it is written or refused."""
        outcome = Delivered()
        for attempt in range(1, ATTEMPTS + 1):
            if self._unsure and (xact := self._landed(part)) is not None:
                here = self._stored(xact)
                part = [piece for piece in part if piece.row_id not in here]
                self.last, outcome.xact = xact, xact
                if not part:
                    return outcome
            self._unsure = False
            try:
                outcome.add(self._post(part))
            except (Unreachable, ApiError) as error:
                transient = not isinstance(error, ApiError) or error.retryable
                if attempt == ATTEMPTS or not transient:
                    raise
                self._unsure = self._type in VERSIONED
                time.sleep(backoff_delay(attempt, error, base=0.2, cap=5.0))
            else:
                self.last = outcome.xact or self.last
                return outcome
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _landed(self, part: list[Piece]) -> str | None:
        """The transaction that wrote this part already, when its answer was lost."""
        newest = self.newest()
        if newest is None or int(newest) <= int(self.last):
            return None
        here = self._stored(newest)
        return newest if here and here <= {piece.row_id for piece in part} else None

    def _stored(self, xact: str) -> set[str]:
        where = [compare("eq", "_xact_id", xact)]
        pages = self._target.pages(self._type, self._id, select=("id",), where=where, audit_log=True)
        return {str(value_of(row, "id")) for rows in pages for row in rows}

    def _post(self, part: list[Piece]) -> Delivered:
        """One request; when it is refused as a whole, halves until the rows at fault are alone."""
        bodies = [body for piece in part for body in piece.bodies]
        owners = [piece.row_id for piece in part for _ in piece.bodies]
        try:
            return Delivered(self._request(_HEAD + b",".join(bodies) + _TAIL))
        except ApiError as error:
            if error.code == STORED_THE_REST:
                stored = error.details.get("xact_id")
                reasons = bad_rows(error, len(bodies))
                refused = {owners[at]: reason for at, reason in reasons.items()}
                return Delivered(str(stored) if stored else None, refused)
            if error.retryable or error.status in (401, 403):
                raise
            if len(part) == 1:
                return Delivered(refused={part[0].row_id: str(error)})
            half = len(part) // 2
            outcome = self._post(part[:half])
            outcome.add(self._post(part[half:]))
            return outcome

    def _request(self, body: bytes) -> str:
        if len(body) > self._max_body():
            body = self._uploaded(body)
        answer = self._target.once("POST", "/logs3", body=body, timeout=120.0).json()
        return str(answer["xact_id"])

    def _uploaded(self, body: bytes) -> bytes:
        """Upload a body that is larger than a request; what to send in its place."""
        asked: Object = {"content_type": "application/json", "size_bytes": len(body), "rows": []}
        link = self._target.post("/logs3/overflow", asked)
        headers = link.get("headers") or {"Content-Type": "application/json"}
        self._target.call("PUT", str(link["signedUrl"]), body=body, headers=headers)
        reference = {"type": "logs3_overflow", "key": link["key"], "size_bytes": len(body)}
        return json.dumps({"rows": reference, "api_version": 2}).encode()

    def _max_body(self) -> int:
        if self._limit is None:
            told = self._target.get("/version").get("logs3_payload_max_bytes")
            self._limit = int(told) if told else DEFAULT_PAYLOAD_BYTES
        return self._limit
