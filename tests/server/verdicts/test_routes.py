"""Verdicts over HTTP: choice of the baseline, strict shapes, the same numbers everywhere."""

from __future__ import annotations

import itertools
from statistics import fmean
from typing import Any

import pytest

from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import eval_trace

_names = itertools.count()


@pytest.fixture
def project(client: Client) -> str:
    return client.create("project", name=f"project {next(_names)}")


def run(client: Client, project: str, name: str, scores: list[float | None], **values: Any) -> str:
    """An experiment with one case per score; case i has input i."""
    experiment = client.create("experiment", project_id=project, name=name, **values)
    rows = [
        row
        for i, score in enumerate(scores)
        for row in eval_trace(
            f"{name}-{i}", input={"case": i}, scores={"S": score}, at=i, tokens=100 + i, output=f"{name} {i}"
        )
    ]
    client.insert("experiment", experiment, *rows)
    return experiment


BASE: list[float | None] = [0.1, 0.2, 0.3, 0.4, 0.25] * 5
GAIN: list[float | None] = [(b or 0.0) + d for b, d in zip(BASE, [0.2, 0.3, 0.25, 0.2, 0.3] * 5, strict=True)]


def test_compare_answers_with_verdict_and_plain_means(client: Client, project: str) -> None:
    old, new = run(client, project, "old", BASE), run(client, project, "new", GAIN)
    found = client.get(f"/v1/experiment/{new}/compare")
    score = found["scores"][0]
    assert (found["experiment"]["id"], found["baseline"]["id"]) == (new, old)
    assert (score["verdict"], score["improvements"], score["n"]) == ("better", 25, 25)
    assert score["mean"] == fmean(v for v in GAIN if v is not None)
    assert score["baseline_mean"] == fmean(v for v in BASE if v is not None)
    assert score["diff"] == score["mean"] - score["baseline_mean"]
    assert found["totals"]["rows"] == 25
    assert found["totals"]["task"]["tokens"] == sum(range(100, 125))
    assert found["totals"]["scoring"]["tokens"] == 7 * 25
    assert found["warnings"] == []


def test_all_endpoints_give_the_same_numbers(client: Client, project: str) -> None:
    run(client, project, "old", BASE)
    new = run(client, project, "new", GAIN)
    whole = client.get(f"/v1/experiment/{new}/compare")
    summary = client.get(f"/v1/experiment/{new}/summarize", summarize_scores="true")
    js = client.get("/experiment-comparison2", experiment_id=new)
    item = whole["scores"][0]
    assert summary["scores"]["S"] == {
        "name": "S",
        "score": item["mean"],
        "diff": item["diff"],
        "improvements": 25,
        "regressions": 0,
    }
    assert summary["comparison_experiment_name"] == "old"
    assert (summary["scores"], summary["metrics"]) == (js["scores"], js["metrics"])
    rows = client.call("POST", f"/v1/experiment/{new}/fetch", json={"limit": 1000})["events"]
    assert fmean(row["scores"]["S"] for row in rows if row["scores"]) == item["mean"]


def test_sql_gives_the_same_numbers(client: Client, project: str) -> None:
    new = run(client, project, "sql", GAIN)
    found = client.get(f"/v1/experiment/{new}/compare", to="none")
    shown = {m["name"]: m["mean"] for m in [*found["scores"], *found["metrics"]]}
    names = ("duration", "llm_duration", "total_tokens", "prompt_tokens", "estimated_cost", "tool_calls")
    columns = ", ".join(f"avg(metrics.{name}) AS {name}" for name in names)
    source = f"experiment('{new}', shape => 'summary')"
    [row] = client.sql(f"SELECT avg(scores.S) AS S, count(*) AS n, {columns} FROM {source}")
    assert row.pop("n") == found["totals"]["rows"]
    assert row == pytest.approx({name: shown[name] for name in row}, rel=1e-14)
    assert set(row) == {"S", *names}


def test_answers_are_documented_as_they_are(client: Client, project: str) -> None:
    new = run(client, project, "documented", [0.5])
    paths = client.get("/openapi.json")["paths"]
    for path, answer in {
        "/v1/experiment/{experiment_id}/compare": client.get(f"/v1/experiment/{new}/compare"),
        "/v1/experiment/{experiment_id}/cases": client.get(f"/v1/experiment/{new}/cases"),
        "/v1/experiment/{experiment_id}/summarize": client.get(f"/v1/experiment/{new}/summarize"),
    }.items():
        schema = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(schema["properties"]) == set(answer)
        assert set(schema["required"]) <= set(answer)


def test_summaries_without_scores_hold_names_only(client: Client, project: str) -> None:
    new = run(client, project, "only", [0.5])
    found = client.get(f"/v1/experiment/{new}/summarize")
    assert found["experiment_url"].startswith("http://assay.test/app/local/p/project%20")
    assert found["experiment_url"].endswith("/experiments/only")
    assert [found[name] for name in ("comparison_experiment_name", "scores", "metrics")] == [None, None, None]


def test_the_first_experiment_has_no_baseline(client: Client, project: str) -> None:
    first = run(client, project, "first", [0.5, 1.0])
    found = client.get(f"/v1/experiment/{first}/compare")
    assert (found["baseline"], found["scores"][0]["diff"], found["scores"][0]["verdict"]) == (
        None,
        None,
        None,
    )
    summary = client.get(f"/v1/experiment/{first}/summarize", summarize_scores=True)
    assert summary["scores"]["S"] == {"name": "S", "score": 0.75, "improvements": 0, "regressions": 0}


def test_baseline_is_asked_for_then_stored_then_the_projects_then_the_newest_before(
    client: Client, project: str
) -> None:
    a, b, c = (run(client, project, name, [0.5]) for name in "abc")
    stored = run(client, project, "stored", [0.5], base_exp_id=a)
    plain = run(client, project, "plain", [0.5])

    def baseline(experiment: str, **query: str) -> str | None:
        found = client.get(f"/v1/experiment/{experiment}/compare", **query)["baseline"]
        return found and found["id"]

    assert baseline(plain) == stored
    assert baseline(stored) == a
    assert baseline(stored, to=c) == c
    assert baseline(stored, to="b") == b
    assert baseline(stored, to="none") is None
    client.objects.update(client.actor, "project", project, {"settings": {"baseline_experiment_id": b}})
    assert baseline(plain) == b
    assert baseline(stored) == a
    client.objects.delete(client.actor, "experiment", a)
    assert baseline(stored) == b


def test_an_experiment_compared_with_itself_shows_no_change(client: Client, project: str) -> None:
    only = run(client, project, "self", BASE)
    item = client.get(f"/v1/experiment/{only}/compare", to=only)["scores"][0]
    assert (item["diff"], item["improvements"], item["regressions"]) == (0.0, 0, 0)
    assert item["verdict"] in ("equivalent", "inconclusive")


def test_project_settings_choose_key_and_direction(client: Client, project: str) -> None:
    settings = {"comparison_key": "metadata.id", "score_directions": {"S": "lower"}}
    client.objects.update(client.actor, "project", project, {"settings": settings})
    ids = []
    for name, value in (("old", 0.2), ("new", 0.9)):
        ids.append(client.create("experiment", project_id=project, name=name))
        rows = [
            row
            for i in range(25)
            for row in eval_trace(
                f"{project}{name}{i}", input=f"{name} {i}", scores={"S": value}, metadata={"id": i}, at=i
            )
        ]
        client.insert("experiment", ids[-1], *rows)
    found = client.get(f"/v1/experiment/{ids[1]}/compare")
    assert (found["comparison_key"], found["cases"]["matched"]) == ("metadata.id", 25)
    assert (found["scores"][0]["direction"], found["scores"][0]["verdict"]) == ("lower", "worse")
    client.objects.update(client.actor, "project", project, {"settings": {"comparison_key": "lower(input)"}})
    again = client.get(f"/v1/experiment/{ids[1]}/compare")
    assert again["comparison_key"] == "input"
    assert "comparison_key_unsupported" in [w["code"] for w in again["warnings"]]
    tried = client.get(f"/v1/experiment/{ids[1]}/compare", key="metadata.id")
    assert (tried["comparison_key"], tried["cases"]["matched"]) == ("metadata.id", 25)
    assert "comparison_key_unsupported" not in [w["code"] for w in tried["warnings"]]
    assert client.get(f"/v1/experiment/{ids[1]}/compare", key="")["comparison_key"] == "input"
    path = f"/v1/experiment/{ids[1]}/compare"
    assert client.refused(path, key="lower(input)")[:2] == (400, "bad_key_path")


def test_cases_are_filtered_paged_and_counted(client: Client, project: str) -> None:
    run(client, project, "old", [0.5, 0.5, 0.5, None])
    new = run(client, project, "new", [0.9, 0.1, 0.5, 0.5, 1.0])
    path = f"/v1/experiment/{new}/cases"
    page = client.get(path, limit=2)
    assert page["counts"] == {
        "all": 5,
        "improved": 1,
        "regressed": 1,
        "unchanged": 2,
        "flaky": 0,
        "errors": 0,
        "unmatched": 1,
    }
    rest = client.get(path, limit=10, cursor=page["cursor"])
    inputs = [case["input"]["case"] for case in page["cases"] + rest["cases"]]
    assert (inputs, rest["cursor"]) == ([0, 1, 2, 3, 4], None)
    first = client.get(path, filter="improved", score="S")["cases"]
    assert [case["output"] for case in first] == ["new 0"]
    assert first[0]["scores"]["S"] == {"value": 0.9, "baseline": 0.5, "delta": 0.4}
    assert (first[0]["baseline"]["output"], first[0]["row_id"]) == ("old 0", "new-0:root")


def test_a_case_tells_what_several_baselines_did_with_it(client: Client, project: str) -> None:
    run(client, project, "first", [0.5])
    run(client, project, "second", [0.25, 0.75])
    new = run(client, project, "third", [1.0, 0.0])
    one, two = client.get(f"/v1/experiment/{new}/cases", to=["first", "second"])["cases"]
    assert (one["baseline"]["output"], two["baseline"]) == ("first 0", None)
    assert [(case["others"][0]["output"], case["others"][0]["scores"]) for case in (one, two)] == [
        ("second 0", {"S": 0.25}),
        ("second 1", {"S": 0.75}),
    ]


def test_a_score_written_late_is_in_the_next_answer(client: Client, project: str) -> None:
    only = run(client, project, "late", [0.0, 1.0])
    client.insert("experiment", only, {"id": "late-0:S", "_is_merge": True, "scores": {"S": 1.0}})
    assert client.get(f"/v1/experiment/{only}/compare")["scores"][0]["mean"] == 1.0


def test_mistakes_are_named(client: Client, project: str) -> None:
    only = run(client, project, "mistakes", [0.5])
    path = f"/v1/experiment/{only}/cases"
    assert client.refused(path, score="T")[:2] == (400, "unknown_score")
    assert client.refused(path, cursor="x")[:2] == (400, "bad_cursor")
    assert client.refused(path, filter="worse")[0] in (400, 422)
    assert client.refused(f"/v1/experiment/{only}/compare", to="nowhere")[:2] == (404, "experiment_not_found")
    assert client.refused("/v1/experiment/nothing/compare")[0] == 404


def test_dataset_size_counts_live_rows_only(client: Client, project: str) -> None:
    dataset = client.create("dataset", project_id=project, name="requests")
    assert client.get("/dataset-summary", dataset_id=dataset) == {"total_records": 0}
    client.insert("dataset", dataset, *({"id": f"r{i}", "input": i} for i in range(5)))
    client.insert("dataset", dataset, {"id": "r1", "input": "again"}, {"id": "r2", "_object_delete": True})
    assert client.get("/dataset-summary", dataset_id=dataset) == {"total_records": 4}
    found = client.get(f"/v1/dataset/{dataset}/summarize", summarize_data="true")
    assert found["data_summary"] == {"total_records": 4}
    assert found["dataset_url"].endswith("/datasets/requests")
    assert client.get(f"/v1/dataset/{dataset}/summarize")["data_summary"] is None
