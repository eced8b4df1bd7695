"""FROM: the relations a SELECT reads, how they are joined, and the columns that unpivot adds."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from assay_server.engines.query import schema
from assay_server.engines.query.expressions import Compiler, Scope, Subqueries
from assay_server.engines.query.listed import Listed
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.relations import Derived, Environment, Path, Relation, Spans, descend
from assay_server.engines.query.sources import SOURCES, open_source
from assay_server.engines.query.statement import Unpivot
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, present

_TABLE_PARTS = frozenset({"this", "alias", "sample", "joins", "pivots"})
_JOIN_PARTS = frozenset({"this", "side", "kind", "on", "using"})
_SUMMARY_UNPIVOT = (
    "Summaries are unfolded as a query of their own: FROM (SELECT id, scores FROM project_logs('my project', "
    "shape => 'summary')) AS t UNPIVOT (value FOR name IN (scores))."
)
_JOIN_SIDES = frozenset({"", "LEFT", "RIGHT", "FULL"})
_JOIN_KINDS = frozenset({"", "INNER", "OUTER", "CROSS"})


@dataclass(slots=True)
class Input:
    """What a SELECT reads: relations by name, then how each after the first is joined.

    `joined` are the columns of USING, which are the same on every side.
    """

    relations: dict[str, Relation] = field(default_factory=dict)
    joins: list[tuple[str, str, exp.Expr | None]] = field(default_factory=list)
    joined: frozenset[str] = frozenset()

    def flat(self, *, combined: bool) -> Spans | Summary | None:
        """The one source that can be read without a sub-select. `combined`: rows are grouped or made distinct."""
        if self.joins or len(self.relations) != 1:
            return None
        relation = next(iter(self.relations.values()))
        if isinstance(relation, Summary) and combined:
            return None
        return relation if isinstance(relation, (Spans, Summary)) else None

    def nest(self) -> None:
        """Read every source through a sub-select."""
        self.relations = {
            name: relation.nested() if isinstance(relation, (Spans, Summary)) else relation
            for name, relation in self.relations.items()
        }

    def star(self, name: str) -> list[tuple[str, exp.Expr]]:
        """`name.*` as columns."""
        table = exp.to_identifier(name) if len(self.relations) > 1 else None
        columns = self.relations[name].names()
        return [(one, exp.column(exp.to_identifier(one, quoted=True), table=table)) for one in columns]

    def written(self, rows: Compiler, traces_with: list[str]) -> str:
        """The text of FROM; `traces_with` are conditions that some span of each trace must meet."""
        conditions = [
            (name, kind, rows.condition(on) if on is not None else "") for name, kind, on in self.joins
        ]
        if not self.relations:
            return ""
        text = _written_relation(next(iter(self.relations.values())), traces_with)
        for name, kind, condition in conditions:
            text += f" {kind} {_written_relation(self.relations[name], [])}"
            text += f" ON {condition}" if condition else ""
        return text


@dataclass(slots=True)
class InputReader:
    """Reads FROM and JOIN clauses of one scope."""

    env: Environment
    subqueries: Subqueries

    def read(self, select: exp.Select) -> Input:
        """The input of a SELECT. Raises QueryError, NotFound or Forbidden."""
        tree = select.args.get("from_")
        if tree is None:
            return Input()
        name, relation = self._relation(tree.this)
        source = Input({name: relation})
        for join in [*(tree.this.args.get("joins") or ()), *(select.args.get("joins") or ())]:
            self._add_join(source, join)
        return source

    def _relation(self, node: exp.Expr) -> tuple[str, Relation]:
        alias = node.args.get("alias")
        name = alias.name if alias is not None else ""
        if isinstance(node, exp.Subquery):
            refuse_unknown_parts(node, _TABLE_PARTS)
            return name or self.env.alias("_"), self.subqueries.derive(node.this)
        if not isinstance(node, exp.Table):
            raise fail(
                "FROM takes a source such as project_logs('my project'), a WITH name or a query.", node
            )
        relation: Relation | None = None
        if isinstance(node.this, exp.Anonymous):
            relation = open_source(node.this, self.env)
        elif isinstance(node.this, exp.Identifier) and not (node.args.get("db") or node.args.get("catalog")):
            relation = self.subqueries.named(node.this.name)
        if relation is None:
            shown = ".".join(part.name for part in node.parts)
            hint = did_you_mean(shown, [*SOURCES, *self.subqueries.names()])
            example = "read from a source such as project_logs('my project')"
            raise fail(f"There is no table {shown}; {example}.{hint}", node)
        refuse_unknown_parts(node, _TABLE_PARTS)
        if alias is not None and alias.args.get("columns"):
            raise fail("Name columns with AS in the query itself, not behind a table name.", node)
        return name or node.this.name, relation

    def _add_join(self, source: Input, join: exp.Join) -> None:
        refuse_unknown_parts(join, _JOIN_PARTS)
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

    def unpivot(self, scope: Scope, relations: dict[str, Relation], wanted: list[Unpivot]) -> list[str]:
        """ARRAY JOIN terms; their columns are added to the relations of the scope."""
        arrays: list[str] = []
        for one in wanted:
            if any(isinstance(relation, Summary) for relation in relations.values()):
                raise fail(_SUMMARY_UNPIVOT, one.source)
            alias = self.env.alias("u")
            array, kinds = _unfolded(Compiler(scope).compile(one.source), one)
            values = {
                name: Value(kind, alias if len(one.names) == 1 else f"{alias}.{at + 1}")
                for at, (name, kind) in enumerate(zip(one.names, kinds, strict=True))
            }
            relations[alias] = Unfolded(values)
            arrays.append(f"{array} AS {alias}")
        return arrays


@dataclass(slots=True)
class Unfolded:
    """Columns made by unpivot."""

    values: dict[str, Value]

    def names(self) -> list[str]:
        return list(self.values)

    known = names

    def lookup(self, path: Path, node: exp.Expr) -> Value | None:
        value = self.values.get(str(path[0]))
        return None if value is None else descend(value, path, node)


def _unfolded(value: Value, one: Unpivot) -> tuple[str, list[Kind]]:
    """The array that a value unfolds into, and the kinds of its columns. Raises QueryError for what has no parts."""
    unfolds = (Kind.JSON, Kind.NULL, Kind.LIST) if len(one.names) == 1 else (Kind.JSON, Kind.NULL)
    if value.kind not in unfolds:
        parts = "elements" if len(one.names) == 1 else "members"
        raise fail(f"UNPIVOT needs {parts} to make rows of; this is a {value.kind.value}.", one.source)
    if len(one.names) == 1:
        listed = value.kind is Kind.LIST
        return (value.sql, [Kind.TEXT]) if listed else (f"JSONExtractArrayRaw({present(value)})", [Kind.JSON])
    if value.sql in schema.NUMBER_MAPS and not value.steps:  # the column itself, where its map is at hand
        mapped = schema.NUMBER_MAPS[value.sql]
        return f"arrayZip(mapKeys({mapped}), mapValues({mapped}))", [Kind.TEXT, Kind.NUMBER]
    return f"JSONExtractKeysAndValuesRaw({present(value)})", [Kind.TEXT, Kind.JSON]


def refuse_unknown_parts(node: exp.Expr, known: frozenset[str]) -> None:
    """Raise QueryError when a node has a clause that is not known."""
    for name, part in node.args.items():
        if part and name not in known:
            shown, hint = _REFUSED.get(name, (name.replace("_", " ").upper().strip(), ""))
            raise fail(f"{shown} is not supported here.{hint}", part if isinstance(part, exp.Expr) else node)


_REFUSED = {
    "qualify": ("QUALIFY", " Put the window into a query in FROM and filter its column with WHERE."),
    "laterals": ("LATERAL VIEW", " Unfold lists with UNPIVOT (tag FOR _ IN (tags))."),
    "windows": ("WINDOW", " Write the window behind its function: sum(x) OVER (PARTITION BY y)."),
    "totals": ("WITH TOTALS", " Unite the groups and a query without GROUP BY with UNION ALL."),
}
"""Clauses that are understood and not done: what each is called, and what to write instead."""


def matching_traces(spans: Spans, conditions: list[str]) -> list[str]:
    """A condition that keeps traces in which some span meets the conditions; none when there are none."""
    return [f"root_span_id IN (SELECT root_span_id FROM {spans.table(*conditions)})"] if conditions else []


def _written_relation(relation: Relation, traces_with: list[str]) -> str:
    if isinstance(relation, Derived):
        return f"({relation.sql}) AS {relation.alias}"
    if isinstance(relation, Summary):
        return f"{relation.subselect(*matching_traces(relation.spans, traces_with))} AS {relation.alias}"
    assert isinstance(relation, (Spans, Listed))
    return f"{relation.subselect()} AS {relation.alias}"


def _using_condition(source: Input, name: str, using: list[exp.Expr]) -> exp.Expr | None:
    first = next(iter(source.relations))
    tests = [exp.EQ(this=exp.column(one.name, first), expression=exp.column(one.name, name)) for one in using]
    return exp.and_(*tests) if tests else None
