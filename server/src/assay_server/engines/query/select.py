"""One SELECT of a query tree, analysed: items, conditions, groups and order, each compiled in its scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from assay_server.engines.query.aggregates import AGGREGATES
from assay_server.engines.query.calls import is_call
from assay_server.engines.query.dialect import QueryDialect, written
from assay_server.engines.query.expressions import Compiler, Scope, Subqueries
from assay_server.engines.query.inputs import Input, InputReader, refuse_unknown_parts
from assay_server.engines.query.literals import fail
from assay_server.engines.query.paths import path_text, read_path
from assay_server.engines.query.relations import Environment, Spans
from assay_server.engines.query.statement import Unpivot
from assay_server.engines.query.traces import COMPUTED_METRICS, Summary
from assay_server.engines.query.values import Value, carried, order_keys

_CLAUSES = ("from_", "joins", "where", "group", "having", "order", "limit", "offset", "with_")
_SELECT_PARTS = frozenset({"expressions", "distinct", "kind", *_CLAUSES})
_SpanSource = Spans | Summary | None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One ORDER BY term."""

    value: Value
    descending: bool
    nulls_first: bool


@dataclass(slots=True)
class Analysis:
    """A SELECT ready to be written.

    `spans` is set when the input is one source read flat; else `source` is the text of FROM. `where` filters rows
    (spans, when the input is traces), `having` groups or whole traces; `shown` picks spans of the traces found.
    `by_time` when `where` is about `created` alone; `traces` are conditions on the ids of traces.
    """

    items: list[tuple[str, Value]]
    source: str
    spans: Spans | Summary | None
    where: list[str]
    groups: list[str]
    having: list[str]
    order: list[SortKey]
    grouped: bool
    distinct: bool
    unpivot: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    star: bool = False
    windowed: bool = False
    by_time: bool = False
    traces: list[str] = field(default_factory=list)


class SelectAnalyzer:
    """Analyses one SELECT; `subqueries` compiles the queries inside it."""

    def __init__(self, select: exp.Select, env: Environment, subqueries: Subqueries) -> None:
        self.select = select
        self.env = env
        self.subqueries = subqueries
        refuse_unknown_parts(select, _SELECT_PARTS)

    def analyze(self, unpivot: list[Unpivot], sample: exp.Expr | None) -> Analysis:
        """Compile every part. Raises QueryError."""
        reader = InputReader(self.env, self.subqueries)
        source = reader.read(self.select)
        per_trace = self._filters_traces(source)
        grouped = self._is_grouped() and not per_trace
        distinct = bool(self.select.args.get("distinct"))
        windowed = self.select.find(exp.Window) is not None
        flat = source.flat(combined=grouped or distinct or windowed)
        if flat is None:
            source.nest()
            self._check_traces(source)
        unpivot = [*self._turned(), *unpivot]
        if unpivot and not isinstance(flat, Spans) and len(source.relations) != 1:
            raise fail("unpivot works on one source; put the join into a sub-query.", unpivot[0].source)
        inside_this = self.subqueries.within(source.relations)
        scope = Scope(source.relations, inside_this, joined=source.joined, zone=self.env.zone)
        arrays = reader.unpivot(scope, source.relations, unpivot)
        rows = Compiler(scope)
        inside, where, of_traces, shown = self._conditions(rows, source, flat)
        where += _sample(sample or self._table_sample(), [*inside, *where], flat)
        if per_trace:
            of_traces += self._having_of_traces(rows)
        items, order, groups, having = self._results(rows, source, grouped=grouped)
        return Analysis(
            items=items,
            source="" if flat is not None else source.written(rows, inside) + _unfolding(arrays),
            spans=flat,
            where=where,
            groups=groups,
            having=of_traces + having,
            order=order,
            grouped=grouped,
            distinct=distinct,
            unpivot=arrays if flat is not None else [],
            shown=shown,
            star=any(isinstance(node, exp.Star) for node in self.select.expressions),
            windowed=windowed,
            by_time=sample is None and self._is_by_time(),
        )

    def _is_by_time(self) -> bool:
        """Whether WHERE, if there is one, asks for nothing but `created`."""
        where = self.select.args.get("where")
        parts = () if where is None else where.find_all(exp.Column, exp.Dot, exp.Query, exp.Anonymous)
        return self._table_sample() is None and all(
            isinstance(part, exp.Column) and path_text(part) == "created" for part in parts
        )

    def _turned(self) -> list[Unpivot]:
        """UNPIVOT behind the source, as sub-queries have it."""
        tree = self.select.args.get("from_")
        turns = (tree.this.args.get("pivots") or ()) if tree is not None else ()
        return [Unpivot(turn.this, tuple(turn.args["names"])) for turn in turns]

    def _results(
        self, rows: Compiler, source: Input, *, grouped: bool
    ) -> tuple[list[tuple[str, Value]], list[SortKey], list[str], list[str]]:
        """Items, order, group keys and HAVING."""
        items = self._items(source)
        aliases = {name: node for name, node in items if path_text(node) != name}
        keys: dict[str, Value] = {}
        if grouped:
            found = self._groups(rows, items, aliases)
            keys = {text: replace(value, sql=carried(value), index=None, steps=()) for text, value in found}
        outer = Compiler(replace(rows.scope, groups=keys)) if grouped else rows
        named = Compiler(replace(outer.scope, aliases=aliases))
        compiled = [(name, outer.compile(node)) for name, node in items]
        condition = self.select.args.get("having") if grouped else None
        having = [named.condition(condition.this)] if condition is not None else []
        groups = list(dict.fromkeys(value.sql for value in keys.values() if not value.is_literal))
        if self.select.args.get("distinct"):
            self._check_distinct_order(items)
        return compiled, sort_keys(self.select, named, compiled), groups, having

    def _check_distinct_order(self, items: list[tuple[str, exp.Expr]]) -> None:
        order = self.select.args.get("order")
        known = {name for name, _ in items} | {path_text(node) for _, node in items}
        for one in order.expressions if order is not None else ():
            if path_text(one.this) not in known and not isinstance(one.this, exp.Literal):
                raise fail("ORDER BY of SELECT DISTINCT takes columns that are selected; add this one.", one)

    def _check_traces(self, source: Input) -> None:
        """Raise where traces would be read as spans: in a join nothing says which spans their WHERE is about."""
        if any(isinstance(one, Spans) and one.shape == "traces" for one in source.relations.values()):
            example = "(SELECT … FROM project_logs('my project', shape => 'traces') WHERE …) AS t"
            raise fail(f"Traces are joined as a query of their own: {example}.", self.select.args["from_"])

    def _filters_traces(self, source: Input) -> bool:
        """Whether HAVING stands behind a summary that is not grouped: it then filters each trace by its spans."""
        relations = list(source.relations.values())
        items = self.select.expressions
        return (
            len(relations) == 1
            and isinstance(relations[0], Summary)
            and self.select.args.get("having") is not None
            and self.select.args.get("group") is None
            and not any(_has_aggregate(item) for item in items)
        )

    def _having_of_traces(self, rows: Compiler) -> list[str]:
        """HAVING as conditions on whole traces: aggregates run over the spans of each, metrics are the trace's."""
        ((name, summary),) = rows.scope.relations.items()
        assert isinstance(summary, Summary)
        spans = rows.over({name: replace(summary.spans, flat=True)})
        each = Compiler(replace(spans.scope, groups={}))
        parts = _conjuncts(self.select.args["having"].this)
        return [(rows if _names_trace_metric(part) else each).condition(part) for part in parts]

    def _is_grouped(self) -> bool:
        if self.select.args.get("group") or self.select.args.get("having"):
            return True
        parts = [*self.select.expressions, self.select.args.get("order")]
        return any(part is not None and _has_aggregate(part) for part in parts)

    def _items(self, source: Input) -> list[tuple[str, exp.Expr]]:
        items: list[tuple[str, exp.Expr]] = []
        for node in self.select.expressions:
            if isinstance(node, exp.Star) and not any(node.args.values()):
                items += [column for name in source.relations for column in source.star(name)]
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                if node.table not in source.relations:
                    raise fail(f"There is no source called {node.table}.", node)
                items += source.star(node.table)
            elif isinstance(node, exp.Alias):
                items.append((node.alias, node.this))
            else:
                items.append((_implicit_name(node), node))
        if not items:
            raise fail("SELECT * needs a source, such as FROM project_logs('my project').", self.select)
        return _distinct_names(items)

    def _conditions(
        self, rows: Compiler, source: Input, flat: _SpanSource
    ) -> tuple[list[str], list[str], list[str], list[str]]:
        """WHERE as conditions inside a nested summary, on rows, on whole traces, and on the spans of traces to show."""
        where = self.select.args.get("where")
        parts = list(_conjuncts(where.this)) if where is not None else []
        rows = Compiler(replace(rows.scope, aliases=self._implied(source)))
        relations = rows.scope.relations
        summary = flat or (next(iter(relations.values())) if len(relations) == 1 else None)
        if isinstance(flat, Spans) and flat.shape == "traces":
            shown = [part for part in parts if is_call(part, "filter_spans")]
            kept = [self._condition(rows, part) for part in parts if part not in shown]
            return [], kept, [], [self._condition(rows, part) for part in shown]
        if not isinstance(summary, Summary):
            return [], [self._condition(rows, part) for part in parts], [], []
        spans = rows.over(dict.fromkeys(relations, summary.spans))
        on_spans = [self._condition(spans, part) for part in parts if not _names_trace_metric(part)]
        on_traces = [self._condition(rows, part) for part in parts if _names_trace_metric(part)]
        return ([], on_spans, on_traces, []) if flat is not None else (on_spans, on_traces, [], [])

    def _condition(self, compiler: Compiler, part: exp.Expr) -> str:
        sql = compiler.condition(part)
        if self.env.said is not None:
            self.env.said[sql] = part.sql(dialect=QueryDialect, normalize_functions=False)
        return sql

    def _implied(self, source: Input) -> dict[str, exp.Expr]:
        """Names of select items that WHERE may use: those that are no column, and stand for one item only."""
        found: dict[str, list[exp.Expr]] = {}
        for node in self.select.expressions:
            inner = node.this if isinstance(node, exp.Alias) else node
            if (
                not isinstance(node, exp.Star)
                and not isinstance(node.this, exp.Star)
                and not _has_aggregate(inner)
            ):
                found.setdefault(node.alias if inner is not node else _implicit_name(node), []).append(inner)
        columns = {known.lower() for relation in source.relations.values() for known in relation.known()}
        return {
            name: nodes[0]
            for name, nodes in found.items()
            if len(nodes) == 1 and name.lower() not in columns and nodes[0].find(exp.Window) is None
        }

    def _groups(
        self, rows: Compiler, items: list[tuple[str, exp.Expr]], aliases: Mapping[str, exp.Expr]
    ) -> list[tuple[str, Value]]:
        group = self.select.args.get("group")
        if group is None:
            return []
        refuse_unknown_parts(group, frozenset({"expressions", "all"}))
        nodes = list(group.expressions)
        if group.args.get("all"):
            nodes = [node for _, node in items if not _has_aggregate(node)]
        keys = []
        for node in nodes:
            target = _ordinal(node, items) or _alias_target(node, aliases) or node
            if not isinstance(target, exp.Literal):
                keys.append((path_text(target), rows.compile(target)))
        return keys

    def _table_sample(self) -> exp.Expr | None:
        tree = self.select.args.get("from_")
        return tree.this.args.get("sample") if tree is not None else None


def _unfolding(arrays: list[str]) -> str:
    return "".join(f" ARRAY JOIN {array}" for array in arrays)


def _implicit_name(node: exp.Expr) -> str:
    if isinstance(node, (exp.Column, exp.Dot, exp.Bracket)):
        names = [step for step in read_path(node) if isinstance(step, str)]
        return names[-1]
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return written(node)[:60]


def _distinct_names(items: list[tuple[str, exp.Expr]]) -> list[tuple[str, exp.Expr]]:
    taken: set[str] = set()
    result = []
    for name, node in items:
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        result.append((unique, node))
    return result


def sort_keys(select: exp.Query, named: Compiler, compiled: list[tuple[str, Value]]) -> list[SortKey]:
    """ORDER BY, whose terms may be ordinals, aliases or expressions."""
    order = select.args.get("order")
    keys: list[SortKey] = []
    for one in order.expressions if order is not None else ():
        at = _ordinal_index(one.this, len(compiled))
        value = compiled[at][1] if at is not None else named.compile(one.this)
        descending, first = bool(one.args.get("desc")), bool(one.args.get("nulls_first"))
        if not value.is_literal:  # a bare number would be read as a column's place
            keys += [SortKey(key, descending, first) for key in order_keys(value)]
    return keys


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest()
    return (
        [part for side in node.flatten() for part in _conjuncts(side)]
        if isinstance(node, exp.And)
        else [node]
    )


def _names_trace_metric(node: exp.Expr) -> bool:
    for part in node.find_all(exp.Column, exp.Dot):
        if isinstance(part, exp.Dot) or not isinstance(part.this, exp.Star):
            path = read_path(part)
            if path[0] == "span_type_info" or (
                path[0] == "metrics" and len(path) == 2 and path[1] in COMPUTED_METRICS
            ):
                return True
    return False


def _has_aggregate(node: exp.Expr) -> bool:
    def stop(one: exp.Expr) -> bool:
        return isinstance(one, (exp.Window, exp.Query))

    return any(
        isinstance(one, exp.Anonymous) and (one.name.lower() in AGGREGATES or one.name.lower() == "count")
        for one in node.walk(prune=stop)
    )


def _ordinal_index(node: exp.Expr, count: int) -> int | None:
    if not (isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit()):
        return None
    if not 1 <= int(node.this) <= count:
        raise fail(f"Column {node.this} does not exist; the query has {count}.", node)
    return int(node.this) - 1


def _ordinal(node: exp.Expr, items: list[tuple[str, exp.Expr]]) -> exp.Expr | None:
    at = _ordinal_index(node, len(items))
    return items[at][1] if at is not None else None


def _alias_target(node: exp.Expr, aliases: Mapping[str, exp.Expr]) -> exp.Expr | None:
    if not isinstance(node, exp.Column) or len(node.parts) != 1:
        return None
    target = aliases.get(node.name)
    return target if target is not None and not _has_aggregate(target) else None


def _sample(sample: exp.Expr | None, where: list[str], source: _SpanSource) -> list[str]:
    """A condition that keeps a share of the spans, or a number of them: the same ones every time."""
    if sample is None:
        return []
    spans = source.spans if isinstance(source, Summary) else source
    if spans is None:
        raise fail("A sample is taken from one source of spans.", sample)
    if (percent := sample.args.get("percent")) is not None:
        return [f"cityHash64(id) % 100000 < {int(_sample_size(percent) * 1000)}"]
    size = int(_sample_size(sample.args.get("size") or sample.args.get("this")))
    chosen = f"SELECT id FROM {spans.table(*where)} ORDER BY cityHash64(id) LIMIT {size}"
    return [f"id IN ({chosen})"]


def _sample_size(node: exp.Expr | None) -> float:
    try:
        return float(node.name if node is not None else "")
    except ValueError:
        raise fail("A sample takes a number of rows, or a percentage: 10%.", node) from None
