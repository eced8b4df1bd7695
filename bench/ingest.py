"""Sustained ingest over HTTP: 4 senders, traces of 8 spans, 2.3 KB a span, text index on.

`python -m bench.ingest [--seconds 60] [--rate 3000] [--senders 4]`: with a rate the senders pace themselves and the
acknowledgement latency is what matters; with `--rate 0` they send as fast as they are answered.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.server import KEY, Server, percentile, running_server, save
from bench.traffic import SPANS, bodies

PER_REQUEST = 10  # traces
PREPARED = 60  # request bodies a sender prepares; ids are made fresh on every send


def send(port: int, project: str, number: int, seconds: float, rate: float, out: Any) -> None:
    """One sender: its own connection, its own process; reports latencies in seconds and spans acknowledged."""
    prepared = list(bodies(PREPARED * PER_REQUEST, PER_REQUEST, seed=number, start=datetime.now(UTC),
                           spacing=timedelta(milliseconds=3), project_id=project))  # fmt: skip
    size = sum(map(len, prepared)) / (PREPARED * PER_REQUEST * SPANS)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    latencies: list[float] = []
    out.put("ready")
    began = time.perf_counter()
    sent = 0
    while (now := time.perf_counter()) - began < seconds:
        if rate and (wait := began + sent * PER_REQUEST * SPANS / rate - now) > 0:
            time.sleep(wait)
        body = _fresh(prepared[sent % PREPARED], number, sent)
        start = time.perf_counter()
        connection.request("POST", "/logs3", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            out.put(RuntimeError(f"status {answer.status}"))
            return
        latencies.append(time.perf_counter() - start)
        sent += 1
    out.put((latencies, sent * PER_REQUEST * SPANS, size))


def _fresh(body: bytes, sender: int, round_number: int) -> bytes:
    """New row ids for a body that was sent before: the first digits of every trace id change."""
    if round_number < PREPARED:
        return body
    mark = f"{sender:x}{round_number:05x}".encode()
    parts = body.split(b'{"id":"')
    return parts[0] + b"".join(b'{"id":"' + mark + part[6:] for part in parts[1:])


def measure(server: Server, seconds: float, rate: float, senders: int) -> dict[str, Any]:
    """Run the senders against a server and watch it."""
    project = server.request("POST", "/v1/project", {"name": "bench"})["id"]
    out: Any = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=send, args=(server.port, project, k, seconds, rate / senders, out))
        for k in range(senders)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        out.get()
    cpu, began = server.cpu_seconds(), time.perf_counter()
    memory: list[float] = []
    results: list[Any] = []
    while len(results) < senders:
        memory.append(server.memory_mb())
        while not out.empty():
            results.append(out.get())
        time.sleep(0.5)
    if broken := [r for r in results if isinstance(r, Exception)]:
        raise broken[0]
    acknowledged = time.perf_counter() - began
    spans = sum(r[1] for r in results)
    count = f"SELECT count(*) AS n FROM project_logs('{project}')"
    readable = server.request("POST", "/btql", {"query": count})["data"][0]["n"]
    caught_up = time.perf_counter() - began
    latencies = [x for r in results for x in r[0]]
    third = max(1, len(memory) // 3)
    return {
        "spans_acknowledged": spans, "spans_readable": readable, "bytes_per_span": round(results[0][2]),
        "spans_per_second": round(spans / acknowledged), "spans_per_second_until_readable": round(spans / caught_up),
        "seconds_until_readable": round(caught_up - acknowledged, 2),
        "ack_ms": {f"p{share * 100:g}": round(percentile(latencies, share) * 1e3, 1) for share in (0.5, 0.99, 1)},
        "server_cpu_us_per_span": round((server.cpu_seconds() - cpu) / spans * 1e6),
        "memory_mb": {"first_third_max": round(max(memory[:third])), "last_third_max": round(max(memory[-third:]))},
        "disk_bytes_per_span": round(server.disk_mb() * 2**20 / spans),
    }  # fmt: skip


def main() -> int:
    """Measure the paced rate, then the maximum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=3000)
    parser.add_argument("--senders", type=int, default=4)
    args = parser.parse_args()
    with running_server() as server:
        paced = measure(server, args.seconds, args.rate, args.senders)
    with running_server() as server:
        flat_out = measure(server, args.seconds, 0, args.senders)
    command = "python -m bench.ingest " + " ".join(sys.argv[1:])
    save("ingest", command.strip(), {"paced": {"rate": args.rate, **paced}, "flat_out": flat_out})
    return 0 if paced["spans_readable"] == paced["spans_acknowledged"] else 1


if __name__ == "__main__":
    sys.exit(main())
