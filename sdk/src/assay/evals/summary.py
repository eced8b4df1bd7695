"""What an evaluation came to: the server's comparison, or the same means computed here when nothing was sent.

The numbers of a recorded run are read from `GET /v1/experiment/{id}/compare`, the endpoint the UI reads,
so that terminal and browser cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from assay.evals.cases import EvalResult

Verdict = Literal["better", "worse", "equivalent", "inconclusive"]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSummary:
    """One score or metric over all cases, beside the baseline's when there is one.

    `unit` is "" for scores and counts, "s", "tok" or "$" for other metrics. `mean` is None when no case has a
    value; `n` counts cases with one, `nulls` those explicitly without. Intervals hold the truth 95 times in 100.
    `missing` counts cases that were not scored at all. `diff` is `mean` minus the baseline's, `detectable` the smallest
    true difference that this run would have shown four times in five, `margin` how large one may be and still count as
    equivalent; `improvements` and `regressions` count matched cases.
    """

    name: str
    unit: str = ""
    direction: Literal["higher", "lower"] = "higher"
    mean: float | None = None
    interval: Interval | None = None
    n: int = 0
    nulls: int = 0
    missing: int = 0
    baseline_mean: float | None = None
    diff: float | None = None
    diff_interval: Interval | None = None
    detectable: float | None = None
    margin: float | None = None
    verdict: Verdict | None = None
    improvements: int = 0
    regressions: int = 0

    @property
    def score(self) -> float | None:
        """The mean, under the name code written for `summary.scores[…].score` expects."""
        return self.mean

    @property
    def metric(self) -> float | None:
        """The mean, under the name code written for `summary.metrics[…].metric` expects."""
        return self.mean


@dataclass(frozen=True, slots=True)
class Spend:
    """Tokens and dollars; None when no call reported any."""

    tokens: float | None = None
    cost: float | None = None


@dataclass(slots=True, kw_only=True)
class EvalSummary:
    """An evaluation's outcome. Everything about an experiment is None for runs that sent nothing.

    `cases` counts trials run, `distinct_cases` the cases they are trials of (None when not known), `errors` the
    trials whose task failed, `elapsed` the seconds of the whole run, `matched` the cases that the baseline has
    too. `level` is the confidence of every interval, `correction` how p-values of several scores are corrected,
    `cluster_key` what cases that depend on each other share.
    `task` and `scoring` keep the model use of the task apart from that of its judges. `scorer_errors` counts failures
    by scorer.

    `plan` is the Forecast made before the run. `reused` and `reused_scores` count answers and scores taken from earlier
    runs, the oldest made at `oldest_reused`; `resumed` trials that were finished before a resumed run went on.
    `stopped` is why no more cases started (`budget`). `stopped_early` says why a run with `stop_early` was decided
    before its end and what that saved: `decisions` and `intervals` by score, `cases` of `planned`, `saved_cases`,
    `saved_cost` (dollars) and `saved_seconds`; None when it ran to its end. `throttled` are seconds cases were held
    back by rate limits, `retries` attempts of the task that were repeated.
    """

    project_name: str
    experiment_name: str | None = None
    project_id: str | None = None
    experiment_id: str | None = None
    experiment_url: str | None = None
    comparison_experiment_name: str | None = None
    scores: dict[str, ItemSummary] = field(default_factory=dict[str, ItemSummary])
    metrics: dict[str, ItemSummary] = field(default_factory=dict[str, ItemSummary])
    cases: int = 0
    distinct_cases: int | None = None
    errors: int = 0
    matched: int | None = None
    level: float = 0.95
    correction: str = "holm"
    cluster_key: str | None = None
    elapsed: float = 0.0
    task: Spend = field(default_factory=Spend)
    scoring: Spend = field(default_factory=Spend)
    interrupted: bool = False
    scorer_errors: dict[str, int] = field(default_factory=dict[str, int])
    warnings: list[str] = field(default_factory=list[str])
    gate: dict[str, Any] | None = None
    """What a gate said of it (`GateReport.as_dict`); None without one."""
    plan: dict[str, Any] | None = None
    reused: int = 0
    reused_scores: int = 0
    oldest_reused: str | None = None
    resumed: int = 0
    stopped: str | None = None
    stopped_early: dict[str, Any] | None = None
    throttled: float = 0.0
    retries: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The summary as a JSON object."""
        return asdict(self)

    def as_json(self) -> str:
        """The summary as one line of JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


@dataclass(slots=True)
class Tally:
    """Running totals of a run; what a local summary needs, without keeping the results."""

    cases: int = 0
    errors: int = 0
    duration: float = 0.0
    timed: int = 0
    throttled: float = 0.0
    retries: int = 0
    sums: dict[str, float] = field(default_factory=dict[str, float])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    nulls: dict[str, int] = field(default_factory=dict[str, int])
    scorer_errors: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, result: EvalResult) -> None:
        """Count one finished trial."""
        self.cases += 1
        self.errors += result.error is not None
        self.throttled += result.throttled
        self.retries += result.attempts - 1
        if result.reused is None:  # otherwise nothing was measured
            self.duration += result.duration
            self.timed += 1
        for name, value in result.scores.items():
            if value is None:
                self.nulls[name] = self.nulls.get(name, 0) + 1
            else:
                self.sums[name] = self.sums.get(name, 0.0) + value
                self.counts[name] = self.counts.get(name, 0) + 1
        for name in (result.metadata or {}).get("scorer_errors", ()):
            self.scorer_errors[name] = self.scorer_errors.get(name, 0) + 1

    def scores(self) -> dict[str, ItemSummary]:
        """The mean of every score over the cases that have one."""
        names = dict.fromkeys([*self.counts, *self.nulls])
        return {
            name: ItemSummary(
                name=name,
                mean=self.sums[name] / self.counts[name] if name in self.counts else None,
                n=self.counts.get(name, 0),
                nulls=self.nulls.get(name, 0),
            )
            for name in names
        }

    def metrics(self) -> dict[str, ItemSummary]:
        """Seconds a case took on average, scoring included."""
        if not self.timed:
            return {}
        mean = self.duration / self.timed
        return {
            "duration": ItemSummary(name="duration", unit="s", direction="lower", mean=mean, n=self.timed)
        }


def read_comparison(summary: EvalSummary, answer: Mapping[str, Any]) -> None:
    """Fill a summary from the server's Comparison object."""
    experiment, baseline = answer["experiment"], answer.get("baseline")
    totals: Mapping[str, Any] = answer.get("totals") or {}
    summary.experiment_name = experiment["name"]
    summary.project_id = experiment.get("project_id")
    summary.project_name = experiment.get("project_name") or summary.project_name
    summary.comparison_experiment_name = baseline["name"] if baseline else None
    summary.distinct_cases = answer["cases"].get("total")
    summary.matched = answer["cases"].get("matched") if baseline else None
    summary.level = answer.get("level") or summary.level
    summary.correction = answer.get("correction") or summary.correction
    summary.cluster_key = answer.get("cluster_key")
    summary.scores = _items(answer["scores"])
    summary.metrics = _items(answer["metrics"])
    summary.task, summary.scoring = _spend(totals.get("task")), _spend(totals.get("scoring"))
    summary.warnings += [str(warning["message"]) for warning in answer.get("warnings") or ()]


def _items(items: Iterable[Mapping[str, Any]]) -> dict[str, ItemSummary]:
    """What this experiment has, by name; a score that only the baseline has is in the warnings."""
    return {
        item["name"]: read_item(item) for item in items if item.get("mean") is not None or item.get("nulls")
    }


def read_item(item: Mapping[str, Any]) -> ItemSummary:
    """One score or metric of a Comparison object."""
    return ItemSummary(
        name=item["name"],
        unit=item.get("unit") or "",
        direction=item.get("direction") or "higher",
        mean=item.get("mean"),
        interval=_interval(item.get("interval")),
        n=item.get("n") or 0,
        nulls=item.get("nulls") or 0,
        missing=item.get("missing") or 0,
        baseline_mean=item.get("baseline_mean"),
        diff=item.get("diff"),
        diff_interval=_interval(item.get("diff_interval")),
        detectable=item.get("detectable"),
        margin=item.get("margin"),
        verdict=item.get("verdict"),
        improvements=item.get("improvements") or 0,
        regressions=item.get("regressions") or 0,
    )


def _interval(value: list[float] | None) -> Interval | None:
    return (value[0], value[1]) if value else None


def _spend(value: Mapping[str, Any] | None) -> Spend:
    return Spend(tokens=value.get("tokens"), cost=value.get("cost")) if value else Spend()
