"""The store process: chDB behind a façade that speaks the part of ClickHouse's HTTP interface that clients use.

Run as `python -m assay_server.adapters.spans.engine`, never imported by the server. The parent hands down a listening
socket (so the port survives a restart of this process and callers queue instead of failing) and a password on
standard input. `stop` on standard input closes the engine cleanly; end of file means that the parent died, and this
process follows at once so that the data directory is free for the next owner.

One thread and one engine connection per client connection: chDB serialises statements of one connection.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import os
import re
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import chdb

# Parameters of the HTTP interface itself; every other one is a setting of the statement.
TRANSPORT_PARAMS = frozenset(
    {"query", "database", "session_id", "session_timeout", "session_check", "query_id", "quota_key", "compress",
     "decompress", "wait_end_of_query", "buffer_size", "client_protocol_version", "role", "user", "password",
     "send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression",
     "cancel_http_readonly_queries_on_client_close", "default_format"}
)  # fmt: skip
_SETTING_NAME = re.compile(r"^[a-z0-9_]+$")
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_ERROR_CODE = re.compile(r"Code: (\d+)")
_STREAMED = frozenset({"JSONEachRow"})  # formats whose chunks concatenate to one valid document


class Handler(BaseHTTPRequestHandler):
    """One client connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for headers and body
    disable_nagle_algorithm = True
    path_on_disk: ClassVar[str]
    expected_auth: ClassVar[str]

    def setup(self) -> None:
        super().setup()
        self.engine: Any = chdb.connect(self.path_on_disk)

    def finish(self) -> None:
        super().finish()
        self.engine.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the parent logs failures with their context."""

    def do_GET(self) -> None:
        if self.path.startswith("/ping"):
            self._reply(200, b"Ok.\n", "text/plain")
        else:
            self._run(b"")

    def do_POST(self) -> None:
        self._run(self._body())

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _run(self, body: bytes) -> None:
        if not hmac.compare_digest(self.headers.get("Authorization", ""), self.expected_auth):
            return self._fail(401, 516, "Code: 516. DB::Exception: the store's password is wrong")
        params = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
        settings = {k: v for k, v in params.items() if k not in TRANSPORT_PARAMS and _SETTING_NAME.match(k)}
        head = params.get("query", "")
        try:
            text = f"{head}\n{body.decode()}" if head else body.decode()
            self._execute(text, settings, params.get("default_format", "TabSeparated"))
        except BrokenPipeError:
            self.close_connection = True
        except Exception as error:  # the engine raises bare RuntimeError subclasses
            message = str(error)
            found = _ERROR_CODE.search(message)
            self._fail(500, int(found.group(1)) if found else 1000, message)

    def _execute(self, text: str, settings: dict[str, str], default_format: str) -> None:
        found = _FORMAT.search(text, max(0, len(text) - 200))
        fmt = found.group(1) if found else default_format
        for name, value in settings.items():
            self.engine.query(f"SET {name} = {_quote(value)}", "TabSeparated")
        try:
            if fmt in _STREAMED and found:
                self._stream(text, fmt)
            else:
                result = self.engine.query(text, fmt)
                self._reply(200, result.bytes() if result.size() else b"", "text/plain", fmt)
        finally:
            for name in settings:
                self.engine.query(f"SET {name} = DEFAULT", "TabSeparated")

    def _stream(self, text: str, fmt: str) -> None:
        chunks = iter(self.engine.send_query(text, fmt))
        first = next(chunks, None)  # an error before the first row is still a clean HTTP error
        self.send_response(200)
        self.send_header("X-ClickHouse-Format", fmt)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while first is not None:
            data = first.bytes()
            if data:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            first = next(chunks, None)
        self.wfile.write(b"0\r\n\r\n")

    def _reply(self, status: int, body: bytes, kind: str, fmt: str = "", code: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Summary", "{}")
        if fmt:
            self.send_header("X-ClickHouse-Format", fmt)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", str(code))
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, status: int, code: int, message: str) -> None:
        self._reply(status, message.encode(errors="replace"), "text/plain", code=code)


def _quote(value: str) -> str:
    return value if value.isdigit() else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Server(ThreadingHTTPServer):
    """Serves an inherited listening socket."""

    daemon_threads = True

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def _open_engine(path: str, patience: float) -> Any:
    """Open the data directory, waiting for a previous owner that is still going away."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return chdb.connect(path)
        except Exception as error:
            if time.monotonic() > deadline:
                print(f"store: cannot open {path}: {error}", file=sys.stderr, flush=True)
                sys.exit(3)
            time.sleep(0.1)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    args = parser.parse_args()
    password = sys.stdin.readline().strip()
    Handler.expected_auth = "Basic " + base64.b64encode(f"default:{password}".encode()).decode()
    Handler.path_on_disk = args.path
    keeper = _open_engine(args.path, patience=8)
    server = Server(socket.socket(fileno=args.fd))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    if sys.stdin.readline().strip() != "stop":
        os._exit(1)  # the parent is gone: leave no lock behind
    server.shutdown()
    keeper.close()
    os._exit(0)


if __name__ == "__main__":
    main()
