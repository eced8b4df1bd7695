"""The difference between two runs of the same cases."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay_server.engines.stats.bootstrap import bootstrap
from assay_server.engines.stats.distributions import mid_p, z_quantile
from assay_server.engines.stats.estimate import LEVEL, Method, clip, constant_interval
from assay_server.engines.stats.moments import Interval, mean, moments
from assay_server.engines.stats.sample import Pairs


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus baseline; `interval` and `p` (two-sided) are None where the data cannot say.

    `error` is the standard error behind them and `df` its degrees of freedom, where there is one; `units`
    counts what is independent: clusters where there are any, else cases.
    """

    diff: float | None
    interval: Interval | None
    p: float | None
    method: str
    units: int = 0
    error: float | None = None
    df: float | None = None


def paired_difference(
    pairs: Pairs, *, bounds: Interval | None = None, level: float = LEVEL, method: Method = "auto"
) -> Difference:
    """The mean difference of matched cases; the exact sign test when all differences are equal."""
    diff = mean(pairs.candidate) - mean(pairs.baseline)
    differences = pairs.candidate - pairs.baseline
    found = moments(differences, pairs.clusters)
    if found is None:
        return Difference(diff, None, None, "none", 1)
    reach = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    # Rounding of the inputs leaves dust (0.3 - 0.2 is not 0.1); dust is no evidence of spread.
    dust = 1e-12 * max(1.0, float(np.abs(differences).max()))
    if np.ptp(differences) <= dust or found.error <= dust:
        p = 1.0 if diff == 0.0 else min(1.0, 2.0 * 0.5**found.units)
        interval = constant_interval(diff, found.units, bounds=reach, level=level)
        return Difference(diff, interval, p, "sign", found.units)
    spread = bootstrap(differences, pairs.clusters) if method == "bca" else found
    interval, name = clip(spread.interval(level), reach), "bca" if method == "bca" else "t"
    return Difference(diff, interval, spread.p(), name, found.units, found.error, found.df)


def mcnemar(pairs: Pairs, *, level: float = LEVEL) -> Difference:
    """Matched 0/1 cases: mid-p McNemar test (Fagerland et al. 2013) with the score interval of Tango 1998."""
    n = len(pairs)
    won = int(np.count_nonzero(pairs.candidate > pairs.baseline))
    lost = int(np.count_nonzero(pairs.candidate < pairs.baseline))
    p = float(mid_p(min(won, lost), won + lost))
    return Difference((won - lost) / n, tango(won, lost, n, level=level), p, "mcnemar", n)


def tango(won: int, lost: int, n: int, *, level: float = LEVEL) -> Interval:
    """Score interval of a paired difference of shares: what the score test of Tango 1998 does not reject."""
    z, diff = z_quantile(level), (won - lost) / n

    def rejected(delta: float) -> bool:
        return abs(_tango_z(won, lost, n, delta)) > z

    return _edge(rejected, diff, -1.0), _edge(rejected, diff, 1.0)


def _tango_z(won: int, lost: int, n: int, delta: float) -> float:
    b = (2 * n - won + lost) * delta - won - lost
    c = -lost * delta * (1 - delta)
    share = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    variance = n * (2 * share + delta * (1 - delta))
    gap = won - lost - n * delta
    if variance <= 1e-12:
        return 0.0 if abs(gap) <= 1e-9 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _edge(rejected: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where a test begins to reject between a point it accepts and the end of the scale, by bisection."""
    if not rejected(outside):
        return outside
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return inside
