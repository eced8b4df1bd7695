"""Scorers over numbers."""

from __future__ import annotations

from typing import Any

from assay.scorers.score import Heuristic, Score, require_expected


def closeness(left: float, right: float) -> float:
    """1 for equal numbers, falling to 0 as they part: 1 − |left − right| ÷ (|left| + |right|)."""
    size = abs(left) + abs(right)
    return 1.0 if size == 0 else 1.0 - abs(left - right) / size


class NumericDiff(Heuristic):
    """Closeness of two numbers: 1 − |difference| ÷ the sum of their sizes.

    Text that spells a number counts as one.
    """

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Compare two numbers; raises ValueError when either is not a number."""
        require_expected(self.name, expected)
        return Score(self.name, closeness(_number(output, "output"), _number(expected, "expected")))


def _number(value: Any, role: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"NumericDiff needs numbers, and {role} is {value!r}") from None
