"""Nobody reads what is not theirs: generated attacks, and the guard that checks the finished SQL."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assay_server.engines.query import QueryAnswer, QueryEngine, QueryRequest
from assay_server.engines.query.guard import EscapedQuery, check
from assay_server.errors import AssayError
from tests.server.query import small_world as world
from tests.server.query.query_world import ALICE

GRANTED = {(world.ALPHA, "project_logs", world.ALPHA)}
PREDICATE = (
    f"project_id IN ('{world.ALPHA}') AND object_type = 'project_logs' AND object_id IN ('{world.ALPHA}')"
)

TEXTS = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        [
            "'", "''", "\\", "\\'", "\\\\'", '"', "`", "--", "/*", "*/", "#", ";", "$$", "\0", "\n", "{x:String}", "%", "' OR 1=1 --",
            "') OR ('1'='1", "\\') OR 1=1 --", "` FROM spans --", "` = 1 OR 1=1 --", "x') UNION ALL SELECT * FROM spans --",
            ".:String", "^x", "%2E", "é", "\u202e", "\ufeff", "\u2028", "jazz", world.BETA, "alpha", "spans", "system.tables",
        ]
    ),
)  # fmt: skip
"""Texts that would end a literal, a name or a predicate if they were not escaped."""

LITERALS = TEXTS.map(lambda text: "'" + text.replace("'", "''") + "'")
WORDS = TEXTS.map(lambda text: "'" + text.replace("'", "''") + " jazz'")
QUOTED = TEXTS.filter(bool).map(lambda text: '"' + text.replace('"', '""') + '"')
COLUMNS = st.sampled_from(
    [
        "id", "input", "output", "metadata", "metadata.tier", "tags", "project_id", "object_id", "object_type", "is_root",
        "created", "scores.Variety", "_xact_id", "_pagination_key", "span_attributes.name", "extra", "input.messages[0].content",
    ]
)  # fmt: skip
PATHS = st.builds("{}.{}".format, st.sampled_from(["metadata", "input", "scores", "extra", "facets"]), QUOTED)
VALUES = st.one_of(COLUMNS, PATHS, LITERALS, st.sampled_from(["1", "0.5", "NULL", "true", "now()"]))
CALLS = st.builds(
    "{}({})".format,
    st.sampled_from(
        [
            "lower",
            "to_string",
            "coalesce",
            "concat",
            "len",
            "to_number",
            "to_json",
            "filter_spans",
            "any_span",
        ]
    ),
    VALUES,
)
COMPARED = st.builds(
    "{} {} {}".format,
    VALUES,
    st.sampled_from(["=", "!=", "<", "LIKE", "ILIKE", "INCLUDES", "IS DISTINCT FROM", "||"]),
    VALUES,
)
MATCHED = st.builds(
    "{} {} {}".format, st.one_of(COLUMNS, PATHS), st.sampled_from(["MATCH", "NOT MATCH"]), WORDS
)
CONDITIONS = st.one_of(
    COMPARED,
    MATCHED,
    WORDS.map("search({})".format),
    st.lists(LITERALS, min_size=1, max_size=3).map(lambda members: f"id NOT IN ({', '.join(members)})"),
    st.sampled_from(
        [
            "true",
            "1 = 1",
            "NOT false",
            f"object_id = '{world.BETA}'",
            f"project_id IN ('{world.BETA}') OR true",
        ]
    ),
    st.builds(
        "id IN (SELECT id FROM {})".format, st.sampled_from(["project_logs('alpha')", "dataset('songs')"])
    ),
)
JOINED = st.recursive(
    CONDITIONS,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["OR", "AND"]), inner),
    max_leaves=4,
)
OWN = st.sampled_from(
    [
        "project_logs('alpha')", "project_logs('alpha', shape => 'traces')", "project_logs('alpha', shape => 'summary')",
        "experiment('first', 'second')", "dataset('songs')", f"project_logs('{world.ALPHA}')", "prompt('greet')",
        "function('greet')", "view('v1')", "project_prompts('alpha')", "org_functions('org-a')",
    ]
)  # fmt: skip
FOREIGN = st.sampled_from(
    [
        "spans", "default.spans", "system.tables", "system.one", "INFORMATION_SCHEMA.TABLES", "numbers(5)", "s1", "q1",
        "file('/etc/passwd', 'LineAsString')", "url('http://127.0.0.1/', 'CSV')", "remote('127.0.0.1', default.spans)",
        "cluster('default', default.spans)", "merge('default', 'spans')", "dictionary('d')", "executable('x')",
        "s3('http://x')", "input('x String')", "view(SELECT * FROM spans)", "clusterAllReplicas('x', spans)",
        f"project_logs('{world.BETA}')", f"project_logs('alpha', '{world.BETA}')", f"experiment('{world.BETA}')",
        f"prompt('{world.BETA}')", f"function('greet', '{world.BETA}')", f"project_prompts('{world.BETA}')",
        f"org_functions('{world.BETA}')", "view('spans')", "function((SELECT id FROM spans))", "prompt('greet') FINAL",
        "(SELECT * FROM spans)", "(VALUES (1))", "generate_series(1, 5)", "project_logs((SELECT project_id FROM spans))",
        "project_logs(concat('al', 'pha'))", "project_logs('alpha') FINAL", "project_logs('alpha') PREWHERE true",
    ]
)  # fmt: skip
TAILS = st.sampled_from(
    [
        "", "", "", " ORDER BY id", " ORDER BY metadata.tier DESC", " LIMIT 3", " FORMAT JSON", " INTO OUTFILE '/tmp/x'", "; SELECT 1",
        " SETTINGS final = 0", " SETTINGS additional_table_filters = {'spans': '1'}", " LIMIT 5 BY id", " WITH TOTALS", " QUALIFY 1",
        " ORDER BY arrayMap(x -> x, tags)", " ORDER BY dictGet('d', 'x', 1)", " UNION ALL SELECT * FROM spans", " --", " /*",
    ]
)  # fmt: skip
WITH_NAMES = st.sampled_from(["spans", "system", "x", "s1", "q1", "project_logs", "numbers", "file"])


def mostly(good: st.SearchStrategy[str], bad: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A good part four times out of five, so that most queries get as far as the store."""
    return st.integers(0, 4).flatmap(lambda roll: bad if roll == 0 else good)


@st.composite
def sql_queries(draw: st.DrawFn) -> str:
    table = draw(mostly(OWN, FOREIGN))
    items = draw(st.sampled_from(["*", "{}", "{} AS {}", "count(*)", "array_agg({})"]))
    items = items.format(draw(st.one_of(VALUES, CALLS)), draw(QUOTED))
    where = draw(JOINED)
    form = draw(
        st.sampled_from(
            [
                "SELECT {items} FROM {table} WHERE {where}",
                "WITH {name} AS (SELECT * FROM {table}) SELECT {items} FROM {name} WHERE {where}",
                "WITH {name} AS (SELECT * FROM {table}) SELECT count(*) FROM {name} a JOIN {name} b ON a.id = b.id",
                "SELECT {items} FROM (SELECT * FROM {table} WHERE {where}) AS t",
                "SELECT a.*, b.id FROM {table} a LEFT JOIN {other} b ON a.id = b.id",
                "SELECT id, input FROM {table} WHERE {where} UNION ALL SELECT id, output FROM {other}",
                "SELECT id, row_number() OVER (PARTITION BY {value} ORDER BY created) FROM {table} WHERE {where}",
                "SELECT {value} AS k, count(*) FROM {table} WHERE {where} GROUP BY 1",
                "SELECT id FROM {table} WHERE root_span_id IN (SELECT root_span_id FROM {other} WHERE {where})",
                "SELECT id FROM {table} WHERE filter_spans({where}) AND any_span(any_span({where}) AND is_root)",
                "SELECT id, k FROM {table} UNPIVOT (v FOR k IN (metadata)) UNPIVOT (tag FOR _ IN ({value})) WHERE {where}",
                "SELECT count(*) FROM {table} WHERE {where} PIVOT (any_value({value}) FOR {value} IN (ANY))",
                "SELECT id FROM {table} HAVING count_if({where}) > 0",
            ]
        )
    )
    parts = {
        "items": items,
        "table": table,
        "where": where,
        "name": draw(WITH_NAMES),
        "other": draw(mostly(OWN, FOREIGN)),
    }
    return form.format(value=draw(st.one_of(COLUMNS, PATHS)), **parts) + draw(mostly(st.just(""), TAILS))


@st.composite
def btql_queries(draw: st.DrawFn) -> str:
    shape = draw(st.sampled_from(["", " spans", " traces", " summary"]))
    source = draw(
        mostly(st.sampled_from(["project_logs('alpha')", 'project_logs("alpha")', "dataset(songs)"]), FOREIGN)
    )
    select = draw(st.one_of(st.just("*"), VALUES, CALLS))
    sort = draw(mostly(st.sampled_from(["id", "created DESC", "metadata.tier"]), VALUES))
    return f"select: {select} | from: {source}{shape} | filter: {draw(JOINED)} | sort: {sort}"


@st.composite
def trees(draw: st.DrawFn) -> dict[str, object]:
    path = [draw(mostly(st.sampled_from(["metadata", "input", "extra", "output"]), TEXTS))]
    path += draw(st.lists(st.one_of(TEXTS, st.integers(-5, 5)), max_size=2))
    source = draw(
        mostly(st.just("project_logs"), st.sampled_from(["experiment", "file", "spans", "numbers"]))
    )
    arg = draw(mostly(st.just("alpha"), st.one_of(TEXTS, st.just(world.BETA))))
    op = draw(st.sampled_from(["eq", "ne", "like", "ilike", "includes", "in", "gt", "match"]))
    member = draw(st.lists(TEXTS, max_size=2)) if op == "in" else draw(st.one_of(TEXTS, st.integers()))
    left = {"op": "ident", "name": path}
    compared = {"op": op, "left": left, "right": {"op": "literal", "value": member}}
    return {
        "select": [{"op": "star"}, {"expr": left, "alias": draw(TEXTS)}],
        "from": {
            "op": "function",
            "name": {"op": "ident", "name": [source]},
            "args": [{"op": "literal", "value": arg}],
        },
        "filter": draw(
            st.sampled_from([compared, {"op": "or", "children": [compared, {"btql": draw(JOINED)}]}])
        ),
    }


def answer_text(engine: QueryEngine, query: object) -> str:
    """Everything the asker gets to see. An attack must fail in the compiler: the guard behind it never has to act."""
    outcome = outcome_of(engine, query)
    if isinstance(outcome, AssayError):
        assert outcome.status < 500, f"{query!r}: {outcome.message}"
        return ""
    return json.dumps(outcome.rows, ensure_ascii=False, default=str)


def outcome_of(engine: QueryEngine, query: object) -> QueryAnswer | AssayError:
    """The answer, or the error instead of it."""
    try:
        return asyncio.run(engine.run(ALICE, QueryRequest(query=query)))  # type: ignore[arg-type]
    except AssayError as error:
        return error


HARD = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


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
