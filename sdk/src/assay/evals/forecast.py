"""What a run is about to do, said before it does it: how many trials, how many of them need not run, cost and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from assay.evals.cases import EvalCase

if TYPE_CHECKING:
    from assay.evals.earlier import Cost
    from assay.evals.reuse import Reuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A run before it starts. Counts are None when the source does not know its length.

    `runs` are trials in all: `finished` ones belong to a run that is resumed, `cached` ones have an earlier answer,
    `to_run` are the rest. `dollars` and `seconds` are what those should take, None without a run to judge from;
    `basis` names the experiment that was judged from.
    """

    cases: int | None
    trials: int
    runs: int | None
    finished: int | None
    cached: int | None
    to_run: int | None
    dollars: float | None = None
    seconds: float | None = None
    basis: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The forecast as a JSON object."""
        return asdict(self)


def forecast(
    reuse: Reuse,
    cases: Sequence[EvalCase] | None,
    total: int | None,
    trials: int,
    concurrency: int,
    cost: Cost | None,
) -> Forecast:
    """Count the cells. `cases` are given when they have to be looked up one by one, else `total` is enough."""
    finished = cached = 0
    count = total if cases is None else len(cases)
    if cases is not None:
        finished, cached = reuse.preview(cases, trials)
    if count is None:
        return Forecast(cases=None, trials=trials, runs=None, finished=None, cached=None, to_run=None)
    runs = count * trials
    to_run = runs - finished - cached
    known: dict[str, Any] = {}
    if cost is not None:
        known = {
            "dollars": None if cost.dollars is None else cost.dollars * to_run,
            "seconds": cost.seconds * to_run / max(1, min(concurrency, to_run)),
            "basis": cost.experiment,
        }
    return Forecast(
        cases=count, trials=trials, runs=runs, finished=finished, cached=cached, to_run=to_run, **known
    )


def render_forecast(found: Forecast) -> str | None:
    """One line for people; None when there is nothing to say that the progress bar does not."""
    if found.runs is None or found.to_run is None:
        return None
    parts = [
        f"{found.runs:,} runs" if found.trials == 1 else f"{found.cases:,} cases × {found.trials} trials"
    ]
    parts += [
        f"{number:,} {what}"
        for number, what in ((found.finished, "finished before"), (found.cached, "cached"))
        if number
    ]
    if len(parts) > 1:
        parts.append(f"{found.to_run:,} to run")
    if found.seconds is not None and found.to_run:
        money = "" if found.dollars is None else f"${found.dollars:,.2f} and "
        parts.append(f"about {money}{_span(found.seconds)}, judging by {found.basis}")
    elif len(parts) == 1:
        return None
    return f"plan: {', '.join(parts)}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
