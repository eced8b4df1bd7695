"""What a query would read, told without running it: per read and filter, and nothing of other tenants."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import pytest

from assay_server.engines.query import QueryEngine, QueryRequest, engine
from assay_server.engines.query.explain import (
    LARGE_BLOCKS,
    Explanation,
    FilterUse,
    Read,
    ReadObject,
    costs_of,
)
from assay_server.errors import NotFound, QueryError
from assay_server.ports.spans import Limits, SpanStore
from tests.server.query import small_world as world
from tests.server.query.conftest import caught_up
from tests.server.query.query_world import ALICE, Catalog, Grants
from tests.support.servers import Refused, ServerProcess
from tests.support.stores import embedded_store

MANY = 20_000
"""Spans of alpha's logs, one every ten seconds: two days in some twenty blocks."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpanStore]:
    """The small world with long logs of alpha's, and as long ones of the other tenant's."""
    found = embedded_store(tmp_path_factory.mktemp("explain") / "spans")
    found.start()
    try:
        found.insert(list(world.lines()))
        for project in (world.ALPHA, world.BETA):
            found.insert(_long(project))
        yield found
    finally:
        found.close()


def _long(project: str) -> list[bytes]:
    started = datetime(2026, 1, 1, tzinfo=UTC)
    rows = (
        {
            "project_id": project,
            "object_type": "project_logs",
            "object_id": project,
            "id": f"m{number}",
            "root_span_id": f"r{number}",
            "created": (started + timedelta(seconds=10 * number)).strftime("%Y-%m-%d %H:%M:%S"),
            "input": json.dumps({"text": "needle" if number == 7777 else "hay"}),
            "_xact_id": number + 1,
        }
        for number in range(MANY)
    )
    return [json.dumps(row).encode() for row in rows]


@pytest.fixture(scope="module")
def asker(filled: SpanStore) -> QueryEngine:
    return QueryEngine(filled, Grants(), caught_up, catalog=Catalog())


def explained(engine: QueryEngine, query: str) -> Explanation:
    return asyncio.run(engine.explain(ALICE, QueryRequest(query=query)))


def test_each_filter_is_measured_by_itself(asker: QueryEngine) -> None:
    found = explained(
        asker,
        "SELECT id FROM project_logs('alpha') WHERE created < '2026-01-02' AND metadata.tier = 'pro' "
        "AND input.text LIKE '%hay%' AND search('needle') AND root_span_id = 'r3'",
    )
    (read,) = found.reads
    assert (read.object_type, read.objects) == ("project_logs", [ReadObject(world.ALPHA, "alpha")])
    assert read.of_blocks >= MANY // 1024
    assert 0 <= read.blocks < read.of_blocks
    assert read.rows == read.blocks * 1024
    uses = {one.text: one for one in read.filters}
    assert list(uses) == [
        "created < '2026-01-02'", "metadata.tier = 'pro'", "input.text LIKE '%hay%'", "search('needle')",
        "root_span_id = 'r3'",
    ]  # fmt: skip
    indexes = [one.index for one in uses.values()]
    assert indexes == ["time", None, None, "words", "trace"]
    for text in ("created < '2026-01-02'", "search('needle')", "root_span_id = 'r3'"):
        left = uses[text].blocks
        assert left is not None, text
        assert left < read.of_blocks, text
    assert uses["metadata.tier = 'pro'"].blocks == read.of_blocks
    assert [one.opens_values for one in uses.values()][:3] == [False, False, True]
    assert [cost.code for cost in found.costs] == ["opens_values"]


def test_what_is_expensive_is_said(asker: QueryEngine) -> None:
    found = explained(
        asker,
        "SELECT l.input, count(*) FROM project_logs('alpha') AS l JOIN dataset('songs') AS d "
        "ON l.origin.id = d.id GROUP BY 1",
    )
    assert {"reads_everything", "join", "group"} <= {cost.code for cost in found.costs}
    assert {"join", "group"} <= set(found.steps)
    assert "alpha" in next(cost.message for cost in found.costs if cost.code == "reads_everything")
    assert {read.object_type for read in found.reads} == {"project_logs", "dataset"}
    assert (
        explained(asker, "SELECT id FROM project_logs('alpha') WHERE is_root").warnings[0]["code"]
        == "unbounded_logs"
    )


def test_a_read_that_another_one_narrows_is_not_run(asker: QueryEngine) -> None:
    found = explained(
        asker,
        "SELECT id FROM project_logs('alpha') WHERE root_span_id IN (SELECT root_span_id FROM experiment('first'))",
    )
    outer = found.reads[0]
    assert outer.narrowed
    assert [one.blocks for one in outer.filters] == [None]
    assert outer.blocks == outer.of_blocks, "as large as it can get"
    assert {read.object_type for read in found.reads} == {"project_logs", "experiment"}


def test_conditions_beside_a_join_are_told_of_their_side(asker: QueryEngine) -> None:
    """As the store moves them; what compares both sides, or the side that a join fills with nulls, stays above."""
    query = (
        "SELECT l.id FROM project_logs('alpha') AS l {} JOIN dataset('songs') AS d ON l.origin.id = d.id "
        "WHERE l.created < '2026-01-01T06:00:00Z' AND l.input.text = 'needle' AND d.id = 'x' AND l.id <> d.id"
    )
    told: dict[str, list[list[str]]] = {}
    for kind in ("", "LEFT", "RIGHT", "FULL"):
        logs, songs, *_ = explained(asker, query.format(kind)).reads
        assert [logs.object_type, songs.object_type] == ["project_logs", "dataset"]
        told[kind] = [[one.text for one in read.filters] for read in (logs, songs)]
        assert (logs.blocks < logs.of_blocks) is bool(logs.filters)
    left = ["l.created < '2026-01-01T06:00:00Z'", "l.input.text = 'needle'"]
    assert told == {
        "": [left, ["d.id = 'x'"]],
        "LEFT": [left, []],
        "RIGHT": [[], ["d.id = 'x'"]],
        "FULL": [[], []],
    }
    found = explained(asker, query.format(""))
    time, value = found.reads[0].filters
    assert (time.index, value.index, value.opens_values) == ("time", None, True)
    assert f"{time.blocks} blocks" in found.plan, "the store reads no more of it than is told"


def test_one_limit_holds_for_all_the_plans_of_a_query(
    filled: SpanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, asked = Limits(seconds=60), []
    clock = count(0, 25)  # every plan takes 25 seconds
    monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    real = filled.query

    def query(sql: str, *, limits: Limits, settings: dict[str, object]) -> object:
        asked.append(limits.seconds)
        return real(sql, limits=limits, settings=settings)

    monkeypatch.setattr(filled, "query", query)
    with pytest.raises(QueryError) as caught:
        explained(
            QueryEngine(filled, Grants(), caught_up, catalog=Catalog(), limits=limits),
            "SELECT id FROM project_logs('alpha') WHERE is_root AND error IS NULL",
        )
    assert caught.value.code == "query_timeout"
    assert asked == [35, 10]


def test_a_text_that_says_select_is_no_query(asker: QueryEngine) -> None:
    (read,) = explained(asker, "SELECT id FROM project_logs('alpha') WHERE error = 'SELECT 1 AND (2'").reads
    assert not read.narrowed
    assert [(one.text, one.blocks) for one in read.filters] == [("error = 'SELECT 1 AND (2'", read.of_blocks)]


@pytest.mark.parametrize("source", ["project_prompts('alpha')", "view('v1')"])
def test_what_is_no_span_reads_nothing(asker: QueryEngine, source: str) -> None:
    assert explained(asker, f"SELECT id FROM {source}").reads == []


def test_nothing_of_another_tenant_is_counted(filled: SpanStore, asker: QueryEngine) -> None:
    """The store's own figures before the object predicate count everybody: they are not in the answer."""
    query = "SELECT id FROM project_logs('alpha') WHERE created < '2026-01-02'"
    before = explained(asker, query)
    rows = filled.query(
        "EXPLAIN indexes = 1, json = 1 " + asyncio.run(asker.compiled(ALICE, QueryRequest(query=query)))
    ).rows
    (plan,) = json.loads("\n".join(row[0] for row in rows))
    everybody = _first(plan["Plan"])["Initial Granules"]
    assert everybody > before.reads[0].of_blocks
    said = json.dumps([before.plan, [read.of_blocks for read in before.reads]])
    assert str(everybody) not in re.findall(r"\d+", said)
    assert world.BETA not in said
    assert "default" not in said
    assert "/" not in before.plan


def _first(node: dict[str, object]) -> dict[str, int]:
    if "Indexes" in node:
        return node["Indexes"][0]  # type: ignore[index]
    return _first(node["Plans"][0])  # type: ignore[index]


def test_errors_are_those_of_a_run(asker: QueryEngine) -> None:
    with pytest.raises(QueryError) as caught:
        explained(asker, "SELECT id,\n  inptu\nFROM project_logs('alpha')")
    assert caught.value.details == {"line": 2, "column": 3}
    with pytest.raises(NotFound):
        explained(asker, f"SELECT id FROM project_logs('{world.BETA}')")


def test_costs_are_told_once() -> None:
    slow = FilterUse("input.q LIKE '%x%'", None, LARGE_BLOCKS, opens_values=True)
    served = FilterUse("search('x')", "words", 1, opens_values=True)

    def read(blocks: int, *, narrowed: bool = False, filters: tuple[FilterUse, ...] = ()) -> Read:
        return Read(
            "project_logs", [ReadObject("p", "p")], 1, blocks, LARGE_BLOCKS, blocks, list(filters), narrowed
        )

    assert [cost.code for cost in costs_of([read(LARGE_BLOCKS)] * 2, ["sort"])] == ["reads_everything"]
    assert costs_of([read(LARGE_BLOCKS - 1), read(LARGE_BLOCKS, narrowed=True)], ["limit"]) == []
    assert [cost.code for cost in costs_of([read(1, filters=(slow, served, slow))], [])] == ["opens_values"]
    assert [cost.code for cost in costs_of([], ["join", "group", "window"])] == ["join", "group", "window"]


def test_over_http(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "explained"})["id"]
    rows = [{"id": "a", "input": "x"}]
    server.request("POST", f"/v1/project_logs/{project}/insert", {"events": rows})
    found = server.request("POST", "/btql/explain", {"query": "SELECT id FROM project_logs('explained')"})
    assert [one["name"] for one in found["reads"][0]["objects"]] == ["explained"]
    assert found["reads"][0]["of_blocks"] == 1, "what was acknowledged is counted"
    assert "ReadFromMergeTree" in found["plan"]
    with pytest.raises(Refused, match="400"):
        server.request("POST", "/btql/explain", {"query": "SELECT"})
