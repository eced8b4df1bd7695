"""Bodies of the credential routes."""

from __future__ import annotations

from pydantic import BaseModel

from assay_server.http.models import Future, Name, Wire


class ApiKeyCreate(Wire):
    """A key to create for the caller."""

    name: Name
    org_id: str | None = None
    org_name: str | None = None
    expires_at: Future | None = None


class ApiKey(BaseModel):
    """An API key without its secret."""

    id: str
    name: str
    preview_name: str
    org_id: str
    user_id: str
    created: str
    expires_at: str | None = None


class CreatedApiKey(ApiKey):
    """A new API key; `key` is shown this once and cannot be read again."""

    key: str


class ApiKeyList(BaseModel):
    """A page of API keys, newest first."""

    objects: list[ApiKey]


class OrgInfo(BaseModel):
    """Where a client finds the parts of the server for an organization."""

    id: str
    name: str
    api_url: str
    proxy_url: str
    realtime_url: str | None = None
    is_universal_api: bool = True


class KeyLogin(BaseModel):
    """The organizations of a key; the first one is the default."""

    org_info: list[OrgInfo]


class SessionLogin(Wire):
    """A one-time token from a login link."""

    token: str


class LoginLink(BaseModel):
    """A link that signs one browser in, once, within 15 minutes."""

    url: str
    token: str


class SessionUser(BaseModel):
    """Who is signed in."""

    id: str
    email: str
    name: str
    role: str


class SessionOrg(BaseModel):
    """Where they are signed in."""

    id: str
    name: str


class SignedIn(BaseModel):
    """The user and organization of a session."""

    user: SessionUser
    org: SessionOrg


class Me(SignedIn):
    """Who is asking, and what the server is; `scripted` while no model provider has a key."""

    version: str
    scripted: bool


class SignedOut(BaseModel):
    """The session has ended."""

    status: str = "signed_out"


class BrowserSession(BaseModel):
    """A browser somebody is signed in with; `current` is the one that asks."""

    id: str
    created: str
    expires_at: str
    ip: str | None = None
    user_agent: str | None = None
    current: bool


class SessionList(BaseModel):
    """The living sessions of the caller, newest first."""

    objects: list[BrowserSession]


class EndedSessions(BaseModel):
    """How many sessions were ended."""

    ended: int
