"""A server that keeps what evaluations send: real HTTP on the loopback and the real merge rules."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assay.client.state import set_current_state
from assay.core.merge import merge_rows
from tests.support.servers import ServerProcess, running_server


class RecordingServer:
    """Objects by path, rows by id, changes of an experiment, and the answers a test wants to the rest."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.writes: Counter[str] = Counter()
        self.experiments: list[dict[str, Any]] = []
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self.progress: list[dict[str, Any] | None] = []
        self.requests: list[tuple[str, str]] = []
        self.accepting = True
        self.accepting_changes = True
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON of one request."""
        with self._lock:
            self.requests.append((method, path))
            for prefix, reply in self.answers.items():
                if path.startswith(prefix):
                    return 200, reply(body)
            if path == "/logs3":
                if not self.accepting:
                    return 503, {"error": {"message": "not now"}}
                return 200, {"ids": [self._keep(row) for row in body["rows"]]}
            if path == "/v1/experiment" and method == "POST":
                self.experiments.append(
                    {"id": f"e{len(self.experiments) + 1}", **body, "name": body.get("name") or "made-up"}
                )
                return 200, self.experiments[-1]
            if method == "PATCH" and path.startswith("/v1/experiment/"):
                if not self.accepting_changes:
                    return 403, {"error": {"message": "not yours"}}
                [found] = [one for one in self.experiments if path.endswith(f"/{one['id']}")]
                found.update(body)
                self.progress.append(body.get("progress"))
                return 200, found
            fixed = {
                "/version": {"version": "test"},
                "/api/apikey/login": {"org_info": [{"id": "o1", "name": "acme"}]},
                "/v1/project": {"id": "p1", "name": "demo"},
            }
            return (200, fixed[path]) if path in fixed else (404, {"error": {"message": f"no {path}"}})

    def _keep(self, row: dict[str, Any]) -> str:
        before = self.rows.get(row["id"])
        self.writes[row["id"]] += 1
        self.rows[row["id"]] = merge_rows(before, row) if row.get("_is_merge") and before else row
        return row["id"]

    def spans(self, **attributes: str) -> list[dict[str, Any]]:
        """Rows whose span attributes have these values, in the order they were opened."""
        found = [
            row
            for row in self.rows.values()
            if all(row["span_attributes"].get(key) == value for key, value in attributes.items())
        ]
        return sorted(found, key=lambda row: row["span_attributes"]["exec_counter"])

    def roots(self) -> list[dict[str, Any]]:
        """The root rows of all cases."""
        return [row for row in self.spans(type="eval") if not row["span_parents"]]

    def children(self, parent: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows directly below a span."""
        return [row for row in self.spans() if row["span_parents"] == [parent["span_id"]]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    """A recording server that the SDK of this process and of its children talks to."""
    recording = RecordingServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = recording.answer(self.command, self.path.partition("?")[0], body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("ASSAY_URL", f"http://127.0.0.1:{http.server_port}")
    monkeypatch.setenv("ASSAY_API_KEY", "k")
    before = set_current_state(None)
    yield recording
    state = set_current_state(before)
    if state is not None:
        state.close(budget=1.0)
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A real server for tests whose point is what is stored; use project names of your own."""
    with running_server(tmp_path_factory.mktemp("evals") / "data") as found:
        yield found
