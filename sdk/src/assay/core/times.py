"""Times as rows carry them."""

from __future__ import annotations

import time


def iso_time(seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC with microseconds: `2026-11-21T00:23:59.123456Z`."""
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{micros:06d}Z"


def iso_now() -> str:
    """The current time."""
    return iso_time(time.time())
