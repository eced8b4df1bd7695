"""Runs that are killed and taken up again, on a real server: every cell once, nothing scored or priced twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.evals.resume import progress_of
from tests.sdk.evals.real import assay_eval, environment, executed, recording_on, rows
from tests.support.servers import ServerProcess

PROGRAM = """
import asyncio, os, random
import assay
from assay import Eval

CALLS = os.open("calls.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

async def task(n, hooks):
    with assay.start_span(name="model", type="llm") as span:
        await asyncio.sleep(random.random() * 0.02)
        span.log(metadata={"model": "gpt-4o-mini"}, metrics={"prompt_tokens": 1000, "completion_tokens": 1000})
    os.write(CALLS, f"{n}/{hooks.trial_index}\\n".encode())
    return n * 2

def right(output, expected):
    return float(output == expected)

Eval("PROJECT", data=[{"input": n, "expected": n * 2} for n in range(CASES)], task=task, scores=[right],
     trial_count=3, max_concurrency=32, git_metadata_settings=False, keep_results=False)
"""


def write(folder: Path, project: str, cases: int, program: str = PROGRAM) -> None:
    (folder / "eval_it.py").write_text(program.replace("PROJECT", project).replace("CASES", str(cases)))


def kill_after(server: ServerProcess, folder: Path, calls: int) -> None:
    """Start the evaluation and kill -9 it once this many tasks have run."""
    command = [sys.executable, "-m", "assay", "eval", "eval_it.py"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(server, folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        while len(executed(folder)) < calls:
            assert running.poll() is None, "it ended before it could be killed"
        running.kill()


def summary_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_killed_in_the_middle_of_3000_runs_and_resumed(real: ServerProcess, tmp_path: Path) -> None:
    write(tmp_path, "killed", 1000)
    kill_after(real, tmp_path, 1200)
    before = len(executed(tmp_path))
    done = assay_eval(real, tmp_path, "--resume")
    found = summary_of(done)

    assert found["resumed"] + found["cases"] == 3000
    assert 0 < found["resumed"] <= before
    assert found["plan"]["finished"] == found["resumed"]
    assert found["plan"]["to_run"] == found["cases"]
    assert f"{found['resumed']:,} finished before" in done.stderr
    # What was under way or not yet delivered at the kill ran again, and nothing else did.
    assert len(executed(tmp_path)) == before + found["cases"]

    (experiment,) = real.request("GET", f"/v1/experiment?project_id={found['project_id']}")["objects"]
    stored = rows(real, experiment["id"])
    roots = [row for row in stored if row["is_root"]]
    cells = Counter((row["input"], row["root_span_id"]) for row in roots)
    assert len(roots) == len(cells) == 3000
    assert Counter(row["input"] for row in roots) == dict.fromkeys(range(1000), 3)
    unfinished = [
        row
        for row in roots
        if row["metrics"].get("end") is None or row["error"] is not None or row["output"] != row["input"] * 2
    ]
    assert unfinished == []
    traces = {row["root_span_id"] for row in roots}
    kinds = Counter(row["span_attributes"]["type"] for row in stored)
    assert kinds == {"eval": 3000, "task": 3000, "llm": 3000, "score": 3000}
    for kind in kinds:  # one of each in every trace, and none without a root
        of_kind = [row["root_span_id"] for row in stored if row["span_attributes"]["type"] == kind]
        assert set(of_kind) == traces

    comparison = real.request("GET", f"/v1/experiment/{experiment['id']}/compare")
    assert comparison["cases"]["total"] == 1000
    (score,) = comparison["scores"]
    assert (score["mean"], score["n"]) == (1.0, 3000)
    one = (1000 * 0.15 + 1000 * 0.6) / 1e6
    assert comparison["totals"]["task"]["cost"] == pytest.approx(3000 * one)

    again = summary_of(assay_eval(real, tmp_path, "--resume"))
    assert (again["cases"], again["resumed"]) == (0, 3000)
    assert len(rows(real, experiment["id"])) == len(stored)


def test_a_budget_ends_the_run_with_a_code_of_its_own_and_can_be_raised(
    real: ServerProcess, tmp_path: Path
) -> None:
    program = PROGRAM.replace("trial_count=3, max_concurrency=32", "max_concurrency=4")
    write(tmp_path, "budget", 60, program)
    one = (1000 * 0.15 + 1000 * 0.6) / 1e6
    done = assay_eval(real, tmp_path, "--budget", str(20.5 * one))
    assert done.returncode == 5, done.stderr
    found = json.loads(done.stdout)
    assert found["stopped"] == "budget"
    assert found["cases"] == len(executed(tmp_path)) == 20  # what is under way is reckoned with
    assert found["task"]["cost"] == pytest.approx(20 * one)

    assert "--resume finishes it" in assay_text(real, tmp_path, "--resume", "--budget", str(25.5 * one))
    finished = summary_of(assay_eval(real, tmp_path, "--resume"))
    assert (finished["resumed"], finished["cases"], finished["stopped"]) == (25, 35, None)
    assert len(executed(tmp_path)) == 60
    assert finished["plan"]["dollars"] == pytest.approx(35 * one)


def test_which_trials_count_as_finished(real: ServerProcess) -> None:
    def row(
        trace: str, name: str, *, root: bool = True, kind: str = "eval", **columns: Any
    ) -> dict[str, Any]:
        return {
            "id": name, "span_id": name, "root_span_id": trace, "span_parents": None if root else [f"{trace}-root"],
            "experiment_id": experiment["id"], "span_attributes": {"name": kind, "type": kind}, **columns,
        }  # fmt: skip

    project = real.request("POST", "/v1/project", {"name": "finished"})
    experiment = real.request("POST", "/v1/experiment", {"project_id": project["id"], "name": "e"})
    done, ended = {"metadata": {}, "output": None}, {"metrics": {"start": 1.0, "end": 2.0}}
    sent = [
        row("whole", "whole-root", **done, **ended),
        row("whole", "whole-task", root=False, kind="task"),
        # The end is read when a row is sent, its columns when it is queued: the one may be there without the others.
        row("early", "early-root", **ended),
        row("early", "early-task", root=False, kind="task"),
        row("open", "open-root", metrics={"start": 1.0}),
        row("failed", "failed-root", error="boom", **done, **ended),
        row("unscored", "unscored-root", **ended, metadata={"scorer_errors": {"s": "boom"}}),
        row("rootless", "rootless-task", root=False, kind="task"),
        row("by hand", "by-hand", kind="task"),
    ]
    real.request("POST", "/logs3", {"rows": sent, "api_version": 2})
    with recording_on(real) as state:
        found = progress_of(state, experiment["id"])
    assert found.finished == {"whole-root"}
    assert sorted(found.stale) == [
        "early-root", "early-task", "failed-root", "open-root", "rootless-task", "unscored-root",
    ]  # fmt: skip


DATASET = """
import assay
from assay import Eval

CALLS = open("calls.txt", "a")

def task(n):
    print(n, file=CALLS, flush=True)
    if n == 2 and len(open("calls.txt").readlines()) < 4:
        raise KeyboardInterrupt
    return n

Eval("PROJECT", data=assay.init_dataset("PROJECT", "numbers"), task=task, scores=[lambda output: 1.0],
     experiment_name="named", max_concurrency=1, git_metadata_settings=False)
"""


def test_a_resumed_run_reads_the_dataset_it_began_with(real: ServerProcess, tmp_path: Path) -> None:
    write(tmp_path, "pinned", 0, DATASET)
    with recording_on(real) as state:
        dataset = assay.init_dataset("pinned", "numbers", state=state)
        for n in range(3):
            dataset.insert(input=n, id=f"r{n}")
        dataset.flush()
        first = assay_eval(real, tmp_path)
        assert first.returncode == 130, first.stderr
        assert executed(tmp_path) == ["0", "1", "2"]
        dataset.insert(input=3, id="r3")
        dataset.flush()
    found = summary_of(assay_eval(real, tmp_path, "--resume"))
    assert (found["resumed"], found["cases"], found["experiment_name"]) == (2, 1, "named")
    assert executed(tmp_path) == ["0", "1", "2", "2"]
    roots = [row for row in rows(real, found["experiment_id"]) if row["is_root"]]
    assert sorted((row["input"], row["origin"]["id"], row["error"]) for row in roots) == [
        (0, "r0", None), (1, "r1", None), (2, "r2", None),
    ]  # fmt: skip


def assay_text(server: ServerProcess, folder: Path, *words: str) -> str:
    """What a person sees of a run that its budget ends."""
    command = [sys.executable, "-m", "assay", "eval", "eval_it.py", *words]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(server, folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 5
    return done.stdout


def test_only_the_same_code_and_parameters_resume(real: ServerProcess, tmp_path: Path) -> None:
    write(tmp_path, "changed", 3)
    first = summary_of(assay_eval(real, tmp_path, "--resume"))
    assert "no experiment of this evaluation to resume" in first["warnings"][0]
    assert (first["cases"], first["resumed"]) == (9, 0)
    calls = len(executed(tmp_path))
    for old, new in (("n * 2\n\ndef", "n * 2.0\n\ndef"), ("float(output", "0.5 * float(output")):
        write(tmp_path, "changed", 3, PROGRAM.replace(old, new))
        refused = assay_eval(real, tmp_path, "--resume")
        what = "the task" if "2.0" in new else "the scorers"
        assert f"cannot be resumed, because {what} changed since" in refused.stderr
    assert len(executed(tmp_path)) == calls
