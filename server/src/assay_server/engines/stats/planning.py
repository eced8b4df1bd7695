"""Before a run: which differences it can show, and what more cases or more trials would buy.

Everything follows from the variance of a case's difference between two runs. It has two parts: how differently
the change acts on different cases, which only more cases average away, and the chance of each single answer,
which more trials average away too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay_server.engines.stats.moments import moments
from assay_server.engines.stats.power import (
    POWER,
    cases_needed,
    detectable_by_mcnemar,
    detectable_by_t,
    power_of_mcnemar,
    power_of_t,
)
from assay_server.engines.stats.reliability import split_variance
from assay_server.engines.stats.sample import Sample, case_means, is_binary, matched

Basis = Literal["pairs", "trials", "independent"]
"""Where the variance comes from. `pairs`: two stored runs of the same cases. `trials`: repeated trials of one run,
so that only chance is known and the change itself is assumed to act alike on all cases. `independent`: one run
without trials; the next is assumed to have nothing in common with it, which is the worst case."""

MIN_PAIRS = 5
"""Fewer matched cases than this tell too little about the variance of a difference."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Variance of the difference of one case between two runs.

    `steady` is the part that trials do not touch, `chance` the part of a single trial in each run (None: not
    known apart from `steady`, which then holds it), `trials` how many a case had. `changed` is the share of
    cases that change when all values are 0 or 1 and were tried once. Where cases come in clusters of `cluster_size` on
    average, `steady` is the variance that the mean of independent cases would need to be as uncertain.
    """

    basis: Basis
    steady: float
    chance: float | None
    cases: int
    trials: float
    changed: float | None = None
    cluster_size: float = 1.0

    def variance(self, trials: float) -> float:
        """Variance of a case's difference when each case is tried this often in both runs."""
        return self.steady + (self.chance or 0.0) / trials

    def df(self, cases: int) -> float:
        """Degrees of freedom of a run of this many cases: one less than it has clusters."""
        return max(1.0, cases / self.cluster_size - 1.0)


def measure_noise(sample: Sample, other: Sample | None = None) -> Noise | None:
    """What stored values say about a coming comparison; None when they say nothing (fewer than two cases or
    clusters).
    """
    means = case_means(sample)
    if len(means.values) < 2:
        return None
    trials = _trials(sample)
    within = split_variance(sample).within
    pairs = matched(means, case_means(other)) if other is not None else None
    if other is not None and pairs is not None and len(pairs) >= MIN_PAIRS:
        found = moments(pairs.candidate - pairs.baseline, pairs.clusters)
        if found is None:
            return None
        spread, size = found.n * found.error**2, found.n / found.units
        theirs = split_variance(other).within
        once = size == 1.0 and trials == _trials(other) == 1.0 and is_binary(pairs.candidate, pairs.baseline)
        changed = float(np.mean(pairs.candidate != pairs.baseline)) if once else None
        if within is None or theirs is None:
            return Noise("pairs", spread, None, len(pairs), min(trials, _trials(other)), changed, size)
        steady = max(0.0, spread - within / trials - theirs / _trials(other))
        return Noise("pairs", steady, within + theirs, len(pairs), trials, changed, size)
    cases = len(means.values)
    if within is not None:
        return Noise("trials", 0.0, 2.0 * within, cases, trials)
    found = moments(means.values, means.clusters)
    if found is None:
        return None
    spread = 2.0 * found.n * found.error**2
    return Noise("independent", spread, None, cases, trials, cluster_size=found.n / found.units)


def power_at(noise: Noise, difference: float, *, cases: int, trials: float, alpha: float) -> float:
    """Chance that a run of this size declares a true difference of this size."""
    if cases < 2:
        return 0.0
    if noise.changed is not None and trials == 1.0:
        return power_of_mcnemar(difference, noise.changed, cases, alpha=alpha)
    error = math.sqrt(noise.variance(trials) / cases)
    return power_of_t(difference, error, noise.df(cases), alpha=alpha)


def detectable_at(
    noise: Noise, *, cases: int, trials: float, alpha: float, power: float = POWER
) -> float | None:
    """Smallest difference a run of this size declares with `power`; None when nothing can be said."""
    if cases < 2:
        return None
    if noise.changed is not None and trials == 1.0:
        return detectable_by_mcnemar(round(noise.changed * cases), cases, alpha=alpha, power=power)
    return detectable_by_t(
        math.sqrt(noise.variance(trials) / cases), noise.df(cases), alpha=alpha, power=power
    )


def detectable_without_chance(
    noise: Noise, *, cases: int, alpha: float, power: float = POWER
) -> float | None:
    """What no number of trials gets below at this number of cases; None when the parts are not known apart."""
    if noise.chance is None or cases < 2:
        return None
    if noise.steady == 0.0:
        return 0.0
    return detectable_by_t(math.sqrt(noise.steady / cases), noise.df(cases), alpha=alpha, power=power)


def cases_for(
    noise: Noise, difference: float, *, trials: float, alpha: float, power: float = POWER
) -> int | None:
    """Fewest cases that show a difference of this size with `power`; None when ten million would not."""
    return cases_needed(
        lambda cases: power_at(noise, difference, cases=cases, trials=trials, alpha=alpha), power=power
    )


def _trials(sample: Sample) -> float:
    """Trials of a case: the harmonic mean, which is what the variance of case means depends on."""
    _, counts = np.unique(sample.cases, return_counts=True)
    return float(1.0 / np.mean(1.0 / counts))
