"""The word each comparison ends in, and how often it is wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from assay_server.engines.stats import (
    SCORE_MARGIN,
    Contrast,
    Direction,
    Judgement,
    Sample,
    compare_samples,
    estimate_mean,
    judge,
)

BOUNDS = (0.0, 1.0)
RUNS = 1500


def judged(
    candidate: np.ndarray,
    baseline: np.ndarray,
    *,
    direction: Direction = "higher",
    margin: float = SCORE_MARGIN,
) -> Judgement:
    contrast = compare_samples(Sample.independent(candidate), Sample.independent(baseline), bounds=BOUNDS)
    return judge({"s": contrast}, directions={"s": direction}, margins={"s": margin})["s"]


def test_a_clear_gain_is_better_and_worse_when_lower_is_better() -> None:
    baseline = np.tile([0.1, 0.2, 0.3, 0.4], 10)
    candidate = baseline + np.tile([0.2, 0.3], 20)
    assert judged(candidate, baseline).verdict == "better"
    assert judged(candidate, baseline, direction="lower").verdict == "worse"
    assert judged(baseline, candidate).verdict == "worse"


def test_a_tiny_proven_difference_is_equivalent_within_the_margin_only() -> None:
    baseline = np.tile([0.1, 0.2, 0.3, 0.4], 100)
    candidate = baseline + np.tile([0.004, 0.006], 200)
    assert judged(candidate, baseline).verdict == "equivalent"
    assert judged(candidate, baseline, margin=0.001).verdict == "better"


def test_forty_equal_pass_fail_cases_do_not_prove_equality() -> None:
    values = np.r_[np.ones(30), np.zeros(10)]
    assert judged(values, values).verdict == "inconclusive"
    assert judged(values, values, margin=0.2).verdict == "equivalent"


def test_one_case_is_inconclusive() -> None:
    assert judged(np.array([0.9]), np.array([0.2])) == Judgement("inconclusive", None)


def test_more_scores_need_more_evidence() -> None:
    rng = np.random.default_rng(1)
    candidate, baseline = rng.normal(0.56, 0.1, 16), rng.normal(0.5, 0.1, 16)
    real = compare_samples(Sample.independent(candidate), Sample.independent(baseline), bounds=BOUNDS)
    assert real.p is not None
    assert 0.01 < real.p < 0.05
    noise = compare_samples(Sample.independent(baseline), Sample.independent(baseline[::-1]), bounds=BOUNDS)
    alone = _judge_all({"real": real})
    among = _judge_all({"real": real, **{f"n{i}": noise for i in range(4)}})
    assert (alone["real"].verdict, among["real"].verdict) == ("better", "inconclusive")
    assert among["real"].p == pytest.approx(5 * real.p)


def _judge_all(contrasts: dict[str, Contrast]) -> dict[str, Judgement]:
    higher: Direction = "higher"
    return judge(
        contrasts, directions=dict.fromkeys(contrasts, higher), margins=dict.fromkeys(contrasts, SCORE_MARGIN)
    )


def binary(rng: np.random.Generator, n: int) -> np.ndarray:
    return (rng.random(n) < 0.7).astype(float)


def bounded(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.beta(4, 2, n)


def choices(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.choice([0.0, 0.5, 1.0], n, p=[0.2, 0.3, 0.5])


@pytest.mark.parametrize(("draw", "truth"), [(binary, 0.7), (bounded, 4 / 6), (choices, 0.65)])
@pytest.mark.parametrize("n", [20, 60])
def test_intervals_cover_the_truth_as_often_as_they_say(
    draw: Callable[[np.random.Generator, int], np.ndarray], truth: float, n: int
) -> None:
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(RUNS):
        interval = estimate_mean(Sample.independent(draw(rng, n)), bounds=BOUNDS).interval
        assert interval is not None
        hits += interval[0] <= truth <= interval[1]
    assert hits / RUNS == pytest.approx(0.95, abs=0.025)


def test_intervals_cover_the_truth_when_cases_have_trials() -> None:
    rng = np.random.default_rng(11)
    cases = np.repeat(np.arange(30), 3)
    hits = 0
    for _ in range(RUNS):
        chance = np.repeat(rng.beta(2, 1, 30), 3)
        sample = Sample(cases, (rng.random(90) < chance).astype(float))
        low, high = estimate_mean(sample, bounds=BOUNDS).interval or (1.0, 0.0)
        hits += low <= 2 / 3 <= high
    assert hits / RUNS == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("draw", [binary, bounded, choices])
@pytest.mark.parametrize("scores", [1, 8])
def test_the_same_agent_twice_is_rarely_called_better_or_worse(
    draw: Callable[[np.random.Generator, int], np.ndarray], scores: int
) -> None:
    rng = np.random.default_rng(scores)
    runs = RUNS // 3
    wrong = 0
    for _ in range(runs):
        contrasts = {
            str(i): compare_samples(
                Sample.independent(draw(rng, 30)), Sample.independent(draw(rng, 30)), bounds=BOUNDS
            )
            for i in range(scores)
        }
        wrong += any(j.verdict in ("better", "worse") for j in _judge_all(contrasts).values())
    # 5 % is the promise; the allowance is two standard errors of the simulation itself.
    assert wrong / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


def test_the_detectable_difference_is_found_about_four_times_in_five() -> None:
    rng = np.random.default_rng(3)
    spread, n = 0.15, 40
    size = 2.88 * spread / np.sqrt(n)  # (t(0.975, 39) + t(0.8, 39)) * spread / sqrt(n)
    found, stated = 0, []
    for _ in range(RUNS):
        baseline = rng.random(n) * 0.2 + 0.4
        contrast = compare_samples(
            Sample.independent(baseline + rng.normal(size, spread, n)), Sample.independent(baseline)
        )
        stated.append(contrast.detectable)
        found += _judge_all({"s": contrast})["s"].verdict == "better"
    assert found / RUNS == pytest.approx(0.8, abs=0.05)
    assert float(np.mean(stated)) == pytest.approx(float(size), rel=0.02)
