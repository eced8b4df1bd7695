"""Two runs lined up: one number per case and per cluster, the same on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from assay_server.engines.stats import Sample
from assay_server.features.experiments.comparison import CaseCounts, Side
from assay_server.features.experiments.rows import CaseTable, Floats

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Lineup:
    """The experiment and, when there is one, the baseline, with cases numbered in order of appearance.

    The experiment's cases come first. `keep` limits the rows looked at (experiment's, baseline's).
    """

    experiment: Side
    baseline: Side | None
    keep: tuple[Mask, Mask] | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The experiment, and the baseline when there is one."""
        return (self.experiment, self.baseline) if self.baseline else (self.experiment,)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each case by its key."""
        return _numbered(side.table.keys for side in self.sides)

    @cached_property
    def codes(self) -> tuple[Codes, ...]:
        """The case of each row, per side."""
        return tuple(_coded(side.table.keys, self.numbers) for side in self.sides)

    @cached_property
    def clusters(self) -> tuple[Codes | None, ...]:
        """The cluster of each row, per side; a case belongs to the cluster its first row names."""
        if not any(side.table.clusters for side in self.sides):
            return tuple(None for _ in self.sides)
        names: dict[str, str] = {}
        for side in self.sides:
            for key, cluster in zip(side.table.keys, side.table.clusters or side.table.keys, strict=True):
                names.setdefault(key, cluster)
        numbers = _numbered([names.values()])
        of_case = np.array([numbers[names[key]] for key in self.numbers], np.int64)
        return tuple(of_case[codes] for codes in self.codes)

    def sample(self, side: int, column: Floats | None) -> Sample:
        """The values that exist on one side (0 the experiment, 1 the baseline), each with its case."""
        if column is None:
            return Sample(np.empty(0, np.int64), np.empty(0))
        present = ~np.isnan(column)
        if self.keep is not None:
            present &= self.keep[side]
        clusters = self.clusters[side]
        return Sample(
            self.codes[side][present], column[present], None if clusters is None else clusters[present]
        )

    def rows(self, side: int) -> int:
        """How many rows of one side are looked at."""
        return int(self.keep[side].sum()) if self.keep is not None else len(self.sides[side].table)

    def counts(self) -> CaseCounts:
        """How many cases there are and match."""
        ours, theirs = self.cases(0), self.cases(1) if self.baseline else np.empty(0, np.int64)
        both = len(np.intersect1d(ours, theirs, assume_unique=True))
        return CaseCounts(len(ours), both, len(ours) - both, len(theirs) - both)

    def cases(self, side: int) -> Codes:
        """The distinct cases of one side, ascending."""
        codes = self.codes[side]
        return np.unique(codes if self.keep is None else codes[self.keep[side]])

    def first_rows(self, side: int) -> tuple[Codes, Codes]:
        """The distinct cases of one side, ascending, and the position of the first row of each."""
        return np.unique(self.codes[side], return_index=True)


def score_names(sides: Iterable[Side | None]) -> list[str]:
    """Every score any of the sides has, by name."""
    return sorted({name for side in sides if side for name in side.table.scores})


def score_of(table: CaseTable, name: str) -> Floats | None:
    """The column of a score."""
    return table.scores.get(name)


def metric_of(table: CaseTable, name: str) -> Floats | None:
    """The column of a metric."""
    return table.metrics.get(name)


def _numbered(names: Iterable[Iterable[str]]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(chain.from_iterable(names)))}


def _coded(names: list[str], numbers: Mapping[str, int]) -> Codes:
    return np.fromiter(map(numbers.__getitem__, names), np.int64, len(names))
