"""Identifiers: rows, spans, traces and transactions.

Row ids are UUIDs in text form. Span ids are 8 random bytes and trace (root span) ids 16 random bytes, both in
hex, so that they equal W3C trace-context ids and OpenTelemetry spans can join our traces.

A transaction id ("xact") orders every committed write: `0x0DE1 << 48 | unix_seconds << 16 | counter`. Written in
decimal it always has 19 digits, so text order equals numeric order. The *pretty* form is the same number through a
multiplicative bijection modulo 2**64, as 16 hex digits; every version parameter takes both forms.
"""

from __future__ import annotations

import os
import threading
import time
import uuid

_XACT_TOP = 0x0DE1 << 48
_PRETTY = 205891132094649
_UNPRETTY = 1522336535492693385
_MASK = (1 << 64) - 1


def new_row_id() -> str:
    """A fresh row id: 36 characters, UUID version 4."""
    return str(uuid.uuid4())


def new_span_id() -> str:
    """A fresh span id: 16 lower-case hex digits."""
    return os.urandom(8).hex()


def new_trace_id() -> str:
    """A fresh root span id: 32 lower-case hex digits."""
    return os.urandom(16).hex()


def xact_from_parts(seconds: int, counter: int) -> int:
    """Build a transaction id from unix seconds and a 16-bit counter."""
    return _XACT_TOP | (seconds << 16) | counter


def xact_seconds(xact: int) -> int:
    """Unix seconds held in a transaction id."""
    return (xact & ((1 << 48) - 1)) >> 16


def pretty_xact(xact: int) -> str:
    """16 hex digits that name the same transaction."""
    return f"{(xact * _PRETTY) & _MASK:016x}"


def parse_xact(text: str | int) -> int:
    """Read a version in decimal or pretty form.

    Raises ValueError when the text is neither.
    """
    if isinstance(text, int):
        return text
    value = text.strip()
    if len(value) == 16:
        try:
            return ((int(value, 16) * _UNPRETTY) & ((1 << 48) - 1)) | _XACT_TOP
        except ValueError:
            pass
    if not value.isascii() or not value.isdigit() or int(value) > _MASK:
        raise ValueError(f"{text!r} is not a version: give the decimal transaction id or its 16 hex digits")
    return int(value)


class XactClock:
    """Hands out strictly increasing transaction ids, also across restarts when told the last one used."""

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """The newest id handed out (0 when none)."""
        return self._last

    def next(self) -> int:
        """One fresh id, greater than every earlier one even when the wall clock steps back."""
        with self._lock:
            self._last = max(xact_from_parts(int(time.time()), 0), self._last + 1)
            return self._last
