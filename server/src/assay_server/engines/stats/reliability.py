"""Does it work every time? Chances over several trials, where the noise comes from, and which cases waver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from assay.core.trials import chance_all_pass, chance_any_passes
from assay_server.engines.stats.estimate import Estimate, estimate_mean
from assay_server.engines.stats.sample import Codes, Floats, Sample

Label = Literal["stable_pass", "stable_fail", "flaky"]

FLIPS = 2
"""Changes between passing and failing from run to run that make a case flaky; one is a fix or a break."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Per case: how many trials were scored and how many of them passed; parallel arrays, ascending by case.

    `clusters` are those of the sample, None without.
    """

    cases: Codes
    trials: Codes
    passed: Codes
    clusters: Codes | None = None


def count_passes(sample: Sample, threshold: float) -> Counts:
    """Trials of each case that reached the threshold."""
    cases, first, codes = np.unique(sample.cases, return_index=True, return_inverse=True)
    clusters = None if sample.clusters is None else sample.clusters[first]
    passed = np.bincount(codes, weights=sample.values >= threshold, minlength=len(cases))
    trials = np.bincount(codes, minlength=len(cases))
    return Counts(cases, trials.astype(np.int64), passed.astype(np.int64), clusters)


@dataclass(frozen=True, slots=True)
class Chance:
    """Chances over k trials of a case, averaged over the cases that ran at least k times.

    `any_passes` is pass@k (Chen et al. 2021), `all_pass` is pass^k (Yao et al. 2024).
    """

    k: int
    any_passes: Estimate
    all_pass: Estimate


def chances(counts: Counts, ks: Sequence[int]) -> list[Chance]:
    """pass@k and pass^k for each k that some case has trials for; unbiased, with intervals over cases or clusters."""
    found: list[Chance] = []
    for k in ks:
        enough = counts.trials >= k
        if not enough.any():
            continue
        pairs = list(zip(counts.trials[enough].tolist(), counts.passed[enough].tolist(), strict=True))
        clusters = None if counts.clusters is None else counts.clusters[enough]
        values = (
            np.array([formula(n, passed, k) for n, passed in pairs])
            for formula in (chance_any_passes, chance_all_pass)
        )
        any_passes, all_pass = (
            estimate_mean(Sample(counts.cases[enough], column, clusters), bounds=(0.0, 1.0))
            for column in values
        )
        found.append(Chance(k, any_passes, all_pass))
    return found


@dataclass(frozen=True, slots=True)
class Variance:
    """Where the spread of a score comes from: differences between cases, chance of the model, chance of the judge.

    `within` is what repeating a case can average away: `sampling` and `judge` together. `judge` is None
    where no answer was judged twice, and `sampling` then includes it; both are None without trials.
    """

    case: float | None
    sampling: float | None
    judge: float | None
    within: float | None
    total: float


def split_variance(
    sample: Sample, judged: Floats | None = None, judge_variance: Floats | None = None
) -> Variance:
    """Variance components of a nested design (cases, trials, judgements) by the method of moments.

    `judged[i]` is how often value i was judged, `judge_variance[i]` the variance of those judgements (n − 1;
    ignored where judged once); the value itself is their mean. Negative components are reported as 0.
    """
    values = sample.values
    total = float(values.var(ddof=1)) if len(values) > 1 else 0.0
    _, codes, sizes = np.unique(sample.cases, return_inverse=True, return_counts=True)
    cases, n = len(sizes), len(values)
    if cases < 2 or n == cases:
        return Variance(None, None, _pooled(judged, judge_variance), None, total)
    means = np.bincount(codes, weights=values) / sizes
    within = float(np.sum((values - means[codes]) ** 2)) / (n - cases)
    # E[variance of case means] = case + within · mean(1/trials)
    case = max(0.0, float(means.var(ddof=1)) - within * float(np.mean(1.0 / sizes)))
    judge = _pooled(judged, judge_variance)
    if judge is None or judged is None:
        return Variance(case, within, None, within, total)
    shared = judge * float(np.mean(1.0 / judged))
    return Variance(case, max(0.0, within - shared), judge, within, total)


def _pooled(judged: Floats | None, judge_variance: Floats | None) -> float | None:
    if judged is None or judge_variance is None or not (judged > 1).any():
        return None
    twice = judged > 1
    weights = judged[twice] - 1
    return float(np.sum(weights * judge_variance[twice]) / np.sum(weights))


def label(history: Sequence[tuple[int, int]]) -> Label:
    """What a case is, from (trials, passed) of each run that scored it, oldest first; at least one run.

    Flaky: trials of one of the runs disagree, or the runs changed sides at least twice. One change is a fix
    or a break: the label is then what the newest run says.
    """
    sides = [passed == trials for trials, passed in history]
    mixed = any(0 < passed < trials for trials, passed in history)
    if mixed or sum(one != other for one, other in pairwise(sides)) >= FLIPS:
        return "flaky"
    return "stable_pass" if sides[-1] else "stable_fail"
