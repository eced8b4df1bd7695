"""`assay experiments plan` and `reliability` against a real server: the numbers of the API, in words and tables."""

from __future__ import annotations

import uuid

import pytest

from tests.sdk.cli.conftest import Assay
from tests.sdk.cli.test_commands import insert_experiment
from tests.support.servers import ServerProcess


@pytest.fixture
def project(assay: Assay, server: ServerProcess) -> str:
    """A project with two experiments of thirty cases."""
    name = f"plans {uuid.uuid4().hex[:8]}"
    key = assay("projects", "create", name).out.strip()
    insert_experiment(server, key, "before", [0.5 + 0.1 * (n % 3) for n in range(30)])
    insert_experiment(server, key, "after", [0.5 + 0.1 * (n % 4) for n in range(30)])
    return name


def test_a_run_is_planned(assay: Assay, project: str) -> None:
    words = ("experiments", "plan", "after", "-p", project, "--difference", "0.02", "--cases", "60")
    answer = assay(*words, "--json").json
    (quality,) = answer["scores"]
    assert (quality["basis"], quality["difference"], answer["forecast"]["cases"]) == ("pairs", 0.02, 60)
    shown = assay(*words, "--concurrency", "4").out
    heading, _, row, text, forecast = shown.splitlines()
    assert heading == "a run like after beside before: 60 cases × 1 trial"
    assert f"≥ {100 * quality['detectable']:.1f} pp" in row
    assert f"{quality['cases_needed']:,} for 2.0 pp" in row
    assert text == f"quality: {quality['text']}"
    assert "for 2.0 points you need about" in text
    assert forecast == "forecast: 60 runs, 15.0 s at concurrency 4"
    refused = assay("experiments", "plan", "after", "-p", project, "--score", "none")
    assert refused.code == 1
    assert "There is no score 'none' here" in refused.err


def test_what_wavers_is_listed(assay: Assay, server: ServerProcess, project: str) -> None:
    key = assay("projects", "view", project, "--json").json["id"]
    insert_experiment(server, key, "later", [0.4 if n == 7 else 0.5 + 0.1 * (n % 4) for n in range(30)])
    insert_experiment(server, key, "latest", [0.6 for n in range(30)])
    words = ("experiments", "reliability", "latest", "-p", project)
    answer = assay(*words, "--json").json
    assert [case["input"] for case in answer["cases"]] == ["case 7"]
    shown = assay(*words).out
    assert "latest and 3 earlier experiments" in shown
    cells = [line.split() for line in shown.splitlines()]
    assert ["quality", "1", "100.0", "%", "100.0", "%", "29", "0", "1"] in cells
    assert ["flaky", "1/1,", "1/1,", "0/1,", "1/1", "case", "7", "latest-7"] in cells
    stable = assay(*words, "--label", "stable_pass", "-n", "7", "--json").json
    assert (len(stable["cases"]), stable["cursor"] is None) == (7, False)
    assert "the first 7 of them" in assay(*words, "--label", "stable_pass", "-n", "7").err
    assert "no stable fail cases by quality" in assay(*words, "--label", "stable_fail").err
