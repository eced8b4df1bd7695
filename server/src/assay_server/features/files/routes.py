"""`/files/{link}`: the link is the permission, so these routes ask for no credential."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from assay_server.engines.links import FileLink, open_link
from assay_server.errors import BadRequest, NotFound, TooLarge
from assay_server.features.files.serving import file_headers, wanted_range
from assay_server.http.body import stream_body
from assay_server.ports.blobs import BlobMissing

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter()

_WRITE_BYTES = 1 << 20  # collected before a thread is asked to write them


async def upload(request: Request) -> Response:
    """PUT /files/{link}: the bytes of one file, over a link made for it. Open to whoever has the link."""
    services: Services = request.app.state.services
    link = open_link(services.secrets, request.path_params["link"], "upload")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > link.size:
        raise TooLarge(
            f"{int(announced):,} bytes; this link takes at most {link.size:,}.", code="file_too_large"
        )
    await _receive(request, services, link)
    return Response(status_code=200)


async def download(request: Request) -> Response:
    """GET /files/{link}: a stored file or a range of it. Open to whoever has the link."""
    services: Services = request.app.state.services
    link = open_link(services.secrets, request.path_params["link"], "download")
    info = await run_in_threadpool(services.blobs.info, link.key)
    if info is None:
        raise NotFound("The file is not stored any more.", code="file_missing")
    headers = file_headers(link.filename, link.content_type)
    part = wanted_range(request.headers.get("range"), info.size)
    begin, end = part or (0, info.size - 1)
    headers["Content-Length"] = str(end - begin + 1)
    if part:
        headers["Content-Range"] = f"bytes {begin}-{end}/{info.size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(None, status, headers)
    try:
        pieces = await run_in_threadpool(services.blobs.read, link.key, begin, end - begin + 1)
    except BlobMissing:
        raise NotFound("The file is not stored any more.", code="file_missing") from None
    return StreamingResponse(pieces, status, headers)


async def _receive(request: Request, services: Services, link: FileLink) -> None:
    """Write the body to the store; nothing is kept unless all of it arrived."""
    writer = await run_in_threadpool(services.blobs.create, link.key)
    try:
        size, held = 0, bytearray()
        async with contextlib.aclosing(stream_body(request, link.size)) as pieces:
            async for piece in pieces:
                size += len(piece)
                held += piece
                if len(held) >= _WRITE_BYTES:
                    await run_in_threadpool(writer.write, bytes(held))
                    held.clear()
        if link.exact and size != link.size:
            raise BadRequest(
                f"{size:,} bytes arrived where {link.size:,} were announced; upload them again.",
                code="size_mismatch",
            )
        await run_in_threadpool(writer.write, bytes(held))
        await run_in_threadpool(writer.commit)
    finally:
        await run_in_threadpool(writer.discard)


router.add_route("/files/{link}", upload, methods=["PUT"])
router.add_route("/files/{link}", download, methods=["GET"])
