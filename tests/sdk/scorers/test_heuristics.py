"""Heuristic scorers against hand-computed values, and the edit distance against the textbook table."""

from __future__ import annotations

import asyncio
import itertools
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scorers import (
    Contains,
    ExactMatch,
    JSONDiff,
    JSONValid,
    Levenshtein,
    ListContains,
    NumericDiff,
    Regex,
    Score,
    ValidJSON,
)
from assay.scorers.list import best_assignment
from assay.scorers.string import edit_distance


def table_distance(left: str, right: str) -> int:
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


@given(st.text(alphabet="abçd😀", max_size=90), st.text(alphabet="abçd😀", max_size=90))
def test_edit_distance_equals_the_table(left: str, right: str) -> None:
    assert edit_distance(left, right) == table_distance(left, right)


def test_levenshtein_of_known_words() -> None:
    assert Levenshtein()("kitten", "sitting").score == pytest.approx(1 - 3 / 7)
    assert Levenshtein()("", "").score == 1.0
    assert Levenshtein()("", "abc").score == 0.0
    assert Levenshtein()({"a": 1}, '{"a": 1}').score == 1.0
    with pytest.raises(ValueError, match="this case has none"):
        Levenshtein()("x")


@pytest.mark.parametrize(
    ("output", "expected", "score"),
    [
        ("a", "a", 1.0),
        ("a", "A", 0.0),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, 1.0),
        ('{"a": 1}', {"a": 1}, 1.0),
        (None, None, 1.0),
        ("", None, 0.0),
        (0, None, 0.0),
    ],
)
def test_exact_match(output: object, expected: object, score: float) -> None:
    assert ExactMatch().eval(output, expected).score == score


@pytest.mark.parametrize(
    ("output", "expected", "score"), [(10, 10, 1.0), (0, 0, 1.0), (5, 15, 0.5), ("3", 1, 0.5), (-1, 1, 0.0)]
)
def test_numeric_diff(output: object, expected: object, score: float) -> None:
    assert NumericDiff()(output, expected).score == pytest.approx(score)


def test_numeric_diff_names_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="output is 'many'"):
        NumericDiff()("many", 1)


SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}},
}


@pytest.mark.parametrize(
    ("output", "score", "problem"),
    [
        ({"name": "x", "tags": ["a"]}, 1.0, None),
        ('{"name": "x"}', 1.0, None),
        ("{name: x}", 0.0, "line 1"),
        ("7", 0.0, "bare int"),
        ({}, 0.0, "name missing"),
        ({"name": True}, 0.0, r"\$\.name: true is not of type string"),
        ({"name": "x", "tags": ["a", "c"]}, 0.0, r"\$\.tags\[1\]: c is not one of"),
    ],
)
def test_valid_json_against_a_schema(output: object, score: float, problem: str | None) -> None:
    result = ValidJSON(SCHEMA)(output)
    assert result.score == score
    assert problem is None or re.search(problem, result.metadata["problem"])


def test_json_valid_is_the_same_scorer() -> None:
    assert JSONValid is ValidJSON


def test_json_diff_averages_members() -> None:
    score = JSONDiff()({"a": "kitten", "b": 5, "c": [1, 2]}, {"a": "sitting", "b": 15, "c": [1]}).score
    assert score == pytest.approx((4 / 7 + 0.5 + 0.5) / 3)
    assert JSONDiff()('{"a": [1]}', {"a": [1]}).score == 1.0
    assert JSONDiff()({"a": None}, {"a": None}).score == 1.0
    assert JSONDiff()({"a": None}, {"b": 1}).score == 0.0
    assert JSONDiff()({"a": True}, {"a": 1}).score == 0.0
    assert JSONDiff()({}, {}).score == 1.0


def test_json_diff_takes_other_leaf_scorers() -> None:
    strict = JSONDiff(string_scorer=lambda a, b: float(a == b), number_scorer=lambda a, b: float(a == b))
    assert strict({"a": "x", "b": 1}, {"a": "y", "b": 1}).score == 0.5


def test_list_contains_pairs_for_the_greatest_sum() -> None:
    assert ListContains()(["b", "a"], ["a", "b"]).score == 1.0
    assert ListContains()(["a", "b", "zz"], ["a", "b"]).score == pytest.approx(2 / 3)
    assert ListContains(allow_extra_entities=True)(["a", "b", "zz"], ["a", "b"]).score == 1.0
    assert ListContains()([], ["a"]).score == 0.0
    assert ListContains()('["a"]', ["a"]).score == 1.0
    with pytest.raises(ValueError, match="expected is int"):
        ListContains()(["a"], 3)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5), (5, 2), (4, 4)])
def test_assignment_is_optimal(shape: tuple[int, int]) -> None:
    rows, columns = shape
    rng = random.Random(7)
    for _ in range(40):
        gains = [[rng.random() for _ in range(columns)] for _ in range(rows)]
        pairs = best_assignment(gains)
        assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == min(rows, columns)
        got = sum(gains[row][column] for row, column in pairs)
        wide = gains if rows <= columns else [list(line) for line in zip(*gains, strict=True)]
        best = max(
            sum(line[c] for line, c in zip(wide, chosen, strict=True))
            for chosen in itertools.permutations(range(len(wide[0])), len(wide))
        )
        assert got == pytest.approx(best)


def test_contains_and_regex() -> None:
    assert Contains(["Paris", "Lyon"])("paris only").score == 0.5
    assert Contains(["Paris"], case_sensitive=True)("paris").score == 0.0
    assert Contains()("the answer is 42", "42").score == 1.0
    assert Contains("x")("y").metadata == {"missing": ["x"]}
    assert Regex(r"\d+ min")("29 minutes").metadata == {"match": "29 min"}
    assert Regex(r"\d+", full=True)("29 minutes").score == 0.0
    assert Regex()("abc", "b.").score == 1.0
    with pytest.raises(re.error):
        Regex("(")


def test_scores_lie_between_zero_and_one() -> None:
    assert Score("s", True).score == 1.0
    assert Score("s").score is None
    for bad in (1.01, -0.1, float("nan")):
        with pytest.raises(ValueError, match="lies between 0 and 1"):
            Score("s", bad)
    assert Score("s", 0.5, {"k": 1}).as_dict() == {"name": "s", "score": 0.5, "metadata": {"k": 1}}


def test_async_form_gives_the_same_score() -> None:
    assert asyncio.run(ExactMatch().eval_async("a", "a")) == ExactMatch()("a", "a")
