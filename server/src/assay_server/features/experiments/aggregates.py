"""Scores of a project that are made of other scores, put beside those that were given, trace by trace.

From here on an aggregate is a score like any other: averaged over the trials of a case, paired, judged, filtered by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay_server.engines.stats.aggregate import AGGREGATIONS, Aggregation, aggregate, usable_weights
from assay_server.features.experiments.comparison import Caveat
from assay_server.features.experiments.rows import CaseTable

_WORDS: dict[Aggregation, str] = {"weighted": "weighted mean", "minimum": "least", "maximum": "greatest"}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A score made of others: its name, how, and the weight of each part by its name."""

    name: str
    kind: Aggregation
    weights: Mapping[str, float]

    def __str__(self) -> str:
        return f"{self.name} ({_WORDS[self.kind]} of {', '.join(self.parts)})"

    @property
    def parts(self) -> list[str]:
        """The scores it needs."""
        return [name for name, weight in self.weights.items() if weight > 0]


def aggregates_of(scores: Iterable[Mapping[str, Any]]) -> tuple[list[Aggregate], list[Caveat]]:
    """The aggregates among the scores of a project, parts before what is made of them, and what cannot be computed.

    Those without usable parts make nothing.
    """
    found: dict[str, Aggregate] = {}
    for score in scores:
        if score["score_type"] not in AGGREGATIONS:
            continue
        weights = _weights(score["score_type"], score["categories"])
        if usable_weights(weights):
            found[score["name"]] = Aggregate(score["name"], score["score_type"], weights)
    ordered: dict[str, Aggregate] = {}
    while ready := [
        one
        for name, one in found.items()
        if name not in ordered and not set(one.parts) & (found.keys() - ordered)
    ]:
        ordered |= {one.name: one for one in ready}
    message = "{} is not computed: it is made of itself by way of its parts, or one of them is."
    circular = [one for name, one in found.items() if name not in ordered]
    return [*ordered.values()], [Caveat("aggregate_circular", message.format(one)) for one in circular]


def _weights(kind: Aggregation, categories: Any) -> dict[str, float]:
    """Parts are weights by name, or a list of names. Weights mean nothing to the least and the greatest."""
    if isinstance(categories, dict):
        return {
            str(name): float(weight) if kind == "weighted" else 1.0 for name, weight in categories.items()
        }
    names = categories if isinstance(categories, list) else []
    return {name: 1.0 for name in names if isinstance(name, str)}


def with_aggregates(
    table: CaseTable, aggregates: Iterable[Aggregate], experiment: str
) -> tuple[CaseTable, list[Caveat]]:
    """The same table with the aggregates among its scores, and what they could not be computed for.

    In the order of `aggregates_of`: an aggregate may be a part of the next. A score that was given keeps its name: an
    aggregate of that name is left out. An explicit null of a part makes the aggregate null as well.
    """
    scores, nulls, notes = dict(table.scores), dict(table.nulls), list[Caveat]()
    for one in aggregates:
        lacking = [part for part in one.parts if part not in scores]
        if one.name in table.scores:
            message = (
                f"{experiment} has a score called {one.name} of its own: the project's {one} is left out."
            )
            notes.append(Caveat("aggregate_name_taken", message))
            continue
        if len(lacking) == len(one.parts):
            continue  # none of it was asked here
        if lacking:
            message = f"{one} is not computed for {experiment}: it has no {', '.join(lacking)}."
            notes.append(Caveat("aggregate_incomplete", message))
            continue
        column = aggregate(one.kind, [(scores[part], one.weights[part]) for part in one.parts])
        scores[one.name] = column
        given_null = [nulls[part] for part in one.parts if part in nulls]
        if given_null:
            nulls[one.name] = np.logical_or.reduce(given_null)
        parts = np.stack([scores[part] for part in one.parts])
        notes += _incomplete(one, parts, int(np.isnan(column).sum()), experiment)
    return replace(table, scores=scores, nulls=nulls), notes


def _incomplete(one: Aggregate, columns: NDArray[np.float64], missing: int, experiment: str) -> list[Caveat]:
    """A word on the traces without a value although one of their parts (a row of `columns` each) has one."""
    partly = int((np.isnan(columns).any(axis=0) & ~np.isnan(columns).all(axis=0)).sum())
    if not partly:
        return []
    some = "they have only some" if partly == missing else f"{partly} of them have only some"
    message = (
        f"{one} has no value in {missing} of {columns.shape[1]} traces of {experiment}: it needs every part, and "
        f"{some}."
    )
    return [Caveat("aggregate_incomplete", message)]
