"""Correction for looking at several scores at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Step-down adjusted p-values (Holm 1979) in the order given; None stays None and counts for nothing.

    Rejecting where the adjusted p is at most alpha keeps the chance of any false rejection at alpha.
    """
    tested = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    floor = 0.0
    for rank, (p, i) in enumerate(tested):
        floor = max(floor, min(1.0, (len(tested) - rank) * p))
        adjusted[i] = floor
    return adjusted
