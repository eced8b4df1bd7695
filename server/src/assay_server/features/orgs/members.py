"""Who is in an organization: inviting and removing people and service accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor, Role, in_org, require
from assay_server.engines.records import Page, Record
from assay_server.errors import BadRequest, Conflict, NotFound
from assay_server.features.access.service import add_to_groups, leave_everything
from assay_server.features.keys.service import new_key, revoke_everything, store_key
from assay_server.features.orgs.service import lock_org
from assay_server.features.orgs.types import Invitation, MembersPatch, Removal
from assay_server.features.users.service import (
    add_user,
    find_member,
    find_user,
    first_owner,
    join_org,
    leave_org,
    service_account,
    set_role,
)

if TYPE_CHECKING:
    from assay_server.services import Services

BUILT_IN_GROUPS: dict[str, Role] = {"Owners": "owner", "Engineers": "member", "Viewers": "viewer"}
"""Names that are no groups here but stand for roles in the organization."""


def change_members(services: Services, actor: Actor, wanted: MembersPatch) -> list[dict[str, Any]]:
    """Add members, change their roles and remove some in one transaction; returns who was added.

    Without groups the new ones may read and write everything (role member); with groups only what those may
    (role guest). Raises BadRequest for unknown users or groups, Conflict when no owner would be left.
    """
    require(actor, "update", in_org(actor, "organization", actor.org_name))
    invite = wanted.invite_users
    role, group_ids = _placement(services, actor, invite) if invite else ("member", [])
    added: list[dict[str, Any]] = []
    with services.meta.begin() as connection:
        lock_org(
            connection, actor.org_id
        )  # two owners who demote each other at once: one of them comes second
        if invite:
            added = [
                *_invite(connection, actor, invite, role, group_ids),
                *_make_accounts(connection, actor, invite, role, group_ids),
            ]
        for change in wanted.change_users or ():
            member = _named(connection, actor, change.id, change.email)
            set_role(connection, actor.org_id, member["id"], change.role)
        if wanted.remove_users:
            _remove(connection, actor, wanted.remove_users)
        if first_owner(connection, actor.org_id) is None:
            raise Conflict("An organization needs an owner; make another one first.", code="last_owner")
    services.auth.forget()
    for entry in added:
        if "api_key" not in entry:
            token = services.auth.new_login_token(actor.org_id, entry["id"])
            entry["login_url"] = f"{services.settings.url}/login?token={token}"
    return added


def _placement(services: Services, actor: Actor, invite: Invitation) -> tuple[Role, list[str]]:
    """The role and the groups that an invitation gives."""
    names = [*(invite.group_names or ()), *([invite.group_name] if invite.group_name else ())]
    group_ids = [*(invite.group_ids or ()), *([invite.group_id] if invite.group_id else ())]
    for name in names:
        if name not in BUILT_IN_GROUPS:
            found = services.objects.list(actor, "group", Page(1), filters={"name": name})
            if not found:
                raise BadRequest(f"There is no group {name!r}; see GET /v1/group.", code="group_not_found")
            group_ids.append(found[0]["id"])
    try:
        group_ids = [services.objects.get(actor, "group", one)["id"] for one in group_ids]
    except NotFound as error:
        raise BadRequest(error.message, code=error.code) from None
    for name, role in BUILT_IN_GROUPS.items():
        if name in names:
            return role, group_ids
    return ("guest" if group_ids else "member"), group_ids


def _invite(
    connection: sa.Connection, actor: Actor, invite: Invitation, role: Role, group_ids: Sequence[str]
) -> list[dict[str, Any]]:
    added: list[dict[str, Any]] = []
    for email in invite.emails or ():
        user = find_user(connection, email)
        if user is None:
            user = add_user(connection, actor.org_id, email, given_name=email.partition("@")[0], role=role)
            added.append({"id": user["id"], "email": user["email"]})
        elif find_member(connection, actor.org_id, user["id"]) is None:
            join_org(connection, actor.org_id, user["id"], role)
            added.append({"id": user["id"], "email": user["email"]})
        add_to_groups(connection, group_ids, user["id"])
    for user_id in invite.ids or ():
        _member(connection, actor, user_id)
        add_to_groups(connection, group_ids, user_id.lower())
    return added


def _make_accounts(
    connection: sa.Connection, actor: Actor, invite: Invitation, role: Role, group_ids: Sequence[str]
) -> list[dict[str, Any]]:
    added: list[dict[str, Any]] = []
    for wanted in invite.service_accounts or ():
        account, found = service_account(connection, actor.org_id, wanted.name, role)
        add_to_groups(connection, group_ids, account["id"])
        entry: dict[str, Any] = {"id": account["id"], "email": account["email"]}
        if wanted.token_name:
            key_id, key = new_key()
            store_key(
                connection, actor.org_id, account["id"], wanted.token_name, key,
                key_id=key_id, expires_at=wanted.expires_at(),
            )  # fmt: skip
            entry |= {"api_key": key, "token_name": wanted.token_name}
        if not found or wanted.token_name:
            added.append(entry)
    return added


def _remove(connection: sa.Connection, actor: Actor, remove: Removal) -> None:
    """End memberships, and with them keys, sessions, groups and access rules: who is invited again starts anew."""
    gone = [_named(connection, actor, user_id, None) for user_id in remove.ids or ()]
    gone += [_named(connection, actor, None, email) for email in remove.emails or ()]
    for member in gone:
        revoke_everything(connection, actor.org_id, member["id"])
        leave_everything(connection, actor.org_id, member["id"])
        leave_org(connection, actor.org_id, member["id"])


def _named(connection: sa.Connection, actor: Actor, user_id: str | None, email: str | None) -> Record:
    """A member by id or by address."""
    if user_id:
        return _member(connection, actor, user_id)
    user = find_user(connection, str(email)) or {"id": ""}
    return _member(connection, actor, user["id"], called=email)


def _member(connection: sa.Connection, actor: Actor, user_id: str, *, called: str | None = None) -> Record:
    """A member by id; `called` is how the caller named them, who may be of another organization."""
    found = find_member(connection, actor.org_id, user_id.lower())
    if found is None:
        raise BadRequest(
            f"Organization {actor.org_name!r} has no user {(called or user_id)[:100]!r}; invite them by address.",
            code="user_not_found",
        )
    return found
