"""Reads over HTTP on 300,000 spans: the questions the pages ask. `python -m bench.query [--spans 300000]`."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.server import Server, percentile, running_server, save
from bench.traffic import SPANS, bodies

LARGE_TRACE = "f" * 32
TARGETS_MS = {
    "newest_50": 50,
    "path_filter_count": 80,
    "group_by_path_p95": 150,
    "rare_term": 100,
    "trace_of_1000": 150,
}


def fill(server: Server, spans: int) -> str:
    """Write the data set: ordinary traces and one of 1,000 spans."""
    project = server.request("POST", "/v1/project", {"name": "bench"})["id"]
    start = datetime.now(UTC) - timedelta(days=2)
    began = time.perf_counter()
    for body in bodies(
        spans // SPANS,
        50,
        seed=1,
        start=start,
        spacing=timedelta(days=2) / (spans // SPANS),
        project_id=project,
    ):
        server.request("POST", "/logs3", body)
    rows = [{**_step(n), "project_id": project, "log_id": "g"} for n in range(1000)]
    server.request("POST", "/logs3", {"rows": rows})
    server.request("POST", "/btql", {"query": f"SELECT count(*) AS n FROM project_logs('{project}')"})
    print(f"filled {spans:,} spans in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return project


def _step(number: int) -> dict[str, Any]:
    """One span of the large trace: a tree in which every span has four children."""
    return {
        "id": f"large-{number}",
        "span_id": f"{number:016x}",
        "root_span_id": LARGE_TRACE,
        "span_parents": [f"{number // 4:016x}"] if number else None,
        "created": (datetime.now(UTC) - timedelta(days=3)).isoformat(),
        "input": {"step": number, "text": "lorem ipsum " * 60},
        "output": "dolor sit amet " * 40,
        "metrics": {"start": number, "end": number + 1},
        "span_attributes": {"name": "step", "type": "tool"},
    }


def questions(project: str) -> dict[str, list[str]]:
    """Queries by name; several texts a name so that no answer can come from a cache."""
    source = f"project_logs('{project}')"
    columns = "id, created, input, output, scores, metadata, span_attributes"
    p95 = "percentile(metrics.end - metrics.start, 0.95) AS p95"
    newest = f"SELECT root_span_id FROM {source} ORDER BY created DESC LIMIT 1"
    many = range(40)
    return {
        "newest_50": [f"SELECT {columns} FROM {source} ORDER BY created DESC LIMIT 50"],
        "newest_50_traces": [f"SELECT * FROM {source} WHERE is_root ORDER BY created DESC LIMIT 50"],
        "path_filter_count": [f"SELECT count(*) AS n FROM {source} WHERE metadata.user_id = 'user-{n}'" for n in many],
        "group_by_path_p95": [
            f"SELECT metadata.model, count(*) AS n, {p95} FROM {source} WHERE metrics.tokens > {n} "
            "GROUP BY metadata.model" for n in many
        ],
        "rare_term": [
            f"SELECT id, created FROM {source} WHERE search('needle{n:03d}zq') ORDER BY created DESC LIMIT 50"
            for n in many
        ],
        "trace_of_1000": [f"SELECT * FROM {source} WHERE root_span_id = '{LARGE_TRACE}' LIMIT 2000"],
        "trace_of_8": [f"SELECT * FROM {source} WHERE root_span_id IN ({newest})"],
    }  # fmt: skip


def measure(server: Server, project: str, repeats: int) -> dict[str, Any]:
    """p50 and p95 in milliseconds per question, warm."""
    results: dict[str, Any] = {}
    for name, texts in questions(project).items():
        times: list[float] = []
        for turn in range(repeats + 5):
            began = time.perf_counter()
            answer = server.request("POST", "/btql", {"query": texts[turn % len(texts)]})
            if turn >= 5:
                times.append((time.perf_counter() - began) * 1e3)
        results[name] = {"p50_ms": round(percentile(times, 0.5), 1), "p95_ms": round(percentile(times, 0.95), 1),
                         "rows": len(answer["data"]), "target_ms": TARGETS_MS.get(name)}  # fmt: skip
    return results


def main() -> int:
    """Fill, wait for merges to settle, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=300_000)
    parser.add_argument("--repeats", type=int, default=30)
    args = parser.parse_args()
    with running_server() as server:
        project = fill(server, args.spans)
        time.sleep(10)
        results = measure(server, project, args.repeats)
    command = "python -m bench.query " + " ".join(sys.argv[1:])
    save("query", command.strip(), {"spans": args.spans, "questions": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
