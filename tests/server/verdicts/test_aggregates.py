"""Aggregate scores of a project wherever scores of its experiments are given."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from assay_server.engines.records import Page
from assay_server.features.experiments.aggregates import aggregates_of
from assay_server.features.project_settings.types import ScoreCreate, ScorePatch
from assay_server.recompute import recompute
from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import Row, eval_trace

_names = itertools.count()


@pytest.fixture
def project(client: Client) -> str:
    return client.create("project", name=f"aggregates {next(_names)}")


def run(
    client: Client, project: str, name: str, scores: list[dict[str, float | None]], trials: int = 1
) -> str:
    experiment = client.create("experiment", project_id=project, name=name)
    rows: list[Row] = [
        row
        for i, values in enumerate(scores)
        for trial in range(trials)
        for row in eval_trace(f"{project}{name}{i}-{trial}", input={"case": i}, scores=values, at=i)
    ]
    client.insert("experiment", experiment, *rows)
    return experiment


def define(
    client: Client, project: str, kind: str, categories: Any, name: str = "Overall", **more: Any
) -> None:
    values = {"name": name, "score_type": kind, "categories": categories}
    client.create("project_score", project_id=project, **values, **more)


def overall(found: dict[str, Any]) -> dict[str, Any]:
    return next(item for item in found["scores"] if item["name"] == "Overall")


def pairs(seed: int, shift: float = 0.0, cases: int = 30) -> list[dict[str, float | None]]:
    chance, level = random.Random(seed), random.Random(0)
    return [
        {"A": level.uniform(0.2, 0.5) + shift + chance.uniform(-0.05, 0.05), "B": level.uniform(0.4, 0.6)}
        for _ in range(cases)
    ]


def mean(rows: list[dict[str, float | None]], weight_a: float, weight_b: float) -> float:
    values = [
        (weight_a * (row["A"] or 0) + weight_b * (row["B"] or 0)) / (weight_a + weight_b) for row in rows
    ]
    return float(np.mean(values))


def test_judged_like_any_other_score(client: Client, project: str) -> None:
    before, after = pairs(1), pairs(2, 0.2)
    old, new = run(client, project, "old", before), run(client, project, "new", after)
    path = f"/v1/experiment/{new}/compare"
    assert [item["name"] for item in client.get(path, to=old)["scores"]] == ["A", "B"]
    define(client, project, "weighted", {"A": 3, "B": 1}, config={"margin": 0.02})
    found = client.get(path, to=old)
    item = overall(found)
    assert item["mean"] == pytest.approx(mean(after, 3, 1))
    assert item["baseline_mean"] == pytest.approx(mean(before, 3, 1))
    assert (item["verdict"], item["paired"], item["pairs"], item["margin"]) == ("better", True, 30, 0.02)
    assert item["diff"] == pytest.approx(item["mean"] - item["baseline_mean"])
    assert item["p"] > item["p_raw"], "corrected with the others"

    summary = client.get("/experiment-comparison2", experiment_id=new, base_experiment_id=old)
    assert summary["scores"]["Overall"]["diff"] == pytest.approx(item["diff"])
    assert summary["scores"]["Overall"]["improvements"] == item["improvements"]
    summary = client.get(f"/v1/experiment/{new}/summarize", summarize_scores=True)
    assert summary["scores"]["Overall"]["score"] == pytest.approx(item["mean"])

    page = client.get(f"/v1/experiment/{new}/cases", to=old, score="Overall", filter="improved", limit=1)
    assert page["counts"]["improved"] == item["improvements"]
    value = page["cases"][0]["scores"]
    assert value["Overall"]["value"] == pytest.approx((3 * value["A"]["value"] + value["B"]["value"]) / 4)
    reliable = client.get(f"/v1/experiment/{new}/reliability", score="Overall")["scores"]
    assert "Overall" in [one["name"] for one in reliable]
    sliced = client.get(path, to=old, slice="input.case")["slices"]
    assert all(overall(one)["mean"] is not None for one in sliced)


@pytest.mark.parametrize(("kind", "value"), [("minimum", 0.2), ("maximum", 0.9)])
def test_least_and_greatest(client: Client, project: str, kind: str, value: float) -> None:
    experiment = run(client, project, "one", [{"A": 0.2, "B": 0.9}] * 3)
    define(client, project, kind, ["A", "B"], config={"direction": "lower"})
    item = overall(client.get(f"/v1/experiment/{experiment}/compare", to="none"))
    assert (item["mean"], item["direction"], item["n"]) == (pytest.approx(value), "lower", 3)


def test_an_aggregate_is_a_part_of_another(client: Client, project: str) -> None:
    """Whichever was made first."""
    rows: list[dict[str, float | None]] = [{"A": 0.2, "B": 0.8, "C": 0.4}, {"A": 1, "B": None, "C": 0.4}]
    experiment = run(client, project, "one", rows)
    define(client, project, "minimum", ["Mean", "C"])
    define(client, project, "weighted", {"A": 1, "B": 1}, name="Mean")
    found = client.get(f"/v1/experiment/{experiment}/compare", to="none")
    values = {item["name"]: (item["mean"], item["n"], item["nulls"]) for item in found["scores"]}
    assert values["Mean"] == (pytest.approx(0.5), 1, 1)
    assert values["Overall"] == (pytest.approx(0.4), 1, 1), "a null of a part of a part is a null"
    assert [warning["code"] for warning in found["warnings"]] == ["aggregate_incomplete"] * 2


def test_aggregates_of_each_other_are_said_and_harm_nothing(client: Client, project: str) -> None:
    old, new = run(client, project, "old", pairs(1)), run(client, project, "new", pairs(2))
    define(client, project, "minimum", ["Other", "A"])
    define(client, project, "maximum", ["Overall", "B"], name="Other")
    define(client, project, "maximum", ["A", "B"], name="Fine")
    found = client.get(f"/v1/experiment/{new}/compare", to=old)
    assert [item["name"] for item in found["scores"]] == ["A", "B", "Fine"]
    said = [warning["message"] for warning in found["warnings"] if warning["code"] == "aggregate_circular"]
    assert sorted(said) == [
        "Other (greatest of Overall, B) is not computed: it is made of itself by way of its parts, or one of them is.",
        "Overall (least of Other, A) is not computed: it is made of itself by way of its parts, or one of them is.",
    ]


def test_trials_are_aggregated_one_by_one_and_then_averaged(client: Client, project: str) -> None:
    """The least of each trial, not the least of the means: trials (0, 1) and (1, 0) have the least 0."""
    experiment = client.create("experiment", project_id=project, name="trials")
    rows = [
        row
        for at, (a, b) in enumerate([(0.0, 1.0), (1.0, 0.0)])
        for row in eval_trace(f"{project}t{at}", input={"case": 0}, scores={"A": a, "B": b}, at=at)
    ]
    client.insert("experiment", experiment, *rows)
    define(client, project, "minimum", ["A", "B"])
    found = client.get(f"/v1/experiment/{experiment}/cases", to="none")["cases"][0]
    assert found["scores"]["Overall"]["value"] == 0
    assert [trial["scores"]["Overall"] for trial in found["runs"]] == [0, 0]


def test_a_missing_part_leaves_no_value_and_is_said(client: Client, project: str) -> None:
    rows: list[dict[str, float | None]] = [
        {"A": 1, "B": 0.5},
        {"A": 1},
        {"A": 1, "B": None},
        {"A": 0, "B": 0.5},
        {},
    ]
    new = run(client, project, "new", rows)
    old = run(client, project, "old", [{"A": 1, "B": 0.5}] * 5)
    define(client, project, "weighted", {"A": 1, "B": 1})
    found = client.get(f"/v1/experiment/{new}/compare", to=old)
    item = overall(found)
    assert (item["mean"], item["n"], item["nulls"], item["missing"], item["pairs"]) == (0.5, 2, 1, 2, 2)
    said = [warning["message"] for warning in found["warnings"] if warning["code"] == "aggregate_incomplete"]
    assert said == [
        "Overall (weighted mean of A, B) has no value in 3 of 5 traces of new: it needs every part, and 2 of them have "
        "only some."
    ]


def test_a_run_without_a_part_has_no_aggregate(client: Client, project: str) -> None:
    new = run(client, project, "new", pairs(1))
    old = run(client, project, "old", [{"A": 0.5}] * 30)
    other = run(client, project, "other", [{"Z": 0.5}] * 3)
    define(client, project, "weighted", {"A": 1, "B": 1})
    found = client.get(f"/v1/experiment/{new}/compare", to=old)
    assert (overall(found)["verdict"], overall(found)["baseline_mean"]) == (None, None)
    messages = [warning["message"] for warning in found["warnings"]]
    assert "Overall (weighted mean of A, B) is not computed for old: it has no B." in messages
    found = client.get(f"/v1/experiment/{other}/compare", to="none")
    assert [item["name"] for item in found["scores"]] == ["Z"]
    assert found["warnings"] == [], "a run that asked nothing of it is no news"


def test_a_score_that_was_given_keeps_its_name(client: Client, project: str) -> None:
    experiment = run(client, project, "one", [{"A": 1, "Overall": 0.25}])
    define(client, project, "maximum", ["A"])
    found = client.get(f"/v1/experiment/{experiment}/compare", to="none")
    assert overall(found)["mean"] == 0.25
    assert [warning["code"] for warning in found["warnings"]] == ["aggregate_name_taken"]


def test_what_was_read_is_left_alone_and_a_capsule_agrees(client: Client, project: str) -> None:
    old, new = run(client, project, "old", pairs(1)), run(client, project, "new", pairs(2, 0.1))
    define(client, project, "weighted", {"A": 1, "B": 1})
    proof = client.get(f"/v1/experiment/{new}/evidence", to=old)
    assert json.loads(recompute(json.dumps(proof["evidence"]).encode())) == proof["comparison"]
    assert overall(proof["comparison"])["mean"] is not None
    (score,) = client.objects.list(client.actor, "project_score", Page(), filters={"project_id": project})
    client.objects.delete(client.actor, "project_score", score["id"])
    found = client.get(f"/v1/experiment/{new}/compare", to=old)
    assert [item["name"] for item in found["scores"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("kind", "categories"),
    [
        ("weighted", {"a": -1}),
        ("weighted", {"a": 0}),
        ("weighted", {"x": 1}),
        ("minimum", [{"name": "a", "value": 1}]),
        ("maximum", ["x"]),
    ],
)
def test_what_could_never_be_computed_is_refused(kind: str, categories: Any) -> None:
    body = {"name": "x", "score_type": kind, "categories": categories}
    with pytest.raises(ValidationError):
        ScoreCreate.model_validate({"project_id": "p", **body})
    with pytest.raises(ValidationError):
        ScorePatch.model_validate(body)


def test_parts_are_read_from_every_form_they_are_kept_in() -> None:
    def read(kind: str, categories: Any) -> list[dict[str, float]]:
        kept = [{"name": "x", "score_type": kind, "categories": categories}]
        return [dict(one.weights) for one in aggregates_of(kept)[0]]

    assert read("weighted", {"a": 2, "b": 0}) == [{"a": 2.0, "b": 0.0}]
    assert read("minimum", ["a", "b"]) == read("maximum", {"a": 0.1, "b": 0}) == [{"a": 1.0, "b": 1.0}]
    assert read("weighted", ["a"]) == [{"a": 1.0}]
    assert read("minimum", None) == read("weighted", {}) == read("slider", {"a": 1}) == []
