"""Evidence: everything a comparison was computed from, and the same comparison out of it again."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from assay_server.recompute import recompute
from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import eval_trace

_names = itertools.count()


@pytest.fixture(scope="module")
def pair(client: Client) -> tuple[str, str]:
    """Two runs with trials, a null score, a failed case, a score of the baseline alone and unmatched cases."""
    project = client.create("project", name=f"evidence {next(_names)}")
    settings = {"score_directions": {"Lies": "lower"}, "comparison_key": "[not, a, path]"}
    client.objects.update(client.actor, "project", project, {"settings": settings})
    ids: list[str] = []
    for name, shift in (("old", 0.0), ("new", 0.07)):
        experiment = client.create("experiment", project_id=project, name=name)
        for i in range(24):
            scores: dict[str, Any] = {"S": (i % 7) / 9 + shift, "Lies": float(i % 3 == 0)}
            if i == 5:
                scores["S"] = None
            if name == "old":
                scores["Gone"] = 0.5
            rows = eval_trace(
                f"{project}{name}{i}",
                input={"case": i // 2 + (100 if i > 21 and shift else 0)},
                scores=scores,
                at=i,
            )
            if i == 3:
                rows[0]["error"] = "it broke"
            client.insert("experiment", experiment, *rows)
        ids.append(experiment)
    return ids[0], ids[1]


def test_the_comparison_follows_from_the_evidence_to_the_last_bit(
    client: Client, pair: tuple[str, str]
) -> None:
    found = client.get(f"/v1/experiment/{pair[1]}/evidence", to=pair[0])
    shown = client.get(f"/v1/experiment/{pair[1]}/compare", to=pair[0])
    assert found["comparison"] == shown
    assert {w["code"] for w in shown["warnings"]} >= {"comparison_key_unsupported", "scores_differ"}
    assert shown["totals"]["errors"] == 1
    again = recompute(json.dumps(found["evidence"]).encode())
    assert json.loads(again) == shown


def test_evidence_without_a_baseline(client: Client, pair: tuple[str, str]) -> None:
    found = client.get(f"/v1/experiment/{pair[0]}/evidence", to="none")
    assert found["evidence"]["baseline"] is None
    assert json.loads(recompute(json.dumps(found["evidence"]).encode())) == found["comparison"]


def test_changed_evidence_gives_other_numbers(client: Client, pair: tuple[str, str]) -> None:
    found = client.get(f"/v1/experiment/{pair[1]}/evidence", to=pair[0])
    column = found["evidence"]["experiment"]["table"]["scores"]["S"]
    column[0] += 2**-50
    assert json.loads(recompute(json.dumps(found["evidence"]).encode())) != found["comparison"]


def test_broken_evidence_is_refused(client: Client, pair: tuple[str, str]) -> None:
    evidence = client.get(f"/v1/experiment/{pair[1]}/evidence")["evidence"]
    with pytest.raises(ValueError, match="not the evidence of a comparison"):
        recompute(b'{"experiment": 1}')
    evidence["experiment"]["table"]["scores"]["S"].pop()
    with pytest.raises(ValueError, match="S has 23 values for 24 traces"):
        recompute(json.dumps(evidence).encode())
    evidence["experiment"]["table"]["scores"]["S"] = "x"
    with pytest.raises(ValueError, match="column is an array"):
        recompute(json.dumps(evidence).encode())


def test_strangers_get_no_evidence(client: Client, pair: tuple[str, str]) -> None:
    answer = client.http.get(f"/v1/experiment/{pair[0]}/evidence", headers={"Authorization": "Bearer no"})
    assert answer.status_code == 401
    status, _, _ = client.refused("/v1/experiment/00000000-0000-4000-8000-000000000000/evidence")
    assert status == 404


def test_the_level_widens_every_interval(client: Client, pair: tuple[str, str]) -> None:
    def intervals(level: float) -> list[list[float] | None]:
        found = client.get(f"/v1/experiment/{pair[1]}/compare", to=pair[0], level=level)
        return [
            item[name]
            for item in [*found["scores"], *found["metrics"]]
            for name in ("interval", "baseline_interval", "diff_interval")
        ]

    usual, wider = intervals(0.95), intervals(0.99)
    both = [(a, b) for a, b in zip(usual, wider, strict=True) if a and b]
    assert len(both) > 6
    assert all(b[0] <= a[0] and a[1] <= b[1] for a, b in both)
    assert any(b[0] < a[0] for a, b in both)
    shown = client.get(f"/v1/experiment/{pair[1]}/compare", to=pair[0])
    assert shown == client.get(f"/v1/experiment/{pair[1]}/compare", to=pair[0], level=0.95)
    assert client.refused(f"/v1/experiment/{pair[1]}/compare", level=1)[0] in (400, 422)
