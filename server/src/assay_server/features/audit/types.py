"""Query and answers of the audit log routes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from assay_server.http.models import Created
from assay_server.http.objects import OrgFields

ActorType = Literal["session", "api_key", "service_token", "system"]


class AuditQuery(OrgFields):
    """Which entries; repeat a parameter for several values. `actor_id` is a user's id or a key's; `until` is not
    included."""

    action: list[str] | None = None
    object_type: list[str] | None = None
    object_id: str | None = None
    project_id: str | None = None
    actor_id: str | None = None
    actor_type: ActorType | None = None
    request_id: str | None = None
    since: Created | None = None
    until: Created | None = None


class AuditExport(AuditQuery):
    """Which entries, and how."""

    format: Literal["csv", "jsonl"] = "jsonl"


class AuditEntry(BaseModel):
    """What one caller did to one object. Names are those of the time.

    `changes` holds `before` and `after` of every field that changed; a side that was null is left out, secrets read
    `(secret)`, values over 16 KiB are `{"omitted_bytes": n}`. `actor_id` is null for the server itself.
    """

    id: str
    org_id: str
    project_id: str | None = None
    created: str
    action: str
    object_type: str
    object_id: str | None = None
    object_name: str | None = None
    actor_type: ActorType
    actor_id: str | None = None
    actor_name: str | None = None
    key_id: str | None = None
    key_name: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    changes: dict[str, dict[str, Any]]


class AuditPage(BaseModel):
    """A page of entries, newest first."""

    objects: list[AuditEntry]
