"""The word each comparison ends in; how often it is wrong is in `test_simulations.py`."""

from __future__ import annotations

import numpy as np
import pytest

from assay_server.engines.stats import (
    SCORE_MARGIN,
    Contrast,
    Correction,
    Direction,
    Judgement,
    Sample,
    compare_samples,
    judge,
)

BOUNDS = (0.0, 1.0)


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


def test_the_false_discovery_rate_asks_for_less_than_any_false_discovery() -> None:
    rng = np.random.default_rng(7)
    base = rng.random(40) * 0.2 + 0.4
    contrasts = {
        str(i): compare_samples(
            Sample.independent(base + 0.05 + rng.normal(0, 0.13, 40)), Sample.independent(base), bounds=BOUNDS
        )
        for i in range(6)
    }
    strict, lenient = _judge_all(contrasts), _judge_all(contrasts, correction="bh")
    assert all((strict[name].p or 0) >= (lenient[name].p or 0) for name in contrasts)
    won = [sum(j.verdict == "better" for j in found.values()) for found in (strict, lenient)]
    assert won[0] < won[1]


def _judge_all(contrasts: dict[str, Contrast], *, correction: Correction = "holm") -> dict[str, Judgement]:
    higher: Direction = "higher"
    return judge(
        contrasts,
        directions=dict.fromkeys(contrasts, higher),
        margins=dict.fromkeys(contrasts, SCORE_MARGIN),
        correction=correction,
    )
