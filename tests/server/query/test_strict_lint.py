"""Strict lint mode refuses what would read too many logs, with a message that published clients show."""

from __future__ import annotations

import asyncio

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.engines.query.lint import LintBlocked
from assay_server.ports.spans import SpanStore
from tests.server.query.conftest import caught_up
from tests.server.query.query_world import ALICE, Grants

SPANS = 10  # of alpha's logs; a deleted row and what it was before are still read
UNBOUNDED = "SELECT count(*) AS n FROM project_logs('alpha')"
BOUNDED = f"{UNBOUNDED} WHERE created > now() - interval 36500 day"


def strictly(store: SpanStore, allowed: int, query: str, *, strict: bool = True) -> list[dict[str, object]]:
    engine = QueryEngine(store, Grants(), caught_up, strict_spans=allowed)
    request = QueryRequest(query=query, strict=strict)
    asyncio.run(engine.authorize(ALICE, request))
    return asyncio.run(engine.run(ALICE, request)).rows


def test_an_unbounded_query_over_many_spans_is_refused(store: SpanStore) -> None:
    with pytest.raises(LintBlocked) as caught:
        strictly(store, SPANS - 1, UNBOUNDED)
    error = caught.value
    assert (error.status, error.code) == (400, "lint_strict")
    said = "Query blocked by strict lint mode due to reading more than 9 spans:\n- [unbounded_logs] The query reads"
    assert error.body("r")["Message"].startswith(said)
    assert error.body("r")["error"]["warnings"][0]["code"] == "unbounded_logs"


@pytest.mark.parametrize("query", [UNBOUNDED, f"WITH a AS ({UNBOUNDED}) SELECT n FROM a"])
def test_a_refusal_looks_into_every_query(store: SpanStore, query: str) -> None:
    with pytest.raises(LintBlocked):
        strictly(store, 0, query)


def test_everything_else_is_answered(store: SpanStore) -> None:
    assert strictly(store, 10 * SPANS, UNBOUNDED) == [{"n": SPANS}]
    assert strictly(store, 0, BOUNDED) == [{"n": SPANS}]
    assert strictly(store, 0, UNBOUNDED, strict=False) == [{"n": SPANS}]
    assert strictly(store, 0, "SELECT count(*) AS n FROM dataset('songs')") == [{"n": 3}]


def test_an_export_is_refused_as_well(store: SpanStore) -> None:
    engine = QueryEngine(store, Grants(), caught_up, strict_spans=0)
    with pytest.raises(LintBlocked):
        asyncio.run(engine.stream(ALICE, QueryRequest(query=UNBOUNDED, strict=True), "jsonl"))
