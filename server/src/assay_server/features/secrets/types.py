"""Bodies of the provider key routes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from assay_server.http.models import JsonObject, Name, Wire

SecretText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=65_536)]


class AiSecretFields(Wire):
    """A provider key; `type` is the provider, else `name` is."""

    type: str | None = None
    secret: SecretText | None = None
    metadata: JsonObject | None = None


class AiSecretCreate(AiSecretFields):
    """A provider key to keep under a name."""

    name: Name
    org_id: str | None = None
    org_name: str | None = None


class AiSecretPatch(AiSecretFields):
    """Fields to change; null clears, `metadata` merges key by key."""

    name: Name | None = None


class AiSecretName(Wire):
    """Which key to delete."""

    name: str
    org_id: str | None = None
    org_name: str | None = None


class OrgSelector(Wire):
    """Whose keys to list."""

    org_id: str | None = None
    org_name: str | None = None


class AiSecret(BaseModel):
    """A provider key without its secret, of which only the last characters are shown."""

    id: str
    org_id: str
    name: str
    type: str | None = None
    preview_secret: str | None = None
    metadata: dict[str, Any] | None = None
    created: str
    updated_at: str


class AiSecretList(BaseModel):
    """A page of provider keys, newest first."""

    objects: list[AiSecret]
