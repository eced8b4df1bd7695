"""What goes into the query engine and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol

ObjectKind = Literal["project_logs", "experiment", "dataset", "playground_logs"]
Shape = Literal["spans", "traces", "summary"]
ExportFormat = Literal["jsonl", "csv", "parquet"]


class Kind(Enum):
    """What a column or an expression holds, as a caller sees it."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "boolean"
    TIME = "time"
    XACT = "xact"  # transaction id: 64-bit number inside, decimal string outside
    PAGE = "page"  # _pagination_key: 64-bit number inside, `p` + 20 digits outside
    INTERVAL = "interval"
    JSON = "json"  # JSON text inside, parsed value outside
    LIST = "list"  # array of text
    NULL = "null"


class ResolvedObject(Protocol):
    """The part of `ObjectRef` that a query needs."""

    @property
    def project_id(self) -> str: ...

    @property
    def object_type(self) -> str: ...

    @property
    def object_id(self) -> str: ...

    @property
    def name(self) -> str: ...


class ObjectResolver(Protocol):
    """Finds an object the actor may read; raises NotFound or Forbidden. Called from a worker thread."""

    def resolve(self, actor: Any, kind: str, ref: str, *, action: Any = "read") -> ResolvedObject: ...


class FunctionCatalog(Protocol):
    """Lists stored prompts, functions and views. Called from a worker thread."""

    def rows(
        self, actor: Any, source: str, refs: Sequence[str], *, version: int | None, audit_log: bool
    ) -> Sequence[Mapping[str, Any]]:
        """The rows of a source such as `project_prompts('a')` that the actor may read, columns by name.

        `version` is the newest transaction to see; `audit_log` lists every version. Raises NotFound, Forbidden, and
        BadRequest where no versions are kept.
        """
        ...


class NoFunctions:
    """The catalog of a server that keeps no functions."""

    def rows(
        self, actor: Any, source: str, refs: Sequence[str], *, version: int | None, audit_log: bool
    ) -> Sequence[Mapping[str, Any]]:
        """No rows."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRequest:
    """One query.

    `query` is SQL text, BTQL text or the BTQL JSON tree. `version` (decimal or 16 hex digits) pins datasets and
    experiments. `limit` and `cursor` override those in the query. `raw` leaves JSON values as `msgspec.Raw`.
    `tz_offset` is how many minutes the asker's time is behind UTC: 480 in California in winter. `strict` refuses
    what must read more spans than the engine allows in that mode.
    """

    query: str | Mapping[str, Any]
    version: str | int | None = None
    cursor: str | None = None
    limit: int | None = None
    audit_log: bool = False
    tz_offset: int = 0
    unlimited: bool = False
    raw: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """Name and kind of one result column."""

    name: str
    kind: Kind


@dataclass(slots=True)
class QueryAnswer:
    """A finished query: rows in order, each a dict with every column; `cursor` is None when nothing is left."""

    columns: list[ResultColumn]
    rows: list[dict[str, Any]]
    cursor: str | None = None
    warnings: list[dict[str, str]] = field(default_factory=list)
    max_xact: int = 0
