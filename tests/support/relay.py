"""A relay before a server that can hold requests back, so that a client can be killed at a known point."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Relay:
    """Forwards to `target` and keeps the bodies it saw by path."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.seen: list[tuple[str, bytes]] = []
        self.holding = threading.Event()
        self._hold: tuple[str, int] | None = None
        self._released = threading.Event()
        self._lock = threading.Lock()
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                relay.forward(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def hold(self, path: str, *, after: int) -> None:
        """Let `after` requests to a path through from now on; those behind are never answered."""
        with self._lock:
            self.seen.clear()
            self._hold = (path, after)

    def release(self) -> None:
        """Let everything through again, and count anew; what was held back is dropped."""
        with self._lock:
            self._hold = None
            self.seen.clear()
        self._released.set()

    def count(self, path: str) -> int:
        """Requests to a path since the last `hold` or `release`."""
        with self._lock:
            return sum(seen == path for seen, _ in self.seen)

    def bodies(self, path: str) -> list[bytes]:
        """The same requests' bodies."""
        with self._lock:
            return [body for seen, body in self.seen if seen == path]

    def forward(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request with what the server answers."""
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        path = urlsplit(handler.path).path
        with self._lock:
            self.seen.append((path, body))
            held = self._hold is not None and path == self._hold[0]
            held = held and sum(seen == path for seen, _ in self.seen) > self._hold[1]  # type: ignore[index]
        if held:
            self.holding.set()
            self._released.wait()
            handler.close_connection = True
            return
        connection = http.client.HTTPConnection(self.target, timeout=60)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        handler.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


@contextmanager
def relay_to(target: str) -> Iterator[Relay]:
    """A relay for the duration of a test."""
    relay = Relay(target)
    thread = threading.Thread(target=relay.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.release()
        relay.server.shutdown()
        relay.server.server_close()
        thread.join()
