"""How far a run is: rows that have arrived against what was announced."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from assay.core.times import iso_time
from assay_server.features.experiments.progress import STALLED_AFTER, read_progress
from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import Row, eval_trace

_names = itertools.count()


@pytest.fixture
def project(client: Client) -> str:
    return client.create("project", name=f"progress {next(_names)}")


def started(name: str) -> list[Row]:
    """A trace whose root has begun and not ended."""
    root, *_ = eval_trace(name, input=name, scores={})
    return [{**root, "output": None, "metrics": {"start": root["metrics"]["start"]}}]


def test_ended_traces_are_counted_against_the_plan(client: Client, project: str) -> None:
    said = {"planned": 4, "state": "running", "reported": iso_time(time.time())}
    run = client.create("experiment", project_id=project, name="run", progress=said)
    path = f"/v1/experiment/{run}/progress"
    assert client.get(path) == {
        "state": "running", "planned": 4, "arrived": 0, "errors": 0, "last": said["reported"]
    }  # fmt: skip
    done = eval_trace("a", input=1, scores={"S": 1.0}) + eval_trace("b", input=2, scores={}, error="no")
    client.insert("experiment", run, *done, *started("c"))
    found = client.get(path)
    assert (found["arrived"], found["errors"], found["state"]) == (2, 1, "running")
    client.objects.update(client.actor, "experiment", run, {"progress": {**said, "state": "interrupted"}})
    assert client.get(path)["state"] == "interrupted"


def test_rows_logged_by_hand_belong_to_no_announced_run(client: Client, project: str) -> None:
    run = client.create("experiment", project_id=project, name="by hand")
    client.insert("experiment", run, *eval_trace("h", input=1, scores={}))
    found = client.get(f"/v1/experiment/{run}/progress")
    assert (found["state"], found["planned"], found["arrived"]) == (None, None, 1)


def test_a_run_that_falls_silent_has_stalled(client: Client, project: str) -> None:
    before = time.time() - 2 * STALLED_AFTER
    said: dict[str, Any] = {"planned": 2, "state": "running", "reported": iso_time(before)}
    run = client.create("experiment", project_id=project, name="silent", progress=said)
    path = f"/v1/experiment/{run}/progress"
    assert client.get(path)["state"] == "stalled"
    client.insert("experiment", run, *eval_trace("s", input=1, scores={}))
    alive = client.get(path)
    assert alive["state"] == "running", "a row that arrives is a sign of life"
    services = client.http.app.state.services  # type: ignore[attr-defined]
    ref = client.objects.resolve(client.actor, "experiment", run)
    later = read_progress(services.spans, ref, said, now=time.time() + 2 * STALLED_AFTER)
    assert (later.state, later.arrived, later.last) == ("stalled", 1, alive["last"])


def test_strangers_see_no_progress(client: Client) -> None:
    status, code, _ = client.refused("/v1/experiment/00000000-0000-4000-8000-000000000000/progress")
    assert (status, code) == (404, "experiment_not_found")
