"""`assay eval --rerun-flaky` on a real server: the cases that waver, more often, and no others."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.sdk.evals.real import assay_eval, executed
from tests.support.servers import ServerProcess

PROGRAM = """
import os
import assay
from assay import Eval

CALLS = os.open("calls.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def task(case, hooks):
    os.write(CALLS, f"{case['n']}/{hooks.trial_index}\\n".encode())
    return case["n"] % 3 == 0 or (case["n"] % 3 == 1 and hooks.trial_index % 2 == 0 and "calm" not in os.environ)

def right(output):
    return float(output)

def other(output):
    return 1.0

Eval("rerun", data=DATA, task=task, scores=[other, right], trial_count=2, git_metadata_settings=False,
     experiment_name="run")
"""

LISTED = "[{'input': {'n': n, 'x': 1.0}} for n in range(12)]"
STORED = "assay.init_dataset('rerun', 'cases')"


def test_only_flaky_cases_run_again(real: ServerProcess, tmp_path: Path) -> None:
    program = tmp_path / "eval_it.py"
    program.write_text(PROGRAM.replace("DATA", LISTED))
    early = assay_eval(real, tmp_path, "--rerun-flaky")
    assert early.returncode == 1
    assert "there is no experiment of 'rerun' yet" in early.stderr

    first = assay_eval(real, tmp_path)
    assert first.returncode == 0, first.stderr
    calls = len(executed(tmp_path))
    assert calls == 24
    again = assay_eval(real, tmp_path, "--rerun-flaky")
    assert again.returncode == 0, again.stderr
    assert "rerun: 4 flaky cases in run, to run 5 times each" in again.stderr
    trials = Counter(line.split("/")[0] for line in executed(tmp_path)[calls:])
    assert trials == {"1": 5, "4": 5, "7": 5, "10": 5}
    found = json.loads(again.stdout)
    assert (found["cases"], found["distinct_cases"], found["comparison_experiment_name"]) == (20, 4, "run")
    assert found["matched"] == 4
    rerun = real.request("GET", f"/v1/experiment/{found['experiment_id']}")
    assert rerun["metadata"]["rerun_of"] == json.loads(first.stdout)["experiment_id"]

    whole = assay_eval(real, tmp_path, "--experiment", "whole")
    assert json.loads(whole.stdout)["comparison_experiment_name"] == "run"
    taken_up = assay_eval(real, tmp_path, "--resume")
    assert json.loads(taken_up.stdout)["experiment_name"] == "run"

    calls = len(executed(tmp_path))
    named = assay_eval(real, tmp_path, "--rerun-flaky", "run", "--trials", "2", "--filter", "input.n=^[47]$")
    assert named.returncode == 0, named.stderr
    assert sorted(executed(tmp_path)[calls:]) == ["4/0", "4/1", "7/0", "7/1"]

    unknown = assay_eval(real, tmp_path, "--rerun-flaky", "nothing")
    assert unknown.returncode == 1
    assert "no experiment 'nothing' in project 'rerun'" in unknown.stderr


def test_rows_of_a_dataset_and_runs_without_flaky_cases(real: ServerProcess, tmp_path: Path) -> None:
    project = real.request("POST", "/v1/project", {"name": "rerun-rows"})
    dataset = real.request("POST", "/v1/dataset", {"project_id": project["id"], "name": "cases"})
    events = [{"id": f"row{n}", "input": {"n": n}} for n in range(6)]
    real.request("POST", f"/v1/dataset/{dataset['id']}/insert", {"events": events})
    text = (
        PROGRAM.replace("DATA", STORED).replace("'rerun'", "'rerun-rows'").replace('"rerun"', '"rerun-rows"')
    )
    (tmp_path / "eval_it.py").write_text(text)
    assert assay_eval(real, tmp_path).returncode == 0
    calls = len(executed(tmp_path))
    again = assay_eval(real, tmp_path, "--rerun-flaky", "--trials", "3")
    assert "2 flaky cases in run, to run 3 times each" in again.stderr
    assert {line.split("/")[0] for line in executed(tmp_path)[calls:]} == {"1", "4"}
    experiment = json.loads(again.stdout)["experiment_id"]
    assert real.request("GET", f"/v1/experiment/{experiment}")["dataset_id"] == dataset["id"]

    steady = PROGRAM.replace("DATA", LISTED).replace('"rerun"', '"rerun-steady"')
    (tmp_path / "eval_it.py").write_text(steady)
    assert assay_eval(real, tmp_path, calm="1").returncode == 0
    calls = len(executed(tmp_path))
    nothing = assay_eval(real, tmp_path, "--rerun-flaky", calm="1")
    assert nothing.returncode == 0, nothing.stderr
    assert "no flaky cases in run, nothing to run" in nothing.stderr
    assert (nothing.stdout, len(executed(tmp_path))) == ("", calls)
    refused = assay_eval(real, tmp_path, "--rerun-flaky", "--no-send-logs")
    assert (refused.returncode, "needs the server" in refused.stderr) == (2, True)
