"""What a run of some size and spread can show: the chance of a verdict, the smallest difference to hope for."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from assay_server.engines.stats.distributions import (
    binomial_mass,
    binomial_tail,
    mid_p_edges,
    t_power,
    z_edge,
    z_quantile,
    z_tail,
)
from assay_server.engines.stats.sample import Codes, Floats

POWER = 0.8
"""Chance with which the smallest detectable difference would be declared."""

_MOST_CASES = 10_000_000
_MANY_CHANGES = 1000


def power_of_t(difference: float, error: float, df: float, *, alpha: float) -> float:
    """Chance that a t test at `alpha` rejects when the true difference is this (noncentral t); the sign is ignored."""
    if error == 0.0:
        return float(difference != 0.0)
    return t_power(df, abs(difference) / error, alpha)


def power_of_mcnemar(difference: float, changed: float, n: int, *, alpha: float) -> float:
    """The same for the mid-p McNemar test of `n` 0/1 cases, of which a share `changed` changes one way or the other.

    A difference d needs at least a share d of changes. Sums over how many cases change, each with the exact
    chance of a rejection; past a thousand expected changes their normal limit (Connor 1987) says the same.
    """
    difference = min(1.0, abs(difference))
    changed = min(1.0, max(changed, difference))
    if changed == 0.0:
        return 0.0
    if n * changed > _MANY_CHANGES:
        spread = math.sqrt(max(n * (changed - difference**2), 1e-12))
        return z_tail((z_quantile(1.0 - alpha) * math.sqrt(n * changed) - n * difference) / spread)
    counts, edges, mass = _changes(n, changed, alpha)
    up = (changed + difference) / (2 * changed)
    # P(at least n - edge ups) is P(at most edge downs).
    rejects = binomial_tail(edges, counts, up) + binomial_tail(edges, counts, 1 - up)
    return float(np.sum(mass * np.where(edges < 0, 0.0, rejects)))


def detectable_by_t(
    error: float | None, df: float | None, *, alpha: float, power: float = POWER
) -> float | None:
    """Smallest true difference a t test would declare with `power`; None where the error is not known."""
    if not error or not df:
        return None
    # Two digits of the degrees of freedom decide three of the shift, and let few searches serve many scores.
    return error * _needed_shift(float(f"{df:.2g}") if df > 10.0 else round(df, 1), alpha, power)


def detectable_by_mcnemar(changed: int, n: int, *, alpha: float, power: float = POWER) -> float | None:
    """The same for 0/1 cases, `changed` of n differing; None when n cases cannot show even a change of all."""

    def enough(size: float) -> bool:
        return power_of_mcnemar(size, changed / n, n, alpha=alpha) >= power

    if not enough(1.0):
        return None
    return min(1.0, _bisect(enough, _least_shift(alpha, power) * math.sqrt(max(changed, 1)) / n))


def cases_needed(power_at: Callable[[int], float], *, power: float = POWER) -> int | None:
    """Fewest cases at which `power_at(cases)` reaches `power`; None when ten million do not."""
    most = 2
    while power_at(most) < power:
        most *= 2
        if most > _MOST_CASES:
            return None
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if power_at(middle) >= power else (middle, most)
    return most


@lru_cache(maxsize=256)
def _changes(n: int, share: float, alpha: float) -> tuple[Codes, Floats, Floats]:
    """How many of n cases may change, at most how many of them the other way for p <= alpha, and how likely that is.

    Counts that are out of the question, past six standard deviations, are left out.
    """
    centre, reach = n * share, 6.0 * math.sqrt(n * share * (1 - share)) + 6.0
    counts = np.arange(max(1, math.floor(centre - reach)), min(n, math.ceil(centre + reach)) + 1)
    return counts, mid_p_edges(counts, alpha), binomial_mass(counts, n, share)


@lru_cache(maxsize=1024)
def _needed_shift(df: float, alpha: float, power: float) -> float:
    """The difference a t test declares with `power`, in standard errors."""
    return _bisect(lambda shift: t_power(df, shift, alpha) >= power, _least_shift(alpha, power))


def _least_shift(alpha: float, power: float) -> float:
    """The shift a normal test needs, in standard errors: what every other test needs at least."""
    return z_quantile(1.0 - alpha) + z_edge(power)


def _bisect(enough: Callable[[float], bool], guess: float) -> float:
    """Smallest size that is enough, to three digits, searched from a guess up and down."""
    low = high = guess
    while not enough(high):
        low, high = high, 1.5 * high
    while low == high or enough(low):
        low, high = low / 1.5, low
        if low < 1e-9 * guess:
            return high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
