"""JUnit XML, the report every CI system can show: a suite per evaluation, its gate and its cases as tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from assay.evals.cases import EvalResult
from assay.evals.gates import GateReport
from assay.evals.report import render_summary
from assay.evals.summary import EvalSummary

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""

_MOST_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test of a suite; `problem` is its kind (failure, error, skipped), the message and more text."""

    name: str
    group: str
    seconds: float = 0.0
    problem: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of one evaluation, and its summary as `text`."""

    name: str
    tests: Sequence[Test]
    seconds: float = 0.0
    text: str = ""


def suite_of(
    summary: EvalSummary,
    report: GateReport | None,
    results: Iterable[EvalResult] = (),
    *,
    failure: str | None = None,
) -> Suite:
    """An evaluation as a suite. `failure`: why it could not run at all."""
    name = "/".join(filter(None, (summary.project_name, summary.experiment_name)))
    tests = [*_gate_tests(name, report)] if report else []
    tests += [_case_test(name, index, result) for index, result in enumerate(results)]
    if failure is not None:
        tests.append(Test(name="run", group=name, problem=("error", failure.partition("\n")[0], failure)))
    text = "" if failure is not None else render_summary(summary)
    return Suite(name=name, tests=tests, seconds=summary.elapsed, text=text)


def write_junit(path: Path, suites: Sequence[Suite]) -> None:
    """Write the file. Raises OSError."""
    root = ElementTree.Element("testsuites", _counts([test for suite in suites for test in suite.tests]))
    for suite in suites:
        attributes = {"name": _xml(suite.name), **_counts(suite.tests), "time": f"{suite.seconds:.3f}"}
        element = ElementTree.SubElement(root, "testsuite", attributes)
        for test in suite.tests:
            _add(element, test)
        if suite.text:
            ElementTree.SubElement(element, "system-out").text = _xml(suite.text)
    path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _gate_tests(name: str, report: GateReport) -> Iterable[Test]:
    for finding in report.findings:
        title = finding.condition
        if finding.name and finding.name not in title:
            title += f" ({finding.name})"
        kind = "failure" if finding.outcome == "failed" or report.fail_on_inconclusive else "skipped"
        cases = "\n".join(map(_short, finding.cases))
        problem = (
            None if finding.outcome == "passed" else (kind, f"{finding.outcome}: {finding.message}", cases)
        )
        yield Test(name=title, group=f"{name}.gate", problem=problem)


def _case_test(name: str, index: int, result: EvalResult) -> Test:
    title = f"{index}: {_short(result.input)}"
    problem = None
    if result.error is not None:
        text = result.exc_info or ""
        problem = ("error", f"{type(result.error).__name__}: {result.error}", text)
    return Test(name=title, group=f"{name}.cases", seconds=result.duration, problem=problem)


def _add(suite: ElementTree.Element, test: Test) -> None:
    attributes = {"name": _xml(test.name), "classname": _xml(test.group), "time": f"{test.seconds:.3f}"}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    if test.problem is not None:
        kind, message, text = test.problem
        ElementTree.SubElement(element, kind, {"message": _xml(message)}).text = _xml(text)


def _counts(tests: Sequence[Test]) -> dict[str, str]:
    kinds = [test.problem[0] for test in tests if test.problem]
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(tests)), **{name: str(kinds.count(kind)) for name, kind in counts.items()}}


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _xml(text: str) -> str:
    return _NOT_XML.sub("�", text)
