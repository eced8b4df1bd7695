"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assay.cli import humans


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (7, "7"),
        (12.5, "12.5"),
        (999, "999"),
        (999.4, "999"),
        (1000, "1k"),
        (1234, "1.2k"),
        (3400, "3.4k"),
        (99_949, "99.9k"),
        (340_000, "340k"),
        (999_400, "999k"),
        (999_600, "1M"),
        (1_500_000, "1.5M"),
        (2_000_000_000, "2G"),
        (-3400, "-3.4k"),
    ],
)
def test_count(value: float | None, text: str) -> None:
    assert humans.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.00082, "820 µs"),
        (0.0123, "12.3 ms"),
        (0.34, "340 ms"),
        (0.9996, "1.0 s"),
        (1.0, "1.0 s"),
        (1.23, "1.2 s"),
        (59.94, "59.9 s"),
        (60, "1 min 0 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (-1.5, "-1.5 s"),
        (-200, "-3 min 20 s"),
    ],
)
def test_seconds(value: float | None, text: str) -> None:
    assert humans.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "$0.00"),
        (12.3, "$12.30"),
        (1234.5, "$1,234.50"),
        (0.0123, "$0.0123"),
        (0.5, "$0.5000"),
        (0.0000042, "$0.0000042"),
        (-0.0123, "-$0.0123"),
    ],
)
def test_dollars(value: float | None, text: str) -> None:
    assert humans.dollars(value) == text


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (None, ""),
        ("2026-11-20T12:00:00Z", "0 s ago"),
        ("2026-11-20T11:59:01+00:00", "59 s ago"),
        ("2026-11-20T13:59:00+02:00", "1 min ago"),
        ("2026-11-20T09:00:00.123456Z", "2 h ago"),
        ("2026-11-17T12:00:00", "3 d ago"),
        ("2026-01-02T12:00:00Z", "2026-01-02"),
        ("2026-11-20T12:30:00Z", "2026-11-20 12:30"),
        ("yesterday", "yesterday"),
    ],
)
def test_ago(when: str | None, text: str) -> None:
    assert humans.ago(when, now=datetime(2026, 11, 20, 12, tzinfo=UTC)) == text
