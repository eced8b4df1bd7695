"""Synthetic experiments with a known truth: what the simulations draw from.

Each world draws one run, or a run and its baseline, of `n` cases (or clusters) and says what is true. Parameters vary
from draw to draw where a fixed one would measure the discreteness of counts instead of the method.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from assay_server.engines.stats import Sample

Rng = np.random.Generator
Run = Callable[[Rng, int], tuple[Sample, float]]
"""A run of n cases and its true mean."""
PairOfRuns = Callable[[Rng, int, float], tuple[Sample, Sample, float]]
"""Candidate, baseline and true difference, for n cases and an effect (0: the same agent twice)."""


def passes(rng: Rng, chance: np.ndarray | float, n: int) -> np.ndarray:
    """Pass or fail, n times."""
    return (rng.random(n) < chance).astype(float)


# -- one run -----------------------------------------------------------------------------------------------


def binary(rng: Rng, n: int) -> tuple[Sample, float]:
    share = rng.uniform(0.1, 0.9)
    return Sample.independent(passes(rng, share, n)), share


def bounded(rng: Rng, n: int) -> tuple[Sample, float]:
    a, b = rng.uniform(0.8, 8, 2)
    return Sample.independent(rng.beta(a, b, n)), a / (a + b)


def near_the_top(rng: Rng, n: int) -> tuple[Sample, float]:
    return Sample.independent(rng.beta(8, 1, n)), 8 / 9


def three_steps(rng: Rng, n: int) -> tuple[Sample, float]:
    p = rng.dirichlet([3, 3, 6])
    return Sample.independent(rng.choice([0.0, 0.5, 1.0], n, p=p)), float(p[1] / 2 + p[2])


def exponential(rng: Rng, n: int) -> tuple[Sample, float]:
    return Sample.independent(rng.exponential(2.0, n)), 2.0


def lognormal(rng: Rng, n: int) -> tuple[Sample, float]:
    return Sample.independent(rng.lognormal(0.0, 0.5, n)), math.exp(0.125)


def pass_trials(rng: Rng, n: int) -> tuple[Sample, float]:
    """Three trials of each case, which is easy or hard."""
    a, b = rng.uniform(0.8, 4, 2)
    cases = np.repeat(np.arange(n), 3)
    return Sample(cases, passes(rng, rng.beta(a, b, n)[cases], 3 * n)), a / (a + b)


def graded_trials(rng: Rng, n: int) -> tuple[Sample, float]:
    """Two to five trials of each case, graded."""
    cases = np.repeat(np.arange(n), rng.integers(2, 6, n))
    level = rng.beta(4, 2, n)[cases]
    return Sample(cases, rng.beta(10 * level + 0.1, 10 * (1 - level) + 0.1)), _graded_mean()


def pass_clusters(rng: Rng, n: int) -> tuple[Sample, float]:
    """n clusters of one to six cases that are alike."""
    clusters = np.repeat(np.arange(n), rng.integers(1, 7, n))
    share, alike = rng.uniform(0.2, 0.8), rng.uniform(2, 8)
    chance = rng.beta(share * alike, (1 - share) * alike, n)[clusters]
    return Sample(np.arange(len(clusters)), passes(rng, chance, len(clusters)), clusters), share


def graded_clusters(rng: Rng, n: int) -> tuple[Sample, float]:
    clusters = np.repeat(np.arange(n), rng.integers(1, 7, n))
    level = rng.beta(4, 2, n)[clusters]
    values = rng.beta(10 * level + 0.1, 10 * (1 - level) + 0.1)
    return Sample(np.arange(len(clusters)), values, clusters), _graded_mean()


def skewed_clusters(rng: Rng, n: int) -> tuple[Sample, float]:
    clusters = np.repeat(np.arange(n), rng.integers(1, 7, n))
    values = np.exp(rng.normal(0, 0.3, n)[clusters] + rng.normal(0, 0.4, len(clusters)))
    return Sample(np.arange(len(clusters)), values, clusters), math.exp(0.125)


def _graded_mean() -> float:
    """Mean of (10·x + 0.1) / 10.2 for x from Beta(4, 2)."""
    return (10 * 4 / 6 + 0.1) / 10.2


# -- two runs ----------------------------------------------------------------------------------------------


def binary_pairs(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    """Each case has a chance of its own; the effect turns failures into passes."""
    chance = rng.beta(2, 1, n)
    ours = passes(rng, chance + effect * (1 - chance), n)
    return Sample.independent(ours), Sample.independent(passes(rng, chance, n)), effect / 3


def graded_pairs(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    level = rng.uniform(0.2, 0.6, n)
    ours, theirs = (level + shift + rng.uniform(-0.2, 0.2, n) for shift in (effect, 0.0))
    return Sample.independent(ours), Sample.independent(theirs), effect


def trial_pairs(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    """Three trials of each case in both runs."""
    cases = np.repeat(np.arange(n), 3)
    chance = rng.beta(2, 1, n)[cases]
    ours = passes(rng, chance + effect * (1 - chance), 3 * n)
    return Sample(cases, ours), Sample(cases, passes(rng, chance, 3 * n)), effect / 3


def cluster_pairs(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    """n clusters of one to six cases; the change acts alike within a cluster."""
    clusters = np.repeat(np.arange(n), rng.integers(1, 7, n))
    size = len(clusters)
    shift = effect + rng.normal(0, 0.1, n)[clusters]
    level = rng.normal(0, 0.3, size)
    ours = level + shift + rng.normal(0, 0.1, size)
    cases = np.arange(size)
    return Sample(cases, ours, clusters), Sample(cases, level + rng.normal(0, 0.1, size), clusters), effect


def latency_pairs(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    """Seconds: every case has its own, both runs multiply it by chance, the candidate also by 1 + effect."""
    level = rng.lognormal(0, 0.5, n)
    ours, theirs = (level * rng.lognormal(0, 0.3, n) for _ in range(2))
    return (
        Sample.independent(ours * (1 + effect)),
        Sample.independent(theirs),
        effect * math.exp(0.125 + 0.045),
    )


def binary_groups(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    """Different cases on both sides."""
    share = rng.uniform(0.2, 0.7)
    ours, theirs = passes(rng, share + effect, n), passes(rng, share, n)
    return Sample(np.arange(n), ours), Sample(np.arange(n, 2 * n), theirs), effect


def skewed_groups(rng: Rng, n: int, effect: float) -> tuple[Sample, Sample, float]:
    """Different cases, twice as many in the baseline."""
    ours, theirs = rng.lognormal(0, 0.5, n) * (1 + effect), rng.lognormal(0, 0.5, 2 * n)
    return Sample(np.arange(n), ours), Sample(np.arange(n, 3 * n), theirs), effect * math.exp(0.125)


RUNS: tuple[Run, ...] = (
    binary, bounded, near_the_top, three_steps, exponential, lognormal, pass_trials, graded_trials, pass_clusters,
    graded_clusters, skewed_clusters,
)  # fmt: skip
UNBOUNDED = frozenset({"exponential", "lognormal", "skewed_clusters", "latency_pairs", "skewed_groups"})
PAIRS: tuple[PairOfRuns, ...] = (
    binary_pairs, graded_pairs, trial_pairs, cluster_pairs, latency_pairs, binary_groups, skewed_groups,
)  # fmt: skip


def bounds_of(world: Run | PairOfRuns) -> tuple[float, float] | None:
    """What the product knows about the values of a world: scores lie between 0 and 1, metrics anywhere."""
    return None if world.__name__ in UNBOUNDED | {"cluster_pairs"} else (0.0, 1.0)
