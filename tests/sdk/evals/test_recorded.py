"""A recorded evaluation: the rows that reach the server, and the summary made of its answer."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

import assay
from assay.evals import (
    BaseExperiment,
    Eval,
    EvalAsync,
    EvalHooks,
    Reporter,
    Score,
    default_error_score_handler,
)

QUIET = Reporter("quiet", lambda evaluator, result: True)


def comparison(**parts: Any) -> dict[str, Any]:
    base = {
        "experiment": {"id": "e1", "name": "v2", "project_id": "p1", "project_name": "demo"},
        "baseline": None,
        "cases": {"total": 1, "matched": 0, "only_experiment": 1, "only_baseline": 0},
        "scores": [],
        "metrics": [],
        "totals": {},
        "warnings": [],
    }
    return base | parts


def test_a_case_is_a_root_a_task_and_a_span_for_each_scorer(server: Any) -> None:
    @assay.traced(type="tool")
    def look_up(word: str) -> str:
        return word.upper()

    def task(word: str, hooks: EvalHooks) -> str:
        hooks.metadata["seen"] = True
        hooks.tags.append("late")
        hooks.span.log(metadata={"step": 1})
        return look_up(word)

    async def both(output: str, expected: str) -> list[Score]:
        with assay.start_span(name="judge", type="llm"):
            await asyncio.sleep(0)
        return [Score("exact", float(output == expected)), Score("length", 0.5, {"n": len(output)})]

    result = Eval(
        "demo",
        data=[{"input": "a", "expected": "A", "metadata": {"tier": "gold"}, "tags": ["first"]}],
        task=task,
        scores=[both, lambda output: None],
        experiment_name="v1",
        metadata={"model": "m"},
        parameters={"temperature": 0},
        reporter=QUIET,
    )

    (root,) = server.roots()
    assert root["input"] == "a"
    assert root["expected"] == root["output"] == "A"
    assert root["metadata"] == {"tier": "gold", "seen": True}
    assert root["tags"] == ["first", "late"]
    assert root["experiment_id"] == "e1"
    assert root["metrics"]["end"] >= root["metrics"]["start"]
    assert "scores" not in root

    task_span, *scorers = server.children(root)
    assert task_span["span_attributes"]["name"] == "task"
    assert task_span["span_attributes"]["type"] == "task"
    assert (task_span["input"], task_span["output"], task_span["metadata"]) == ("a", "A", {"step": 1})
    assert [child["span_attributes"]["name"] for child in server.children(task_span)] == ["look_up"]

    by_name = {span["span_attributes"]["name"]: span for span in scorers}
    assert set(by_name) == {"both", "scorer_1"}
    assert {span["span_attributes"]["type"] for span in scorers} == {"score"}
    assert {span["span_attributes"]["purpose"] for span in scorers} == {"scorer"}
    assert by_name["both"]["scores"] == {"exact": 1.0, "length": 0.5}
    assert by_name["both"]["output"] == {"exact": {"score": 1.0}, "length": {"score": 0.5}}
    assert by_name["both"]["metadata"] == {"length": {"n": 1}}
    assert by_name["both"]["input"] == {
        "input": "a", "output": "A", "expected": "A", "metadata": {"tier": "gold", "seen": True},
        "tags": ["first", "late"], "id": None,
    }  # fmt: skip
    assert by_name["scorer_1"]["scores"] == {"scorer_1": None}
    (judge,) = server.children(by_name["both"])
    assert judge["span_attributes"]["purpose"] == "scorer"

    versions = server.experiments[0]["metadata"].pop("versions")
    assert (versions["evaluation"], set(versions["scorers"])) == ("v1", {"both", "scorer_1"})
    assert server.experiments[0]["metadata"] == {"model": "m", "parameters": {"temperature": 0}}
    assert server.experiments[0]["ensure_new"] is True
    assert result.results[0].root_span_id == root["root_span_id"]
    assert result.results[0].scores == {"exact": 1.0, "length": 0.5, "scorer_1": None}
    assert "no comparison" in result.summary.warnings[0]  # this server has none
    assert result.summary.scores["exact"].mean == 1.0


def test_errors_become_rows_and_the_rest_goes_on(server: Any) -> None:
    def task(number: int) -> int:
        if number == 1:
            raise ValueError("one is bad")
        if number == 2:
            raise SystemExit(3)
        return number

    def broken(output: int) -> float:
        raise KeyError("nothing here")

    result = Eval(
        "demo",
        data=[{"input": number} for number in range(3)],
        task=task,
        scores=[broken, lambda output: 1],
        max_concurrency=1,
        reporter=QUIET,
        error_score_handler=default_error_score_handler,
    )

    fine, bad, exits = server.roots()
    assert bad["error"].startswith("ValueError: one is bad\n\nTraceback")
    assert exits["error"].startswith("SystemExit: 3")
    assert bad["scores"] == {"broken": 0.0, "scorer_1": 0.0}
    assert "error" not in fine
    assert fine["metadata"]["scorer_errors"]["broken"].startswith("KeyError: 'nothing here'")
    (failed_scorer,) = server.spans(name="broken")
    assert "scores" not in failed_scorer
    assert failed_scorer["error"].startswith("KeyError")
    assert isinstance(result.results[1].error, ValueError)
    assert result.summary.errors == 2
    assert result.summary.scorer_errors == {"broken": 1}
    assert result.summary.scores["scorer_1"].mean == pytest.approx(1 / 3)


def test_a_case_over_time_is_an_error_row(server: Any) -> None:
    async def task(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    started = time.monotonic()
    result = Eval(
        "demo",
        data=[{"input": 30.0}, {"input": 0.0}],
        task=task,
        scores=[lambda output: 1],
        timeout=0.2,
        reporter=QUIET,
    )
    assert time.monotonic() - started < 20
    assert "longer than 0.2 s" in str(result.results[0].error)
    assert result.results[1].error is None
    late, in_time = server.roots()
    assert late["error"].startswith("CaseTimeout")
    assert in_time["output"] == "done"
    assert len(server.spans(type="score")) == 1


def test_rows_of_a_dataset_are_cases_with_their_origin(server: Any) -> None:
    rows = [
        {
            "id": f"r{n}",
            "input": n,
            "expected": n,
            "metadata": None,
            "tags": None,
            "_xact_id": f"100{n}",
            "created": "2026-01-01T00:00:00Z",
        }
        for n in (2, 1)
    ]
    server.answers["/v1/dataset/d1/fetch"] = lambda body: {"events": rows, "cursor": None}
    server.answers["/v1/dataset"] = lambda body: {"id": "d1", "name": "songs", "project_id": "p1"}
    Eval(
        "demo",
        data=assay.init_dataset("demo", "songs"),
        task=lambda n: n,
        scores=[],
        max_concurrency=1,
        reporter=QUIET,
    )

    assert [root["input"] for root in server.roots()] == [1, 2]  # oldest first
    assert server.roots()[0]["origin"] == {
        "object_type": "dataset", "object_id": "d1", "id": "r1", "_xact_id": "1001",
        "created": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert server.experiments[0]["dataset_id"] == "d1"
    assert server.experiments[0]["dataset_version"] == "1002"


def test_an_earlier_experiment_gives_cases(server: Any) -> None:
    common = {"is_root": True, "error": None, "tags": None, "origin": None}
    rows = [
        {
            "id": "b",
            "input": 2,
            "output": "two",
            "expected": None,
            "metadata": {"scorer_errors": {}, "k": 1},
            **common,
        },
        {
            "id": "x",
            "input": 9,
            "output": None,
            "expected": None,
            "metadata": None,
            **{**common, "error": "boom"},
        },
        {
            "id": "c",
            "input": 0,
            "output": 0,
            "expected": None,
            "metadata": None,
            **{**common, "is_root": False},
        },
        {"id": "a", "input": 1, "output": "uno", "expected": "one", "metadata": None, **common},
    ]
    server.answers["/v1/experiment/base/fetch"] = lambda body: {"events": rows, "cursor": None}
    server.answers["/v1/experiment/base"] = lambda body: {"id": "base", "name": "v1", "project_id": "p1"}
    server.answers["/api/base_experiment/get_id"] = lambda body: {
        "base_exp_id": "base",
        "base_exp_name": "v1",
    }
    result = Eval(
        "demo", data=BaseExperiment(), task=lambda n: n, scores=[], max_concurrency=1, reporter=QUIET
    )

    assert [(one.input, one.expected, one.metadata) for one in result.results] == [
        (1, "one", {}),
        (2, "two", {"k": 1}),
    ]
    assert server.roots()[1]["origin"] == {"object_type": "experiment", "object_id": "base", "id": "b"}


def test_the_summary_shows_the_servers_numbers(server: Any) -> None:
    score = {
        "name": "Variety", "unit": "", "direction": "higher", "mean": 0.725, "interval": [0.65, 0.8],
        "n": 40, "nulls": 2,
        "baseline_mean": 0.6, "diff": 0.125, "diff_interval": [0.041, 0.209], "p": 0.004, "verdict": "better",
        "improvements": 14, "regressions": 3, "unchanged": 21,
    }  # fmt: skip
    cost = {
        "name": "estimated_cost", "unit": "$", "direction": "lower", "mean": 0.00123, "diff": -0.0001,
        "diff_interval": None, "interval": None, "n": 40, "nulls": 0, "verdict": None, "improvements": 1,
        "regressions": 0,
    }  # fmt: skip
    server.answers["/v1/experiment/e1/compare"] = lambda body: comparison(
        baseline={"id": "e0", "name": "v1"},
        cases={"total": 40, "matched": 38},
        scores=[score],
        metrics=[cost],
        totals={"task": {"tokens": 12345, "cost": 0.12}, "scoring": {"tokens": 4200, "cost": 0.03}},
        warnings=[{"code": "few", "message": "only 38 cases match"}],
    )
    result = Eval(
        "demo", data=[{"input": 1}], task=lambda n: n, scores=[], experiment_name="v2", reporter=QUIET
    )

    summary = result.summary
    assert summary.scores["Variety"].diff_interval == (0.041, 0.209)
    assert summary.comparison_experiment_name == "v1"
    assert summary.experiment_url is not None
    assert summary.experiment_url.endswith("/app/acme/p/demo/experiments/v2")
    text = " ".join(str(result).split())
    assert "Variety 72.5 % +12.5 pp [+4.1, +20.9] better 14 3" in text
    assert "$0.00123" in text
    assert "-$0.00010" in text
    assert "task: 12,345 tokens, $0.120" in text
    assert "scoring: 4,200 tokens, $0.0300" in text
    assert "not scored: Variety 2×" in text
    assert "note: only 38 cases match" in text
    assert summary.as_dict()["scores"]["Variety"]["improvements"] == 14


def test_a_quick_scorer_is_sent_once_and_one_that_waits_from_its_beginning(server: Any) -> None:
    class Quick:
        name, blocking = "quick", False

        def eval(self, output: str) -> bool:
            with assay.start_span(name="inside"):
                assay.flush()
            return True

    async def slow(output: str) -> float:
        await asyncio.to_thread(assay.flush)
        return 0.5

    Eval("demo", [{"input": "a"}], task=str.upper, scores=[Quick(), slow], reporter=QUIET)
    (quick,), (waiting,) = server.spans(name="quick"), server.spans(name="slow")
    assert (server.writes[quick["id"]], server.writes[waiting["id"]]) == (1, 2)
    assert (quick["scores"], waiting["scores"]) == ({"quick": 1}, {"slow": 0.5})
    for span in (quick, waiting):
        assert (span["input"]["output"], span["span_attributes"]["purpose"]) == ("A", "scorer")
        assert span["metrics"]["end"] >= span["metrics"]["start"]
    (inside,) = server.children(quick)
    assert (inside["span_attributes"]["name"], inside["span_attributes"]["purpose"]) == ("inside", "scorer")


def test_scorers_read_the_spans_of_their_case(server: Any) -> None:
    server.answers["/btql"] = lambda body: {
        "data": [row for row in server.rows.values() if row["root_span_id"] in body["query"]]
    }

    def task(word: str) -> str:
        with assay.start_span(name="search", type="tool") as span:
            span.log(output=word)
        return word

    async def used_tools(trace: Any) -> float:
        return float([row["span_attributes"]["name"] for row in await trace.get_spans("tool")] == ["search"])

    def all_spans(trace: Any) -> float:
        return float({row["span_attributes"]["type"] for row in trace.spans()} == {"eval", "task", "tool"})

    result = Eval(
        "demo",
        data=[{"input": "a"}, {"input": "b"}],
        task=task,
        scores=[used_tools, all_spans],
        reporter=QUIET,
    )
    assert [one.scores for one in result.results] == [{"used_tools": 1.0, "all_spans": 1.0}] * 2


def test_an_unreachable_store_leaves_local_numbers(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.evals.evaluator._FLUSH_STALL", 0.3)
    server.accepting = False
    result = Eval("demo", data=[{"input": 1}], task=lambda n: n, scores=[lambda output: 1], reporter=QUIET)
    assert result.summary.scores["scorer_0"].mean == 1.0
    assert "takes no rows" in result.summary.warnings[0]
    server.accepting = True


def test_eval_async_shares_the_callers_loop(server: Any) -> None:
    async def main() -> float | None:
        gate = asyncio.Event()

        async def task(n: int) -> int:
            if n == 1:
                gate.set()
            await gate.wait()  # bound to this loop: case 0 ends only because case 1 ran beside it
            return n

        result = await EvalAsync(
            "demo", data=[{"input": 0}, {"input": 1}], task=task, scores=[lambda output: 1], reporter=QUIET
        )
        return result.summary.scores["scorer_0"].mean

    assert asyncio.run(main()) == 1.0
    assert len(server.roots()) == 2


def test_many_rows_arrive_without_loss_through_a_small_queue(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_QUEUE_SIZE", "400")
    Eval(
        "demo",
        data=({"input": n} for n in range(1_000)),
        task=lambda n: n,
        scores=[lambda output: 1],
        max_concurrency=16,
        reporter=QUIET,
    )
    assert len(server.roots()) == 1_000
    assert len(server.rows) == 3_000


def test_a_server_that_takes_nothing_does_not_stop_the_cases(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_QUEUE_SIZE", "20")
    monkeypatch.setattr("assay.evals.recorder._STALL", 0.2)
    monkeypatch.setattr("assay.evals.evaluator._FLUSH_STALL", 0.2)
    server.accepting = False
    started = time.monotonic()
    result = Eval("demo", [{"input": n} for n in range(200)], lambda n: n, max_concurrency=4, reporter=QUIET)
    server.accepting = True
    assert result.summary.cases == 200
    assert time.monotonic() - started < 20
