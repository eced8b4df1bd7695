"""Queries meant to break the compiler or to keep it busy: each gets a precise error of its own, never an internal one."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.errors import AssayError, QueryError
from tests.server.query.query_world import ALICE

SOURCE = {"op": "function", "name": {"op": "ident", "name": ["project_logs"]}, "args": [{"op": "literal", "value": "alpha"}]}  # fmt: skip
CLAUSES = ("select", "filter", "sort", "limit", "cursor", "dimensions", "measures", "preview_length", "sample",
           "unpivot", "pivot", "from")  # fmt: skip
ODD: list[Any] = [
    None, True, -1, 1.5, 10**25, "", "x", "\ud800", "\0", [], {}, [1], {"a": 1}, {"op": "star"}, {"op": ["x"]},
    {"btql": ""}, {"btql": 1}, {"op": "literal", "value": {"a": 1}}, {"op": "ident", "name": []},
    {"op": "ident", "name": ["metadata", "\0", 10**30]}, {"op": "function", "name": 5}, {"op": "and", "children": 5},
    {"op": "function", "name": "lower", "args": 5}, {"op": "eq"}, {"op": "in", "left": 1, "right": 1},
    {"op": "if", "conds": [5]}, {"op": "interval", "value": True, "unit": [1]}, {"method": {"type": "rate", "value": []}},
]  # fmt: skip


def run(engine: QueryEngine, query: Any, **asked: Any) -> Any:
    return asyncio.run(engine.run(ALICE, QueryRequest(query=query, **asked)))


async def export(engine: QueryEngine, query: Any) -> bytes:
    return b"".join([chunk async for chunk in await engine.stream(ALICE, QueryRequest(query=query), "jsonl")])


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_tree_of_the_wrong_shape_is_the_callers_mistake(engine: QueryEngine, clause: str) -> None:
    refused = 0
    for odd in ODD:
        for value in (
            odd,
            [odd],
            [{"expr": odd, "alias": odd}],
            {**SOURCE, "args": odd},
            {**SOURCE, "shape": odd},
        ):
            try:
                run(engine, {"from": SOURCE, clause: value})
            except AssayError as error:
                assert error.status in (400, 404), (value, error)
                refused += 1
    assert refused > len(ODD)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
        "SELECT " + "- " * 2_000 + "1",
        "SELECT 1" + " UNION ALL SELECT 1" * 5_000,
        "SELECT " + ", ".join(["id"] * 10_000) + " FROM project_logs('alpha')",
        "SELECT id FROM project_logs('alpha') WHERE id IN ("
        + ", ".join(["'12345678901234567'"] * 12_000)
        + ")",
        "SELECT id FROM project_logs('alpha') WHERE " + " OR ".join(["id = 'a'"] * 20_000),
        "SELECT id FROM project_logs('alpha') LIMIT " + "9" * 5_000,
        "SELECT id FROM project_logs('alpha') OFFSET " + "9" * 5_000,
        "SELECT id, " + "x" * 1_000_000,
        {
            "from": SOURCE,
            "filter": {"op": "in", "left": 1, "right": {"op": "literal", "value": [1] * 60_000}},
        },
    ],
    ids=range(10),
)
def test_more_than_can_be_compiled_is_refused(engine: QueryEngine, query: Any) -> None:
    for answer in (lambda: run(engine, query), lambda: asyncio.run(export(engine, query))):
        with pytest.raises(QueryError) as refused:
            answer()
        assert refused.value.code in ("query_invalid", "query_too_long")


def test_what_the_store_has_against_an_export_is_said_before_its_first_byte(engine: QueryEngine) -> None:
    with pytest.raises(QueryError, match="cannot run"):
        asyncio.run(export(engine, "SELECT metadata.a[99999999999999999999] FROM project_logs('alpha')"))


@pytest.mark.parametrize(
    ("keys", "offset"),
    [
        (["0001-01-01T00:00:00+23:59", "a", "b"], 0),
        (["9999-12-31T23:59:59-23:59", "a", "b"], 0),
        (["'", "a", "b"], 0),
        (["2026-01-01"], 0),
        ([], -1),
        ([], 10**25),
    ],
)
def test_a_forged_cursor_is_refused(engine: QueryEngine, keys: list[str], offset: int) -> None:
    query = "SELECT id FROM project_logs('alpha')"
    cursor = run(engine, query, limit=1).cursor
    fingerprint, *_ = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([fingerprint, keys, offset]).encode()).decode().rstrip("=")
    with pytest.raises(QueryError) as refused:
        run(engine, query, cursor=forged)
    assert refused.value.code == "cursor_invalid"
