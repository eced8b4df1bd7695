"""The view each user opens a page with: a choice of their own, kept apart from the views everyone shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from assay_server.engines.authz import Actor
from assay_server.errors import BadRequest
from assay_server.features.project_settings.attached_types import ViewDefault, ViewDefaultChoice, ViewType
from assay_server.features.project_settings.tables import view_defaults, views
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["project settings"], route_class=ObjectRoute)

ProjectId = Annotated[str, Query(description="The project whose page it is.")]
PageType = Annotated[ViewType, Query(description="The page.")]


@router.get("/v1/view_default", response_model=ViewDefault)
def read_view_default(
    request: Request, actor: CurrentActor, project_id: ProjectId, view_type: PageType
) -> Any:
    """What the caller opens a page with; a view that was deleted since is no choice any more."""
    services = _services(request)
    project = services.objects.get(actor, "project", project_id)
    live = sa.or_(view_defaults.c.view_id.is_(None), views.c.deleted_at.is_(None))
    query = (
        sa.select(view_defaults.c.view_id)
        .select_from(view_defaults.outerjoin(views, views.c.id == view_defaults.c.view_id))
        .where(*_mine(actor, project["id"], view_type), live)
    )
    with services.meta.read() as connection:
        row = connection.execute(query).first()
    return {
        "project_id": project["id"],
        "view_type": view_type,
        "view_id": row and row.view_id,
        "chosen": row is not None,
    }


@router.put("/v1/view_default", response_model=ViewDefault)
def choose_view_default(request: Request, actor: CurrentActor, body: ViewDefaultChoice) -> Any:
    """Open a page with this view from now on; the choice is the caller's own. 400 for a view of another page."""
    services = _services(request)
    project = services.objects.get(actor, "project", body.project_id)
    view_id = _view_of_page(services, actor, project["id"], body)
    values = {"user_id": actor.user_id, "project_id": project["id"], "view_type": body.view_type}
    change = (
        view_defaults.update().where(*_mine(actor, project["id"], body.view_type)).values(view_id=view_id)
    )
    with services.meta.begin() as connection:
        if connection.execute(change).rowcount == 0:
            try:
                with connection.begin_nested():
                    connection.execute(view_defaults.insert().values(**values, view_id=view_id))
            except IntegrityError:  # two choices at once: the later one counts
                connection.execute(change)
    return {"project_id": project["id"], "view_type": body.view_type, "view_id": view_id, "chosen": True}


@router.delete("/v1/view_default", response_model=ViewDefault)
def forget_view_default(
    request: Request, actor: CurrentActor, project_id: ProjectId, view_type: PageType
) -> Any:
    """Follow the project again."""
    services = _services(request)
    project = services.objects.get(actor, "project", project_id)
    with services.meta.begin() as connection:
        connection.execute(view_defaults.delete().where(*_mine(actor, project["id"], view_type)))
    return {"project_id": project["id"], "view_type": view_type, "view_id": None, "chosen": False}


def _view_of_page(services: Services, actor: Actor, project_id: str, choice: ViewDefaultChoice) -> str | None:
    if choice.view_id is None:
        return None
    view = services.objects.get(actor, "view", choice.view_id)
    if view["view_type"] != choice.view_type or view["object_id"] not in (project_id, actor.org_id):
        raise BadRequest(
            f"The view {view['name']!r} is of {view['view_type']} in another place: "
            f"choose one of {choice.view_type} in this project or the organization.",
            code="view_of_another_page",
        )
    return view["id"]


def _mine(actor: Actor, project_id: str, view_type: str) -> tuple[sa.ColumnElement[bool], ...]:
    columns = view_defaults.c
    return (
        columns.user_id == actor.user_id,
        columns.project_id == project_id,
        columns.view_type == view_type,
    )


def _services(request: Request) -> Services:
    return request.app.state.services
