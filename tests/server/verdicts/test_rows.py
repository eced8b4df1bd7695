"""Cases as they come out of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from assay_server.engines.ingest.ingest import Ingest
from assay_server.features.experiments.held import HeldCases
from assay_server.features.experiments.rows import (
    CaseTable,
    KeyPath,
    Keys,
    Scorer,
    canonical_key,
    load_cases,
    load_payloads,
    load_scorers,
)
from assay_server.ports.spans import SpanStore
from tests.server.verdicts.traces import Row, eval_trace
from tests.support.stores import embedded_store, running_ingest, writes


@dataclass
class Ref:
    object_id: str
    project_id: str = "p"


@dataclass
class Bench:
    store: SpanStore
    ingest: Ingest

    def write(self, experiment: str, *rows: Row) -> None:
        asyncio.run(self._write(experiment, list(rows)))

    async def _write(self, experiment: str, rows: list[Row]) -> None:
        await self.ingest.append(writes(*rows, kind="experiment", obj=experiment), author="u1")
        await self.ingest.caught_up()

    def cases(self, experiment: str, key: str = "input") -> CaseTable:
        path = KeyPath.parse(key)
        assert path is not None
        return load_cases(self.store, Ref(experiment), Keys(path))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("verdict-rows")
    store = embedded_store(folder / "store")
    store.start()
    with running_ingest(store, folder / "wal") as ingest:
        yield Bench(store, ingest)
    store.close()


def test_a_case_sums_its_trace_and_keeps_scoring_apart(bench: Bench) -> None:
    bench.write("sums", *eval_trace("a", input={"q": 1}, scores={"Variety": 0.5, "Length": 1.0}))
    table = bench.cases("sums")
    assert (table.row_ids, table.root_span_ids, len(table)) == (["a:root"], ["a"], 1)
    assert {name: column.tolist() for name, column in table.scores.items()} == {
        "Length": [1.0],
        "Variety": [0.5],
    }
    assert {name: column.tolist() for name, column in table.metrics.items()} == {
        "duration": [2.0],
        "llm_duration": [1.0],
        "time_to_first_token": [0.25],
        "prompt_tokens": [90.0],
        "completion_tokens": [10.0],
        "total_tokens": [100.0],
        "estimated_cost": [0.01],
        "hits": [3.0],
        "llm_calls": [1.0],
        "tool_calls": [1.0],
        "errors": [0.0],
        "llm_errors": [0.0],
        "tool_errors": [0.0],
    }
    assert (table.scoring_tokens, table.scoring_cost) == (14.0, 0.002)


def test_a_score_is_the_mean_of_its_values_anywhere_in_the_trace(bench: Bench) -> None:
    root_score = eval_trace("r", input=1, scores={}, at=1) + eval_trace("s", input=2, scores={"S": 0.2}, at=2)
    root_score[0]["scores"] = {"S": 0.9}
    root_score[3]["scores"] = {"S": 0.4}  # root of the second trace
    bench.write("anywhere", *root_score)
    assert bench.cases("anywhere").scores["S"].tolist() == pytest.approx([0.9, 0.3])


def test_null_scores_are_counted_and_are_no_values(bench: Bench) -> None:
    bench.write(
        "nulls",
        *eval_trace("n1", input=1, scores={"S": None, "T": 1.0}, at=1),
        *eval_trace("n2", input=2, scores={"S": 0.5}, at=2),
    )
    table = bench.cases("nulls")
    assert np.isnan(table.scores["S"][0])
    assert table.scores["S"][1] == 0.5
    assert {name: int(marks.sum()) for name, marks in table.nulls.items()} == {"S": 1}


def test_only_the_newest_version_counts_and_deleted_traces_do_not(bench: Bench) -> None:
    bench.write(
        "versions",
        *eval_trace("v1", input=1, scores={"S": 0.1}, at=1),
        *eval_trace("v2", input=2, scores={"S": 0.2}, at=2),
    )
    bench.write("versions", {"id": "v1:S", "_is_merge": True, "scores": {"S": 0.7}})
    bench.write("versions", {"id": "v2:root", "_object_delete": True})
    table = bench.cases("versions")
    assert table.row_ids == ["v1:root"]
    assert table.scores["S"].tolist() == [0.7]


def test_another_project_or_experiment_is_not_read(bench: Bench) -> None:
    bench.write("mine", *eval_trace("m", input=1, scores={"S": 0.1}))
    assert len(load_cases(bench.store, Ref("mine", project_id="other"))) == 0
    assert len(load_cases(bench.store, Ref("mi' OR 1=1 --"))) == 0


def test_traces_without_a_root_and_log_lines_are_no_cases(bench: Bench) -> None:
    rows = eval_trace("whole", input=1, scores={"S": 1.0})
    line = {
        **rows[0],
        "id": "line",
        "created": "2026-11-20T09:00:00Z",
        "span_attributes": {"name": "log", "type": "log"},
        "input": 9,
    }
    bench.write("rootless", *rows, line, *eval_trace("lost", input=2, scores={"S": 0.0})[1:])
    assert bench.cases("rootless").row_ids == ["whole:root"]


def test_failed_cases_are_marked_and_errors_counted(bench: Bench) -> None:
    bench.write("failed", *eval_trace("f", input=1, scores={}, error="Boom"))
    table = bench.cases("failed")
    assert table.failed.tolist() == [True]
    assert [table.metrics[name][0] for name in ("errors", "llm_errors", "tool_errors")] == [2.0, 1.0, 0.0]


def test_trials_share_a_key_and_key_order_does_not_matter(bench: Bench) -> None:
    bench.write(
        "trials",
        *eval_trace("t1", input={"a": 1, "b": 2.0}, scores={"S": 1.0}, at=1),
        *eval_trace("t2", input={"b": 2, "a": 1}, scores={"S": 0.0}, at=2),
        *eval_trace("t3", input={"a": 2}, scores={"S": 0.0}, at=3),
    )
    keys = bench.cases("trials").keys
    assert keys[0] == keys[1] != keys[2]


def test_the_key_may_be_a_path_and_rows_without_one_never_pair(bench: Bench) -> None:
    bench.write(
        "paths",
        *eval_trace("p1", input=1, scores={}, at=1, metadata={"customer": {"id": 7}}),
        *eval_trace("p2", input=2, scores={}, at=2, metadata={"customer": {"id": 7}}),
        *eval_trace("p3", input=3, scores={}, at=3),
    )
    keys = bench.cases("paths", "metadata.customer.id").keys
    assert keys[0] == keys[1]
    assert keys[2] == "row:p3:root"


def test_payloads_are_the_exact_text_that_was_sent(bench: Bench) -> None:
    bench.write("payload", *eval_trace("x", input="q", scores={}, output={"z": 1.50, "a": None}, tags=["t"]))
    payload = load_payloads(bench.store, Ref("payload"), ["x:root"])["x:root"]
    assert (payload["input"], payload["output"], payload["tags"]) == ('"q"', '{"z": 1.5, "a": null}', ["t"])
    assert payload["error"] == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"b":1.0,"a":[1e3]}', ' { "a": [1000], "b": 1 } '),
        ('"é"', '"\\u00e9"'),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ],
)
def test_equal_json_has_one_key(one: str, other: str) -> None:
    assert canonical_key(one, ()) == canonical_key(other, ())


def test_different_json_has_different_keys() -> None:
    texts = ['"1"', "1", "[1]", '{"a":1}', "true", '""', "0"]
    assert len({canonical_key(text, ()) for text in texts}) == len(texts)
    assert canonical_key("", ()) is None
    assert canonical_key('{"a":1}', ("b",)) is None


@pytest.mark.parametrize("expression", ["input + 1", "lower(input)", "nothing", "metadata..id", "tags"])
def test_expressions_that_are_no_path_are_refused(expression: str) -> None:
    assert KeyPath.parse(expression) is None


def test_what_was_read_is_kept_until_the_experiment_changes(bench: Bench) -> None:
    held = HeldCases(bench.store, max_rows=3)
    bench.write("kept", *eval_trace("k1", input=1, scores={"S": 0.5}), *eval_trace("k2", input=2, scores={}))
    first = held.load(Ref("kept"), Keys())
    assert held.load(Ref("kept"), Keys()) is first
    by_tier = held.load(Ref("kept"), Keys(slice=KeyPath("metadata", ("tier",))))
    assert by_tier.table.slices == [(), ()]
    bench.write("kept", {"id": "k1:S", "_is_merge": True, "scores": {"S": 1.0}, "metadata": {"model": "m"}})
    second = held.load(Ref("kept"), Keys())
    assert (first.table.scores["S"][0], second.table.scores["S"][0]) == (0.5, 1.0)
    assert second.scorers["S"].models == {"m"}
    bench.write("large", *(row for i in range(4) for row in eval_trace(f"l{i}", input=i, scores={"S": 0.1})))
    assert held.load(Ref("large"), Keys()) is not held.load(Ref("large"), Keys())  # more than may be held
    assert held.load(Ref("kept"), Keys()) is second
    bench.write("other", *eval_trace("o1", input=1, scores={}), *eval_trace("o2", input=2, scores={}))
    held.load(Ref("other"), Keys())
    assert held.load(Ref("kept"), Keys()) is not second  # it made room


def test_scorers_are_what_their_newest_spans_say(bench: Bench) -> None:
    def judged(case: str, **said: object) -> list[Row]:
        rows = eval_trace(case, input=case, scores={"S": 0.5, "T": 1.0})
        return [{**row, "metadata": said} if row["id"].endswith(":S") else row for row in rows]

    several = judged("s3", A={"model": "mA"}, B={"scorer_version": "vB"})
    several = [{**row, "scores": {"A": 1.0, "B": 0.0}} if row["id"] == "s3:S" else row for row in several]
    bench.write(
        "scorers", *judged("s1", model="m1", scorer_version="v1"), *judged("s2", model="m2"), *several
    )
    bench.write("scorers", {"id": "s2:S", "_object_delete": True})
    assert load_scorers(bench.store, Ref("scorers")) == {
        "S": Scorer(frozenset({"v1"}), frozenset({"m1"})),
        "A": Scorer(frozenset(), frozenset({"mA"})),
        "B": Scorer(frozenset({"vB"}), frozenset()),
    }


def test_time_held_back_is_no_latency_and_reused_answers_measure_nothing(bench: Bench) -> None:
    bench.write(
        "ran", *eval_trace("a", input=1, scores={"s": 1.0}), *eval_trace("b", input=2, scores={"s": 0.0})
    )
    plain = bench.cases("ran")
    held, copied = (eval_trace(name, input=name, scores={"s": 1.0}) for name in ("a", "b"))
    held[0]["metrics"]["throttled"] = 0.25
    copied[0]["metrics"]["reused"] = 1
    bench.write("held", *held, *copied)
    cases = bench.cases("held")
    assert cases.metrics["duration"][0] == pytest.approx(plain.metrics["duration"][0] - 0.25)
    for name, values in cases.metrics.items():
        assert not np.isnan(values[0]), name
        assert np.isnan(values[1]), name
    assert list(cases.scores["s"]) == [1.0, 1.0]
    assert not {"reused", "throttled"} & set(cases.metrics)
