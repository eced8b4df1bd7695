"""Serves the built web UI.

Every entry page carries a nonce of its own: the SQL editor writes style elements, and only those with the nonce apply.
Files under /assets/ carry a hash in their name and never change, so browsers keep them for a year. The entry
page is asked for again every time. Every address of the UI (/, /login, /app/…) answers the same page; the
router in the browser does the rest. Without a build, that page says how to make one.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from assay_server.http.middleware import content_policy

STATIC = Path(__file__).parent.parent / "static"
_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"
_PAGES = ("/", "/login", "/app", "/app/{path:path}")
_SHARED_PAGE = "/app/public/{token}"
_FILES = ("/favicon.svg",)

_NONCE = "NONCE-OF-THIS-PAGE"
"""Stands in the built page (`html.cspNonce` of ui/vite.config.ts) where the nonce goes."""

_NOT_BUILT = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Assay</title>
<style nonce="{_NONCE}">
  body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.25rem }}
  code {{ font: 13px ui-monospace, monospace; background: color-mix(in srgb, currentColor 9%, transparent);
         padding: .15em .4em; border-radius: 4px }}
</style>
<h1>The web UI is not built</h1>
<p>The server runs and its API answers. To build the UI, run <code>make ui</code> in the repository and reload
this page; a released package has it inside.</p>
"""


class _Assets(StaticFiles):
    """Static files that browsers may keep for ever, packed ahead by the build where that pays."""

    async def check_config(self) -> None:
        """Nothing to check: before the first build there is no folder, and its files are simply missing."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with its caching rule; 404 when there is no such file."""
        kind, _ = mimetypes.guess_type(path)
        packed = (
            "gzip" in Headers(scope=scope).get("accept-encoding", "") and self.lookup_path(f"{path}.gz")[1]
        )
        response = await super().get_response(f"{path}.gz" if packed else path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = _IMMUTABLE
            response.headers["Vary"] = "Accept-Encoding"
        if packed and response.status_code == 200:
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Type"] = f"{kind or 'application/octet-stream'}; charset=utf-8"
        return response


def mount_ui(app: Starlette, static: Path = STATIC) -> None:
    """Add the UI's routes to the app. Call it last: API routes win."""

    def page(_request: Request) -> Response:
        return _entry_page(static)

    def shared_page(request: Request) -> Response:
        """The page of a shared link: kept out of search engines, in frames only where the organization lists them."""
        framers: Sequence[str] = ()
        if request.query_params.get("embed") == "1":
            framers = request.app.state.services.shared_links.framers(request.path_params["token"])
        answer = _entry_page(static, framers)
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def file(request: Request) -> Response:
        path = static / request.url.path.removeprefix("/")
        if not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, headers={"Cache-Control": _REVALIDATE})

    app.mount("/assets", _Assets(directory=static / "assets", check_dir=False), name="ui-assets")
    for path in _FILES:
        app.add_route(path, file, methods=["GET"], include_in_schema=False)
    app.add_route(_SHARED_PAGE, shared_page, methods=["GET"], include_in_schema=False)
    for path in _PAGES:
        app.add_route(path, page, methods=["GET"], include_in_schema=False)


def _entry_page(static: Path, framers: Sequence[str] = ()) -> Response:
    """The page every address of the UI answers, under the policy that names its nonce."""
    entry = static / "index.html"
    built = entry.is_file()
    nonce = secrets.token_urlsafe(16)
    return HTMLResponse(
        (entry.read_text("utf-8") if built else _NOT_BUILT).replace(_NONCE, nonce),
        status_code=200 if built else 503,
        headers={
            "Cache-Control": _REVALIDATE if built else "no-store",
            "Content-Security-Policy": content_policy(framers, nonce=nonce),
        },
    )
