"""Runs that end once they are decided, on a real server: the right word, whole cases, and what it saved."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assay.evals import EvalCase
from assay.evals.report import render_summary
from assay.evals.stopping import Baseline, EarlyStop
from assay.evals.summary import EvalSummary
from tests.sdk.evals.real import assay_eval, executed, rows
from tests.support.servers import ServerProcess

PROGRAM = """
import os, random
import assay
from assay import Eval

CALLS = os.open("calls.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
SHARE, SEED = float(os.environ.get("SHARE", "0.5")), os.environ.get("SEED", "a")

def task(n, hooks):
    with assay.start_span(name="model", type="llm") as span:
        span.log(metadata={"model": "gpt-4o-mini"}, metrics={"prompt_tokens": 1000, "completion_tokens": 1000})
    os.write(CALLS, f"{n}/{hooks.trial_index}\\n".encode())
    return random.Random(f"{SEED} {n} {hooks.trial_index}").random() < SHARE

def right(output):
    return float(output)

def wrong(output):
    return 1.0 - output

Eval("PROJECT", data=[{"input": n} for n in range(300)], task=task, scores=[right, wrong], trial_count=TRIALS,
     max_concurrency=4, git_metadata_settings=False, experiment_name=os.environ.get("NAME"))
"""


@pytest.fixture(scope="module")
def project(real: ServerProcess) -> str:
    """A project with a score that is better when lower."""
    made = real.request("POST", "/v1/project", {"name": "stops"})
    score = {
        "project_id": made["id"], "name": "wrong", "score_type": "slider", "config": {"direction": "lower"},
    }  # fmt: skip
    real.request("POST", "/v1/project_score", score)
    return made["name"]


@pytest.fixture
def folder(tmp_path: Path, project: str) -> Path:
    write(tmp_path, project)
    return tmp_path


def write(folder: Path, project: str, trials: int = 1) -> None:
    program = PROGRAM.replace("PROJECT", project).replace("TRIALS", str(trials))
    (folder / "eval_it.py").write_text(program)


def run(server: ServerProcess, folder: Path, *words: str, code: int = 0, **variables: str) -> dict[str, Any]:
    done = assay_eval(server, folder, *words, **variables)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


ONE = (1000 * 0.15 + 1000 * 0.6) / 1e6
"""Dollars a run of a case costs."""


def test_a_clear_win_ends_the_run_with_the_right_verdict(real: ServerProcess, folder: Path) -> None:
    first = run(real, folder, "--stop-early", NAME="base")
    assert (first["cases"], first["stopped_early"]) == (300, None)
    assert any("no earlier experiment to compare with" in warning for warning in first["warnings"])

    found = run(real, folder, "--stop-early", "--base", "base", NAME="better", SHARE="0.9", SEED="b")
    early = found["stopped_early"]
    assert early["decisions"] == {"right": "win", "wrong": "win"}  # fewer wrong ones are better
    assert early["planned"] == 300
    assert early["cases"] == found["cases"] < 200
    assert early["saved_cases"] == 300 - early["cases"]
    assert early["saved_cost"] == pytest.approx(early["saved_cases"] * ONE)
    assert early["saved_seconds"] > 0
    low, high = early["intervals"]["right"]
    assert 0 < low < 0.4 < high
    assert {item["verdict"] for item in found["scores"].values()} == {"better"}
    assert any("stopped as soon as it was decided" in warning for warning in found["warnings"])
    stored = real.request("GET", f"/v1/experiment/{found['experiment_id']}")["metadata"]
    assert stored["stopped_early"] == early
    assert stored["versions"]["evaluation"] == "better"
    roots = [row for row in rows(real, found["experiment_id"]) if row["is_root"]]
    assert len(roots) == early["cases"]
    assert all(row["metrics"]["end"] and row["error"] is None for row in roots)
    assert max(row["input"] for row in roots) > 250  # in random order

    # Taken up again it is still decided; taken up without a stop it runs to its end and says so.
    again = run(real, folder, "--resume", "--stop-early", NAME="better", SHARE="0.9", SEED="b")
    assert (again["cases"], again["resumed"]) == (0, early["cases"])
    assert again["stopped_early"]["cases"] == early["cases"]
    assert again["stopped_early"]["saved_cost"] == pytest.approx(early["saved_cost"])
    whole = run(real, folder, "--resume", NAME="better", SHARE="0.9", SEED="b")
    assert (whole["resumed"] + whole["cases"], whole["distinct_cases"]) == (300, 300)
    assert not any("stopped as soon as" in warning for warning in whole["warnings"])


def test_trials_of_a_case_stay_together_and_the_terminal_says_what_was_saved(
    real: ServerProcess, tmp_path: Path
) -> None:
    write(tmp_path, "stops-text", trials=2)
    run(real, tmp_path, NAME="base")
    calls = len(executed(tmp_path))
    words = ("--stop-early", "right=0.3", "eval_it.py", "--base", "base")
    found = run(real, tmp_path, *words, NAME="worse", SHARE="0.1", SEED="b")
    early = found["stopped_early"]
    assert (early["targets"], early["decisions"]) == ({"right": 0.3}, {"right": "loss"})
    assert found["scores"]["right"]["verdict"] == "worse"
    # Two trials of each case that began, none of the others.
    trials = Counter(line.split("/")[0] for line in executed(tmp_path)[calls:])
    assert set(trials.values()) == {2}
    assert len(trials) == early["cases"] == found["distinct_cases"] < 300
    text = render_summary(EvalSummary(project_name="p", cases=len(trials), stopped_early=early))
    assert f"(decided early: {len(trials)} of 300 cases)" in text
    low, high = (f"{100 * bound:+.1f}" for bound in early["intervals"]["right"])
    assert f"  decided (intervals that hold at any time): right loss [{low}, {high}]" in text
    assert f"  saved: {300 - len(trials)} cases, about $" in text


def test_a_budget_ends_it_first_and_a_resumed_run_is_decided_over_both_parts(
    real: ServerProcess, tmp_path: Path
) -> None:
    write(tmp_path, "stops-budget", trials=2)
    run(real, tmp_path, NAME="base")
    words = ("--stop-early", "right=0.2", "--base", "base")
    part = run(
        real, tmp_path, *words, "--budget", str(20.5 * ONE), code=5, NAME="next", SHARE="0.8", SEED="b"
    )
    assert (part["stopped"], part["stopped_early"], part["cases"]) == ("budget", None, 20)
    rest = run(real, tmp_path, *words, "--resume", NAME="next", SHARE="0.8", SEED="b")
    early = rest["stopped_early"]
    assert early["decisions"] == {"right": "win"}
    assert rest["resumed"] == 20
    assert early["cases"] * 2 == 20 + rest["cases"] < 600
    assert early["saved_seconds"] is None  # it is not known what the first part took
    assert early["saved_cost"] == pytest.approx(early["saved_cases"] * 2 * ONE)
    inputs = Counter(row["input"] for row in rows(real, rest["experiment_id"]) if row["is_root"])
    assert set(inputs.values()) == {2}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stop-early", "rigth=0.1"], "'rigth', a score that base does not have (it has: right, wrong)"),
        (["--stop-early", "right=1.5"], "give a difference between 0 and 1"),
        (["--stop-early", "--no-send-logs"], "--stop-early needs the server"),
    ],
)
def test_what_cannot_be_meant(real: ServerProcess, tmp_path: Path, words: list[str], message: str) -> None:
    write(tmp_path, f"stops-refused-{len(words)}")
    if words[-1] == "rigth=0.1":
        run(real, tmp_path, "--first", "2", NAME="base")
    calls = len(executed(tmp_path))
    done = assay_eval(real, tmp_path, *words)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert len(executed(tmp_path)) == calls


def simulated(gain: float, seed: int, *, cases: int = 250, target: float = 0.3) -> EarlyStop:
    """One run against a baseline of equal cases, `gain` more of them right."""
    chance = random.Random(seed)
    means = {str(n): {"right": float(chance.random() < 0.5)} for n in range(cases)}
    baseline = Baseline(name="b", key_path=("input",), means=means, lower=frozenset(), scores=["right"])
    data = [EvalCase(n) for n in range(cases)]
    stop = EarlyStop(data, 1, baseline, {"right": target}, seed=str(seed))
    for index in range(cases):
        if stop.decided:
            break
        stop.finished(index, {"right": float(chance.random() < 0.5 + gain)})
    return stop


def test_runs_without_a_difference_hardly_ever_claim_one() -> None:
    decisions = Counter(
        simulated(0.0, seed).report(cost=None, seconds=None)["decisions"]["right"] for seed in range(60)
    )
    assert decisions["win"] + decisions["loss"] <= 3  # bound: 5 of 100
    decisions = Counter(
        simulated(0.45, seed).report(cost=None, seconds=None)["decisions"]["right"] for seed in range(20)
    )
    assert decisions["win"] == 20


def test_a_slow_case_is_waited_for_and_order_of_finishing_says_nothing() -> None:
    means = {str(n): {"s": 0.0} for n in range(200)}
    baseline = Baseline(name="b", key_path=("input",), means=means, lower=frozenset(), scores=["s"])
    stop = EarlyStop([EvalCase(n) for n in range(200)], 2, baseline, {"s": 0.3}, seed="x")
    for index in range(2, 400):
        stop.finished(index, {"s": 1.0})
    stop.finished(0, {"s": 1.0})
    assert not stop.decided
    stop.finished(1, {"s": None})
    assert stop.decided


def test_equal_cases_are_one_case_and_results_keep_the_order_of_the_data() -> None:
    data = [EvalCase(value) for value in (1, 2, 1.0, {"a": 1}, {"a": 1.0})]
    means = {"1": {"s": 0.0}}
    baseline = Baseline(name="b", key_path=("input",), means=means, lower=frozenset(), scores=["s"])
    stop = EarlyStop(data, 2, baseline, {"s": 0.3}, seed="x")
    assert stop.report(cost=None, seconds=None)["planned"] == 3
    assert sorted(stop.place(index) for index in range(10)) == list(range(10))
    inputs = [data[stop.place(index) // 2].input for index in range(10)]
    assert inputs == [case.input for case in stop.cases for _ in range(2)]
    places = [place for place, value in enumerate(inputs) if value == 1]
    assert places == list(range(places[0], places[0] + 4))
