"""One SELECT of a query tree, analysed: its input, its items, its conditions, each compiled in the scope where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from assay_server.engines.query import schema
from assay_server.engines.query.aggregates import AGGREGATES
from assay_server.engines.query.dialect import written
from assay_server.engines.query.expressions import (
    Compiler,
    Scope,
    Subqueries,
    direction_of,
    path_text,
    read_path,
)
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.relations import Derived, Environment, Path, Relation, Spans, descend
from assay_server.engines.query.sources import SOURCES, open_source
from assay_server.engines.query.statement import Unpivot
from assay_server.engines.query.traces import COMPUTED_METRICS, Summary
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, carried, json_text, order_keys

_SELECT_PARTS = frozenset(
    {
        "expressions",
        "from_",
        "joins",
        "where",
        "group",
        "having",
        "order",
        "limit",
        "offset",
        "distinct",
        "with_",
        "kind",
    }
)
_TABLE_PARTS = frozenset({"this", "alias", "sample", "joins"})
_JOIN_SIDES = frozenset({"", "LEFT", "RIGHT", "FULL"})
_JOIN_KINDS = frozenset({"", "INNER", "OUTER", "CROSS"})


@dataclass(frozen=True, slots=True)
class SortKey:
    """One ORDER BY term."""

    value: Value
    descending: bool
    nulls_first: bool

    def term(self, sql: str | None = None) -> str:
        """The term, over another expression when given."""
        direction = "DESC" if self.descending else "ASC"
        return f"{sql or self.value.sql} {direction} NULLS {'FIRST' if self.nulls_first else 'LAST'}"


@dataclass(slots=True)
class Analysis:
    """A SELECT ready to be written.

    `spans` is set when the input is one source read flat; else `source` is the text of FROM. `where` filters rows
    (spans, when the input is traces), `having` groups or whole traces.
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
    star: bool = False
    windowed: bool = False


@dataclass(slots=True)
class _Input:
    relations: dict[str, Relation]
    joins: list[tuple[str, str, exp.Expr | None]] = field(default_factory=list)
    joined: frozenset[str] = frozenset()


class SelectAnalyzer:
    """Analyses one SELECT; `subqueries` compiles the queries inside it."""

    def __init__(self, select: exp.Select, env: Environment, subqueries: Subqueries) -> None:
        self.select = select
        self.env = env
        self.subqueries = subqueries
        _refuse_unknown_parts(select, _SELECT_PARTS)

    def analyze(self, unpivot: list[Unpivot], sample: exp.Expr | None) -> Analysis:
        """Compile every part. Raises QueryError."""
        source = self._input()
        grouped = self._is_grouped()
        distinct = bool(self.select.args.get("distinct"))
        windowed = any(True for _ in self.select.find_all(exp.Window))
        flat = self._flat(source, grouped=grouped or distinct or windowed)
        if flat is None:
            source.relations = {name: _nested(relation) for name, relation in source.relations.items()}
        scope = Scope(source.relations, self.subqueries, joined=source.joined)
        arrays = self._unpivot(scope, unpivot)
        rows = Compiler(scope)
        items = self._items(source)
        aliases = _aliases(items)
        where, having = self._conditions(rows, flat)
        traces = next((one for one in source.relations.values() if isinstance(one, Summary)), None)
        inside, outside = ([], where) if flat is not None or traces is None else (where, having)
        sampled = _sample(
            sample or self._table_sample(), rows, where, flat or next(iter(source.relations.values()), None)
        )
        groups = self._groups(rows, items, aliases) if grouped else []
        keys = {text: replace(value, sql=carried(value), index=None, steps=()) for text, value in groups}
        outer = Compiler(replace(scope, groups=keys)) if grouped else rows
        named = Compiler(replace(outer.scope, aliases=aliases))
        compiled = [(name, outer.compile(node)) for name, node in items]
        having = having if flat is not None else []
        if condition := self.select.args.get("having"):
            having.append(named.condition(condition.this))
        order = self._order(named, compiled)
        return Analysis(
            items=compiled,
            source="" if flat is not None else self._written_source(source, rows, inside),
            spans=flat,
            where=[*outside, *sampled],
            groups=list(dict.fromkeys(value.sql for value in keys.values())),
            having=having,
            order=order,
            grouped=grouped,
            distinct=distinct,
            unpivot=arrays,
            star=any(isinstance(node, exp.Star) for node in self.select.expressions),
            windowed=windowed,
        )

    def _is_grouped(self) -> bool:
        if self.select.args.get("group") or self.select.args.get("having"):
            return True
        parts = [*self.select.expressions, self.select.args.get("order")]
        return any(part is not None and _has_aggregate(part) for part in parts)

    def _flat(self, source: _Input, *, grouped: bool) -> Spans | Summary | None:
        if source.joins or len(source.relations) != 1:
            return None
        relation = next(iter(source.relations.values()))
        if isinstance(relation, Summary) and grouped:
            return None
        return relation if isinstance(relation, (Spans, Summary)) else None

    # -- input

    def _input(self) -> _Input:
        tree = self.select.args.get("from_")
        if tree is None:
            return _Input({})
        name, relation = self._relation(tree.this)
        source = _Input({name: relation})
        for join in [*(tree.this.args.get("joins") or ()), *(self.select.args.get("joins") or ())]:
            self._add_join(source, join)
        return source

    def _relation(self, node: exp.Expr) -> tuple[str, Relation]:
        alias = node.args.get("alias")
        if alias is not None and alias.args.get("columns"):
            raise fail("Name columns with AS in the query itself, not behind a table name.", node)
        name = alias.name if alias is not None else ""
        if isinstance(node, exp.Subquery):
            _refuse_unknown_parts(node, frozenset({"this", "alias", "sample", "joins"}))
            return name or self.env.alias("_"), self.subqueries.derive(node.this)
        if not isinstance(node, exp.Table):
            raise fail(
                "FROM takes a source such as project_logs('my project'), a WITH name or a query.", node
            )
        _refuse_unknown_parts(node, _TABLE_PARTS)
        if isinstance(node.this, exp.Anonymous):
            return name or node.this.name, open_source(node.this, self.env)
        if isinstance(node.this, exp.Identifier) and not (node.args.get("db") or node.args.get("catalog")):
            named = self.subqueries.named(node.this.name)
            if named is not None:
                return name or node.this.name, named
        shown = written(node)
        hint = did_you_mean(shown, [*SOURCES, *self.subqueries.names()])
        raise fail(
            f"There is no table {shown}; read from a source such as project_logs('my project').{hint}", node
        )

    def _add_join(self, source: _Input, join: exp.Join) -> None:
        _refuse_unknown_parts(join, frozenset({"this", "side", "kind", "on", "using"}))
        side, kind = (str(join.args.get(part) or "").upper() for part in ("side", "kind"))
        if side not in _JOIN_SIDES or kind not in _JOIN_KINDS:
            raise fail(
                f"{side} {kind} JOIN is not supported; use INNER, LEFT, RIGHT, FULL or CROSS.".strip(), join
            )
        name, relation = self._relation(join.this)
        if name in source.relations:
            raise fail(f"Two sides of the join are both called {name}; give each a name with AS.", join)
        using = join.args.get("using") or []
        on = join.args.get("on") or _using_condition(source, name, using)
        if on is None and (side or kind in ("INNER", "OUTER")):
            raise fail("A join needs ON or USING; write CROSS JOIN to pair every row.", join)
        source.relations[name] = relation
        source.joined |= {identifier.name for identifier in using}
        source.joins.append((name, f"{side} JOIN".strip() if on is not None else "CROSS JOIN", on))

    def _written_source(self, source: _Input, rows: Compiler, traces_with: list[str]) -> str:
        conditions = [
            (name, kind, rows.condition(on) if on is not None else None) for name, kind, on in source.joins
        ]
        names = list(source.relations)
        if not names:
            return ""
        text = _written_relation(source.relations[names[0]], traces_with)
        for name, kind, condition in conditions:
            text += f" {kind} {_written_relation(source.relations[name], [])}"
            text += f" ON {condition}" if condition else ""
        return text

    # -- items and clauses

    def _items(self, source: _Input) -> list[tuple[str, exp.Expr]]:
        items: list[tuple[str, exp.Expr]] = []
        for node in self.select.expressions:
            if isinstance(node, exp.Star) and not any(node.args.values()):
                items += [star for name in source.relations for star in _star(source, name)]
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                if node.table not in source.relations:
                    raise fail(f"There is no source called {node.table}.", node)
                items += _star(source, node.table)
            elif isinstance(node, exp.Alias):
                items.append((node.alias, node.this))
            else:
                items.append((_implicit_name(node), node))
        if not items:
            raise fail("SELECT * needs a source, such as FROM project_logs('my project').", self.select)
        return _distinct_names(items)

    def _conditions(self, rows: Compiler, flat: Spans | Summary | None) -> tuple[list[str], list[str]]:
        """Conditions on rows, and those on whole traces."""
        where = self.select.args.get("where")
        parts = list(_conjuncts(where.this)) if where is not None else []
        if not isinstance(flat, Summary):
            nested = next((one for one in rows.scope.relations.values() if isinstance(one, Summary)), None)
            if nested is None or len(rows.scope.relations) > 1:
                return [rows.condition(part) for part in parts], []
            flat = nested
        spans = Compiler(replace(rows.scope, relations=dict.fromkeys(rows.scope.relations, flat.spans)))
        of_spans = [part for part in parts if not _names_trace_metric(part)]
        return (
            [spans.condition(part) for part in of_spans],
            [rows.condition(part) for part in parts if part not in of_spans],
        )

    def _groups(
        self, rows: Compiler, items: list[tuple[str, exp.Expr]], aliases: Mapping[str, exp.Expr]
    ) -> list[tuple[str, Value]]:
        group = self.select.args.get("group")
        if group is None:
            return []
        _refuse_unknown_parts(group, frozenset({"expressions", "all"}))
        nodes = list(group.expressions)
        if group.args.get("all"):
            nodes = [node for _, node in items if not _has_aggregate(node)]
        keys = []
        for node in nodes:
            target = _ordinal(node, items) or _alias_target(node, aliases) or node
            if not isinstance(target, exp.Literal):
                keys.append((path_text(target), rows.compile(target)))
        return keys

    def _order(self, named: Compiler, compiled: list[tuple[str, Value]]) -> list[SortKey]:
        order = self.select.args.get("order")
        keys: list[SortKey] = []
        for one in order.expressions if order is not None else ():
            at = _ordinal_index(one.this, len(compiled))
            value = compiled[at][1] if at is not None else named.compile(one.this)
            descending, first = bool(one.args.get("desc")), "FIRST" in direction_of(one)
            keys += [SortKey(key, descending, first) for key in order_keys(value)]
        return keys

    # -- unpivot and sample

    def _unpivot(self, scope: Scope, wanted: list[Unpivot]) -> list[str]:
        """ARRAY JOIN terms; their columns join the scope as one more relation."""
        arrays: list[str] = []
        for one in wanted:
            value = Compiler(scope).compile(one.source)
            number, alias = read_path(one.source)[0] in schema.NUMBER_MAPS, self.env.alias("u")
            if len(one.names) == 2 and number and not value.steps:
                mapped = schema.NUMBER_MAPS[str(read_path(one.source)[0])]
                arrays.append(f"arrayZip(mapKeys({mapped}), mapValues({mapped})) AS {alias}")
                kinds = [Kind.TEXT, Kind.NUMBER]
            elif len(one.names) == 2:
                arrays.append(f"JSONExtractKeysAndValuesRaw({json_text(value)}) AS {alias}")
                kinds = [Kind.TEXT, Kind.JSON]
            else:
                listed = value.kind is Kind.LIST
                arrays.append(
                    f"{value.sql if listed else f'JSONExtractArrayRaw({json_text(value)})'} AS {alias}"
                )
                kinds = [Kind.TEXT if listed else Kind.JSON]
            self._bind(scope, alias, one.names, kinds)
        return arrays

    def _bind(self, scope: Scope, alias: str, names: tuple[str, ...], kinds: list[Kind]) -> None:
        values = {
            name: Value(kind, alias if len(names) == 1 else f"{alias}.{at + 1}")
            for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
        scope.relations[alias] = _Bound(values)  # type: ignore[index]  # built as a dict above

    def _table_sample(self) -> exp.Expr | None:
        tree = self.select.args.get("from_")
        return tree.this.args.get("sample") if tree is not None else None


@dataclass(slots=True)
class _Bound:
    """Columns made by unpivot."""

    values: dict[str, Value]

    def names(self) -> list[str]:
        return list(self.values)

    known = names

    def lookup(self, path: Path, node: exp.Expr) -> Value | None:
        value = self.values.get(str(path[0]))
        return None if value is None else descend(value, path, node)


def _refuse_unknown_parts(node: exp.Expr, known: frozenset[str]) -> None:
    for name, part in node.args.items():
        if part and name not in known:
            raise fail(f"{name.replace('_', ' ').upper().strip()} is not supported here.", node)


def _nested(relation: Relation) -> Relation:
    return relation.nested() if isinstance(relation, (Spans, Summary)) else relation


def matching_traces(spans: Spans, conditions: list[str]) -> list[str]:
    """A condition that keeps traces in which some span meets the conditions; none when there are none."""
    return [f"root_span_id IN (SELECT root_span_id FROM {spans.table(*conditions)})"] if conditions else []


def _written_relation(relation: Relation, traces_with: list[str]) -> str:
    if isinstance(relation, Derived):
        return f"({relation.sql}) AS {relation.alias}"
    if isinstance(relation, Summary):
        return f"{relation.subselect(*matching_traces(relation.spans, traces_with))} AS {relation.alias}"
    assert isinstance(relation, Spans)
    return f"{relation.subselect()} AS {relation.alias}"


def _using_condition(source: _Input, name: str, using: list[exp.Expr]) -> exp.Expr | None:
    first = next(iter(source.relations))
    tests = [exp.EQ(this=exp.column(one.name, first), expression=exp.column(one.name, name)) for one in using]
    return exp.and_(*tests) if tests else None


def _star(source: _Input, name: str) -> list[tuple[str, exp.Expr]]:
    many = len(source.relations) > 1
    return [
        (
            column,
            exp.column(
                exp.to_identifier(column, quoted=True), table=exp.to_identifier(name) if many else None
            ),
        )
        for column in source.relations[name].names()
    ]


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


def _aliases(items: list[tuple[str, exp.Expr]]) -> dict[str, exp.Expr]:
    return {name: node for name, node in items if path_text(node) != name}


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


def _sample(
    sample: exp.Expr | None, rows: Compiler, where: list[str], relation: Relation | None
) -> list[str]:
    """A condition that keeps a share of the rows, or a number of them: the same ones every time."""
    if sample is None:
        return []
    spans = relation.spans if isinstance(relation, Summary) else relation
    if not isinstance(spans, Spans):
        raise fail("A sample is taken from a source of spans.", sample)
    if (percent := sample.args.get("percent")) is not None:
        share = _sample_size(percent)
        return [f"cityHash64({'' if spans.flat else spans.alias + '.'}id) % 100000 < {int(share * 1000)}"]
    flat = replace(spans, flat=True, reads=set())
    size = int(_sample_size(sample.args.get("size") or sample.args.get("this")))
    chosen = f"SELECT id FROM {flat.table(*where)} ORDER BY cityHash64(id) LIMIT {size}"
    return [f"id IN ({chosen})"]


def _sample_size(node: exp.Expr | None) -> float:
    try:
        return float(node.name if node is not None else "")
    except ValueError:
        raise fail("A sample takes a number of rows, or a percentage: 10%.", node) from None
