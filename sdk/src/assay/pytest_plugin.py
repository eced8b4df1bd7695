"""pytest plugin: tests marked with `@assay.case` become the cases of one experiment a session.

A run without such tests gets some options, a marker and a fixture nobody asks for; everything else is imported
when the first case starts. `docs/ci.md` shows how it is used.
"""

from __future__ import annotations

import functools
import inspect
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import pytest

if TYPE_CHECKING:
    from assay.evals.gates import Gate
    from assay.pytest_session import CaseUnderTest, Session

AnyTest = Callable[..., Any]
Decorator = Callable[[AnyTest], AnyTest]

MARK = "assay_case"
FIXTURE = "assay_case"

_gate_key: pytest.StashKey[Gate] = pytest.StashKey()
_session_key: pytest.StashKey[Session] = pytest.StashKey()
_name_key = pytest.StashKey[str]()


@overload
def case(test: AnyTest, /) -> AnyTest: ...


@overload
def case(
    *,
    input: Any = None,
    expected: Any = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    data: Iterable[Any] | None = None,
    scores: Sequence[Any] = (),
    trials: int = 1,
) -> Decorator: ...


def case(
    test: AnyTest | None = None,
    /,
    *,
    input: Any = None,
    expected: Any = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    data: Iterable[Any] | None = None,
    scores: Sequence[Any] = (),
    trials: int = 1,
) -> Any:
    """Make a test a case: its trace, its scores and whether it passed are recorded.

    `input` (default: the test's id), `expected`, `metadata` and `tags` describe the case; `data` makes the test
    run once for each case of a list. What the test returns is the case's output, judged by `scores` as in
    `Eval`. With `trials` each case runs several times. The test may ask for the fixture `assay_case`, a
    `CaseUnderTest`. Raises ValueError for contradictions.
    """
    if data is not None and (input is not None or expected is not None):
        raise ValueError("give either data or input and expected: each row of data has its own")
    if trials < 1:
        raise ValueError(f"trials is {trials}: give 1 or more")
    about = {"input": input, "expected": expected, "metadata": dict(metadata or {}), "tags": list(tags)}

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        rows = [about] if data is None else [_row(row, about) for row in data]
        marked = pytest.mark.assay_case(about)(_recording(function, scores))
        decorated = pytest.mark.usefixtures(FIXTURE)(marked)
        if data is None and trials == 1:
            return decorated
        params = [pytest.param(row, id=_row_id(row, i)) for i, row in enumerate(rows) for _ in range(trials)]
        return pytest.mark.parametrize(FIXTURE, params, indirect=True)(decorated)

    return decorate if test is None else decorate(test)


@pytest.fixture(name=FIXTURE)
def assay_case_fixture(request: pytest.FixtureRequest) -> Iterator[CaseUnderTest]:
    """The case this test is: log its output, score it, open spans below it."""
    mark = request.node.get_closest_marker(MARK)
    shared: dict[str, Any] = mark.args[0] if mark and mark.args else {}
    about: dict[str, Any] = getattr(request, "param", shared)
    with _session(request.config).running(request.node, about) as found:
        yield found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line, and the same as ini settings."""
    group = parser.getgroup("assay", "Assay: tests as cases of an experiment")
    group.addoption("--assay-project", metavar="NAME", help="Project of the session's experiment.")
    group.addoption("--assay-experiment", metavar="NAME", help="Start of the experiment's name.")
    group.addoption("--assay-base", metavar="NAME", help="Experiment to compare with.")
    group.addoption(
        "--assay-fail-if",
        action="append",
        default=[],
        metavar="CONDITION",
        help="Fail the session when this is shown, such as 'passed drops 0.05' or 'exact below 90%%'.",
    )
    group.addoption("--assay-confidence", type=float, help="How sure a condition has to be (0.95).")
    group.addoption(
        "--assay-fail-on-inconclusive", action="store_true", help="Fail also when the data cannot tell."
    )
    parser.addini(
        "assay_project", "Project of the session's experiment (default: the name of the root directory)."
    )
    parser.addini("assay_fail_if", "Conditions that fail the session, one a line.", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Read the gate, when there is one: a condition nobody can read should stop the run before it costs."""
    config.addinivalue_line("markers", f"{MARK}(about): the test is a case of an experiment (@assay.case)")
    conditions = [*config.getini("assay_fail_if"), *(config.getoption("assay_fail_if") or ())]
    if not conditions:
        return
    from assay.evals.gates import CONFIDENCE, Gate

    confidence = config.getoption("assay_confidence")
    try:
        config.stash[_gate_key] = Gate.of(
            conditions,
            confidence=CONFIDENCE if confidence is None else confidence,
            fail_on_inconclusive=bool(config.getoption("assay_fail_on_inconclusive")),
        )
    except ValueError as error:
        raise pytest.UsageError(f"a condition of assay_fail_if cannot be used:\n{error}") from error


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: tell a worker which experiment is the session's."""
    node.workerinput["assay_experiment"] = _experiment_name(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """xdist: a worker has finished; take over what it counted."""
    counted = getattr(node, "workeroutput", {}).get("assay")
    if counted:
        _session(node.config).merge(counted)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Deliver; then, unless this is a worker, compare and judge."""
    recorded = session.config.stash.get(_session_key, None)
    if recorded is None:
        return
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["assay"] = recorded.hand_over()
    else:
        passed = recorded.conclude(session.config.stash.get(_gate_key, None))
        if not passed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the experiment below the tests."""
    recorded = config.stash.get(_session_key, None)
    if recorded is not None and recorded.lines:
        terminalreporter.section("assay")
        for line in recorded.lines:
            terminalreporter.line(line)


def _session(config: pytest.Config) -> Session:
    found = config.stash.get(_session_key, None)
    if found is None:
        from assay.pytest_session import Session

        found = config.stash[_session_key] = Session(
            project=config.getoption("assay_project")
            or config.getini("assay_project")
            or config.rootpath.name,
            experiment=_experiment_name(config),
            base=config.getoption("assay_base"),
        )
        config.pluginmanager.register(found, "assay-session")
    return found


def _experiment_name(config: pytest.Config) -> str:
    """One name for all processes of a session; two sessions never share it."""
    given: dict[str, Any] = getattr(config, "workerinput", {})
    if "assay_experiment" in given:
        return str(given["assay_experiment"])
    if _name_key not in config.stash:
        start = config.getoption("assay_experiment") or "pytest"
        stamp = time.strftime("%Y-%m-%d-%H%M%S", time.gmtime())
        config.stash[_name_key] = f"{start}-{stamp}-{os.urandom(3).hex()}"
    return config.stash[_name_key]


def _recording(function: Callable[..., Any], scores: Sequence[Any]) -> Callable[..., Any]:
    """The test, with what it returns taken as the case's output."""

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def recorded_async(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            from assay.pytest_session import running_case

            found = running_case()
            with found.current():  # the loop may not have inherited the fixture's context
                try:
                    output = await function(*args, **kwargs)
                except Exception:
                    if found.result.output is not None:  # what came out counts, also when the test minds it
                        await found.judge_async(None, scores)
                    raise
                await found.judge_async(output, scores)

        return recorded_async

    @functools.wraps(function)
    def recorded(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        from assay.pytest_session import running_case

        found = running_case()
        try:
            output = function(*args, **kwargs)
        except Exception:
            if found.result.output is not None:  # what came out counts, also when the test minds it
                found.judge(None, scores)
            raise
        found.judge(output, scores)

    return recorded


def _row(row: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """One row of `data`, with the metadata and tags of the decorator added."""
    from assay.evals.cases import EvalCase

    found = EvalCase.of(row)
    return {
        "input": found.input,
        "expected": found.expected,
        "metadata": {**shared["metadata"], **(found.metadata or {})},
        "tags": [*shared["tags"], *(found.tags or ())],
        "id": found.id,
        "origin": found.origin,
    }


def _row_id(row: Mapping[str, Any], index: int) -> str:
    """What pytest calls the row: its id, a short input, or its number."""
    text = str(row.get("id") or row["input"])
    return text if len(text) <= 40 and text.isprintable() else str(index)
