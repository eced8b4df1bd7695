"""Routes of browser sessions: links, signing in and out, who am I."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from assay_server.engines.authz import Actor
from assay_server.errors import Forbidden, NotFound
from assay_server.features.keys.service import SESSION_SECONDS
from assay_server.features.keys.types import (
    BrowserSession,
    EndedSessions,
    LoginLink,
    Me,
    SessionList,
    SessionLogin,
    SignedIn,
    SignedOut,
)
from assay_server.features.users.service import find_member
from assay_server.http.auth import SESSION_COOKIE, CurrentActor
from assay_server.http.limits import ObjectRoute
from assay_server.ports.secrets import SecretUnreadable
from assay_server.settings import VERSION

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["session"], route_class=ObjectRoute)


@router.post("/api/session/login", response_model=SignedIn)
def sign_in(request: Request, response: Response, body: SessionLogin) -> Any:
    """Spend a one-time token on a session of 30 days, held in an HttpOnly cookie."""
    services = _services(request)
    session = services.auth.login(body.token)
    response.set_cookie(
        SESSION_COOKIE,
        session.token,
        max_age=SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.settings.url.startswith("https:"),
    )
    return _identity(services, session.actor)


@router.post("/api/session/logout")
def sign_out(request: Request, response: Response, actor: CurrentActor) -> SignedOut:
    """End the session of this browser, on the server too."""
    token = request.cookies.get(SESSION_COOKIE)
    if actor.kind == "session" and token:
        _services(request).auth.logout(token)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
    return SignedOut()


@router.get("/api/session/all", response_model=SessionList)
def list_sessions(request: Request, actor: CurrentActor) -> Any:
    """The browsers the caller is signed in with, newest first."""
    return {"objects": _services(request).auth.list_sessions(actor)}


@router.post("/api/session/end_others")
def end_other_sessions(request: Request, actor: CurrentActor) -> EndedSessions:
    """Sign the caller out everywhere but in this browser."""
    return EndedSessions(ended=_services(request).auth.end_other_sessions(actor))


@router.delete("/api/session/all/{session_id}", response_model=BrowserSession)
def end_session(request: Request, actor: CurrentActor, session_id: str) -> Any:
    """Sign one browser of the caller out."""
    return _services(request).auth.end_session(actor, session_id)


@router.post("/api/session/link")
def new_link(request: Request, actor: CurrentActor) -> LoginLink:
    """A link that signs one browser in as the owner of the API key, once, within 15 minutes."""
    if actor.kind != "api_key" or actor.user_id is None:
        raise Forbidden(
            "Ask for a login link with an API key, not from a browser session.", code="key_needed"
        )
    services = _services(request)
    token = services.auth.new_login_token(actor.org_id, actor.user_id)
    return LoginLink(url=f"{services.settings.url}/login?token={token}", token=token)


@router.get("/api/me", response_model=Me)
def me(request: Request, actor: CurrentActor) -> Any:
    """The caller, their organization, and what the server offers."""
    services = _services(request)
    return {**_identity(services, actor), "version": VERSION, "scripted": _scripted(services, actor)}


def _identity(services: Services, actor: Actor) -> dict[str, Any]:
    with services.meta.read() as connection:
        user = find_member(connection, actor.org_id, str(actor.user_id))
    if user is None:
        raise NotFound("Your user is no longer a member of this organization.", code="user_not_found")
    name = " ".join(part for part in (user["given_name"], user["family_name"]) if part) or user["email"]
    return {
        "user": {"id": user["id"], "email": user["email"], "name": name, "role": user["role"]},
        "org": {"id": actor.org_id, "name": actor.org_name},
    }


def _scripted(services: Services, actor: Actor) -> bool:
    try:
        return services.gateway.scripted_only(actor.org_id)
    except SecretUnreadable:  # there is a key; that it cannot be read is said by the call that needs it
        return False


def _services(request: Request) -> Services:
    return request.app.state.services
