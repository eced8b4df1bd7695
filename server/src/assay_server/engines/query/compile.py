"""Query trees → ClickHouse SQL: sub-queries, set operations, and the page that answers a statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from assay_server.engines.query.audit import Audit
from assay_server.engines.query.cursor import PageKey, after, decode
from assay_server.engines.query.expressions import Compiler, Scope
from assay_server.engines.query.inputs import matching_traces
from assay_server.engines.query.lint import lint
from assay_server.engines.query.literals import fail, quote_name
from assay_server.engines.query.newest import met, newest
from assay_server.engines.query.pages import Mode, asked_order, by_text, key_text, mode_of, page_keys
from assay_server.engines.query.pivot import Pivot
from assay_server.engines.query.relations import Derived, Environment, Spans
from assay_server.engines.query.select import Analysis, SelectAnalyzer, sort_keys
from assay_server.engines.query.statement import Statement, Unpivot, literal_int
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import Kind, ResultColumn
from assay_server.engines.query.values import Value, as_text, carried, common_kind, convert, json_text, output
from assay_server.errors import QueryError

DEFAULT_LIMIT = 1000
DEFAULT_GROUPS = 10_000
JOIN_SETTINGS: Mapping[str, Any] = {
    "join_use_nulls": 1,
    "query_plan_convert_outer_join_to_inner_join": 0,  # with it, a join by an expression can lose its column
}
"""What every query with a JOIN needs of the store."""
PREVIEWED = frozenset({"input", "output", "expected", "error"})
_SET_OPERATIONS = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled statement.

    The store answers `columns`, then (mode traces) the trace id, then the `keys` of the page as text. One row
    (or trace) more than `limit` is asked for: it tells whether another page follows. Mode result is whatever was
    computed from rows: groups, distinct rows, joins, windows. When there is a `whole`, `sql` is a short way to a full
    page, and `whole` is what to ask when the page does not become full.
    """

    sql: str
    columns: list[ResultColumn]
    keys: list[PageKey]
    mode: Mode
    limit: int | None
    fingerprint: str
    star: bool
    pivot: Pivot | None = None
    warnings: list[dict[str, str]] = field(default_factory=list)
    audit: Audit | None = None
    whole: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    query: exp.Query
    names: Mapping[str, _Named]


@dataclass(slots=True)
class QueryCompiler:
    """Compiles the queries of one statement; `visible` are the WITH names in scope.

    `around` are the sources of the queries around this one, which cannot be referred to.
    """

    env: Environment
    visible: Mapping[str, _Named] = field(default_factory=dict)
    around: frozenset[str] = frozenset()

    def names(self) -> list[str]:
        """WITH names in scope."""
        return list(self.visible)

    def outer(self) -> frozenset[str]:
        """Sources of the queries around this one."""
        return self.around

    def within(self, names: Iterable[str]) -> QueryCompiler:
        """The compiler of queries inside one that reads these sources."""
        return replace(self, around=self.around | {name for name in names if name})

    def named(self, name: str) -> Derived | None:
        """The relation behind a WITH name, compiled anew in the scope where it was written."""
        found = self.visible.get(name)
        return None if found is None else QueryCompiler(self.env, found.names).derive(found.query)

    def derive(self, query: exp.Query) -> Derived:
        """A query as a relation of columns `c0`, `c1`, …"""
        query = query.copy()
        while isinstance(query, exp.Subquery) and query.is_wrapper:
            query = query.this
        limit, offset = query.args.pop("limit", None), query.args.pop("offset", None)
        rows = literal_int(limit.expression, "LIMIT") if isinstance(limit, exp.Limit) else None
        skipped = literal_int(offset.expression, "OFFSET") if offset is not None else 0
        analysis = self.analyze(query)
        items = [f"{carried(value)} AS c{at}" for at, (_, value) in enumerate(analysis.items)]
        keys = page_keys(analysis) if rows is not None else []
        order = [key.term() for key in keys or asked_order(analysis)]
        sql = _write(analysis, items, order=order, limit=rows, offset=skipped)
        columns = [ResultColumn(name, value.kind) for name, value in analysis.items]
        return Derived(sql, columns, self.env.alias())

    def analyze(
        self, query: exp.Query, unpivot: list[Unpivot] | None = None, sample: exp.Expr | None = None
    ) -> Analysis:
        """Compile the parts of a query whose LIMIT has been taken off. Raises QueryError."""
        inner = self._with_names(query)
        if isinstance(query, exp.Select):
            return SelectAnalyzer(query, self.env, inner).analyze(unpivot or [], sample)
        if type(query) in _SET_OPERATIONS:
            return inner._analyze_set(query)
        if isinstance(query, exp.Subquery):
            return inner.analyze(exp.select("*").from_(query))
        raise fail("Only SELECT queries can be run here.", query)

    def _with_names(self, query: exp.Query) -> QueryCompiler:
        clause = query.args.get("with_")
        if clause is None:
            return self
        if clause.args.get("recursive"):
            raise fail("WITH RECURSIVE is not supported; join as many times as there are levels.", clause)
        visible = dict(self.visible)
        for cte in clause.expressions:
            if cte.args["alias"].args.get("columns") or not isinstance(cte.this, exp.Query):
                raise fail("A WITH name stands for a query: WITH recent AS (SELECT …).", cte)
            visible[cte.alias] = _Named(cte.this, dict(visible))
        return replace(self, visible=visible)

    def _analyze_set(self, query: exp.Query) -> Analysis:
        left, right = self.derive(query.args["this"]), self.derive(query.args["expression"])
        if len(left.columns) != len(right.columns):
            sides = f"{len(left.columns)} and {len(right.columns)}"
            raise fail(f"Both sides of a set operation have the same number of columns, not {sides}.", query)
        pairs = [
            (Value(one.kind, f"{left.alias}.c{at}"), Value(other.kind, f"{right.alias}.c{at}"))
            for at, (one, other) in enumerate(zip(left.columns, right.columns, strict=True))
        ]
        kinds = [common_kind(list(pair)) for pair in pairs]
        operation = _SET_OPERATIONS[type(query)] + (" DISTINCT" if query.args.get("distinct") else " ALL")
        sides = [
            _side(relation, [(pair[side], kind) for pair, kind in zip(pairs, kinds, strict=True)])
            for side, relation in enumerate((left, right))
        ]
        columns = [ResultColumn(column.name, kind) for column, kind in zip(left.columns, kinds, strict=True)]
        return self._select_all(Derived(f" {operation} ".join(sides), columns, self.env.alias()), query)

    def _select_all(self, derived: Derived, query: exp.Query) -> Analysis:
        """`SELECT * FROM derived`, in the order of `query`."""
        items = [
            (column.name, Value(column.kind, f"{derived.alias}.c{at}"))
            for at, column in enumerate(derived.columns)
        ]
        order = sort_keys(query, Compiler(Scope({"": derived}, self)), items)
        source = f"({derived.sql}) AS {derived.alias}"
        return Analysis(items, source, None, [], [], [], order, grouped=False, distinct=False)


def plan(statement: Statement, env: Environment, *, unlimited: bool = False) -> Plan:
    """Compile a statement into the SQL of its next page. Raises QueryError, NotFound or Forbidden."""
    fingerprint = statement.fingerprint() + (f"@{env.version}" if env.version is not None else "")
    fingerprint += f"@{env.zone} min" if env.zone else ""
    position = decode(statement.cursor, fingerprint) if statement.cursor else None
    analysis = QueryCompiler(env).analyze(statement.tree, statement.unpivot, statement.sample)
    mode = mode_of(analysis)
    limit = statement.limit if statement.pivot is None else DEFAULT_GROUPS
    if limit is None and not unlimited:
        limit = DEFAULT_GROUPS if mode == "result" else DEFAULT_LIMIT
    columns = [ResultColumn(name, value.kind) for name, value in analysis.items]
    if mode == "result" and (analysis.groups or not analysis.grouped):
        analysis, keys = _as_rows(analysis, env)
    else:
        keys = page_keys(analysis)
    behind = after(keys, position.keys) if position is not None else None
    offset = statement.offset if position is None else 0
    items = [
        f"{_shown(value, statement.preview_length)} AS c{at}" for at, (_, value) in enumerate(analysis.items)
    ]
    items += ["root_span_id AS trace"] if mode == "traces" else []
    items += [f"{key_text(key, mode)} AS k{at}" for at, key in enumerate(keys)]
    order = [key.term() for key in keys or asked_order(analysis)]
    more = None if limit is None else limit + 1
    whole = _write(analysis, items, order=order, limit=more, offset=offset, behind=behind)
    near = newest(analysis, keys, more, position.keys if position is not None else [])
    sql = (
        whole if near is None else _write(near, items, order=order, limit=more, offset=offset, behind=behind)
    )
    warnings = lint(statement.tree)
    audited = env.audit_log and mode == "rows" and any(column.name == "audit_data" for column in columns)
    audit = Audit(analysis.spans, keys) if audited and isinstance(analysis.spans, Spans) else None
    return Plan(
        sql, columns, keys, mode, limit, fingerprint, analysis.star, statement.pivot, warnings, audit,
        whole=whole if near is not None else "",
    )  # fmt: skip


def _as_rows(analysis: Analysis, env: Environment) -> tuple[Analysis, list[PageKey]]:
    """A result as rows of a sub-select, in the order asked for, made total by the values of every column.

    So a page of it goes on behind the values of the last row, whatever has arrived before them.
    """
    alias = env.alias()
    items = [f"{carried(value)} AS c{at}" for at, (_, value) in enumerate(analysis.items)]
    items += [f"{key.sql} AS k{at}" for at, key in enumerate(asked_order(analysis))]
    inner = _write(analysis, items, order=[], limit=None)
    values = [
        (name, Value(value.kind, f"{alias}.c{at}", column=value.column))
        for at, (name, value) in enumerate(analysis.items)
    ]
    asked = [by_text(replace(key, sql=f"{alias}.k{at}")) for at, key in enumerate(asked_order(analysis))]
    others = [
        by_text(PageKey(value.sql, value.kind, descending=False))
        for _, value in values
        if value.kind is not Kind.NULL
    ]
    rows = Analysis(
        values,
        f"({inner}) AS {alias}",
        None,
        [],
        [],
        [],
        [],
        grouped=False,
        distinct=False,
        star=analysis.star,
    )
    return rows, [*asked, *others]


def export(statement: Statement, env: Environment, *, parquet: bool = False) -> Plan:
    """Compile a statement for an export: every row unless it has a LIMIT, and for Parquet, columns by their names."""
    if statement.pivot is not None:
        raise QueryError(
            "IN (ANY) knows its columns at the end, so there is nothing to stream; list the values: "
            """PIVOT (… IN ('a', 'b')), or ask for "fmt": "json"."""
        )
    analysis = QueryCompiler(env).analyze(statement.tree, statement.unpivot, statement.sample)
    columns = [ResultColumn(name, value.kind) for name, value in analysis.items]
    items = [
        f"{_shown(value, statement.preview_length)} AS c{at}" for at, (_, value) in enumerate(analysis.items)
    ]
    order = [key.term() for key in page_keys(analysis) or asked_order(analysis)]
    sql = _write(analysis, items, order=order, limit=statement.limit, offset=statement.offset)
    if parquet:
        names = ", ".join(f"c{at} AS {quote_name(column.name)}" for at, column in enumerate(columns))
    else:
        names = ", ".join(f"c{at}" for at in range(len(columns)))
    sql = f"SELECT {names} FROM ({sql}) AS export"
    return Plan(sql, columns, [], "result", None, "", analysis.star, warnings=lint(statement.tree))


def _shown(value: Value, preview_length: int | None) -> str:
    if preview_length is None or preview_length < 0 or value.column not in PREVIEWED:
        return output(value)
    text = json_text(value) if value.kind is Kind.JSON else as_text(value)
    short = f"toJSONString(substringUTF8({as_text(value)}, 1, {preview_length}))"
    return f"if(lengthUTF8({text}) <= {preview_length + 2}, {text}, {short})"


def _side(relation: Derived, columns: list[tuple[Value, Kind]]) -> str:
    """One side of a set operation, its columns brought to the kinds they share with the other side."""
    shared = [value.sql if value.kind is kind else convert(value, kind) for value, kind in columns]
    items = ", ".join(f"{sql} AS c{at}" for at, sql in enumerate(shared))
    return f"SELECT {items} FROM ({relation.sql}) AS {relation.alias}"


def _write(
    analysis: Analysis,
    items: list[str],
    *,
    order: list[str],
    limit: int | None,
    offset: int = 0,
    behind: str | None = None,
) -> str:
    """The SELECT of an analysis. `behind` keeps what follows a page position."""
    bounds = f" LIMIT {limit}" if limit is not None else ""
    bounds += f" OFFSET {offset}" if offset else ""
    sort = f" ORDER BY {', '.join(order)}" if order else ""
    head = f"SELECT {'DISTINCT ' if analysis.distinct else ''}{', '.join(items)}"
    if isinstance(analysis.spans, Summary):
        return head + _from_summary(analysis, analysis.spans, sort, bounds, behind)
    if isinstance(analysis.spans, Spans) and analysis.spans.shape == "traces":
        return head + _from_traces(analysis, analysis.spans, order, bounds, behind)
    conditions = [*analysis.where, *([behind] if behind else [])]
    if analysis.spans is not None:
        source = f" FROM {analysis.spans.table(*conditions, arrays=analysis.unpivot)}"
    else:
        source = f" FROM {analysis.source}" if analysis.source else ""
        source += " WHERE " + " AND ".join(f"({one})" for one in conditions) if conditions else ""
    return head + source + _grouping(analysis) + sort + bounds


def _grouping(analysis: Analysis) -> str:
    group = f" GROUP BY {', '.join(analysis.groups)}" if analysis.groups else ""
    return group + (
        " HAVING " + " AND ".join(f"({one})" for one in analysis.having) if analysis.having else ""
    )


def _from_summary(analysis: Analysis, summary: Summary, sort: str, bounds: str, behind: str | None) -> str:
    """Pick the traces by their sort keys alone first, then read everything else of just those."""
    having = [*analysis.having, *([behind] if behind else [])]
    spans = summary.spans
    if analysis.by_time:
        # Versions of a row share its time, so all are searched, which is quicker; HAVING leaves out deleted ones.
        spans = replace(spans, final=False)
        having += met(analysis.where)
    kept = " HAVING " + " AND ".join(f"({one})" for one in having) if having else ""
    chosen = [*matching_traces(spans, analysis.where), *analysis.traces]
    if bounds:
        picked = f"SELECT root_span_id FROM {summary.spans.table(*chosen)} GROUP BY root_span_id{kept}{sort}{bounds}"
        chosen, kept = [f"root_span_id IN ({picked})"], ""
    return f" FROM {summary.spans.table(*chosen)} GROUP BY root_span_id{kept}{sort}"


def _from_traces(analysis: Analysis, spans: Spans, order: list[str], bounds: str, behind: str | None) -> str:
    """Every span of the traces in which one matches; `bounds` count traces."""
    chosen = matching_traces(spans, analysis.where)
    if analysis.grouped or analysis.distinct or analysis.windowed:
        sort = f" ORDER BY {', '.join(order)}" if order else ""
        table = spans.table(*chosen, *analysis.shown, arrays=analysis.unpivot)
        return f" FROM {table}{_grouping(analysis)}{sort}{bounds}"
    keys = page_keys(analysis)
    if not keys:
        raise QueryError("Traces cannot be sorted by a list; sort by a number, a text or a time.")
    if bounds or behind:
        kept = f" HAVING {behind}" if behind else ""
        sort = f" ORDER BY {', '.join(key.term() for key in keys)}"
        table = spans.table(*chosen, *analysis.shown)
        picked = f"SELECT root_span_id FROM {table} GROUP BY root_span_id{kept}{sort}{bounds}"
        chosen = [f"root_span_id IN ({picked})"]
    windows = [replace(key, sql=f"{key.sql} OVER (PARTITION BY root_span_id)") for key in keys[:-1]]
    terms = [key.term() for key in [*windows, keys[-1]]]
    return f" FROM {spans.table(*chosen, *analysis.shown)} ORDER BY {', '.join([*terms, 'created', 'id'])}"
