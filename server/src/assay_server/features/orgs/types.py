"""Bodies of the organisation routes."""

from __future__ import annotations

from pydantic import BaseModel


class Organization(BaseModel):
    """An organisation: everything a caller sees belongs to one."""

    id: str
    name: str
    created: str
    api_url: str
    proxy_url: str
    is_universal_api: bool = True


class OrganizationList(BaseModel):
    """The organisations the caller belongs to."""

    objects: list[Organization]
