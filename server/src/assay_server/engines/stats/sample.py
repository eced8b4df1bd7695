"""Values of one score, each tagged with the case it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Parallel arrays: `values[i]` (finite) was measured on case `cases[i]`.

    Rows that share a case are trials of it. Case codes mean the same case in every sample of a comparison.
    """

    cases: Codes
    values: Floats

    @classmethod
    def independent(cls, values: Floats) -> Sample:
        """A sample in which every value is a case of its own."""
        return cls(np.arange(len(values), dtype=np.int64), values)


def case_means(sample: Sample) -> Sample:
    """One value per case, ascending by case code: the mean of its trials.

    Trials are added in ascending order, so two samples with the same trials in another order have the very
    same means and no case counts as changed because of rounding.
    """
    if not len(sample.values):
        return sample
    order = np.lexsort((sample.values, sample.cases))
    cases, values = sample.cases[order], sample.values[order]
    first = np.flatnonzero(np.r_[True, cases[1:] != cases[:-1]])
    counts = np.diff(np.r_[first, len(cases)])
    return Sample(cases[first], np.add.reduceat(values, first) / counts)


def matched(candidate: Sample, baseline: Sample) -> tuple[Floats, Floats]:
    """Values of the cases both have, aligned; each sample must hold a case at most once."""
    _, left, right = np.intersect1d(candidate.cases, baseline.cases, assume_unique=True, return_indices=True)
    return candidate.values[left], baseline.values[right]


def is_binary(*samples: Floats) -> bool:
    """True when every value is exactly 0 or 1."""
    return all(bool(np.all((values == 0.0) | (values == 1.0))) for values in samples)
