"""Bodies of the user routes."""

from __future__ import annotations

from pydantic import BaseModel


class User(BaseModel):
    """A person, or an account of programs, with a role in the caller's organization."""

    id: str
    email: str
    given_name: str | None = None
    family_name: str | None = None
    avatar_url: str | None = None
    created: str
    role: str
    service_account: bool = False


class UserList(BaseModel):
    """A page of users, newest first."""

    objects: list[User]
