"""The difference between two runs that share no cases."""

from __future__ import annotations

import math
from dataclasses import replace

from assay_server.engines.stats.bootstrap import bootstrap_between
from assay_server.engines.stats.distributions import fisher_exact, z_tail
from assay_server.engines.stats.estimate import LEVEL, Method, clip, constant_interval, wilson
from assay_server.engines.stats.moments import Interval, mean, moments
from assay_server.engines.stats.paired import Difference
from assay_server.engines.stats.sample import Floats, Sample

_ENOUGH = 5
"""Least expected count at which the pooled test is good (Cochran 1954)."""


def welch(
    candidate: Sample,
    baseline: Sample,
    *,
    bounds: Interval | None = None,
    level: float = LEVEL,
    method: Method = "auto",
) -> Difference:
    """Welch's t (1947) on two independent groups of case means; without any spread, the exact permutation test."""
    centre, base = mean(candidate.values), mean(baseline.values)
    ours, theirs = moments(candidate.values, candidate.clusters), moments(baseline.values, baseline.clusters)
    diff = centre - base
    if ours is None or theirs is None:
        return Difference(diff, None, None, "none")
    n, m = ours.units, theirs.units
    if ours.error == theirs.error == 0.0:
        p = 1.0 if diff == 0.0 else min(1.0, 2.0 / math.comb(n + m, n))
        ranges = [constant_interval(c, k, bounds=bounds, level=level) for c, k in ((centre, n), (base, m))]
        interval = _square_and_add(centre, ranges[0], base, ranges[1])
        return Difference(diff, interval, p, "permutation", n + m)
    found = ours.minus(theirs)
    reach = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    spread = bootstrap_between(candidate, baseline) if method == "bca" else found
    interval, name = clip(spread.interval(level), reach), "bca" if method == "bca" else "welch"
    return Difference(diff, interval, spread.p(), name, n + m, found.error, found.df)


def two_shares(candidate: Floats, baseline: Floats, *, level: float = LEVEL) -> Difference:
    """Independent 0/1 groups: pooled score test, hybrid score interval (Newcombe 1998a, method 10)."""
    return _pooled(mean(candidate), len(candidate), mean(baseline), len(baseline), level=level)


def counted_shares(won: int, n: int, base_won: int, m: int, *, level: float = LEVEL) -> Difference:
    """The same of `won` in n against `base_won` in m, both above 0; by Fisher's exact test where a count is small."""
    found = _pooled(won / n, n, base_won / m, m, level=level)
    hits = won + base_won
    if min(n, m) * min(hits, n + m - hits) >= _ENOUGH * (n + m):
        return found
    return replace(found, p=fisher_exact(won, n, base_won, m), method="fisher")


def _pooled(share: float, n: int, base: float, m: int, *, level: float) -> Difference:
    pooled = (share * n + base * m) / (n + m)
    null_error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    p = 1.0 if null_error == 0.0 else min(1.0, 2.0 * z_tail(abs(share - base) / null_error))
    interval = _square_and_add(share, wilson(share, n, level=level), base, wilson(base, m, level=level))
    return Difference(share - base, interval, p, "newcombe", n + m, null_error)


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
