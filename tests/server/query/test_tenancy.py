"""Nobody reads what is not theirs: generated attacks, and the guard that checks the finished SQL."""

from __future__ import annotations

import asyncio
import json

import pytest
import small_world as world
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from query_world import ALICE

from assay_server.engines.query import QueryEngine, QueryRequest
from assay_server.engines.query.guard import EscapedQuery, check
from assay_server.errors import AssayError

GRANTED = {(world.ALPHA, "project_logs", world.ALPHA)}
PREDICATE = (
    f"project_id IN ('{world.ALPHA}') AND object_type = 'project_logs' AND object_id IN ('{world.ALPHA}')"
)

NAMES = st.sampled_from(
    [
        "spans",
        "default.spans",
        "system.tables",
        "system.parts",
        "x",
        "s1",
        "q1",
        "project_logs",
        "beta",
        "numbers",
    ]
)
TABLES = st.sampled_from(
    [
        "spans", "default.spans", "system.tables", "system.one", "INFORMATION_SCHEMA.TABLES", "numbers(5)", "s1", "q1",
        "file('/etc/passwd', 'LineAsString')", "url('http://127.0.0.1/', 'CSV')", "remote('127.0.0.1', default.spans)",
        "cluster('default', default.spans)", "merge('default', 'spans')", "dictionary('d')", "executable('x')",
        "s3('http://x')", "input('x String')", "view(SELECT * FROM spans)", "clusterAllReplicas('x', spans)",
        f"project_logs('{world.BETA}')", f"project_logs('alpha', '{world.BETA}')", f"experiment('{world.BETA}')",
        "project_logs('alpha')", "project_logs('alpha', shape => 'traces')", "project_logs('alpha', shape => 'summary')",
        "(SELECT * FROM spans)", "(SELECT * FROM project_logs('alpha'))", "(VALUES (1))", "generate_series(1, 5)",
        "project_logs((SELECT project_id FROM spans))", "project_logs(concat('al', 'pha'))",
    ]
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    [
        "'", "''", "\\", "\\'", "'\\''", '"', "`", "--", "/*", "*/", "#", ";", "$$", "\0", "\n", "{", "}", "{x:String}", "@@x",
        " OR 1=1", " OR true", ") OR (1=1", "') OR ('1'='1", " UNION ALL SELECT * FROM spans", " FORMAT JSON",
        " INTO OUTFILE '/tmp/x'", " SETTINGS final = 0", " SETTINGS additional_table_filters = {'spans': '1'}",
        " LIMIT 5 BY id", " WITH TOTALS", " PREWHERE 1", " SAMPLE 1", " FINAL", " ARRAY JOIN tags", " QUALIFY 1", " OFFSET 1",
        "x -> x", "arrayMap(x -> x, tags)", "dictGet('d', 'x', 1)", "file('/etc/passwd')", "getSetting('x')", "currentUser()",
        "joinGet('default.spans', 'input', 'x')", "*", "COLUMNS('.*')", "$1", "?", ":x", "[", "]", "(", ")", ",", "\\u0000",
        "é", "\u202e", "\ufeff", "\u2028", "％", "1e999", "0x41", "x'41'", "b'1'",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["id", "input", "output", "metadata", "metadata.tier", "tags", "*", "project_id", "object_id", "extra",
                     "_deleted", "metadata_x", "scores_x", "1", "NULL", "'x'", "metadata['x']", "input[0]", "span_attributes"]),
    FRAGMENTS,
    st.text(max_size=12).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.text(max_size=8).map(lambda text: 'metadata."' + text.replace('"', '""') + '"'),
)  # fmt: skip
CALLS = st.builds(
    lambda name, value: f"{name}({value})",
    st.sampled_from(["count", "lower", "any_span", "search", "coalesce", "file", "url", "array_agg", "any_value", "max",
                     "filter_spans", "json_extract", "to_string", "concat", "evalMLMethod", "dictGetString"]),
    VALUES,
)  # fmt: skip
EXPRESSIONS = st.one_of(VALUES, CALLS, st.builds("{} {} {}".format, VALUES, st.sampled_from(
    ["=", "!=", "LIKE", "MATCH", "INCLUDES", "IN", "OR", "AND", "||", "IS NOT", "BETWEEN 1 AND"]), VALUES))  # fmt: skip


@st.composite
def sql_queries(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["", "", f"WITH {draw(NAMES)} AS (SELECT * FROM {draw(TABLES)}) "]))
    table = draw(st.one_of(TABLES, NAMES))
    join = draw(st.sampled_from(["", "", f" JOIN {draw(TABLES)} b ON true", f", {draw(TABLES)}"]))
    where = draw(
        st.sampled_from(["", f" WHERE {draw(EXPRESSIONS)}", f" WHERE id = 'r1' OR {draw(EXPRESSIONS)}"])
    )
    tail = draw(
        st.sampled_from(["", "", f" GROUP BY {draw(VALUES)}", f" ORDER BY {draw(VALUES)}", draw(FRAGMENTS)])
    )
    union = draw(st.sampled_from(["", "", f" UNION ALL SELECT * FROM {draw(TABLES)}"]))
    return f"{head}SELECT {draw(EXPRESSIONS)} FROM {table}{join}{where}{tail}{union}"


@st.composite
def btql_queries(draw: st.DrawFn) -> str:
    source = draw(TABLES)
    shape = draw(st.sampled_from(["", " spans", " traces", " summary"]))
    return f"select: {draw(EXPRESSIONS)} | from: {source}{shape} | filter: {draw(EXPRESSIONS)} | sort: {draw(VALUES)}"


@st.composite
def trees(draw: st.DrawFn) -> dict[str, object]:
    text = st.one_of(st.text(max_size=12), FRAGMENTS, NAMES)
    path = [draw(st.one_of(text, st.sampled_from(["metadata", "input", "id", "scores"])))]
    path += draw(st.lists(st.one_of(text, st.integers(-5, 5)), max_size=2))
    source = draw(st.sampled_from(["project_logs", "experiment", "file", "spans", "numbers"]))
    arg = draw(st.one_of(text, st.sampled_from(["alpha", world.BETA])))
    compared = {
        "op": draw(st.sampled_from(["eq", "ne", "like", "match", "includes", "in", "gt"])),
        "left": {"op": "ident", "name": path},
        "right": {"op": "literal", "value": draw(st.one_of(text, st.integers(), st.lists(text, max_size=2)))},
    }
    return {
        "select": [{"op": "star"}, {"expr": {"op": "ident", "name": path}, "alias": draw(text)}],
        "from": {
            "op": "function",
            "name": {"op": "ident", "name": [source]},
            "args": [{"op": "literal", "value": arg}],
        },
        "filter": draw(
            st.sampled_from([compared, {"op": "or", "children": [compared, {"btql": draw(EXPRESSIONS)}]}])
        ),
    }


def answer_text(engine: QueryEngine, query: object) -> str:
    """Everything the asker gets to see, rows or error."""
    try:
        answer = asyncio.run(engine.run(ALICE, QueryRequest(query=query)))  # type: ignore[arg-type]
    except AssayError as error:
        assert not isinstance(error, EscapedQuery), f"only the guard stopped {query!r}"
        assert error.status < 500, error.message
        return ""
    return json.dumps(answer.rows, ensure_ascii=False, default=str)


HARD = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


@HARD
@example("SELECT * FROM project_logs('alpha') WHERE id = '\\' OR 1=1 --'")
@example("SELECT * FROM project_logs('alpha') WHERE metadata.\"x` = 1 OR 1=1 --\" = 'y'")
@example("SELECT id AS \"x` FROM spans --\" FROM project_logs('alpha')")
@example("WITH spans AS (SELECT 1 AS id) SELECT * FROM spans")
@example(f"SELECT * FROM project_logs('alpha') UNION ALL SELECT * FROM project_logs('{world.BETA}')")
@given(sql_queries())
def test_sql_stays_inside(engine: QueryEngine, query: str) -> None:
    assert world.SECRET not in answer_text(engine, query)


@HARD
@given(btql_queries())
def test_btql_stays_inside(engine: QueryEngine, query: str) -> None:
    assert world.SECRET not in answer_text(engine, query)


@HARD
@given(trees())
def test_trees_stay_inside(engine: QueryEngine, query: dict[str, object]) -> None:
    assert world.SECRET not in answer_text(engine, query)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=30))
def test_literals_arrive_as_they_are(engine: QueryEngine, text: str) -> None:
    quoted = text.replace("'", "''")
    rows = asyncio.run(engine.run(ALICE, QueryRequest(query=f"SELECT '{quoted}' AS t"))).rows
    assert rows == [{"t": text}]


def test_the_secret_is_there_to_be_found(engine: QueryEngine) -> None:
    """The attacks above would see it if they could: the row exists in the same table."""
    rows = engine._spans.query(f"SELECT count() FROM spans WHERE metadata LIKE '%{world.SECRET}%'").rows
    assert rows[0][0] == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS c0",
        f"SELECT id AS c0 FROM spans FINAL WHERE {PREDICATE}",
        f"SELECT id AS c0 FROM spans FINAL WHERE {PREDICATE} AND (id = 'x' OR is_root) ORDER BY created DESC LIMIT 5",
        f"SELECT q1.c0 AS c0 FROM (SELECT id AS c0 FROM spans WHERE {PREDICATE}) AS q1",
    ],
)
def test_guard_lets_our_sql_pass(sql: str) -> None:
    check(sql, GRANTED)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id AS c0 FROM spans",
        "SELECT id AS c0 FROM spans FINAL WHERE id = 'x'",
        f"SELECT id AS c0 FROM spans FINAL WHERE id = 'x' AND {PREDICATE}",
        f"SELECT id AS c0 FROM spans FINAL WHERE {PREDICATE} OR id = 'x'",
        f"SELECT id AS c0 FROM spans FINAL WHERE {PREDICATE} AND (id = 'x') OR is_root",
        f"SELECT id AS c0 FROM spans FINAL WHERE {PREDICATE.replace(world.ALPHA, world.BETA)}",
        f"SELECT id AS c0 FROM spans FINAL WHERE {PREDICATE.replace('project_logs', 'experiment')}",
        f"SELECT id AS c0 FROM spans AS s1, spans WHERE {PREDICATE}",
        f"SELECT id AS c0 FROM default.spans WHERE {PREDICATE}",
        f"SELECT id AS c0 FROM spans WHERE {PREDICATE} UNION ALL SELECT id FROM spans",
        "SELECT count() AS c0 FROM system.tables",
        "SELECT count() AS c0 FROM numbers(3)",
        "SELECT file('/etc/passwd') AS c0",
        "SELECT 1 AS c0 -- x",
        "SELECT 1 AS c0 /* x */",
        "SELECT 1 AS c0; SELECT 2",
        "SELECT `spans` AS c0",
        'SELECT 1 AS "c0"',
        "SELECT 'open AS c0",
        "SELECT 1 AS c0 FORMAT CSV",
        "SELECT 1 AS c0 INTO OUTFILE 'x'",
        "SELECT dictGet('d', 'x', 1) AS c0",
        "SELECT $$x$$ AS c0",
    ],
)
def test_guard_stops_everything_else(sql: str) -> None:
    with pytest.raises(EscapedQuery):
        check(sql, GRANTED)


def test_kinds_are_not_mixed_up(engine: QueryEngine) -> None:
    """An id of one kind is not readable as another kind."""
    with pytest.raises(AssayError) as caught:
        asyncio.run(engine.run(ALICE, QueryRequest(query=f"SELECT * FROM experiment('{world.DATASET}')")))
    assert caught.value.status == 404
