"""The BCa bootstrap of a mean or a difference of means: for who asks for it, in place of the corrected t.

Whole units are drawn again, so values of one unit may depend on each other. Draws are balanced (Davison, Hinkley &
Schechtman 1986) and seeded, and the data is sorted first: the same values give the same bits, in whatever order they
come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay_server.engines.stats.distributions import z_edge, z_tail
from assay_server.engines.stats.moments import Interval, mean
from assay_server.engines.stats.sample import Codes, Floats, Sample, is_ascending

SEED = 1987
DRAWS = 9999
"""Samples drawn, fewer where there are so many units that `MOST_VALUES` would be passed."""

FEWEST_DRAWS = 999
MOST_VALUES = 20_000_000
_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Means of samples drawn from the data, ascending, with Efron's two corrections (1987).

    `bias` is the normal quantile of the share of draws below the mean, `acceleration` how the error grows with it.
    """

    draws: Floats
    bias: float
    acceleration: float

    def interval(self, level: float) -> Interval:
        """Bias-corrected and accelerated interval."""
        low, high = (self._bound(z_edge(share)) for share in ((1.0 - level) / 2, (1.0 + level) / 2))
        return low, high

    def _bound(self, edge: float) -> float:
        z = self.bias + edge
        return float(np.quantile(self.draws, z_tail(-self.bias - z / max(1e-9, 1.0 - self.acceleration * z))))

    def p(self) -> float:
        """Two-sided p of a true mean of zero: one minus the level at which the interval reaches zero."""
        w = _quantile_of(self.draws, 0.0) - self.bias
        z = w / max(1e-9, 1.0 + self.acceleration * w) - self.bias
        return min(1.0, 2.0 * z_tail(abs(z)))


def bootstrap(values: Floats, units: Codes | None = None) -> Bootstrap:
    """Bootstrap of the mean of all values; `units` as in `moments`. At least two units, not all equal."""
    group = _Group.of(values, units)
    return _corrected(group.centre, group.resampled(np.random.default_rng(SEED)), group.influence)


def bootstrap_between(candidate: Sample, baseline: Sample) -> Bootstrap:
    """Bootstrap of the difference of two independent means, one value per case."""
    ours, theirs = (_Group.of(side.values, side.clusters) for side in (candidate, baseline))
    rng = np.random.default_rng(SEED)
    draws = min(ours.count, theirs.count)
    means = ours.resampled(rng, draws) - theirs.resampled(rng, draws)
    return _corrected(ours.centre - theirs.centre, means, np.r_[ours.influence, -theirs.influence])


@dataclass(frozen=True, slots=True)
class _Group:
    """The units of a sample in a fixed order: how far each is from the mean in all, and how many values it has."""

    centre: float
    gaps: Floats
    sizes: NDArray[np.int64] | None

    @classmethod
    def of(cls, values: Floats, units: Codes | None) -> _Group:
        centre = mean(values)
        if units is None or is_ascending(units):
            return cls(centre, np.sort(values) - centre, None)
        # Summed in ascending order within each unit, so that the order of the rows leaves no dust.
        order = np.lexsort((values, units))
        first = np.flatnonzero(np.r_[True, units[order][1:] != units[order][:-1]])
        gaps, sizes = np.add.reduceat(values[order] - centre, first), np.diff(np.r_[first, len(values)])
        by_size = np.lexsort((sizes, gaps))
        return cls(centre, gaps[by_size], sizes[by_size])

    @property
    def influence(self) -> Floats:
        """What each unit adds to the mean."""
        return self.gaps / (len(self.gaps) if self.sizes is None else self.sizes.sum())

    @property
    def count(self) -> int:
        """How many samples are drawn."""
        return max(FEWEST_DRAWS, min(DRAWS, MOST_VALUES // len(self.gaps)))

    def resampled(self, rng: np.random.Generator, draws: int | None = None) -> Floats:
        """Means of samples of as many units."""
        units, left, means = len(self.gaps), draws or self.count, list[Floats]()
        while left > 0:
            size = min(left, max(1, _CHUNK // units))
            # Balanced: within a chunk every unit is drawn equally often, so that the draws centre where the data does.
            drawn = np.tile(np.arange(units), size)
            rng.shuffle(drawn)
            drawn = drawn.reshape(size, units)
            counts = units if self.sizes is None else self.sizes[drawn].sum(axis=1)
            means.append(self.centre + self.gaps[drawn].sum(axis=1) / counts)
            left -= size
        return np.concatenate(means)


def _corrected(centre: float, means: Floats, influence: Floats) -> Bootstrap:
    draws = np.sort(means)
    acceleration = float((influence**3).sum() / (6.0 * (influence**2).sum() ** 1.5))
    return Bootstrap(draws, _quantile_of(draws, centre), acceleration)


def _quantile_of(draws: Floats, value: float) -> float:
    """Normal quantile of the share of draws below a value, ties half; finite, since more draws might pass it."""
    below, up_to = np.searchsorted(draws, value, "left"), np.searchsorted(draws, value, "right")
    share = (below + up_to) / 2 / len(draws)
    edge = 1.0 / (len(draws) + 1)
    return z_edge(min(1.0 - edge, max(edge, share)))
