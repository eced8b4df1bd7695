"""Streams that look like the one they wrap and tell when they are over."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

Add = Callable[[Any], None]
Finish = Callable[[BaseException | None], None]


class _Watched:
    """What both kinds of stream share: the wrapped object, and finishing once."""

    def __init__(self, stream: Any, add: Add, finish: Finish) -> None:
        self._stream = stream
        self._add = add
        self._finish: Finish | None = finish

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __del__(self) -> None:
        self._over(None)  # the consumer dropped it half-way

    def _over(self, error: BaseException | None) -> None:
        finish, self._finish = self._finish, None
        if finish is not None:
            finish(error)

    def _saw(self, item: Any) -> None:
        try:
            self._add(item)
        except Exception as error:  # an unknown kind of chunk ends the recording, not the stream
            self._over(error)


class TracedStream(_Watched):
    """A plain iterator and context manager."""

    def __iter__(self) -> TracedStream:
        return self

    def __next__(self) -> Any:
        try:
            item = next(self._stream)
        except StopIteration:
            self._over(None)
            raise
        except BaseException as error:
            self._over(error)
            raise
        self._saw(item)
        return item

    def __enter__(self) -> TracedStream:
        self._stream.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.__exit__(kind, error, trace)
        self._over(error)

    def close(self) -> None:
        """Close the connection and the span."""
        self._stream.close()
        self._over(None)


class AsyncTracedStream(_Watched):
    """An async iterator and context manager."""

    def __aiter__(self) -> AsyncTracedStream:
        return self

    async def __anext__(self) -> Any:
        try:
            item = await anext(self._stream)
        except StopAsyncIteration:
            self._over(None)
            raise
        except BaseException as error:
            self._over(error)
            raise
        self._saw(item)
        return item

    async def __aenter__(self) -> AsyncTracedStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stream.__aexit__(kind, error, trace)
        self._over(error)

    async def close(self) -> None:
        """Close the connection and the span."""
        await self._stream.close()
        self._over(None)
