"""Live tail: announcements of readable rows as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from assay_server.ports.bus import Bus, SpansWritten

_HEARTBEAT = 15.0


async def live_events(
    bus: Bus,
    project_id: str,
    gone: Callable[[], Awaitable[bool]],
    readable: Callable[[SpansWritten], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """Yield `event: spans` blocks (see docs/logs.md), or a comment after 15 s of silence, until the client leaves.

    News of objects that are not `readable` for the client are left out.
    """
    async with bus.subscribe(project_id) as news:
        yield b": connected\n\n"
        upcoming = asyncio.ensure_future(anext(news))
        try:
            while not await gone():  # asked before each announcement too: it may have been a long wait
                done, _ = await asyncio.wait({upcoming}, timeout=_HEARTBEAT)
                if not done:
                    yield b": still here\n\n"
                    continue
                event = upcoming.result()
                if await gone():
                    return
                upcoming = asyncio.ensure_future(anext(news))
                if not await readable(event):
                    continue
                body = {"object_type": event.object_type, "object_id": event.object_id,
                        "root_span_ids": event.root_span_ids[:1000], "count": event.count}  # fmt: skip
                yield b"event: spans\ndata: " + msgspec.json.encode(body) + b"\n\n"
        finally:
            upcoming.cancel()
