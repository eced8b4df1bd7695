"""What running an evaluation costs: ours next to the floor of asyncio and the published Braintrust SDK, in one run.

    python -m bench.eval [--rows 10000] [--rounds 3]

10,000 cases whose task waits 5 ms, two scorers, 64 cases at once: 0.78 s is the ideal. Awaiting and blocking tasks,
without a server and delivering every row to a sink in another process. Each run is a fresh process; the rounds
alternate, so that a busy neighbour meets all runners. `assay-cached` takes every answer and score from an earlier run.
Results go to `bench/results/eval.json`. Exits with 1 when a budget is broken: ours without a server may take 2.0 s
where the floor takes 1.27, delivering every row 2.0 s for 10,000 (twice the ideal when the task awaits), any of ours
0.25 ms of CPU a row, and memory may not grow with the rows: 100,000 delivered ones show that.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from http.server import ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any, ClassVar

from bench.eval_child import CONCURRENCY, SECONDS
from bench.sdk import HERE, Sink, python_of
from bench.server import machine

RESULTS = HERE / "results" / "eval.json"
RUNS = (
    ("floor", "async"), ("assay", "async"), ("assay-sent", "async"), ("assay-cached", "async"),
    ("braintrust", "async"), ("braintrust-sent", "async"),
    ("floor", "blocking"), ("assay", "blocking"), ("assay-sent", "blocking"), ("braintrust", "blocking"),
)  # fmt: skip
MEMORY_ROWS = (10_000, 100_000)
"""Two sizes of a run that keeps no results: flat memory is the same for both, but for 8 to 24 bytes a case."""

WALL_TO_FLOOR = 2.0 / 1.27
SENT_TO_IDEAL = {"async": 2.0, "blocking": 2.0 / 0.78}
CPU_US = 250
FLAT_MB = 8
"""Budgets: of wall time against the floor, of wall time with delivery against the ideal, of CPU time a row, of growth
between the two sizes.
"""


_MOMENT = ("load", "core_available")
"""What the walls depend on; CPU time hardly does."""


class EvalSink(Sink):
    """The sink of `bench/sdk.py`, which also registers experiments."""

    disable_nagle_algorithm = True  # headers and body leave in two writes; 40 ms apart they would measure TCP
    project: ClassVar[dict[str, str]] = {**Sink.project, "project_id": Sink.project["id"]}


def serve_sink(told: Connection) -> None:
    """Serve until killed; tells the port first."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), EvalSink)
    told.send(server.server_port)
    server.serve_forever()


def run_child(runner: str, task: str, rows: int, url: str) -> dict[str, Any]:
    """One run in a fresh process; raises with its last words when it fails."""
    client = runner.partition("-")[0].replace("floor", "assay")
    environment = dict(os.environ)
    if client == "assay":
        environment["PYTHONPATH"] = str(HERE.parent / "sdk" / "src")
    done = subprocess.run(
        [python_of(client), HERE / "eval_child.py", runner, task, str(rows), url],
        capture_output=True, text=True, check=False, env=environment, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{runner} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def summarize(rounds: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[str, Any]:
    """The median of the rounds of each run, with the range of the wall times."""
    found: dict[str, Any] = {}
    for (runner, task), runs in rounds.items():
        walls = [run["wall_s"] for run in runs]
        found[f"{runner} {task}"] = {
            "wall_s": round(statistics.median(walls), 2),
            "wall_s_range": [round(min(walls), 2), round(max(walls), 2)],
            "cpu_us_per_row": round(statistics.median(run["cpu_us_per_row"] for run in runs)),
            "memory_growth_mb": round(statistics.median(run["memory_growth_mb"] for run in runs), 1),
            "version": runs[0]["version"],
        }
    return found


def broken(runs: dict[str, dict[str, Any]], ideal: float, memory: dict[int, dict[str, Any]]) -> list[str]:
    """The budgets that do not hold. Walls are compared at their best: a busy machine only makes them longer."""
    found: list[str] = []
    for task in ("async", "blocking"):
        ratio = runs[f"assay {task}"]["wall_s_range"][0] / runs[f"floor {task}"]["wall_s_range"][0]
        if ratio > WALL_TO_FLOOR:
            found.append(f"assay {task}: {ratio:.2f} times the floor, {WALL_TO_FLOOR:.2f} is allowed")
        took, allowed = runs[f"assay-sent {task}"]["wall_s_range"][0], SENT_TO_IDEAL[task] * ideal
        if took > allowed:
            found.append(f"assay-sent {task}: {took:.2f} s, {allowed:.2f} are allowed")
    found += [
        f"{name}: {run['cpu_us_per_row']} µs CPU a row, {CPU_US} are allowed"
        for name, run in runs.items()
        if name.startswith("assay") and run["cpu_us_per_row"] > CPU_US
    ]
    small, large = (run["memory_growth_mb"] for run in memory.values())
    if large - small > FLAT_MB:
        found.append(f"memory grows by {large - small:.1f} MB between {' and '.join(map(str, memory))} rows")
    return found


def main() -> int:
    """Run the comparison and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for client in ("assay", "braintrust"):
        python_of(client)
    mine, theirs = multiprocessing.Pipe()
    sink = multiprocessing.get_context("spawn").Process(target=serve_sink, args=(theirs,), daemon=True)
    sink.start()
    url = f"http://127.0.0.1:{mine.recv()}"
    before = machine()
    rounds: dict[tuple[str, str], list[dict[str, Any]]] = {run: [] for run in RUNS}
    try:
        for _ in range(options.rounds):
            for (runner, task), runs in rounds.items():
                runs.append(run_child(runner, task, options.rows, url))
        memory = {rows: run_child("assay-summary", "async", rows, url) for rows in MEMORY_ROWS}
    finally:
        sink.kill()
    runs = summarize(rounds)
    ideal = options.rows * SECONDS / CONCURRENCY
    report = {
        "what": f"{options.rows} cases, task of {SECONDS * 1000:g} ms, 2 scorers, {CONCURRENCY} at once",
        "command": f"python -m bench.eval --rows {options.rows} --rounds {options.rounds}",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {key: before[key] for key in ("cores", "python")},
        "before": {key: before[key] for key in _MOMENT},
        "after": {key: value for key, value in machine().items() if key in _MOMENT},
        "ideal_wall_s": round(ideal, 2),
        "runs": runs,
        "assay_summary_by_rows": {
            str(rows): {key: round(run[key], 1) for key in ("wall_s", "cpu_us_per_row", "memory_growth_mb")}
            for rows, run in memory.items()
        },
        "budgets": {
            "wall_to_floor": round(WALL_TO_FLOOR, 2),
            "sent_wall_s": {task: round(ratio * ideal, 2) for task, ratio in SENT_TO_IDEAL.items()},
            "cpu_us_per_row": CPU_US,
            "flat_mb": FLAT_MB,
        },
        "broken_budgets": broken(runs, ideal, memory),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for name, run in runs.items():
        cost = f"{run['wall_s']:7.2f} s {run['cpu_us_per_row']:7.0f} µs CPU a row"
        print(f"{name:26} {cost} {run['memory_growth_mb']:7.1f} MB")
    for problem in report["broken_budgets"]:
        print(f"BROKEN {problem}")
    return 1 if report["broken_budgets"] else 0


if __name__ == "__main__":
    sys.exit(main())
