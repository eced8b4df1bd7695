"""Every primitive against scipy or a published table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as oracle

from assay_server.engines.stats import Sample, compare_samples, estimate_mean, holm, mean, wilson
from assay_server.engines.stats.estimate import constant_interval
from assay_server.engines.stats.paired import exact_sign, mcnemar, paired_difference
from assay_server.engines.stats.power import detectable_mcnemar, detectable_paired
from assay_server.engines.stats.sample import case_means
from assay_server.engines.stats.unpaired import two_shares, welch


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20_260)


def shares(won: int, n: int) -> np.ndarray:
    return np.r_[np.ones(won), np.zeros(n - won)]


# Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3.
@pytest.mark.parametrize(
    ("won", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_equals_the_published_table(won: int, n: int, low: float, high: float) -> None:
    assert wilson(won / n, n) == pytest.approx((low, high), abs=5e-5)
    exact = oracle.binomtest(won, n).proportion_ci(0.95, method="wilson")
    assert wilson(won / n, n) == pytest.approx((exact.low, exact.high), abs=1e-12)


# Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10.
@pytest.mark.parametrize(
    ("won", "n", "base", "m", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 10, 0.6075, 1.0)],
)
def test_two_shares_equal_the_published_table(
    won: int, n: int, base: int, m: int, low: float, high: float
) -> None:
    found = two_shares(shares(won, n), shares(base, m))
    assert found.interval == pytest.approx((low, high), abs=6e-5)


# Newcombe 1998, Statistics in Medicine 17:2635-2650, table II, method 10: cells both, won, lost, neither.
@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [((36, 12, 2, 0), 0.0569, 0.3404), ((0, 0, 0, 30), -0.1135, 0.1135), ((54, 0, 0, 0), -0.0664, 0.0664)],
)
def test_paired_shares_equal_the_published_table(
    cells: tuple[int, int, int, int], low: float, high: float
) -> None:
    both, won, lost, neither = cells
    candidate = np.r_[np.ones(both + won), np.zeros(lost + neither)]
    baseline = np.r_[np.ones(both), np.zeros(won), np.ones(lost), np.zeros(neither)]
    assert mcnemar(candidate, baseline).interval == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(("won", "lost"), [(12, 2), (0, 5), (7, 7), (1, 0), (30, 11)])
def test_exact_sign_equals_the_binomial_test(won: int, lost: int) -> None:
    assert exact_sign(won, lost) == pytest.approx(oracle.binomtest(won, won + lost).pvalue, abs=1e-12)


def test_nothing_changed_is_no_evidence() -> None:
    assert exact_sign(0, 0) == 1.0


def test_paired_t_equals_scipy(rng: np.random.Generator) -> None:
    candidate, baseline = rng.random(37), rng.random(37)
    expected = oracle.ttest_rel(candidate, baseline)
    interval = expected.confidence_interval(0.95)
    found = paired_difference(candidate, baseline)
    assert found.method == "t"
    assert found.diff == pytest.approx(candidate.mean() - baseline.mean(), abs=1e-15)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_welch_equals_scipy(rng: np.random.Generator) -> None:
    candidate, baseline = rng.normal(3, 1, 21), rng.normal(2, 4, 40)
    expected = oracle.ttest_ind(candidate, baseline, equal_var=False)
    interval = expected.confidence_interval(0.95)
    found = welch(candidate, baseline)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_mean_interval_equals_scipy(rng: np.random.Generator) -> None:
    values = rng.random(25)
    expected = oracle.ttest_1samp(values, 0).confidence_interval(0.95)
    found = estimate_mean(Sample.independent(values))
    assert (found.method, found.n) == ("t", 25)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_trials_of_one_case_widen_the_interval_to_that_of_the_case_means(rng: np.random.Generator) -> None:
    per_case = rng.random(12)
    rows = np.repeat(per_case, 4)
    found = estimate_mean(Sample(np.repeat(np.arange(12), 4), rows))
    expected = oracle.ttest_1samp(per_case, 0).confidence_interval(0.95)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_binary_trials_that_always_agree_count_as_one_case() -> None:
    per_case = shares(6, 10)
    found = estimate_mean(Sample(np.repeat(np.arange(10), 3), np.repeat(per_case, 3)))
    low, high = wilson(0.6, 10)
    assert found.interval is not None
    assert found.interval == pytest.approx((low, high), abs=0.02)


def test_mean_does_not_depend_on_the_order(rng: np.random.Generator) -> None:
    values = rng.random(1001)
    assert mean(values) == mean(rng.permutation(values)) == math.fsum(values) / 1001
    with pytest.raises(ValueError, match="at least one value"):
        mean(np.array([]))


# Holm 1979, worked by hand: sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone.
def test_holm_steps_down_and_keeps_the_order() -> None:
    assert holm([0.04, 0.01, None, 0.03, 0.02]) == pytest.approx([0.06, 0.04, None, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_detectable_difference_equals_the_power_of_the_noncentral_t(rng: np.random.Generator) -> None:
    differences = rng.normal(0, 0.3, 40)
    size = detectable_paired(differences, alpha=0.05)
    assert size is not None
    shift = size / (differences.std(ddof=1) / math.sqrt(40))
    edge = oracle.t.ppf(0.975, 39)
    power = oracle.nct.sf(edge, 39, shift) + oracle.nct.cdf(-edge, 39, shift)
    assert power == pytest.approx(0.8, abs=0.005)


def test_detectable_binary_difference_never_beats_the_exact_test() -> None:
    # Six changes, all one way, are the fewest with p <= 0.05.
    assert detectable_mcnemar(0, 40, alpha=0.05) == 6 / 40
    assert exact_sign(6, 0) <= 0.05 < exact_sign(5, 0)
    assert detectable_mcnemar(0, 5, alpha=0.05) is None
    assert detectable_mcnemar(40, 100, alpha=0.05) == pytest.approx(2.8016 * math.sqrt(40) / 100, abs=1e-4)


def test_equal_values_leave_room_for_what_was_not_seen() -> None:
    low, high = constant_interval(0.5, 20, bounds=(0.0, 1.0)) or (0.5, 0.5)
    unseen = oracle.binomtest(0, 20).proportion_ci(0.95, method="exact").high
    assert (low, high) == pytest.approx((0.5 - 0.5 * unseen, 0.5 + 0.5 * unseen), abs=1e-12)
    assert constant_interval(3.0, 5, bounds=None) is None
    assert constant_interval(3.0, 6, bounds=None) == (3.0, 3.0)


def test_equal_differences_are_judged_by_the_sign_test_not_by_zero_variance() -> None:
    baseline = np.array([0.2, 0.4])
    found = paired_difference(baseline + 0.25, baseline, bounds=(0.0, 1.0))
    assert (found.method, found.p) == ("sign", 0.5)
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]


def test_two_groups_without_spread_use_the_permutation_test() -> None:
    found = welch(np.full(4, 0.7), np.full(4, 0.5))
    assert found.p == pytest.approx(2 / math.comb(8, 4))
    assert found.interval is None


def test_case_means_are_the_same_bits_for_trials_in_any_order() -> None:
    cases = np.array([7, 7, 7, 3])
    one = case_means(Sample(cases, np.array([0.1, 0.2, 0.3, 1.0])))
    other = case_means(Sample(cases, np.array([0.3, 0.1, 0.2, 1.0])))
    assert one.cases.tolist() == [3, 7]
    assert one.values.tolist() == other.values.tolist()


def test_trials_are_averaged_before_pairing() -> None:
    candidate = Sample(np.array([0, 0, 1, 2]), np.array([1.0, 0.0, 1.0, 0.0]))
    baseline = Sample(np.array([2, 1, 0]), np.array([0.0, 0.0, 0.5]))
    found = compare_samples(candidate, baseline, bounds=(0.0, 1.0))
    assert (found.pairs, found.higher, found.lower, found.unchanged) == (3, 1, 0, 2)
    assert found.diff == pytest.approx(0.5 - 1 / 6, abs=1e-15)


def test_runs_that_share_few_cases_are_compared_as_groups() -> None:
    candidate = Sample(np.arange(10), np.linspace(0.1, 0.9, 10))
    baseline = Sample(np.arange(8, 18), np.linspace(0.2, 0.7, 10))
    found = compare_samples(candidate, baseline, bounds=(0.0, 1.0))
    assert (found.method, found.pairs) == ("welch", 2)


def test_a_score_only_one_run_has_cannot_be_compared() -> None:
    found = compare_samples(Sample(np.arange(3), np.ones(3)), Sample(np.arange(0), np.zeros(0)))
    assert (found.diff, found.interval, found.p, found.pairs) == (None, None, None, 0)
