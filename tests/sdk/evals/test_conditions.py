"""The language of gates: what it says, and where it goes wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evals.conditions import Condition, ConditionError, parse_condition


@pytest.mark.parametrize(
    ("text", "verb", "subject", "amount", "unit"),
    [
        ("Variety drops 0.02", "drops", "Variety", 0.02, ""),
        ("Variety drops", "drops", "Variety", 0.0, ""),
        ("Answer Relevancy rises by 2 pp", "rises", "Answer Relevancy", 2.0, "pp"),
        ("any score worsens 0.5%", "worsens", None, 0.5, "%"),
        ("EVERY score WORSENS", "worsens", None, 0.0, ""),
        ("duration above 250ms", "above", "duration", 250.0, "ms"),
        ("duration above 2 s", "above", "duration", 2.0, "s"),
        ("cost above $.01", "above", "cost", 0.01, "$"),
        ("cost above 1e-3$", "above", "cost", 0.001, "$"),
        ("tokens rises 12 tokens", "rises", "tokens", 12.0, "tok"),
        ('"drops per hour" below 80 %', "below", "drops per hour", 80.0, "%"),
        ('"any" score worsens 1', "worsens", "any score", 1.0, ""),
    ],
)
def test_conditions_on_means(text: str, verb: str, subject: str | None, amount: float, unit: str) -> None:
    found = parse_condition(text)
    assert (found.verb, found.subject, found.amount, found.unit) == (verb, subject, amount, unit)
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "subject", "tag"),
    [
        ("any regression", None, None),
        ("regression on tag golden", None, "golden"),
        ("regressions of Answer Relevancy", "Answer Relevancy", None),
        ('a regression of Variety on tag "must not break"', "Variety", "must not break"),
    ],
)
def test_conditions_on_cases(text: str, subject: str | None, tag: str | None) -> None:
    found = parse_condition(text)
    assert found == Condition(text=text, verb="regression", subject=subject, tag=tag)


@pytest.mark.parametrize(
    ("text", "marked", "problem"),
    [
        ("", 0, "expected a condition such as"),
        ("Variety", 7, "expected drops, rises"),
        ("Variety dorps 0.02", 8, "expected drops, rises"),
        ("Answer Relevancy bellow 0.2", 17, "expected drops, rises"),
        ("Answer Relevancy 0.2", 17, "expected drops, rises"),
        ("drops 0.02", 0, "expected a score or metric before 'drops'"),
        ("Variety below", 13, "expected a number after 'below'"),
        ("Variety drops -0.02", 14, "no sign: write drops 0.02"),
        ("Variety drops a lot", 14, "expected a number"),
        ("Variety drops 3 apples", 16, "'apples' is no unit"),
        ("cost above $3 s", 14, "expected nothing after an amount in dollars"),
        ('"Variety drops 1', 0, "no partner"),
        ("regression of", 13, "expected the name of a score"),
        ("regression in Variety", 11, "expected 'of'"),
        ("regression on golden", 14, "expected 'tag'"),
        ("regression on tag", 17, "expected the tag"),
        ("regression on tag must not", 23, "expected one tag"),
    ],
)
def test_errors_point_at_the_place(text: str, marked: int, problem: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert caught.value.position == marked
    assert problem in caught.value.problem
    shown, mark = str(caught.value).split("\n")
    assert (shown, mark.index("^")) == (text, marked)


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_an_error_with_a_position(text: str) -> None:
    try:
        place = parse_condition(text).amount
    except ConditionError as error:
        place = error.position
    assert place >= 0
