"""Plans of a run and the reliability of one, over HTTP."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from assay.core.trials import chance_all_pass, chance_any_passes
from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import Row, eval_trace

_names = itertools.count()


@pytest.fixture
def project(client: Client) -> str:
    return client.create("project", name=f"plans {next(_names)}")


def run(client: Client, project: str, name: str, passes: list[list[float]], **values: Any) -> str:
    """An experiment with a case per list, and a trial per value in it."""
    experiment = client.create("experiment", project_id=project, name=name, **values)
    rows: list[Row] = []
    for case, trials in enumerate(passes):
        for trial, value in enumerate(trials):
            rows += eval_trace(
                f"{project}{name}{case}-{trial}",
                input={"case": case},
                scores={"S": value},
                at=10 * case + trial,
                origin={"object_type": "dataset", "object_id": "d", "id": f"row {case}"},
            )
    client.insert("experiment", experiment, *rows)
    return experiment


def trials(seed: int, cases: int, times: int) -> list[list[float]]:
    chance, level = random.Random(seed), random.Random(0)
    return [
        [float(chance.random() < p) for _ in range(times)]
        for p in (level.betavariate(2, 1) for _ in range(cases))
    ]


def test_a_plan_says_what_a_run_can_show_and_what_it_costs(client: Client, project: str) -> None:
    old, new = (run(client, project, name, trials(seed, 60, 3)) for name, seed in (("old", 1), ("new", 2)))
    path = f"/v1/experiment/{new}/plan"
    found = client.get(path, to=old, difference=0.05, concurrency=4)
    [score] = found["scores"]
    assert (found["baseline"]["id"], score["name"], score["basis"], score["difference"]) == (
        old,
        "S",
        "pairs",
        0.05,
    )
    assert [option["cases"] for option in score["cases"]] == [30, 60, 120, 240, 480]
    shown = [option["detectable"] for option in score["cases"]]
    assert shown == sorted(shown, reverse=True)
    assert score["detectable"] == shown[1]
    by_trials = [option["detectable"] for option in score["trials"]]
    assert by_trials == sorted(by_trials, reverse=True)
    assert score["limit"] <= by_trials[-1]
    assert score["cases_needed"] > 60
    assert score["text"].startswith("60 cases can show a difference of ")
    forecast = found["forecast"]
    assert (forecast["cases"], forecast["trials"], forecast["runs"]) == (60, 3, 180)
    # Every trace of `eval_trace` takes 2 s, 100 tokens at 0.01 $, and 0.001 $ for its scorer.
    assert forecast["seconds"] == pytest.approx(180 * 2 / 4)
    assert forecast["tokens"] == pytest.approx(180 * 100)
    assert (forecast["cost_task"], forecast["cost_scoring"]) == (pytest.approx(1.8), pytest.approx(0.18))
    assert forecast["cost"] == pytest.approx(1.98)
    more = client.get(path, to=old, difference=0.05, cases=score["cases_needed"], trials=3)
    assert more["scores"][0]["detectable"] == pytest.approx(0.05, rel=0.02)
    assert more["forecast"]["runs"] == 3 * score["cases_needed"]


def test_a_plan_from_one_run_says_what_it_assumes(client: Client, project: str) -> None:
    once = run(client, project, "once", trials(1, 40, 1))
    [score] = client.get(f"/v1/experiment/{once}/plan", to="none")["scores"]
    assert (score["basis"], score["trials"], score["limit"]) == ("independent", [], None)
    assert "run each case at least twice" in score["text"]
    assert "worst case" in score["text"]
    thrice = run(client, project, "thrice", trials(1, 40, 3))
    [score] = client.get(f"/v1/experiment/{thrice}/plan", to="none")["scores"]
    assert (score["basis"], score["variance_steady"], score["limit"]) == ("trials", 0.0, 0.0)


def test_an_experiment_without_scores_has_a_forecast_only(client: Client, project: str) -> None:
    empty = client.create("experiment", project_id=project, name="empty")
    found = client.get(f"/v1/experiment/{empty}/plan", to="none", cases=10)
    assert (found["scores"], found["forecast"]["runs"], found["forecast"]["cost"]) == ([], 10, None)


def test_reliability_gives_chances_labels_and_where_the_noise_is_from(client: Client, project: str) -> None:
    outcomes = [[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0]]
    only = run(client, project, "only", outcomes)
    found = client.get(f"/v1/experiment/{only}/reliability", history=0)
    [score] = found["scores"]
    assert score["labels"] == {"stable_pass": 2, "stable_fail": 1, "flaky": 1}
    by_k = {entry["k"]: entry for entry in score["chances"]}
    assert list(by_k) == [1, 2, 3, 4]
    counts = [(4, 4), (4, 3), (4, 0)]
    assert (by_k[3]["all"]["cases"], by_k[2]["all"]["cases"]) == (3, 4)
    assert by_k[3]["all"]["mean"] == pytest.approx(sum(chance_all_pass(n, c, 3) for n, c in counts) / 3)
    assert by_k[3]["any"]["mean"] == pytest.approx(sum(chance_any_passes(n, c, 3) for n, c in counts) / 3)
    assert score["variance"]["judge"] is None
    assert score["variance"]["sampling"] == pytest.approx(0.75 / 10)
    assert [case["label"] for case in found["cases"]] == [
        "stable_pass",
        "flaky",
        "stable_fail",
        "stable_pass",
    ]
    flaky = client.get(f"/v1/experiment/{only}/reliability", history=0, label="flaky", score="S")["cases"]
    assert [(case["input"], case["origin"]["id"]) for case in flaky] == [({"case": 1}, "row 1")]
    assert flaky[0]["history"] == [{"experiment_id": only, "trials": 4, "passed": 3}]


def test_labels_remember_earlier_runs_of_the_same_dataset(client: Client, project: str) -> None:
    dataset = client.create("dataset", project_id=project, name="cases")
    runs = [
        run(client, project, f"run {i}", [[value] for value in values], dataset_id=dataset)
        for i, values in enumerate([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    ]
    run(client, project, "elsewhere", [[0.0], [0.0], [0.0]])
    path = f"/v1/experiment/{runs[2]}/reliability"
    found = client.get(path)
    assert [head["id"] for head in found["history"]] == runs[:2]
    assert [case["label"] for case in found["cases"]] == ["flaky", "stable_pass", "stable_pass"]
    assert [past["passed"] for past in found["cases"][0]["history"]] == [1, 0, 1]
    assert [case["label"] for case in client.get(path, history=1)["cases"]] == ["stable_pass"] * 3
    page = client.get(path, limit=2)
    rest = client.get(path, limit=2, cursor=page["cursor"])
    assert [case["input"]["case"] for case in page["cases"] + rest["cases"]] == [0, 1, 2]
    assert rest["cursor"] is None


def test_judges_asked_more_than_once_show_their_own_noise(client: Client, project: str) -> None:
    experiment = client.create("experiment", project_id=project, name="judged")
    rows: list[Row] = []
    for case in range(6):
        for trial in range(2):
            trace = eval_trace(
                f"{project}{case}-{trial}", input=case, scores={"S": 0.4}, at=10 * case + trial
            )
            again = {
                **trace[-1],
                "id": f"{project}{case}-{trial}:S2",
                "span_id": f"{project}{case}-{trial}:S2",
            }
            rows += [*trace, {**again, "scores": {"S": 0.6}}]
    client.insert("experiment", experiment, *rows)
    [score] = client.get(f"/v1/experiment/{experiment}/reliability", history=0)["scores"]
    assert score["variance"]["judge"] == pytest.approx(0.02)  # variance of 0.4 and 0.6
    assert score["variance"]["case"] == 0.0
    assert score["variance"]["sampling"] == 0.0


def test_an_experiment_without_scores_has_nothing_to_rely_on(client: Client, project: str) -> None:
    empty = client.create("experiment", project_id=project, name="bare")
    found = client.get(f"/v1/experiment/{empty}/reliability")
    assert (found["scores"], found["score"], found["cases"], found["cursor"]) == ([], None, [], None)


def test_answers_are_documented_as_they_are(client: Client, project: str) -> None:
    only = run(client, project, "documented", [[1.0, 0.0], [1.0, 1.0]])
    paths = client.get("/openapi.json")["paths"]
    for name in ("plan", "reliability"):
        answer = client.get(f"/v1/experiment/{only}/{name}")
        documented = paths[f"/v1/experiment/{{experiment_id}}/{name}"]["get"]["responses"]["200"]
        schema = documented["content"]["application/json"]["schema"]
        assert set(schema["properties"]) == set(answer)


def test_mistakes_are_named(client: Client, project: str) -> None:
    only = run(client, project, "only", [[1.0]])
    for name in ("plan", "reliability"):
        assert client.refused(f"/v1/experiment/{only}/{name}", score="T")[:2] == (400, "unknown_score")
        assert client.refused(f"/v1/experiment/nothing/{name}")[0] == 404
    assert client.refused(f"/v1/experiment/{only}/reliability", cursor="x")[:2] == (400, "bad_cursor")
    for bad in ({"difference": 0}, {"cases": 0}, {"power": 1.5}, {"trials": "many"}):
        assert client.refused(f"/v1/experiment/{only}/plan", **bad)[0] in (400, 422)
    assert client.refused(f"/v1/experiment/{only}/reliability", label="maybe")[0] in (400, 422)


def test_cases_of_one_cluster_count_as_dependent(client: Client, project: str) -> None:
    def rows(name: str, shift: float) -> str:
        """Forty cases, four to a conversation, which pass or fail together."""
        experiment = client.create("experiment", project_id=project, name=name)
        for i in range(40):
            value = float((i // 4) % 3 == 0) * 0.6 + (0.2 * ((i // 4) % 2) + shift) + 0.01 * (i % 4)
            trace = eval_trace(f"{project}{name}{i}", input={"case": i}, scores={"S": value}, at=i)
            trace[0]["metadata"] = {"conversation": i // 4}
            client.insert("experiment", experiment, *trace)
        return experiment

    only = rows("only", 0.0)
    plain_plan = client.get(f"/v1/experiment/{only}/plan", to="none", difference=0.2)["scores"][0]
    plain = client.get(f"/v1/experiment/{only}/reliability", history=0)["scores"][0]
    by_key = {"cluster": "metadata.conversation"}
    asked = {
        "plan": client.get(f"/v1/experiment/{only}/plan", to="none", difference=0.2, **by_key),
        "reliability": client.get(f"/v1/experiment/{only}/reliability", history=0, **by_key),
    }
    plan, found = (answer["scores"][0] for answer in asked.values())
    client.objects.update(
        client.actor, "project", project, {"settings": {"cluster_key": "metadata.conversation"}}
    )
    assert client.get(f"/v1/experiment/{only}/plan", to="none", difference=0.2) == asked["plan"]
    assert client.get(f"/v1/experiment/{only}/reliability", history=0) == asked["reliability"]
    assert {answer["cluster_key"] for answer in asked.values()} == {"metadata.conversation"}
    without = client.get(f"/v1/experiment/{only}/plan", to="none", difference=0.2, cluster="none")
    assert (without["cluster_key"], without["scores"]) == (None, [plain_plan])
    without = client.get(f"/v1/experiment/{only}/reliability", history=0, cluster="none")
    assert (without["cluster_key"], without["scores"]) == (None, [plain])
    # Ten conversations of four equal cases know as much as ten cases.
    assert plan["variance_steady"] == pytest.approx(4 * plain_plan["variance_steady"], rel=0.15)
    assert plan["detectable"] > 1.9 * plain_plan["detectable"]
    assert plan["cases_needed"] > 3.5 * plain_plan["cases_needed"]
    before, after = (score["chances"][0]["all"] for score in (plain, found))
    assert before["mean"] == after["mean"]
    width = [share["interval"][1] - share["interval"][0] for share in (before, after)]
    assert width[1] > 1.5 * width[0]
    assert found["labels"] == plain["labels"]
