"""Finding evaluations in files, and running several of them.

An eval file is a Python file that calls `Eval(…)` or `EvalAsync(…)` at its top level. Importing it here
collects the calls instead of running them, so that the command line can list, choose and order them first.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from assay.core.errors import AssayError
from assay.evals.data import Selection
from assay.evals.evaluator import Evaluator, run_evaluator
from assay.evals.interrupts import run_interruptible
from assay.evals.progress import Progress
from assay.evals.registry import collecting
from assay.evals.reporters import EvalResultWithSummary, Reporter, terminal_reporter

PATTERNS = ("eval_*.py", "*_eval.py", "*.eval.py")
"""What eval files are called; only searched directories care, a file named outright is always read."""

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


class EvalFileError(AssayError):
    """An eval file that cannot be found or imported; the cause holds the traceback."""


@dataclass(slots=True)
class RunReport:
    """What became of a run: the results in order, whether reporters were satisfied, whether Ctrl-C ended it.

    `failures` holds the evaluations that could not run at all, with the reason; `skipped` those a spent budget left
    out; `stopped` is why an evaluation ended before its cases did (`budget`).
    """

    results: list[EvalResultWithSummary] = field(default_factory=list[EvalResultWithSummary])
    failures: list[tuple[Evaluator, Exception]] = field(default_factory=list[tuple[Evaluator, Exception]])
    skipped: list[Evaluator] = field(default_factory=list[Evaluator])
    ok: bool = True
    interrupted: bool = False
    stopped: str | None = None


def find_files(paths: Iterable[str | Path]) -> list[Path]:
    """The eval files named by `paths` and those in the directories among them, each once.

    Hidden directories, virtual environments and caches are not searched. Raises EvalFileError for a path that
    does not exist.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found.update(dict.fromkeys(_search(path)))
        elif path.is_file():
            found[path.resolve()] = None
        else:
            raise EvalFileError(f"{path} does not exist")
    return list(found)


def load(paths: Iterable[str | Path]) -> list[Evaluator]:
    """Import eval files and directories of them, and return the evaluations they define, in order.

    Raises EvalFileError when a file cannot be imported; nothing has been run then.
    """
    return [evaluator for path in find_files(paths) for evaluator in load_file(path)]


def load_file(path: Path) -> list[Evaluator]:
    """Import one eval file and return its evaluations.

    Its directory and the working directory become importable. Raises EvalFileError when importing it fails.
    """
    with collecting() as found, _importable(path.parent, Path.cwd()):
        _import(path)
    return found


def run_evaluators(
    evaluators: Sequence[Evaluator],
    *,
    selection: Selection | Sequence[Selection] | None = None,
    reporter: Reporter | None = None,
    no_send_logs: bool = False,
    progress: bool = True,
    max_cost: float | None = None,
) -> RunReport:
    """Run evaluations one after the other and report each as it ends.

    `selection` narrows the cases of all of them, or there is one for each; `reporter` replaces their own (default: the
    terminal); `no_send_logs` makes all of them local; `max_cost` is what they may cost together, in dollars. An
    evaluation that cannot run is a failure of its own and the next one starts; Ctrl-C reports what the current one has
    and ends the run.
    """
    report, verdicts = RunReport(), list[tuple[Reporter, Any]]()
    left = max_cost
    for place, evaluator in enumerate(evaluators, start=1):
        if no_send_logs:
            evaluator = replace(evaluator, no_send_logs=True)
        if left is not None:
            if left <= 0:
                report.skipped.append(evaluator)
                continue
            evaluator = replace(evaluator, max_cost=min(left, evaluator.max_cost or left))
        bar = None
        if progress:
            label = evaluator.experiment_name or evaluator.name
            spent = sum(found.summary.elapsed for found in report.results)
            bar = Progress(label, place=(place, len(evaluators)), spent=spent)
        chosen = reporter or evaluator.reporter or terminal_reporter()
        try:
            narrowed = selection[place - 1] if isinstance(selection, Sequence) else selection
            result = run_interruptible(run_evaluator(evaluator, selection=narrowed, progress=bar or False))
        except Exception as error:  # a broken evaluation must not take the others with it
            report.failures.append((evaluator, error))
            report.ok = False
            continue
        report.results.append(result)
        report.stopped = report.stopped or result.summary.stopped
        if left is not None:
            left -= sum(spend.cost or 0.0 for spend in (result.summary.task, result.summary.scoring))
        verdicts.append((chosen, chosen.report_eval(evaluator, result)))
        if result.summary.interrupted:
            report.interrupted, report.ok = True, False
            break
    for one in {id(used): used for used, _ in verdicts}.values():
        report.ok = one.report_run([verdict for used, verdict in verdicts if used is one]) and report.ok
    return report


def _search(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        if path.is_dir():
            if (
                not path.name.startswith(".")
                and path.name not in _SKIPPED
                and not (path / "pyvenv.cfg").exists()
            ):
                yield from _search(path)
        elif any(path.match(pattern) for pattern in PATTERNS):
            yield path.resolve()


def _import(path: Path) -> ModuleType:
    # A name of its own: two files called eval_main.py in different directories are two modules.
    name = f"assay_eval_{path.stem.replace('.', '_').replace('-', '_')}_{abs(hash(path)):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise EvalFileError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        cause = error.with_traceback(_user_part(error.__traceback__))
        raise EvalFileError(f"{path} cannot be imported: {type(error).__name__}: {error}") from cause
    return module


def _user_part(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from where the file's own code begins; None for a file that is no Python at all."""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file != __file__ and not file.startswith("<frozen importlib"):
            break
        trace = trace.tb_next
    return trace


@contextmanager
def _importable(*directories: Path) -> Generator[None]:
    """Put directories on the import path and leave them there: tasks import lazily, when they run."""
    for directory in map(str, directories):
        if directory not in sys.path:
            sys.path.insert(0, directory)
    yield
