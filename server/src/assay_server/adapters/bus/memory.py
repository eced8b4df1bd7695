"""The bus of a single process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from assay_server.ports.bus import SpansWritten

_BACKLOG = 256


class MemoryBus:
    """Delivers to asyncio queues, each in the loop that subscribed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[asyncio.Queue[SpansWritten], tuple[str, asyncio.AbstractEventLoop]] = {}

    def publish(self, event: SpansWritten) -> None:
        """Hand news to the subscribers of its project."""
        with self._lock:
            interested = [
                (q, loop) for q, (project, loop) in self._subscribers.items() if project == event.project_id
            ]
        for queue, loop in interested:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_offer, queue, event)

    @asynccontextmanager
    async def subscribe(self, project_id: str) -> AsyncIterator[AsyncIterator[SpansWritten]]:
        """News of one project from now on."""
        queue: asyncio.Queue[SpansWritten] = asyncio.Queue(_BACKLOG)
        with self._lock:
            self._subscribers[queue] = (project_id, asyncio.get_running_loop())
        try:
            yield _drain(queue)
        finally:
            with self._lock:
                del self._subscribers[queue]


def _offer(queue: asyncio.Queue[SpansWritten], event: SpansWritten) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(event)


async def _drain(queue: asyncio.Queue[SpansWritten]) -> AsyncIterator[SpansWritten]:
    while True:
        yield await queue.get()
