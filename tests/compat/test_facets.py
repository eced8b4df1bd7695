"""The loop of facet prompts: logged facet calls → ground truth → `bt eval` → `bt sql`, every number checked anew."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.compat.whole_programs import Rows, Runner, fetch, make_runner
from tests.support.bt import Bt
from tests.support.servers import KEY, ServerProcess

pytestmark = [pytest.mark.slow]

SOURCE = "facet source"
Truth = tuple[Rows, dict[str, Any]]

TEXTS = {
    "a": "User: it shows an error. Assistant: sorry.",
    "b": "User: thanks, works!",
    "c": "User: I am angry: an error again.",
    "d": "User: play jazz. Assistant: playing.",
    "e": "User: where is my refund? Assistant: no idea.",
}
TRUTH = {
    "issues": {"a": "An error is shown.", "b": "NONE", "c": "An error again.", "d": "NONE",
               "e": "The refund is unknown."},
    "sentiment": {"a": "NONE", "b": "Positive", "c": "Negative", "d": "NONE", "e": "Negative"},
}  # fmt: skip
WINDOW = "created >= NOW() - INTERVAL 30 DAY AND created < NOW() + INTERVAL 1 HOUR"
MODELS = "span_attributes.type = 'llm' AND (metadata.model = 'brain-facet-latest' OR metadata.model = 'brain-facet-1')"


@pytest.fixture(scope="module")
def runner(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Runner:
    return make_runner(request.config, environment, tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def bt(new_bt: Callable[[str], Bt], runner: Runner) -> Callable[..., str]:
    """Runs `bt` where an .env file holds the key; returns its standard output."""
    (runner.folder / ".env").write_text(f"BRAINTRUST_API_KEY={KEY}\n")
    made = new_bt("facet programs")
    environment = {**runner.environment, **made.without_key()}
    environment["OPENAI_BASE_URL"] = runner.environment["OPENAI_BASE_URL"]
    for name in ("BRAINTRUST_API_KEY", "BRAINTRUST_DEFAULT_PROJECT"):
        environment.pop(name, None)
    there = replace(made, folder=runner.folder, environment=environment)

    def run(*arguments: str) -> str:
        return there.run(*arguments).stdout

    return run


@pytest.fixture(scope="module")
def calls(server: ServerProcess) -> Rows:
    """Facet calls as they stand in production logs: the root with its facets, a model call for each."""
    project = server.request("POST", "/v1/project", {"name": SOURCE})["id"]
    rows: Rows = []
    for key, text in TEXTS.items():
        trace = {"project_id": project, "log_id": "g", "root_span_id": f"trace-{key}"}
        values = {facet: truth[key] if truth[key] != "NONE" else "no_match" for facet, truth in TRUTH.items()}
        rows.append({**trace, "id": f"root-{key}", "span_id": f"root-{key}", "input": text, "facets": values,
                     "classifications": {"Task": [{"id": "support", "confidence": 0.9}]}})  # fmt: skip
        rows += [
            {**trace, "id": f"{key}-{facet}", "span_id": f"{key}-{facet}", "span_parents": [f"root-{key}"],
             "input": [{"role": "user", "content": f"Here is the data to analyze:\n{text}"}], "output": values[facet],
             "metadata": {"model": model, "facet_name": facet,
                          "suffix_messages": [[{"role": "user", "content": f"Extract the {facet} facet."}]]},
             "span_attributes": {"type": "llm", "name": "facet"}}
            for facet, model in (("issues", "brain-facet-latest"), ("sentiment", "brain-facet-1"))
        ]  # fmt: skip
    rows.append(
        {
            "project_id": project,
            "log_id": "g",
            "id": "other",
            "span_attributes": {"type": "llm"},
            "metadata": {"model": "gpt-5"},
        }
    )
    server.request("POST", "/logs3", {"rows": rows})
    return rows


@pytest.fixture(scope="module")
def ground_truth(bt: Callable[..., str], calls: Rows, runner: Runner) -> Truth:
    """Rows made of what `bt sql` finds in the logs, uploaded; the rows and what the upload printed."""
    project = next(
        one["id"]
        for one in json.loads(bt("projects", "list", "--json", "--env-file", ".env", "--no-input"))
        if one["name"] == SOURCE
    )
    columns = "id, root_span_id, span_id, created, input, output, metadata, span_attributes"
    query = f"SELECT {columns} FROM project_logs('{project}') WHERE {MODELS} AND {WINDOW}"
    query += " ORDER BY created DESC LIMIT 1000"
    found = json.loads(bt("sql", "--non-interactive", query, "--json", "--env-file", ".env", "--no-input"))[
        "data"
    ]
    rows = []
    for call in found:
        facet, key = call["metadata"]["facet_name"], call["id"][0]
        split = "validation" if key in "ce" else "train"
        rows.append({"id": f"{call['id']}:{facet}", "expected": TRUTH[facet][key], "tags": [facet, split],
                     "input": {"facet_name": facet, "preprocessed_text": TEXTS[key]},
                     "metadata": {"split": split, "production_output": call["output"],
                                  "source_root_span_id": call["root_span_id"]}})  # fmt: skip
    return rows, runner.run("facet_rows.py", stdin=json.dumps(rows))


def test_facet_calls_and_their_facets_are_found(
    bt: Callable[..., str], calls: Rows, ground_truth: Truth
) -> None:
    rows, _ = ground_truth
    assert {row["id"] for row in rows} == {f"{key}-{facet}:{facet}" for key in TEXTS for facet in TRUTH}
    traces = ", ".join(f"'trace-{key}'" for key in "ab")
    query = (
        "SELECT id, root_span_id, span_id, created, facets, classifications.Task[0].id AS topic "
        f"FROM project_logs('{SOURCE}') WHERE root_span_id IN ({traces}) AND facets IS NOT NULL ORDER BY created DESC"
    )
    found = json.loads(bt("sql", "--non-interactive", query, "--json", "--env-file", ".env"))["data"]
    assert {row["id"]: (row["facets"], row["topic"]) for row in found} == {
        row["id"]: (row["facets"], "support") for row in calls if row["id"] in ("root-a", "root-b")
    }


def test_facets_are_published_and_published_again(server: ServerProcess, ground_truth: Truth) -> None:
    rows, told = ground_truth
    assert sorted(told["rows"]) == sorted(row["id"] for row in rows)
    first, second = (answer["functions"] for answer in told["published"])
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert [[one["found_existing"] for one in answer] for answer in (first, second)] == [
        [False] * 2,
        [True] * 2,
    ]
    functions = f"project_functions('{told['project_id']}') WHERE function_type = 'facet'"
    assert server.sql(f"SELECT slug, function_data.prompt FROM {functions} ORDER BY slug") == [
        {"slug": f"facet-optimizer-{facet}", "prompt": f"Extract the {facet} facet, second try."}
        for facet in TRUTH
    ]
    (stored,) = server.request(
        "GET", f"/v1/function?project_id={told['project_id']}&slug=facet-optimizer-issues"
    )["objects"]
    assert stored["function_data"]["prompt"] == "Extract the issues facet, second try."


PER_FACET = """SELECT input.metadata.facet_name as facet,
avg(scores.binary_decision_match) as binary_match,
avg(scores.positive_recall) as positive_recall,
avg(scores.negative_specificity) as negative_specificity,
count(*) as n
FROM experiment('<experiment-id>')
WHERE span_attributes.name = 'binary_classification_scores'
GROUP BY input.metadata.facet_name
ORDER BY input.metadata.facet_name"""
FACTUALITY = """SELECT input.metadata.facet_name as facet,
avg(output.score) as factuality,
count(*) as n
FROM experiment('<experiment-id>')
WHERE span_attributes.name = 'Factuality'
GROUP BY input.metadata.facet_name
ORDER BY input.metadata.facet_name"""
FAILED = """SELECT input.metadata.dataset_row_id as row_id,
input.metadata.split as split,
input.expected as expected,
input.output as output
FROM experiment('<experiment-id>')
WHERE span_attributes.name = 'binary_classification_scores'
AND input.metadata.facet_name = 'issues'
AND scores.binary_decision_match = 0
LIMIT 20"""


def means(rows: Rows, name: str) -> dict[str, dict[str, float]]:
    """Means of the scores of one scorer's spans, by facet."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["span_attributes"]["name"] == name:
            for score, value in row["scores"].items():
                if value is not None:
                    values[row["input"]["metadata"]["facet_name"]][score].append(value)
    return {
        facet: {score: statistics.mean(found) for score, found in scores.items()}
        for facet, scores in values.items()
    }


def test_the_facet_evaluation_and_the_queries_behind_it(
    bt: Callable[..., str], runner: Runner, server: ServerProcess, ground_truth: Truth
) -> None:
    bt("eval", "--env-file", ".env", "--runner", str(runner.interpreter), "eval_facet.py")
    (listed,) = json.loads(bt("experiments", "list", "--env-file", ".env", "-p", "Facet optimizer", "--json"))
    assert listed["name"] == "facet-optimizer-brain-facet-1"

    def ask(query: str) -> Rows:
        text = query.replace("<experiment-id>", listed["id"])
        printed = bt(
            "sql", "--env-file", ".env", "-p", "Facet optimizer", "--json", "--non-interactive", text
        )
        return json.loads(printed)["data"]

    rows = fetch(server, "experiment", listed["id"])
    decided, judged = means(rows, "binary_classification_scores"), means(rows, "Factuality")
    assert ask(PER_FACET) == [
        {"facet": facet, "binary_match": decided[facet]["binary_decision_match"],
         "positive_recall": decided[facet]["positive_recall"],
         "negative_specificity": decided[facet]["negative_specificity"], "n": 5}
        for facet in ("issues", "sentiment")
    ]  # fmt: skip
    assert [decided[facet]["positive_recall"] for facet in TRUTH] == [2 / 3, 2 / 3]
    assert ask(FACTUALITY) == [
        {"facet": facet, "factuality": pytest.approx(judged[facet]["Factuality"]), "n": 5}
        for facet in ("issues", "sentiment")
    ]
    assert ask(FAILED) == [
        {
            "row_id": "e-issues:issues",
            "split": "validation",
            "expected": "The refund is unknown.",
            "output": "NONE",
        }
    ]
