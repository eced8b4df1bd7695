"""Reading request bodies: streamed, decompressed and bounded."""

from __future__ import annotations

import zlib
from typing import Protocol

import zstandard
from starlette.requests import Request

from assay_server.errors import BadRequest, TooLarge


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, decompressed (gzip, deflate, zstd). Raises TooLarge past `limit` bytes, BadRequest when damaged."""
    inflate = _inflater(request.headers.get("content-encoding", ""), limit)
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        data = inflate(chunk) if inflate else chunk
        size += len(data)
        if size > limit:
            raise TooLarge(
                f"the body is larger than {limit:,} bytes; send fewer rows in one request", code="body_too_large", limit=limit
            )
        parts.append(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _inflater(encoding: str, limit: int):
    """A function from compressed to plain chunks that never produces much more than `limit` bytes at once."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        engine = zlib.decompressobj(wbits=47)

        def inflate(chunk: bytes) -> bytes:
            try:
                return engine.decompress(chunk, limit + 1)
            except zlib.error as error:
                raise BadRequest(f"the {name} body is damaged: {error}", code="encoding_invalid") from None

        return inflate
    if name == "zstd":
        stream: _Decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(read_across_frames=True)

        def unpack(chunk: bytes) -> bytes:
            parts: list[bytes] = []
            size = 0
            try:
                for at in range(0, len(chunk), 4096):  # small bites: a bomb is noticed before it unfolds
                    parts.append(stream.decompress(chunk[at : at + 4096]))
                    size += len(parts[-1])
                    if size > limit:
                        break
            except zstandard.ZstdError as error:
                raise BadRequest(f"the zstd body is damaged: {error}", code="encoding_invalid") from None
            return b"".join(parts)

        return unpack
    raise BadRequest(f"content encoding {name!r} is not known; use gzip or zstd", code="encoding_unknown")
