"""Routes of users: to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from assay_server.engines.authz import Actor, in_org, require
from assay_server.errors import NotFound
from assay_server.features.users.service import find_member, list_members
from assay_server.features.users.types import User, UserList
from assay_server.http.auth import CurrentActor, actor_of
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["users"], route_class=ObjectRoute)

Values = Annotated[list[str] | None, Query(description="Repeat the parameter for several values")]


@router.get("/v1/user", response_model=UserList)
def list_users(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    given_name: Values = None,
    family_name: Values = None,
    email: Values = None,
) -> Any:
    """Users of the organization, newest first."""
    require(actor, "read", in_org(actor, "user"))
    filters = {"id": ids, "given_name": given_name, "family_name": family_name, "email": email}
    with _services(request).meta.read() as connection:
        return {"objects": list_members(connection, actor.org_id, page, filters)}


@router.get("/v1/user/{user_id}", response_model=User)
def get_user(request: Request, actor: CurrentActor, user_id: str) -> Any:
    """One user by id."""
    require(actor, "read", in_org(actor, "user"))
    return _member(request, actor, user_id)


@router.get("/ping")
async def ping(request: Request) -> dict[str, Any]:
    """Whether the server answers; with a credential, who the caller is."""
    if "authorization" not in request.headers and not request.cookies:
        return {"status": "ok"}
    actor = await actor_of(request)
    row = await run_in_threadpool(_member, request, actor, str(actor.user_id))
    return {name: row[name] for name in ("id", "email", "given_name", "family_name")}


def _member(request: Request, actor: Actor, user_id: str) -> dict[str, Any]:
    with _services(request).meta.read() as connection:
        row = find_member(connection, actor.org_id, user_id.lower())
    if row is None:
        raise NotFound(
            f"Organization {actor.org_name!r} has no user with id {user_id[:100]!r}.", code="user_not_found"
        )
    return row


def _services(request: Request) -> Services:
    return request.app.state.services
