"""`make demo`, run twice on one data directory as a newcomer might."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3

from examples.playlist_agent.demo import DATASET, broken_rules
from examples.playlist_agent.demo_server import Server, demo_server

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def start(data: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "examples.playlist_agent.demo", "--data", str(data), *options]
    environment = {name: value for name, value in os.environ.items() if name != "ASSAY_URL"}
    environment["ASSAY_BOOTSTRAP_KEY"] = "meant for another server"
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@dataclass
class Played:
    """What two runs printed, and a server on what they left behind."""

    outputs: list[str]
    server: Server

    def sql(self, query: str) -> list[dict[str, Any]]:
        answer = urllib3.request(
            "POST",
            f"{self.server.url}/btql",
            body=json.dumps({"query": query, "fmt": "json"}),
            headers={"authorization": f"Bearer {self.server.api_key}", "content-type": "application/json"},
        )
        assert answer.status == 200, answer.data
        return answer.json()["data"]

    def get(self, path: str) -> Any:
        headers = {"authorization": f"Bearer {self.server.api_key}"}
        answer = urllib3.request("GET", self.server.url + path, headers=headers)
        assert answer.status == 200, answer.data
        return answer.json()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    data = tmp_path_factory.mktemp("demo") / "data"
    outputs: list[str] = []
    for _ in range(2):
        demo = start(data, "--exit")
        outputs.append(demo.communicate(timeout=150)[0])
        assert demo.returncode == 0, outputs[-1]
    with demo_server(data) as server:
        yield Played(outputs, server)


def experiment_names(output: str) -> tuple[str, str]:
    current, improved = re.findall(r"^((?:current|improved)-prompt-\w+): 3\d cases, 6\d runs", output, re.M)
    return current, improved


def test_it_tells_the_whole_story(played: Played) -> None:
    for output in played.outputs:
        assert "played by the scripted model" in output
        assert "Serving requests: 40/40" in output
        assert "FROM project_logs('playlist')" in output
        for score in ("PlaylistLength", "Variety"):
            assert re.search(rf"{score} .*better", output)
        assert "scoring: " in output
        assert re.search(r"Log in \(once\) +http://127\.0\.0\.1:\d+/login\?token=\S+", output)
        assert re.search(
            r"Another browser +\S+assay login --browser --url http\S+ --key-file \S+owner\.key", output
        )
        assert re.search(r"Comparison +http\S+/experiments/improved-prompt-\w+\?c=current-prompt-\w+", output)


def test_the_terminal_says_what_sql_and_the_comparison_say(played: Played) -> None:
    current, improved = experiment_names(played.outputs[0])
    printed = re.findall(r"PlaylistLength +([\d.]+) %", played.outputs[0])
    for name, text in zip((current, improved), printed, strict=True):
        [row] = played.sql(f"SELECT avg(scores.PlaylistLength) AS mean FROM experiment('playlist/{name}')")
        assert f"{100 * row['mean']:.1f}" == text
    found = played.sql(f"SELECT experiment_id FROM experiment('playlist/{improved}') LIMIT 1")
    compared = played.get(f"/v1/experiment/{found[0]['experiment_id']}/compare")
    assert compared["baseline"]["name"] == current
    [length] = [item for item in compared["scores"] if item["name"] == "PlaylistLength"]
    assert f"{100 * length['mean']:.1f}" == printed[1]
    assert length["verdict"] == "better"


def test_a_second_run_adds_experiments_and_no_duplicate_rows(played: Played) -> None:
    names = {name for output in played.outputs for name in experiment_names(output)}
    assert len(names) == 4
    rows = played.sql(f"SELECT id, input, origin FROM dataset('{DATASET}')")
    assert len({row["input"] for row in rows}) == len(rows) > 20
    [logs] = played.sql("SELECT count(*) AS requests FROM project_logs('playlist') WHERE is_root")
    assert logs["requests"] == 80


def test_the_logs_say_which_rule_a_trace_broke(played: Played) -> None:
    rows = played.sql(f"SELECT origin, metadata FROM dataset('{DATASET}')")
    broke = {row["origin"]["id"]: row["metadata"]["broke"] for row in rows}
    tagged = played.sql(
        "SELECT id, tags FROM project_logs('playlist') WHERE is_root AND tags IS NOT NULL LIMIT 1000"
    )
    assert len(tagged) >= len(broke)
    found = {row["id"]: row["tags"] for row in tagged}
    assert {name: sorted(found[name]) for name in broke} == {
        name: sorted(tags) for name, tags in broke.items()
    }
    [plain] = played.sql("SELECT count(*) AS n FROM project_logs('playlist') WHERE is_root AND tags IS NULL")
    assert plain["n"] > 0, "those that broke no rule have no tag"


def test_rows_lead_back_to_their_traces(played: Played) -> None:
    rows = played.sql(f"SELECT input, origin FROM dataset('{DATASET}') LIMIT 3")
    for row in rows:
        [source] = played.sql(
            f"SELECT input, root_span_id FROM project_logs('playlist') WHERE id = '{row['origin']['id']}'"
        )
        assert source["input"] == row["input"]
        spans = played.sql(
            "SELECT span_attributes.type AS type, metrics, metadata FROM project_logs('playlist') "
            f"WHERE root_span_id = '{source['root_span_id']}'"
        )
        assert {span["type"] for span in spans} >= {"task", "llm", "tool"}
        for span in spans:
            if span["type"] == "llm":
                assert span["metadata"]["system_fingerprint"] == "scripted model"
                assert span["metrics"]["estimated_cost"] > 0
                assert span["metrics"]["time_to_first_token"] > 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_its_end_is_the_end_of_everything_it_started(tmp_path: Path, how: signal.Signals) -> None:
    demo = start(tmp_path / "data")
    assert demo.stdout
    seen = ""
    for line in demo.stdout:
        seen += line
        if "Serving until Ctrl-C" in line:
            break
    children = psutil.Process(demo.pid).children(recursive=True)
    assert children, seen
    demo.send_signal(how)
    assert demo.wait(30) == 0, demo.stdout.read()
    deadline = time.monotonic() + 5
    while any(child.is_running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if child.is_running()]
    demo.stdout.close()


def test_rules_by_name() -> None:
    assert broken_rules(None) == ["no playlist"]
    assert broken_rules({"minutes": 29.9, "genres": 3}) == []
    assert broken_rules({"minutes": 30.0, "genres": 1}) == ["too long", "one genre"]
