"""Relations whose rows come with the query: prompts and functions, which are not spans.

The rows are one JSON text in the SQL, holding just the columns that the query reads. No table is read, so there is
nothing to guard; who may see a row was decided by the catalog that listed it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from assay_server.engines.query.literals import quote
from assay_server.engines.query.relations import Environment, Path, descend, match_name
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value
from assay_server.errors import QueryError

MAX_LISTED_BYTES = 64 << 20


@dataclass(slots=True)
class Listed:
    """Rows by column name; a missing column is null. Transaction ids and page keys are numbers."""

    rows: Sequence[Mapping[str, Any]]
    kinds: Mapping[str, Kind]
    env: Environment
    alias: str
    reads: set[str] = field(default_factory=set)

    def names(self) -> list[str]:
        return list(self.kinds)

    known = names

    def lookup(self, path: Path, node: exp.Expr) -> Value | None:
        name = match_name(str(path[0]), self.names())
        if name is None:
            return None
        self.reads.add(name)
        return descend(Value(self.kinds[name], f"{self.alias}.c{self.names().index(name)}"), path, node)

    def subselect(self) -> str:
        """The columns read so far, as a sub-select."""
        names = self.names()
        read = [name for name in names if name in self.reads] or names[:1]
        columns = ", ".join(f"{_column(self.kinds[name], name)} AS c{names.index(name)}" for name in read)
        return f"(SELECT {columns} FROM (SELECT arrayJoin(JSONExtractArrayRaw({self._text(read)})) AS u0))"

    def _text(self, names: Sequence[str]) -> str:
        """The rows as a text literal. Raises QueryError when there is too much of them."""
        rows = [{name: _sent(row[name]) for name in names if row.get(name) is not None} for row in self.rows]
        text = quote(json.dumps(rows, ensure_ascii=False, separators=(",", ":")))
        self.env.listed_bytes += len(text.encode())
        if self.env.listed_bytes > MAX_LISTED_BYTES:
            raise QueryError(
                "The query reads more than 64 MiB of prompts and functions; select fewer columns, or one project.",
                code="query_memory",
            )
        return text


def _sent(value: Any) -> Any:
    """Numbers of 64 bits travel as text, where JSON readers cannot round them."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _column(kind: Kind, name: str) -> str:
    key = quote(name)
    match kind:
        case Kind.XACT | Kind.PAGE:
            return f"toUInt64(JSONExtractString(u0, {key}))"
        case Kind.TIME:
            return f"parseDateTime64BestEffortOrNull(JSONExtractString(u0, {key}), 6, 'UTC')"
        case Kind.LIST:
            return f"JSONExtract(u0, {key}, 'Array(String)')"
        case Kind.JSON:
            return f"JSONExtractRaw(u0, {key})"
    return f"nullIf(JSONExtractString(u0, {key}), '')"
