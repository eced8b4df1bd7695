"""Bounds the head of a request: the parser would keep one of any length, long before the caller is known."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 256 << 10
"""Bytes of request line and headers; rather more than any client sends, parents in headers included."""


class BoundedHeads(HttpToolsProtocol):
    """Closes a connection whose request head does not end within `MAX_HEAD` bytes."""

    _head: int | None = 0  # bytes of the head so far, None once it is complete

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, then count it when it all belongs to an unfinished head."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response(f"The request line and headers are longer than {MAX_HEAD:,} bytes.")

    def on_message_begin(self) -> None:
        """A new head starts."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """What follows is a body, which the routes bound."""
        self._head = None
        super().on_headers_complete()
