"""Which arguments user functions get, and what their answers mean."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from assay.evals.calls import is_async, read_scores, scorer_call, takes_hooks
from assay.scorers import ExactMatch, LLMClassifier, Score

ARGUMENTS = {"input": "i", "output": "o", "expected": "e", "metadata": {"m": 1}, "trace": "t"}


def call(scorer: Any) -> Any:
    return scorer_call(scorer, 0).bind(ARGUMENTS)()


def positional_only(a: Any, b: Any, /) -> Any:
    return [a, b]


@pytest.mark.parametrize(
    ("scorer", "answer"),
    [
        (lambda output: [output], ["o"]),
        (lambda expected, output: [output, expected], ["o", "e"]),
        (lambda *, metadata, trace: [metadata, trace], [{"m": 1}, "t"]),
        (lambda a, b: [a, b], ["o", "e"]),
        (lambda a, expected: [a, expected], ["o", "e"]),
        (lambda output, b: [output, b], ["o", "e"]),
        (lambda a, b, c: [a, b, c], ["o", "e", "i"]),
        (lambda output, strict=True: [output, strict], ["o", True]),
        (lambda **everything: sorted(everything), sorted(ARGUMENTS)),
        (lambda output, **rest: [output, sorted(rest)], ["o", ["expected", "input", "metadata", "trace"]]),
        (lambda answer, **rest: [answer, rest["input"]], ["o", "i"]),
        (positional_only, ["o", "e"]),
        (functools.partial(lambda output, scale: [output, scale], scale=3), ["o", 3]),
        (operator.eq, False),
    ],
)
def test_scorers_get_arguments_by_name_then_by_place(scorer: Callable[..., Any], answer: Any) -> None:
    assert call(scorer) == answer


@pytest.mark.parametrize(
    ("scorer", "problem"),
    [
        (lambda a, b, c, d, e: 1, "requires a, b, c, d, e"),
        (lambda *, threshold: 1, "requires threshold"),
        (7, "can be neither called"),
    ],
)
def test_scorers_nobody_can_call_are_refused_beforehand(scorer: Any, problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        scorer_call(scorer, 0)


class AutoevalsLike:
    def _name(self) -> str:
        return "Theirs"

    async def eval_async(self, output: Any, expected: Any = None, **kwargs: Any) -> Any:
        return 0.5

    def eval(self, output: Any, expected: Any = None, **kwargs: Any) -> Any:
        raise AssertionError("the async form is there for the runner")


class Callable1:
    def __call__(self, output: Any) -> float:
        return 1.0


def named(output: Any) -> float:
    return 1.0


def test_names_and_forms_of_scorers() -> None:
    assert scorer_call(named, 0).name == "named"
    assert scorer_call(functools.partial(named), 0).name == "named"
    assert scorer_call(lambda output: 1, 4).name == "scorer_4"
    assert scorer_call(Callable1(), 0).name == "Callable1"
    assert (scorer_call(ExactMatch, 0).name, scorer_call(ExactMatch, 0).blocking) == ("ExactMatch", False)
    judge = scorer_call(LLMClassifier("Variety", "{{output}}", {"yes": 1}), 0)
    assert (judge.name, judge.blocking, judge.is_async) == ("Variety", True, False)
    theirs = scorer_call(AutoevalsLike(), 0)
    assert (theirs.name, theirs.is_async, theirs.blocking) == ("Theirs", True, None)


async def coroutine(output: Any) -> float:
    return 1.0


def test_async_functions_are_recognised_through_wrappers() -> None:
    assert is_async(coroutine)
    assert is_async(functools.partial(coroutine))
    assert is_async(AutoevalsLike().eval_async)
    assert not is_async(named)


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (lambda input: 1, False),
        (lambda input, hooks: 1, True),
        (lambda x, y: 1, True),
        (lambda x, hooks=None: 1, True),
        (lambda x, temperature=0: 1, False),
        (lambda *args: 1, True),
        (str.upper, False),
    ],
)
def test_tasks_get_hooks_when_they_ask(task: Callable[..., Any], answer: bool) -> None:
    assert takes_hooks(task) is answer


@pytest.mark.parametrize(
    ("task", "problem"), [(lambda: 1, "no positional argument"), (lambda a, b, c: 1, "requires 3")]
)
def test_tasks_nobody_can_call_are_refused(task: Callable[..., Any], problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        takes_hooks(task)


@dataclass
class TheirScore:
    name: str
    score: float
    metadata: dict[str, Any]


class FloatLike:
    def __float__(self) -> float:
        return 0.25


@pytest.mark.parametrize(
    ("answer", "scores"),
    [
        (True, [("s", 1.0)]),
        (0.5, [("s", 0.5)]),
        (None, [("s", None)]),
        (FloatLike(), [("s", 0.25)]),
        ({"score": 1, "metadata": None}, [("s", 1.0)]),
        ({"name": "n", "score": None}, [("n", None)]),
        (TheirScore("t", 1, {}), [("t", 1.0)]),
        ([Score("a", 1), {"name": "b", "score": 0}, 0.5], [("a", 1.0), ("b", 0.0), ("s", 0.5)]),
        ([], []),
    ],
)
def test_answers(answer: Any, scores: list[tuple[str, float | None]]) -> None:
    assert [(score.name, score.score) for score in read_scores(answer, "s")] == scores


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (1.5, "between 0 and 1"),
        ({"value": 1}, "without 'score'"),
        ("good", "return a number"),
        (float("nan"), "between"),
    ],
)
def test_answers_that_are_no_scores(answer: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_scores(answer, "s")
