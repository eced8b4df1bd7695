"""What intervals, verdicts and plans promise, counted over thousands of synthetic experiments.

Seeds are fixed, so a result is a fact and not a chance. The bands are those the product states (docs/statistics.md):
coverage 93.5 to 96.5 % for intervals of 95 %, false verdicts at most 5 %, power within five points.
"""

from __future__ import annotations

import numpy as np
import pytest

from assay.core.sequential import SequentialTest
from assay_server.engines.stats import (
    SCORE_MARGIN,
    Contrast,
    Correction,
    Direction,
    Sample,
    compare_samples,
    estimate_mean,
    judge,
)
from assay_server.engines.stats.planning import cases_for, measure_noise, power_at
from tests.server.stats.worlds import (
    PAIRS,
    RUNS,
    PairOfRuns,
    Run,
    binary_pairs,
    bounds_of,
    exponential,
    graded_pairs,
    trial_pairs,
)

BAND = (0.935, 0.965)
SIZES = (30, 100)
EXPERIMENTS = 3000


def seeded(*parts: object) -> np.random.Generator:
    return np.random.default_rng([ord(c) for c in repr(parts)])


def label(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("world", RUNS, ids=label)
def test_intervals_of_a_mean_hold_the_truth_as_often_as_they_say(world: Run, n: int) -> None:
    rng, hits = seeded(world.__name__, n), 0
    for _ in range(EXPERIMENTS):
        sample, truth = world(rng, n)
        low, high = estimate_mean(sample, bounds=bounds_of(world)).interval or (1.0, 0.0)
        hits += low <= truth <= high
    assert BAND[0] <= hits / EXPERIMENTS <= BAND[1]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("world", PAIRS, ids=label)
def test_intervals_of_a_difference_hold_the_truth(world: PairOfRuns, n: int) -> None:
    rng, hits, experiments = seeded(world.__name__, n), 0, 2000
    for _ in range(experiments):
        candidate, baseline, truth = world(rng, n, 0.15)
        low, high = compare_samples(candidate, baseline, bounds=bounds_of(world)).interval or (1.0, 0.0)
        hits += low <= truth <= high
    assert BAND[0] <= hits / experiments <= BAND[1]


def test_the_same_agent_twice_is_called_better_or_worse_in_five_of_a_hundred_runs_at_most() -> None:
    runs, wrong = 1000, {}
    for world in PAIRS:
        for n in SIZES:
            rng, called = seeded("same", world.__name__, n), 0
            for _ in range(runs):
                candidate, baseline, _ = world(rng, n, 0.0)
                contrast = compare_samples(candidate, baseline, bounds=bounds_of(world))
                called += verdicts({"s": contrast})["s"] in ("better", "worse")
            wrong[world.__name__, n] = called / runs
    assert float(np.mean(list(wrong.values()))) <= 0.05
    # One kind of score alone may exceed it by the error of its own count, two standard deviations.
    assert max(wrong.values()) <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


@pytest.mark.parametrize("shared", [0.0, 0.15], ids=["independent scores", "scores that go together"])
def test_eight_scores_of_the_same_agent_give_a_false_verdict_in_five_of_a_hundred_runs_at_most(
    shared: float,
) -> None:
    rng, runs, wrong = seeded("eight", shared), 800, 0
    for _ in range(runs):
        level, luck = rng.uniform(0.3, 0.6, 40), rng.normal(0, shared, (2, 40))
        contrasts: dict[str, Contrast] = {}
        for score in range(8):
            ours, theirs = (level + luck[side] + rng.uniform(-0.2, 0.2, 40) for side in (0, 1))
            if score % 2:  # every other score is pass or fail
                ours, theirs = ((values > 0.45).astype(float) for values in (ours, theirs))
            contrasts[str(score)] = compare_samples(Sample.independent(ours), Sample.independent(theirs))
        wrong += any(word in ("better", "worse") for word in verdicts(contrasts).values())
    assert wrong / runs <= 0.05


def verdicts(contrasts: dict[str, Contrast], *, correction: Correction = "holm") -> dict[str, str]:
    higher: Direction = "higher"
    found = judge(
        contrasts,
        directions=dict.fromkeys(contrasts, higher),
        margins=dict.fromkeys(contrasts, SCORE_MARGIN),
        correction=correction,
    )
    return {name: judgement.verdict for name, judgement in found.items()}


@pytest.mark.parametrize(
    ("world", "n", "effect", "trials"),
    [
        (binary_pairs, 120, 0.45, 1.0),
        (binary_pairs, 400, 0.27, 1.0),
        (graded_pairs, 60, 0.07, 1.0),
        (graded_pairs, 200, 0.03, 1.0),
        (trial_pairs, 80, 0.35, 3.0),
        (trial_pairs, 200, 0.2, 3.0),
    ],
    ids=label,
)
def test_the_power_a_plan_states_is_the_share_of_runs_that_find_the_difference(
    world: PairOfRuns, n: int, effect: float, trials: float
) -> None:
    rng, runs = seeded("power", world.__name__, n), 800
    stated, found, truth = list[float](), 0, 0.0
    for _ in range(runs):
        candidate, baseline, truth = world(rng, n, effect)
        found += verdicts({"s": compare_samples(candidate, baseline, bounds=(0.0, 1.0))})["s"] == "better"
        if len(stated) < 60:  # a plan rests on two stored runs of the same kind
            noise = measure_noise(candidate, baseline)
            assert noise is not None
            assert noise.basis == "pairs"
            stated.append(power_at(noise, truth, cases=n, trials=trials, alpha=0.05))
    assert 0.3 < found / runs < 0.98, "too easy or too hard to tell anything"
    assert found / runs == pytest.approx(float(np.mean(stated)), abs=0.05)


@pytest.mark.parametrize(
    ("world", "effect"), [(binary_pairs, 0.3), (graded_pairs, 0.05)], ids=["binary", "graded"]
)
def test_so_many_cases_as_a_plan_asks_for_find_the_difference_four_times_in_five(
    world: PairOfRuns, effect: float
) -> None:
    rng, runs, found = seeded("needed", world.__name__), 600, 0
    candidate, baseline, truth = world(rng, 4000, effect)
    noise = measure_noise(candidate, baseline)
    assert noise is not None
    cases = cases_for(noise, truth, trials=1.0, alpha=0.05)
    assert cases is not None
    for _ in range(runs):
        candidate, baseline, _ = world(rng, cases, effect)
        found += verdicts({"s": compare_samples(candidate, baseline, bounds=(0.0, 1.0))})["s"] == "better"
    assert found / runs == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(
    ("world", "n"), [(binary_pairs, 100), (graded_pairs, 40), (trial_pairs, 60)], ids=label
)
def test_a_difference_of_the_detectable_size_is_found_four_times_in_five(world: PairOfRuns, n: int) -> None:
    rng = seeded("detectable", world.__name__)
    sizes: list[float] = []
    for _ in range(100):
        candidate, baseline, _ = world(rng, n, 0.25)
        size = compare_samples(candidate, baseline, bounds=(0.0, 1.0)).detectable
        assert size is not None
        sizes.append(size)
    scale = world(rng, 2, 1.0)[2]  # true difference for an effect of 1
    effect, runs, found = float(np.mean(sizes)) / scale, 800, 0
    for _ in range(runs):
        candidate, baseline, _ = world(rng, n, effect)
        found += verdicts({"s": compare_samples(candidate, baseline, bounds=(0.0, 1.0))})["s"] == "better"
    assert found / runs == pytest.approx(0.8, abs=0.05)


# -- sequential stop ---------------------------------------------------------------------------------------


def differences(rng: np.random.Generator, kind: str, mean: float, n: int) -> list[float]:
    """Differences of n cases, one after the other, between −1 and 1."""
    if kind == "binary":
        up, down = 0.12 + max(mean, 0.0), 0.12 + max(-mean, 0.0)
        return rng.choice([1.0, -1.0, 0.0], n, p=[up, down, 1 - up - down]).tolist()
    return (mean + rng.uniform(-0.6, 0.6, n)).tolist()


def decisions(
    kind: str, mean: float, *, target: float, planned: int, runs: int
) -> tuple[dict[str, float], float]:
    """Shares of the decisions, and the mean number of cases until one, when every case is looked at."""
    rng, used = seeded(kind, mean, target), 0
    counts = {"win": 0, "loss": 0, "futile": 0, "none": 0}
    for _ in range(runs):
        test = SequentialTest(target=target)
        for difference in differences(rng, kind, mean, planned):
            if test.add(difference):
                break
        counts[test.decision or "none"] += 1
        used += len(test)
    return {name: count / runs for name, count in counts.items()}, used / runs


@pytest.mark.parametrize("kind", ["binary", "graded"])
def test_looking_after_every_case_keeps_the_bound_on_false_wins_and_losses(kind: str) -> None:
    found, _ = decisions(kind, 0.0, target=0.2, planned=400, runs=600)
    assert found["win"] + found["loss"] <= 0.05


@pytest.mark.parametrize("kind", ["binary", "graded"])
def test_a_difference_worth_having_is_rarely_given_up(kind: str) -> None:
    found, _ = decisions(kind, 0.1, target=0.1, planned=600, runs=300)
    assert found["futile"] <= 0.025
    assert found["loss"] <= 0.025


def test_clear_cases_are_decided_long_before_the_end() -> None:
    win, cases = decisions("graded", 0.2, target=0.1, planned=1000, runs=100)
    assert win["win"] >= 0.95
    assert cases < 300
    loss, cases = decisions("graded", -0.2, target=0.1, planned=1000, runs=100)
    assert loss["loss"] >= 0.95
    assert cases < 300
    idle, cases = decisions("graded", 0.0, target=0.15, planned=1000, runs=100)
    assert idle["futile"] >= 0.95
    assert cases < 600


# -- why the bootstrap is not the default ------------------------------------------------------------------


def test_the_bca_bootstrap_misses_the_band_where_the_interval_in_use_holds_it() -> None:
    rng, n, runs, hits = seeded("bca"), 30, 600, {"bca": 0, "t": 0}
    for _ in range(runs):
        sample, truth = exponential(rng, n)
        for found in (estimate_mean(sample, method="bca"), estimate_mean(sample)):
            low, high = found.interval or (1.0, 0.0)
            hits[found.method] += low <= truth <= high
    assert 0.9 <= hits["bca"] / runs < BAND[0]
    assert BAND[0] <= hits["t"] / runs <= BAND[1]
