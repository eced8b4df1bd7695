"""The bootstrap that is made on request: against scipy's, reproducible, and only where it is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assay_server.engines.stats import Sample, compare_samples, estimate_mean
from assay_server.engines.stats.bootstrap import DRAWS, FEWEST_DRAWS, bootstrap, bootstrap_between

LEVELS = (0.9, 0.95, 0.99)


def drawn(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).exponential(1.0, n)


@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_of_a_mean_is_that_of_scipy(level: float) -> None:
    values = drawn(1, 40)
    ours = bootstrap(values).interval(level)
    theirs = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=level,
        n_resamples=40_000,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.15 * values.std() / 40**0.5)


@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_between_two_groups_is_that_of_scipy(level: float) -> None:
    ours, theirs = drawn(1, 40), 1.5 * drawn(2, 30)
    found = bootstrap_between(Sample.independent(ours), Sample.independent(theirs)).interval(level)
    expected = stats.bootstrap(
        (ours, theirs), lambda a, b, axis=-1: a.mean(axis) - b.mean(axis), confidence_level=level,
        n_resamples=40_000, method="BCa", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    error = (ours.var() / 40 + theirs.var() / 30) ** 0.5
    assert found == pytest.approx((expected.low, expected.high), abs=0.15 * error)


@pytest.mark.parametrize("level", LEVELS)
def test_whole_clusters_are_drawn(level: float) -> None:
    sizes = np.random.default_rng(3).integers(1, 6, 30)
    units = np.repeat(np.arange(30), sizes)
    values = np.repeat(drawn(4, 30), sizes) + np.random.default_rng(5).uniform(0, 0.2, len(units))
    sums = np.bincount(units, values)
    expected = stats.bootstrap(
        (sums, sizes), lambda s, n, axis=-1: s.sum(axis) / n.sum(axis), paired=True, vectorized=True,
        confidence_level=level, n_resamples=40_000, method="BCa", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    error = (expected.high - expected.low) / 4
    # scipy's jackknife leaves clusters of other sizes out than ours weighs: close, not equal.
    assert bootstrap(values, units).interval(level) == pytest.approx(
        (expected.low, expected.high), abs=0.2 * error
    )


def test_the_same_values_give_the_same_bits_in_any_order() -> None:
    values, units = drawn(6, 60), np.repeat(np.arange(20), 3)
    shuffled = np.random.default_rng(7).permutation(60)
    alone, clustered = bootstrap(values), bootstrap(values, units)
    assert (
        bootstrap(values[shuffled]).interval(0.95) == alone.interval(0.95) == bootstrap(values).interval(0.95)
    )
    assert bootstrap(values[shuffled], units[shuffled]).interval(0.95) == clustered.interval(0.95)
    assert bootstrap(values[shuffled], 100 - units[shuffled]).interval(0.95) == clustered.interval(0.95)
    assert alone.interval(0.95) != clustered.interval(0.95)


@pytest.mark.parametrize("shift", [-0.4, -0.05, 0.0, 0.05, 0.2, 0.4])
def test_p_is_small_exactly_where_the_interval_leaves_zero_out(shift: float) -> None:
    found = bootstrap(drawn(8, 50) - 1.0 + shift)
    for alpha in (0.01, 0.05, 0.2, found.p() * 0.7, found.p() * 1.4):
        if 0.005 < alpha < 1:  # beyond, single draws decide
            low, high = found.interval(1.0 - alpha)
            assert (found.p() <= alpha) == (not low <= 0.0 <= high)
    assert 0.0 < found.p() <= 1.0


def test_many_units_take_fewer_draws() -> None:
    assert len(bootstrap(drawn(9, 50)).draws) == DRAWS
    assert len(bootstrap(drawn(9, 50_000)).draws) == FEWEST_DRAWS


def test_it_replaces_t_and_welch_and_leaves_pass_and_fail_alone() -> None:
    ours, theirs = Sample.independent(drawn(10, 40)), Sample.independent(drawn(11, 40))
    apart = Sample(theirs.cases + 1000, theirs.values)
    passes, fails = (Sample.independent(np.arange(40) % k == 0) for k in (2, 3))
    for one, other, names in (
        (ours, theirs, ("t", "bca")),
        (ours, apart, ("welch", "bca")),
        (passes, fails, ("mcnemar", "mcnemar")),
        (ours, Sample(ours.cases, ours.values - 0.25), ("sign", "sign")),
    ):
        plain, found = (compare_samples(one, other), compare_samples(one, other, method="bca"))
        assert (plain.method, found.method) == names
        assert (plain.diff, plain.detectable, plain.effect) == (found.diff, found.detectable, found.effect)
        assert (plain.interval == found.interval, plain.p == found.p) == (names[0] == names[1],) * 2
    assert estimate_mean(passes, method="bca") == estimate_mean(passes)
    assert estimate_mean(ours, method="bca").method == "bca"
