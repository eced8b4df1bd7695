"""Bodies of the environment routes."""

from __future__ import annotations

from pydantic import BaseModel

from assay_server.http.models import Created, Name, Version, Wire
from assay_server.http.objects import Filters, OrgFields


class EnvironmentCreate(OrgFields):
    """An environment to create; its slug is what clients name it by."""

    name: Name
    slug: Name
    description: str | None = None
    created: Created | None = None


class EnvironmentPatch(Wire):
    """Fields to change; null clears."""

    name: Name | None = None
    slug: Name | None = None
    description: str | None = None


class EnvironmentFilters(Filters):
    """Query parameters of a list of environments."""

    slug: str | None = None


class Environment(BaseModel):
    """A stage such as production, which uses chosen versions of prompts, functions and datasets."""

    id: str
    org_id: str
    name: str
    slug: str
    description: str | None = None
    created: str
    deleted_at: str | None = None


class PinnedCreate(OrgFields):
    """The version that an environment is to use."""

    object_version: Version


class Pinned(BaseModel):
    """The version of an object that an environment uses."""

    id: str
    object_type: str
    object_id: str
    object_version: str
    environment_slug: str
    created: str


class PinnedList(BaseModel):
    """What environments use of one object."""

    objects: list[Pinned]


class PinChangeQuery(OrgFields):
    """Changes of which project, from `since` to before `until`."""

    project_id: str
    since: Created | None = None
    until: Created | None = None


class PinChange(BaseModel):
    """An environment began to use another version of an object, or (`object_version` is null) none."""

    id: str
    created: str
    environment_slug: str
    object_type: str
    object_id: str
    object_name: str
    object_version: str | None = None
    actor_name: str | None = None


class PinChangeList(BaseModel):
    """Changes of what environments use, newest first."""

    objects: list[PinChange]
