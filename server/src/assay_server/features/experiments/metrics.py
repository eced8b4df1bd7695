"""Metrics of traces as people read them: which come first, their units, which way is good."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from assay_server.engines.stats import Direction
from assay_server.features.experiments.comparison import Side
from assay_server.features.experiments.rows import Floats

_SECONDS = frozenset({"duration", "llm_duration", "time_to_first_token"})
_COUNTED = ("llm_calls", "tool_calls", "errors", "llm_errors", "tool_errors")
_ORDER = ("duration", "llm_duration", "time_to_first_token", "total_tokens", "prompt_tokens",
          "prompt_cached_tokens", "prompt_cache_creation_tokens", "completion_tokens",
          "completion_reasoning_tokens", "estimated_cost", *_COUNTED)  # fmt: skip
_HIGHER = frozenset({"prompt_cached_tokens"})  # a cached token is one not paid in full


def metric_names(sides: Iterable[Side | None]) -> list[str]:
    """Metrics any side has, the usual ones first; counts that are zero throughout are left out."""
    tables = [side.table for side in sides if side]
    found = {name for table in tables for name, column in table.metrics.items() if _tells(name, column)}
    rank = {name: i for i, name in enumerate(_ORDER)}
    return sorted(found, key=lambda name: (rank.get(name, len(rank)), name))


def direction_of_metric(name: str) -> Direction:
    """Less is better for time, tokens, money, errors and numbers we know nothing about."""
    return "higher" if name in _HIGHER else "lower"


def unit_of_metric(name: str) -> str:
    """`s`, `tok`, `$` or nothing."""
    if name in _SECONDS:
        return "s"
    if name == "estimated_cost":
        return "$"
    return "tok" if name.endswith("_tokens") else ""


def _tells(name: str, column: Floats) -> bool:
    return name not in _COUNTED or bool(np.nansum(column) > 0)
