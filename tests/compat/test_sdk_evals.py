"""What `Eval` and `init` of the published SDKs leave behind: cases, trials, errors, classes, bases, and the numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from assay.cli.app import cli
from tests.compat.conftest import NODE, PYTHON, Day
from tests.compat.reading import by_rest
from tests.support.bt import Bt
from tests.support.servers import KEY, ServerProcess

pytestmark = [pytest.mark.slow]

MEANS = {"exact": 0.4, "small": 0.5, "half": 0.5, "broken": 0.1, "tools": 0.8, "several": 0, "nothing": 0}
"""Of five cases: the last failed and got zeros for the scorers that never saw it."""


@pytest.fixture
def day(ran: Callable[[str], Day]) -> Day:
    return ran("evals")


def everything(server: ServerProcess, day: Day, columns: str, condition: str) -> list[dict[str, Any]]:
    """Rows of the experiment `everything` by SQL, after checking that REST has the same values."""
    experiment = day.seen["everything"]["id"]
    query = f"SELECT id, {columns} FROM experiment('{experiment}') WHERE {condition} ORDER BY input, _pagination_key"
    rows = server.sql(query)
    rest = {row["id"]: row for row in by_rest(server, "experiment", experiment)}
    for row in rows:
        assert {name: rest[row["id"]][name] for name in row} == row
    return rows


def test_cases_have_trials_tags_metadata_and_classes(server: ServerProcess, day: Day) -> None:
    roots = everything(
        server, day, "input, output, expected, error, metadata, tags, classifications", "is_root"
    )
    assert [(row["input"], row["output"], row["expected"]) for row in roots] == [
        (1, 3, 3), (1, 3, 3), (2, 6, 5), (2, 6, 5), (3, None, None),
    ]  # fmt: skip
    finished = roots[:4]
    assert sorted(row["metadata"]["seen"] for row in finished) == [[1, 0, 3], [1, 1, 3], [2, 0, 5], [2, 1, 5]]
    assert [row["metadata"].get("level") for row in finished] == ["easy", "easy", None, None]
    assert [row["tags"][-1] for row in finished] == ["ran"] * 4
    classes = [row["classifications"]["parity"] for row in finished]
    odd, even = (
        {"id": name, "label": "Parity", "metadata": {"of": of}} for name, of in (("odd", 3), ("even", 6))
    )
    assert classes == [[odd], [odd], [even], [even]]
    assert "three is not allowed" in roots[4]["error"]
    assert [row["error"] for row in finished] == [None] * 4
    assert sorted(case["input"] for case in day.seen["cases"]) == [1, 1, 2, 2, 3]
    assert day.seen["at_once"] <= 2


def test_scorers_may_return_several_scores_none_or_fail(server: ServerProcess, day: Day) -> None:
    spans = everything(
        server,
        day,
        "span_attributes, output, scores, error, metadata, input",
        "span_attributes.purpose = 'scorer'",
    )
    by_name: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        by_name.setdefault(span["span_attributes"]["name"], []).append(span)
    assert {name: len(found) for name, found in by_name.items()} == dict.fromkeys(
        ("exact", "several", "nothing", "broken", "tools", "parity"), 4
    )
    assert [span["scores"] for span in by_name["several"]] == [{"small": 1, "half": 0.5}] * 2 + [
        {"small": 0, "half": 0.5}
    ] * 2
    assert by_name["several"][0]["metadata"]["small"] == {"limit": 5}
    assert not any((span["scores"] or {}).get("nothing") for span in by_name["nothing"])
    failed = [span for span in by_name["broken"] if span["error"]]
    assert [span["input"]["input"] for span in failed] == [2, 2]
    assert {span["span_attributes"]["type"] for span in by_name["parity"]} == {"classifier"}
    roots = everything(server, day, "metadata", "is_root AND input = 2")
    assert all("two is odd to me" in root["metadata"]["scorer_errors"]["broken"] for root in roots)


def test_scorers_read_the_thread_of_their_case(server: ServerProcess, day: Day) -> None:
    query = f"SELECT metadata FROM experiment('{day.seen['thread']}') WHERE span_attributes.type = 'score'"
    (scored,) = server.sql(query)
    said = [(message["role"], message["content"]) for message in scored["metadata"]["thread"]]
    answers = [("user", "twice 4?"), ("assistant", "4"), ("user", "sure?"), ("assistant", "8")]
    assert said == answers


def test_the_means_count_every_case_once(server: ServerProcess, day: Day) -> None:
    experiment = day.seen["everything"]["id"]
    summary = server.request("GET", f"/v1/experiment/{experiment}/summarize?summarize_scores=true")
    assert day.seen["everything"]["scores"] == MEANS
    assert {name: item["score"] for name, item in summary["scores"].items()} == MEANS
    for name, mean in MEANS.items():
        assert server.sql(f"SELECT avg(scores.{name}) AS mean FROM experiment('{experiment}')") == [
            {"mean": mean}
        ]
    about = server.request("GET", f"/v1/experiment/{experiment}")
    assert [about[name] for name in ("description", "tags", "metadata")] == [
        "all at once", ["nightly"], {"model": "m"},
    ]  # fmt: skip


def test_what_took_too_long_is_there(server: ServerProcess, day: Day) -> None:
    assert day.seen["timeout"] == "Evaluator timed out"
    rows = server.sql(f"SELECT input, output FROM experiment('{day.project}/too long') WHERE is_root")
    assert rows == [{"input": 1, "output": None}]


def test_bases_are_chosen_by_name_commit_and_time(server: ServerProcess, day: Day) -> None:
    compared = {told["name"]: told["compared_with"] for told in day.seen["bases"]}
    ancestor = {PYTHON: "at one", NODE: "at two"}  # the one sends what was pushed, the other what was not
    assert compared == {
        "at one": None,
        "at two": "at one",
        "without commit": "at two",
        "at three": ancestor[day.client],
        "by time": "at three",
        "unknown base": "by time",
        "by id": "at one",
        "climbed": "at two",
        "climbed again": "climbed",
    }
    for told in day.seen["bases"]:
        summary = server.request("GET", f"/v1/experiment/{told['id']}/summarize?summarize_scores=true")
        assert summary["comparison_experiment_name"] == told["compared_with"]
    commits = [
        server.request("GET", f"/v1/experiment/{told['id']}")["repo_info"] for told in day.seen["bases"][:4]
    ]
    assert [(one or {}).get("commit_message") for one in commits] == ["one", "two", None, "three"]


def test_outputs_of_a_base_are_the_next_cases(server: ServerProcess, day: Day) -> None:
    project = f"{day.project}, bases"
    for name in ("climbed", "climbed again"):
        rows = server.sql(f"SELECT input, expected, output FROM experiment('{project}/{name}') WHERE is_root")
        assert rows == [{"input": 1, "expected": 2, "output": 2}]


def test_an_experiment_by_hand_is_summarized_against_what_is_asked(server: ServerProcess, day: Day) -> None:
    against, plain = day.seen["against"], day.seen["plain"]
    assert (against["compared_with"], against["scores"], day.seen["diff"]) == ("at two", {"one": 0.5}, -0.5)
    assert day.seen["hops"] == 3
    assert (plain["compared_with"], plain["scores"]) == (None, {})
    first = day.seen["bases"][0]
    assert day.seen["base"] == [first["id"], "at one"]
    assert day.seen["closed"]
    assert day.seen["updated"]
    other = server.request("GET", f"/v1/experiment/{against['id']}/summarize?summarize_scores=true")
    assert (other["comparison_experiment_name"], other["scores"]["one"]["diff"]) == ("at one", -0.5)


def items(server: ServerProcess, day: Day, path: str) -> dict[str, Any]:
    """The scores and metrics an endpoint has for the experiment `squares`."""
    name = f"project_name={day.project.replace(' ', '+')},+numbers"
    found = server.request("GET", f"/v1/experiment?{name}")["objects"]
    ids = {one["name"]: one["id"] for one in found}
    answer = server.request("GET", path.format(**ids))
    return {**answer["scores"], **answer["metrics"]}


PATHS = {
    "summarize": "/v1/experiment/{squares}/summarize?summarize_scores=true",
    "comparison": "/experiment-comparison2?experiment_id={squares}&base_experiment_id={straight}",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_both_endpoints_say_what_the_client_was_told(server: ServerProcess, day: Day, path: str) -> None:
    answer = items(server, day, path)
    assert set(answer) == set(day.seen["numbers"]) >= {"sevenths", "thirds", "duration"}
    for name, told in day.seen["numbers"].items():
        assert {key: answer[name].get(key) for key in told} == told


def test_sql_says_what_the_client_was_told(server: ServerProcess, day: Day) -> None:
    project = f"{day.project}, numbers"
    for name in ("sevenths", "thirds"):
        means = {
            experiment: server.sql(
                f"SELECT avg(scores.{name}) AS mean FROM experiment('{project}/{experiment}')"
            )
            for experiment in ("squares", "straight")
        }
        (now,), (before,) = means["squares"], means["straight"]
        told = day.seen["numbers"][name]
        assert told["score"] == now["mean"]
        assert told["diff"] == now["mean"] - before["mean"]
    squares = [number * number for number in range(1, 6)]
    assert day.seen["numbers"]["sevenths"]["score"] == pytest.approx(
        math.fsum(n % 7 / 7 for n in squares) / 5
    )
    assert (
        day.seen["numbers"]["sevenths"]["improvements"] == 1
    )  # 2² = 4; 3² = 9, 4² = 16 and 5² = 25 fall back
    assert day.seen["numbers"]["sevenths"]["regressions"] == 3


def test_bt_compares_with_the_same_numbers(new_bt: Callable[[str], Bt], day: Day) -> None:
    bt = new_bt(f"{day.project}, numbers")  # a project of this name is there already
    report = bt.json("experiments", "compare", "straight", "squares", "--all")
    rows = {row["metric"]: row for row in report["rows"] if row["experiment"] == "squares"}
    for name, told in day.seen["numbers"].items():
        row = rows[name]
        assert row["value"] == told.get("score", told.get("metric"))
        assert row["delta_vs_base"] == told["diff"]
        assert (row["improvements"], row["regressions"]) == (told["improvements"], told["regressions"])


def test_our_own_client_prints_the_same_numbers(
    server: ServerProcess, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_URL", server.url)
    monkeypatch.setenv("ASSAY_API_KEY", KEY)

    def assay(*words: str) -> str:
        command = ["experiments", "compare", "squares", "straight", "-p", f"{day.project}, numbers", *words]
        done = CliRunner().invoke(cli, command, prog_name="assay")
        assert done.exit_code == 0, done.output
        return done.stdout

    ours = {
        item["name"]: item for kind in ("scores", "metrics") for item in json.loads(assay("--json"))[kind]
    }
    for name, told in day.seen["numbers"].items():
        mean = told.get("score", told.get("metric"))
        changes = [told[key] for key in ("diff", "improvements", "regressions")]
        assert [mean, *changes] == [
            ours[name][key] for key in ("mean", "diff", "improvements", "regressions")
        ]
    table = assay()
    for name in ("sevenths", "thirds"):
        told = day.seen["numbers"][name]
        (line,) = [line for line in table.splitlines() if line.split()[:1] == [name]]
        assert f"{told['score'] * 100:.1f} %" in line
        assert f"{told['diff'] * 100:+.1f} pp" in line
        if day.client == PYTHON:
            (published,) = [line for line in day.seen["printed"].splitlines() if f"'{name}'" in line]
            assert published.startswith(f"{told['score'] * 100:05.2f}% ({told['diff'] * 100:+06.2f}%)")
            assert f"({told['improvements']} improvements, {told['regressions']} regressions)" in published
