"""What stands in FROM: rows of spans, one row a trace, or the result of another query.

A relation is read in one of two ways. *Flat*: the query reads the table itself, so names are physical columns and the
engine's indexes, lazy columns and sort order apply. *Nested*: the relation is a sub-select of just the columns that
were asked for. Either way the object predicate comes first and nothing the user wrote can reach in front of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlglot import exp

from assay_server.engines.query import schema
from assay_server.engines.query.literals import fail, quote, quote_name
from assay_server.engines.query.types import FunctionCatalog, Kind, ObjectResolver, ResultColumn, Shape
from assay_server.engines.query.values import NULL, Value, constant

MAX_RELATIONS = 200
Path = Sequence[str | int]


@dataclass(slots=True)
class Environment:
    """What one compilation shares: who asks, as of when, and the names handed out so far.

    `zone` is how many minutes the asker's time is behind UTC. `listed_bytes` is how much of the SQL is rows of
    prompts and functions. `said`, when it is given, takes each condition of WHERE as it was written, by its SQL.
    """

    actor: Any
    resolver: ObjectResolver
    catalog: FunctionCatalog
    version: int | None = None
    audit_log: bool = False
    zone: int = 0
    listed_bytes: int = 0
    said: dict[str, str] | None = None
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def alias(self, letter: str = "q") -> str:
        """A fresh relation name. Raises QueryError when the query has grown past reason."""
        number = next(self._ids)
        if number > MAX_RELATIONS:
            raise fail(
                f"The query reads more than {MAX_RELATIONS} relations once its WITH names are expanded."
            )
        return f"{letter}{number}"


class Relation(Protocol):
    """One named input of a SELECT."""

    def names(self) -> list[str]:
        """Columns of `*`, in order."""
        ...

    def lookup(self, path: Path, node: exp.Expr) -> Value | None:
        """The value at a path whose first step is a column; None when there is no such column."""
        ...

    def known(self) -> list[str]:
        """Every name that `lookup` finds, for suggestions."""
        ...


@dataclass(slots=True)
class Derived:
    """The result of another query: columns `c0`, `c1`, … of a sub-select."""

    sql: str
    columns: list[ResultColumn]
    alias: str

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    known = names

    def lookup(self, path: Path, node: exp.Expr) -> Value | None:
        found = match_name(str(path[0]), self.names())
        if found is None:
            return None
        at = self.names().index(found)
        return descend(Value(self.columns[at].kind, f"{self.alias}.c{at}"), path, node)


@dataclass(slots=True)
class Spans:
    """Rows of one or more objects of one type. Without `final`, replaced rows of logs may be among them."""

    object_type: str
    projects: tuple[str, ...]
    objects: tuple[str, ...]
    org_id: str | None
    shape: Shape
    alias: str
    version: int | None = None
    audit_log: bool = False
    trace_id: str | None = None
    flat: bool = True
    final: bool = True
    reads: set[str] = field(default_factory=set)

    @property
    def entry(self) -> str:
        """Of logs with `audit_log`, the column that holds one change of a row; '' where rows are rows."""
        return f"u{self.alias[1:]}" if self.audit_log and self.object_type not in schema.VERSIONED else ""

    def names(self) -> list[str]:
        owner = schema.OWNER_COLUMN.get(self.object_type)
        log = ["log_id"] if self.object_type in schema.LOG_ID else []
        audit = ["audit_data"] if self.audit_log else []
        return [*schema.ROW_COLUMNS, "org_id", *log, *([owner] if owner else []), *audit, "extra"]

    def known(self) -> list[str]:
        return [*self.names(), "object_id", "object_type"]

    def nested(self) -> Spans:
        """The same rows, read through a sub-select."""
        return replace(self, flat=False, reads=set())

    def lookup(self, path: Path, node: exp.Expr) -> Value | None:
        name = match_name(str(path[0]), self.known())
        if name is None:
            return self._unstored(path)
        if name in schema.SPAN_COLUMNS:
            return self._indexed(name, path) or descend(self._column(name), path, node)
        return descend(self._owner(name), path, node)

    def _unstored(self, path: Path) -> Value | None:
        owners = (*schema.OWNER_COLUMN.values(), "log_id")
        if path[0] in owners:
            return NULL
        if path[0] in schema.EXTRA_FIELDS:
            return replace(self._column("extra"), steps=tuple(path), column=None)
        return None

    def _owner(self, name: str) -> Value:
        if name == "org_id":
            return constant(self.org_id)
        if name == "log_id":
            return constant(schema.LOG_ID[self.object_type])
        if name == "audit_data" and self.entry:
            return Value(Kind.JSON, self._read(self.entry))
        if name == "audit_data":
            deleted = self._read("_deleted")
            actions = f'if({deleted}, \'{{"action":"delete"}}\', \'{{"action":"upsert"}}\')'
            return Value(Kind.JSON, actions)
        return Value(Kind.TEXT, self._read("object_id"))

    def _column(self, name: str) -> Value:
        column = schema.SPAN_COLUMNS[name]
        if name == "_xact_id" and self.entry:
            written = f"JSONExtractString({self._read(self.entry)}, '_xact_id')"
            return Value(column.kind, f"ifNull(toUInt64OrNull({written}), {self._read(name)})", column=name)
        if self.flat:
            return Value(column.kind, column.sql, column=name, searched=name in schema.SEARCHED_COLUMNS)
        if column.sql == name:
            return Value(column.kind, self._read(name), column=name)
        self.reads.add(name)
        return Value(column.kind, f"{self.alias}.{name}", column=name)

    def _indexed(self, name: str, path: Path) -> Value | None:
        if len(path) < 2 or not isinstance(path[1], str):
            return None
        if name in schema.NUMBER_MAPS and len(path) == 2:
            return Value(Kind.NUMBER, f"{self._read(schema.NUMBER_MAPS[name])}[{quote(path[1])}]")
        if name == "span_attributes" and len(path) == 2 and path[1] in schema.ATTRIBUTE_COLUMNS:
            return Value(Kind.TEXT, f"nullIf({self._read(path[1])}, '')")
        if name == "metadata" and self.flat and all(isinstance(step, str) and step for step in path):
            index = ".".join(quote_name(str(step).replace(".", "%2E")) for step in path[1:])
            return Value(
                Kind.JSON,
                "metadata",
                steps=tuple(path[1:]),
                index=f"metadata_x.{index}",
                column=name,
                searched=True,
            )
        return None

    def cost(self, part: str) -> Value:
        """Dollars of one of `pricing.PARTS`, NULL when the price of the call is not known."""
        return Value(Kind.NUMBER, f"{self._read('cost_x')}[{quote(part)}]")

    def _read(self, physical: str) -> str:
        if self.flat:
            return physical
        self.reads.add(physical)
        return f"{self.alias}.{physical}"

    def predicate(self) -> str:
        """The condition that keeps a query inside its objects (its trace, and its version)."""
        owned = (
            f"project_id {_one_of(self.projects)} AND object_type = {quote(self.object_type)} "
            f"AND object_id {_one_of(self.objects)}"
        )
        if self.trace_id is not None:
            owned += f" AND root_span_id = {quote(self.trace_id)}"
        until = f" AND _xact_id <= {self.version}" if self.version is not None else ""
        if self.audit_log is (self.object_type in schema.VERSIONED):
            return owned + until
        newest = f"SELECT object_id, id, max(_xact_id) FROM spans WHERE {owned}{until} GROUP BY object_id, id"
        return f"{owned} AND (object_id, id, _xact_id) IN ({newest})"

    def table(self, *conditions: str | None, arrays: Sequence[str] = ()) -> str:
        """`spans FINAL WHERE …`: the table, array joins, the object predicate, then the conditions."""
        final = " FINAL" if self.final and not self.audit_log else ""
        arrays = [*arrays, f"{schema.CHANGES} AS {self.entry}"] if self.entry else arrays
        more = "".join(f" AND ({condition})" for condition in conditions if condition)
        unfolded = "".join(f" ARRAY JOIN {array}" for array in arrays)
        return f"spans{final}{unfolded} WHERE {self.predicate()}{more}"

    def subselect(self, *conditions: str | None) -> str:
        """The columns read so far, as a sub-select."""
        chosen = sorted(self.reads) or ["id"]
        written = [
            f"{schema.SPAN_COLUMNS[name].sql} AS {name}" if name == "_pagination_key" else name
            for name in chosen
        ]
        return f"(SELECT {', '.join(written)} FROM {self.table(*conditions)})"


def descend(value: Value, path: Path, node: exp.Expr) -> Value:
    """Follow the steps after the first one. Raises QueryError when the value has no parts."""
    rest = tuple(path[1:])
    if not rest:
        return value
    if value.kind is Kind.JSON:
        return replace(value, steps=value.steps + rest, index=None)
    if value.kind is Kind.LIST and len(rest) == 1 and isinstance(rest[0], int):
        at = rest[0] + 1 if rest[0] >= 0 else rest[0]
        return Value(Kind.TEXT, f"nullIf(arrayElement({value.sql}, {at}), '')")
    if value.kind is Kind.NULL:
        return value
    raise fail(f"{path[0]} holds a {value.kind.value} and has no part {rest[0]!r}.", node)


def match_name(name: str, known: list[str]) -> str | None:
    """The known name that this one means: itself, or the same in other letters' case."""
    if name in known:
        return name
    return {candidate.lower(): candidate for candidate in known}.get(name.lower())


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in the order in which they first come."""
    return tuple(dict.fromkeys(texts))


def _one_of(texts: tuple[str, ...]) -> str:
    """The comparison with one text or several: only behind `=` does the engine see that the rest of the sort key orders
    the rows."""
    return f"= {quote(texts[0])}" if len(texts) == 1 else f"IN ({', '.join(quote(text) for text in texts)})"
