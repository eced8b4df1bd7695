"""Routes of what comes before and after a verdict: plans of a run, how far it is, and how dependable it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from assay_server.engines.stats.power import POWER
from assay_server.features.experiments import reliability
from assay_server.features.experiments.answers import documented, encoded, position
from assay_server.features.experiments.comparison import Side
from assay_server.features.experiments.lineup import Lineup, score_names
from assay_server.features.experiments.plan import DIFFERENCE, Plan, Wish, plan
from assay_server.features.experiments.progress import RunProgress, read_progress
from assay_server.features.experiments.rows import load_payloads, load_repeats
from assay_server.features.experiments.verdict_routes import ClusterKey
from assay_server.features.experiments.verdicts import Found, Question, load, load_history
from assay_server.http.auth import CurrentActor, ExperimentReader

if TYPE_CHECKING:
    from assay_server.engines.authz import Actor
    from assay_server.services import Services

router = APIRouter(tags=["verdicts"])

Difference = Annotated[float, Query(gt=0, le=1, description="The difference of a score that matters to you.")]
Count = Annotated[int | None, Query(ge=1, le=10_000_000)]


@router.get("/v1/experiment/{experiment_id}/plan", responses=documented(Plan))
async def plan_run(
    request: Request,
    actor: ExperimentReader,
    experiment_id: str,
    to: str | None = None,
    difference: Difference = DIFFERENCE,
    cases: Count = None,
    trials: Annotated[int | None, Query(ge=1, le=1000)] = None,
    power: Annotated[float, Query(ge=0.5, lt=1)] = POWER,
    concurrency: Annotated[int, Query(ge=1, le=10_000)] = 1,
    score: str | None = None,
    cluster: ClusterKey = None,
) -> Response:
    """What a run like this experiment, to be compared with it, can show; what it would cost and take.

    The variance comes from the pairs of this experiment with `to` (id or name; default: its baseline), else from its
    trials. `cases` and `trials` default to what the experiment has.
    """
    services: Services = request.app.state.services
    wish = Wish(difference, cases, trials, power, concurrency, score)
    loaded = await load(services, actor, experiment_id, Question(to=(to,) if to else (), cluster=cluster))
    return encoded(
        await asyncio.to_thread(plan, loaded.experiment, loaded.baseline, wish, loaded.rules.cluster_key)
    )


@router.get("/v1/experiment/{experiment_id}/progress", responses=documented(RunProgress))
async def progress(request: Request, actor: CurrentActor, experiment_id: str) -> Response:
    """How far a run is: traces that have ended, how many its runner planned, and whether it still goes on.

    A run that says it is running and sends no row for ten minutes is `stalled`.
    """
    services: Services = request.app.state.services
    await services.ingest.caught_up()
    return encoded(await asyncio.to_thread(_progress, services, actor, experiment_id))


def _progress(services: Services, actor: Actor, experiment_id: str) -> RunProgress:
    ref = services.objects.resolve(actor, "experiment", experiment_id)
    row = services.objects.get(actor, "experiment", ref.object_id)
    return read_progress(services.spans, ref, row["progress"])


@router.get("/v1/experiment/{experiment_id}/reliability", responses=documented(reliability.Reliability))
async def read_reliability(
    request: Request,
    actor: CurrentActor,
    experiment_id: str,
    score: str | None = None,
    threshold: Annotated[float, Query(allow_inf_nan=False)] = reliability.THRESHOLD,
    history: Annotated[int, Query(ge=0, le=reliability.MAX_HISTORY)] = 5,
    label: reliability.Shown = "all",
    cluster: ClusterKey = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Chances over several trials, sources of variance, and which cases pass, fail or waver.

    A trial passes when its score is at least `threshold`. Labels rest on this experiment and on the `history` earlier
    ones of the same dataset. Cases are those of `score` (default: the first), only those with `label`.
    """
    services: Services = request.app.state.services
    start = position(cursor)
    found, sides, key = await load_history(services, actor, experiment_id, history, cluster)
    view = _View(score, threshold, label, limit, start, key)
    return encoded(await asyncio.to_thread(_reliability, services, found, sides, view))


@dataclass(frozen=True, slots=True)
class _View:
    """Which part of the reliability is asked for."""

    score: str | None
    threshold: float
    label: reliability.Shown
    limit: int
    start: int
    cluster_key: str | None


def _reliability(services: Services, found: Found, sides: list[Side], view: _View) -> reliability.Reliability:
    *past, side = sides
    chosen = reliability.pick_score(side, view.score)
    repeats = load_repeats(services.spans, found.ref)
    runs = [Lineup(run, None) for run in sides]
    labelled = {name: reliability.label_cases(runs, name, view.threshold) for name in score_names([side])}
    shown, after = (
        reliability.positions(labelled[chosen], view.label, limit=view.limit, start=view.start)
        if chosen
        else ([], None)
    )
    row_ids = [side.table.row_ids[labelled[chosen].first[i]] for i in shown] if chosen else []
    payloads = load_payloads(services.spans, found.ref, row_ids)
    return reliability.Reliability(
        experiment=side.head,
        history=[run.head for run in past],
        cluster_key=view.cluster_key,
        scores=[
            reliability.score_reliability(side, name, view.threshold, repeats, cases)
            for name, cases in labelled.items()
        ],
        score=chosen,
        cases=[reliability.render_case(side, labelled[chosen], i, payloads) for i in shown] if chosen else [],
        cursor=None if after is None else str(after),
    )
