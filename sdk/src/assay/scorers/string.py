"""Scorers over text: equality, edit distance, containment, regular expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assay.core.mustache import to_text
from assay.scorers.score import Heuristic, Score, require_expected


def edit_distance(left: str, right: str) -> int:
    """The Levenshtein distance of two strings, in characters.

    Bit-parallel (Myers 1999, Hyyrö 2003): a column of the distance table is two integers of vertical
    differences, so a row costs a handful of big-integer operations instead of `len(left)` cell updates.
    """
    if len(left) < len(right):
        left, right = right, left
    if not right:
        return len(left)
    occurrences: dict[str, int] = {}
    for index, character in enumerate(left):
        occurrences[character] = occurrences.get(character, 0) | 1 << index
    full = (1 << len(left)) - 1
    last = 1 << (len(left) - 1)
    rising, falling, distance = full, 0, len(left)
    for character in right:
        match = occurrences.get(character, 0)
        diagonal = (((match & rising) + rising) ^ rising) | match | falling
        up = falling | ~(diagonal | rising) & full
        down = rising & diagonal
        if up & last:
            distance += 1
        elif down & last:
            distance -= 1
        up = (up << 1 | 1) & full
        rising = (down << 1 | ~(diagonal | up)) & full
        falling = up & diagonal
    return distance


def similarity(left: str, right: str) -> float:
    """1 for equal strings, 0 for strings with nothing in common: 1 − distance ÷ the longer length."""
    longest = max(len(left), len(right))
    return 1.0 if longest == 0 else 1.0 - edit_distance(left, right) / longest


class ExactMatch(Heuristic):
    """1 when output and expected are equal, else 0.

    Values are compared as JSON, so `{"a": 1}` equals `{"a": 1.0}` whatever the order of keys; a string that
    holds JSON equals the value it spells.
    """

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Compare `output` with `expected`, which may be None (then only None matches)."""
        equal = output == expected or (
            to_text(output) == to_text(expected) and (output is None) == (expected is None)
        )
        return Score(self.name, float(equal))


class Levenshtein(Heuristic):
    """Closeness of two texts: 1 − edit distance ÷ the longer length.

    Values other than text compare as their JSON.
    """

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Compare `output` with `expected`; raises ValueError when there is no expected value."""
        require_expected(self.name, expected)
        return Score(self.name, similarity(to_text(output), to_text(expected)))


class Contains(Heuristic):
    """The share of the wanted substrings found in the output.

    `substrings`: what to look for; None means the case's `expected` (a string or a list of strings).
    `case_sensitive`: False by default.
    """

    def __init__(
        self, substrings: str | Sequence[str] | None = None, *, case_sensitive: bool = False
    ) -> None:
        self._substrings = substrings
        self._case_sensitive = case_sensitive

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Look into `output`; raises ValueError when there is nothing to look for."""
        wanted = self._substrings if self._substrings is not None else expected
        require_expected(self.name, wanted)
        parts = [wanted] if isinstance(wanted, str) else [to_text(part) for part in wanted]
        if not parts:
            raise ValueError(f"{self.name} was given an empty list of substrings")
        text = self._fold(to_text(output))
        missing = [part for part in parts if self._fold(part) not in text]
        return Score(self.name, 1.0 - len(missing) / len(parts), {"missing": missing} if missing else {})

    def _fold(self, text: str) -> str:
        return text if self._case_sensitive else text.casefold()


class Regex(Heuristic):
    """1 when the pattern is found in the output, else 0.

    `pattern`: a regular expression or its text; None means the case's `expected`. `full`: the whole output
    must match. Raises `re.error` at construction for a pattern that does not compile.
    """

    def __init__(self, pattern: str | re.Pattern[str] | None = None, *, full: bool = False) -> None:
        self._pattern = None if pattern is None else re.compile(pattern)
        self._full = full

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Search `output`.

        Raises ValueError when there is no pattern, `re.error` when `expected` is not one.
        """
        pattern = self._pattern
        if pattern is None:
            require_expected(self.name, expected)
            pattern = re.compile(expected)
        text = to_text(output)
        found = pattern.fullmatch(text) if self._full else pattern.search(text)
        return Score(self.name, float(found is not None), {"match": found[0]} if found else {})
