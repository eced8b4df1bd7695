"""A mean and the interval it lies in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from assay_server.engines.stats.sample import Floats, Sample, is_binary

LEVEL = 0.95
"""Confidence level of every interval."""

Interval = tuple[float, float]
"""Lower and upper bound, in the unit of the values."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of `n` values; `interval` is None where the data cannot give one, `method` says how it was made.

    Methods: `t`, `wilson` (0/1 values), `constant` (all values equal), `none` (fewer than two cases).
    """

    mean: float | None
    interval: Interval | None
    n: int
    method: str


def mean(values: Floats) -> float:
    """Correctly rounded sum over n, the same bits for any order of the values; ValueError when empty."""
    if not len(values):
        raise ValueError("a mean needs at least one value")
    return math.fsum(values) / len(values)


def estimate_mean(sample: Sample, *, bounds: Interval | None = None, level: float = LEVEL) -> Estimate:
    """Mean over all rows, with an interval that treats rows of one case as one cluster.

    `bounds` are the limits values cannot leave (0 and 1 for scores); they make an interval possible when all
    values are equal and keep it within what can occur.
    """
    n = len(sample.values)
    if n == 0:
        return Estimate(None, None, 0, "none")
    centre = mean(sample.values)
    clusters = len(np.unique(sample.cases))
    if is_binary(sample.values):
        return Estimate(centre, wilson(centre, _effective_n(sample, clusters), level=level), n, "wilson")
    if clusters < 2:
        return Estimate(centre, None, n, "none")
    if np.ptp(sample.values) == 0.0:
        return Estimate(
            centre, constant_interval(centre, clusters, bounds=bounds, level=level), n, "constant"
        )
    half = t_quantile(level, clusters - 1) * _standard_error(sample, clusters)
    return Estimate(centre, clip((centre - half, centre + half), bounds), n, "t")


def wilson(share: float, n: float, *, level: float = LEVEL) -> Interval:
    """Score interval of a proportion (Wilson 1927); `n` may be an effective, fractional sample size."""
    z = z_quantile(level)
    scale = 1.0 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # The bound at a share of exactly 0 or 1 is exact in theory and off by a rounding error in floats.
    return (
        0.0 if share == 0.0 else max(0.0, centre - half),
        1.0 if share == 1.0 else min(1.0, centre + half),
    )


def constant_interval(
    value: float, n: int, *, bounds: Interval | None, level: float = LEVEL
) -> Interval | None:
    """Interval for the mean when `n` cases all gave `value`.

    No spread was seen, which is not the same as no spread. With bounds: cases we did not see may be a share
    of up to `1 - (alpha/2)**(1/n)` (Clopper-Pearson) and lie at either bound. Without bounds: the sign-test
    interval of the median, which is the value itself once n is large enough to reach the level (6 at 95 %).
    """
    alpha = 1.0 - level
    if bounds is not None:
        unseen = 1.0 - (alpha / 2) ** (1.0 / n)
        return value - unseen * (value - bounds[0]), value + unseen * (bounds[1] - value)
    return (value, value) if 2.0 * 0.5**n <= alpha else None


def clip(interval: Interval, bounds: Interval | None) -> Interval:
    """The part of an interval that lies within the bounds."""
    if bounds is None:
        return interval
    return max(interval[0], bounds[0]), min(interval[1], bounds[1])


def t_quantile(level: float, df: float) -> float:
    """Two-sided Student t quantile: `level` of the distribution lies within ± it."""
    return float(special.stdtrit(df, 0.5 + level / 2))


def z_quantile(level: float) -> float:
    """Two-sided normal quantile."""
    return float(special.ndtri(0.5 + level / 2))


def _standard_error(sample: Sample, clusters: int) -> float:
    """Cluster-robust standard error of the row mean; s/sqrt(n) when every case has one row."""
    residuals = sample.values - mean(sample.values)
    _, codes = np.unique(sample.cases, return_inverse=True)
    sums = np.bincount(codes, weights=residuals, minlength=clusters)
    return math.sqrt(clusters / (clusters - 1) * float(sums @ sums)) / len(sample.values)


def _effective_n(sample: Sample, clusters: int) -> float:
    """Rows divided by the design effect of trials (Kish 1965), between the number of cases and of rows."""
    n = len(sample.values)
    share = mean(sample.values)
    if clusters == n or clusters < 2 or share in (0.0, 1.0):
        return clusters
    error = _standard_error(sample, clusters)
    return n if error == 0.0 else min(float(n), max(float(clusters), share * (1 - share) / error**2))
