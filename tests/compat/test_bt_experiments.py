"""`bt experiments` and `bt eval` against a server: what they print is what summaries and SQL say."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from tests.compat.conftest import PROGRAMS, Client
from tests.support.bt import Bt
from tests.support.published import NodeClients
from tests.support.servers import Refused, ServerProcess

pytestmark = [pytest.mark.slow]

Command = tuple[str, ...]

PROJECT = "to compare"
SCORES = {"one": (0.25, 0.5, 1 / 3), "two / ü": (0.75, 0.1, 1 / 3), "three": (1.0, 0.0, 0.9)}
BASE, *CANDIDATES = SCORES
HARD = (28 / 30, 29 / 31, 26 / 27)  # `bt` misreads all three unless they are spelled for it


@pytest.fixture(scope="module")
def bt(new_bt: Callable[[str], Bt]) -> Bt:
    return new_bt(PROJECT)


@pytest.fixture(scope="module")
def experiments(bt: Bt, server: ServerProcess) -> dict[str, str]:
    """Three experiments over the same cases: name → id. No test adds to them."""
    made: dict[str, str] = {}
    for (name, scores), hard in zip(SCORES.items(), HARD, strict=True):
        body = {"project_id": bt.project_id, "name": name, "description": f"about {name}"}
        made[name] = server.request("POST", "/v1/experiment", body)["id"]
        rows = [
            {"id": f"{name}{at}", "input": at, "scores": {"quality": score, "none": 0, "same": 1, "hard": hard},
             "metrics": {"start": 0, "end": at + score, "sevenths": at / 7 + hard}}
            for at, score in enumerate(scores)
        ]  # fmt: skip
        server.request("POST", f"/v1/experiment/{made[name]}/insert", {"events": rows})
    return made


def summary(server: ServerProcess, experiment: str, base: str | None = None) -> dict[str, Any]:
    more = f"&comparison_experiment_id={base}" if base else ""
    return server.request("GET", f"/v1/experiment/{experiment}/summarize?summarize_scores=true{more}")


def test_listed_and_viewed(bt: Bt, server: ServerProcess, experiments: dict[str, str]) -> None:
    listed = {one["name"]: one for one in bt.json("experiments", "list")}
    assert {name: listed[name]["id"] for name in experiments} == experiments
    assert "3 experiments found" in bt("experiments", "list")
    for name, experiment in experiments.items():
        stored = server.request("GET", f"/v1/experiment/{experiment}")
        shown = bt.json("experiments", "view", name)
        assert shown == {key: stored[key] for key in shown}
        page = f"{server.url}/app/local/p/{quote(PROJECT)}/experiments/{quote(name, safe='')}"
        assert page in bt("experiments", "view", name)
    assert "not found" in bt("experiments", "view", "nothing", status=4)


def test_several_candidates_are_compared(bt: Bt, server: ServerProcess, experiments: dict[str, str]) -> None:
    report = bt.json("experiments", "compare", *SCORES)
    assert report["base"] == {"id": experiments[BASE], "name": BASE, "url": report["base"]["url"]}
    assert [one["id"] for one in report["comparisons"]] == [experiments[name] for name in CANDIDATES]
    rows = {(row["metric"], row["experiment"]): row for row in report["rows"]}
    for name, experiment in experiments.items():
        said = summary(server, experiment, experiments[BASE] if name != BASE else None)
        (sql,) = server.sql(
            f"SELECT avg(scores.quality) AS quality, avg(scores.none) AS none, avg(scores.same) AS same, "
            f"avg(scores.hard) AS hard, avg(metrics.end - metrics.start) AS duration, "
            f"avg(metrics.sevenths) AS sevenths FROM experiment('{experiment}')"
        )
        values = {metric: item["score"] for metric, item in said["scores"].items()}
        values |= {metric: item["metric"] for metric, item in said["metrics"].items() if metric in sql}
        assert values == sql
        assert values.keys() == {"quality", "none", "same", "hard", "duration", "sevenths"}
        for metric, value in values.items():
            row, item = rows[metric, name], {**said["scores"], **said["metrics"]}[metric]
            assert row["value"] == value
            if name == BASE:
                assert row["delta_vs_base"] is None
            else:
                assert row["delta_vs_base"] == item["diff"]
                counts = (item["improvements"], item["regressions"])
                assert (row["improvements"], row["regressions"]) == counts


def test_the_table_says_the_same(bt: Bt, server: ServerProcess, experiments: dict[str, str]) -> None:
    printed = bt("experiments", "compare", *SCORES)
    base, two, three = (
        summary(server, experiment, experiments[BASE] if name != BASE else None)["scores"]["quality"]
        for name, experiment in experiments.items()
    )
    cells = [f"{base['score']:.2%}"]
    cells += [
        f"{one['score']:.2%} ({one['diff']:+.2%}; ↑{one['improvements']}/↓{one['regressions']})"
        for one in (two, three)
    ]
    assert cells == ["36.11%", "39.44% (+3.33%; ↑1/↓1)", "63.33% (+27.22%; ↑2/↓1)"]
    assert re.search(r"quality +" + r" +".join(re.escape(cell) for cell in cells), printed), printed
    assert re.search(r"same +100.00% +100.00% +100.00%", printed), printed


def test_rows_without_anything_to_say_need_all(bt: Bt, experiments: dict[str, str]) -> None:
    assert experiments
    assert not re.search(r"\bnone\b +0.00%", bt("experiments", "compare", *SCORES))
    assert re.search(r"\bnone\b +0.00%", bt("experiments", "compare", *SCORES, "--all"))


def test_other_ways_to_name_what_is_compared(
    bt: Bt, server: ServerProcess, experiments: dict[str, str]
) -> None:
    assert experiments
    wanted = bt.json("experiments", "compare", BASE, "three")
    assert bt.json("experiments", "summary", "--base", BASE, "-c", "three") == wanted
    page = f"{server.url}/app/local/p/{quote(PROJECT)}/experiments/{BASE}?c=three&lt=comparison"
    assert bt.json("experiments", "compare", "--url", page) == wanted
    assert "not found" in bt("experiments", "compare", BASE, "nothing", status=4)


def test_deleted_experiments_are_gone(bt: Bt, server: ServerProcess) -> None:
    body = {"project_id": bt.project_id, "name": "to delete"}
    made = server.request("POST", "/v1/experiment", body)["id"]
    bt("experiments", "delete", "to delete", "--force")
    assert made not in [one["id"] for one in bt.json("experiments", "list")]
    with pytest.raises(Refused, match="experiment_not_found"):
        server.request("GET", f"/v1/experiment/{made}")
    assert "not found" in bt("experiments", "delete", "to delete", "--force", status=4)


# -- eval --------------------------------------------------------------------------------------------------


@pytest.fixture
def eval_python(
    python: Client, new_bt: Callable[[str], Bt], request: pytest.FixtureRequest
) -> tuple[Bt, Command]:
    """A `bt` in a project of its own, and the `bt eval` of a Python file."""
    bt = new_bt(request.node.name)
    shutil.copy(PROGRAMS / "sums_eval.py", bt.folder)
    environment = {**bt.environment, "COMPAT_PROJECT": bt.project}
    return replace(bt, environment=environment), ("eval", "--runner", python.interpreter, "sums_eval.py")


@pytest.fixture
def eval_typescript(
    packages: NodeClients, new_bt: Callable[[str], Bt], request: pytest.FixtureRequest
) -> tuple[Bt, Command]:
    """The same in TypeScript."""
    bt = new_bt(request.node.name)
    shutil.copy(PROGRAMS / "sums.eval.ts", bt.folder)
    (bt.folder / "node_modules").symlink_to(packages.modules)
    path = os.pathsep.join((str(packages.modules / ".bin"), packages.path))
    environment = {**bt.environment, "COMPAT_PROJECT": bt.project, "PATH": path}
    return replace(bt, environment=environment), ("eval", "--runner", "tsx", "sums.eval.ts")


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_an_eval_runs_and_prints_what_the_server_says(
    language: str, request: pytest.FixtureRequest, server: ServerProcess
) -> None:
    bt, command = request.getfixturevalue(f"eval_{language}")
    printed = bt(*command)
    (experiment,) = server.request("GET", f"/v1/experiment?project_id={bt.project_id}")["objects"]
    assert re.search(r"Levenshtein +83.33%", printed), printed
    page = f"experiments/{quote('from the command line')}"
    assert f"{server.url}/app/local/p/{quote(bt.project, safe='')}/{page}" in printed
    rows = server.sql(
        f"SELECT input, output, expected FROM experiment('{experiment['id']}') WHERE is_root ORDER BY input"
    )
    assert [list(row.values()) for row in rows] == [["bar", "bar", "baz"], ["foo", "foo", "foo"]]
    again = json.loads(bt.run(*command, "--jsonl").stdout.splitlines()[-1])
    assert again["comparisonExperimentName"] == "from the command line"
    said = summary(server, again["experimentId"], experiment["id"])["scores"]["Levenshtein"]
    assert again["scores"]["Levenshtein"]["score"] == said["score"]
    (sql,) = server.sql(f"SELECT avg(scores.Levenshtein) AS mean FROM experiment('{again['experimentId']}')")
    assert sql["mean"] == said["score"]


def test_an_eval_is_listed_and_tried_without_a_trace_on_the_server(eval_python: tuple[Bt, Command]) -> None:
    bt, command = eval_python
    assert "from the command line" in bt(*command, "--list")
    assert "100.00%" in bt(*command, "--no-send-logs", "--first", "1")
    assert bt.json("experiments", "list") == []


def test_an_eval_that_fails_says_so(eval_python: tuple[Bt, Command]) -> None:
    bt, command = eval_python
    file = bt.folder / command[-1]
    file.write_text(file.read_text().replace('"foo"', "undefined_name", 1))
    with bt.start(*command) as process:
        output, errors = process.communicate(timeout=90)
    assert process.returncode != 0
    assert "undefined_name" in output + errors
