"""Source calls in FROM, `project_logs('a', 'b', shape => 'summary')`, → relations over the objects they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlglot import exp

from assay_server.engines.query import schema
from assay_server.engines.query.listed import Listed
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.relations import Environment, Spans, unique
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import ResolvedObject
from assay_server.errors import AssayError, QueryError

MAX_OBJECTS = 200
SHAPES = ("spans", "traces", "summary")
SOURCES = (*schema.SPAN_SOURCES, *schema.LISTED_SOURCES, *schema.EMPTY_SOURCES)


def open_source(call: exp.Anonymous, env: Environment) -> Spans | Summary | Listed:
    """Resolve a source call for the actor. Raises QueryError, NotFound or Forbidden."""
    name = call.name.lower()
    if name not in SOURCES:
        listed = ", ".join(schema.OFFERED_SOURCES)
        nearest = did_you_mean(name, (*schema.OFFERED_SOURCES, *schema.LISTED_SOURCES))
        raise fail(f"There is no source {call.name}; use one of {listed}.{nearest}", call)
    refs, shape = _arguments(call)
    if name not in schema.SPAN_SOURCES:
        return _listed(name, refs, env, call)
    objects = [_resolve(env, name, ref, call) for ref in refs]
    spans = Spans(
        object_type=name,
        projects=unique(found.project_id for found in objects),
        objects=unique(found.object_id for found in objects),
        org_id=getattr(env.actor, "org_id", None),
        shape=shape,  # type: ignore[arg-type]  # one of SHAPES
        alias=env.alias("s"),
        version=env.version,
        audit_log=env.audit_log,
        trace_id=getattr(env.actor, "trace_id", None),
    )
    return Summary(spans, env.alias("s")) if shape == "summary" else spans


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
    with _placed(call):
        return env.resolver.resolve(env.actor, kind, ref)


@contextmanager
def _placed(call: exp.Anonymous) -> Iterator[None]:
    """Give errors that know no place the one of the call."""
    try:
        yield
    except QueryError:
        raise
    except AssayError as error:
        place = fail("", call).details
        error.details = {**place, **error.details}
        raise


def _listed(name: str, refs: list[str], env: Environment, call: exp.Anonymous) -> Listed:
    """Prompts, functions and views from the catalog; playground sessions keep none."""
    if name.startswith("project_"):
        for ref in refs:
            _resolve(env, "project_logs", ref, call)
    rows: Sequence[Mapping[str, Any]] = ()
    if name in schema.LISTED_SOURCES:
        with _placed(call):
            rows = env.catalog.rows(env.actor, name, refs, version=env.version, audit_log=env.audit_log)
    return Listed(rows, schema.LISTED_SOURCES.get(name, schema.FUNCTION_COLUMNS), env, env.alias())
