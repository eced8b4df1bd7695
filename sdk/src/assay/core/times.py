"""Times as rows carry them."""

from __future__ import annotations

import time

# The second written out last: most times are near the one before.
_second: tuple[int, str] = (0, "1970-01-01T00:00:00")


def iso_time(seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC with microseconds: `2026-11-21T00:23:59.123456Z`."""
    global _second
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    second = _second
    if second[0] != whole:
        _second = second = (whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)))
    return f"{second[1]}.{micros:06d}Z"


def iso_now() -> str:
    """The current time."""
    return iso_time(time.time())
