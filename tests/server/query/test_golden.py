"""Every golden case: a query over the small world gives these rows, this SQL, or this error."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from assay_server.engines.query import QueryAnswer, QueryEngine, QueryRequest
from assay_server.errors import AssayError
from tests.server.query.query_world import ALICE, Case, query_of, read_cases

ALL_CASES = list(read_cases())


def run(engine: QueryEngine, case: Case) -> QueryAnswer:
    return asyncio.run(engine.run(ALICE, QueryRequest(query=query_of(case), **case.options)))


def same(one: Any, other: Any) -> bool:
    """Equal, with room for the last digits of sums that several threads may add in any order."""
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return (type(one) is type(other) and one == other) or (one == other and not isinstance(one, bool))


def test_there_are_many_cases() -> None:
    assert len(ALL_CASES) >= 150
    assert sum(case.rows is not None for case in ALL_CASES) >= 150
    assert len({(case.file, case.name) for case in ALL_CASES}) == len(ALL_CASES)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_golden(engine: QueryEngine, case: Case) -> None:
    if case.error is not None:
        with pytest.raises(AssayError) as caught:
            run(engine, case)
        found = caught.value
        place = f" @{found.details['line']}:{found.details['column']}" if "line" in found.details else ""
        assert found.message + place == case.error
        return
    answer = run(engine, case)
    assert same(answer.rows, case.rows), answer.rows
    assert (answer.cursor is not None) == case.cursor
    if case.sql is not None:
        request = QueryRequest(query=query_of(case), **case.options)
        assert asyncio.run(engine.compiled(ALICE, request)) == case.sql
