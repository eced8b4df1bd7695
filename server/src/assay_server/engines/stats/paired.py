"""The difference between two runs of the same cases."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
from assay_server.engines.stats.sample import Floats


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus baseline; `interval` and `p` (two-sided) are None where the data cannot say."""

    diff: float | None
    interval: Interval | None
    p: float | None
    method: str


def paired_difference(
    candidate: Floats, baseline: Floats, *, bounds: Interval | None = None, level: float = LEVEL
) -> Difference:
    """Student t on the differences of matched cases; the exact sign test when all differences are equal."""
    n = len(candidate)
    diff = mean(candidate) - mean(baseline)
    if n < 2:
        return Difference(diff, None, None, "none")
    differences = candidate - baseline
    reach = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    # Rounding of the inputs leaves dust (0.3 - 0.2 is not 0.1); dust is no evidence of spread.
    if np.ptp(differences) <= 1e-12 * max(1.0, float(np.abs(differences).max())):
        p = 1.0 if diff == 0.0 else min(1.0, 2.0 * 0.5**n)
        return Difference(diff, constant_interval(diff, n, bounds=reach, level=level), p, "sign")
    error = float(differences.std(ddof=1)) / math.sqrt(n)
    half = t_quantile(level, n - 1) * error
    p = 2.0 * float(special.stdtr(n - 1, -abs(diff) / error))
    return Difference(diff, clip((diff - half, diff + half), reach), p, "t")


def mcnemar(candidate: Floats, baseline: Floats, *, level: float = LEVEL) -> Difference:
    """Matched 0/1 cases: exact McNemar test (1947) with the hybrid score interval (Newcombe 1998b)."""
    n = len(candidate)
    won = int(np.count_nonzero(candidate > baseline))
    lost = int(np.count_nonzero(candidate < baseline))
    both = int(np.count_nonzero((candidate == 1.0) & (baseline == 1.0)))
    p = exact_sign(won, lost)
    return Difference((won - lost) / n, _newcombe_paired(both, won, lost, n, level), p, "mcnemar")


def exact_sign(won: int, lost: int) -> float:
    """Two-sided binomial p of `won` against `lost` at even odds; 1 when nothing changed."""
    changed = won + lost
    return 1.0 if changed == 0 else min(1.0, 2.0 * float(special.bdtr(min(won, lost), changed, 0.5)))


def _newcombe_paired(both: int, won: int, lost: int, n: int, level: float) -> Interval:
    share, base = (both + won) / n, (both + lost) / n
    neither = n - both - won - lost
    low, high = wilson(share, n, level=level)
    base_low, base_high = wilson(base, n, level=level)
    scale = math.sqrt((both + won) * (lost + neither) * (both + lost) * (won + neither))
    excess = both * neither - won * lost
    # Newcombe's method 10 shrinks a positive correlation by the continuity correction n/2.
    phi = 0.0 if scale == 0.0 else (max(excess - n / 2, 0.0) if excess > 0 else excess) / scale
    below, above = share - low, high - share
    base_below, base_above = base - base_low, base_high - base
    diff = (won - lost) / n
    return (
        max(-1.0, diff - math.sqrt(below**2 - 2 * phi * below * base_above + base_above**2)),
        min(1.0, diff + math.sqrt(above**2 - 2 * phi * above * base_below + base_below**2)),
    )
