"""Cells: names made of content, counted where contents are equal."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assay.core.errors import ConfigError
from assay.evals import EvalCase, Evaluator, cache_by, expand, parse_matrix
from assay.evals.calls import scorer_call
from assay.evals.canonical import Unstable, canonical, is_plain_json
from assay.evals.cells import Cell, CellMaker, Occurrences, ScoreKeys, Versions, row_bits
from assay.evals.earlier import Cost
from assay.evals.forecast import forecast, render_forecast
from assay.evals.reuse import Reuse
from assay.evals.session import Session, open_session
from assay.evals.store import MAX_AGE, Answer, CellStore, Scored
from assay.scorers import ExactMatch, Score


def maker(
    *, task: str | None = "t", parameters: dict[str, Any] | None = None, sees_case: bool = False
) -> CellMaker:
    return CellMaker("project", Versions(task=task), parameters or {}, sees_case=sees_case)


def test_occurrences_count_like_a_counter() -> None:
    chooser = random.Random(1)
    hashes = [chooser.randrange(1, 3000).to_bytes(8, "big") for _ in range(9000)]
    counted, table = Counter[bytes](), Occurrences()
    for one in hashes:
        assert table.count(one) == counted[one]
        counted[one] += 1


def test_cells_are_content_and_not_position() -> None:
    cases = [EvalCase({"a": 1, "b": 2}, expected=1), EvalCase("x"), EvalCase({"b": 2, "a": 1}, expected=1)]
    first = maker()
    one, other, twin = (first.cells(case, 2) for case in cases)
    assert len({cell.identity for cell in (*one, *other, *twin)}) == 6
    assert len({cell.key for cell in (*one, *other, *twin)}) == 6
    second = maker()
    assert second.cells(cases[1], 2) == other  # another order
    assert second.cells(cases[0], 2) == one
    assert second.cells(cases[2], 2) == twin
    assert first.anew().cells(cases[0], 2) == one


def test_a_corrected_expectation_keeps_the_answer_of_a_task_that_cannot_see_it() -> None:
    before, after = EvalCase("x", expected=1), EvalCase("x", expected=2)
    (old,), (new,) = maker().cells(before, 1), maker().cells(after, 1)
    assert (old.key == new.key, old.identity == new.identity) == (True, False)
    (old,), (new,) = maker(sees_case=True).cells(before, 1), maker(sees_case=True).cells(after, 1)
    assert old.key != new.key
    (changed,) = maker(parameters={"model": "b"}).cells(before, 1)
    assert changed.key != maker().cells(before, 1)[0].key
    assert maker(task="u").cells(before, 1)[0].key != maker().cells(before, 1)[0].key
    assert maker(task=None).cells(before, 1)[0].key is None
    (opaque,) = maker().cells(EvalCase(object()), 1)
    assert (opaque.identity, opaque.key) == (None, None)


def test_rows_are_named_by_experiment_and_cell() -> None:
    (cell, trial) = maker().cells(EvalCase("x"), 2)
    assert cell.identity
    assert trial.identity
    rows = row_bits(b"e1", cell.identity)
    assert rows == row_bits(b"e1", cell.identity)
    assert len({rows.root, row_bits(b"e2", cell.identity).root, row_bits(b"e1", trial.identity).root}) == 3
    assert len({rows.root, rows.child("task"), rows.child("score a"), rows.child("score b")}) == 4


def test_scores_are_found_by_version_and_by_what_the_scorer_takes() -> None:
    def judge(output: str) -> float:
        return 1.0

    calls = [scorer_call(judge, 0), scorer_call(lambda trace: 1, 1), scorer_call(ExactMatch, 2)]
    versions = Versions(task="t", scorers={"judge": "1", "scorer_1": "1", "ExactMatch": "1"})
    keys = ScoreKeys(calls, versions)
    cell, trial = maker().cells(EvalCase("x"), 2)
    arguments = dict.fromkeys(("input", "output", "expected", "metadata", "tags", "id", "trace"))
    first = keys.of({**arguments, "output": "a", "input": "x"}, cell)
    again = keys.of({**arguments, "output": "a", "input": "y"}, cell)
    assert first[0] == again[0]
    assert first[1] is None  # it reads the trace
    assert first[2] is not None
    assert keys.of({**arguments, "output": "b"}, cell)[0] != first[0]
    assert keys.of({**arguments, "output": "a"}, trial)[0] != first[0]  # each trial is judged
    newer = ScoreKeys(calls, Versions(task="t", scorers={**versions.scorers, "judge": "2"}))
    assert newer.of({**arguments, "output": "a", "input": "x"}, cell)[0] != first[0]


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "a", [1, [2]], {"a": {"b": [None]}}])
def test_plain_json_comes_back_as_it_was(value: Any) -> None:
    assert is_plain_json(value)


@pytest.mark.parametrize("value", [(1,), {1: 2}, {1}, float("nan"), object(), [(1,)], {"a": b"x"}])
def test_what_json_would_change_is_not_kept(value: Any) -> None:
    assert not is_plain_json(value)


def test_canonical_text_does_not_depend_on_order() -> None:
    assert canonical({"a": {"x": 1, "y": {"b", "a"}}}) == canonical({"a": {"y": {"a", "b"}, "x": 1}})
    with pytest.raises(Unstable):
        canonical(object())


def test_the_store_forgets_what_is_old_and_survives_processes(tmp_path: Path) -> None:
    path, now = tmp_path / "a" / "cells.sqlite3", time.time()
    with CellStore(path) as store:
        store.put("new", Answer(now, 1.0, {"a": [1]}, {"m": 1}, ["t"], {"id": "r"}))
        store.put("old", Answer(now - MAX_AGE - 60, 1.0, 1))
        store.put("score", Scored(now, [("s", None, {})]))
        store.put("odd", Answer(now, 1.0, object()))
        assert store.has("new")
        store.note_pulled("e", "12")
    with CellStore(path) as one, CellStore(path) as other:
        assert one.answer("new") == Answer(now, 1.0, {"a": [1]}, {"m": 1}, ["t"], {"id": "r"})
        assert one.answer("old") is one.answer("odd") is None
        found = other.scored("score")
        assert found is not None
        assert found.scores == [("s", None, {})]
        assert (one.pulled_until("e"), one.pulled_until("f")) == ("12", "0")
        one.put("new", Answer(now - 10, 1.0, "older"))
        one.flush()
        answer = other.answer("new")
        assert answer is not None
        assert answer.output == {"a": [1]}
    assert path.stat().st_mode & 0o077 == 0
    (tmp_path / "file").write_text("")
    (tmp_path / "text").write_text("this is no database, but long enough to be looked at as one" * 20)
    for wrong in (tmp_path / "file" / "x", tmp_path / "text"):
        with pytest.raises(ConfigError, match="set ASSAY_CACHE_DIR"):
            CellStore(wrong)


def test_a_forecast_counts_what_is_left(tmp_path: Path) -> None:
    cases = [EvalCase(n) for n in range(4)]
    cells = [cell for case in cases for cell in maker().cells(case, 2)]
    reuse = Reuse(maker=maker(), salt=b"e")
    assert cells[0].identity
    reuse.finished = {row_bits(b"e", cells[0].identity).span_id}
    cost = Cost(dollars=0.5, seconds=8.0, experiment="before", runs=3)
    with CellStore(tmp_path / "c") as store:
        reuse.store = store
        for cell in cells[:3]:
            reuse_key(store, cell)
        found = forecast(reuse, cases, None, 2, 2, cost)
        reuse.fresh = True
        assert forecast(reuse, cases, None, 2, 2, None).cached == 0
    assert (found.runs, found.finished, found.cached, found.to_run) == (8, 1, 2, 5)
    assert (found.dollars, found.seconds, found.basis) == (2.5, 20.0, "before")
    text = "plan: 4 cases × 2 trials, 1 finished before, 2 cached, 5 to run, about $2.50 and 20 s, judging by before"
    assert render_forecast(found) == text
    assert forecast(Reuse(), None, None, 1, 1, cost).runs is None
    assert render_forecast(forecast(Reuse(), None, 7, 1, 1, None)) is None


def reuse_key(store: CellStore, cell: Cell) -> None:
    assert cell.key
    store.put(cell.key, Answer(time.time(), 1.0, 1))


def test_a_matrix_is_one_evaluation_a_combination() -> None:
    matrix = parse_matrix(["model=a,b", "temperature=0,0.5", "fast=true"])
    assert matrix == {"model": ["a", "b"], "temperature": [0, 0.5], "fast": [True]}
    base = Evaluator(
        name="p",
        data=[],
        task=lambda n: n,
        experiment_name="x",
        parameters={"model": "c", "temperature": 1, "fast": False, "kept": 1},
    )
    found = expand(base, matrix)
    assert [one.experiment_name for one in found] == [
        "x model=a temperature=0 fast=True",
        "x model=a temperature=0.5 fast=True",
        "x model=b temperature=0 fast=True",
        "x model=b temperature=0.5 fast=True",
    ]
    assert found[3].parameters == {"model": "b", "temperature": 0.5, "fast": True, "kept": 1}
    with pytest.raises(ValueError, match=r"no parameter 'modle' \(it has: model, temperature, fast, kept\)"):
        expand(base, {"modle": ["a"]})
    with pytest.raises(ValueError, match="1000 combinations"):
        expand(base, {"model": list(range(1000))})
    for wrong in (["model"], ["=a"], ["model="], ["m=a", "m=b"]):
        with pytest.raises(ValueError, match="matrix"):
            parse_matrix(wrong)


def test_scores_survive_the_store(tmp_path: Path) -> None:
    with CellStore(tmp_path / "c") as store:
        reuse = Reuse(store=store)
        given = [Score("a", 0.5, {"why": "x"}), Score("b", None)]
        reuse.keep_scores("k", given)
        assert reuse.scored("k") == given
        assert reuse.counts.scores == 1
        reuse.fresh = True
        assert reuse.scored("k") is None


def test_what_cannot_be_reused_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path))

    def reads_trace(trace: Any) -> int:
        return 1

    @cache_by(None)
    def now(output: Any) -> int:
        return 1

    def session_of(**fields: Any) -> Session:
        evaluator = Evaluator(name="p", data=[], task=lambda n: n, no_send_logs=True, **fields)
        return open_session(evaluator, evaluator.plan(), [], forecast=False)

    session = session_of(cache=True, scores=[reads_trace, now])
    session.reuse.close()
    assert session.notes == [
        "answers are not reused: reads_trace may read the trace of the task",
        "scores of now are not reused: it depends on what has no lasting form",
    ]
    assert session.reuse.answers is False
    assert session_of().reuse.maker is None  # nothing is named where nothing is kept
    for fields in ({"resume": True}, {"max_cost": 1.0}):
        with pytest.raises(ConfigError, match="needs the server"):
            session_of(**fields)
