"""Eval traces as SDKs write them: a root, its task with model and tool calls, a span per scorer."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def eval_trace(
    name: str,
    *,
    input: Any,
    scores: dict[str, float | None],
    output: Any = "answer",
    seconds: float = 2.0,
    tokens: int = 100,
    error: str | None = None,
    at: int = 0,
    **root: Any,
) -> list[Row]:
    """Rows of one case; `at` orders traces, `name` makes their ids."""
    start, created = 1.7e9 + at, f"2026-11-20T10:{at // 60:02d}:{at % 60:02d}Z"
    trace = {"root_span_id": name, "created": created}
    rows: list[Row] = [
        {
            **trace,
            "id": f"{name}:root",
            "span_id": f"{name}:root",
            "input": input,
            "output": None if error else output,
            "error": error,
            "span_attributes": {"name": "eval", "type": "eval"},
            "metrics": {"start": start, "end": start + seconds},
            **root,
        },
        {
            **trace,
            "id": f"{name}:llm",
            "span_id": f"{name}:llm",
            "span_parents": [f"{name}:root"],
            "error": error,
            "span_attributes": {"name": "chat", "type": "llm"},
            "metrics": {
                "start": start,
                "end": start + seconds / 2,
                "prompt_tokens": tokens - 10,
                "completion_tokens": 10,
                "tokens": tokens,
                "estimated_cost": tokens / 1e4,
                "time_to_first_token": 0.25,
            },
        },
        {
            **trace,
            "id": f"{name}:tool",
            "span_id": f"{name}:tool",
            "span_parents": [f"{name}:root"],
            "span_attributes": {"name": "search", "type": "tool"},
            "metrics": {"start": start, "end": start + 0.1, "hits": 3},
        },
    ]
    return rows + [_score(trace, name, scorer, value) for scorer, value in scores.items()]


def _score(trace: Row, name: str, scorer: str, value: float | None) -> Row:
    return {
        **trace,
        "id": f"{name}:{scorer}",
        "span_id": f"{name}:{scorer}",
        "span_parents": [f"{name}:root"],
        "output": value,
        "scores": {scorer: value},
        "span_attributes": {"name": scorer, "type": "score", "purpose": "scorer"},
        "metrics": {"start": 1.0, "end": 1.5, "tokens": 7, "estimated_cost": 0.001},
    }
