"""A real HTTP server in the test process: the endpoints the SDK uses, over rows in memory.

Rows are merged by the rules of the contract, so a test reads what a server would hold. Answers can be
scripted: `server.fail(503)` makes the next `/logs3` fail, `server.reject = predicate` refuses rows.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from assay.core.merge import merge_rows

KEY = "sk-test"
Row = dict[str, Any]


class LogServer:
    """State of the server; `url` is where it listens."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.requests: list[tuple[str, str, Any]] = []  # method, path, decoded body
        self.batches: list[list[Row]] = []
        self.headers: list[dict[str, str]] = []
        self.failures: deque[tuple[int, dict[str, str]]] = deque()
        self.reject: Callable[[Row], bool] = lambda row: False
        self.names_rejected_rows = True
        self.stores_the_rest = True
        self.payload_bytes: int | None = 64 << 20
        self.key: str | None = KEY
        self.objects: dict[str, dict[str, Row]] = {"project": {}, "experiment": {}, "dataset": {}}
        self.files: dict[str, bytes] = {}
        self.file_status: dict[str, Row] = {}
        self.upload_status = 200
        self.answer_delay = 0.0
        self.connections: list[socket.socket] = []
        self.lock = threading.Lock()
        self._xact = 1000198000000000000
        self.url = ""

    def fail(self, status: int, times: int = 1, **headers: str) -> None:
        """Answer the next requests to /logs3 with a status."""
        self.failures.extend([(status, headers)] * times)

    def named(self, name: str) -> list[Row]:
        """The spans of that name."""
        with self.lock:
            return [r for r in self.rows.values() if (r.get("span_attributes") or {}).get("name") == name]

    def span(self, name: str) -> Row:
        """The one span of that name."""
        (row,) = self.named(name)
        return row

    def written(self) -> list[Row]:
        """Every wire row, in order of arrival."""
        return [row for batch in self.batches for row in batch]

    def wait_for(self, ready: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until a condition holds."""
        until = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < until, "the server never saw what was expected"
            time.sleep(0.01)

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """One request; returns status and JSON."""
        match method, path.strip("/").split("/"):
            case "GET", ["version"]:
                return 200, {"logs3_payload_max_bytes": self.payload_bytes}
            case "POST", ["logs3"]:
                return self._logs3(body["rows"])
            case "POST", ["api", "apikey", "login"]:
                return 200, {"org_info": [{"id": "o1", "name": "acme org", "api_url": self.url}]}
            case "POST", ["api", "base_experiment", "get_id"]:
                return self._base(body["id"])
            case _, ["v1", *_]:
                return self._v1(method, path, query, body)
            case _:
                return self._attachments(method, path, query, body)

    def _v1(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        match method, path.strip("/").split("/"):
            case "POST", ["v1", kind] if kind in self.objects:
                return 200, self._register(kind, body)
            case "GET", ["v1", kind] if kind in self.objects:
                wanted = query.get(f"{kind}_name")
                return 200, {"objects": [o for o in self.objects[kind].values() if o["name"] == wanted]}
            case "GET", ["v1", kind, object_id] if kind in self.objects:
                return 200, self._by_id(kind, object_id)
            case "POST", ["v1", kind, object_id, "fetch"]:
                return 200, self._fetch(kind, object_id, body)
            case "GET", ["v1", kind, object_id, "summarize"]:
                return 200, self._summary(kind, object_id)
            case _:
                return 404, {"error": {"code": "not_found", "message": f"no route {method} {path}"}}

    def _attachments(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        match method, path.strip("/").split("/"):
            case "POST", ["attachment"]:
                return 200, {"signedUrl": f"{self.url}/signed/{body['key']}", "headers": {"x-signed": "yes"}}
            case "POST", ["attachment", "status"]:
                self.file_status[body["key"]] = body["status"]
                return 200, {}
            case "GET", ["attachment"]:
                url = f"{self.url}/signed/{query['key']}"
                return 200, {"downloadUrl": url, "status": self.file_status[query["key"]]}
            case _:
                return 404, {"error": {"code": "not_found", "message": f"no route {method} {path}"}}

    def _logs3(self, rows: list[Row]) -> tuple[int, Any]:
        bad = [index for index, row in enumerate(rows) if self.reject(row)]
        listed = [{"row": index, "code": "row_invalid", "message": "the test refuses it"} for index in bad]
        if bad and not (self.names_rejected_rows and self.stores_the_rest):
            details = {"rows": listed} if self.names_rejected_rows else {}
            return 400, {"error": {"code": "bad_request", "message": "refused", **details}}
        with self.lock:
            self._xact += 1
            self.batches.append(rows)
            for index, row in enumerate(rows):
                if index not in bad:
                    self._write(row)
        if bad:
            return 400, {"error": {"code": "rows_rejected", "message": "refused", "rows": listed}}
        return 200, {"ids": [row["id"] for row in rows], "xact_id": str(self._xact)}

    def _write(self, row: Row) -> None:
        before = self.rows.get(row["id"])
        merged = merge_rows(before, row) if before and row.get("_is_merge") else dict(row)
        merged["_xact_id"] = str(self._xact)
        self.rows[row["id"]] = merged

    def _register(self, kind: str, body: Row) -> Row:
        found = self.objects[kind]
        name = body.get("name") or f"{kind}-{len(found)}"
        if name in found and body.get("ensure_new"):
            name = f"{name}-{uuid.uuid4().hex[:8]}"
        return found.setdefault(name, {**body, "id": str(uuid.uuid4()), "name": name})

    def _by_id(self, kind: str, object_id: str) -> Row:
        (found,) = [o for o in self.objects[kind].values() if o["id"] == object_id]
        return found

    def _base(self, object_id: str) -> tuple[int, Any]:
        others = [e for e in self.objects["experiment"].values() if e["id"] != object_id]
        if not others:
            return 400, {"error": {"code": "bad_request", "message": "no base experiment"}}
        return 200, {"base_exp_id": others[0]["id"], "base_exp_name": others[0]["name"]}

    def _fetch(self, kind: str, object_id: str, body: Row) -> Row:
        version = body.get("version")
        live = [
            row
            for row in self.rows.values()
            if row.get(f"{kind}_id") == object_id
            and not row.get("_object_delete")
            and (version is None or row["_xact_id"] <= version)
        ]
        start, limit = int(body.get("cursor") or 0), body["limit"]
        page = [{"expected": None, "is_root": not row.get("span_parents"), **row} for row in live]
        more = str(start + limit) if start + limit < len(page) else None
        return {"events": page[start : start + limit], "cursor": more}

    def _summary(self, kind: str, object_id: str) -> Row:
        found = self._by_id(kind, object_id)
        urls = {"project_url": f"{self.url}/app/p", f"{kind}_url": f"{self.url}/app/x"}
        names = {"project_name": "p", f"{kind}_name": found["name"]}
        if kind == "dataset":
            count = len(self._fetch(kind, object_id, {"limit": 10**6})["events"])
            return {**urls, **names, "data_summary": {"total_records": count}}
        score = {
            "name": "exact",
            "score": 0.75,
            "diff": 0.25,
            "improvements": 2,
            "regressions": 1,
            "later": 1,
        }
        metric = {"name": "duration", "metric": 1.5, "unit": "s", "improvements": 0, "regressions": 0}
        scores = {"scores": {"exact": score}, "metrics": {"duration": metric}}
        return {**urls, **names, **scores, "comparison_experiment_name": "before"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log_server: LogServer

    def setup(self) -> None:
        super().setup()
        self.log_server.connections.append(self.connection)

    def do_POST(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        server = self.log_server
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(split.query).items()}
        if split.path.startswith("/signed/"):
            self._signed(split.path.rsplit("/", 1)[1], raw)
            return
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        body = json.loads(raw) if raw else None
        server.requests.append((self.command, split.path, body if body is not None else query))
        server.headers.append(dict(self.headers.items()))
        time.sleep(server.answer_delay)
        if split.path == "/logs3" and server.failures:
            status, headers = server.failures.popleft()
            self._answer(status, {"error": {"code": "scripted", "message": "scripted failure"}}, headers)
        elif server.key and self.headers.get("Authorization") != f"Bearer {server.key}":
            self._answer(401, {"error": {"code": "unauthorized", "message": "unknown key"}})
        else:
            self._answer(*server.handle(self.command, split.path, query, body))

    def _signed(self, key: str, raw: bytes) -> None:
        server = self.log_server
        assert "Authorization" not in self.headers
        if self.command == "GET":
            self._answer(200, server.files[key])
            return
        if server.upload_status == 200:
            assert self.headers["x-signed"] == "yes"
            server.files[key] = raw
        self._answer(server.upload_status, {})

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def running_server(port: int = 0, server: LogServer | None = None) -> Iterator[LogServer]:
    """Serve on a free loopback port (or the one given) until the block ends."""
    found = server or LogServer()
    handler = type("Handler", (_Handler,), {"log_server": found})
    http = ThreadingHTTPServer(("127.0.0.1", port), handler)
    http.daemon_threads = True
    found.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
        for connection in found.connections:  # kept alive, they would be served on after the end
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        found.connections.clear()
