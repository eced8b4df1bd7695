"""Reading request bodies: streamed, decompressed and bounded."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import zstandard
from starlette.requests import Request

from assay_server.errors import BadRequest, TooLarge

_BITE = 4096  # compressed bytes unpacked at once: a bomb is noticed before it unfolds


@dataclass(slots=True)
class _Unpacker:
    """A running decompression. `engine` has `eof`; `unpack` turns the next compressed bytes into plain ones."""

    name: str
    engine: Any
    unpack: Callable[[bytes], bytes]


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, decompressed (gzip, deflate, zstd).

    Raises TooLarge past `limit` bytes and BadRequest for a damaged, cut or unknown encoding.
    """
    parts = [piece async for piece in stream_body(request, limit)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def stream_body(request: Request, limit: int) -> AsyncGenerator[bytes]:
    """The body in pieces as it arrives, decompressed; raises like `read_body`."""
    unpacker = _unpacker(request.headers.get("content-encoding", ""))
    size = 0
    async for chunk in request.stream():
        for piece in _pieces(unpacker, chunk):
            size += len(piece)
            if size > limit:
                raise TooLarge(
                    f"the body is larger than {limit:,} bytes; send less in one request",
                    code="body_too_large",
                    limit=limit,
                )
            yield piece
    if unpacker and not unpacker.engine.eof:
        raise BadRequest(f"the {unpacker.name} body is cut short", code="encoding_invalid")


def _pieces(unpacker: _Unpacker | None, chunk: bytes):
    if unpacker is None:
        yield chunk
        return
    try:
        for at in range(0, len(chunk), _BITE):
            yield unpacker.unpack(chunk[at : at + _BITE])
    except (zlib.error, zstandard.ZstdError) as error:
        raise BadRequest(f"the {unpacker.name} body is damaged: {error}", code="encoding_invalid") from None


def _unpacker(encoding: str) -> _Unpacker | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        engine = zlib.decompressobj(wbits=47)
        return _Unpacker(name, engine, engine.decompress)
    if name == "zstd":
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        return _Unpacker(name, stream, stream.decompress)
    raise BadRequest(f"content encoding {name!r} is not known; use gzip or zstd", code="encoding_unknown")
