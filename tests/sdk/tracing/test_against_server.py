"""The SDK against a real server: what is logged is what SQL reads back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import assay
from assay.client import offline
from assay.client.config import resolve_config
from assay.client.http import Transport
from assay.client.state import State, set_current_state
from assay.tracing.context import set_current_experiment, set_current_logger
from tests.support.servers import KEY, ServerProcess, running_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with an empty data directory."""
    with running_server(tmp_path_factory.mktemp("sdk") / "data") as found:
        yield found


@pytest.fixture
def connected(served: ServerProcess) -> Iterator[State]:
    """The process's state, pointed at the real server."""
    state = State(resolve_config(api_key=KEY, api_url=served.url))
    before = set_current_state(state)
    yield state
    state.close()
    set_current_state(before)
    set_current_logger(None)
    set_current_experiment(None)


def test_a_trace_reads_back_as_it_was_logged(served: ServerProcess, connected: State) -> None:
    assay.init_logger("traces")

    @assay.traced(type="tool")
    def search(mood: str, limit: int = 3) -> list[str]:
        return [mood] * limit

    with assay.start_span("agent", "task", input={"q": "ü \u0000 <b>"}, tags=["demo"]) as root:
        search("calm", limit=2)
        root.log(metadata={"user": {"tier": "gold"}}, scores={"ok": True}, metrics={"tokens": 12})
        root.log(metadata={"user": {"id": 7}}, output="done")
    assay.flush()

    rows = served.sql("SELECT * FROM project_logs('traces') ORDER BY created")
    agent, tool = rows
    assert (agent["id"], agent["span_id"], agent["root_span_id"]) == (
        root.id,
        root.span_id,
        root.root_span_id,
    )
    assert agent["is_root"] is True
    assert agent["input"] == {"q": "ü \u0000 <b>"}
    assert agent["output"] == "done"
    assert agent["metadata"] == {"user": {"tier": "gold", "id": 7}}
    assert agent["scores"] == {"ok": 1}
    assert agent["tags"] == ["demo"]
    assert agent["metrics"]["tokens"] == 12
    assert agent["metrics"]["end"] >= agent["metrics"]["start"]
    assert agent["span_attributes"]["type"] == "task"
    assert tool["span_parents"] == [root.span_id]
    assert (tool["input"], tool["output"]) == ({"mood": "calm", "limit": 2}, ["calm", "calm"])


def test_a_span_seen_before_its_end_is_completed_later(served: ServerProcess, connected: State) -> None:
    logger = assay.init_logger("live")
    span = logger.start_span("slow", input=1)
    assay.flush()
    (started,) = served.sql("SELECT input, output, metrics FROM project_logs('live')")
    assert (started["input"], started["output"]) == (1, None)
    assert "end" not in started["metrics"]
    span.log(output=2)
    span.end()
    logger.log_feedback(span.id, scores={"human": 1}, comment="good", tags=["seen"])
    assay.update_span(span.export(), metadata={"late": True})
    assay.flush()
    (row,) = served.sql("SELECT * FROM project_logs('live')")
    assert (row["input"], row["output"], row["scores"], row["tags"]) == (1, 2, {"human": 1}, ["seen"])
    assert row["metadata"] == {"late": True}
    assert "end" in row["metrics"]
    assert [comment["comment"]["text"] for comment in row["comments"]] == ["good"]


def test_refused_rows_are_told_apart_from_good_ones(
    served: ServerProcess, connected: State, caplog: pytest.LogCaptureFixture
) -> None:
    logger = assay.init_logger("mixed")
    for n in range(5):
        logger.log(input=n, origin="not an object" if n == 2 else None)
    assay.flush()
    stats = connected.batcher.stats()
    assert (stats.sent, stats.rejected) == (4, 1)
    rows = served.sql("SELECT input FROM project_logs('mixed')")
    assert sorted(row["input"] for row in rows) == [0, 1, 3, 4]
    assert "row 2" in caplog.text


def test_datasets_keep_their_versions(served: ServerProcess, connected: State) -> None:
    dataset = assay.init_dataset("data", "golden")
    for n in range(3):
        dataset.insert(id=f"r{n}", input={"n": n}, expected=n * n, metadata={"k": n})
    version = dataset.version
    dataset.update("r1", expected=-1, metadata={"fixed": True})
    dataset.delete("r2")
    now = {row["id"]: (row["expected"], row["metadata"]) for row in dataset}
    assert now == {"r0": (0, {"k": 0}), "r1": (-1, {"k": 1, "fixed": True})}
    assert dataset.summarize().total_records == 2
    pinned = assay.init_dataset("data", "golden", version=version)
    assert {row["id"]: row["expected"] for row in pinned} == {"r0": 0, "r1": 1, "r2": 4}


def test_large_datasets_are_read_in_pages(served: ServerProcess, connected: State) -> None:
    dataset = assay.init_dataset("data", "large")
    for n in range(250):
        dataset.insert(input=n)
    assert sorted(row["input"] for row in dataset.fetch(batch_size=60)) == list(range(250))


def test_experiments_are_compared_with_their_base(served: ServerProcess, connected: State) -> None:
    base = assay.init("evals", "before", git_metadata_settings=False)
    for n in range(4):
        base.log(input=n, output=0, expected=n, scores={"exact": n == 0})
    assay.flush()
    better = assay.init("evals", "after", base_experiment="before", git_metadata_settings=False)
    for n in range(4):
        with better.start_span("eval", "eval", input=n, output=n, expected=n) as case:
            case.start_span(
                "exact", "score", span_attributes={"purpose": "scorer"}, scores={"exact": 1}
            ).end()
    summary = better.summarize()
    assert (summary.experiment_name, summary.comparison_experiment_name) == ("after", "before")
    exact = summary.scores["exact"]
    assert (exact.score, exact.diff, exact.improvements, exact.regressions) == (1, 0.75, 3, 0)
    assert assay.init("evals", "after", git_metadata_settings=False).name.startswith("after-")
    assert len(list(assay.init("evals", "after", open=True))) == 8
    found = better.fetch_base_experiment()
    assert found is not None
    assert found.id == base.id
    assert summary.experiment_url.startswith(better.link())


def test_links_are_those_of_the_server(served: ServerProcess, connected: State) -> None:
    logger = assay.init_logger("links & more")
    span = logger.start_span("s")
    span.end()
    org = connected.login()["name"]
    expected = f"{served.url}/app/{org}/p/links%20%26%20more/logs?r={span.root_span_id}&s={span.span_id}"
    assert span.permalink() == span.link() == expected
    assert assay.permalink(span.export()) == expected


def test_spooled_rows_arrive_by_push(served: ServerProcess, tmp_path: Path) -> None:
    code = 'import assay; assay.init_logger("spooled").log(input="kept")'
    env = {**os.environ, "ASSAY_OFFLINE": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=60)
    transport = Transport(served.url, KEY)
    assert offline.push(tmp_path, transport).sent == 1
    transport.close()
    assert [row["input"] for row in served.sql("SELECT input FROM project_logs('spooled')")] == ["kept"]


def test_nothing_is_lost_or_doubled_when_the_server_is_killed_and_restarted(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as server:
        state = State(resolve_config(api_key=KEY, api_url=server.url))
        logger = assay.init_logger("crash", set_current=False, state=state)
        for n in range(300):
            with logger.start_span("unit", input=n) as span:
                span.log(output=n * 2)
            if n == 150:
                os.kill(server.pid, signal.SIGKILL)
                server.kill()
                server.start()
            time.sleep(0.002)
        assert state.flush(stall=20)
        rows = server.sql("SELECT input, output FROM project_logs('crash') LIMIT 1000")
        state.close()
    assert sorted((row["input"], row["output"]) for row in rows) == [(n, n * 2) for n in range(300)]
