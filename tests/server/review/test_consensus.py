"""What several answers come to, what is written for them, and who sees which output on the left. Pure functions."""

from __future__ import annotations

from typing import Any

import pytest

from assay_server.errors import Invalid
from assay_server.features.review.consensus import (
    Question,
    agreed,
    change,
    checked,
    read_question,
    shared_tags,
)
from assay_server.features.review.sides import shown_side, stored_side, swapped


def question(name: str, kind: Any, **more: Any) -> Question:
    stored = {"id": name, "name": name, "score_type": kind, "categories": None, "config": None, **more}
    return read_question(stored, required=False)


TONE = question("Tone", "slider")
RIGHT = question("Right", "categorical", categories=["no", "partly", "yes"])
FAULTS = question(
    "Faults", "categorical", categories={"long": 0.2, "wrong": 0, "rude": 0.4}, config={"multi_select": True}
)
WHY = question("Why", "free-form")
LABEL = question("Label", "categorical", categories=["ham", "spam"], config={"destination": "expected"})
ALL = (TONE, RIGHT, FAULTS, WHY, LABEL)


def test_choices_are_read_in_all_three_forms() -> None:
    assert RIGHT.choices == {"no": 0, "partly": 0.5, "yes": 1}
    assert FAULTS.choices == {"long": 0.2, "wrong": 0, "rude": 0.4}
    named = question("x", "categorical", categories=[{"name": "a", "value": 0.3}])
    assert named.choices == {"a": 0.3}


@pytest.mark.parametrize(
    ("given", "answers", "disagree"),
    [
        ([{"Tone": 0.25}, {"Tone": 0.5}], {"Tone": 0.375}, []),
        ([{"Tone": 0.25}, {"Tone": 0.51}], {}, ["Tone"]),
        ([{"Right": "yes"}, {"Right": "yes"}, {}], {"Right": "yes"}, []),
        ([{"Right": "yes"}, {"Right": "yes"}, {"Right": "no"}], {}, ["Right"]),
        ([{"Faults": ["long"]}, {"Faults": ["long", "rude"]}], {}, ["Faults"]),
        ([{"Why": "a"}, {"Why": "b"}, {"Why": "a"}], {"Why": "a\n\nb"}, []),
        ([{"Right": "no", "Tone": 0}, {"Right": "yes", "Tone": 0.1}], {"Tone": 0.05}, ["Right"]),
        ([{}], {}, []),
    ],
    ids=["near", "far", "left-out", "two-of-three", "sets", "texts", "one-of-two", "nothing"],
)
def test_people_agree_or_not(given: list[Any], answers: dict[str, Any], disagree: list[str]) -> None:
    assert agreed(ALL, given, 0.25) == (answers, disagree)


def test_what_is_written_is_what_the_browser_writes() -> None:
    answers = {"Tone": 0.5, "Right": "partly", "Faults": ["long", "rude"], "Why": "so", "Label": "spam"}
    written = change(ALL, answers)
    assert written["scores"] == {"Tone": 0.5, "Right": 0.5, "Faults": pytest.approx(0.3)}
    assert written["metadata"] == {"review": {"Faults": ["long", "rude"], "Why": "so"}}
    assert written["expected"] == "spam"
    assert change(ALL, {}) == {}
    assert change(ALL, {"Right": "a choice of before"}) == {"scores": {"Right": None}}


def test_answers_take_their_normal_form() -> None:
    given = {"Right": ["yes"], "Faults": ["rude", "long"], "Why": "  so  ", "Tone": 1, "Label": None}
    assert checked(ALL, given) == {"Right": "yes", "Faults": ["long", "rude"], "Why": "so", "Tone": 1.0}
    for bad in ({"Faults": ["long", 1]}, {"Faults": "loud"}, {"Tone": "1"}, {"Why": "x" * 20_001}):
        with pytest.raises(Invalid):
            checked(ALL, bad)


def test_tags_of_more_than_half() -> None:
    assert shared_tags([["b", "a"], ["a", "c"], ["b", "a"]]) == ["b", "a"]
    assert shared_tags([["a"], []]) == []


def test_each_reviewer_sees_an_order_by_chance_that_stays() -> None:
    items = [{"id": str(at)} for at in range(400)]
    ann, ben = ([swapped(item, who) for item in items] for who in ("ann", "ben"))
    assert 150 < sum(ann) < 250
    assert 150 < sum(one != other for one, other in zip(ann, ben, strict=True)) < 250
    assert ann == [swapped(item, "ann") for item in items]
    for item in items[:20]:
        for side in ("left", "right", "tie"):
            assert shown_side(stored_side(side, item, "ann"), item, "ann") == side
