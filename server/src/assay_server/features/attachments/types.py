"""Bodies and answers of the attachment routes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from assay_server.http.models import Wire

Key = Annotated[str, Field(min_length=1, max_length=512, description="What the reference in the row holds")]


class AttachmentCreate(Wire):
    """Announces a file: what it is called and what it is."""

    key: Key
    filename: str = Field(max_length=1024)
    content_type: str = Field(max_length=255)
    org_id: str | None = None
    org_name: str | None = None


class AttachmentUpload(BaseModel):
    """Where to PUT the bytes, with which headers."""

    signedUrl: str
    headers: dict[str, str]


class AttachmentStatus(Wire):
    """How far an upload is."""

    upload_status: Literal["uploading", "done", "error"]
    error_message: str | None = Field(None, max_length=10_000)


class AttachmentReport(Wire):
    """What became of an upload, told by who made it."""

    key: Key
    status: AttachmentStatus
    org_id: str | None = None
    org_name: str | None = None


class AttachmentDownload(BaseModel):
    """Where to read the bytes, and whether they are all there."""

    downloadUrl: str
    status: AttachmentStatus
