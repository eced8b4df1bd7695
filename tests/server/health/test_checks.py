"""What the health page says is wrong, on both sides of every bound."""

from __future__ import annotations

from typing import Any

import pytest

from assay_server.features.health.checks import judge, worst
from assay_server.features.health.types import (
    Check,
    DiskHealth,
    FailedRequest,
    IngestHealth,
    JobsHealth,
    StoreHealth,
)

GOOD: dict[str, dict[str, Any]] = {
    "ingest": {
        "writing": True, "lag_rows": 0, "lag_seconds": 0.0, "wal_bytes": 0, "wal_segments": 1, "rows_rejected": 0,
    },
    "store": {"state": "running", "rows": 5, "bytes": 1 << 20, "restarts": 0},
    "jobs": {"pending": 0, "running": 0, "failed": 0},
    "disk": {"total_bytes": 1000, "free_bytes": 500},
}  # fmt: skip


def checks(changes: dict[str, dict[str, Any]] | None = None, *, failed: int = 0) -> dict[str, Check]:
    parts = {name: {**figures, **(changes or {}).get(name, {})} for name, figures in GOOD.items()}
    one = FailedRequest(time="t", method="GET", route="/v1/project", status=500, code="internal")
    found = judge(
        IngestHealth(**parts["ingest"]),
        StoreHealth(**parts["store"]),
        JobsHealth(**parts["jobs"]),
        DiskHealth(**parts["disk"]),
        [one] * failed,
    )
    return {check.name: check for check in found}


def test_nothing_is_wrong_and_nothing_is_advised() -> None:
    found = checks()
    assert {(check.level, check.advice) for check in found.values()} == {("ok", None)}
    assert worst(list(found.values())) == "ok"


@pytest.mark.parametrize(
    ("part", "figures", "check", "level"),
    [
        ("ingest", {"lag_rows": 3, "lag_seconds": 9.9}, "ingest", "ok"),
        ("ingest", {"lag_rows": 3, "lag_seconds": 10.0}, "ingest", "warning"),
        ("ingest", {"lag_rows": 3, "lag_seconds": 60.0}, "ingest", "problem"),
        ("ingest", {"writing": False}, "ingest", "problem"),
        ("ingest", {"wal_bytes": (1 << 30) - 1}, "log", "ok"),
        ("ingest", {"wal_bytes": 1 << 30}, "log", "warning"),
        ("ingest", {"rows_rejected": 1}, "rejected", "warning"),
        ("store", {"state": "unreachable"}, "store", "problem"),
        ("store", {"restarts": 1}, "restarts", "warning"),
        ("jobs", {"pending": 1, "oldest_seconds": 299.0}, "jobs", "ok"),
        ("jobs", {"pending": 1, "oldest_seconds": 300.0}, "jobs", "warning"),
        ("jobs", {"failed": 1}, "jobs", "warning"),
        ("disk", {"free_bytes": 100}, "disk", "ok"),
        ("disk", {"free_bytes": 99}, "disk", "warning"),
        ("disk", {"free_bytes": 29}, "disk", "problem"),
        ("disk", {"total_bytes": 0, "free_bytes": 0}, "disk", "problem"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)
def test_a_figure_beyond_its_bound(part: str, figures: dict[str, Any], check: str, level: str) -> None:
    found = checks({part: figures})
    assert found[check].level == level
    assert (found[check].advice is None) == (level == "ok")
    others = [one.level for name, one in found.items() if name != check]
    assert set(others) == {"ok"}
    assert worst(list(found.values())) == level


def test_failed_requests_are_a_warning() -> None:
    assert checks(failed=2)["errors"].level == "warning"
    assert "2 requests" in checks(failed=2)["errors"].text


def test_one_is_not_said_as_many() -> None:
    one = checks(
        {
            "ingest": {"lag_rows": 1, "lag_seconds": 2.0, "rows_rejected": 1},
            "store": {"rows": 1},
            "jobs": {"pending": 1},
        },
        failed=1,
    )
    text = " ".join(check.text for check in one.values())
    assert "1 acknowledged row is not readable" in text
    assert "in 1 file." in text
    assert "1 row could not be stored" in text
    assert "1 row in" in text
    assert "1 request failed" in text
    assert "0 rows could not" not in " ".join(check.text for check in checks().values())
    many = checks({"ingest": {"wal_segments": 2, "rows_rejected": 2_000}})
    assert "in 2 files." in many["log"].text
    assert "2,000 rows could not be stored" in many["rejected"].text
