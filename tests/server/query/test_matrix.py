"""Every function over every kind of value: refused with a reason, or run by the store without complaint."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.engines.query.aggregates import AGGREGATES, WINDOW_ONLY
from assay_server.engines.query.functions import SCALARS
from assay_server.errors import QueryError
from tests.server.query.query_world import ALICE

VALUES = [
    "id", "is_root", "created", "_xact_id", "_pagination_key", "input", "metadata", "metadata.n", "metadata.user", "scores",
    "scores.Variety", "span_attributes.name", "tags", "error", "NULL", "'x'", "'7'", "3", "1.5", "true", "now()", "['a']",
    "interval 1 day", "log_id", "dataset_id", "extra.my_field",
]  # fmt: skip
SOURCES = [
    "project_logs('alpha')",
    "project_logs('alpha', shape => 'summary')",
    "experiment('first') a, dataset('songs') b",
]
PAIRS = list(itertools.product(VALUES, repeat=2))


def accepted(engine: QueryEngine, items: list[str], source: str) -> list[str]:
    """The items that compile; the others must be refused by the compiler, with a sentence."""
    kept: list[str] = []
    for item in items:
        try:
            asyncio.run(engine.compiled(ALICE, QueryRequest(query=f"SELECT {item} AS v FROM {source}")))
            kept.append(item)
        except QueryError as error:
            assert error.message.endswith((".", "?")), error.message
    return kept


def run_all(engine: QueryEngine, items: list[str], source: str, tail: str = "") -> None:
    for part in range(0, len(items), 60):
        listed = ", ".join(f"{item} AS v{at}" for at, item in enumerate(items[part : part + 60]))
        asyncio.run(engine.run(ALICE, QueryRequest(query=f"SELECT {listed} FROM {source}{tail}")))


def one_sided(items: list[str], source: str) -> list[str]:
    """Items over a join name the side they read."""
    if " a, " not in source:
        return items
    return [
        item if not item[0].isalpha() or item in ("NULL", "true", "now()") else f"a.{item}" for item in items
    ]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", [name for name, function in SCALARS.items() if function.least == 1])
def test_functions_of_one(engine: QueryEngine, name: str, source: str) -> None:
    values = [value for value in one_sided(VALUES, source) if not value.startswith("a.interval")]
    run_all(engine, accepted(engine, [f"{name}({value})" for value in values], source), source)


@pytest.mark.parametrize("name", [name for name, function in SCALARS.items() if function.least == 2])
def test_functions_of_two(engine: QueryEngine, name: str) -> None:
    items = [f"{name}({first}, {second})" for first, second in PAIRS[::9]]
    run_all(engine, accepted(engine, items, SOURCES[0]), SOURCES[0])


@pytest.mark.parametrize(
    "form",
    ["{} = {}", "{} != {}", "{} < {}", "{} + {}", "{} - {}", "{} / {}", "{} || {}", "{} IN ({})", "{} LIKE {}",
     "{} INCLUDES {}", "{} INCLUDES [{}, 1]", "{} INCLUDES {{a: {}, b: [{{c: null}}]}}", "{} IS DISTINCT FROM {}", "is_root ? {} : {}", "coalesce({}, {})"],
)  # fmt: skip
def test_operators(engine: QueryEngine, form: str) -> None:
    items = [f"({form.format(first, second)})" for first, second in PAIRS[::5]]
    run_all(engine, accepted(engine, items, SOURCES[0]), SOURCES[0])


PLAIN = [value for value in VALUES if not value.startswith("interval")]
INNER = ", ".join(f"{value} AS v{at}" for at, value in enumerate(PLAIN))
DERIVED = f"(SELECT {INNER} FROM project_logs('alpha')) AS t"


@pytest.mark.parametrize(
    "form",
    ["t.{} INCLUDES 'x'", "t.{} INCLUDES {{a: [1]}}", "t.{} = [1, 'x']", "t.{} IN ('x', 1)", "t.{} LIKE 'x%'", "t.{} || 'x'",
     "t.{} MATCH 'x'", "t.{} IS DISTINCT FROM 1", "json_extract(t.{}, '$.a')", "CASE t.{} WHEN 'x' THEN 1 END",
     *(f"{name}(t.{{}})" for name in ("len", "to_json", "to_text", "to_integer", "to_datetime", "count", "max", "any_value"))],
)  # fmt: skip
def test_columns_of_sub_queries(engine: QueryEngine, form: str) -> None:
    items = [form.format(f"v{at}") for at in range(len(PLAIN))]
    run_all(engine, accepted(engine, items, DERIVED), DERIVED)


@pytest.mark.parametrize("source", [*SOURCES[:2], DERIVED])
@pytest.mark.parametrize("names", ["_", "name"])
def test_unpivot(engine: QueryEngine, source: str, names: str) -> None:
    for at, value in enumerate(PLAIN):
        path = f"v{at}" if source == DERIVED else value
        query = f"SELECT 1 AS one FROM {source} UNPIVOT (x FOR {names} IN ({path}))"
        try:
            asyncio.run(engine.explain(ALICE, QueryRequest(query=query)))
        except QueryError as error:
            assert error.message.endswith("."), error.message
            continue
        asyncio.run(engine.run(ALICE, QueryRequest(query=query)))


@pytest.mark.parametrize("name", [*AGGREGATES, "count"])
@pytest.mark.parametrize("tail", ["", " GROUP BY span_attributes.type HAVING count(*) > 0"])
def test_aggregates(engine: QueryEngine, name: str, tail: str) -> None:
    more = ", 0.5" if name == "percentile" else ""
    items = accepted(engine, [f"{name}({value}{more})" for value in VALUES], SOURCES[0])
    assert items
    run_all(engine, items, SOURCES[0], tail)


@pytest.mark.parametrize("name", list(WINDOW_ONLY))
def test_windows(engine: QueryEngine, name: str) -> None:
    arguments = ["4"] if name == "ntile" else VALUES if WINDOW_ONLY[name].most else [""]
    items = [f"{name}({value}) OVER (PARTITION BY is_root ORDER BY created)" for value in arguments]
    run_all(engine, accepted(engine, items, SOURCES[0]), SOURCES[0])


@pytest.mark.parametrize("value", [value for value in VALUES if value not in ("3", "interval 1 day")])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT {} AS v FROM project_logs('alpha') ORDER BY {} DESC LIMIT 2",
        "SELECT DISTINCT {} AS v FROM project_logs('alpha')",
        "SELECT {} AS v, count(*) FROM project_logs('alpha') GROUP BY 1 ORDER BY 1",
        "SELECT t.v FROM (SELECT {} AS v FROM project_logs('alpha')) AS t WHERE t.v IS NOT NULL ORDER BY t.v",
        "SELECT {} AS v FROM project_logs('alpha') UNION ALL SELECT NULL UNION ALL SELECT 'x' ORDER BY 1",
        "SELECT id FROM project_logs('alpha') WHERE {} IN (SELECT {} FROM project_logs('alpha'))",
        "SELECT {}::text, {}::int, {}::number, {}::bool, {}::timestamp, {}::date, {}::json FROM project_logs('alpha')",
        "SELECT id FROM project_logs('alpha') WHERE NOT {}",
    ],
)
def test_places(engine: QueryEngine, value: str, query: str) -> None:
    asyncio.run(engine.run(ALICE, QueryRequest(query=query.replace("{}", value))))
