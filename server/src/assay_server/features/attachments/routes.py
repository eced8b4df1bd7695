"""Attachments: announce a file, upload it over a link, report, and ask for a link to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from assay_server.engines.authz import Actor
from assay_server.errors import BadRequest, NotBuilt
from assay_server.features.attachments.mentions import require_mentioned
from assay_server.features.attachments.service import announce, blob_of, find, report
from assay_server.features.attachments.types import (
    AttachmentCreate,
    AttachmentDownload,
    AttachmentReport,
    AttachmentUpload,
)
from assay_server.features.files.service import download_url, upload_url
from assay_server.http.auth import CurrentActor, check_org, shared_reader
from assay_server.http.limits import ObjectRoute

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["attachments"], route_class=ObjectRoute)

AttachmentReader = Annotated[Actor, Depends(shared_reader("experiment", "trace"))]


@router.post("/attachment", response_model=AttachmentUpload)
def create_attachment(request: Request, actor: CurrentActor, body: AttachmentCreate) -> Any:
    """Announce a file: where to PUT its bytes, for a quarter of an hour and without a credential."""
    check_org(actor, body.org_name, body.org_id)
    services: Services = request.app.state.services
    blob = announce(
        services.blobs, actor, key=body.key, filename=body.filename, content_type=body.content_type
    )
    return {
        "signedUrl": upload_url(request, blob, size=services.settings.max_attachment),
        "headers": {"Content-Type": _header(body.content_type)},
    }


@router.post("/attachment/status")
def report_attachment(request: Request, actor: CurrentActor, body: AttachmentReport) -> dict[str, str]:
    """Report what became of an upload; "done" is refused unless the bytes are there."""
    check_org(actor, body.org_name, body.org_id)
    report(
        request.app.state.services.blobs,
        actor,
        body.key,
        status=body.status.upload_status,
        error=body.status.error_message,
    )
    return {"status": "success"}


@router.get("/attachment", response_model=AttachmentDownload, response_model_exclude_none=True)
async def get_attachment(
    request: Request,
    actor: AttachmentReader,
    key: str | None = None,
    url: Annotated[str | None, Query(description="Of a file stored elsewhere")] = None,
    org_id: str | None = None,
    org_name: str | None = None,
) -> Any:
    """Where to read a file, for a quarter of an hour and without a credential.

    A file stored elsewhere is read there: its own http(s) address is returned and never fetched. The status
    has an `error_message` only where there is one: clients exist that refuse null.

    A shared link reads the files that the rows it shows refer to.
    """
    check_org(actor, org_name, org_id)
    if url:
        return {"downloadUrl": _elsewhere(url), "status": {"upload_status": "done"}}
    if not key:
        raise BadRequest(
            "Give the key of an attachment, or the url of a file stored elsewhere.", code="key_missing"
        )
    services: Services = request.app.state.services
    if actor.shared:
        await require_mentioned(services.query, actor, key)
    attachment, state = await run_in_threadpool(find, services.blobs, actor, key)
    link = download_url(
        request, blob_of(actor, key), filename=attachment.filename, content_type=attachment.content_type
    )
    error = attachment.error if state == "error" else None
    return {"downloadUrl": link, "status": {"upload_status": state, "error_message": error}}


def _header(content_type: str) -> str:
    """What the client is told to send: some clients take a header with a line break in it for two."""
    return (
        content_type if content_type.isascii() and content_type.isprintable() else "application/octet-stream"
    )


def _elsewhere(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotBuilt(
            f"This server cannot read {url[:100]!r}: it has no credentials for other stores. "
            "Log an http or https address, or upload the file.",
            code="external_store_unsupported",
        )
    return url
