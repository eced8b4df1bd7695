"""The difference between two runs that share no cases."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from assay_server.engines.stats.estimate import (
    LEVEL,
    Interval,
    clip,
    constant_interval,
    mean,
    t_quantile,
    wilson,
)
from assay_server.engines.stats.paired import Difference
from assay_server.engines.stats.sample import Floats


def welch(
    candidate: Floats, baseline: Floats, *, bounds: Interval | None = None, level: float = LEVEL
) -> Difference:
    """Welch's t (1947) on two independent groups; without any spread, the exact permutation test."""
    n, m = len(candidate), len(baseline)
    centre, base = mean(candidate), mean(baseline)
    diff = centre - base
    if n < 2 or m < 2:
        return Difference(diff, None, None, "none")
    left, right = float(candidate.var(ddof=1)) / n, float(baseline.var(ddof=1)) / m
    if np.ptp(candidate) == 0.0 and np.ptp(baseline) == 0.0:
        p = 1.0 if diff == 0.0 else min(1.0, 2.0 / math.comb(n + m, n))
        ranges = [constant_interval(c, k, bounds=bounds, level=level) for c, k in ((centre, n), (base, m))]
        return Difference(diff, _square_and_add(centre, ranges[0], base, ranges[1]), p, "permutation")
    error = math.sqrt(left + right)
    df = (left + right) ** 2 / (left**2 / (n - 1) + right**2 / (m - 1))
    half = t_quantile(level, df) * error
    p = 2.0 * float(special.stdtr(df, -abs(diff) / error))
    reach = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    return Difference(diff, clip((diff - half, diff + half), reach), p, "welch")


def two_shares(candidate: Floats, baseline: Floats, *, level: float = LEVEL) -> Difference:
    """Independent 0/1 groups: pooled score test, hybrid score interval (Newcombe 1998a, method 10)."""
    n, m = len(candidate), len(baseline)
    share, base = mean(candidate), mean(baseline)
    pooled = (share * n + base * m) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    p = 1.0 if error == 0.0 else 2.0 * float(special.ndtr(-abs(share - base) / error))
    interval = _square_and_add(share, wilson(share, n, level=level), base, wilson(base, m, level=level))
    return Difference(share - base, interval, p, "newcombe")


def _square_and_add(
    centre: float, interval: Interval | None, base: float, base_interval: Interval | None
) -> Interval | None:
    """Interval of a difference from the intervals of its two sides."""
    if interval is None or base_interval is None:
        return None
    diff = centre - base
    return (
        diff - math.hypot(centre - interval[0], base_interval[1] - base),
        diff + math.hypot(interval[1] - centre, base - base_interval[0]),
    )
