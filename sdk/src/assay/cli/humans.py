"""Numbers and times the way people read them: 1.2 s, 3.4k, $0.0123, 2 min ago."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_STEPS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def count(value: float | None) -> str:
    """A quantity: `999`, `3.4k`, `12M`; '' for None."""
    if value is None:
        return ""
    for size, letter in _STEPS:
        if abs(value) >= size * 0.9995:  # 999,600 reads as 1M, not as 1000k
            return _three_digits(value / size) + letter
    return f"{value:,.0f}" if float(value).is_integer() else _three_digits(value)


def seconds(value: float | None) -> str:
    """A duration given in seconds: `820 µs`, `340 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`; '' for None."""
    if value is None:
        return ""
    size = abs(value)
    if size < 0.0009995:
        return f"{value * 1e6:.0f} µs"
    if size < 0.9995:
        return f"{_three_digits(value * 1e3)} ms"
    if size < 59.95:
        return f"{value:.1f} s"
    whole = round(size)
    sign = "-" if value < 0 else ""
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60} s"
    return f"{sign}{whole // 3600} h {whole % 3600 // 60} min"


def dollars(value: float | None) -> str:
    """An amount of money: `$12.30`, `$0.0123`, `$0.0000042`; '' for None."""
    if value is None:
        return ""
    size = abs(value)
    # Below a dollar two significant digits, however small.
    digits = 2 if size == 0 or size >= 1 else max(4, 1 - math.floor(math.log10(size)))
    return f"{'-' if value < 0 else ''}${size:,.{digits}f}"


def score(value: float | None) -> str:
    """A score as a percentage with one decimal: `87.5 %`; '' for None."""
    return "" if value is None else f"{value * 100:.1f} %"


def ago(when: str | None, *, now: datetime | None = None) -> str:
    """An ISO time relative to now: `5 s ago`, `2 min ago`, `3 d ago`, then the date; '' for None."""
    if not when:
        return ""
    moment = parse_time(when)
    if moment is None:
        return when
    age = ((now or datetime.now(UTC)) - moment).total_seconds()
    if age < 0:
        return moment.strftime("%Y-%m-%d %H:%M")
    for limit, size, unit in (
        (60, 1, "s"),
        (3600, 60, "min"),
        (86_400, 3600, "h"),
        (30 * 86_400, 86_400, "d"),
    ):
        if age < limit:
            return f"{int(age // size)} {unit} ago"
    return moment.strftime("%Y-%m-%d")


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time, read as UTC when it names no zone; None when it cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _three_digits(value: float) -> str:
    """At most three significant digits and one decimal: `1.2`, `12.3`, `340`."""
    return f"{value:.1f}" if abs(value) < 99.95 and round(value, 1) != round(value) else f"{value:.0f}"
