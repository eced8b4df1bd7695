"""A run says how many traces there will be, and how it ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from assay.client.state import State, set_current_state
from assay.evals import Eval, Reporter
from assay.evals.data import Selection, parse_filter
from assay.evals.evaluator import Evaluator, run_blocking, run_evaluator
from tests.sdk.evals.real import recording_on
from tests.support.servers import ServerProcess

QUIET = Reporter("quiet", lambda evaluator, result: True)


@contextmanager
def current(state: State) -> Iterator[None]:
    """Make a connection the one that evaluations use."""
    before = set_current_state(state)
    try:
        yield
    finally:
        set_current_state(before)


def echo(value: int) -> int:
    return value


def said(server: Any) -> list[tuple[str, int | None]]:
    return [(one["state"], one["planned"]) for one in server.progress if one]


def test_cases_times_trials_are_announced_and_the_end_is_marked(server: Any) -> None:
    def task(value: int) -> int:
        assert said(server) == [("running", 6)], "before the first case runs"
        return value

    data = [{"input": n} for n in range(3)]
    result = Eval("demo", data=data, task=task, trial_count=2, reporter=QUIET)
    assert result.summary.errors == 0
    assert said(server) == [("running", 6), ("finished", 6)]
    paths = [(method, path) for method, path in server.requests if path in ("/logs3", "/v1/experiment/e1")]
    assert paths[-1][0] == "PATCH", "the mark comes after the rows"


def test_a_source_of_unknown_length_announces_no_number(server: Any) -> None:
    Eval("demo", data=({"input": n} for n in range(2)), task=echo, reporter=QUIET)
    assert said(server) == [("running", None), ("finished", None)]


def test_a_run_that_had_no_case_says_so_at_its_end(server: Any) -> None:
    nothing: list[dict[str, int]] = []
    Eval("demo", data=(case for case in nothing), task=echo, reporter=QUIET)
    assert said(server) == [("running", None), ("finished", 0)]
    wanted = Selection(filters=(parse_filter("metadata.tier=gold"),))
    one = Evaluator(name="demo", data=[{"input": 1}], task=echo)
    asyncio.run(run_evaluator(one, selection=wanted, progress=False))
    assert said(server)[2:] == [("running", None), ("finished", 0)]


def test_a_failing_case_does_not_make_the_run_fail_but_a_broken_source_does(server: Any) -> None:
    def task(value: int) -> int:
        raise ValueError(value)

    Eval("demo", data=[{"input": 1}], task=task, reporter=QUIET)
    assert said(server) == [("running", 1), ("finished", 1)]

    def source() -> Iterator[dict[str, int]]:
        yield {"input": 1}
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="gone"):
        Eval("demo", data=source, task=echo, reporter=QUIET)
    assert said(server)[2:] == [("running", None), ("failed", None)]


def test_an_interrupted_run_says_so(server: Any) -> None:
    async def task(value: int) -> int:
        if value == 2:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)
        return value

    data = [{"input": n} for n in range(9)]
    with pytest.raises(KeyboardInterrupt):
        run_blocking(Evaluator(name="demo", data=data, task=task, max_concurrency=1, reporter=QUIET))
    assert said(server) == [("running", 9), ("interrupted", 9)]


def test_a_server_that_takes_no_progress_is_a_warning(server: Any) -> None:
    server.accepting_changes = False
    result = Eval("demo", data=[{"input": 1}], task=echo, reporter=QUIET, summarize_scores=False)
    assert result.summary.cases == 1
    for state in ("running", "finished"):
        assert any(f"does not say that it is {state}" in text for text in result.summary.warnings)


def test_the_server_counts_what_arrives_while_the_run_goes_on(real: ServerProcess) -> None:
    """Three of four cases end; the last one waits until the server has told of them."""
    project = real.request("POST", "/v1/project", {"name": "watched"})["id"]

    def progress() -> dict[str, Any]:
        [run] = real.request("GET", f"/v1/experiment?project_id={project}")["objects"]
        return real.request("GET", f"/v1/experiment/{run['id']}/progress")

    told: list[dict[str, Any]] = []
    with recording_on(real) as state, current(state):

        def task(value: int) -> int:
            while value == 3 and (not told or told[-1]["arrived"] < 3):
                state.flush()
                told.append(progress())
            return value

        data = [{"input": n} for n in range(4)]
        Eval("watched", data=data, task=task, max_concurrency=4, reporter=QUIET)
    assert (told[-1]["state"], told[-1]["planned"], told[-1]["arrived"]) == ("running", 4, 3)
    after = progress()
    assert (after["state"], after["planned"], after["arrived"]) == ("finished", 4, 4)
