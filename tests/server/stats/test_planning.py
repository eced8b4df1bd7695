"""What stored runs say about a coming one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay_server.engines.stats import Sample
from assay_server.engines.stats.planning import (
    Noise,
    cases_for,
    detectable_at,
    detectable_without_chance,
    measure_noise,
    power_at,
)
from assay_server.engines.stats.power import power_of_mcnemar


def trials(rng: np.random.Generator, level: np.ndarray, spread: float, times: int) -> Sample:
    cases = np.repeat(np.arange(len(level)), times)
    return Sample(cases, level[cases] + rng.normal(0, spread, len(cases)))


def test_pairs_with_trials_tell_chance_from_the_change() -> None:
    rng = np.random.default_rng(1)
    level = rng.normal(0, 0.3, 4000)
    effect = rng.normal(0.1, 0.2, 4000)
    noise = measure_noise(trials(rng, level + effect, 0.15, 3), trials(rng, level, 0.25, 2))
    assert noise is not None
    assert (noise.basis, noise.cases, noise.trials) == ("pairs", 4000, pytest.approx(3.0))
    assert noise.steady == pytest.approx(0.04, rel=0.1)
    assert noise.chance == pytest.approx(0.15**2 + 0.25**2, rel=0.1)


def test_one_run_with_trials_knows_chance_only() -> None:
    rng = np.random.default_rng(2)
    noise = measure_noise(trials(rng, rng.normal(0, 1, 2000), 0.2, 4))
    assert noise is not None
    assert (noise.basis, noise.steady) == ("trials", 0.0)
    assert noise.chance == pytest.approx(2 * 0.04, rel=0.1)


def test_one_run_without_trials_assumes_the_worst() -> None:
    values = np.random.default_rng(3).normal(0, 0.5, 3000)
    noise = measure_noise(Sample.independent(values))
    assert noise is not None
    assert (noise.basis, noise.chance) == ("independent", None)
    assert noise.steady == pytest.approx(2 * values.var(ddof=1))


def test_nothing_is_known_from_one_case() -> None:
    assert measure_noise(Sample.independent(np.array([0.5]))) is None


def test_pass_and_fail_tried_once_are_planned_with_the_share_that_changes() -> None:
    ours, theirs = np.r_[np.ones(60), np.zeros(40)], np.r_[np.ones(40), np.zeros(40), np.ones(20)]
    noise = measure_noise(Sample.independent(ours), Sample.independent(theirs))
    assert noise is not None
    assert noise.changed == pytest.approx(0.4)
    exact = power_at(noise, 0.2, cases=100, trials=1.0, alpha=0.05)
    assert exact == power_of_mcnemar(0.2, 0.4, 100, alpha=0.05)
    # Tried three times, values are shares of passes: the t test takes over.
    assert power_at(noise, 0.2, cases=100, trials=3.0, alpha=0.05) != exact


def test_few_matched_cases_say_nothing_about_pairs() -> None:
    rng = np.random.default_rng(4)
    noise = measure_noise(Sample(np.arange(20), rng.random(20)), Sample(np.arange(17, 40), rng.random(23)))
    assert noise is not None
    assert noise.basis == "independent"


def test_trials_help_down_to_what_lies_between_cases() -> None:
    noise = Noise("pairs", steady=0.04, chance=0.12, cases=100, trials=1.0)
    sizes = [detectable_at(noise, cases=100, trials=t, alpha=0.05) for t in (1.0, 3.0, 1e6)]
    limit = detectable_without_chance(noise, cases=100, alpha=0.05)
    assert limit is not None
    assert sizes[0] == pytest.approx(2 * limit, rel=0.01)  # variance 0.16 against 0.04
    assert sizes[1] == pytest.approx(math.sqrt(2) * limit, rel=0.01)
    assert sizes[2] == pytest.approx(limit, rel=0.001)
    assert detectable_without_chance(Noise("pairs", 0.1, None, 100, 1.0), cases=100, alpha=0.05) is None
    assert detectable_without_chance(Noise("trials", 0.0, 0.1, 100, 3.0), cases=100, alpha=0.05) == 0.0


def test_four_times_the_cases_show_half_the_difference() -> None:
    noise = Noise("pairs", steady=0.09, chance=None, cases=100, trials=1.0)
    small, large = (detectable_at(noise, cases=n, trials=1.0, alpha=0.05) for n in (200, 800))
    assert small is not None
    assert large is not None
    assert small / large == pytest.approx(2.0, rel=0.02)
    needed = cases_for(noise, large, trials=1.0, alpha=0.05)
    assert needed == pytest.approx(800, rel=0.01)
    assert detectable_at(noise, cases=1, trials=1.0, alpha=0.05) is None
    assert power_at(noise, 0.5, cases=1, trials=1.0, alpha=0.05) == 0.0
