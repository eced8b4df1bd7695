"""A mean and the interval it lies in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay_server.engines.stats.bootstrap import bootstrap
from assay_server.engines.stats.distributions import t_quantile, z_quantile
from assay_server.engines.stats.moments import Interval, Moments, mean, moments
from assay_server.engines.stats.sample import Sample, count_distinct, is_binary

LEVEL = 0.95
"""Confidence level of every interval."""

Method = Literal["auto", "bca"]
"""How intervals of values other than pass and fail are made: by what suits the values, or all by the BCa bootstrap."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of `n` values; `interval` is None where the data cannot give one, `method` says how it was made.

    `units` counts what is independent of each other: clusters where there are any, else cases.
    Methods: `wilson` (values with bounds), `t` (without), `bca` (on request), `constant` (all values equal), `none`
    (fewer than two units).
    """

    mean: float | None
    interval: Interval | None
    n: int
    units: int
    method: str


NOTHING = Estimate(None, None, 0, 0, "none")
"""The estimate of no values."""


def estimate_mean(
    sample: Sample, *, bounds: Interval | None = None, level: float = LEVEL, method: Method = "auto"
) -> Estimate:
    """Mean over all rows, with an interval that treats rows of one case, or of one cluster, as dependent.

    `bounds` are the limits values cannot leave (0 and 1 for scores); they make an interval possible when all
    values are equal and keep it within what can occur.
    """
    n = len(sample.values)
    if n == 0:
        return NOTHING
    centre = mean(sample.values)
    units = count_distinct(sample.units)
    binary = is_binary(sample.values)
    if binary and (units == n or centre in (0.0, 1.0)):
        return Estimate(centre, wilson(centre, units, level=level), n, units, "wilson")
    found = moments(sample.values, sample.units)
    if found is None:
        return Estimate(centre, None, n, units, "none")
    if np.ptp(sample.values) == 0.0:
        interval = constant_interval(centre, units, bounds=bounds, level=level)
        return Estimate(centre, interval, n, units, "constant")
    if method == "bca":
        interval = bootstrap(sample.values, sample.units).interval(level)
        return Estimate(centre, interval, n, units, "bca")
    if binary or bounds is not None:
        interval = _within(found, bounds or (0.0, 1.0), level, binary=binary)
        return Estimate(centre, interval, n, units, "wilson")
    return Estimate(centre, found.interval(level), n, units, "t")


def wilson(share: float, n: float, *, level: float = LEVEL, quantile: float | None = None) -> Interval:
    """Score interval of a proportion (Wilson 1927); `n` may be an effective, fractional sample size.

    `quantile` replaces the normal one where the error behind `n` was itself estimated.
    """
    z = z_quantile(level) if quantile is None else quantile
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


def _within(found: Moments, bounds: Interval, level: float, *, binary: bool) -> Interval:
    """Wilson's interval at the sample size whose proportion would have this error (Kish 1965).

    A value between the bounds has at most the variance of a proportion with the same mean. The quantile is
    Student's, for the degrees of freedom of the error (Korn & Graubard 1998).
    """
    low, width = bounds[0], bounds[1] - bounds[0]
    share = min(1.0, max(0.0, (found.mean - low) / width))
    n = found.n if found.error == 0.0 else share * (1 - share) / (found.error / width) ** 2
    # Trials of pass and fail that alternate more evenly than chance are luck, not information.
    n = max(float(found.units), min(float(found.n), n) if binary else n)
    near, far = wilson(share, n, level=level, quantile=t_quantile(level, found.df))
    return low + width * near, low + width * far
