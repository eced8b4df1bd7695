"""Routes of notifications: what the caller was told; and of whom can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from starlette.requests import Request

from assay_server.features.notifications.types import (
    MarkedRead,
    Notification,
    NotificationList,
    NotificationPatch,
    PersonList,
)
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import PageQuery

if TYPE_CHECKING:
    from assay_server.features.notifications.service import Notifications
    from assay_server.services import Services

router = APIRouter(tags=["notifications"], route_class=ObjectRoute)


@router.get("/v1/notification", response_model=NotificationList)
def list_notifications(request: Request, actor: CurrentActor, page: PageQuery, unread: bool = False) -> Any:
    """Where the caller was mentioned or assigned, newest first; kept for 90 days."""
    return {"objects": _notifications(request).list(actor, page, unread=unread)}


@router.post("/v1/notification/read", response_model=MarkedRead)
def read_notifications(request: Request, actor: CurrentActor) -> Any:
    """Mark all notifications of the caller as read."""
    return {"marked": _notifications(request).mark_all(actor)}


@router.patch("/v1/notification/{notification_id}", response_model=Notification)
def change_notification(
    request: Request, actor: CurrentActor, notification_id: str, body: NotificationPatch
) -> Any:
    """Mark one notification of the caller as read, or as unread again."""
    return _notifications(request).mark(actor, notification_id, read=body.read)


@router.get("/api/people", response_model=PersonList)
def list_people(
    request: Request,
    actor: CurrentActor,
    object_type: Literal["project_logs", "experiment", "dataset", "prompt", "function"],
    object_id: str,
    programs: bool = False,
) -> Any:
    """Members who may read an object: whom one can mention in its rows, or assign to them; who wrote its versions.

    With `programs` service accounts are among them, for callers who may read members.
    """
    services: Services = request.app.state.services
    ref = services.objects.resolve(actor, object_type, object_id)
    return {"objects": services.notifications.people(actor, ref, programs=programs)}


def _notifications(request: Request) -> Notifications:
    services: Services = request.app.state.services
    return services.notifications
