"""Users and their membership in organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from assay_server.engines import records
from assay_server.engines.authz import Role
from assay_server.engines.records import Page, Record
from assay_server.features.users.tables import members, users


def add_user(connection: sa.Connection, org_id: str, email: str, *, given_name: str, role: Role) -> Record:
    """Create a user as a member of an organisation. Raises IntegrityError when the address is taken."""
    user = records.insert(connection, users, {"email": email, "given_name": given_name})
    connection.execute(members.insert().values(org_id=org_id, user_id=user["id"], role=role))
    return user


def find_member(connection: sa.Connection, org_id: str, user_id: str) -> Record | None:
    """A user of an organisation with its `role`, or None."""
    return records.fetch_one(connection, _members(org_id).where(users.c.id == user_id))


def first_owner(connection: sa.Connection, org_id: str) -> Record | None:
    """The owner who joined the organisation's database first, or None."""
    owners = _members(org_id).where(members.c.role == "owner")
    return records.fetch_one(connection, owners.order_by(users.c.created, users.c.id))


def list_members(
    connection: sa.Connection, org_id: str, page: Page, filters: Mapping[str, Sequence[str] | None]
) -> list[Record]:
    """Users of an organisation, newest first; a filter lists the values a column may have."""
    query: sa.Select[Any] = _members(org_id)
    for name, values in filters.items():
        if values:
            query = query.where(users.c[name].in_(values))
    return records.fetch_page(connection, query, users, page)


def _members(org_id: str) -> sa.Select[Any]:
    joined = sa.select(users, members.c.role).join(members, members.c.user_id == users.c.id)
    return joined.where(members.c.org_id == org_id)
