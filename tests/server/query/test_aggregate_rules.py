"""Aggregates over paths that are missing, null or of mixed types, against the same rules written in Python."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import uuid
from typing import Any

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.ports.spans import SpanStore
from tests.server.query import small_world as world
from tests.server.query.query_world import ALICE
from tests.server.query.test_pages import OneProject, add, caught_up

MISSING = object()
VALUES: tuple[Any, ...] = (
    MISSING, MISSING, None, True, False, 0, 7, -3, 12, 2.5, -0.75, 1e6, "7", "-1", "x", "Zoë", "", [], [1, "a"], {"a": 1},
)  # fmt: skip
GROUPS = 80


def groups() -> list[list[Any]]:
    """Lists of values: of one type, of several, of nothing at all."""
    dice = random.Random(20)
    kinds = [
        VALUES,
        VALUES,
        [MISSING],
        [None, MISSING],
        [7, 12, 2.5, None],
        ["x", "Zoë", MISSING],
        [True, False, None],
    ]
    return [dice.choices(dice.choice(kinds), k=dice.randint(1, 9)) for _ in range(GROUPS)]


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def expected(values: list[Any]) -> dict[str, Any]:
    """What the aggregates give: only what is present counts, only numbers add up, and numbers go before text."""
    present = [value for value in values if value is not MISSING and value is not None]
    numbers = sorted(value for value in present if is_number(value))
    texts = sorted(value for value in present if isinstance(value, str))
    return {
        "rows": len(values),
        "n": len(present),
        "distinct": len({json.dumps(float(value) if is_number(value) else value) for value in present}),
        "total": sum(numbers) if numbers else None,
        "mean": statistics.fmean(numbers) if numbers else None,
        "least": numbers[0] if numbers else texts[0] if texts else None,
        "most": numbers[-1] if numbers else texts[-1] if texts else None,
        "middle": statistics.median(numbers) if numbers else None,
        "some": bool(present),
        "big": sum(value > 5 for value in numbers),
    }


@pytest.fixture(scope="module")
def mixed(store: SpanStore) -> QueryEngine:
    """One project with a row for each value, at the same path of an indexed column and of one that is not."""
    project = str(uuid.uuid4())
    rows = []
    for group, values in enumerate(groups()):
        for at, value in enumerate(values):
            held = {} if value is MISSING else {"v": value}
            name = f"v{group}-{at}"
            rows.append(
                world.span(name, name, group, metadata={"g": group, **held}, input={"g": group, **held})
            )
    add(store, *rows, project=project)
    return QueryEngine(store, OneProject(project), caught_up)


@pytest.mark.parametrize("path", ["metadata.v", "input.v", "t.v"])
def test_only_what_is_there_counts(mixed: QueryEngine, path: str) -> None:
    column = path.split(".")[0]
    inside = f"(SELECT metadata.v AS v, metadata AS m FROM {GROWING} LIMIT 100000) AS t"
    source, group = (inside, "t.m.g") if column == "t" else (GROWING, f"{column}.g")
    query = f"""
        SELECT {group}::integer AS g, count(*) AS rows, count({path}) AS n, count_distinct({path}) AS distinct,
          sum({path}) AS total, avg({path}) AS mean, min({path}) AS least, max({path}) AS most,
          percentile({path}, 0.5) AS middle, any_value({path}) IS NOT NULL AS some, count_if({path} > 5) AS big
        FROM {source} GROUP BY 1 ORDER BY 1"""
    rows = asyncio.run(mixed.run(ALICE, QueryRequest(query=query))).rows
    for group_values, row in zip(groups(), rows, strict=True):
        wanted = expected(group_values)
        assert {name: row[name] for name in wanted} == {
            name: pytest.approx(value) if is_number(value) else value for name, value in wanted.items()
        }, group_values


def test_over_nothing_a_count_is_zero_and_all_else_null(mixed: QueryEngine) -> None:
    query = f"""SELECT count(*) AS rows, count(metadata.v) AS n, count_distinct(metadata.v) AS distinct, sum(metadata.v) AS s,
        avg(metadata.v) AS a, min(metadata.v) AS l, max(metadata.v) AS m, percentile(metadata.v, 0.9) AS p,
        stddev(metadata.v) AS d, any_value(metadata.v) AS v FROM {GROWING} WHERE id = 'nobody'"""
    (row,) = asyncio.run(mixed.run(ALICE, QueryRequest(query=query))).rows
    assert row == {"rows": 0, "n": 0, "distinct": 0} | dict.fromkeys("salmpdv")


GROWING = "project_logs('growing')"
