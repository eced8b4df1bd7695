"""Ctrl-C and cancellation: what finished is delivered and summarised, then the interrupt goes on."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assay.evals import EvalAsync, EvalResultWithSummary, Reporter
from assay.evals.evaluator import Evaluator, run_blocking
from tests.sdk.evals.real import environment, rows
from tests.support.servers import ServerProcess

PROGRAM = """
import asyncio, sys, time
from assay import Eval

async def wait(number):
    sys.stderr.write(f"started {number}\\n")  # one write: two threads must not mix their lines
    await asyncio.sleep(0 if number < 3 else 60)
    return number

def block(number):
    sys.stderr.write(f"started {number}\\n")  # one write: two threads must not mix their lines
    time.sleep(0 if number < 3 else 60)
    return number

Eval("demo", data=[{"input": n} for n in range(100)], task=TASK, scores=[lambda output: 1], max_concurrency=2)
print("not reached", file=sys.stderr)
"""


@pytest.mark.parametrize("task", ["wait", "block"])
def test_ctrl_c_leaves_a_summarised_partial_experiment(server: Any, tmp_path: Path, task: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("TASK", task))
    process = subprocess.Popen([sys.executable, str(program)], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        seen = ""
        while "started 4" not in seen:  # 0, 1 and 2 are done; 3 and 4 wait
            line = process.stderr.readline()
            assert line, f"the program ended early: {seen}"
            seen += line
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        seen += process.communicate(timeout=20)[1]
    finally:
        process.kill()
        process.communicate()

    assert time.monotonic() - started < 15
    assert process.returncode == -signal.SIGINT  # 130 to a shell
    assert "demo: 3 cases" in seen or "made-up: 3 cases" in seen
    assert "interrupted: what finished is summarised" in seen
    assert "not reached" not in seen
    assert "started 5" not in seen
    roots = server.roots()
    assert [root["output"] for root in roots if root.get("error") is None] == [0, 1, 2]
    assert [root["error"] for root in roots if root.get("error")] == ["interrupted before it finished"] * 2
    assert all("end" in root["metrics"] for root in roots)


BATCH = """
import asyncio, sys
from assay import Eval

async def wait(number, hooks):
    sys.stderr.write(f"started {hooks.parameters['part']}/{number}\\n")
    await asyncio.sleep(60 if hooks.parameters["part"] == 2 and number >= 3 else 0)
    return number

Eval("batch", data=[{"input": n} for n in range(9)], task=wait, scores=[lambda output: 1], max_concurrency=2,
     parameters={"part": 0}, git_metadata_settings=False)
"""


def test_ctrl_c_in_a_batch_keeps_what_ran_and_summarises_what_runs(
    real: ServerProcess, tmp_path: Path
) -> None:
    (tmp_path / "eval_it.py").write_text(BATCH)
    process = subprocess.Popen(
        [sys.executable, "-m", "assay", "eval", "eval_it.py", "--matrix", "part=1,2,3", "--json"],
        cwd=tmp_path, env=environment(real, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        seen = ""
        while "started 2/4" not in seen:
            line = process.stderr.readline()
            assert line, f"the program ended early: {seen}"
            seen += line
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "started 3/" not in seen + rest
    whole, partial = map(json.loads, out.splitlines())
    assert (whole["experiment_name"], whole["cases"], whole["interrupted"]) == ("part=1", 9, False)
    assert (partial["experiment_name"], partial["cases"], partial["interrupted"]) == ("part=2", 3, True)
    assert partial["comparison_experiment_name"] == "part=1"
    for summary, finished in ((whole, 9), (partial, 3)):
        stored = [row for row in rows(real, summary["experiment_id"]) if row["is_root"]]
        assert sum(row["error"] is None for row in stored) == finished
        assert {row["error"] for row in stored} - {None} <= {"interrupted before it finished"}
    listed = real.request("GET", f"/v1/experiment?project_id={whole['project_id']}")["objects"]
    assert {one["name"] for one in listed} == {"part=1", "part=2"}


def test_the_reporter_gets_the_partial_result() -> None:
    async def task(number: int) -> int:
        if number == 2:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)
        return number

    reported: list[EvalResultWithSummary] = []
    evaluator = Evaluator(
        name="p",
        data=[{"input": n} for n in range(9)],
        task=task,
        max_concurrency=1,
        no_send_logs=True,
        reporter=Reporter("keep", lambda evaluator, result: reported.append(result)),
    )
    with pytest.raises(KeyboardInterrupt):
        run_blocking(evaluator)
    (partial,) = reported
    assert [one.output for one in partial.results] == [0, 1]
    assert partial.summary.interrupted


def test_a_cancelled_caller_gets_its_cancellation_after_the_report() -> None:
    reported: list[EvalResultWithSummary] = []

    async def main() -> None:
        async def task(number: int) -> int:
            await asyncio.sleep(60 if number else 0)
            return number

        reporter = Reporter("keep", lambda evaluator, result: reported.append(result))
        running = asyncio.ensure_future(
            EvalAsync("p", [{"input": n} for n in range(4)], task, no_send_logs=True, reporter=reporter)
        )
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert [one.output for one in reported[0].results] == [0]
    assert reported[0].summary.interrupted
