"""Gates: conditions checked against the intervals of an experiment that has finished.

A condition fails when the whole interval says so, passes when the whole interval denies it, and is inconclusive
otherwise: a run too small to tell does not break a build unless asked to. Several conditions share the error:
each interval is made at 1 - (1 - confidence) / number of intervals (Bonferroni), so that the chance of any
failure by chance stays below 1 - confidence. Intervals come from the server: the engine of verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

from assay.core.errors import AssayError
from assay.evals.conditions import Condition, parse_condition
from assay.evals.report import format_change, format_value
from assay.evals.summary import Interval, ItemSummary, read_item

CONFIDENCE = 0.95
"""Confidence of a gate that does not say otherwise: the level of every interval shown elsewhere."""

MOST_CONFIDENT = 0.9999
"""Beyond this a gate waits for more cases than anybody runs."""

_ALIASES = {"cost": "estimated_cost", "tokens": "total_tokens"}
_COUNTS = frozenset({"llm_calls", "tool_calls", "errors", "llm_errors", "tool_errors"})
"""Metrics that a comparison leaves out when they are zero in every case."""

_MOST_CASES = 20
"""Regressed cases a finding names; all of them count."""

Outcome = Literal["passed", "failed", "inconclusive"]
Get = Callable[..., Any]
"""GET below the server's URL: `get(path, **query)`; the answer's JSON."""


class GateError(AssayError):
    """A gate that cannot be judged: it names nothing the experiment has, or an amount makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What must not be true, how sure to be (0.5 to 1), and whether not knowing fails too."""

    conditions: Sequence[Condition] = ()
    confidence: float = CONFIDENCE
    fail_on_inconclusive: bool = False

    @classmethod
    def of(
        cls, conditions: Sequence[str], *, confidence: float = CONFIDENCE, fail_on_inconclusive: bool = False
    ) -> Gate:
        """A gate from conditions in words. Raises ConditionError, or ValueError for a confidence out of range."""
        if not 0.5 <= confidence < 1.0:
            raise ValueError(
                f"a confidence of {confidence:g} makes no sense: give 0.5 or more and less than 1"
            )
        return cls(
            conditions=[parse_condition(text) for text in conditions],
            confidence=confidence,
            fail_on_inconclusive=fail_on_inconclusive,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one condition for one score or metric (`name`; "" for regressions of any score).

    `value` is the mean or the difference, `interval` where it lies, `threshold` what it was held against, all
    in `unit`. `cases` are inputs of regressed cases.
    """

    condition: str
    name: str
    outcome: Outcome
    message: str
    value: float | None = None
    interval: Interval | None = None
    threshold: float | None = None
    unit: str = ""
    cases: Sequence[Any] = ()


@dataclass(slots=True, kw_only=True)
class GateReport:
    """A gate's answer for one experiment. `level` is that of every interval in it.

    `unknown` are conditions on a score or metric this experiment does not have, with what it does have.
    """

    project: str
    experiment: str
    baseline: str | None
    confidence: float
    level: float
    fail_on_inconclusive: bool
    findings: list[Finding] = field(default_factory=list[Finding])
    unknown: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def passed(self) -> bool:
        """Whether the gate lets this experiment through."""
        refused = {"failed", "inconclusive"} if self.fail_on_inconclusive else {"failed"}
        return not any(finding.outcome in refused for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {"passed": self.passed, **asdict(self)}


class Finished:
    """An experiment on a server, and the one it is compared with (None: the server chooses)."""

    def __init__(
        self,
        get: Get,
        experiment_id: str,
        baseline_id: str | None = None,
        judging: Mapping[str, Any] | None = None,
    ) -> None:
        """`judging`: further parameters of `/compare`, such as `cluster`."""
        self._get = get
        self._judging = dict(judging or {})
        self.experiment_id = experiment_id
        self.baseline_id = baseline_id

    def compare(self, level: float | None = None) -> Mapping[str, Any]:
        """The server's comparison, its intervals at `level`."""
        path = f"/v1/experiment/{self.experiment_id}/compare"
        return cast("Mapping[str, Any]", self._get(path, to=self.baseline_id, level=level, **self._judging))

    def cases(self, kind: str, *, to: str, of: str | None = None, score: str | None = None) -> Iterator[Any]:
        """Cases of an experiment (default: this one) that a filter of `/cases` lets through."""
        cursor: str | None = None
        path = f"/v1/experiment/{of or self.experiment_id}/cases"
        while True:
            page = self._get(path, to=to, filter=kind, score=score, limit=200, cursor=cursor)
            yield from page["cases"]
            cursor = page.get("cursor")
            if not cursor:
                return


@dataclass(frozen=True, slots=True)
class _Subject:
    """A score or metric, and its unit as `format_value` knows it: "" for a score, "#" for a count."""

    item: ItemSummary
    unit: str


def check(gate: Gate, experiment: Finished) -> GateReport:
    """Judge a finished experiment.

    Raises GateError for an amount that does not fit its score or metric, ApiError or Unreachable.
    """
    comparison = experiment.compare()
    baseline = comparison.get("baseline")
    experiment.baseline_id = baseline["id"] if baseline else None  # the same one in every request
    report = GateReport(
        project=comparison["experiment"].get("project_name") or "",
        experiment=comparison["experiment"]["name"],
        baseline=baseline["name"] if baseline else None,
        confidence=gate.confidence,
        level=gate.confidence,
        fail_on_inconclusive=gate.fail_on_inconclusive,
    )
    found = [
        (condition, names)
        for condition in gate.conditions
        if (names := _names(condition, comparison, report))
    ]
    tests = sum(len(names) for condition, names in found if condition.verb != "regression")
    report.level = round(1.0 - (1.0 - gate.confidence) / max(1, tests), 9)
    items = _by_name(experiment.compare(report.level) if tests else comparison)
    for condition, names in found:
        if condition.verb == "regression":
            report.findings.append(_regressions(condition, names[0], experiment, baseline))
        else:
            report.findings += [
                _judge(condition, name, items.get(name), baseline is not None) for name in names
            ]
    return report


def _names(condition: Condition, comparison: Mapping[str, Any], report: GateReport) -> list[str]:
    """The scores or metrics a condition is about; none, with a word in `report.unknown`, when unknown."""
    scores = [item["name"] for item in comparison["scores"]]
    if condition.subject is None:
        if condition.verb == "regression":
            return [""]
        if not scores:
            report.unknown[condition.text] = f"{report.experiment} has no scores"
        return scores
    known = (
        scores if condition.verb == "regression" else [*scores, *(m["name"] for m in comparison["metrics"])]
    )
    wanted = condition.subject
    for name in (wanted, _ALIASES.get(wanted, "")):
        if name in known or (name in _COUNTS and condition.verb != "regression"):
            return [name]
    alike = [name for name in known if name.lower() == wanted.lower()]
    if len(alike) == 1:
        return alike
    report.unknown[condition.text] = (
        f"{report.experiment} has nothing called {wanted!r}; it has: {', '.join(known) or 'no scores or metrics'}"
    )
    return []


def _by_name(comparison: Mapping[str, Any]) -> dict[str, _Subject]:
    """Scores take precedence over metrics of the same name."""
    return {
        item["name"]: _Subject(read_item(item), item.get("unit") or unit)
        for items, unit in ((comparison["metrics"], "#"), (comparison["scores"], ""))
        for item in items
    }


def _judge(condition: Condition, name: str, subject: _Subject | None, compared: bool) -> Finding:
    if subject is None:  # a count that is zero in every case: nothing can be above zero about it
        fails = condition.verb == "below" and condition.amount > 0
        return Finding(
            condition=condition.text,
            name=name,
            outcome="failed" if fails else "passed",
            message="0 in every case",
        )
    item = subject.item
    threshold = _threshold(condition, subject)
    verb = condition.verb
    if verb == "worsens":
        verb = "drops" if item.direction == "higher" else "rises"
    value, interval = (item.diff, item.diff_interval) if condition.is_change else (item.mean, item.interval)
    limit = None if threshold is None else 0.0 - threshold if verb == "drops" else threshold  # never -0.0
    outcome = _outcome(interval, limit, below=verb in ("drops", "below"))
    return Finding(
        condition=condition.text,
        name=name,
        outcome=outcome,
        message=_message(condition, subject, compared=compared, limit=limit),
        value=value,
        interval=interval,
        threshold=limit,
        unit=item.unit,
    )


def _outcome(interval: Interval | None, limit: float | None, *, below: bool) -> Outcome:
    if interval is None or limit is None:
        return "inconclusive"
    low, high = interval if below else (-interval[1], -interval[0])
    limit = limit if below else -limit
    if high < limit:
        return "failed"
    return "passed" if low >= limit else "inconclusive"


def _threshold(condition: Condition, subject: _Subject) -> float | None:
    """The amount in the item's unit; None when it is a share of a baseline that is not there."""
    amount, unit, item = condition.amount, condition.unit, subject.item
    if unit == "%" and condition.is_change:
        return None if item.baseline_mean is None else amount / 100 * abs(item.baseline_mean)
    measures = {"%": "", "pp": "", "s": "s", "ms": "s", "$": "$", "tok": "tok"}
    if unit and measures[unit] != subject.unit:
        said = {"": "a share", "#": "a count", "s": "in seconds", "$": "in dollars", "tok": "in tokens"}
        what = said.get(subject.unit, subject.unit)
        raise GateError(f"{condition.text!r}: {item.name} is {what}, which {unit} does not measure")
    if unit in ("%", "pp"):
        amount /= 100
    highest = max((v for v in (item.mean, item.baseline_mean) if v is not None), default=0.0)
    if subject.unit == "" and amount > 1 >= highest:
        raise GateError(
            f"{condition.text!r}: {item.name} lies between 0 and 1, so this could never or always be true; "
            f"for {condition.amount:g} percent write {condition.amount:g}%"
        )
    return amount / 1000 if unit == "ms" else amount


def _message(condition: Condition, subject: _Subject, *, compared: bool, limit: float | None) -> str:
    item, unit = subject.item, subject.unit
    like = item.mean or item.baseline_mean
    if condition.is_change:
        if not compared:
            return "no baseline to compare with"
        if item.diff is None or limit is None:
            return f"{item.name} has no value in both experiments"
        shown, interval, show = item.diff, item.diff_interval, format_change
    else:
        if item.mean is None:
            return f"{item.name} has no value"
        shown, interval, show = item.mean, item.interval, format_value
    if interval is None:
        return f"{show(shown, unit, like=like)}, too few cases for an interval"
    bounds = " and ".join(show(bound, unit, like=like) for bound in interval)
    return f"{show(shown, unit, like=like)}, between {bounds}; limit {show(limit, unit, like=like)}"


def _regressions(
    condition: Condition, score: str, experiment: Finished, baseline: Mapping[str, Any] | None
) -> Finding:
    """Cases that score less than in the baseline, or fail where it did not. Exact: a case is no sample."""

    def finding(outcome: Outcome, message: str, cases: Sequence[Any] = ()) -> Finding:
        return Finding(
            condition=condition.text, name=score, outcome=outcome, message=message, cases=cases[:_MOST_CASES]
        )

    def tagged(case: Mapping[str, Any]) -> bool:
        return condition.tag is None or condition.tag in (case.get("tags") or ())

    if baseline is None:
        return finding("inconclusive", "no baseline to compare with")
    to = str(baseline["id"])
    lost = {
        c["key"]: c["input"] for c in experiment.cases("regressed", to=to, score=score or None) if tagged(c)
    }
    for case in experiment.cases("errors", to=to):
        before = case.get("baseline")
        if tagged(case) and before and before.get("error") is None:
            lost[case["key"]] = case["input"]
    kind = f"tagged {condition.tag}" if condition.tag is not None else "in both"
    if lost:
        return finding("failed", f"{len(lost)} of the cases {kind} regressed", list(lost.values()))
    absent = sum(map(tagged, experiment.cases("unmatched", of=to, to=experiment.experiment_id)))
    if condition.tag is not None and not any(map(tagged, experiment.cases("all", to=to))):
        return finding("inconclusive", f"no case is tagged {condition.tag}")
    if absent and condition.tag is not None:
        return finding("inconclusive", f"{absent} cases tagged {condition.tag} in the baseline did not run")
    return finding("passed", f"no case {kind} regressed")
