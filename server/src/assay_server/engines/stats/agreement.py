"""Do people agree? Cohen's and Fleiss' kappa, Krippendorff's alpha, and how sure each of them is.

Answers to one question are a table of units × values: how often each value was given to each unit. Units are
what was judged; values are coded 0 … C − 1, in the order that ordinal and interval alpha read from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay_server.engines.stats.estimate import LEVEL
from assay_server.engines.stats.moments import Interval
from assay_server.engines.stats.sample import Codes, Floats

Metric = Literal["nominal", "ordinal", "interval"]

FEWEST_UNITS = 10
"""Units from which on an interval is given: a bootstrap of fewer repeats the few it has."""

RESAMPLES = 1_000
_SEED = 20_111
_CELLS = 4_000_000  # numbers a bootstrap holds at once: 32 MB


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient over `units`; 1 is perfect, 0 what chance gives. None where the answers do not vary."""

    value: float | None
    interval: Interval | None
    units: int


def tabulate(answers: Sequence[Sequence[int]], values: int) -> Floats:
    """The table of answers per unit, without units that fewer than two people answered: they say nothing."""
    table = np.zeros((len(answers), values))
    for at, unit in enumerate(answers):
        for code in unit:
            table[at, code] += 1.0
    return table[table.sum(axis=1) >= 2.0]


def percent_agreement(table: Floats) -> float | None:
    """Share of pairs of answers to the same unit that are equal, units counting alike; None without units."""
    return float(np.mean(_agreeing(table))) if len(table) else None


def cohen_kappa(first: Codes, second: Codes, values: int) -> Agreement:
    """Cohen's kappa (1960) of two people who both judged the same units."""
    joint = np.zeros((len(first), values * values))
    joint[np.arange(len(first)), first * values + second] = 1.0

    def kappas(weights: Floats) -> Floats:
        cells = (weights @ joint).reshape(-1, values, values) / weights.sum(axis=1)[:, None, None]
        seen = np.trace(cells, axis1=1, axis2=2)
        chance = np.sum(cells.sum(axis=2) * cells.sum(axis=1), axis=1)
        return _corrected(seen, chance)

    return _estimate(kappas, len(first), values * values)


def fleiss_kappa(table: Floats) -> Agreement | None:
    """Fleiss' kappa (1971); None unless every unit has the same number of answers."""
    if not len(table) or np.ptp(table.sum(axis=1)) != 0.0:
        return None
    agreeing, n = _agreeing(table), table.sum(axis=1)[0]

    def kappas(weights: Floats) -> Floats:
        units = weights.sum(axis=1)
        shares = (weights @ table) / (units * n)[:, None]
        return _corrected(weights @ agreeing / units, np.sum(shares**2, axis=1))

    return _estimate(kappas, len(table), table.shape[1])


def krippendorff_alpha(table: Floats, metric: Metric, values: Floats | None = None) -> Agreement:
    """Krippendorff's alpha (2011) for any number of people, missing answers included.

    `values` are the numbers the columns stand for, ascending; interval alpha reads them (0, 1, 2 … unless told).
    """
    sizes, count = table.sum(axis=1), table.shape[1]
    numbers = np.arange(count, dtype=np.float64) if values is None else values
    if metric == "ordinal":
        pairs = (table[:, :, None] * table[:, None, :]).reshape(len(table), count * count)
        seen = pairs / (sizes - 1.0)[:, None]
    else:
        seen = (_spread(table, metric, numbers) / (sizes - 1.0))[:, None]

    def alphas(weights: Floats) -> Floats:
        totals = weights @ table
        n = totals.sum(axis=1)
        if metric == "ordinal":
            distances = _rank_distances(totals)
            disagreement = np.sum((weights @ seen) * distances.reshape(len(weights), -1), axis=1)
            chance = np.einsum("bc,bck,bk->b", totals, distances, totals)
        else:
            disagreement = (weights @ seen)[:, 0]
            chance = _spread(totals, metric, numbers)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(chance > 1e-12, 1.0 - disagreement * (n - 1.0) / chance, np.nan)

    return _estimate(alphas, len(table), max(count * count, len(table)))


def _agreeing(table: Floats) -> Floats:
    sizes = table.sum(axis=1)
    return np.sum(table * (table - 1.0), axis=1) / (sizes * (sizes - 1.0))


def _corrected(seen: Floats, chance: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1.0 - 1e-12, (seen - chance) / (1.0 - chance), np.nan)


def _spread(table: Floats, metric: Metric, values: Floats) -> Floats:
    """Per row the squared distances between its answers, summed over ordered pairs."""
    sizes = table.sum(axis=1)
    if metric == "nominal":
        return sizes**2 - np.sum(table**2, axis=1)
    return 2.0 * (sizes * (table @ values**2) - (table @ values) ** 2)


def _rank_distances(totals: Floats) -> Floats:
    """Ordinal distances for each resample: all answers between two values, and half of those at either end."""
    middle = np.cumsum(totals, axis=1) - totals / 2.0
    return (middle[:, :, None] - middle[:, None, :]) ** 2


def _estimate(statistic: Callable[[Floats], Floats], units: int, width: int) -> Agreement:
    """The statistic with all units once, and its percentile interval over resampled units (Efron 1979).

    Resamples in which the statistic does not exist (all answers equal) are left out; an interval needs most
    of them, and some that differ: people who always agreed show no spread, which is not the same as certainty.
    The seed is fixed: the same answers give the same interval.
    """
    if units == 0:
        return Agreement(None, None, 0)
    value = float(statistic(np.ones((1, units)))[0])
    if np.isnan(value):
        return Agreement(None, None, units)
    if units < FEWEST_UNITS:
        return Agreement(value, None, units)
    random = np.random.default_rng(_SEED)
    step = max(1, min(RESAMPLES, _CELLS // max(units, width)))
    drawn: list[Floats] = []
    for start in range(0, RESAMPLES, step):
        size = min(step, RESAMPLES - start)
        drawn.append(statistic(random.multinomial(units, [1.0 / units] * units, size).astype(np.float64)))
    found = np.concatenate(drawn)
    found = found[~np.isnan(found)]
    if len(found) < RESAMPLES * 0.9 or np.ptp(found) == 0.0:
        return Agreement(value, None, units)
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(found, (tail, 1.0 - tail))
    return Agreement(value, (float(low), float(high)), units)
