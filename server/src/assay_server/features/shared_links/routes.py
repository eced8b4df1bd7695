"""Routes of shared links: to make and end them, and to read what one shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from assay_server.engines.authz import Actor
from assay_server.engines.query.types import QueryRequest
from assay_server.errors import BadRequest, NotFound
from assay_server.features.shared_links.charts import (
    Window,
    ends_question,
    list_question,
    pick_charts,
    series_question,
)
from assay_server.features.shared_links.service import Place, Wanted
from assay_server.features.shared_links.types import (
    BoardQuestion,
    CreatedSharedLink,
    SharedLink,
    SharedLinkCreate,
    SharedLinkList,
    SharedLinkPatch,
    SharedView,
)
from assay_server.features.sql.service import page
from assay_server.http.address import address_of
from assay_server.http.auth import CurrentActor, check_org, shared_reader
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["shared links"], route_class=ObjectRoute)

Holder = Annotated[Actor, Depends(shared_reader("experiment", "trace", "board"))]
BoardHolder = Annotated[Actor, Depends(shared_reader("board"))]


@router.post("/v1/shared_link", response_model=CreatedSharedLink)
async def create_shared_link(request: Request, actor: CurrentActor, body: SharedLinkCreate) -> Any:
    """Make a link that shows one object to whoever has it. Its token is in this response and nowhere else.

    It takes the right to give others access to the object, and an organization that allows public links.
    """
    check_org(actor, body.org_name, body.org_id)
    services = _services(request)
    name = await _trace_name(services, actor, body) if body.root_span_id else None
    wanted = Wanted(
        object_type=body.object_type,
        object_id=body.object_id,
        root_span_id=body.root_span_id,
        baseline_ids=body.baseline_ids,
        project_id=body.project_id,
    )
    row, token = await run_in_threadpool(
        services.shared_links.create, actor, wanted, expires_at=body.expires_at, name=name
    )
    return {**row, "token": token, "url": f"{address_of(request)}/app/public/{token}"}


@router.get("/v1/shared_link", response_model=SharedLinkList)
def list_shared_links(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    project_id: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    root_span_id: str | None = None,
) -> Any:
    """Links that were not revoked, newest first: of a project, or of the whole organization."""
    filters = {
        "project_id": project_id,
        "object_type": object_type,
        "object_id": object_id,
        "root_span_id": root_span_id,
    }
    return {"objects": _services(request).shared_links.list(actor, page, filters, ids)}


@router.get("/v1/shared_link/{shared_link_id}", response_model=SharedLink)
def get_shared_link(request: Request, actor: CurrentActor, shared_link_id: str) -> Any:
    """One link by id, without its token."""
    return _services(request).shared_links.get(actor, shared_link_id)


@router.patch("/v1/shared_link/{shared_link_id}", response_model=SharedLink)
def change_shared_link(
    request: Request, actor: CurrentActor, shared_link_id: str, body: SharedLinkPatch
) -> Any:
    """Set when a link ends."""
    return _services(request).shared_links.update(actor, shared_link_id, expires_at=body.expires_at)


@router.delete("/v1/shared_link/{shared_link_id}", response_model=SharedLink)
def revoke_shared_link(request: Request, actor: CurrentActor, shared_link_id: str) -> Any:
    """End a link: it shows nothing from now on."""
    return _services(request).shared_links.revoke(actor, shared_link_id)


@router.get("/api/shared", response_model=SharedView)
def read_shared(request: Request, actor: Holder) -> Any:
    """What the link shows whose token is the credential of this request."""
    services = _services(request)
    row, place = services.shared_links.shown(_holding(actor))
    shown: dict[str, Any] = {
        "kind": place.kind,
        "name": row["name"],
        "project_id": row["project_id"],
        "expires_at": row["expires_at"],
    }
    if place.kind == "experiment":
        experiment = services.objects.get(actor, "experiment", place.ref.object_id)
        shown |= {"experiment": experiment, "baseline_ids": [ref.object_id for ref in place.baselines]}
    elif place.kind == "trace":
        shown["trace"] = {name: row[name] for name in ("object_type", "object_id", "root_span_id")}
    elif place.view is not None:
        shown["board"] = {
            "id": place.view["id"],
            "name": place.view["name"],
            "charts": _charts(place),
        }
    return shown


@router.post("/api/shared/charts")
async def read_shared_charts(request: Request, actor: BoardHolder, body: BoardQuestion) -> Response:
    """Rows for charts of the shared board, as POST /btql gives them; the questions are the board's own."""
    services = _services(request)
    _, place = await run_in_threadpool(services.shared_links.shown, _holding(actor))
    sql = _question(place, body)
    answer = await services.query.run(actor, QueryRequest(query=sql, raw=True))
    return page(answer, applied=services.ingest.health()["applied_xact"])


def _question(place: Place, body: BoardQuestion) -> str:
    project, window = place.ref.object_id, Window(body.since, body.until)
    if body.ask == "ends":
        return ends_question(project, window)
    charts = pick_charts(_charts(place), body.charts)
    if body.ask == "series":
        return series_question(charts, project, window, body.unit)
    if len(charts) != 1:
        raise BadRequest("Ask for the rows of one chart at a time.", code="charts_mixed")
    return list_question(charts[0], project, window)


def _charts(place: Place) -> list[Any]:
    charts = ((place.view or {}).get("options") or {}).get("charts")
    return charts if isinstance(charts, list) else []


async def _trace_name(services: Services, actor: Actor, body: SharedLinkCreate) -> str:
    """What the root of a trace is called. Raises NotFound when there is no such trace."""
    if body.object_type == "view":
        raise BadRequest("A board has no root_span_id.", code="trace_unexpected")
    source, trace = (text.replace("'", "''") for text in (body.object_id, body.root_span_id or ""))
    sql = (
        f"SELECT span_attributes.name AS name FROM {body.object_type}('{source}') "
        f"WHERE root_span_id = '{trace}' ORDER BY is_root DESC, created LIMIT 1"
    )
    rows = (await services.query.run(actor, QueryRequest(query=sql))).rows
    if not rows:
        raise NotFound(
            f"There is no trace {(body.root_span_id or '')[:100]!r} in this {body.object_type}.",
            code="trace_not_found",
        )
    return str(rows[0]["name"] or "Trace")[:512]


def _holding(actor: Actor) -> Actor:
    """The actor itself, who must hold a link. Raises NotFound."""
    if actor.shared is None:
        raise NotFound("Send the token of a shared link as the credential.", code="not_shared")
    return actor


def _services(request: Request) -> Services:
    return request.app.state.services
