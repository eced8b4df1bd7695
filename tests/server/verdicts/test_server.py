"""The whole way: rows over HTTP into a served store, a verdict out, the same figures by SQL."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import pytest

from tests.server.verdicts.traces import eval_trace
from tests.support.servers import ServerProcess, running_server

CASES = 30


def run(server: ServerProcess, project: str, name: str, scores: list[float]) -> str:
    body = {"project_id": project, "name": name, "ensure_new": True}
    experiment = server.request("POST", "/v1/experiment", body)["id"]
    rows = [
        row
        for i, score in enumerate(scores)
        for row in eval_trace(f"{name}{i}", input={"request": i}, scores={"Variety": score}, at=i)
    ]
    server.request("POST", f"/v1/experiment/{experiment}/insert", {"events": rows})
    return experiment


def test_a_change_is_judged_end_to_end(tmp_path: Path) -> None:
    before = [0.2 + 0.01 * (i % 7) for i in range(CASES)]
    after = [0.6 + 0.02 * (i % 5) for i in range(CASES)]
    with running_server(tmp_path / "data") as server:
        project = server.request("POST", "/v1/project", {"name": "playlist"})["id"]
        old, new = run(server, project, "old", before), run(server, project, "new", after)

        found = server.request("GET", f"/v1/experiment/{new}/compare")
        variety = found["scores"][0]
        assert (found["baseline"]["id"], variety["verdict"], variety["improvements"]) == (
            old,
            "better",
            CASES,
        )
        assert (variety["mean"], variety["baseline_mean"]) == (fmean(after), fmean(before))

        summary = server.request("GET", f"/v1/experiment/{new}/summarize?summarize_scores=true")
        assert (summary["scores"]["Variety"]["score"], summary["scores"]["Variety"]["diff"]) == (
            variety["mean"],
            variety["diff"],
        )
        base = server.request("POST", "/api/base_experiment/get_id", {"id": new})
        assert base == {"base_exp_id": old, "base_exp_name": "old"}
        [row] = server.sql(
            f"SELECT avg(scores.Variety) AS v, count(scores.Variety) AS n FROM experiment('{new}')"
        )
        assert row == {"v": pytest.approx(variety["mean"], rel=1e-14), "n": variety["n"]}

        cases = server.request("GET", f"/v1/experiment/{new}/cases?filter=improved&limit=5")
        assert (len(cases["cases"]), cases["counts"]["improved"]) == (5, CASES)
        page = server.request("POST", f"/v1/experiment/{new}/fetch", {"limit": 1000})
        assert (len(page["events"]), page["cursor"]) == (CASES * 4, None)
