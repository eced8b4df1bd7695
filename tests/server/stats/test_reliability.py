"""Chances over trials, the parts of a variance, labels of cases."""

from __future__ import annotations

import numpy as np
import pytest

from assay.core.trials import chance_all_pass, chance_any_passes
from assay_server.engines.stats import Sample
from assay_server.engines.stats.reliability import chances, count_passes, label, split_variance


def test_chances_are_unbiased_where_powers_of_the_share_are_not() -> None:
    rng = np.random.default_rng(1)
    n, k, p = 6, 4, rng.beta(2, 2, 200_000)
    passed = rng.binomial(n, p)
    every = np.array([chance_all_pass(n, c, k) for c in range(n + 1)])[passed]
    some = np.array([chance_any_passes(n, c, k) for c in range(n + 1)])[passed]
    assert every.mean() == pytest.approx(np.mean(p**k), abs=0.003)
    assert some.mean() == pytest.approx(np.mean(1 - (1 - p) ** k), abs=0.003)
    assert np.mean((passed / n) ** k) > np.mean(p**k) + 0.03


def test_cases_with_too_few_trials_do_not_count_for_k() -> None:
    sample = Sample(np.array([0, 0, 0, 1, 1]), np.array([1.0, 0.2, 0.7, 1.0, 1.0]))
    counts = count_passes(sample, 0.5)
    assert (counts.trials.tolist(), counts.passed.tolist()) == ([3, 2], [2, 2])
    found = {chance.k: chance for chance in chances(counts, range(1, 5))}
    assert list(found) == [1, 2, 3]
    assert (found[2].all_pass.mean, found[2].all_pass.n) == (pytest.approx((1 / 3 + 1) / 2), 2)
    assert (found[3].any_passes.mean, found[3].all_pass.mean, found[3].all_pass.n) == (1.0, 0.0, 1)
    assert found[1].any_passes.interval is not None


def test_the_parts_of_a_variance_are_recovered() -> None:
    rng = np.random.default_rng(2)
    cases, times, judgements = 3000, 4, 3
    code = np.repeat(np.arange(cases), times)
    answers = rng.normal(0, 0.30, cases)[code] + rng.normal(0, 0.20, cases * times)
    marks = answers[:, None] + rng.normal(0, 0.15, (cases * times, judgements))
    sample = Sample(code, marks.mean(axis=1))
    found = split_variance(sample, np.full(len(code), 3.0), marks.var(axis=1, ddof=1))
    assert found.case == pytest.approx(0.09, rel=0.08)
    assert found.sampling == pytest.approx(0.04, rel=0.08)
    assert found.judge == pytest.approx(0.0225, rel=0.08)
    once = split_variance(Sample(code, marks[:, 0]))
    assert once.judge is None
    assert once.sampling == pytest.approx(0.04 + 0.0225, rel=0.08)
    assert once.within == once.sampling


def test_without_trials_the_parts_are_not_known() -> None:
    found = split_variance(Sample.independent(np.array([0.0, 1.0, 1.0])))
    assert (found.case, found.sampling, found.judge) == (None, None, None)
    assert found.total == pytest.approx(1 / 3)


def test_chance_alone_leaves_no_negative_part() -> None:
    alternating = Sample(np.repeat(np.arange(50), 2), np.tile([0.0, 1.0], 50))
    found = split_variance(alternating)
    assert found.case == 0.0
    assert found.sampling == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([(1, 1)], "stable_pass"),
        ([(1, 0)], "stable_fail"),
        ([(3, 2)], "flaky"),
        ([(3, 3), (3, 0)], "stable_fail"),  # it broke
        ([(3, 0), (3, 3)], "stable_pass"),  # it was fixed
        ([(1, 1), (1, 0), (1, 1)], "flaky"),
        ([(3, 1), (3, 3)], "flaky"),
        ([(2, 2)] * 5, "stable_pass"),
    ],
)
def test_labels(history: list[tuple[int, int]], expected: str) -> None:
    assert label(history) == expected
