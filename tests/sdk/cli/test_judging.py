"""How a comparison is judged, from the command line: every command asks the server what the API can be asked."""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from tests.sdk.cli.conftest import Assay
from tests.support.servers import ServerProcess

CASES = 48
TALK = "metadata.talk"


def events(run: str, shift: float) -> list[dict[str, Any]]:
    """Cases in talks of four; `Fit` is graded, `Lies` pass or fail or null; the last case of each run is its own."""
    chance = random.Random(run)
    return [
        {
            "id": f"{run}-{n}",
            "input": f"{run} alone" if n == CASES - 1 else f"case {n}",
            "output": f"{run} says {n}",
            "scores": {
                "Fit": 0.3 + 0.02 * (n // 4) + shift + 0.1 * chance.random(),
                "Lies": None if n % 8 == 0 else float(chance.random() < 0.4),
            },
            "metadata": {"talk": f"talk {n // 4}", "tier": "gold" if n % 2 else "free"},
            "metrics": {"start": 0.0, "end": 1.0},
        }
        for n in range(CASES)
    ]


@pytest.fixture(scope="module")
def project(server: ServerProcess) -> str:
    """A project with `old` and `new`, where fewer lies are better."""
    name = f"judging {uuid.uuid4().hex[:8]}"
    made = server.request("POST", "/v1/project", {"name": name})["id"]
    server.request("PATCH", f"/v1/project/{made}", {"settings": {"score_directions": {"Lies": "lower"}}})
    for run, shift in (("old", 0.0), ("new", 0.03)):
        body = {"project_id": made, "name": run}
        experiment = server.request("POST", "/v1/experiment", body)["id"]
        server.request("POST", f"/v1/experiment/{experiment}/insert", {"events": events(run, shift)})
    return name


def api(server: ServerProcess, project: str, kind: str, **query: Any) -> Any:
    """What the API says about `new`."""
    found = server.request("GET", f"/v1/experiment?{urlencode({'project_name': project})}")["objects"]
    [new] = [one["id"] for one in found if one["name"] == "new"]
    return server.request("GET", f"/v1/experiment/{new}/{kind}?{urlencode(query)}")


JUDGING = {"cluster": TALK, "margin": 0.05, "correction": "bh", "method": "bca", "level": 0.9}
OPTIONS = tuple(word for name, value in JUDGING.items() for word in (f"--{name}", str(value)))


def test_a_comparison_is_judged_as_asked_for(assay: Assay, server: ServerProcess, project: str) -> None:
    words = ("experiments", "compare", "new", "old", "-p", project)
    answer = api(server, project, "compare", to="old", **JUDGING)
    assert assay(*words, *OPTIONS, "--json").json == answer
    assert assay(*words, "--json").json == api(server, project, "compare", to="old")
    items = {item["name"]: item for item in answer["scores"]}
    assert (items["Fit"]["method"], items["Fit"]["units"], answer["level"]) == ("bca", CASES // 4, 0.9)
    assert assay("experiments", "view", "new", "-p", project, *OPTIONS, "--json").json == answer

    shown = assay(*words, *OPTIONS).out.splitlines()
    assert "90 % interval" in shown[1]
    seen = ", ".join(f"{name} {100 * item['detectable']:.1f} pp" for name, item in items.items())
    assert f"  the smallest difference this run could have seen: {seen}" in shown
    assert "  lower is better: Lies" in shown
    assert "  equivalent: Fit within ± 5.0 pp, Lies within ± 5.0 pp" in shown
    assert "  not scored: Lies 6× null (coverage 87.5 %)" in shown
    assert (
        f"  judged with: the Benjamini–Hochberg correction over 2 scores, cases clustered by {TALK}" in shown
    )
    [warning] = [line for line in shown if "only in this experiment" in line]
    assert (
        "1 case is only in this experiment (1 not in the other run) and 1 only in the baseline (1 not"
        in warning
    )
    assert shown[-1].endswith(f"/experiments/new?c=old&{urlencode(JUDGING)}")


def test_cases_name_their_cluster_and_slices_are_judged(
    assay: Assay, server: ServerProcess, project: str
) -> None:
    words = ("experiments", "compare", "new", "old", "-p", project, "--cluster", TALK)
    listed = assay(*words, "--cases", "all", "-n", "60", "--json").json["case_list"]
    numbers = {case["cluster"]: case["row_id"] for case in listed if case["row_id"] == f"new-{4 * 7}"}
    assert (len(listed), numbers) == (CASES, {"talk 7": "new-28"})
    assert listed == api(server, project, "cases", to="old", cluster=TALK, limit=60)["cases"]
    assert "talk 11" in assay(*words, "--cases", "unmatched").out.splitlines()[-1]
    lines = assay(*words, "--slice", "metadata.tier").out.splitlines()
    answer = api(server, project, "compare", to="old", cluster=TALK, slice="metadata.tier")
    for found in answer["slices"]:
        [line] = [line for line in lines if line.startswith(found["value"])]
        for item in found["scores"]:
            assert f"({item['diff'] * 100:+.1f}, {item['verdict']})" in line
    refused = assay("experiments", "compare", "new", "-p", project, "--cluster", "lower(x)")
    assert (refused.code, "is no path" in refused.err) == (1, True)


def test_plan_and_reliability_take_the_same_key(assay: Assay, server: ServerProcess, project: str) -> None:
    for command, query, heading in (
        ("plan", {"to": "old"}, "a run like new beside old: 48 cases × 1 trial"),
        ("reliability", {"label": "flaky", "limit": 20}, "new and 1 earlier experiment"),
    ):
        words = ("experiments", command, "new", *(["old"] if command == "plan" else []), "-p", project)
        answers = [assay(*words, *more, "--json").json for more in ((), ("--cluster", TALK))]
        assert answers == [api(server, project, command, **query, **more) for more in ({}, {"cluster": TALK})]
        assert answers[0]["scores"] != answers[1]["scores"]
        assert assay(*words).out.splitlines()[0] == heading
        assert assay(*words, "--cluster", TALK).out.splitlines()[0] == f"{heading}, clustered by {TALK}"


def test_a_gate_and_its_reports_judge_alike(
    assay: Assay, server: ServerProcess, project: str, tmp_path: Path
) -> None:
    files = ("--markdown", tmp_path / "m.md", "--junit", tmp_path / "j.xml")
    words = ("experiments", "gate", "new", "old", "-p", project, "--fail-if", "Fit drops", *files)
    [plain], [clustered] = (
        assay(*words, *more, "--json").json["findings"]
        for more in ((), ("--cluster", TALK, "--method", "bca"))
    )
    for finding, query in ((plain, {}), (clustered, {"cluster": TALK, "method": "bca"})):
        [item] = [
            one
            for one in api(server, project, "compare", to="old", **query)["scores"]
            if one["name"] == "Fit"
        ]
        assert finding["interval"] == item["diff_interval"]
    assert plain["interval"] != clustered["interval"]
    markdown = (tmp_path / "m.md").read_text()
    output = ElementTree.parse(tmp_path / "j.xml").getroot()[0].findtext("system-out") or ""
    for text in (
        "the smallest difference this run could have seen",
        "lower is better",
        "(1 not in the other run)",
    ):
        assert text in markdown
        assert text in output
    assert f"cases clustered by {TALK}" in markdown
    assert f"?c=old&cluster={TALK}&method=bca>)" in markdown


def test_a_capsule_holds_the_comparison_as_it_was_judged(
    assay: Assay, server: ServerProcess, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "judged.capsule"
    assert assay("capsule", "save", "new", "old", "-p", project, "-o", file, *OPTIONS).code == 0
    stated = json.loads(assay("capsule", "open", file, "--print", "comparison.json").out)
    assert stated == api(server, project, "compare", to="old", **JUDGING)
    checked = assay("capsule", "verify", file)
    assert (checked.code, checked.out.count("ok  ")) == (0, 3), checked.out
    assert f"cases clustered by {TALK}" in assay("capsule", "open", file).out
