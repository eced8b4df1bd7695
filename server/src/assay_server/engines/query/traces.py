"""Traces as rows: the `summary` relation and its aggregates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from assay_server.engines.query import schema
from assay_server.engines.query.literals import quote
from assay_server.engines.query.relations import Spans, descend
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value

_MICROSECONDS = "least(greatest(toUnixTimestamp64Micro(created), 0), 4503599627370495)"  # to the year 2112
ROOT_FIRST = (
    f"bitShiftLeft(toUInt64({_MICROSECONDS}), 11) + bitAnd(cityHash64(id), 2047) "
    "+ if(is_root, 0, 9223372036854775808)"
)
"""Sorts the root of a trace before its other spans, and the oldest of several roots first. One number, because a tuple
of time and id takes twice as long to compare."""

BEGAN = "if(max(is_root), minIf(created, is_root), min(created))"
"""When the root began; cheaper than asking for the root first, which matters where every trace is sorted by it."""

_TASK = "purpose != 'scorer'"
_LLM = f"(type = 'llm' AND {_TASK})"
_TOOL = "type = 'tool'"
_FAILED = "error NOT IN ('', 'null')"
_SUMS = {
    "prompt_tokens": "prompt_tokens", "completion_tokens": "completion_tokens", "tokens": "tokens",
    "total_tokens": "tokens", "prompt_cached_tokens": "prompt_cached_tokens",
    "prompt_cache_creation_tokens": "prompt_cache_creation_tokens",
    "completion_reasoning_tokens": "completion_reasoning_tokens", "estimated_cost": "estimated_cost",
}  # fmt: skip


def of_root(sql: str) -> str:
    """The root span's value of an expression, NULL included."""
    return f"tupleElement(argMin(tuple({sql}), {ROOT_FIRST}), 1)"


def _metrics() -> dict[str, str]:
    length = "metrics_x['end'] - metrics_x['start']"
    return {
        "start": "minOrNull(metrics_x['start'])",
        "end": "maxOrNull(metrics_x['end'])",
        "duration": of_root(
            f"if(isNull(metrics_x['reused']), {length} - ifNull(metrics_x['throttled'], 0), NULL)"
        ),
        "llm_duration": f"sumIfOrNull({length}, {_LLM})",
        "time_to_first_token": f"minIfOrNull(metrics_x['time_to_first_token'], {_LLM})",
        **{name: f"sumIfOrNull(metrics_x['{stored}'], {_TASK})" for name, stored in _SUMS.items()},
        "llm_calls": f"toFloat64(countIf({_LLM}))",
        "tool_calls": f"toFloat64(countIf({_TOOL}))",
        "errors": f"toFloat64(countIf({_FAILED}))",
        "llm_errors": f"toFloat64(countIf({_LLM} AND {_FAILED}))",
        "tool_errors": f"toFloat64(countIf({_TOOL} AND {_FAILED}))",
        "spans": "toFloat64(count())",
    }


TRACE_METRICS = _metrics()
"""Metrics of a trace by name, each an aggregate over its spans. Seconds, tokens, dollars and counts; scorers are
left out of tokens and cost. The duration is without the seconds the root was `throttled` (held back by a rate limit)
and NULL for a root whose answer was `reused` from an earlier run: nothing was measured then."""

COMPUTED_METRICS = frozenset(TRACE_METRICS) - set(_SUMS.values()) - {"start", "end", "time_to_first_token"}
"""Trace metrics that no span stores, so that a filter on them can only mean the trace."""

_PRESENT_SCORES = "mapFilter((k, v) -> isNotNull(v), scores_x)"
_SCORES = f"nullIf(toJSONString(avgMap(CAST({_PRESENT_SCORES} AS Map(String, Float64)))), '{{}}')"
_METRICS = (
    "toJSONString(mapFilter((k, v) -> isNotNull(v), map("
    + ", ".join(f"'{name}', toNullable({sql})" for name, sql in TRACE_METRICS.items())
    + ")))"
)
_ROOT_END = of_root("metrics_x['end']")
_TYPE_INFO = (
    f"concat('{{\"name\":', toJSONString({of_root('name')}), ',\"type\":', toJSONString({of_root('type')}), "
    f"',\"has_error\":', if(countIf({_FAILED}) > 0, 'true', 'false'), "
    f"',\"in_progress\":', if(isNull({_ROOT_END}), 'true', 'false'), '}}')"
)
_AGGREGATES = {
    "root_span_id": (Kind.TEXT, "root_span_id"),
    "scores": (Kind.JSON, _SCORES),
    "metrics": (Kind.JSON, _METRICS),
    "span_type_info": (Kind.JSON, _TYPE_INFO),
    "_xact_id": (Kind.XACT, "max(_xact_id)"),
    "_pagination_key": (Kind.PAGE, f"max({schema.PAGINATION_KEY})"),
    "created": (Kind.TIME, BEGAN),
    "is_root": (Kind.BOOL, "true"),
}


@dataclass(slots=True)
class Summary:
    """One row a trace. Flat, its columns are aggregates over the group of a root_span_id."""

    spans: Spans
    alias: str
    flat: bool = True
    reads: dict[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        return [*self.spans.names(), "span_type_info"]

    def known(self) -> list[str]:
        return [*self.spans.known(), "span_type_info"]

    def nested(self) -> Summary:
        """The same traces, read through a sub-select."""
        return replace(self, flat=False, reads={})

    def lookup(self, path: Sequence[str | int], node: exp.Expr) -> Value | None:
        name = str(path[0])
        if name == "metrics" and len(path) == 2 and path[1] in TRACE_METRICS:
            return self._emit(f"metrics_{path[1]}", Kind.NUMBER, TRACE_METRICS[str(path[1])])
        if name == "scores" and len(path) == 2 and isinstance(path[1], str):
            whole = descend(self._emit("scores", *_AGGREGATES["scores"]), path, node)
            return Value(Kind.NUMBER, f"toFloat64OrNull(JSONExtractRaw({whole.sql}, {quote(path[1])}))")
        if name in _AGGREGATES:
            return descend(replace(self._emit(name, *_AGGREGATES[name]), column=name), path, node)
        column = self.spans.lookup(path[:1], node)
        if column is None:
            return None
        if column.is_literal:
            return column
        base = self._emit(name, column.kind, of_root(column.sql))
        return descend(replace(base, steps=column.steps, column=column.column), path, node)

    def cost(self, part: str) -> Value:
        """Dollars of one of `pricing.PARTS` over the whole trace; scorers are left out."""
        return self._emit(f"cost_{part}", Kind.NUMBER, f"sumIfOrNull(cost_x[{quote(part)}], {_TASK})")

    def _emit(self, name: str, kind: Kind, sql: str) -> Value:
        if self.flat:
            return Value(kind, sql)
        column = self.reads.setdefault(sql, f"s{len(self.reads)}")
        return Value(kind, f"{self.alias}.{column}")

    def subselect(self, *conditions: str | None) -> str:
        """The columns read so far, one row a trace."""
        chosen = [f"{sql} AS {name}" for sql, name in self.reads.items()] or ["root_span_id"]
        return f"(SELECT {', '.join(chosen)} FROM {self.spans.table(*conditions)} GROUP BY root_span_id)"
