"""Which of several systems people prefer, from judgements of two outputs at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay_server.engines.stats.estimate import wilson
from assay_server.engines.stats.moments import Interval
from assay_server.engines.stats.sample import Floats

_ROUNDS = 1_000
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Standing:
    """How one system did. `rate` is the share won with ties as half, its interval Wilson's (1927)."""

    wins: int
    losses: int
    ties: int
    rate: float | None
    interval: Interval | None


def standing(wins: int, losses: int, ties: int) -> Standing:
    """The standing after some judgements; no rate without any."""
    n = wins + losses + ties
    if n == 0:
        return Standing(wins, losses, ties, None, None)
    rate = (wins + ties / 2.0) / n
    return Standing(wins, losses, ties, rate, wilson(rate, n))


def bradley_terry(results: Sequence[tuple[int, int, float]], systems: int) -> Floats | None:
    """Strengths that sum to 1, from (one, another, share the first won) per judgement; a tie is a half.

    Maximum likelihood by the iteration of Hunter (2004). None where it does not exist: some systems were
    never compared, or one group never lost to the others.
    """
    won = np.zeros((systems, systems))
    for one, another, share in results:
        won[one, another] += share
        won[another, one] += 1.0 - share
    if systems < 2 or not _connected(won > 0.0):
        return None
    games, total = won + won.T, won.sum(axis=1)
    strength = np.full(systems, 1.0 / systems)
    for _ in range(_ROUNDS):
        shares = games / (strength[:, None] + strength[None, :])
        after = total / shares.sum(axis=1)
        after /= after.sum()
        if np.max(np.abs(after - strength)) < _CLOSE:
            return after
        strength = after
    return strength


def _connected(beats: np.ndarray) -> bool:
    """Whether a chain of wins leads from every system to every other (Ford 1957)."""
    reached = np.eye(len(beats), dtype=bool) | beats
    for _ in range(len(beats)):
        reached = reached | ((reached.astype(np.int64) @ reached.astype(np.int64)) > 0)
    return bool(reached.all())
