"""What several answers to the same questions come to, and what is written to a row for it. Pure functions.

An answer is a number (slider), the name of a choice or a list of names (categorical), or a text (free form).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assay_server.errors import Invalid

Answers = dict[str, Any]
"""Answers by the id of their question."""

NOTES = "review"
"""Where in `metadata` texts and the names of several choices are kept."""

MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a queue asks it; `choices` are names with what each counts."""

    id: str
    name: str
    type: Literal["slider", "categorical", "free-form"]
    choices: Mapping[str, float]
    multiple: bool
    to_expected: bool
    required: bool


def read_question(stored: Mapping[str, Any], *, required: bool) -> Question:
    """A question of a `project_score` row."""
    config = stored["config"] or {}
    return Question(
        id=stored["id"],
        name=stored["name"],
        type=stored["score_type"],
        choices=_choices(stored["categories"]),
        multiple=config.get("multi_select") is True,
        to_expected=config.get("destination") == "expected",
        required=required,
    )


def _choices(categories: Any) -> dict[str, float]:
    """The three ways choices are written: objects, a map, plain names (spread over 0 … 1 in their order)."""
    if isinstance(categories, Mapping):
        return {str(name): float(value) for name, value in categories.items()}
    found: dict[str, float] = {}
    last = max(1, len(categories or ()) - 1)
    for at, one in enumerate(categories or ()):
        if isinstance(one, str):
            found[one] = at / last
        else:
            found[one["name"]] = float(one["value"])
    return found


def checked(questions: Sequence[Question], answers: Mapping[str, Any], *, complete: bool = True) -> Answers:
    """The answers in their normal form, blank ones left out.

    Raises Invalid for an answer to no question of the queue, one that does not fit its question, and (`complete`)
    a required question without one.
    """
    known = {question.id: question for question in questions}
    unknown = next((one for one in answers if one not in known), None)
    if unknown is not None:
        raise Invalid(
            f"{unknown[:100]!r} is no question of this queue; answer {', '.join(known) or 'none'}.",
            code="question_unknown",
        )
    given = {key: _checked(known[key], value) for key, value in answers.items()}
    given = {key: value for key, value in given.items() if value is not None}
    missing = next((one for one in questions if one.required and one.id not in given), None)
    if complete and missing is not None:
        raise Invalid(f"{missing.name!r} needs an answer.", code="answer_missing", question=missing.id)
    return given


def _checked(question: Question, value: Any) -> Any:
    if value is None:
        return None
    match question.type:
        case "slider":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise _misfit(question, "a number between 0 and 1")
            return float(value)
        case "free-form":
            if not isinstance(value, str) or len(value) > MAX_TEXT:
                raise _misfit(question, f"a text of at most {MAX_TEXT:,} characters")
            return value.strip() or None
        case "categorical":
            return _checked_choice(question, value)


def _checked_choice(question: Question, value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    wanted = ", ".join(repr(name) for name in question.choices)
    if not isinstance(names, list) or any(
        name not in question.choices for name in names if isinstance(name, str)
    ):
        raise _misfit(question, f"one of {wanted}")
    if not all(isinstance(name, str) for name in names) or (len(names) > 1 and not question.multiple):
        raise _misfit(question, f"one of {wanted}")
    chosen = [name for name in question.choices if name in names]
    if not chosen:
        return None
    return chosen if question.multiple else chosen[0]


def _misfit(question: Question, wanted: str) -> Invalid:
    return Invalid(
        f"The answer to {question.name!r} must be {wanted}.", code="answer_invalid", question=question.id
    )


def agreed(
    questions: Sequence[Question], given: Sequence[Answers], spread: float
) -> tuple[Answers, list[str]]:
    """What the answers of several people come to, and the questions they disagree about.

    People disagree when they chose differently, or put a slider further apart than `spread`. Sliders count as their
    mean, texts are put below each other; a question somebody left out is decided by the others.
    """
    answers: Answers = {}
    disagree: list[str] = []
    for question in questions:
        values = [one[question.id] for one in given if question.id in one]
        if not values:
            continue
        if question.type == "slider":
            answers[question.id] = sum(values) / len(values)
            apart = max(values) - min(values) > spread + 1e-9
        elif question.type == "free-form":
            answers[question.id] = "\n\n".join(dict.fromkeys(values))
            apart = False
        else:
            answers[question.id] = values[0]
            apart = any(value != values[0] for value in values)
        if apart:
            disagree.append(question.id)
            del answers[question.id]
    return answers, disagree


def shared_tags(given: Sequence[Sequence[str]]) -> list[str]:
    """The tags that more than half of the people gave, in the order they were first given."""
    every = dict.fromkeys(tag for tags in given for tag in tags)
    return [tag for tag in every if 2 * sum(tag in tags for tags in given) > len(given)]


def change(questions: Sequence[Question], answers: Answers) -> dict[str, Any]:
    """The fields of a merge that writes answers to a row, as the review page of the browser writes them."""
    fields: dict[str, dict[str, Any]] = {"scores": {}, "notes": {}}
    expected: list[Any] = []
    for question in questions:
        if question.id not in answers:
            continue
        value = answers[question.id]
        if question.to_expected:
            expected.append(value)
        elif question.type == "free-form":
            fields["notes"][question.name] = value
        elif question.type == "slider":
            fields["scores"][question.name] = value
        else:
            names = value if isinstance(value, list) else [value]
            counts = [question.choices[name] for name in names if name in question.choices]
            fields["scores"][question.name] = sum(counts) / len(counts) if counts else None
            if question.multiple:
                fields["notes"][question.name] = names
    return {
        **({"scores": fields["scores"]} if fields["scores"] else {}),
        **({"metadata": {NOTES: fields["notes"]}} if fields["notes"] else {}),
        **({"expected": expected[-1]} if expected else {}),
    }
