"""Scorers over lists of texts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, cast

from assay.core.mustache import to_text
from assay.scorers.score import Heuristic, Score, require_expected
from assay.scorers.string import similarity


def best_assignment(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pair rows with columns, one to one, so that the sum of gains is greatest.

    `gains` is a rectangle; as many pairs come back as its shorter side has. Hungarian method, O(n²·m).
    """
    if not gains or not gains[0]:
        return []
    if len(gains) > len(gains[0]):
        return [
            (row, column)
            for column, row in best_assignment([list(line) for line in zip(*gains, strict=True)])
        ]
    rows, columns = len(gains), len(gains[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner = [0] * (columns + 1)  # owner[column] = the row paired with it, 1-based; 0 = free
    for row in range(1, rows + 1):
        _augment(gains, row, row_price, column_price, owner)
    return sorted((owner[column] - 1, column - 1) for column in range(1, columns + 1) if owner[column])


def _augment(
    gains: Sequence[Sequence[float]],
    row: int,
    row_price: list[float],
    column_price: list[float],
    owner: list[int],
) -> None:
    """Add one row to an optimal pairing along the cheapest alternating path (indexes from 1; 0 = start)."""
    columns = len(column_price) - 1
    owner[0], column = row, 0
    slack = [math.inf] * (columns + 1)
    previous = [0] * (columns + 1)
    visited = [False] * (columns + 1)
    while owner[column]:
        visited[column] = True
        current, delta, nearest = owner[column], math.inf, 0
        for candidate in range(1, columns + 1):
            if visited[candidate]:
                continue
            cost = -gains[current - 1][candidate - 1] - row_price[current] - column_price[candidate]
            if cost < slack[candidate]:
                slack[candidate], previous[candidate] = cost, column
            if slack[candidate] < delta:
                delta, nearest = slack[candidate], candidate
        for seen in range(columns + 1):
            if visited[seen]:
                row_price[owner[seen]] += delta
                column_price[seen] -= delta
            else:
                slack[seen] -= delta
        column = nearest
    while column:
        owner[column] = owner[previous[column]]
        column = previous[column]


class ListContains(Heuristic):
    """How well the output list holds the expected entries, in any order.

    Entries are paired one to one so that their similarity (`pairwise_scorer`, default edit distance on
    text) is greatest; the score is the sum of the pairs ÷ the longer list's length, or ÷ the number of
    expected entries with `allow_extra_entities=True`.
    """

    def __init__(
        self,
        *,
        pairwise_scorer: Callable[[str, str], float] = similarity,
        allow_extra_entities: bool = False,
    ) -> None:
        self._pairwise_scorer = pairwise_scorer
        self._allow_extra = allow_extra_entities

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Compare two lists (or texts that spell JSON lists); raises ValueError when either is not a list."""
        require_expected(self.name, expected)
        have, want = _entries(output, "output"), _entries(expected, "expected")
        length = len(want) if self._allow_extra else max(len(want), len(have))
        if length == 0:
            return Score(self.name, 1.0)
        gains = [[self._pairwise_scorer(one, other) for other in have] for one in want]
        pairs = best_assignment(gains)
        matched = [
            {"expected": want[row], "output": have[column], "score": gains[row][column]}
            for row, column in pairs
        ]
        total = sum(gains[row][column] for row, column in pairs)
        return Score(self.name, min(1.0, total / length), {"pairs": matched})


def _entries(value: Any, role: str) -> list[str]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(f"ListContains needs lists, and {role} is the text {value[:80]!r}") from None
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(f"ListContains needs lists, and {role} is {type(value).__name__}")
    return [to_text(item) for item in cast("Sequence[Any]", value)]
