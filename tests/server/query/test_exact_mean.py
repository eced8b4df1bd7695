"""`avg` is the mean that `math.fsum` makes, whatever the order of the rows and the size of the numbers."""

from __future__ import annotations

import asyncio
import math
import random

import pytest
from sqlglot import exp

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.engines.query.aggregates import exact_mean
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value
from assay_server.ports.spans import SpanStore
from tests.server.query.query_world import ALICE

SAMPLES = {
    "shares": lambda chance: chance.randint(0, 7) / 7,
    "any score": lambda chance: chance.random(),
    "dollars": lambda chance: chance.random() * 1e-7,
    "tokens": lambda chance: float(chance.randint(0, 100_000)),
    "both signs, any size": lambda chance: chance.uniform(-1, 1) * 10 ** chance.randint(-9, 8),
}
MEAN = exact_mean([Value(Kind.NUMBER, "v")], exp.Null()).sql


def means(store: SpanStore, samples: list[list[float]]) -> list[float]:
    """The mean of each sample, by the store."""
    pairs = ", ".join(f"({at}, {value!r})" for at, sample in enumerate(samples) for value in sample)
    pairs = f"arrayJoin([{pairs}]) AS pair, pair.1 AS k, toNullable(toFloat64(pair.2)) AS v"
    rows = store.query(f"SELECT k, {MEAN} FROM (SELECT {pairs}) GROUP BY k ORDER BY k").rows
    return [mean for _, mean in rows]


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_mean_is_exact_in_any_order(store: SpanStore, kind: str) -> None:
    chance = random.Random(kind)
    samples = [[SAMPLES[kind](chance) for _ in range(size)] for size in range(1, 40)]
    assert means(store, samples) == [math.fsum(sample) / len(sample) for sample in samples]


def test_huge_numbers_have_a_mean_too(store: SpanStore) -> None:
    assert means(store, [[1e300, 3e300], [2.0**40, 2.0**40 + 2]]) == [2e300, 2.0**40 + 1]


def test_the_expression_is_written_once() -> None:
    long = "v + " * 1_000 + "v"
    assert exact_mean([Value(Kind.NUMBER, long)], exp.Null()).sql.count(long) == 1


def test_the_mean_of_a_long_expression_is_exact_too(engine: QueryEngine) -> None:
    """In every clause, several times, and in a query around it."""
    longer = " + ".join(["scores.Variety", *["0"] * 100])
    query = (
        f"SELECT avg({longer}) AS a, avg({longer}) + 1 AS b, avg(scores.Variety) AS c, avg(scores.Variety * 2) AS d "
        f"FROM project_logs('alpha') HAVING avg({longer}) > 0 ORDER BY avg({longer})"
    )
    mean = math.fsum([0.8, 0.4]) / 2
    rows = asyncio.run(engine.run(ALICE, QueryRequest(query=query))).rows
    assert rows == [{"a": mean, "b": mean + 1, "c": mean, "d": mean * 2}]
    around = f"SELECT max(t.a) AS a FROM ({query}) AS t"
    assert asyncio.run(engine.run(ALICE, QueryRequest(query=around))).rows == [{"a": mean}]
