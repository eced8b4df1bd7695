"""Every primitive against scipy or a published table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as oracle

from assay_server.engines.stats import (
    Sample,
    benjamini_hochberg,
    compare_samples,
    estimate_mean,
    holm,
    mean,
    wilson,
)
from assay_server.engines.stats.comparison import Contrast
from assay_server.engines.stats.distributions import mid_p, mid_p_edges, t_power
from assay_server.engines.stats.estimate import constant_interval
from assay_server.engines.stats.moments import moments
from assay_server.engines.stats.paired import paired_difference, tango
from assay_server.engines.stats.power import (
    cases_needed,
    detectable_by_mcnemar,
    detectable_by_t,
    power_of_mcnemar,
    power_of_t,
)
from assay_server.engines.stats.sample import Pairs, case_means
from assay_server.engines.stats.unpaired import two_shares, welch


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20_260)


def pairs(candidate: np.ndarray, baseline: np.ndarray) -> Pairs:
    return Pairs(candidate, baseline, None)


def compared(candidate: Sample, baseline: Sample) -> Contrast:
    return compare_samples(candidate, baseline, bounds=(0.0, 1.0))


def symmetric(rng: np.random.Generator, n: int) -> np.ndarray:
    """Values without skewness, so that nothing is added to Student's interval."""
    half = rng.random(n // 2)
    return np.r_[half, 1.0 - half]


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


# Newcombe 1998, Statistics in Medicine 17:2635-2650, table II, method 10, which is built from other parts.
@pytest.mark.parametrize(
    ("won", "lost", "n", "low", "high"), [(12, 2, 50, 0.0569, 0.3404), (0, 0, 30, -0.1135, 0.1135)]
)
def test_paired_shares_lie_within_a_point_of_another_published_interval(
    won: int, lost: int, n: int, low: float, high: float
) -> None:
    found = tango(won, lost, n)
    assert found == pytest.approx((low, high), abs=0.01)


@pytest.mark.parametrize(("won", "lost", "n"), [(12, 2, 50), (3, 9, 40), (1, 0, 20), (30, 30, 200)])
def test_the_bounds_of_paired_shares_are_where_the_constrained_score_test_has_its_quantile(
    won: int, lost: int, n: int
) -> None:
    for delta in tango(won, lost, n):
        # The share lost that maximises the likelihood when the true difference is delta, found by brute force.
        grid = np.linspace(max(0.0, -delta) + 1e-9, (1 - abs(delta)) / 2 + max(0.0, -delta) - 1e-9, 200_001)
        same = 1 - 2 * grid - delta
        inside = (same > 0) & (grid + delta > 0)
        share = grid[inside]
        likelihood = (
            won * np.log(share + delta)
            + lost * np.log(share)
            + (n - won - lost) * np.log(1 - 2 * share - delta)
        )
        best = share[np.argmax(likelihood)]
        z = (won - lost - n * delta) / math.sqrt(n * (2 * best + delta * (1 - delta)))
        assert abs(z) == pytest.approx(oracle.norm.ppf(0.975), abs=2e-3)


@pytest.mark.parametrize(("won", "lost"), [(12, 2), (0, 5), (1, 0), (30, 11)])
def test_mid_p_is_the_binomial_test_with_half_the_chance_of_the_outcome(won: int, lost: int) -> None:
    exact = oracle.binomtest(won, won + lost).pvalue
    half = oracle.binom.pmf(won, won + lost, 0.5)
    assert float(mid_p(min(won, lost), won + lost)) == pytest.approx(exact - half, abs=1e-12)


# Fagerland, Lydersen & Laake 2013, BMC Medical Research Methodology 13:91, table 8: 1 and 7 discordant pairs of 21.
def test_mid_p_equals_the_published_example() -> None:
    assert float(mid_p(1, 8)) == pytest.approx(0.0391, abs=5e-5)


def test_nothing_changed_is_no_evidence() -> None:
    assert float(mid_p(0, 0)) == 1.0
    assert float(mid_p(7, 14)) == 1.0


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 8, 0.01])
def test_edges_of_the_mid_p_test_are_the_last_counts_it_rejects(alpha: float) -> None:
    n = np.arange(1, 400)
    edges = mid_p_edges(n, alpha)
    some = edges >= 0
    assert np.all(mid_p(edges[some], n[some]) <= alpha)
    assert np.all(mid_p(edges + 1, n)[2 * (edges + 1) <= n] > alpha)


def test_paired_t_equals_scipy(rng: np.random.Generator) -> None:
    baseline = rng.random(36)
    candidate = baseline + symmetric(rng, 36) - 0.4
    expected = oracle.ttest_rel(candidate, baseline)
    interval = expected.confidence_interval(0.95)
    found = paired_difference(pairs(candidate, baseline))
    assert found.method == "t"
    assert found.diff == pytest.approx(candidate.mean() - baseline.mean(), abs=1e-15)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_welch_equals_scipy(rng: np.random.Generator) -> None:
    candidate, baseline = symmetric(rng, 20) + 0.1, 4 * symmetric(rng, 40)
    expected = oracle.ttest_ind(candidate, baseline, equal_var=False)
    interval = expected.confidence_interval(0.95)
    found = welch(Sample.independent(candidate), Sample.independent(baseline))
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_mean_interval_equals_scipy(rng: np.random.Generator) -> None:
    values = symmetric(rng, 24)
    expected = oracle.ttest_1samp(values, 0).confidence_interval(0.95)
    found = estimate_mean(Sample.independent(values))
    assert (found.method, found.n) == ("t", 24)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_trials_of_one_case_widen_the_interval_to_that_of_the_case_means(rng: np.random.Generator) -> None:
    per_case = symmetric(rng, 12)
    rows = np.repeat(per_case, 4)
    found = estimate_mean(Sample(np.repeat(np.arange(12), 4), rows))
    expected = oracle.ttest_1samp(per_case, 0).confidence_interval(0.95)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_binary_trials_that_always_agree_count_as_one_case() -> None:
    per_case = shares(6, 10)
    found = estimate_mean(Sample(np.repeat(np.arange(10), 3), np.repeat(per_case, 3)))
    assert (found.n, found.units) == (30, 10)
    assert found.interval == pytest.approx(wilson(0.6, 10, quantile=oracle.t.ppf(0.975, 9)), abs=1e-12)


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


# Benjamini & Hochberg 1995, section 3.2: fifteen comparisons of which four are found at 0.05.
def test_benjamini_hochberg_equals_the_published_example_and_scipy() -> None:
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    shuffled = [p[i] for i in np.random.default_rng(4).permutation(15)]
    found = benjamini_hochberg(shuffled)
    assert sum(q is not None and q <= 0.05 for q in found) == 4
    assert found == pytest.approx(oracle.false_discovery_control(shuffled), abs=1e-15)
    assert benjamini_hochberg([None, 0.5]) == [None, 0.5]


@pytest.mark.parametrize(
    ("df", "shift"), [(4, 1.0), (39, 2.9), (39, -2.9), (1000, 5.0), (1000, 20.0), (2, 40.0)]
)
def test_power_of_t_equals_the_noncentral_t(df: int, shift: float) -> None:
    edge = oracle.t.ppf(0.975, df)
    expected = oracle.nct.sf(edge, df, abs(shift)) + np.nan_to_num(oracle.nct.cdf(-edge, df, abs(shift)))
    assert t_power(df, shift, 0.05) == pytest.approx(min(1.0, expected), abs=1e-3)


# Miller 2024, section 5: with a variance of 1/9 between cases, 3 points at 80 % power take 969 questions.
def test_cases_needed_equal_the_normal_formula_where_samples_are_large() -> None:
    spread = math.sqrt(1 / 9)
    found = cases_needed(lambda n: power_of_t(0.03, spread / math.sqrt(n), n - 1, alpha=0.05))
    assert found == pytest.approx(969, rel=0.005)
    assert cases_needed(lambda n: 0.1) is None


def test_the_detectable_difference_is_the_one_found_with_the_stated_power() -> None:
    size = detectable_by_t(0.05, 39, alpha=0.01, power=0.9)
    assert size is not None
    assert power_of_t(size, 0.05, 39, alpha=0.01) == pytest.approx(0.9, abs=0.002)
    assert detectable_by_t(0.0, 39, alpha=0.05) is None
    changed = detectable_by_mcnemar(30, 100, alpha=0.05)
    assert changed is not None
    assert power_of_mcnemar(changed, 0.3, 100, alpha=0.05) == pytest.approx(0.8, abs=0.005)


def test_power_of_mcnemar_equals_the_sum_over_every_outcome() -> None:
    n, up, down = 24, 0.3, 0.1
    expected = 0.0
    for won in range(n + 1):
        for lost in range(n + 1 - won):
            chance = oracle.multinomial.pmf([won, lost, n - won - lost], n, [up, down, 1 - up - down])
            expected += chance * (float(mid_p(min(won, lost), won + lost)) <= 0.05)
    assert power_of_mcnemar(up - down, up + down, n, alpha=0.05) == pytest.approx(expected, abs=1e-6)


def test_power_of_mcnemar_continues_where_its_normal_limit_takes_over() -> None:
    below, above = (power_of_mcnemar(0.011, share, 10_000, alpha=0.05) for share in (0.09999, 0.10001))
    assert below == pytest.approx(above, abs=0.003)


def test_too_few_cases_cannot_show_even_a_change_of_all() -> None:
    assert detectable_by_mcnemar(0, 4, alpha=0.05) is None
    size = detectable_by_mcnemar(0, 40, alpha=0.05)
    assert size is not None
    assert 5 / 40 < size < 8 / 40  # five changes, all one way, are the fewest with p <= 0.05


def test_equal_values_leave_room_for_what_was_not_seen() -> None:
    low, high = constant_interval(0.5, 20, bounds=(0.0, 1.0)) or (0.5, 0.5)
    unseen = oracle.binomtest(0, 20).proportion_ci(0.95, method="exact").high
    assert (low, high) == pytest.approx((0.5 - 0.5 * unseen, 0.5 + 0.5 * unseen), abs=1e-12)
    assert constant_interval(3.0, 5, bounds=None) is None
    assert constant_interval(3.0, 6, bounds=None) == (3.0, 3.0)


def test_equal_differences_are_judged_by_the_sign_test_not_by_zero_variance() -> None:
    baseline = np.array([0.2, 0.4])
    found = paired_difference(pairs(baseline + 0.25, baseline), bounds=(0.0, 1.0))
    assert (found.method, found.p) == ("sign", 0.5)
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]


def test_two_groups_without_spread_use_the_permutation_test() -> None:
    found = welch(Sample.independent(np.full(4, 0.7)), Sample.independent(np.full(4, 0.5)))
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
    found = compared(candidate, baseline)
    assert (found.pairs, found.higher, found.lower, found.unchanged) == (3, 1, 0, 2)
    assert found.diff == pytest.approx(0.5 - 1 / 6, abs=1e-15)


def test_runs_that_share_few_cases_are_compared_as_groups() -> None:
    candidate = Sample(np.arange(10), np.linspace(0.1, 0.9, 10))
    baseline = Sample(np.arange(8, 18), np.linspace(0.2, 0.7, 10))
    found = compared(candidate, baseline)
    assert (found.method, found.pairs) == ("welch", 2)


def test_a_score_only_one_run_has_cannot_be_compared() -> None:
    found = compare_samples(Sample(np.arange(3), np.ones(3)), Sample(np.arange(0), np.zeros(0)))
    assert (found.diff, found.interval, found.p, found.pairs) == (None, None, None, 0)


def test_clusters_of_equal_size_give_the_interval_of_their_means(rng: np.random.Generator) -> None:
    values = rng.random((15, 4))
    found = moments(values.ravel(), np.repeat(np.arange(15), 4))
    assert found is not None
    assert found.error == pytest.approx(oracle.sem(values.mean(axis=1)), abs=1e-15)
    assert (found.df, found.units, found.n) == (pytest.approx(14.0), 15, 60)


def test_the_cluster_robust_error_of_uneven_clusters_equals_the_matrix_formula(
    rng: np.random.Generator,
) -> None:
    """Bell & McCaffrey 2002 written out with matrices: residuals times (I − H)^(−1/2) within each cluster."""
    sizes = np.array([1, 2, 5, 9, 3])
    units = np.repeat(np.arange(5), sizes)
    n, values = int(sizes.sum()), rng.normal(0, 1, int(sizes.sum()))
    design = np.ones((n, 1))
    bread = np.linalg.inv(design.T @ design)
    hat = design @ bread @ design.T
    residuals = values - values.mean()
    meat, columns = 0.0, []
    for unit in range(5):
        own = units == unit
        block = np.eye(int(own.sum())) - hat[np.ix_(own, own)]
        weights, vectors = np.linalg.eigh(block)
        root = vectors @ np.diag(weights**-0.5) @ vectors.T
        meat += (design[own].T @ root @ residuals[own]).item() ** 2
        columns.append((np.eye(n) - hat)[:, own] @ root @ design[own] @ bread)
    spread = np.hstack(columns)
    eigen = np.linalg.eigvalsh(spread.T @ spread)
    found = moments(values, units)
    assert found is not None
    assert found.error == pytest.approx(math.sqrt(meat) / n, rel=1e-9)
    assert found.df == pytest.approx(eigen.sum() ** 2 / (eigen**2).sum(), rel=1e-9)


def test_a_cluster_makes_its_cases_count_for_less(rng: np.random.Generator) -> None:
    level = np.repeat(rng.normal(0, 0.2, 10), 6)
    base = rng.random(60)
    cases, clusters = np.arange(60), np.repeat(np.arange(10), 6)
    better = base + 0.1 + level
    alone = compare_samples(Sample(cases, better), Sample(cases, base))
    together = compare_samples(Sample(cases, better, clusters), Sample(cases, base, clusters))
    assert (alone.units, together.units, together.pairs) == (60, 10, 60)
    assert alone.diff == together.diff
    assert alone.p is not None
    assert together.p is not None
    assert together.p > alone.p
    assert together.detectable is not None
    assert alone.detectable is not None
    assert together.detectable > alone.detectable


def test_p_and_interval_agree_about_zero_whatever_the_skewness(rng: np.random.Generator) -> None:
    disagreed = 0
    for _ in range(300):
        found = moments(rng.exponential(1, 12) - 1.0)
        assert found is not None
        low, high = found.interval(0.95)
        disagreed += (found.p() <= 0.05) != (not low <= 0.0 <= high)
    assert disagreed == 0


# Cohen 1988: h of 0.65 and 0.5 is 0.304 (table 6.2.2 gives arcsines); d_z and d by their definitions.
def test_effect_sizes_equal_their_definitions(rng: np.random.Generator) -> None:
    binary = compared(Sample.independent(shares(65, 100)), Sample.independent(shares(50, 100)))
    assert binary.effect == pytest.approx(2 * math.asin(math.sqrt(0.65)) - math.pi / 2, abs=1e-12)
    ours, theirs = rng.random(30), rng.random(30)
    paired = compared(Sample.independent(ours), Sample.independent(theirs))
    gaps = ours - theirs
    assert paired.effect == pytest.approx(gaps.mean() / gaps.std(ddof=1), abs=1e-12)
    apart = compared(Sample(np.arange(30), ours), Sample(np.arange(30, 60), theirs))
    pooled = math.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 2)
    assert (apart.effect, apart.paired) == (pytest.approx((ours.mean() - theirs.mean()) / pooled), False)
