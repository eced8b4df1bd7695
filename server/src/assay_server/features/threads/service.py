"""Threads of traces: the one function of a project that the server runs itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from assay_server.engines.authz import Actor
from assay_server.engines.query import QueryRequest
from assay_server.errors import NotBuilt, NotFound
from assay_server.features.threads.conversation import Message, conversation
from assay_server.features.threads.types import TraceRef

if TYPE_CHECKING:
    from assay_server.services import Services

THREAD, PROJECT_DEFAULT = "thread", "project_default"
PREPROCESSORS = frozenset({THREAD, PROJECT_DEFAULT})


async def thread(services: Services, actor: Actor, preprocessor: str, trace: TraceRef) -> list[Message]:
    """The messages of a trace's model calls, without those of scorers; empty when it made none.

    Raises NotFound for a trace that is not there, Forbidden, NotBuilt when the project has a default of its own.
    """
    if trace.object_type == "playground_logs":
        raise NotBuilt("Playground sessions are not stored, so they have no threads.")
    found = await asyncio.to_thread(services.objects.resolve, actor, trace.object_type, trace.object_id)
    if preprocessor == PROJECT_DEFAULT:
        project = await asyncio.to_thread(services.objects.get, actor, "project", found.project_id)
        _check_default((project["settings"] or {}).get("default_preprocessor"))
    source = _source(found.object_type, found.object_id)
    of_trace = _compare("eq", ["root_span_id"], trace.root_span_id)
    purpose = ["span_attributes", "purpose"]
    no_scorer = [{"op": "isnull", "expr": _ident(purpose)}, _compare("ne", purpose, "scorer")]
    of_model = _compare("eq", ["span_attributes", "type"], "llm")
    calls = await services.query.run(
        actor,
        QueryRequest(
            query={
                "select": [{"expr": _ident([name]), "alias": name} for name in ("input", "output")],
                "from": source,
                "filter": {
                    "op": "and",
                    "children": [of_trace, of_model, {"op": "or", "children": no_scorer}],
                },
                "sort": [
                    {"expr": _ident(path), "dir": "asc"}
                    for path in (["metrics", "start"], ["_pagination_key"])
                ],
            },
            unlimited=True,
        ),
    )
    if not calls.rows:
        await _check_trace(services, actor, source, of_trace, trace)
    return conversation(calls.rows)


async def _check_trace(
    services: Services, actor: Actor, source: dict[str, Any], of_trace: dict[str, Any], trace: TraceRef
) -> None:
    any_span = {"select": [{"expr": _ident(["id"]), "alias": "id"}], "from": source, "filter": of_trace}
    if not (await services.query.run(actor, QueryRequest(query=any_span, limit=1))).rows:
        raise NotFound(
            f"There is no trace {trace.root_span_id[:100]!r} in this {trace.object_type}.",
            code="trace_not_found",
        )


def _check_default(default: Any) -> None:
    """The default of a project must be the thread, or nothing."""
    name = default.get("name") if isinstance(default, dict) and default.get("type") == "global" else None
    if default and name not in PREPROCESSORS:
        raise NotBuilt(
            "The project's default_preprocessor is a function, and functions are not run here. "
            f"Ask for the preprocessor {THREAD!r}, or clear that setting of the project."
        )


def _source(object_type: str, object_id: str) -> dict[str, Any]:
    return {"op": "function", "name": _ident([object_type]), "args": [{"op": "literal", "value": object_id}]}


def _compare(op: str, path: list[str], value: str) -> dict[str, Any]:
    return {"op": op, "left": _ident(path), "right": {"op": "literal", "value": value}}


def _ident(path: list[str]) -> dict[str, Any]:
    return {"op": "ident", "name": path}
