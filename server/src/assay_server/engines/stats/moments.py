"""What is known about a mean: its error, how well that error is known, and how lopsided the data is.

Every interval and every p-value of a mean or a difference of means, paired or not, clustered or not, comes
from these four numbers. Sources of the formulas: docs/statistics.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assay_server.engines.stats.distributions import t_quantile, t_tail
from assay_server.engines.stats.sample import Codes, Floats, is_ascending

Interval = tuple[float, float]
"""Lower and upper bound, in the unit of the values."""


@dataclass(frozen=True, slots=True)
class Moments:
    """A mean (or difference of means) of `n` values.

    `units` counts what is independent: clusters, else values. `error` is the standard error, `df` its degrees
    of freedom, `skew` the standardised third cumulant of the mean (of one value, divided by √n).
    """

    mean: float
    error: float
    df: float
    skew: float
    n: int
    units: int

    def minus(self, other: Moments) -> Moments:
        """The difference to an independent mean (Welch 1947); one of the two must have spread."""
        ours, theirs = self.error**2, other.error**2
        error = math.sqrt(ours + theirs)
        df = (ours + theirs) ** 2 / (ours**2 / self.df + theirs**2 / other.df)
        skew = (self.skew * self.error**3 - other.skew * other.error**3) / error**3
        n, units = self.n + other.n, self.units + other.units
        return Moments(self.mean - other.mean, error, df, skew, n, units)

    def interval(self, level: float) -> Interval:
        """Student's t, each bound moved outward where the data is skewed and t would promise too much (Hall 1992)."""
        q = t_quantile(level, self.df)
        low, high = (self.mean - _unskewed(x, self.skew) * self.error for x in (q, -q))
        return min(low, self.mean - q * self.error), max(high, self.mean + q * self.error)

    def p(self) -> float:
        """Two-sided p of a true mean of zero: at most alpha exactly where the interval of 1 - alpha leaves zero out."""
        t = self.mean / self.error
        corrected = t + self.skew / 3 * t**2 + self.skew**2 / 27 * t**3 + self.skew / 6
        # A correction that turns the sign says that zero is well within reach.
        outer = 0.0 if corrected * t <= 0.0 else min(abs(t), abs(corrected))
        return min(1.0, 2.0 * t_tail(outer, self.df))


def moments(values: Floats, units: Codes | None = None) -> Moments | None:
    """Moments of the mean of all values; values of one unit may depend on each other.

    The error is cluster-robust and unbiased for independent values (CR2, Bell & McCaffrey 2002), with their
    degrees of freedom: s/√n and n − 1 when every value is a unit. None with fewer than two units.
    """
    n, centre = len(values), mean(values)
    if units is None or is_ascending(units):
        sums, sizes = values - centre, np.ones(n)
    else:
        _, codes = np.unique(units, return_inverse=True)
        sums = np.bincount(codes, weights=values - centre)
        sizes = np.bincount(codes).astype(np.float64)
    if len(sizes) < 2:
        return None
    error = math.sqrt(float(np.sum(sums**2 / (1.0 - sizes / n)))) / n
    shares = sizes**2 / (n - sizes)
    df = n**2 / float(np.sum(sizes**2) + np.sum(shares) ** 2 - np.sum(shares**2))
    skew = float(np.sum(sums**3)) / n**3 / error**3 if error else 0.0
    return Moments(centre, error, df, skew, n, len(sizes))


def mean(values: Floats) -> float:
    """Correctly rounded sum over n, the same bits for any order of the values; ValueError when empty."""
    if not len(values):
        raise ValueError("a mean needs at least one value")
    return math.fsum(values) / len(values)


def _unskewed(x: float, skew: float) -> float:
    """The t statistic whose skewness-corrected value is x: the inverse of the cubic in `Moments.p`."""
    c = skew / 3
    if abs(c) < 1e-9:
        return x
    return (math.cbrt(1.0 + 3.0 * c * (x - skew / 6)) - 1.0) / c
