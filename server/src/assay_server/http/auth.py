"""Who sent a request: an API key in `Authorization: Bearer`, or the session cookie of a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from assay_server.engines.authz import Actor, LinkKind, not_shared
from assay_server.errors import Forbidden, Unauthorized
from assay_server.ports.audit import CALLER

SESSION_COOKIE = "assay_session"
CSRF_HEADER = "x-assay-csrf"
ORG_HEADER = "x-bt-org-name"
LINK_PREFIX = "assay-link-"
"""How the token of a shared link begins."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer sk-assay-…`")


class Authenticator(Protocol):
    """What is asked of the auth service; a credential is an API key or a session token."""

    def remembered(self, kind: str, credential: str) -> Actor | None:
        """The actor when this credential was checked a moment ago; never blocks."""
        ...

    def actor_for_key(self, key: str) -> Actor:
        """The owner of an API key. Raises Unauthorized."""
        ...

    def actor_for_session(self, token: str) -> Actor:
        """The owner of a browser session. Raises Unauthorized."""
        ...


class LinkAuthenticator(Protocol):
    """What is asked of the service of shared links."""

    def actor(self, token: str) -> Actor:
        """Whoever holds a link that works. Raises Unauthorized."""
        ...


async def actor_of(request: Request) -> Actor:
    """The caller of a request, who is a member of an organization: shared links are refused."""
    return await reader_of(request)


async def reader_of(request: Request, *kinds: LinkKind) -> Actor:
    """The caller of a route that whoever holds a shared link of one of these kinds may read, too.

    Raises Unauthorized without a known credential, Forbidden for other links.
    """
    actor = await _caller(request)
    if actor.shared and actor.shared.kind not in kinds:
        raise Forbidden(
            "A shared link reads one object and does nothing else; sign in, or use an API key.",
            code="link_forbidden",
        )
    return actor


async def _caller(request: Request) -> Actor:
    """The caller of a request.

    A key wins over a cookie. A cookie is sent by the browser unasked, so with one every method that changes
    something needs the header `x-assay-csrf: 1`, which a foreign page cannot set.

    Raises Unauthorized without a known credential, Forbidden without that header or for another organization.
    """
    auth: Authenticator = request.app.state.services.auth
    if "authorization" in request.headers:
        key = _bearer_token(request.headers["authorization"])
        if key.startswith(LINK_PREFIX):
            links: LinkAuthenticator = request.app.state.services.shared_links
            return await run_in_threadpool(links.actor, key)
        actor = auth.remembered("api_key", key) or await run_in_threadpool(auth.actor_for_key, key)
    elif token := request.cookies.get(SESSION_COOKIE):
        if request.method not in _SAFE_METHODS and request.headers.get(CSRF_HEADER) != "1":
            raise Forbidden(
                f"A {request.method} with a session cookie needs the header {CSRF_HEADER}: 1.",
                code="csrf_missing",
            )
        actor = auth.remembered("session", token) or await run_in_threadpool(auth.actor_for_session, token)
    else:
        raise Unauthorized("Send an API key: Authorization: Bearer <key>.", code="credential_missing")
    check_org(actor, request.headers.get(ORG_HEADER))
    _name_caller(actor)
    return actor


def _name_caller(actor: Actor) -> None:
    """Say in the audit log who does what this request changes."""
    caller = CALLER.get()
    if caller is not None:
        caller.kind, caller.user_id, caller.key_id = actor.kind, actor.user_id, actor.key_id


def check_org(actor: Actor, org_name: str | None = None, org_id: str | None = None) -> None:
    """Raises Forbidden when a request selects an organization other than the actor's."""
    if actor.shared and (org_name or org_id):
        raise not_shared()
    if (org_name and org_name != actor.org_name) or (org_id and org_id != actor.org_id):
        raise Forbidden(
            f"This credential belongs to organization {actor.org_name!r}, not {(org_name or org_id)!r}.",
            code="org_unknown",
        )


def _bearer_token(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(
            "The Authorization header must read: Bearer <API key>.", code="credential_malformed"
        )
    return token.strip()


async def _documented(
    request: Request, _key: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Actor:
    """`actor_of`, declared so that openapi.json names the security scheme."""
    return await actor_of(request)


CurrentActor = Annotated[Actor, Depends(_documented)]
"""FastAPI dependency: the caller."""


def shared_reader(*kinds: LinkKind) -> Callable[..., Awaitable[Actor]]:
    """A FastAPI dependency: `reader_of`, declared so that openapi.json names the security scheme."""

    async def reader(
        request: Request, _key: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
    ) -> Actor:
        return await reader_of(request, *kinds)

    return reader


ExperimentReader = Annotated[Actor, Depends(shared_reader("experiment"))]
"""FastAPI dependency: the caller, or whoever holds a link to an experiment."""
