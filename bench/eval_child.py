"""One evaluation with one runner: run by `bench/eval.py` with the interpreter of that runner's environment.

    python eval_child.py RUNNER TASK ROWS SINK_URL        prints one line of JSON

RUNNER: floor (asyncio or a thread pool and nothing else), assay, braintrust. With `-sent` rows go to the sink
instead of nowhere; with `-summary` they do, and the runner returns the summary without the results; with `-cached` they
do, and a run before has made every answer and score. TASK: async
(awaits 5 ms) or blocking (sleeps 5 ms). Two scorers, 64 cases at once. Wall and CPU time include starting the run
and delivering the last row; memory is the growth of the peak above what was resident before the run.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

CONCURRENCY = 64
SECONDS = 0.005

Data = Iterator[dict[str, Any]]
Run = Callable[[Data, Callable[[int], Any]], object]


async def async_task(number: int) -> dict[str, int]:
    """A task that waits as a model call does."""
    await asyncio.sleep(SECONDS)
    return {"answer": number * 2}


def blocking_task(number: int) -> dict[str, int]:
    """The same in code that blocks its thread."""
    time.sleep(SECONDS)
    return {"answer": number * 2}


def exact(output: dict[str, int], expected: dict[str, int]) -> float:
    """A quick scorer."""
    return float(output == expected)


def even(output: dict[str, int]) -> float:
    """Another one."""
    return float(output["answer"] % 2 == 0)


def cases(rows: int) -> Data:
    """A stream, so that whoever holds rows holds them by choice."""
    for number in range(rows):
        yield {"input": number, "expected": {"answer": number * 2}}


def run_floor(data: Data, task: Callable[[int], Any]) -> None:
    """What no runner can beat: the same waits and scorers, nothing recorded, nothing kept but the scores."""
    scores: list[tuple[float, float]] = []

    def score(case: dict[str, Any], output: dict[str, int]) -> None:
        scores.append((exact(output, case["expected"]), even(output)))

    async def work() -> None:
        for case in data:
            score(case, await task(case["input"]))

    async def main() -> None:
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))

    if task is async_task:
        asyncio.run(main())
        return
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        listed = list(data)
        for case, output in zip(listed, pool.map(task, [case["input"] for case in listed]), strict=True):
            score(case, output)


def assay_runner(url: str | None, *, keep_results: bool, cache: bool = False) -> Run:
    """This repository's SDK."""
    os.environ.update(ASSAY_URL=url or "http://127.0.0.1:9", ASSAY_API_KEY="bench")
    import assay

    def run(data: Data, task: Callable[[int], Any]) -> None:
        assay.Eval(
            "bench", data, task, [exact, even], max_concurrency=CONCURRENCY, no_send_logs=url is None,
            summarize_scores=False, git_metadata_settings=False, keep_results=keep_results,
            cache=cache,
        )  # fmt: skip

    assay.Eval  # noqa: B018 — loads the module: imports are not part of a run
    return run


def braintrust_runner(url: str | None) -> Run:
    """The published SDK of the wire contract."""
    base = url or "http://127.0.0.1:9"
    os.environ.update(BRAINTRUST_APP_URL=base, BRAINTRUST_API_URL=base, BRAINTRUST_API_KEY="bench")
    import braintrust

    def run(data: Data, task: Callable[[int], Any]) -> None:
        braintrust.Eval(
            "bench", data=lambda: data, task=task, scores=[exact, even], max_concurrency=CONCURRENCY,
            no_send_logs=url is None, summarize_scores=False,
        )  # fmt: skip
        braintrust.flush()

    return run


def main() -> None:
    """Run once and print what it took."""
    runner, task_name, rows, url = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    name, _, mode = runner.partition("-")
    target = url if mode else None
    run = run_floor
    task = async_task if task_name == "async" else blocking_task
    if name == "assay":
        run = assay_runner(target, keep_results=mode != "summary", cache=mode == "cached")
        if mode == "cached":
            os.environ["ASSAY_CACHE_DIR"] = tempfile.mkdtemp(prefix="assay-bench-")
            run(cases(rows), task)
    elif name == "braintrust":
        run = braintrust_runner(target)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    run(cases(rows), task)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        json.dumps(
            {
                "wall_s": wall,
                "cpu_us_per_row": cpu / rows * 1e6,
                "memory_growth_mb": (after.ru_maxrss - before.ru_maxrss) / 1024,
                "version": version(name) if name != "floor" else None,
            }
        )
    )


if __name__ == "__main__":
    main()
