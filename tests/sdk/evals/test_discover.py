"""Finding eval files, collecting what they define, running several evaluations."""

from __future__ import annotations

import asyncio
import io
import signal
from pathlib import Path
from typing import Any

import pytest

from assay.evals import Evaluator, Reporter, Selection, json_reporter, load, run_evaluators, terminal_reporter
from assay.evals.discover import EvalFileError, find_files

FILE = """
import helper
from assay import Eval
cases = [{"input": 1}, {"input": 2}]
Eval("first", cases, helper.double, [lambda output: output == 2], no_send_logs=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("def double(n):\n    return n * 2\n")
    (tmp_path / "eval_main.py").write_text(FILE)
    (tmp_path / "notes.py").write_text("raise SystemExit('not an eval file')\n")
    for name in ("deep/main_eval.py", "deep/main.eval.py", ".hidden/eval_x.py", "venv/eval_x.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(
            "from assay import Eval\nEval('deep', data=[], task=lambda n: n, scores=[])\n"
        )
    return tmp_path


def test_files_are_found_by_name_below_directories(folder: Path) -> None:
    found = [
        path.relative_to(folder.resolve()).as_posix()
        for path in find_files([folder, folder / "eval_main.py"])
    ]
    assert found == ["deep/main.eval.py", "deep/main_eval.py", "eval_main.py"]
    assert find_files([folder / "notes.py"]) == [(folder / "notes.py").resolve()]


def test_loading_collects_without_running(folder: Path) -> None:
    evaluators = load([folder])
    assert [evaluator.name for evaluator in evaluators] == ["deep", "deep", "first"]
    assert evaluators[2].no_send_logs


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("raise SystemExit(2)", "SystemExit"),
        ("x = (", "SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "eval_bad.py"
    path.write_text(content)
    with pytest.raises(EvalFileError, match=rf"eval_bad\.py cannot be imported: {problem}") as caught:
        load([path])
    assert caught.value.__cause__ is not None


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalFileError, match=r"missing\.py does not exist"):
        load([tmp_path / "missing.py"])


def test_running_reports_each_and_judges_all(folder: Path) -> None:
    out = io.StringIO()
    (first,) = load([folder / "eval_main.py"])
    report = run_evaluators([first], reporter=terminal_reporter(out), progress=False)
    assert report.ok
    assert [one.output for one in report.results[0].results] == [2, 4]
    assert "first: 2 cases" in out.getvalue()
    assert "50.0 %" in out.getvalue()

    narrowed = run_evaluators(
        [first], selection=Selection(first=1), reporter=json_reporter(io.StringIO()), progress=False
    )
    assert narrowed.results[0].summary.cases == 1


def evaluator(task: Any, **options: Any) -> Evaluator:
    return Evaluator(name="p", data=[{"input": 1}], task=task, no_send_logs=True, **options)


def test_an_evaluation_that_cannot_run_does_not_stop_the_others() -> None:
    told: list[list[Any]] = []

    def report_run(verdicts: Any) -> bool:
        told.append(list(verdicts))
        return True

    quiet = Reporter("quiet", lambda evaluator, result: result.summary.cases, report_run)
    broken, fine = evaluator(lambda: None), evaluator(lambda n: n)
    report = run_evaluators([broken, fine], reporter=quiet, progress=False)
    assert [type(error) for _, error in report.failures] == [TypeError]
    assert len(report.results) == 1
    assert not report.ok
    assert told == [[1]]


def test_task_errors_fail_the_run_by_default() -> None:
    def task(number: int) -> int:
        raise ValueError("no")

    report = run_evaluators([evaluator(task)], reporter=terminal_reporter(io.StringIO()), progress=False)
    assert not report.ok
    assert report.failures == []


def test_ctrl_c_ends_the_run_and_keeps_what_finished() -> None:
    async def task(number: int) -> int:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)
        return number

    quiet = Reporter("quiet", lambda evaluator, result: True)
    report = run_evaluators([evaluator(task), evaluator(lambda n: n)], reporter=quiet, progress=False)
    assert report.interrupted
    assert not report.ok
    assert [result.summary.cases for result in report.results] == [0]
