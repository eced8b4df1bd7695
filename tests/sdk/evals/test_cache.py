"""Runs that reuse what earlier ones made: on one machine, and from the server on another."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.evals.real import assay_eval, executed, rows
from tests.support.servers import ServerProcess

PROGRAM = """
import os
from assay import Eval
from helper import double
from assay.evals import Score

CALLS = open("calls.txt", "a")

def note(word):
    CALLS.write(word + "\\n")
    CALLS.flush()

def task(n, hooks):
    note(f"task {n}/{hooks.trial_index}")
    if n == 3:
        raise ValueError("three is bad")
    hooks.metadata["seen"] = True
    return {"answer": double(n) * hooks.parameters["factor"]}

def right(output, expected):
    note("right")
    return Score("right", float(output["answer"] == expected), {"why": "compared"})

def size(output):
    note("size")
    return [Score("small", float(output["answer"] < 6)), Score("even", 1.0, {"by": 2})]

Eval("PROJECT", data=[{"input": n, "expected": 2 * n} for n in (0, 1, 2, 3, 1)], task=task, scores=[right],
     parameters={"factor": 1}, trial_count=2, git_metadata_settings=False)
"""
HELPER = "def double(n):\n    return n * 2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text(HELPER)
    return tmp_path


def write(folder: Path, project: str, **replaced: str) -> None:
    program = PROGRAM.replace("PROJECT", project)
    for old, new in replaced.items():
        program = program.replace(old, new)
    (folder / "eval_it.py").write_text(program)


def run(
    server: ServerProcess, folder: Path, *words: str, **variables: str
) -> tuple[dict[str, Any], Counter[str]]:
    """The summary, and how often each function was called."""
    before = len(executed(folder))
    done: subprocess.CompletedProcess[str] = assay_eval(server, folder, *words, **variables)
    assert done.stdout, done.stderr
    calls = Counter(line.partition(" ")[0] for line in executed(folder)[before:])
    return json.loads(done.stdout), calls


def test_only_what_changed_runs_again(real: ServerProcess, folder: Path) -> None:
    write(folder, "cached")
    first, calls = run(real, folder, "--cache")
    assert calls == {"task": 10, "right": 8}
    assert (first["reused"], first["reused_scores"], first["errors"]) == (0, 0, 2)

    second, calls = run(real, folder, "--cache")
    assert calls == {"task": 2}  # an error is never an answer
    assert (second["reused"], second["reused_scores"]) == (8, 8)
    assert second["plan"] | {"dollars": 0, "seconds": 0} == {
        "cases": 5, "trials": 2, "runs": 10, "finished": 0, "cached": 8, "to_run": 2, "dollars": 0, "seconds": 0,
        "basis": first["experiment_name"],
    }  # fmt: skip
    assert second["scores"]["right"]["mean"] == first["scores"]["right"]["mean"] == 1.0
    assert second["metrics"]["duration"]["n"] == 2  # nothing was measured for the others

    # A scorer more: the task does not run, the old scorer does not run.
    write(folder, "cached", **{"[right]": "[right, size]"})
    third, calls = run(real, folder, "--cache")
    assert calls == {"task": 2, "size": 8}
    assert set(third["scores"]) == {"right", "small", "even"}
    # A case more: it runs, alone.
    write(folder, "cached", **{"(0, 1, 2, 3, 1)": "(0, 1, 2, 3, 1, 4)"})
    _, calls = run(real, folder, "--cache")
    assert calls == {"task": 4, "right": 2}
    # Parameters, and code the task reaches in another file.
    write(folder, "cached", **{'"factor": 1': '"factor": 2'})
    _, calls = run(real, folder, "--cache")
    assert calls["task"] == 10
    write(folder, "cached")
    (folder / "helper.py").write_text("def double(n):\n    return n + n\n")
    _, calls = run(real, folder, "--cache")
    assert calls == {"task": 10}  # the answers are the same, so the scores are
    (folder / "helper.py").write_text("# twice\n\n" + HELPER)
    _, calls = run(real, folder, "--cache")
    assert calls == {"task": 2}


def test_reused_answers_say_so_and_fresh_makes_new_ones(real: ServerProcess, folder: Path) -> None:
    write(folder, "marked")
    run(real, folder, "--cache")
    second, _ = run(real, folder, "--cache")
    stored = rows(real, second["experiment_id"])
    reused = [row for row in stored if row["is_root"] and row["error"] is None]
    assert len(reused) == 8
    (first_id,) = {row["metadata"]["reused"]["object_id"] for row in reused}
    assert first_id != second["experiment_id"]
    origins = {row["id"]: row for row in rows(real, first_id)}
    for row in reused:
        assert row["metrics"]["reused"] == 1
        origin = origins[row["metadata"]["reused"]["id"]]
        assert (origin["output"], origin["input"]) == (row["output"], row["input"])
        assert row["metadata"]["seen"] is True
        assert row["metadata"]["reused"]["made"] >= origin["created"][:19]
    scores = [row for row in stored if row["span_attributes"]["type"] == "score"]
    assert [(row["scores"], row["metadata"], row["metrics"]["reused"]) for row in scores] == [
        ({"right": 1.0}, {"why": "compared"}, 1)
    ] * 8
    done = assay_eval(real, folder, "--cache", "--fresh")
    assert json.loads(done.stdout)["reused"] == 0
    _, calls = run(real, folder)  # nobody asked for the cache
    assert calls == {"task": 10, "right": 8}


def test_answers_of_a_colleague_come_from_the_server(
    real: ServerProcess, folder: Path, tmp_path: Path
) -> None:
    write(folder, "shared", **{"[right]": "[right, size]"})
    _, calls = run(real, folder)  # without a cache: rows carry their keys all the same
    assert calls == {"task": 10, "right": 8, "size": 8}
    elsewhere = {"ASSAY_CACHE_DIR": str(tmp_path / "elsewhere")}
    found, calls = run(real, folder, "--cache", **elsewhere)
    assert calls == {"task": 2}
    assert (found["reused"], found["reused_scores"]) == (8, 16)
    assert {name: score["mean"] for name, score in found["scores"].items()} == {
        "right": 1.0, "small": 1.0, "even": 1.0,
    }  # fmt: skip
    rows_of = [row for row in rows(real, found["experiment_id"]) if row["span_attributes"]["name"] == "size"]
    assert all(row["metadata"] == {"even": {"by": 2}} for row in rows_of)
    assert len(rows_of) == 8


def test_local_runs_share_a_cache_without_a_server(real: ServerProcess, folder: Path) -> None:
    write(folder, "local")
    run(real, folder, "--cache", "--no-send-logs")
    found, calls = run(real, folder, "--cache", "--no-send-logs")
    assert (calls, found["reused"], found["cases"]) == ({"task": 2}, 8, 10)
