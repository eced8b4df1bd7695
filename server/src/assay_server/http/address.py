"""Where a caller reaches this server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from assay_server.services import Services


def address_of(request: Request) -> str:
    """Base URL for what a caller will ask next: the public one where it is set, else the one they just used.

    The address the server listens on would not do: it is another one outside a container or behind a tunnel.
    """
    services: Services = request.app.state.services
    return (services.settings.public_url or str(request.base_url)).rstrip("/")
