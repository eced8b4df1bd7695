"""Page tokens: opaque to callers, bound to one question, holding the sort key of the last row given out."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import msgspec

from assay_server.engines.query.literals import parse_time, quote
from assay_server.engines.query.literals import time as time_literal
from assay_server.engines.query.types import Kind
from assay_server.errors import QueryError


class Position(msgspec.Struct, array_like=True):
    """Where a page ended: the fingerprint of its query, and the sort key of its last row."""

    query: str
    keys: list[str | None] = []


@dataclass(frozen=True, slots=True)
class PageKey:
    """One term of the order of a page."""

    sql: str
    kind: Kind
    descending: bool
    nulls_first: bool = False
    nullable: bool = True

    def term(self) -> str:
        """The ORDER BY term."""
        nulls = f" NULLS {'FIRST' if self.nulls_first else 'LAST'}" if self.nullable else ""
        return f"{self.sql} {'DESC' if self.descending else 'ASC'}{nulls}"


def encode(position: Position) -> str:
    """The token of a position."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode(token: str, fingerprint: str) -> Position:
    """Read a token back. Raises QueryError when it is damaged or belongs to another query."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        position = msgspec.json.decode(raw, type=Position)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise QueryError(
            "The cursor is damaged; start again without a cursor.", code="cursor_invalid"
        ) from None
    if position.query != fingerprint:
        message = (
            "The cursor belongs to another query; send the query it came with, or start without a cursor."
        )
        raise QueryError(message, code="cursor_mismatch")
    return position


def after(keys: list[PageKey], values: list[str | None]) -> str:
    """The condition that holds for rows behind a position in the order of `keys`."""
    if len(keys) != len(values):
        raise QueryError("The cursor is damaged; start again without a cursor.", code="cursor_invalid")
    alternatives, equal = [], []
    for key, value in zip(keys, values, strict=True):
        if beyond := _beyond(key, value):
            alternatives.append("(" + " AND ".join([*equal, beyond]) + ")")
        equal.append(f"isNull({key.sql})" if value is None else f"{key.sql} = {key_literal(key.kind, value)}")
    return " OR ".join(alternatives) or "false"


def _beyond(key: PageKey, value: str | None) -> str | None:
    if value is None:
        return f"isNotNull({key.sql})" if key.nulls_first else None
    further = f"{key.sql} {'<' if key.descending else '>'} {key_literal(key.kind, value)}"
    return further if key.nulls_first or not key.nullable else f"({further} OR isNull({key.sql}))"


def key_literal(kind: Kind, value: str) -> str:
    """The SQL literal of a sort key in a page token. Raises QueryError for a time that is none."""
    match kind:
        case Kind.TIME:
            moment = parse_time(value)
            if moment is None:
                raise QueryError(
                    "The cursor is damaged; start again without a cursor.", code="cursor_invalid"
                )
            return time_literal(moment)
        case Kind.NUMBER:
            return f"toFloat64({quote(value)})"
        case Kind.XACT | Kind.PAGE:
            return f"toUInt64({quote(value)})"
        case Kind.BOOL:
            return "true" if value == "true" else "false"
    return quote(value)
