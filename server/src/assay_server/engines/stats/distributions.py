"""Quantiles and tail areas, from scipy, which is imported at the first call: a server start does not wait for it."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from assay_server.engines.stats.sample import Codes, Floats


@cache
def _special() -> ModuleType:
    from scipy import special

    return special


def z_quantile(level: float) -> float:
    """Two-sided normal quantile: `level` of the distribution lies within ± it."""
    return float(_special().ndtri(0.5 + level / 2))


def t_quantile(level: float, df: float) -> float:
    """Two-sided Student t quantile."""
    return float(_special().stdtrit(df, 0.5 + level / 2))


def z_tail(z: float) -> float:
    """Normal probability above z."""
    return float(_special().ndtr(-z))


def z_edge(chance: float) -> float:
    """Where the normal distribution has this probability below."""
    return float(_special().ndtri(chance))


def t_tail(t: float, df: float) -> float:
    """Student t probability above t."""
    return float(_special().stdtr(df, -t))


def t_power(df: float, shift: float, alpha: float) -> float:
    """Chance that a two-sided t test at `alpha` rejects when its statistic is centred at `shift` (noncentral t)."""
    edge, nctdtr = t_quantile(1.0 - alpha, df), _special().nctdtr
    if abs(shift) > 37.0:
        return 1.0
    # scipy answers nan for some areas below 1e-20.
    within, beyond = (float(np.nan_to_num(nctdtr(df, abs(shift), t))) for t in (edge, -edge))
    return 1.0 - within + beyond


def binomial_tail(most: ArrayLike, n: ArrayLike, p: ArrayLike) -> Any:
    """Probability of at most `most` of `n`, element by element; 0 where `most` is negative."""
    most = np.asarray(most, dtype=np.float64)
    return np.where(most < 0, 0.0, _special().bdtr(np.maximum(most, 0.0), n, p))


def binomial_mass(count: ArrayLike, n: ArrayLike, p: ArrayLike) -> Any:
    """Probability of exactly `count` of `n`, element by element."""
    return binomial_tail(count, n, p) - binomial_tail(np.asarray(count) - 1, n, p)


def mid_p(fewer: ArrayLike, n: ArrayLike) -> Any:
    """Two-sided mid-p of `fewer` (the smaller count) of `n` at even odds (Lancaster 1961); 1 where n is 0."""
    fewer, n = np.asarray(fewer), np.asarray(n)
    two_sided = 2.0 * binomial_tail(fewer, n, 0.5) - binomial_mass(fewer, n, 0.5)
    return np.where(2 * fewer >= n, 1.0, np.minimum(1.0, two_sided))


def mid_p_edges(n: Codes, alpha: float) -> Floats:
    """For each n the largest smaller count whose `mid_p` is at most alpha; -1 where none is."""
    guess = np.floor(n / 2.0 - z_quantile(1.0 - alpha) * np.sqrt(n) / 2.0) + 2.0
    guess = np.minimum(guess, np.floor((n - 1) / 2.0))
    for _ in range(6):  # the normal guess is at most a few counts too high
        guess = np.where((guess >= 0) & (mid_p(np.maximum(guess, 0.0), n) > alpha), guess - 1.0, guess)
    return guess


def fisher_exact(won: int, n: int, base_won: int, m: int) -> float:
    """Two-sided p of `won` in n against `base_won` in m: the chance, its margins given, of a table as unlikely as this.

    As long as the smallest margin: meant for tables with a small one (Freeman & Halton 1951).
    """
    hits, total = won + base_won, n + m
    counts = np.arange(max(0, hits - m), min(hits, n) + 1, dtype=np.float64)
    chances = np.exp(
        _log_choose(hits, counts) + _log_choose(total - hits, n - counts) - _log_choose(total, n)
    )
    seen = chances[won - int(counts[0])]
    return min(1.0, float(chances[chances <= seen * (1 + 1e-7)].sum()))


def _log_choose(n: float, k: ArrayLike) -> Any:
    """log C(n, k), element by element."""
    gammaln, k = _special().gammaln, np.asarray(k, dtype=np.float64)
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
