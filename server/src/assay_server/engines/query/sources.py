"""Source calls in FROM, `project_logs('a', 'b', shape => 'summary')`, → relations over the objects they name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from assay_server.engines.query import schema
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.relations import Derived, Environment, Spans
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import Kind, ResolvedObject, ResultColumn
from assay_server.errors import AssayError, QueryError

MAX_OBJECTS = 200
SHAPES = ("spans", "traces", "summary")
SOURCES = (*schema.SPAN_SOURCES, *schema.EMPTY_SOURCES)
_EMPTY_SQL = {
    Kind.TEXT: "''", Kind.XACT: "toUInt64(0)", Kind.PAGE: "toUInt64(0)", Kind.JSON: "''",
    Kind.TIME: "toDateTime64('1970-01-01 00:00:00', 6, 'UTC')", Kind.LIST: "emptyArrayString()",
}  # fmt: skip


def open_source(call: exp.Anonymous, env: Environment) -> Spans | Summary | Derived:
    """Resolve a source call for the actor. Raises QueryError, NotFound or Forbidden."""
    name = call.name.lower()
    if name not in SOURCES:
        listed = ", ".join(schema.SPAN_SOURCES)
        raise fail(f"There is no source {call.name}; use one of {listed}.{did_you_mean(name, SOURCES)}", call)
    refs, shape = _arguments(call)
    if name in schema.EMPTY_SOURCES:
        return _empty(name, refs, env, call)
    objects = [_resolve(env, name, ref, call) for ref in refs]
    spans = Spans(
        object_type=name,
        projects=_unique(found.project_id for found in objects),
        objects=_unique(found.object_id for found in objects),
        org_id=getattr(env.actor, "org_id", None),
        shape=shape,  # type: ignore[arg-type]  # one of SHAPES
        alias=env.alias("s"),
        version=env.version,
        audit_log=env.audit_log,
    )
    return Summary(spans, env.alias("s")) if shape == "summary" else spans


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _arguments(call: exp.Anonymous) -> tuple[list[str], str]:
    refs: list[str] = []
    shape = "spans"
    for arg in call.expressions:
        if isinstance(arg, exp.Kwarg) and arg.name.lower() == "shape":
            shape = arg.expression.name.lower()
            if shape not in SHAPES:
                raise fail(f"shape is one of {', '.join(SHAPES)}.{did_you_mean(shape, SHAPES)}", call)
        elif isinstance(arg, exp.Literal) or (isinstance(arg, exp.Column) and len(arg.parts) == 1):
            refs.append(arg.name)
        else:
            raise fail(f"{call.name} takes names or ids as text: {call.name}('my project').", call)
    if not refs:
        raise fail(f"{call.name} needs a name or id: {call.name}('my project').", call)
    if len(refs) > MAX_OBJECTS:
        raise fail(f"{call.name} takes up to {MAX_OBJECTS} objects, not {len(refs)}.", call)
    return refs, shape


def _resolve(env: Environment, kind: str, ref: str, call: exp.Anonymous) -> ResolvedObject:
    try:
        return env.resolver.resolve(env.actor, kind, ref)
    except QueryError:
        raise
    except AssayError as error:
        place = fail("", call).details
        error.details = {**place, **error.details}
        raise


def _empty(name: str, refs: list[str], env: Environment, call: exp.Anonymous) -> Derived:
    """A source whose rows this server does not keep: right columns, no rows, the same permission checks."""
    if name.startswith("project_"):
        for ref in refs:
            _resolve(env, "project_logs", ref, call)
    columns = [ResultColumn(column, kind) for column, kind in schema.FUNCTION_COLUMNS.items()]
    written = ", ".join(f"{_EMPTY_SQL[column.kind]} AS c{at}" for at, column in enumerate(columns))
    return Derived(f"SELECT {written} WHERE false", columns, env.alias())
