"""The comparison struct and its cases, over tables built by hand."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from assay_server.engines.stats import Direction
from assay_server.errors import BadRequest
from assay_server.features.experiments.cases import (
    case_grid,
    counts,
    other_row_ids,
    page,
    render,
    row_ids,
)
from assay_server.features.experiments.compare import compare
from assay_server.features.experiments.comparison import Comparison, ExperimentHead, Item, Rules, Side
from assay_server.features.experiments.rows import CaseTable
from assay_server.features.experiments.summary import experiment_summary

DEFAULTS = Rules()
NAN = float("nan")


def side(
    name: str,
    keys: list[str],
    scores: dict[str, list[float]],
    *,
    failed: list[int] | None = None,
    dataset: tuple[str, str] | None = None,
    **metrics: list[float],
) -> Side:
    ids = [f"{name}{i}" for i in range(len(keys))]
    marks = np.zeros(len(keys), np.bool_)
    marks[failed or []] = True
    table = CaseTable(
        row_ids=ids,
        root_span_ids=[f"trace-{i}" for i in ids],
        keys=keys,
        failed=marks,
        scores={k: np.array(v, dtype=float) for k, v in scores.items()},
        nulls={},
        metrics={k: np.array(v, dtype=float) for k, v in metrics.items()},
        scoring_tokens=14.0,
        scoring_cost=0.5,
    )
    dataset_id, version = dataset or (None, None)
    head = ExperimentHead(
        id=name,
        name=name,
        project_id="p",
        project_name="playlist",
        created="2026-11-20T00:00:00Z",
        dataset_id=dataset_id,
        dataset_version=version,
    )
    return Side(head, table)


def item(comparison: Comparison, name: str) -> Item:
    return next(i for i in [*comparison.scores, *comparison.metrics] if i.name == name)


def codes(comparison: Comparison) -> list[str]:
    return [warning.code for warning in comparison.warnings]


KEYS = [f"k{i}" for i in range(40)]
BASE = [0.1, 0.2, 0.3, 0.4] * 10
GAIN = [b + d for b, d in zip(BASE, [0.2, 0.3] * 20, strict=True)]


def test_a_better_experiment_says_so_with_the_numbers_behind_it() -> None:
    new = side("new", KEYS, {"S": GAIN}, duration=[1.0] * 39 + [2.0])
    old = side("old", KEYS, {"S": BASE}, duration=[2.0] * 39 + [3.5])
    found = compare(new, old, DEFAULTS)
    score, duration = item(found, "S"), item(found, "duration")
    assert (score.verdict, score.improvements, score.regressions, score.unchanged) == ("better", 40, 0, 0)
    assert score.diff == pytest.approx(0.25)
    assert score.mean == pytest.approx(0.5)
    assert score.diff_interval is not None
    assert score.diff_interval[0] < 0.25 < score.diff_interval[1]
    assert (duration.unit, duration.direction, duration.verdict) == ("s", "lower", "better")
    assert found.warnings == []
    assert (found.cases.total, found.cases.matched) == (40, 40)


def test_lower_may_be_the_good_direction_of_a_score() -> None:
    rules = Rules({"S": "lower"})
    found = item(compare(side("new", KEYS, {"S": GAIN}), side("old", KEYS, {"S": BASE}), rules), "S")
    assert (found.direction, found.verdict, found.improvements, found.regressions) == (
        "lower",
        "worse",
        0,
        40,
    )


def test_without_a_baseline_there_are_means_and_no_verdicts() -> None:
    found = compare(side("new", KEYS, {"S": BASE}), None, DEFAULTS)
    score = found.scores[0]
    assert (score.mean, score.diff, score.verdict, score.p) == (pytest.approx(0.25), None, None, None)
    assert score.interval is not None
    assert (found.baseline, found.warnings) == (None, [])


def test_p_is_corrected_over_the_scores_of_one_comparison() -> None:
    rng = np.random.default_rng(0)
    new = side("new", KEYS, {f"S{i}": rng.random(40).tolist() for i in range(3)})
    old = side("old", KEYS, {f"S{i}": rng.random(40).tolist() for i in range(3)})
    found = compare(new, old, DEFAULTS).scores
    smallest = min(found, key=lambda i: i.p_raw or 1.0)
    assert smallest.p_raw is not None
    assert smallest.p == pytest.approx(min(1.0, 3 * smallest.p_raw))


def test_warnings_name_what_weakens_the_comparison() -> None:
    new = side("new", ["a", "b", "c"], {"S": [1, 0, 1]}, dataset=("d", "1"))
    old = side("old", ["a", "b", "x"], {"S": [1, 0, 1], "Gone": [1, 1, 1]}, dataset=("d", "2"))
    found = compare(new, old, DEFAULTS)
    assert codes(found) == ["dataset_version_differs", "unmatched_cases", "few_cases", "scores_differ"]
    assert "Gone" in found.warnings[3].message
    assert (found.cases.matched, found.cases.only_experiment, found.cases.only_baseline) == (2, 1, 1)
    assert item(found, "Gone").verdict is None
    other = side("old", ["a", "b", "c"], {"S": [1, 0, 1]}, dataset=("e", "1"))
    assert codes(compare(new, other, DEFAULTS)) == ["dataset_differs", "few_cases"]


def test_runs_without_common_cases_are_compared_as_groups() -> None:
    new = side("new", [f"n{i}" for i in range(40)], {"S": GAIN})
    old = side("old", [f"o{i}" for i in range(40)], {"S": BASE})
    found = compare(new, old, DEFAULTS)
    score = item(found, "S")
    assert (score.method, score.verdict, score.improvements) == ("welch", "better", 0)
    assert score.mean is not None
    assert score.baseline_mean is not None
    assert score.diff == score.mean - score.baseline_mean


def test_totals_count_traces_errors_and_money() -> None:
    new = side(
        "new",
        ["a", "a", "b"],
        {"S": [1, 0, 1]},
        failed=[2],
        duration=[1.0, 2.0, NAN],
        total_tokens=[10, 20, NAN],
        estimated_cost=[0.1, 0.2, NAN],
    )
    totals = compare(new, None, DEFAULTS).totals
    assert (totals.cases, totals.rows, totals.errors, totals.duration) == (2, 3, 1, 1.5)
    assert (totals.task.tokens, totals.task.cost) == (30.0, pytest.approx(0.3))
    assert (totals.scoring.tokens, totals.scoring.cost) == (14.0, 0.5)


def test_counts_that_are_zero_throughout_are_no_metrics() -> None:
    new = side("new", ["a"], {}, duration=[1.0], errors=[0.0], tool_calls=[2.0], hits=[0.0])
    assert [m.name for m in compare(new, None, DEFAULTS).metrics] == ["duration", "tool_calls", "hits"]


def test_the_whole_struct_is_json() -> None:
    found = compare(side("new", KEYS, {"S": GAIN}), side("old", KEYS, {"S": BASE}), DEFAULTS)
    decoded = msgspec.json.decode(msgspec.json.encode(found))
    assert set(decoded) == {
        "experiment",
        "baseline",
        "comparison_key",
        "cluster_key",
        "slice_key",
        "level",
        "correction",
        "method",
        "cases",
        "scores",
        "metrics",
        "totals",
        "unmatched",
        "slices",
        "others",
        "warnings",
    }
    assert decoded["scores"][0]["diff_interval"] == list(found.scores[0].diff_interval or ())


def test_summaries_hold_exactly_the_keys_typed_clients_accept() -> None:
    new = side("new run", KEYS, {"S": GAIN, "Null": [NAN] * 40}, duration=[1.0] * 40)
    old = side("old", KEYS, {"S": BASE})
    comparison = compare(new, old, DEFAULTS)
    summary = experiment_summary(new.head, comparison, app_url="http://a", org_name="my org")
    found = msgspec.json.decode(msgspec.json.encode(summary))
    score = item(comparison, "S")
    assert found == {
        "project_name": "playlist",
        "experiment_name": "new run",
        "project_url": "http://a/app/my%20org/p/playlist",
        "experiment_url": "http://a/app/my%20org/p/playlist/experiments/new%20run",
        "comparison_experiment_name": "old",
        "scores": {
            "S": {"name": "S", "score": score.mean, "diff": score.diff, "improvements": 40, "regressions": 0}
        },
        "metrics": {
            "duration": {"name": "duration", "metric": 1.0, "unit": "s", "improvements": 0, "regressions": 0}
        },
    }


NEW = side(
    "new", ["a", "b", "c", "d", "a"], {"S": [1.0, 0.0, 0.5, 1.0, 0.0], "T": [1, 1, 1, 1, 1]}, failed=[1]
)
OLD = side("old", ["c", "b", "a", "z"], {"S": [0.5, 0.5, 0.25, 1.0], "T": [1, 0, NAN, 1]})


def test_filters_count_cases_by_what_happened_to_them() -> None:
    assert counts(case_grid(NEW, OLD, DEFAULTS)) == {
        "all": 4,
        "improved": 2,  # a: trials average 0.5 against 0.25; b: T went up
        "regressed": 1,  # b: S went down
        "unchanged": 1,
        "flaky": 1,  # a: one trial passed S and one did not
        "errors": 1,
        "unmatched": 1,
    }
    assert counts(case_grid(NEW, OLD, DEFAULTS, score="T"))["flaky"] == 0


@pytest.mark.parametrize(("direction", "improved", "regressed"), [("higher", 1, 1), ("lower", 1, 1)])
def test_filters_of_one_score(direction: Direction, improved: int, regressed: int) -> None:
    grid = case_grid(NEW, OLD, Rules({"S": direction}), score="S")
    found = counts(grid)
    assert (found["improved"], found["regressed"]) == (improved, regressed)
    first = "a" if direction == "higher" else "b"
    positions, _ = page(grid, "improved", limit=10, start=0)
    assert [grid.keys[i] for i in positions] == [first]


def test_counts_of_the_struct_and_of_the_filters_agree() -> None:
    for name in ("S", "T"):
        summed = item(compare(NEW, OLD, DEFAULTS), name)
        found = counts(case_grid(NEW, OLD, DEFAULTS, score=name))
        assert (summed.improvements, summed.regressions) == (found["improved"], found["regressed"])


def test_pages_hold_every_case_once() -> None:
    grid = case_grid(NEW, OLD, DEFAULTS)
    seen: list[int] = []
    start: int | None = 0
    while start is not None:
        positions, start = page(grid, "all", limit=3, start=start)
        seen += positions
    assert seen == [0, 1, 2, 3]


def test_a_case_shows_both_runs_and_payloads_as_sent() -> None:
    grid = case_grid(NEW, OLD, DEFAULTS)
    assert row_ids(grid, [0, 3]) == (["new0", "new3"], ["old2"])
    payloads = {"new0": {"input": '{"q":1.50}', "output": '"x"', "tags": ["t"], "error": ""}}
    first, last = render(grid, [0, 3], payloads, {"old2": {"output": '"y"'}})
    decoded = msgspec.json.decode(msgspec.json.encode(first))
    assert b'"input":{"q":1.50}' in msgspec.json.encode(first)
    assert (decoded["trials"], decoded["output"], decoded["error"], decoded["tags"]) == (2, "x", None, ["t"])
    assert decoded["scores"]["S"] == {"value": 0.5, "baseline": 0.25, "delta": 0.25}
    assert decoded["scores"]["T"] == {"value": 1.0, "baseline": None, "delta": None}
    assert decoded["baseline"] == {
        "output": "y",
        "error": None,
        "root_span_id": "trace-old2",
        "row_id": "old2",
    }
    assert last.baseline is None


def test_trials_and_further_baselines_of_a_case() -> None:
    third = side("third", ["d", "a", "a"], {"S": [0.25, 1.0, 0.0]})
    grid = case_grid(NEW, OLD, DEFAULTS, others=[third])
    assert other_row_ids(grid, [0, 1, 3]) == [["third1", "third0"]]
    a, b, d = render(grid, [0, 1, 3], {}, {}, [{"third1": {"output": '"z"'}}])
    assert (a.flaky, b.flaky, d.flaky) == (True, False, False)
    assert [(run.row_id, run.scores["S"], run.failed) for run in a.runs] == [
        ("new0", 1.0, False),
        ("new4", 0.0, False),
    ]
    assert b.runs == []
    [other] = a.others
    assert other is not None
    assert (bytes(other.output), other.root_span_id, other.scores) == (b'"z"', "trace-third1", {"S": 0.5})
    assert b.others == [None]
    assert d.others[0] is not None
    assert d.others[0].scores == {"S": 0.25}


def test_an_unknown_score_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="S, T"):
        case_grid(NEW, OLD, DEFAULTS, score="U")
