"""What a run of this size and spread could have shown."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from assay_server.engines.stats.sample import Floats

POWER = 0.8
"""Chance with which the smallest detectable difference would be declared."""


def detectable_paired(differences: Floats, *, alpha: float, power: float = POWER) -> float | None:
    """Smallest true difference a paired t test at `alpha` would declare with `power`; None without spread."""
    n = len(differences)
    if n < 2 or np.ptp(differences) == 0.0:
        return None
    error = float(differences.std(ddof=1)) / math.sqrt(n)
    return _quantile_sum(n - 1, alpha, power) * error


def detectable_mcnemar(changed: int, n: int, *, alpha: float, power: float = POWER) -> float | None:
    """The same for the exact test on 0/1 cases, given how many of `n` changed.

    At least `ceil(1 + log2(1/alpha))` cases must change, all one way, before the exact test can reject at
    all; None when there are fewer cases than that.
    """
    fewest = math.ceil(1 + math.log2(1 / alpha))
    if fewest > n:
        return None
    z = float(special.ndtri(1 - alpha / 2) + special.ndtri(power))
    return min(1.0, max(fewest / n, z * math.sqrt(changed) / n))


def detectable_unpaired(
    candidate: Floats, baseline: Floats, *, alpha: float, power: float = POWER
) -> float | None:
    """The same for two independent groups (Welch)."""
    n, m = len(candidate), len(baseline)
    if n < 2 or m < 2:
        return None
    left, right = float(candidate.var(ddof=1)) / n, float(baseline.var(ddof=1)) / m
    if left + right == 0.0:
        return None
    df = (left + right) ** 2 / (left**2 / (n - 1) + right**2 / (m - 1))
    return _quantile_sum(df, alpha, power) * math.sqrt(left + right)


def _quantile_sum(df: float, alpha: float, power: float) -> float:
    return float(special.stdtrit(df, 1 - alpha / 2) + special.stdtrit(df, power))
