"""One score of one run against the same score of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay_server.engines.stats.estimate import LEVEL, Interval
from assay_server.engines.stats.paired import Difference, mcnemar, paired_difference
from assay_server.engines.stats.power import detectable_mcnemar, detectable_paired, detectable_unpaired
from assay_server.engines.stats.sample import Floats, Sample, case_means, is_binary, matched
from assay_server.engines.stats.unpaired import two_shares, welch

MIN_MATCHED = 0.5
"""Share of the smaller run's cases that must match before cases are compared in pairs."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Candidate against baseline for one score.

    `pairs` counts matched cases that both scored; `higher`, `lower`, `unchanged` split them by the sign of
    the difference, whatever direction is good. `p` is not yet corrected for other scores.
    """

    diff: float | None
    interval: Interval | None
    p: float | None
    method: str
    detectable: float | None
    pairs: int
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
) -> Contrast:
    """Average trials within their case, pair the cases, and test the difference.

    Falls back to two independent groups when less than half of the smaller run's cases match. `alpha` is the
    level `detectable` is stated for: the caller divides it by the number of scores tested together.
    """
    ours, theirs = case_means(candidate), case_means(baseline)
    left, right = matched(ours, theirs)
    if not len(ours.values) or not len(theirs.values):
        return _contrast(Difference(None, None, None, "none"), None, left, right)
    if len(left) and len(left) >= MIN_MATCHED * min(len(ours.values), len(theirs.values)):
        return _in_pairs(left, right, bounds, level, alpha)
    return _in_groups(ours.values, theirs.values, left, right, bounds=bounds, level=level, alpha=alpha)


def _in_pairs(left: Floats, right: Floats, bounds: Interval | None, level: float, alpha: float) -> Contrast:
    if is_binary(left, right):
        changed = int(np.count_nonzero(left != right))
        detectable = detectable_mcnemar(changed, len(left), alpha=alpha)
        return _contrast(mcnemar(left, right, level=level), detectable, left, right)
    difference = paired_difference(left, right, bounds=bounds, level=level)
    detectable = None if difference.method == "sign" else detectable_paired(left - right, alpha=alpha)
    return _contrast(difference, detectable, left, right)


def _in_groups(
    ours: Floats,
    theirs: Floats,
    left: Floats,
    right: Floats,
    *,
    bounds: Interval | None,
    level: float,
    alpha: float,
) -> Contrast:
    binary = is_binary(ours, theirs)
    difference = (
        two_shares(ours, theirs, level=level) if binary else welch(ours, theirs, bounds=bounds, level=level)
    )
    return _contrast(difference, detectable_unpaired(ours, theirs, alpha=alpha), left, right)


def _contrast(difference: Difference, detectable: float | None, left: Floats, right: Floats) -> Contrast:
    higher, lower = int(np.count_nonzero(left > right)), int(np.count_nonzero(left < right))
    return Contrast(
        diff=difference.diff,
        interval=difference.interval,
        p=difference.p,
        method=difference.method,
        detectable=detectable,
        pairs=len(left),
        higher=higher,
        lower=lower,
        unchanged=len(left) - higher - lower,
    )
