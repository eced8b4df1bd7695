"""News inside the server: who wants to know that something happened subscribes here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SpansWritten:
    """Rows of one object became readable. `root_span_ids` are the traces they belong to.

    A `count` of 0 says that no row did, but that the object itself changed: the run of an experiment has ended.
    """

    project_id: str
    object_type: str
    object_id: str
    root_span_ids: tuple[str, ...]
    count: int


class Bus(Protocol):
    """Fan-out to subscribers. A slow subscriber loses the oldest news, never slows the publisher."""

    def publish(self, event: SpansWritten) -> None:
        """Hand news to every subscriber; callable from any thread."""
        ...

    def subscribe(self, project_id: str) -> AbstractAsyncContextManager[AsyncIterator[SpansWritten]]:
        """News of one project for as long as the context lasts."""
        ...
