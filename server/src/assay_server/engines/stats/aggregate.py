"""One score made of several: a weighted mean, the least or the greatest of its parts.

A value exists only where every part has one. A mean over whichever parts happen to be there would compare different
questions, and the least of half the parts is not the least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Aggregation = Literal["weighted", "minimum", "maximum"]
AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)

Floats = NDArray[np.float64]


def aggregate(kind: Aggregation, parts: Sequence[tuple[Floats, float]]) -> Floats:
    """One value a position from columns of equal length, each with its weight; NaN where a part is NaN.

    Weights matter to the weighted mean alone: Σ wᵢvᵢ / Σ wᵢ. They are not negative, and one is above 0; a part of
    weight 0 has no say, nor is it missed. At least one part.
    """
    if kind == "weighted":
        counted = [(column, weight) for column, weight in parts if weight > 0]
        total = sum(weight for _, weight in counted)
        shares = np.array([weight / total for _, weight in counted])
        columns = np.stack([column for column, _ in counted])
        # rounding must not carry a mean out of the values it is a mean of
        return np.clip(shares @ columns, columns.min(axis=0), columns.max(axis=0))
    columns = np.stack([column for column, _ in parts])
    return columns.min(axis=0) if kind == "minimum" else columns.max(axis=0)


def usable_weights(weights: Mapping[str, float]) -> bool:
    """Whether a weighted mean can be made with these: finite, none negative, one above 0."""
    values = list(weights.values())
    return all(np.isfinite(value) and value >= 0 for value in values) and any(value > 0 for value in values)
