"""A server in front of another one that answers badly when told to."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = frozenset({"connection", "transfer-encoding", "content-length", "date", "server", "host"})
LOST = -1
"""Not a status: the request reaches the server, its answer does not come back."""

Fault = Callable[[str, str, bytes], int | None]
"""(method, path, body) → a status to answer in place of the server, LOST, or None to let the request through."""


@dataclass
class Proxy:
    """Passes requests on to `port` unless `fault` says otherwise; counts those it spoiled."""

    port: int
    url: str = ""
    fault: Fault = lambda method, path, body: None
    spoiled: list[tuple[int, str]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """A proxy on loopback in front of a port of loopback."""
    made = Proxy(port)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(made: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            with contextlib.suppress(ConnectionError):  # the client may be gone by now
                self.answer_one()

        def answer_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.requests.append((self.command, self.path))
            status = made.fault(self.command, self.path, body)
            if status is not None:
                made.spoiled.append((status, self.path))
            if status is not None and status != LOST:
                self.give(status, {"Retry-After": "0"} if status == 429 else {}, b"spoiled")
                return
            answered = self.forward(body)
            if status == LOST:
                self.close_connection = True
                return
            self.give(*answered)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=60)
            try:
                sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                host = {"Host": self.headers["Host"]}  # links are made for the address the caller used
                connection.request(self.command, self.path, body, {**sent, **host})
                answer = connection.getresponse()
                kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
                return answer.status, kept, answer.read()
            finally:
                connection.close()

        def give(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
