"""Scores made of scores: what the three kinds are, and what they are when something is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_server.engines.stats.aggregate import AGGREGATIONS, Aggregation, aggregate, usable_weights

VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan))
WEIGHTS = st.floats(0.001, 1000)
KINDS = st.sampled_from(AGGREGATIONS)


@st.composite
def parts(draw: st.DrawFn) -> list[tuple[np.ndarray, float]]:
    """Up to five columns of one length, each with its weight."""
    size = draw(st.integers(0, 6))
    columns = st.lists(VALUES, min_size=size, max_size=size)
    return [(np.array(draw(columns)), draw(WEIGHTS)) for _ in range(draw(st.integers(1, 5)))]


@pytest.mark.parametrize(
    ("kind", "expected"), [("weighted", [0.25, 0.875]), ("minimum", [0.0, 0.5]), ("maximum", [1.0, 1.0])]
)
def test_by_hand(kind: Aggregation, expected: list[float]) -> None:
    assert aggregate(kind, [(np.array([1.0, 0.5]), 1), (np.array([0.0, 1.0]), 3)]).tolist() == expected


@given(KINDS, parts())
def test_a_value_needs_every_part_and_lies_between_them(
    kind: Aggregation, made: list[tuple[np.ndarray, float]]
) -> None:
    found = aggregate(kind, made)
    columns = np.stack([column for column, _ in made])
    assert (np.isnan(found) == np.isnan(columns).any(axis=0)).all()
    there = ~np.isnan(found)
    assert (found[there] >= columns[:, there].min(axis=0)).all()
    assert (found[there] <= columns[:, there].max(axis=0)).all()


@given(KINDS, parts(), st.floats(0.01, 100))
def test_the_order_of_parts_and_the_unit_of_weights_say_nothing(
    kind: Aggregation, made: list[tuple[np.ndarray, float]], factor: float
) -> None:
    other = [(column, weight * factor) for column, weight in reversed(made)]
    np.testing.assert_allclose(aggregate(kind, made), aggregate(kind, other), rtol=1e-9, atol=1e-6)


@given(parts(), st.integers(0, 4))
def test_no_part_getting_better_makes_it_worse(made: list[tuple[np.ndarray, float]], which: int) -> None:
    better = [(column + (at == which % len(made)), weight) for at, (column, weight) in enumerate(made)]
    for kind in AGGREGATIONS:
        before, after = aggregate(kind, made), aggregate(kind, better)
        assert (np.isnan(before) | (after >= before - 1e-9 * np.abs(before))).all()


def test_a_part_of_weight_0_is_not_missed() -> None:
    found = aggregate("weighted", [(np.array([0.5, 1.0]), 2), (np.array([math.nan, 0.0]), 0)])
    assert found.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("weights", "usable"),
    [
        ({}, False),
        ({"a": 0}, False),
        ({"a": 1, "b": 0}, True),
        ({"a": -1, "b": 2}, False),
        ({"a": math.inf}, False),
    ],
)
def test_weights(weights: dict[str, float], usable: bool) -> None:
    assert usable_weights(weights) is usable
