"""Makes links to files: absolute, at the address the caller used, so that the caller can reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay_server.engines.links import FileLink, expiry, seal_link
from assay_server.http.address import address_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from assay_server.services import Services


def upload_url(request: Request, key: str, *, size: int, exact: bool = False) -> str:
    """Where the bytes of a blob may be PUT for a quarter of an hour: up to `size` of them, or exactly."""
    link = FileLink(purpose="upload", key=key, expires=expiry(), size=size, exact=exact)
    return _url(request, link)


def download_url(request: Request, key: str, *, filename: str, content_type: str) -> str:
    """Where a blob may be read for a quarter of an hour, under a name and as a type of file."""
    link = FileLink(
        purpose="download", key=key, expires=expiry(), filename=filename, content_type=content_type
    )
    return _url(request, link)


def _url(request: Request, link: FileLink) -> str:
    services: Services = request.app.state.services
    return f"{address_of(request)}/files/{seal_link(services.secrets, link)}"
