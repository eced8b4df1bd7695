"""Correction for looking at several scores at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Correction = Literal["holm", "bh"]
"""`holm` bounds the chance of any false better or worse; `bh` the expected share of false ones among those found."""

Adjusted = list[float | None]


def adjust(p_values: Sequence[float | None], correction: Correction) -> Adjusted:
    """Adjusted p-values in the order given; None stays None and counts for nothing."""
    return holm(p_values) if correction == "holm" else benjamini_hochberg(p_values)


def holm(p_values: Sequence[float | None]) -> Adjusted:
    """Step-down adjusted p-values (Holm 1979).

    Rejecting where the adjusted p is at most alpha keeps the chance of any false rejection at alpha.
    """
    tested = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: Adjusted = [None] * len(p_values)
    floor = 0.0
    for rank, (p, i) in enumerate(tested):
        floor = max(floor, min(1.0, (len(tested) - rank) * p))
        adjusted[i] = floor
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> Adjusted:
    """Step-up adjusted p-values (Benjamini & Hochberg 1995).

    Rejecting where the adjusted p is at most alpha keeps the expected share of false rejections at alpha, for
    scores that are independent or depend positively on each other.
    """
    tested = sorted(((p, i) for i, p in enumerate(p_values) if p is not None), reverse=True)
    adjusted: Adjusted = [None] * len(p_values)
    ceiling = 1.0
    for above, (p, i) in enumerate(tested):
        ceiling = min(ceiling, p * len(tested) / (len(tested) - above))
        adjusted[i] = ceiling
    return adjusted
