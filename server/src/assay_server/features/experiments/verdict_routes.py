"""Routes of summaries, comparisons and cases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from assay_server.engines.stats import LEVEL, SCORE_MARGIN, Correction, Method
from assay_server.errors import BadRequest
from assay_server.features.experiments import cases, evidence
from assay_server.features.experiments.answers import documented, encoded, position
from assay_server.features.experiments.comparison import Comparison
from assay_server.features.experiments.rows import load_payloads
from assay_server.features.experiments.summary import (
    ComparisonSummary,
    ExperimentSummary,
    comparison_summary,
    experiment_summary,
)
from assay_server.features.experiments.verdicts import (
    NO_BASELINE,
    Loaded,
    Question,
    find,
    judged,
    load,
    proven,
)
from assay_server.http.auth import CurrentActor, ExperimentReader

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["verdicts"])


Baselines = Annotated[
    list[str],
    Query(
        description="Ids or names of experiments to compare with, the main one first; `none` for no baseline."
    ),
]
Margin = Annotated[
    float | None,
    Query(
        ge=0,
        allow_inf_nan=False,
        description="Differences of a score within ± this are equivalent. Default: the score's own, else "
        f"{SCORE_MARGIN}.",
    ),
]
Level = Annotated[float, Query(ge=0.5, lt=1, description="Confidence level of every interval.")]
ClusterKey = Annotated[
    str | None,
    Query(
        max_length=500,
        description="A path in the root rows; cases with one value there count as dependent. Default: the project's "
        "`cluster_key`; `none` for none.",
    ),
]
MethodChoice = Annotated[
    Method,
    Query(description="`bca` makes intervals and p-values, pass and fail aside, by a seeded bootstrap."),
]


def how_to_judge(
    margin: Margin = None,
    correction: Correction = "holm",
    cluster: ClusterKey = None,
    level: Level = LEVEL,
    method: MethodChoice = "auto",
) -> dict[str, Any]:
    """The part of a Question that every route about a whole comparison takes."""
    return {"margin": margin, "correction": correction, "cluster": cluster, "level": level, "method": method}


Judging = Annotated[dict[str, Any], Depends(how_to_judge)]
SliceExpression = Annotated[
    str | None,
    Query(max_length=500, description="A path in the root rows, such as `metadata.customer`, or `tags`."),
]


@router.get("/v1/experiment/{experiment_id}/summarize", responses=documented(ExperimentSummary))
async def summarize(
    request: Request,
    actor: CurrentActor,
    experiment_id: str,
    summarize_scores: bool = False,
    comparison_experiment_id: str | None = None,
) -> Response:
    """Means of an experiment and differences to its baseline, in the shape existing clients expect."""
    services = _services(request)
    links = {"app_url": services.settings.url, "org_name": actor.org_name}
    if not summarize_scores:
        found, _ = await find(services, actor, experiment_id, to=(NO_BASELINE,))
        return encoded(experiment_summary(found.head, None, **links))
    question = Question(to=_given(comparison_experiment_id))
    comparison = await judged(services, await load(services, actor, experiment_id, question))
    return encoded(experiment_summary(comparison.experiment, comparison, **links))


@router.get("/experiment-comparison2", responses=documented(ComparisonSummary))
async def comparison2(
    request: Request, actor: CurrentActor, experiment_id: str, base_experiment_id: str | None = None
) -> Response:
    """Scores and metrics of an experiment by name, with differences to a baseline."""
    services = _services(request)
    loaded = await load(services, actor, experiment_id, Question(to=_given(base_experiment_id)))
    return encoded(comparison_summary(await judged(services, loaded)))


@router.get("/v1/experiment/{experiment_id}/compare", responses=documented(Comparison))
async def compare(
    request: Request,
    actor: ExperimentReader,
    experiment_id: str,
    judging: Judging,
    to: Baselines = [],  # noqa: B006
    slice: SliceExpression = None,
    key: Annotated[
        str | None,
        Query(
            max_length=500,
            description="What pairs cases in this answer. Default: the project's `comparison_key`.",
        ),
    ] = None,
) -> Response:
    """The whole comparison with baselines: intervals, verdicts, totals, unmatched cases, warnings.

    `to` is the id or name of an experiment, or `none`; given several times, the experiment is compared with each, and
    p-values are corrected over all of them. Left out, the baseline is chosen. `slice` adds the scores of each of its
    values; a case with several `tags` counts in each. `correction` `bh` bounds the share of false findings instead of
    the chance of any.
    """
    services = _services(request)
    question = Question(to=tuple(to), slice=slice, key=key or None, **judging)
    return encoded(await judged(services, await load(services, actor, experiment_id, question)))


@router.get("/v1/experiment/{experiment_id}/evidence", responses=documented(evidence.Proof))
async def prove(
    request: Request, actor: CurrentActor, experiment_id: str, judging: Judging, to: str | None = None
) -> Response:
    """The comparison with everything it was computed from, trace by trace, for `assay capsule save`."""
    services = _services(request)
    loaded = await load(services, actor, experiment_id, Question(to=_given(to), **judging))
    proof = await proven(services, loaded)
    return Response(await asyncio.to_thread(evidence.encode, proof), media_type="application/json")


@router.get("/v1/experiment/{experiment_id}/cases", responses=documented(cases.CasePage))
async def list_cases(
    request: Request,
    actor: ExperimentReader,
    experiment_id: str,
    to: Baselines = [],  # noqa: B006
    filter: cases.Filter = "all",
    score: str | None = None,
    cluster: ClusterKey = None,
    slice: SliceExpression = None,
    value: Annotated[
        str | None, Query(description="With `slice`: cases of this value only, empty for none.")
    ] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Cases one by one with the values of both runs, oldest first; `score` narrows improved, regressed and flaky.

    Filters and values are against the first `to`; what each further one did with the case is in its `others`. Each
    case names its `cluster`. A page ends early when the payloads of its cases are large: follow `cursor` until it is
    null.
    """
    services = _services(request)
    if value is not None and not slice:
        raise BadRequest("value names one value of a slice: give slice too.", code="slice_missing")
    view = _View(filter, score, value, min(limit, cases.MAX_PAGE), position(cursor))
    question = Question(to=tuple(to), cluster=cluster, slice=slice if value is not None else None)
    loaded = await load(services, actor, experiment_id, question)
    return encoded(await asyncio.to_thread(_page, services, loaded, view))


@dataclass(frozen=True, slots=True)
class _View:
    """Which cases are asked for."""

    filter: cases.Filter
    score: str | None
    part: str | None
    limit: int
    start: int


def _page(services: Services, loaded: Loaded, view: _View) -> cases.CasePage:
    grid = cases.case_grid(
        loaded.experiment,
        loaded.baseline,
        loaded.rules,
        score=view.score,
        others=loaded.others,
        part=view.part,
    )
    positions, after = cases.page(grid, view.filter, limit=view.limit, start=view.start)
    ours, _ = cases.row_ids(grid, positions)
    payloads = load_payloads(services.spans, loaded.ref, ours, budget=cases.PAGE_BYTES)
    if len(payloads) < len(positions):
        positions, after = positions[: len(payloads)], positions[len(payloads)]
    _, theirs = cases.row_ids(grid, positions)
    base = load_payloads(services.spans, loaded.baseline_ref, theirs) if loaded.baseline_ref else {}
    others = [
        load_payloads(services.spans, ref, ids)
        for ref, ids in zip(loaded.other_refs, cases.other_row_ids(grid, positions), strict=True)
    ]
    return cases.CasePage(
        cases=cases.render(grid, positions, payloads, base, others),
        cursor=None if after is None else str(after),
        counts=cases.counts(grid),
        cluster_key=loaded.rules.cluster_key,
    )


def _given(to: str | None) -> tuple[str, ...]:
    return (to,) if to else ()


def _services(request: Request) -> Services:
    return request.app.state.services
