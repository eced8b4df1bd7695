"""What a comparison can be asked for: several baselines, clusters, slices, margins, corrections, reasons."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from assay_server.recompute import recompute
from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import Row, eval_trace

_names = itertools.count()


@pytest.fixture
def project(client: Client) -> str:
    return client.create("project", name=f"questions {next(_names)}")


def run(client: Client, project: str, name: str, rows: list[Row], **values: Any) -> str:
    experiment = client.create("experiment", project_id=project, name=name, **values)
    client.insert("experiment", experiment, *rows)
    return experiment


def traces(prefix: str, scores: list[float | None], *, score: str = "S", **root: Any) -> list[Row]:
    """One case per score; values of `root` that are callable get the number of the case."""
    return [
        row
        for i, value in enumerate(scores)
        for row in eval_trace(
            f"{prefix}-{i}",
            input={"case": i},
            scores={score: value},
            at=i,
            **{key: make(i) if callable(make) else make for key, make in root.items()},
        )
    ]


def noisy(seed: int, shift: float = 0.0, cases: int = 40) -> list[float | None]:
    chance, level = random.Random(seed), random.Random(0)
    return [level.uniform(0.2, 0.6) + shift + chance.uniform(-0.1, 0.1) for _ in range(cases)]


def codes(found: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in found["warnings"]]


def test_one_experiment_against_several(client: Client, project: str) -> None:
    bases = [run(client, project, f"base {i}", traces(f"{project}{i}", noisy(i))) for i in range(3)]
    new = run(client, project, "new", traces(f"{project}n", noisy(9, shift=0.03)))
    path = f"/v1/experiment/{new}/compare"
    found = client.get(path, to=[*bases, bases[0]])
    assert found["baseline"]["id"] == bases[0]
    assert [other["baseline"]["id"] for other in found["others"]] == bases[1:]  # named twice counts once
    alone = [client.get(path, to=base)["scores"][0] for base in bases]
    together = [found["scores"][0], *(other["scores"][0] for other in found["others"])]
    assert [item["diff"] for item in together] == [item["diff"] for item in alone]
    assert [item["p_raw"] for item in together] == [item["p_raw"] for item in alone]
    # Holm over three comparisons: the smallest p is multiplied by three.
    smallest = min(together, key=lambda item: item["p_raw"])
    assert smallest["p"] == pytest.approx(min(1.0, 3 * smallest["p_raw"]))
    assert smallest["detectable"] > min(alone, key=lambda item: item["p_raw"])["detectable"]


def test_clusters_are_asked_for_or_set_in_the_project(client: Client, project: str) -> None:
    def where(i: int) -> Row:
        return {"conversation": i // 4}

    old = run(client, project, "old", traces(f"{project}o", noisy(1), metadata=where))
    new = run(client, project, "new", traces(f"{project}n", noisy(2, 0.05), metadata=where))
    path = f"/v1/experiment/{new}/compare"
    plain = client.get(path, to=old)
    assert (plain["cluster_key"], plain["scores"][0]["units"]) == (None, 40)
    clustered = client.get(path, to=old, cluster="metadata.conversation")
    assert clustered["cluster_key"] == "metadata.conversation"
    assert (clustered["scores"][0]["units"], clustered["scores"][0]["pairs"]) == (10, 40)
    assert clustered["scores"][0]["diff"] == plain["scores"][0]["diff"]
    assert clustered["scores"][0]["diff_interval"] != plain["scores"][0]["diff_interval"]
    client.objects.update(
        client.actor, "project", project, {"settings": {"cluster_key": "metadata.conversation"}}
    )
    assert client.get(path, to=old)["scores"] == clustered["scores"]
    assert client.get(path, to=old, cluster="none")["scores"] == plain["scores"]
    # A trace without the key is a cluster of its own.
    assert client.get(path, to=old, cluster="metadata.nowhere")["scores"][0]["units"] == 40
    cases = f"/v1/experiment/{new}/cases"
    page = client.get(cases, to=old, limit=100)
    assert (page["cluster_key"], {case["cluster"] for case in page["cases"]}) == (
        "metadata.conversation",
        {str(number) for number in range(10)},
    )
    for key, expected in (("none", None), ("metadata.nowhere", "metadata.nowhere")):
        alone = client.get(cases, to=old, limit=100, cluster=key)
        assert (alone["cluster_key"], {case["cluster"] for case in alone["cases"]}) == (expected, {None})
        assert [case["scores"] for case in alone["cases"]] == [case["scores"] for case in page["cases"]]
    client.objects.update(client.actor, "project", project, {"settings": {"cluster_key": "lower(input)"}})
    broken = client.get(path, to=old)
    assert (broken["cluster_key"], codes(broken)) == (None, ["cluster_key_unsupported"])


def test_the_bootstrap_on_request_and_what_made_each_interval(client: Client, project: str) -> None:
    def where(i: int) -> Row:
        return {"conversation": i // 4}

    def both(prefix: str, seed: int, shift: float) -> list[Row]:
        graded = traces(f"{project}{prefix}", noisy(seed, shift), metadata=where)
        passed = [float((value or 0) > 0.4) for value in noisy(seed, shift)]
        return [
            *graded,
            *(row for row in traces(f"{project}{prefix}", [*passed], score="P") if ":P" in row["id"]),
        ]

    old = run(client, project, "old", both("o", 1, 0.0))
    new = run(client, project, "new", both("n", 2, 0.05))
    path = f"/v1/experiment/{new}/compare"
    names = ("method", "interval_method", "baseline_interval_method")

    def methods(found: Row) -> dict[str, tuple[str, ...]]:
        return {item["name"]: tuple(item[name] for name in names) for item in found["scores"]}

    plain, asked = (client.get(path, to=old, **how) for how in ({}, {"method": "bca"}))
    assert (plain["method"], asked["method"]) == ("auto", "bca")
    assert methods(plain) == {"S": ("t", "wilson", "wilson"), "P": ("mcnemar", "wilson", "wilson")}
    assert methods(asked) == {"S": ("bca", "bca", "bca"), "P": ("mcnemar", "wilson", "wilson")}
    before, after = ({item["name"]: item for item in found["scores"]} for found in (plain, asked))
    assert before["P"]["diff_interval"] == after["P"]["diff_interval"]
    assert before["S"]["diff"] == after["S"]["diff"]
    assert before["S"]["diff_interval"] == pytest.approx(after["S"]["diff_interval"], abs=0.02)
    assert before["S"]["diff_interval"] != after["S"]["diff_interval"]
    assert client.get(path, to=old, method="bca") == asked  # the draws are seeded
    clustered = client.get(path, to=old, method="bca", cluster="metadata.conversation")
    assert methods(clustered)["P"][0] == "bca"
    proof = client.get(
        f"/v1/experiment/{new}/evidence", to=old, method="bca", cluster="metadata.conversation"
    )
    assert proof["comparison"] == clustered
    assert json.loads(recompute(json.dumps(proof["evidence"]).encode())) == clustered


def test_slices_are_judged_one_by_one_and_corrected_together(client: Client, project: str) -> None:
    def tier(i: int) -> Row | None:
        return {"tier": ["gold", "free"][i % 2]} if i < 36 else None

    gains = [(value or 0) + (0.3 if i % 2 == 0 else 0.0) for i, value in enumerate(noisy(2))]
    old = run(client, project, "old", traces(f"{project}o", noisy(1), metadata=tier))
    new = run(client, project, "new", traces(f"{project}n", list(gains), metadata=tier))
    found = client.get(f"/v1/experiment/{new}/compare", to=old, slice="metadata.tier")
    slices = {part["value"]: part for part in found["slices"]}
    assert list(slices) == ["free", "gold", None]
    assert [part["cases"]["matched"] for part in slices.values()] == [18, 18, 4]
    assert slices["gold"]["scores"][0]["verdict"] == "better"
    assert slices["free"]["scores"][0]["verdict"] == "inconclusive"
    gold = slices["gold"]["scores"][0]
    assert gold["p"] == pytest.approx(3 * gold["p_raw"])
    assert found["scores"][0]["p"] == found["scores"][0]["p_raw"]
    assert client.get(f"/v1/experiment/{new}/compare", to=old)["slices"] == []


def test_a_score_may_have_its_own_direction_and_margin(client: Client, project: str) -> None:
    old = run(client, project, "old", traces(f"{project}o", noisy(1)))
    new = run(client, project, "new", traces(f"{project}n", noisy(2, 0.3)))
    path = f"/v1/experiment/{new}/compare"
    client.create(
        "project_score",
        project_id=project,
        name="S",
        score_type="slider",
        config={"direction": "lower", "margin": 0.4},
    )
    item = client.get(path, to=old)["scores"][0]
    assert (item["direction"], item["margin"], item["verdict"]) == ("lower", 0.4, "equivalent")
    item = client.get(path, to=old, margin=0.05)["scores"][0]
    assert (item["margin"], item["verdict"]) == (0.05, "worse")
    assert client.get(f"/v1/experiment/{new}/cases", to=old, score="S")["counts"]["regressed"] > 35


def test_the_false_discovery_rate_on_request(client: Client, project: str) -> None:
    rows = {
        side: [
            row for s in range(4) for row in traces(f"{project}{side}", noisy(seed + s, shift), score=f"S{s}")
        ]
        for side, seed, shift in (("o", 10, 0.0), ("n", 20, 0.02))
    }
    old, new = run(client, project, "old", rows["o"]), run(client, project, "new", rows["n"])
    holm, bh = (
        client.get(f"/v1/experiment/{new}/compare", to=old, correction=correction)
        for correction in ("holm", "bh")
    )
    assert (holm["correction"], bh["correction"]) == ("holm", "bh")
    for strict, lenient in zip(holm["scores"], bh["scores"], strict=True):
        assert strict["p_raw"] == lenient["p_raw"]
        assert strict["p"] >= lenient["p"]
    assert holm["scores"] != bh["scores"]


def test_unmatched_cases_come_with_the_reason(client: Client, project: str) -> None:
    def row(name: str, at: int, asked: Any, origin: str | None) -> list[Row]:
        source = {"object_type": "dataset", "object_id": "d", "id": origin} if origin else None
        return eval_trace(f"{project}{name}", input=asked, scores={"S": 0.5}, at=at, origin=source)

    shared = traces(f"{project}o", noisy(1, cases=20)), traces(f"{project}n", noisy(2, cases=20))
    old = run(
        client, project, "old", [*shared[0], *row("o1", 30, "a question", "r1"), *row("o2", 31, "gone", "r2")]
    )
    new = run(
        client,
        project,
        "new",
        [
            *shared[1],
            *row("n1", 30, "an edited question", "r1"),
            *row("n2", 31, None, None),
            *row("n3", 32, "new", "r9"),
        ],
    )
    found = client.get(f"/v1/experiment/{new}/compare", to=old)
    listed = [
        (case["side"], case["reason"], case["row_id"], case["partner_row_id"]) for case in found["unmatched"]
    ]
    assert listed == [
        ("experiment", "changed", f"{project}n1:root", f"{project}o1:root"),
        ("experiment", "no_key", f"{project}n2:root", None),
        ("experiment", "no_partner", f"{project}n3:root", None),
        ("baseline", "changed", f"{project}o1:root", f"{project}n1:root"),
        ("baseline", "no_partner", f"{project}o2:root", None),
    ]
    assert (found["cases"]["only_experiment"], found["cases"]["only_baseline"]) == (3, 2)
    assert "unmatched_cases" in codes(found)


def test_runs_that_share_no_cases_are_compared_as_groups_and_say_so(client: Client, project: str) -> None:
    old = run(client, project, "old", traces(f"{project}o", noisy(1)))
    other = [
        row
        for i, value in enumerate(noisy(2, 0.2))
        for row in eval_trace(f"{project}n{i}", input={"another": i}, scores={"S": value}, at=i)
    ]
    found = client.get(f"/v1/experiment/{run(client, project, 'new', other)}/compare", to=old)
    item = found["scores"][0]
    assert (item["paired"], item["method"], item["pairs"], item["verdict"]) == (False, "welch", 0, "better")
    assert "unpaired" in codes(found)
    assert len(found["unmatched"]) == 80


def judged_by(rows: list[Row], **said: Any) -> list[Row]:
    """The rows with something said by the scorer spans."""
    return [{**row, "metadata": said} if row["id"].endswith(":S") else row for row in rows]


def test_other_scorers_and_judges_are_pointed_out(client: Client, project: str) -> None:
    def side(name: str, **said: Any) -> str:
        return run(client, project, name, judged_by(traces(f"{project}{name}", noisy(1)), **said))

    first = side("first", scorer_version="v1", model="gpt-5-mini")
    same = side("same", scorer_version="v1", model="gpt-5-mini")
    version = side("version", scorer_version="v2", model="gpt-5-mini")
    model = side("model", scorer_version="v1", model="claude-5")
    silent = side("silent", other=1)

    def found(experiment: str) -> list[Row]:
        return client.get(f"/v1/experiment/{experiment}/compare", to=first)["warnings"]

    assert found(same) == []
    assert found(silent) == []  # nothing is known, so nothing is claimed
    assert [w["code"] for w in found(version)] == ["scorer_version_differs"]
    assert "S (v1 → v2)" in found(version)[0]["message"]
    assert [w["code"] for w in found(model)] == ["judge_model_differs"]
    assert "S (gpt-5-mini → claude-5)" in found(model)[0]["message"]


def test_nulls_and_missing_scores_are_coverage(client: Client, project: str) -> None:
    old = run(client, project, "old", traces(f"{project}o", noisy(1)))
    values = noisy(2)
    values[:4] = [None] * 4
    rows = [
        row for row in traces(f"{project}n", values) if row["id"] not in {f"{project}n-{i}:S" for i in (5, 6)}
    ]
    found = client.get(f"/v1/experiment/{run(client, project, 'new', rows)}/compare", to=old)
    item = found["scores"][0]
    assert (item["n"], item["nulls"], item["missing"], item["pairs"]) == (34, 4, 2, 34)
    assert (item["coverage"], item["baseline_coverage"]) == (0.85, 1.0)
    assert "coverage_differs" in codes(found)


def test_a_run_that_stopped_early_says_so(client: Client, project: str) -> None:
    old = run(client, project, "old", traces(f"{project}o", noisy(1)))
    early = {"stopped_early": {"decisions": {"S": "win"}, "cases": 40, "planned": 400}}
    new = run(client, project, "new", traces(f"{project}n", noisy(2)), metadata=early)
    assert codes(client.get(f"/v1/experiment/{new}/compare", to=old)) == ["stopped_early"]


def test_a_row_written_between_two_questions_is_in_the_second_answer(client: Client, project: str) -> None:
    new = run(client, project, "new", traces(f"{project}n", [0.0, 1.0]))
    path = f"/v1/experiment/{new}/compare"
    assert client.get(path)["scores"][0]["mean"] == 0.5
    client.insert("experiment", new, *eval_trace(f"{project}more", input="x", scores={"S": 0.8}, at=9))
    assert client.get(path)["scores"][0]["mean"] == pytest.approx(0.6)
    client.insert("experiment", new, {"id": f"{project}n-0:root", "_object_delete": True})
    assert client.get(path)["cases"]["total"] == 2


def test_mistakes_are_named(client: Client, project: str) -> None:
    only = run(client, project, "only", traces(f"{project}n", [0.5]))
    path = f"/v1/experiment/{only}/compare"
    assert client.refused(path, cluster="lower(x)")[:2] == (400, "bad_key_path")
    for other in ("cases", "plan", "reliability", "evidence"):
        assert client.refused(f"/v1/experiment/{only}/{other}", cluster="lower(x)")[:2] == (
            400,
            "bad_key_path",
        )
    assert client.refused(path, slice="metadata['a']")[:2] == (400, "bad_key_path")
    assert client.refused(path, to=["none", only])[:2] == (400, "contradicting_baselines")
    assert client.refused(path, to=[str(i) for i in range(11)])[:2] == (400, "too_many_baselines")
    assert client.refused(path, to=[only, "nowhere"])[:2] == (404, "experiment_not_found")
    for bad in ({"margin": -1}, {"margin": "nan"}, {"correction": "none"}, {"method": "magic"}):
        assert client.refused(path, **bad)[0] in (400, 422)
