"""`assay eval` on real files; nothing is recorded here, so no server is needed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sdk.cli.conftest import Outcome, run

TIMES_TWO = """
from assay import Eval

def right(output, expected):
    return float(output == expected)

print("a task may print")
Eval(
    "doubling",
    data=[{"input": n, "expected": 2 * n, "metadata": {"odd": n % 2}} for n in range(10)],
    task=lambda n: n * 2 if n != 3 else n,
    scores=[right],
)
"""

FAILING = """
from assay import Eval
Eval("failing", data=[{"input": 1}, {"input": 0}], task=lambda n: 1 / n, scores=[])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two eval files, one of them failing, and a file that is none."""
    (tmp_path / "eval_doubling.py").write_text(TIMES_TWO)
    (tmp_path / "failing.eval.py").write_text(FAILING)
    (tmp_path / "helper.py").write_text("raise RuntimeError('not an eval file')")
    return tmp_path


def local(*words: str | Path) -> Outcome:
    return run("eval", *words, "--no-send-logs")


def summary(done: Outcome) -> dict[str, object]:
    """The only evaluation of a run with --json."""
    (line,) = done.out.splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_json_has_the_whole_of_stdout(folder: Path) -> None:
    done = local(folder / "eval_doubling.py", "--json")
    assert done.code == 0
    found = summary(done)
    assert (found["cases"], found["errors"], found["project_name"]) == (10, 0, "doubling")
    assert found["scores"]["right"]["mean"] == pytest.approx(0.9)  # type: ignore[index]
    assert "a task may print" in done.err


def test_the_table_goes_to_stdout(folder: Path) -> None:
    done = local(folder / "eval_doubling.py")
    assert done.code == 0
    assert "doubling: 10 cases" in done.out
    assert "90.0 %" in done.out


def test_errors_of_a_task_exit_with_1_and_do_not_stop_the_run(folder: Path) -> None:
    done = local(folder, "--json")
    assert done.code == 1
    found = {json.loads(line)["project_name"]: json.loads(line) for line in done.out.splitlines()}
    assert found["failing"]["errors"] == 1
    assert found["failing"]["cases"] == 2
    assert found["doubling"]["errors"] == 0


@pytest.mark.parametrize(
    ("words", "cases"),
    [
        (["--first", "4"], 4),
        (["--sample", "3", "--seed", "1"], 3),
        (["--filter", "metadata.odd=1"], 5),
        (["--filter", "metadata.odd=1", "--filter", "input=^[57]$"], 2),
        (["--first", "2", "--trials", "3"], 6),
        (["--concurrency", "1"], 10),
    ],
)
def test_cases_can_be_chosen(folder: Path, words: list[str], cases: int) -> None:
    assert summary(local(folder / "eval_doubling.py", "--json", *words))["cases"] == cases


def test_a_seed_repeats_the_draw(folder: Path) -> None:
    words = [folder / "eval_doubling.py", "--json", "--sample", "5", "--seed"]
    means = [summary(local(*words, str(seed)))["scores"] for seed in (7, 7)]
    assert means[0] == means[1]


def test_evaluations_can_be_chosen_by_name(folder: Path) -> None:
    assert summary(local(folder, "--filter", "^doub", "--json"))["project_name"] == "doubling"
    refused = local(folder, "--filter", "nothing")
    assert refused.code == 1
    assert "--filter keeps none of: doubling, failing" in refused.err


def test_list_runs_nothing(folder: Path) -> None:
    done = run("eval", folder, "--list", "--json")
    assert done.code == 0
    assert [(found["project"], found["scores"], Path(found["file"]).name) for found in done.json] == [
        ("doubling", ["right"], "eval_doubling.py"),
        ("failing", [], "failing.eval.py"),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--first", "2", "--sample", "2"], "either first or sample"),
        (["--seed", "2"], "--seed goes with --sample"),
        (["--filter", "output=x"], "is not a filter"),
        (["--filter", "input=("], "broken regular expression"),
        (["--filter", "("], "unterminated subpattern"),
        (["--trials", "0"], "0 is not in the range"),
    ],
)
def test_contradictions_are_refused_before_anything_runs(
    folder: Path, words: list[str], message: str
) -> None:
    done = local(folder, *words)
    assert done.code == 2
    assert message in done.err
    assert "a task may print" not in done.out + done.err


def test_a_file_that_cannot_be_imported_shows_where(tmp_path: Path) -> None:
    path = tmp_path / "eval_broken.py"
    path.write_text("x = 1\nboom()\n")
    done = local(path)
    assert done.code == 1
    assert "eval_broken.py cannot be imported: NameError" in done.err
    assert "line 2, in <module>" in done.err
    path.write_text("x = [1\n")
    done = local(path)
    assert "x = [1\n" in done.err
    assert "SyntaxError: '[' was never closed" in done.err
    assert "importlib" not in done.err


def test_nothing_to_run(tmp_path: Path) -> None:
    done = local(tmp_path)
    assert done.code == 1
    assert "no file is called eval_*.py" in done.err


def test_without_a_server_the_run_fails_before_it_costs_anything(folder: Path) -> None:
    done = run("eval", folder / "eval_doubling.py", ASSAY_URL="http://127.0.0.1:1", ASSAY_API_KEY="k")
    assert done.code == 3
    assert "error: doubling: no answer from http://127.0.0.1:1" in done.err


VARIANTS = """
from assay import Eval

def task(n, hooks):
    return f"{hooks.parameters['model']} {hooks.parameters['size'] + n}"

Eval("variants", data=[{"input": n} for n in range(2)], task=task, scores=[lambda output: len(output) / 10],
     parameters={"model": "x", "size": 0})
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--matrix", "model=a,bcd", "size=1,20"],
        ["--matrix", "model=a,bcd", "--matrix", "size=1,20", "--first", "2"],
    ],
)
def test_a_matrix_is_an_experiment_for_each_combination(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "eval_variants.py"
    path.write_text(VARIANTS)
    done = local(path, *words, "--json")
    assert done.code == 0, done.err
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [(one["experiment_name"], one["scores"]["scorer_0"]["mean"]) for one in found] == [
        ("model=a size=1", pytest.approx(0.3)),
        ("model=a size=20", pytest.approx(0.4)),
        ("model=bcd size=1", pytest.approx(0.5)),
        ("model=bcd size=20", pytest.approx(0.6)),
    ]
    listed = run("eval", path, *words, "--list", "--json").json
    assert [one["experiment"] for one in listed] == [one["experiment_name"] for one in found]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--matrix", "modle=a,b"], "variants has no parameter 'modle' (it has: model, size)"),
        (["--matrix", "model"], "is no axis of a matrix"),
        (["--matrix", "model=a", "model=b"], "names 'model' twice"),
        (["--rpm", "openai=many"], "'many' is no number"),
        (["--rpm", "0"], "requests_per_minute is 0.0"),
        (["--retry", "3"], "write NAME=NUMBER"),
        (["--resume"], "--resume needs the server"),
        (["--budget", "1"], "--budget needs the server"),
        (["--budget", "0"], "0 is not in the range"),
    ],
)
def test_options_of_a_run_that_cannot_be_meant(tmp_path: Path, words: list[str], message: str) -> None:
    path = tmp_path / "eval_variants.py"
    path.write_text(VARIANTS)
    done = local(path, *words)
    assert done.code == 2
    assert message in " ".join(done.err.split())


def test_retries_and_limits_can_be_given_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "eval_flaky.py").write_text(
        """
from assay import Eval
from assay.client.limits import limiter_of

tries = []

def task(n):
    tries.append(n)
    if len(tries) == 1:
        raise ConnectionError("once")
    return [limiter_of(name).limit.requests_per_minute for name in ("openai", "other")]

def right(output):
    return float(output == [600, 30])

Eval("flaky", data=[{"input": 1}], task=task, scores=[right])
"""
    )
    words = ["--retry", "OSError=1", "--rpm", "openai=600", "--rpm", "30", "--tpm", "openai=1000", "--json"]
    done = local(tmp_path, *words)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["retries"], found["scores"]["right"]["mean"]) == (1, 1.0)
    assert local(tmp_path).code == 1


SLOW = """
import asyncio
from assay import Eval

async def task(n):
    print("started", n, flush=True)
    await asyncio.sleep(0 if n == 0 else 60)
    return n

Eval("slow", data=[{"input": n} for n in range(5)], task=task, scores=[], max_concurrency=2)
"""


def test_ctrl_c_reports_what_finished_and_exits_with_130(tmp_path: Path) -> None:
    (tmp_path / "eval_slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "assay", "eval", str(tmp_path), "--no-send-logs"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert [running.stdout.readline() for _ in range(3)][2] == "started 2\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "slow: 1 case" in out
    assert "interrupted" in err


def test_watch_runs_again_after_a_change(tmp_path: Path) -> None:
    path = tmp_path / "eval_watched.py"
    path.write_text(TIMES_TWO)
    command = [sys.executable, "-m", "assay", "eval", str(path), "--no-send-logs", "--json", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            assert running.stderr
            assert json.loads(running.stdout.readline())["project_name"] == "doubling"
            while "waiting for a change" not in running.stderr.readline():
                pass
            changed = path.with_suffix(".new")
            changed.write_text(TIMES_TWO.replace("doubling", "tripling"))
            os.replace(changed, path)
            assert json.loads(running.stdout.readline())["project_name"] == "tripling"
            while "waiting for a change" not in running.stderr.readline():
                pass
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(timeout=30)
    assert running.returncode == 130


def test_watching_sees_new_changed_and_vanished_files(tmp_path: Path) -> None:
    from assay.cli.watch import stamps

    folder = tmp_path / "evals"
    (folder / ".hidden").mkdir(parents=True)
    before = stamps([folder])
    (folder / "data.jsonl").write_text("{}")
    (folder / "picture.png").write_text("")
    (folder / ".hidden" / "x.py").write_text("")
    with_data = stamps([folder])
    assert (before, [path.name for path in with_data]) == ({}, ["data.jsonl"])
    os.utime(folder / "data.jsonl", ns=(time.time_ns(), 1))
    assert stamps([folder]) != with_data
    assert list(stamps([folder / "data.jsonl"])) == [folder / "data.jsonl"]
