"""Joins are answered alike as a page and as an export: nulls where nothing fits, and filters on either side."""

from __future__ import annotations

import asyncio
import json

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from tests.server.query.query_world import ALICE

JOINED = "SELECT l.id, d.expected FROM project_logs('alpha') l LEFT JOIN dataset('songs') d ON l.origin.id = d.id WHERE {}"


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("l.id IN ('r1', 'r3')", [{"id": "r1", "expected": None}, {"id": "r3", "expected": "A"}]),
        (
            "l.created > '2020-01-01' AND d.expected = 'A' AND d.id <> 'x'",
            [{"id": "r3", "expected": "A"}],
        ),
    ],
    ids=["nulls", "filtered on the right"],
)
def test_a_left_join_reads_the_same_everywhere(
    engine: QueryEngine, where: str, rows: list[dict[str, str | None]]
) -> None:
    request = QueryRequest(query=f"{JOINED.format(where)} ORDER BY l.id")
    assert asyncio.run(engine.run(ALICE, request)).rows == rows
    lines = b"".join(engine.export(ALICE, request, "jsonl")).splitlines()
    assert [json.loads(line) for line in lines] == rows
    csv = b"".join(engine.export(ALICE, request, "csv")).decode().splitlines()
    assert csv == ["id,expected", *(f"{row['id']},{row['expected'] or ''}" for row in rows)]
    assert b"".join(engine.export(ALICE, request, "parquet"))[:4] == b"PAR1"
