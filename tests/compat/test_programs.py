"""A playlist agent and the upload of a benchmark's result files: the client, SQL and REST agree on all of it."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.compat.tau_files import TASKS, TRIALS, result_file
from tests.compat.whole_programs import Runner, fetch, make_runner
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

CATALOG = Path(__file__).parents[2] / "examples" / "playlist_agent" / "catalog.csv"
PLAYLISTS, BENCHMARK = "playlist agent", "benchmark upload"


@pytest.fixture(scope="module")
def runner(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Runner:
    return make_runner(request.config, environment, tmp_path_factory.mktemp("programs"))


def summary(server: ServerProcess, experiment_id: str) -> dict[str, float]:
    """Scores by name, as GET /v1/experiment/{id}/summarize tells them."""
    told = server.request("GET", f"/v1/experiment/{experiment_id}/summarize?summarize_scores=true")
    return {name: score["score"] for name, score in told["scores"].items()}


# A playlist agent


@pytest.fixture(scope="module")
def playlists(runner: Runner) -> dict[str, Any]:
    return runner.run("playlist_agent.py", CATALOG, project=PLAYLISTS)


def test_every_step_of_the_agent_is_a_span(server: ServerProcess, playlists: dict[str, Any]) -> None:
    spans = server.sql(f"SELECT * FROM project_logs('{PLAYLISTS}')")
    (project,) = {row["project_id"] for row in spans}
    order = sorted(spans, key=lambda row: row["id"])
    assert order == sorted(fetch(server, "project_logs", project), key=lambda row: row["id"])
    roots = {row["input"]["request"]: row for row in spans if row["is_root"]}
    assert [root["output"] for root in sorted(roots.values(), key=lambda row: row["created"])] == playlists[
        "results"
    ]
    for root in roots.values():
        below = [row for row in spans if row["span_parents"] == [root["span_id"]]]
        calls = root["output"]["tool_calls"]
        tools = [row for row in below if row["span_attributes"]["type"] == "tool"]
        models = [row for row in below if row["span_attributes"]["type"] == "llm"]
        assert sorted(row["span_attributes"]["name"] for row in tools) == sorted(
            call["tool"] for call in calls
        )
        assert sorted((row["output"] for row in tools), key=str) == sorted(
            (c["result"] for c in calls), key=str
        )
        assert models[-1]["metrics"]["tokens"] > 0
        assert {row["metadata"]["model"] for row in models} == {"gpt-4o-mini"}
        assert len(below) == len(tools) + len(models)
    assert len(roots) == 4
    (counted,) = server.sql(
        f"SELECT sum(metrics.tokens) AS tokens, avg(metadata.minutes) AS minutes FROM project_logs('{PLAYLISTS}')"
    )
    assert counted["tokens"] == sum(row["metrics"].get("tokens", 0) for row in spans)
    minutes = [one["playlist"]["total_duration_min"] for one in playlists["results"] if one["playlist"]]
    assert counted["minutes"] == pytest.approx(statistics.mean(minutes))


def test_both_scorers_of_the_agent_agree_everywhere(server: ServerProcess, playlists: dict[str, Any]) -> None:
    first, second = playlists["experiments"]
    for told in (first, second):
        assert summary(server, told["id"]) == {name: score for name, (score, _) in told["scores"].items()}
        rows = server.sql(f"SELECT * FROM experiment('{told['id']}')")
        cases = {row["root_span_id"]: row for row in rows if row["is_root"]}
        scored: dict[str, dict[str, float]] = defaultdict(dict)
        for row in rows:
            scored[row["root_span_id"]] |= row["scores"] or {}
        assert len(cases) == 4
        for trace, case in cases.items():
            playlist = case["output"]["playlist"]
            short = playlist is not None and playlist["total_duration_min"] < 30
            assert scored[trace]["PlaylistLength"] == float(short)
            assert scored[trace]["Variety"] in (0.0, 0.5, 1.0)
        for name, (score, _) in told["scores"].items():
            assert statistics.mean(one[name] for one in scored.values()) == pytest.approx(score)
            mean = server.sql(f"SELECT avg(scores.{name}) AS mean FROM experiment('{told['id']}')")
            assert mean == [{"mean": score}]
    assert second["scores"]["PlaylistLength"][0] > first["scores"]["PlaylistLength"][0]
    assert second["scores"]["PlaylistLength"][1] == pytest.approx(
        second["scores"]["PlaylistLength"][0] - first["scores"]["PlaylistLength"][0]
    )


# A benchmark's result files

FILES = {"gpt-5-medium": result_file(1, skill=0.85), "gpt-5.1-codex-max-medium": result_file(2, skill=0.95)}


def expected_scores(file: dict[str, Any]) -> dict[str, float]:
    """The three numbers of a file, from their definitions."""
    trials: dict[str, list[float]] = defaultdict(list)
    for one in file["simulations"]:
        trials[one["task_id"]].append(one["reward_info"]["reward"])
    return {
        "reward": statistics.mean(one["reward_info"]["reward"] for one in file["simulations"]),
        "pass_at_k": statistics.mean(statistics.mean(rewards) for rewards in trials.values()),
        "pass_exp_k": statistics.mean(min(rewards) for rewards in trials.values()),
    }


@pytest.fixture(scope="module")
def uploads(runner: Runner) -> list[dict[str, Any]]:
    """What the upload printed, the first time and the second."""
    paths = [runner.folder / f"{name}.json" for name in FILES]
    for path, file in zip(paths, FILES.values(), strict=True):
        path.write_text(json.dumps(file))
    return [runner.run("upload_simulations.py", *paths, project=BENCHMARK) for _ in range(2)]


def test_the_files_are_what_the_benchmark_writes() -> None:
    for file in FILES.values():
        assert (len(file["tasks"]), len(file["simulations"])) == (TASKS, TASKS * TRIALS)
    one, other = (expected_scores(file) for file in FILES.values())
    assert 0 < one["pass_exp_k"] < one["pass_at_k"] < 1
    assert one != other


def test_tasks_are_uploaded_once(server: ServerProcess, uploads: list[dict[str, Any]]) -> None:
    tasks = next(iter(FILES.values()))["tasks"]
    wanted = sorted([task["id"], task["ticket"], task["evaluation_criteria"]] for task in tasks)
    for told in uploads:
        assert (
            sorted([row_id, given["ticket"], expected] for row_id, given, expected in told["tasks"]) == wanted
        )
    name = f"{BENCHMARK}/Tau Bench Telecom Tasks"
    rows = server.sql(f"SELECT id, input.ticket, expected, dataset_id FROM dataset('{name}')")
    assert sorted([row["id"], row["ticket"], row["expected"]] for row in rows) == wanted
    by_rest = fetch(server, "dataset", rows[0]["dataset_id"])
    assert sorted([row["id"], row["input"]["ticket"], row["expected"]] for row in by_rest) == wanted


@pytest.mark.parametrize("name", list(FILES))
def test_rewards_and_passes(server: ServerProcess, uploads: list[dict[str, Any]], name: str) -> None:
    wanted = expected_scores(FILES[name])
    rewards = sorted(
        (f"{one['task_id']}:{one['trial']}", one["reward_info"]["reward"])
        for one in FILES[name]["simulations"]
    )
    first, second = (told["experiments"][name] for told in uploads)
    assert first == second
    assert [(row_id, scores["reward"]) for row_id, scores in first["rows"]] == rewards
    by_rest = fetch(server, "experiment", first["id"])
    assert sorted((row["id"], row["scores"]["reward"]) for row in by_rest) == rewards
    experiment = f"experiment('{BENCHMARK}/{name}')"
    by_sql = server.sql(f"SELECT id, scores.reward FROM {experiment} LIMIT 1000")
    assert sorted((row["id"], row["reward"]) for row in by_sql) == rewards
    means = ", ".join(f"avg(scores.{score}) AS {score}" for score in wanted)
    stored = f"SELECT {means} FROM {experiment}"
    anew = f"""
        WITH tasks AS (
            SELECT input.task_id AS task, avg(scores.reward) AS share, min(scores.reward) AS worst, count(*) AS trials
            FROM {experiment} GROUP BY 1
        )
        SELECT avg(share) AS pass_at_k, avg(worst) AS pass_exp_k, count(*) AS tasks, max(trials) AS trials FROM tasks"""
    assert first["scores"] == summary(server, first["id"]) == server.sql(stored)[0] == pytest.approx(wanted)
    assert server.sql(anew) == [
        {
            "pass_at_k": pytest.approx(wanted["pass_at_k"]),
            "pass_exp_k": pytest.approx(wanted["pass_exp_k"]),
            "tasks": TASKS,
            "trials": TRIALS,
        }
    ]
