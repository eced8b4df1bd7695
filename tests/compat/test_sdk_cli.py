"""`braintrust eval` of the published SDKs: files, folders, filters, and what the shell is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compat.conftest import NODE, PYTHON, Client
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

SUMS = {PYTHON: "sums_eval.py", NODE: "sums.eval.ts"}
NAMES = {PYTHON: "suite/eval_names.py", NODE: "suite/names.eval.ts"}


def exact(server: ServerProcess, project: str, experiment: str) -> dict[str, Any]:
    """Whether each case of an experiment matched, by input."""
    source = f"experiment('{project}/{experiment}')"
    scores = server.sql(
        f"SELECT root_span_id, scores.ExactMatch AS exact FROM {source} WHERE scores.ExactMatch IS NOT NULL"
    )
    by_case = {row["root_span_id"]: row["exact"] for row in scores}
    cases = server.sql(f"SELECT root_span_id, input FROM {source} WHERE is_root")
    return {case["input"]: by_case[case["root_span_id"]] for case in cases}


def test_one_file(server: ServerProcess, client: Client) -> None:
    project = f"one file of {client.name}"
    assert "83.33%" in client.eval(SUMS[client.name], project=project)
    (row,) = server.sql(
        f"SELECT avg(scores.Levenshtein) AS mean FROM experiment('{project}/from the command line')"
    )
    assert row == {"mean": pytest.approx((1 + 2 / 3) / 2)}


def test_a_folder_with_a_failing_task_ends_with_status_1_and_keeps_the_rest(
    server: ServerProcess, client: Client
) -> None:
    project = f"folder of {client.name}"
    client.eval("suite", project=project, status=1)
    assert exact(server, project, "capitals") == {"ada": 1, "bob": 0}
    assert exact(server, project, "shouts") == {"ada": 0, "bob": 0}
    cases = server.sql(
        f"SELECT input, output, error FROM experiment('{project}/failing') WHERE is_root ORDER BY input"
    )
    assert [(case["input"], case["output"]) for case in cases] == [(2, 1), (3, None)]
    assert cases[0]["error"] is None
    assert "3 is odd" in cases[1]["error"]


def test_a_filter_takes_some_cases_of_several_files(server: ServerProcess, client: Client) -> None:
    project = f"filter of {client.name}"
    files = (NAMES[client.name], SUMS[client.name])
    client.eval(*files, "--filter", "metadata.priority=^P0$", project=project)
    assert exact(server, project, "capitals") == {"ada": 1}
    assert exact(server, project, "shouts") == {"ada": 0}
    assert exact(server, project, "from the command line") == {}


def test_listing_runs_nothing(server: ServerProcess, client: Client) -> None:
    project = f"list of {client.name}"
    listed = client.eval(SUMS[client.name], "suite", "--list", project=project)
    assert all(name in listed for name in ("from the command line", "capitals", "shouts", "failing"))
    assert server.request("GET", f"/v1/experiment?project_name={project.replace(' ', '+')}")["objects"] == []
