"""Ending a run once it is decided: its cases in random order, each compared with the baseline's as it finishes.

What stops a run must not depend on which cases are quick, so finished cases are looked at in the order they were
started: a slow one holds back those behind it. A case that has begun runs all its trials, so that what a run
leaves behind are whole cases.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from assay.core.errors import ConfigError
from assay.core.experiments import STOPPED
from assay.core.sequential import SequentialStop
from assay.evals.canonical import case_key
from assay.evals.cases import EvalCase
from assay.evals.data import Source, listed
from assay.evals.earlier import query_rows

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.evals.reuse import Reuse
    from assay.evals.session import Session
    from assay.experiments import Experiment

TARGET = 0.05
"""The difference of a score that is looked for unless the evaluation names another."""

_PAGE = 1000
_SCORED = "SELECT root_span_id, scores FROM experiment('{id}') WHERE scores IS NOT NULL"

StopRule = bool | Mapping[str, float]
"""True: every score the baseline has, looking for TARGET. A mapping: these scores, each with its own target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a run is compared with: the mean of every case by its key, and which scores are better when lower."""

    name: str
    key_path: tuple[str, ...]
    means: Mapping[str, Mapping[str, float]]
    lower: frozenset[str]
    scores: Sequence[str]


class EarlyStop:
    """The cases of one run in random order, and what is known of them.

    A case may stand in the data several times; its mean is over all its trials, as in every comparison. `seed` makes
    the order that of the run that is resumed.
    """

    def __init__(
        self,
        cases: Sequence[EvalCase],
        trials: int,
        baseline: Baseline,
        targets: Mapping[str, float],
        *,
        seed: str,
    ) -> None:
        groups: dict[str, list[int]] = {}
        for place, case in enumerate(cases):
            groups.setdefault(case_key(case, baseline.key_path) or f"row {place}", []).append(place)
        keys = list(groups)
        random.Random(seed).shuffle(keys)
        self._places = [place for key in keys for place in groups[key]]
        self.cases = [cases[place] for place in self._places]
        self._unit = [number for number, key in enumerate(keys) for _ in groups[key]]
        self._left = [len(groups[key]) * trials for key in keys]
        self._means = [baseline.means.get(key, {}) for key in keys]
        self._values: list[dict[str, list[float]]] = [{} for _ in keys]
        self._begun: set[int] = set()
        self._trials, self._baseline, self._targets = trials, baseline, dict(targets)
        self._stop = SequentialStop(scores=targets, target=TARGET, targets=targets, planned=len(keys))
        self._looked_at = 0
        self._left_out = False

    @property
    def decided(self) -> bool:
        """Whether every score is decided by the cases looked at so far."""
        return self._stop.decided

    @property
    def ended(self) -> bool:
        """Whether cases were left out because everything is decided."""
        return self._left_out

    def place(self, index: int) -> int:
        """Where a trial of the run (by its number in this order) stands in the order of the data."""
        return self._places[index // self._trials] * self._trials + index % self._trials

    async def until_decided(self, cases: AsyncIterator[EvalCase]) -> AsyncGenerator[EvalCase]:
        """The cases, which come in this order, without those that need not begin any more."""
        place = 0
        async for case in cases:
            unit, place = self._unit[place], place + 1
            if unit not in self._begun:
                if self.decided:
                    self._left_out = True
                    continue
                self._begun.add(unit)
            yield case

    def finished(self, index: int, scores: Mapping[str, float | None]) -> None:
        """Take one finished trial, by its number in this order."""
        unit = self._unit[index // self._trials]
        self._begun.add(unit)
        for name, value in scores.items():
            if value is not None:
                self._values[unit].setdefault(name, []).append(value)
        self._left[unit] -= 1
        while self._looked_at < len(self._left) and self._left[self._looked_at] == 0:
            self._stop.add(self._differences(self._looked_at))
            self._looked_at += 1

    def take_over(self, reuse: Reuse, scores: Mapping[str, Mapping[str, float | None]]) -> None:
        """Take the trials that the run to be resumed has finished, their scores by trace."""
        if reuse.maker is None or not reuse.finished:
            return
        maker, index = reuse.maker.anew(), 0
        for case in self.cases:
            for cell in maker.cells(case, self._trials):
                bits = reuse.rows(cell)
                if bits is not None and bits.span_id in reuse.finished:
                    self.finished(index, scores.get(bits.root_span_id, {}))
                index += 1

    def unseen(self) -> list[str]:
        """Scores that are watched and that no case of this run has had."""
        return [name for name in self._targets if not any(name in values for values in self._values)]

    def report(self, *, cost: float | None, seconds: float | None) -> dict[str, Any]:
        """What goes into the experiment's metadata; `cost` and `seconds` are what the cases so far took."""
        found = asdict(self._stop.report(cost=cost, seconds=seconds))
        return {"baseline": self._baseline.name, "targets": self._targets, **found}

    def _differences(self, unit: int) -> dict[str, float | None]:
        """This run minus the baseline, positive where it is better."""
        found: dict[str, float | None] = {}
        for name, values in self._values[unit].items():
            before = self._means[unit].get(name)
            if before is not None:
                difference = sum(values) / len(values) - before
                if (
                    abs(difference) <= 1.0
                ):  # scores logged by hand may lie outside 0..1: no bound holds for them
                    found[name] = -difference if name in self._baseline.lower else difference
        return found


async def open_early_stop(rule: StopRule, session: Session, source: Source, trials: int) -> EarlyStop | None:
    """Put the cases of the source, all read now, in random order, and learn what to compare them with.

    None when there is nothing to compare with; the session's notes say so. Raises ConfigError for a score the
    baseline does not have, AssayError when the server does not answer.
    """
    experiment = session.experiment
    if not rule or experiment is None:
        return None
    cases = [case async for case in source.cases]
    source.cases, source.total, source.sized = listed(cases), len(cases), True
    found = await asyncio.to_thread(_read_baseline, experiment.state, experiment.id)
    if isinstance(found, str):
        session.notes.append(f"this run cannot stop early: {found}")
        return None
    stop = EarlyStop(cases, trials, found, _targets(rule, found), seed=experiment.id)
    source.cases = listed(stop.cases)
    if session.reuse.finished:
        earlier = await asyncio.to_thread(_scores_by_trace, experiment.state, experiment.id)
        stop.take_over(session.reuse, earlier)
    return stop


def note_stop(experiment: Experiment, report: Mapping[str, Any] | None) -> None:
    """Keep with the experiment that it stopped early, or (None) that it did not after all. Raises AssayError."""
    metadata: Mapping[str, Any] = experiment.data.get("metadata") or {}
    if report is None and not metadata.get(STOPPED):
        return
    experiment.state.transport.request(
        "PATCH", f"/v1/experiment/{experiment.id}", json={"metadata": {STOPPED: report}}
    )


def _targets(rule: StopRule, baseline: Baseline) -> dict[str, float]:
    if not isinstance(rule, Mapping):
        return dict.fromkeys(baseline.scores, TARGET)
    for name in rule:
        if name not in baseline.scores:
            known = ", ".join(baseline.scores)
            raise ConfigError(
                f"stop_early watches {name!r}, a score that {baseline.name} does not have (it has: {known})"
            )
    return dict(rule)


def _read_baseline(state: State, experiment_id: str) -> Baseline | str:
    """The baseline the server compares this experiment with, or why there is none to go by."""
    comparison = state.transport.get(f"/v1/experiment/{experiment_id}/compare")
    if comparison["baseline"] is None:
        return "there is no earlier experiment to compare with"
    path = tuple(str(comparison["comparison_key"]).split("."))
    if path[0] not in ("input", "expected", "metadata"):
        return f"cases are paired by {'.'.join(path)}, which is not known before they run"
    name, baseline_id = str(comparison["baseline"]["name"]), comparison["baseline"]["id"]
    items = state.transport.get(f"/v1/experiment/{baseline_id}/compare", to="none")["scores"]
    scores = [str(item["name"]) for item in items if item.get("mean") is not None]
    if not scores:
        return f"{name} has no scores"
    return Baseline(
        name=name,
        key_path=path,
        means=_case_means(state, baseline_id, path),
        lower=frozenset(str(item["name"]) for item in items if item.get("direction") == "lower"),
        scores=scores,
    )


def _case_means(state: State, experiment_id: str, path: Sequence[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    cursor: str | None = None
    while True:
        page = state.transport.get(
            f"/v1/experiment/{experiment_id}/cases", to="none", limit=_PAGE, cursor=cursor
        )
        for case in cast("list[dict[str, Any]]", page["cases"]):
            key = case_key(case, path)
            if key is not None:
                values = {name: one["value"] for name, one in case["scores"].items()}
                found[key] = {name: value for name, value in values.items() if value is not None}
        cursor = page.get("cursor")
        if not cursor:
            return found


def _scores_by_trace(state: State, experiment_id: str) -> dict[str, dict[str, float | None]]:
    found: dict[str, dict[str, float | None]] = {}
    for row in query_rows(state, _SCORED.format(id=experiment_id)):
        found.setdefault(str(row["root_span_id"]), {}).update(row["scores"])
    return found
