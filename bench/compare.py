"""Comparing experiments over HTTP: five of 10,000 cases each. `python -m bench.compare [--cases 10000]`.

Cases are written as `Eval` writes them: a root, its task, a span for each of three scorers. Every other run differs
from the one before in a tenth of its answers. Timed is the whole answer: reading the rows, statistics, JSON.
Exits with 1 when comparing all five takes more than a second while the machine had a core to give: the first time, when
nothing has been read yet, or at the median.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.server import Server, machine, percentile, running_server, save
from tests.support.servers import Refused

EXPERIMENTS = 5
LIMIT_MS = 1000
_BATCH = 500


def rows(experiment: int, cases: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of one experiment, in requests of a few thousand."""
    chance = random.Random(experiment)
    hard = random.Random(0)
    batch: list[dict[str, Any]] = []
    for case in range(cases):
        batch += trace(f"{experiment}-{case}", case, hard.random(), chance)
        if len(batch) >= 5 * _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def trace(name: str, case: int, ease: float, chance: random.Random) -> list[dict[str, Any]]:
    """One case: its root, its task, and three scores of which two are pass or fail."""
    at, seconds = 1.7e9 + case, chance.lognormvariate(0.5, 0.5)
    common = {"root_span_id": name, "span_parents": [name]}
    found = [
        {
            "id": name, "span_id": name, "root_span_id": name,
            "input": {"question": f"What is the capital of country {case}?", "context": "lorem ipsum " * 10},
            "expected": f"City {case}", "output": f"City {case}",
            "metadata": {"tier": ("gold", "silver", "free")[case % 3], "conversation": case // 4},
            "span_attributes": {"name": "eval", "type": "eval"},
            "metrics": {"start": at, "end": at + seconds},
        },
        {
            **common, "id": f"{name}t", "span_id": f"{name}t",
            "span_attributes": {"name": "task", "type": "llm"},
            "metrics": {"start": at, "end": at + seconds, "prompt_tokens": 800 + case % 90, "completion_tokens": 90,
                        "tokens": 890 + case % 90, "estimated_cost": 0.0021},
        },
    ]  # fmt: skip
    scores = {
        "Correct": float(chance.random() < ease),
        "Safe": float(chance.random() < 0.97),
        "Similar": round(min(1.0, max(0.0, chance.gauss(ease, 0.15))), 3),
    }
    for number, (scorer, value) in enumerate(scores.items()):
        found.append({
            **common, "id": f"{name}{number}", "span_id": f"{name}{number}", "scores": {scorer: value},
            "span_attributes": {"name": scorer, "type": "score", "purpose": "scorer"},
            "metrics": {"start": at, "end": at + 0.1},
        })  # fmt: skip
    return found


def fill(server: Server, cases: int) -> list[str]:
    """Write the experiments, oldest first; their ids."""
    project = server.request("POST", "/v1/project", {"name": "bench"})["id"]
    ids: list[str] = []
    for number in range(EXPERIMENTS):
        ids.append(
            server.request("POST", "/v1/experiment", {"project_id": project, "name": f"run {number}"})["id"]
        )
        for batch in rows(number, cases):
            server.request("POST", f"/v1/experiment/{ids[-1]}/insert", {"events": batch})
    return ids


def settle(server: Server, experiment: str) -> None:
    """Wait until everything written is readable, and merges have had a moment."""
    while True:
        try:
            server.request("GET", f"/v1/experiment/{experiment}/cases?to=none&limit=1")
        except Refused as refused:
            if refused.status != 503:
                raise
            time.sleep(1)
        else:
            break
    time.sleep(5)


def timed(server: Server, path: str, repeats: int) -> dict[str, Any]:
    """Milliseconds of a GET: the first one, the middle and the slow ones of those after it, and CPU time of the server.

    What was read is kept by the server until the experiment changes, so the first answer may cost more.
    """
    times: list[float] = []
    used: list[float] = []
    for _ in range(repeats + 1):
        spent, began = server.cpu_seconds(), time.perf_counter()
        server.request("GET", path)
        times.append((time.perf_counter() - began) * 1e3)
        used.append((server.cpu_seconds() - spent) * 1e3)
    rest = times[1:]
    return {
        "first_ms": round(times[0]),
        "first_cpu_ms": round(used[0]),
        "p50_ms": round(percentile(rest, 0.5)),
        "p95_ms": round(percentile(rest, 0.95)),
        "cpu_ms": round(sum(used[1:]) / repeats),
    }


def main() -> int:
    """Fill, wait for merges to settle, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    with running_server() as server:
        *earlier, newest = fill(server, args.cases)
        settle(server, newest)
        before = machine()["core_available"]
        base = f"/v1/experiment/{newest}"
        keys = "cluster=metadata.conversation&slice=metadata.tier"
        every = "&".join(f"to={other}" for other in reversed(earlier))
        results = {
            "five": timed(server, f"{base}/compare?{every}", args.repeats),
            "two": timed(server, f"{base}/compare?to={earlier[-1]}", args.repeats),
            "two, clusters and slices": timed(
                server, f"{base}/compare?to={earlier[-1]}&{keys}", args.repeats
            ),
            "page of cases": timed(server, f"{base}/cases?to={earlier[-1]}&filter=regressed", args.repeats),
            "plan": timed(server, f"{base}/plan?to={earlier[-1]}", args.repeats),
            "reliability of five": timed(server, f"{base}/reliability?history=4", args.repeats),
        }
    command = "python -m bench.compare " + " ".join(sys.argv[1:])
    shape = {"experiments": EXPERIMENTS, "cases": args.cases, "spans": EXPERIMENTS * args.cases * 5}
    save("compare", command.strip(), {**shape, "core_available_before": before, "answers": results})
    slowest = max(results["five"]["first_ms"], results["five"]["p50_ms"])
    return int(before > 0.9 and slowest > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
