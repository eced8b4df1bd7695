"""The SQL page: its examples run and give rows, and it names every function there is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.engines.query.aggregates import AGGREGATES, WINDOW_ONLY
from assay_server.engines.query.btql import CLAUSES
from assay_server.engines.query.functions import SCALARS
from assay_server.engines.query.schema import ROW_COLUMNS
from assay_server.engines.query.traces import TRACE_METRICS
from tests.server.query.query_world import ALICE

PAGE = (Path(__file__).parents[3] / "docs" / "sql.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(?:sql|btql)\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 7


@pytest.mark.parametrize("query", EXAMPLES)
def test_examples_give_rows(engine: QueryEngine, query: str) -> None:
    asked = QueryRequest(query=query.replace("'playlist'", "'alpha'"))
    assert asyncio.run(engine.run(ALICE, asked)).rows


@pytest.mark.parametrize("name", [*SCALARS, *AGGREGATES, *WINDOW_ONLY])
def test_every_function_is_named(name: str) -> None:
    assert re.search(rf"`{name}[`(]", PAGE)


@pytest.mark.parametrize("name", [*ROW_COLUMNS, *TRACE_METRICS, *CLAUSES])
def test_every_column_metric_and_clause_is_named(name: str) -> None:
    assert re.search(rf"`{name}[`:]", PAGE)
