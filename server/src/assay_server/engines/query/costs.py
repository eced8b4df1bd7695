"""What model calls cost: `estimated_cost()`, its components and its breakdown, in dollars.

Ingest prices every call by its model and tokens and keeps the parts beside the total; a scorer's span costs nothing,
as its work is not the application's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.relations import Spans
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, as_number

if TYPE_CHECKING:
    from assay_server.engines.query.expressions import Compiler

COMPONENTS = {
    "promptCost": ("prompt", "cached", "creation"),
    "promptUncachedCost": ("prompt",),
    "promptCachedCost": ("cached",),
    "promptCacheCreationCost": ("creation",),
    "completionCost": ("completion",),
    "reasoningCost": ("reasoning",),
}
"""Components besides `totalCost`, and the parts that each adds up. Reasoning is a part of the completion."""


def total(compiler: Compiler, node: exp.Expr) -> Value:
    """`estimated_cost()`: as ingest computed it, or as the span itself stated it."""
    found = compiler.compile(exp.column("estimated_cost", table="metrics"))
    return _of_no_scorer(compiler, found)


def component(compiler: Compiler, node: exp.Expr) -> Value:
    """`estimated_cost_component('completionCost')`. Raises QueryError for a component that there is not."""
    wanted = compiler.each(list(node.expressions))
    names = ("totalCost", *COMPONENTS)
    name = wanted[0].literal if len(wanted) == 1 and wanted[0].is_literal else None
    if name not in names:
        shown = "" if name is None else f", not {name!r}"
        hint = did_you_mean(str(name), names)
        raise fail(f"estimated_cost_component takes one of {', '.join(names)}{shown}.{hint}", node)
    if name == "totalCost":
        return total(compiler, node)
    source = _source(compiler)
    if source is None:
        raise fail(
            f"{name} is known of spans only; ask for it in the query that reads them, and name it there.",
            node,
        )
    return _part(compiler, source, str(name))


def breakdown(compiler: Compiler, node: exp.Expr) -> Value:
    """`estimated_cost_breakdown()`: JSON text of the total, every component, and the tokens they are for."""
    whole, source = total(compiler, node), _source(compiler)
    known = {"totalCost": whole.sql}
    if source is not None:
        known |= {name: _part(compiler, source, name).sql for name in COMPONENTS}
    members = ", ".join(f"'{name}', {sql}" for name, sql in (known | _token_counts(compiler)).items())
    return Value(Kind.TEXT, f"if(isNull({whole.sql}), NULL, toJSONString(map({members})))")


def _source(compiler: Compiler) -> Spans | Summary | None:
    """The one source whose rows are calls."""
    relations = list(compiler.scope.relations.values())
    first = relations[0] if len(relations) == 1 else None
    return first if isinstance(first, (Spans, Summary)) else None


def _part(compiler: Compiler, source: Spans | Summary, name: str) -> Value:
    parts = [source.cost(part).sql for part in COMPONENTS[name]]
    sql = f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]
    return _of_no_scorer(compiler, Value(Kind.NUMBER, sql))


def _of_no_scorer(compiler: Compiler, cost: Value) -> Value:
    """NULL for a scorer's span; a summary has left them out already."""
    if not isinstance(next(iter(compiler.scope.relations.values()), None), Spans):
        return cost
    scorer = compiler.compile(exp.column("purpose", table="span_attributes"))
    return replace(cost, sql=f"if(ifNull({scorer.sql}, '') = 'scorer', NULL, {cost.sql})")


def _token_counts(compiler: Compiler) -> dict[str, str]:
    """The tokens that a cost is made of, by the names of the breakdown."""
    prompt, cached, created, shortly, longer, completion, reasoning = (
        f"ifNull({as_number(compiler.compile(exp.column(name, table='metrics')))}, 0)"
        for name in (
            "prompt_tokens",
            "prompt_cached_tokens",
            "prompt_cache_creation_tokens",
            "prompt_cache_creation_5m_tokens",
            "prompt_cache_creation_1h_tokens",
            "completion_tokens",
            "completion_reasoning_tokens",
        )
    )
    created = f"greatest({created}, {shortly} + {longer})"
    return {
        "promptUncachedTokens": f"toNullable(greatest({prompt} - {cached} - {created}, 0))",
        "promptCachedTokens": f"toNullable({cached})",
        "promptCacheCreationTokens": f"toNullable({created})",
        "completionTokens": f"toNullable({completion})",
        "reasoningTokens": f"toNullable({reasoning})",
    }
