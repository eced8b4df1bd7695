"""Routes of the audit log: to read and to take along. Nothing can be added or changed over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from assay_server.features.audit.service import AuditLog
from assay_server.features.audit.types import AuditExport, AuditPage, AuditQuery
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import PageQuery

router = APIRouter(tags=["audit log"], route_class=ObjectRoute)
_MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@router.get("/v1/audit_log", response_model=AuditPage)
def list_audit_log(
    request: Request, actor: CurrentActor, page: PageQuery, query: Annotated[AuditQuery, Query()]
) -> Any:
    """Who changed what in the organization, newest first; for its owners."""
    return {"objects": _log(request).list(actor, page, _wanted(actor, query))}


@router.get("/v1/audit_log/export", response_class=StreamingResponse)
def export_audit_log(
    request: Request, actor: CurrentActor, query: Annotated[AuditExport, Query()]
) -> StreamingResponse:
    """Every entry as a file; the export is an entry, too."""
    wanted = _wanted(actor, query)
    fmt = wanted.pop("format")
    head = {"Content-Disposition": f'attachment; filename="audit-log.{fmt}"'}
    return StreamingResponse(_log(request).export(actor, wanted, fmt), media_type=_MEDIA[fmt], headers=head)


def _wanted(actor: CurrentActor, query: AuditQuery) -> dict[str, Any]:
    check_org(actor, query.org_name, query.org_id)
    return query.model_dump(exclude={"org_name", "org_id"})


def _log(request: Request) -> AuditLog:
    return AuditLog(request.app.state.services.objects)
