"""One score of one run against the same score of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay_server.engines.stats.effect import grouped_effect, paired_effect, share_effect
from assay_server.engines.stats.estimate import LEVEL, Method
from assay_server.engines.stats.moments import Interval
from assay_server.engines.stats.paired import Difference, mcnemar, paired_difference
from assay_server.engines.stats.power import detectable_by_mcnemar, detectable_by_t
from assay_server.engines.stats.sample import Pairs, Sample, case_means, count_distinct, is_binary, matched
from assay_server.engines.stats.unpaired import two_shares, welch

MIN_MATCHED = 0.5
"""Share of the smaller run's cases that must match before cases are compared in pairs."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Candidate against baseline for one score.

    `pairs` counts matched cases that both scored; `higher`, `lower`, `unchanged` split them by the sign of
    the difference, whatever direction is good. `units` counts what is independent. `p` is not yet corrected
    for other scores. `effect` is standardised: Cohen's h for 0/1 values, d_z for pairs, d for groups.
    `detectable` is the smallest true difference such a run declares four times in five.
    """

    diff: float | None
    interval: Interval | None
    p: float | None
    method: str
    effect: float | None
    detectable: float | None
    paired: bool
    pairs: int
    units: int
    higher: int
    lower: int
    unchanged: int


def compare_samples(
    candidate: Sample,
    baseline: Sample,
    *,
    bounds: Interval | None = None,
    level: float = LEVEL,
    alpha: float = 1.0 - LEVEL,
    method: Method = "auto",
) -> Contrast:
    """Average trials within their case, pair the cases, and test the difference.

    Falls back to two independent groups when less than half of the smaller run's cases match. `alpha` is the
    level `detectable` is stated for: the caller divides it by the number of scores tested together. `method` decides
    about everything but pass and fail without clusters.
    """
    ours, theirs = case_means(candidate), case_means(baseline)
    pairs = matched(ours, theirs)
    if not len(ours.values) or not len(theirs.values):
        return _contrast(Difference(None, None, None, "none"), pairs, paired=False)
    if len(pairs) and len(pairs) >= MIN_MATCHED * min(len(ours.values), len(theirs.values)):
        return _in_pairs(pairs, bounds=bounds, level=level, alpha=alpha, method=method)
    return _in_groups(ours, theirs, pairs, bounds=bounds, level=level, alpha=alpha, method=method)


def _in_pairs(
    pairs: Pairs, *, bounds: Interval | None, level: float, alpha: float, method: Method
) -> Contrast:
    binary = is_binary(pairs.candidate, pairs.baseline)
    if binary and _alone(pairs.clusters):
        changed = int(np.count_nonzero(pairs.candidate != pairs.baseline))
        difference = mcnemar(pairs, level=level)
        detectable = detectable_by_mcnemar(changed, len(pairs), alpha=alpha)
    else:
        difference = paired_difference(pairs, bounds=bounds, level=level, method=method)
        detectable = detectable_by_t(difference.error, difference.df, alpha=alpha)
    effect = share_effect(pairs.candidate, pairs.baseline) if binary else paired_effect(pairs)
    return _contrast(difference, pairs, paired=True, effect=effect, detectable=detectable)


def _in_groups(
    ours: Sample,
    theirs: Sample,
    pairs: Pairs,
    *,
    bounds: Interval | None,
    level: float,
    alpha: float,
    method: Method,
) -> Contrast:
    binary = is_binary(ours.values, theirs.values)
    effect = (share_effect if binary else grouped_effect)(ours.values, theirs.values)
    if binary and _alone(ours.clusters) and _alone(theirs.clusters):
        difference = two_shares(ours.values, theirs.values, level=level)
    else:
        difference = welch(ours, theirs, bounds=bounds, level=level, method=method)
    # A test against the normal distribution is one with so many degrees of freedom that they do not matter.
    detectable = detectable_by_t(difference.error, difference.df or 1e6, alpha=alpha)
    return _contrast(difference, pairs, paired=False, effect=effect, detectable=detectable)


def _alone(clusters: np.ndarray | None) -> bool:
    """True when every case is a cluster of its own."""
    return clusters is None or count_distinct(clusters) == len(clusters)


def _contrast(
    difference: Difference,
    pairs: Pairs,
    *,
    paired: bool,
    effect: float | None = None,
    detectable: float | None = None,
) -> Contrast:
    higher = int(np.count_nonzero(pairs.candidate > pairs.baseline))
    lower = int(np.count_nonzero(pairs.candidate < pairs.baseline))
    return Contrast(
        diff=difference.diff,
        interval=difference.interval,
        p=difference.p,
        method=difference.method,
        effect=effect,
        detectable=detectable,
        paired=paired,
        pairs=len(pairs),
        units=difference.units,
        higher=higher,
        lower=lower,
        unchanged=len(pairs) - higher - lower,
    )
