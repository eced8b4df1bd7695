"""Bodies of the organization routes."""

from __future__ import annotations

import re
import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from assay.core.times import iso_time
from assay_server.engines.authz import Role
from assay_server.http.models import Name, Wire
from assay_server.http.objects import OrgFields

Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]


PublicLinks = Literal["allowed", "forbidden"]

RESERVED_NAMES = frozenset({"public"})
"""Names that an organization cannot take: addresses of the UI begin with the name, and links with these."""

_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?|https?://\[[0-9a-f:.]+\](?::\d{1,5})?"
)


def _check_origin(text: str) -> str:
    origin = text.strip().rstrip("/").lower()
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("must be an origin such as https://wiki.example.com, without a path or wildcards")
    return origin


def _check_free(name: str | None) -> str | None:
    if name is not None and name.lower() in RESERVED_NAMES:
        raise ValueError("is reserved; choose another name")
    return name


class Organization(BaseModel):
    """An organization: everything a caller sees belongs to one."""

    id: str
    name: str
    created: str
    api_url: str
    proxy_url: str
    is_universal_api: bool = True
    public_links: PublicLinks = "forbidden"
    embed_origins: list[str] = []


class OrganizationList(BaseModel):
    """The organizations the caller belongs to."""

    objects: list[Organization]


class OrganizationPatch(Wire):
    """Fields to change. Addresses are those of the server: set them where it is started.

    `public_links` says whether shared links work; forbidding stops those that exist at once. `embed_origins` are the
    origins whose pages may show a shared board in a frame.
    """

    name: Annotated[Name | None, AfterValidator(_check_free)] = None
    public_links: PublicLinks | None = None
    embed_origins: Annotated[
        list[Annotated[str, AfterValidator(_check_origin)]] | None, Field(max_length=50)
    ] = None


class NewServiceAccount(Wire):
    """A service account to make, with a first token when `token_name` is given."""

    name: Name
    token_name: Name | None = None
    token_expires_in_seconds: Annotated[int, Field(ge=1, le=10**9)] | None = None

    def expires_at(self) -> str | None:
        """When the first token ends."""
        seconds = self.token_expires_in_seconds
        return iso_time(time.time() + seconds) if seconds else None


class Invitation(Wire):
    """Whom to add: people by address, or by the id of a user, and service accounts.

    The groups `Owners`, `Engineers` and `Viewers` stand for the roles owner, member and viewer.
    """

    ids: list[str] | None = None
    emails: list[Email] | None = None
    group_id: str | None = None
    group_ids: list[str] | None = None
    group_name: str | None = None
    group_names: list[str] | None = None
    send_invite_emails: bool | None = None
    service_accounts: list[NewServiceAccount] | None = None


class Removal(Wire):
    """Whom to remove."""

    ids: list[str] | None = None
    emails: list[Email] | None = None


class RoleChange(Wire):
    """A member, by id or address, and the role they shall have in the organization."""

    id: str | None = None
    email: Email | None = None
    role: Role

    @model_validator(mode="after")
    def _check_who(self) -> Self:
        if bool(self.id) == bool(self.email):
            raise ValueError("give either id or email")
        return self


class MembersPatch(OrgFields):
    """Members to add, to give another role and to remove, in this order and in one transaction."""

    invite_users: Invitation | None = None
    change_users: list[RoleChange] | None = None
    remove_users: Removal | None = None


class AddedUser(BaseModel):
    """A new member: people get a link that signs one browser in, once; service accounts may have a key."""

    id: str
    email: str
    login_url: str | None = None
    api_key: str | None = None
    token_name: str | None = None


class ChangedMembers(BaseModel):
    """What was done."""

    status: Literal["success"] = "success"
    org_id: str
    added_users: list[AddedUser]
    send_email_error: str | None = None
