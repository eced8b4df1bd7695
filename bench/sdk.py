"""What a traced call costs: ours next to the published Braintrust SDK and the OpenTelemetry SDK, in one run.

    python -m bench.sdk [--calls 2000] [--rounds 3]

Each client gets a virtual environment of its own below `~/.cache/assay-bench` (newest versions, made on first
use; delete the folder to renew them) and a process of its own; the rounds alternate, so that a busy neighbour
meets all of them. Every client delivers to the same sink, a small HTTP server in another process. Results go
to `bench/results/sdk.json`. Exits with 1 when ours is not the cheapest on the traced thread.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "sdk.json"
HOME = Path(os.environ.get("ASSAY_BENCH_HOME") or Path.home() / ".cache" / "assay-bench")
PACKAGES = {
    "assay": [str(HERE.parent / "sdk"), "msgspec", "urllib3"],
    "braintrust": ["braintrust"],
    "opentelemetry": ["opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"],
}
SPAN_NAME = b"bench_call"


class Sink(BaseHTTPRequestHandler):
    """Accepts what any of the clients sends and counts the spans in it."""

    protocol_version = "HTTP/1.1"
    spans = 0
    project: ClassVar[dict[str, str]] = {
        "id": "11111111-2222-3333-4444-555555555555",
        "name": "bench",
        "org_id": "o",
    }

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        if path == "/v1/traces":
            Sink.spans += body.count(SPAN_NAME)
            self._answer(b"", "application/x-protobuf")
        elif path == "/logs3":
            # A span may arrive as start and end: its end is in one row only.
            Sink.spans += body.count(b'"end":')
            self._answer(b'{"ids":[],"xact_id":"1"}')
        elif path == "/api/apikey/login":
            url = f"http://127.0.0.1:{self.server.server_address[1]}"
            org = {"id": "o", "name": "bench", "api_url": url, "proxy_url": url, "is_universal_api": True}
            self._answer(json.dumps({"org_info": [org]}).encode())
        else:
            self._answer(json.dumps({**self.project, "project": self.project}).encode())

    def do_GET(self) -> None:
        if self.path == "/spans":
            self._answer(str(Sink.spans).encode())
            Sink.spans = 0
        else:
            self._answer(b'{"logs3_payload_max_bytes":20971520}')

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: printing would cost more than answering."""

    def _answer(self, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_sink(told: Connection) -> None:
    """Serve until killed; tells the port first."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    told.send(server.server_port)
    server.serve_forever()


def python_of(client: str) -> Path:
    """The interpreter of a client's environment, made and filled when missing."""
    folder = HOME / f"sdk-{client}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        print(f"installing {' '.join(PACKAGES[client])} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[client]], check=True)
        (folder / ".ready").touch()
    return python


def run_client(client: str, calls: int, url: str) -> dict[str, Any]:
    """Measure one client in a fresh process; raises when spans went missing."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    if client == "assay":  # the environment has its dependencies; the code is this checkout's
        environment["PYTHONPATH"] = str(HERE.parent / "sdk" / "src")
    done = subprocess.run(
        [python_of(client), HERE / "sdk_child.py", client, str(calls), url],
        capture_output=True, text=True, check=False, env=environment, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{client} failed:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    found["delivered"] = delivered_spans(url)
    if found["delivered"] < found["spans"]:
        raise RuntimeError(
            f"{client} delivered {found['delivered']} of {found['spans']} spans: not comparable"
        )
    return found


def delivered_spans(url: str) -> int:
    """Spans the sink saw since it was last asked."""
    import urllib.request

    with urllib.request.urlopen(f"{url}/spans", timeout=10) as answer:
        return int(answer.read())


def summarize(rounds: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Median of the rounds for each client, and how many times ours the others cost."""
    clients: dict[str, Any] = {}
    for client, found in rounds.items():
        medians = {key: statistics.median(run[key] for run in found) for key in ("thread_us", "process_us")}
        ranges = {f"{key}_range": [round(f(r[key] for r in found), 1) for f in (min, max)] for key in medians}
        clients[client] = {
            **{key: round(value, 1) for key, value in medians.items()},
            **ranges,
            "spans_a_round": found[0]["spans"],
            "versions": found[0]["versions"],
        }
    ours = clients["assay"]
    for found in clients.values():
        found["times_ours"] = {key: round(found[key] / ours[key], 2) for key in ("thread_us", "process_us")}
    return clients


def main() -> int:
    """Run the comparison and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=2000, help="traced calls a repeat")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for client in PACKAGES:
        python_of(client)
    mine, theirs = multiprocessing.Pipe()
    sink = multiprocessing.get_context("spawn").Process(target=serve_sink, args=(theirs,), daemon=True)
    sink.start()
    url = f"http://127.0.0.1:{mine.recv()}"
    load_before = os.getloadavg()
    rounds: dict[str, list[dict[str, Any]]] = {client: [] for client in PACKAGES}
    try:
        for _ in range(options.rounds):
            for client, found in rounds.items():
                found.append(run_client(client, options.calls, url))
    finally:
        sink.kill()
    clients = summarize(rounds)
    report = {
        "what": "CPU microseconds a traced call, about 2 KB in and 2 KB out, untraced cost subtracted",
        "command": f"python -m bench.sdk --calls {options.calls} --rounds {options.rounds}",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": [round(value, 2) for value in load_before],
            "load_after": [round(value, 2) for value in os.getloadavg()],
        },
        "clients": clients,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for client, found in clients.items():
        print(f"{client:14} {found['thread_us']:8.1f} µs thread {found['process_us']:8.1f} µs process")
    return 0 if min(clients, key=lambda name: clients[name]["thread_us"]) == "assay" else 1


if __name__ == "__main__":
    sys.exit(main())
