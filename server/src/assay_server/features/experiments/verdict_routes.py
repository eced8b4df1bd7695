"""Routes of summaries, comparisons and cases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from assay_server.engines.stats import LEVEL, SCORE_MARGIN
from assay_server.errors import BadRequest
from assay_server.features.experiments import cases, evidence
from assay_server.features.experiments.compare import Comparison
from assay_server.features.experiments.rows import load_payloads
from assay_server.features.experiments.summary import (
    ComparisonSummary,
    ExperimentSummary,
    comparison_summary,
    experiment_summary,
)
from assay_server.features.experiments.verdicts import NO_BASELINE, Loaded, find, judged, load, proven
from assay_server.http.auth import CurrentActor

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["verdicts"])


def _documented(answer: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers this struct: its JSON schema, with references written out."""
    (schema,), parts = msgspec.json.schema_components(
        [answer], schema_hook=evidence.schema, ref_template="{name}"
    )

    def whole(node: Any) -> Any:
        if isinstance(node, dict):
            return whole(parts[node["$ref"]]) if "$ref" in node else {k: whole(v) for k, v in node.items()}
        return [whole(member) for member in node] if isinstance(node, list) else node

    content = {"application/json": {"schema": whole(schema)}}
    return {200: {"description": (answer.__doc__ or "").partition("\n")[0], "content": content}}


Margin = Annotated[float, Query(ge=0, description="Differences of a score within ± this are equivalent.")]
Level = Annotated[float, Query(ge=0.5, lt=1, description="Confidence level of every interval.")]


@router.get("/v1/experiment/{experiment_id}/summarize", responses=_documented(ExperimentSummary))
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
        found, _ = await find(services, actor, experiment_id, to=NO_BASELINE)
        return _json(experiment_summary(found.head, None, **links))
    comparison = await judged(await load(services, actor, experiment_id, to=comparison_experiment_id))
    return _json(experiment_summary(comparison.experiment, comparison, **links))


@router.get("/experiment-comparison2", responses=_documented(ComparisonSummary))
async def comparison2(
    request: Request, actor: CurrentActor, experiment_id: str, base_experiment_id: str | None = None
) -> Response:
    """Scores and metrics of an experiment by name, with differences to a baseline."""
    loaded = await load(_services(request), actor, experiment_id, to=base_experiment_id)
    return _json(comparison_summary(await judged(loaded)))


@router.get("/v1/experiment/{experiment_id}/compare", responses=_documented(Comparison))
async def compare(
    request: Request,
    actor: CurrentActor,
    experiment_id: str,
    to: str | None = None,
    margin: Margin = SCORE_MARGIN,
    level: Level = LEVEL,
) -> Response:
    """The whole comparison with a baseline: intervals, verdicts, totals, warnings.

    `to` is the id or name of an experiment, or `none`; left out, the baseline is chosen.
    """
    services = _services(request)
    return _json(await judged(await load(services, actor, experiment_id, to=to, margin=margin, level=level)))


@router.get("/v1/experiment/{experiment_id}/evidence", responses=_documented(evidence.Proof))
async def prove(request: Request, actor: CurrentActor, experiment_id: str, to: str | None = None) -> Response:
    """The comparison with everything it was computed from, trace by trace, for `assay capsule save`."""
    proof = await proven(await load(_services(request), actor, experiment_id, to=to))
    return Response(await asyncio.to_thread(evidence.encode, proof), media_type="application/json")


@router.get("/v1/experiment/{experiment_id}/cases", responses=_documented(cases.CasePage))
async def list_cases(
    request: Request,
    actor: CurrentActor,
    experiment_id: str,
    to: str | None = None,
    filter: cases.Filter = "all",
    score: str | None = None,
    limit: Annotated[int, Query(ge=1)] = 50,
    cursor: str | None = None,
) -> Response:
    """Cases one by one with the values of both runs, oldest first; `score` narrows improved and regressed."""
    services = _services(request)
    start = _position(cursor)
    loaded = await load(services, actor, experiment_id, to=to)
    page = await asyncio.to_thread(_page, services, loaded, filter, score, min(limit, cases.MAX_PAGE), start)
    return _json(page)


def _page(
    services: Services, loaded: Loaded, wanted: cases.Filter, score: str | None, limit: int, start: int
) -> cases.CasePage:
    grid = cases.case_grid(loaded.experiment, loaded.baseline, loaded.rules, score=score)
    positions, after = cases.page(grid, wanted, limit=limit, start=start)
    ours, theirs = cases.row_ids(grid, positions)
    payloads = load_payloads(services.spans, loaded.ref, ours)
    base = load_payloads(services.spans, loaded.baseline_ref, theirs) if loaded.baseline_ref else {}
    return cases.CasePage(
        cases=cases.render(grid, positions, payloads, base),
        cursor=None if after is None else str(after),
        counts=cases.counts(grid),
    )


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not cursor.isascii() or not cursor.isdigit():
        raise BadRequest(f"{cursor[:40]!r} is no cursor; send the one of the page before.", code="bad_cursor")
    return int(cursor)


def _services(request: Request) -> Services:
    return request.app.state.services


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
