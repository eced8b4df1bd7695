"""Bodies of the routes of notifications."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from assay_server.http.models import Wire


class Notification(BaseModel):
    """That `actor_name` mentioned the caller in a comment (`text`), or assigned them, in one row of an object."""

    id: str
    kind: Literal["mention", "assignment"]
    project_id: str
    object_type: str
    object_id: str
    object_name: str
    row_id: str
    text: str | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    created: str
    read_at: str | None = None


class NotificationList(BaseModel):
    """A page of notifications, newest first."""

    objects: list[Notification]


class NotificationPatch(Wire):
    """Whether it counts as read."""

    read: bool


class MarkedRead(BaseModel):
    """How many were unread."""

    marked: int


class Person(BaseModel):
    """A member who may read an object; programs have a `given_name` alone."""

    id: str
    email: str
    given_name: str | None = None
    family_name: str | None = None


class PersonList(BaseModel):
    """Members who may read an object, newest first."""

    objects: list[Person]
