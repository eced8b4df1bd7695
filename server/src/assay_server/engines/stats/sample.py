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
    `clusters[i]` is the code of a group whose cases may resemble each other (one conversation, one document);
    None when every case stands for itself. A case belongs to one cluster.
    """

    cases: Codes
    values: Floats
    clusters: Codes | None = None

    @classmethod
    def independent(cls, values: Floats) -> Sample:
        """A sample in which every value is a case of its own."""
        return cls(np.arange(len(values), dtype=np.int64), values)

    @property
    def units(self) -> Codes:
        """For each value the code of what is independent of the rest: its cluster, else its case."""
        return self.cases if self.clusters is None else self.clusters


def case_means(sample: Sample) -> Sample:
    """One value per case, ascending by case code: the mean of its trials.

    Trials are added in ascending order, so two samples with the same trials in another order have the very
    same means and no case counts as changed because of rounding.
    """
    if is_ascending(sample.cases):
        return sample
    order = np.lexsort((sample.values, sample.cases))
    cases, values = sample.cases[order], sample.values[order]
    first = np.flatnonzero(np.r_[True, cases[1:] != cases[:-1]])
    counts = np.diff(np.r_[first, len(cases)])
    clusters = None if sample.clusters is None else sample.clusters[order][first]
    return Sample(cases[first], np.add.reduceat(values, first) / counts, clusters)


def is_ascending(codes: Codes) -> bool:
    """True when each code is larger than the one before: then all are distinct, which is cheap to see."""
    return bool(np.all(codes[1:] > codes[:-1]))


def count_distinct(codes: Codes) -> int:
    """How many different codes there are."""
    return len(codes) if is_ascending(codes) else len(np.unique(codes))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Values of the cases two runs have in common, aligned; `clusters` as the candidate has them."""

    candidate: Floats
    baseline: Floats
    clusters: Codes | None

    def __len__(self) -> int:
        return len(self.candidate)


def matched(candidate: Sample, baseline: Sample) -> Pairs:
    """The cases both have; each sample must hold a case at most once."""
    _, left, right = np.intersect1d(candidate.cases, baseline.cases, assume_unique=True, return_indices=True)
    clusters = None if candidate.clusters is None else candidate.clusters[left]
    return Pairs(candidate.values[left], baseline.values[right], clusters)


def is_binary(*samples: Floats) -> bool:
    """True when every value is exactly 0 or 1."""
    return all(bool(np.all((values == 0.0) | (values == 1.0))) for values in samples)
