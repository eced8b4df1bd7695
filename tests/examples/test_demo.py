"""`make demo`, run twice on one data directory as a newcomer might."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3

from examples.playlist_agent import demo_server as demo_server_module
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


def test_a_prompt_is_compared_with_itself_of_before(played: Played) -> None:
    """Not with the improved prompt of the demo before, against which it would look worse for no change of its own."""
    first, second = (re.search(r"/experiments/(current-prompt-\w+)", text)[1] for text in played.outputs)  # type: ignore[index]
    assert "compared with" not in played.outputs[0].split("Evaluating the improved prompt")[0]
    compared = re.search(rf"{second}: .*compared with (\S+),", played.outputs[1])
    assert compared
    assert compared[1] == first


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


NUMBERS_OF_A_RUN = """
SELECT avg(duration) AS duration, avg(tokens) AS total_tokens, avg(cost) AS estimated_cost, avg(tools) AS tool_calls,
       sum(tokens) AS task_tokens, sum(cost) AS task_cost,
       sum(judge_tokens) AS scoring_tokens, sum(judge_cost) AS scoring_cost
FROM (
  SELECT root_span_id,
         max(CASE WHEN is_root THEN metrics.end - metrics.start END) AS duration,
         count(CASE WHEN span_attributes.type = 'tool' THEN 1 END) AS tools,
         sum(CASE WHEN NOT judge THEN metrics.tokens END) AS tokens,
         sum(CASE WHEN NOT judge THEN metrics.estimated_cost END) AS cost,
         sum(CASE WHEN judge THEN metrics.tokens END) AS judge_tokens,
         sum(CASE WHEN judge THEN metrics.estimated_cost END) AS judge_cost
  FROM (SELECT *, coalesce(span_attributes.purpose, '') = 'scorer' AS judge FROM experiment('playlist/{name}'))
  GROUP BY root_span_id
)"""
"""Sums over the spans themselves, without the product's own summaries."""


def numbers(text: str) -> list[float]:
    return [
        float(number.replace(",", ""))
        for number in re.findall(r"[+-]?\$?\d[\d,]*\.?\d*", text.replace("$", ""))
    ]


def printed_about(output: str, name: str) -> dict[str, str]:
    """The lines of an experiment, by their first word."""
    part = output[output.index(f"\n{name}: ") :].split("\nhttp://")[0]
    return {line.split()[0].rstrip(":"): line for line in part.splitlines()[2:] if line.strip()}


def test_the_terminal_says_what_sql_and_the_comparison_say(played: Played) -> None:
    current, improved = experiment_names(played.outputs[0])
    for name in (current, improved):
        lines = printed_about(played.outputs[0], name)
        [found] = played.sql(f"SELECT experiment_id FROM experiment('playlist/{name}') LIMIT 1")
        base = "none" if name == current else current
        compared = played.get(f"/v1/experiment/{found['experiment_id']}/compare?to={base}")
        for item in compared["scores"]:
            score = f"scores.{item['name']}"
            [row] = played.sql(f"SELECT avg({score}) AS mean FROM experiment('playlist/{name}')")
            assert row["mean"] == pytest.approx(item["mean"], abs=1e-12)
            shown = [f"{100 * item['mean']:.1f}"]
            if name == improved:
                assert item["verdict"] == "better"
                assert item["verdict"] in lines[item["name"]]
                shown += [f"{100 * value:+.1f}" for value in (item["diff"], *item["diff_interval"])]
                shown += [str(item["improvements"]), str(item["regressions"])]
            else:
                shown += [f"{100 * value:.1f}" for value in item["interval"]]
            assert numbers(lines[item["name"]]) == [float(number) for number in shown]
        [sums] = played.sql(NUMBERS_OF_A_RUN.format(name=name))
        means = {item["name"]: item["mean"] for item in compared["metrics"]}
        for metric in ("duration", "total_tokens", "estimated_cost", "tool_calls"):
            assert sums[metric] == pytest.approx(means[metric], rel=1e-9)
            assert numbers(lines[metric])[0] == pytest.approx(sums[metric], rel=5e-3)
        for part in ("task", "scoring"):
            tokens, cost = numbers(lines[part])
            assert tokens == sums[f"{part}_tokens"] == compared["totals"][part]["tokens"]
            assert cost == pytest.approx(sums[f"{part}_cost"], rel=5e-3)
            assert sums[f"{part}_cost"] == pytest.approx(compared["totals"][part]["cost"], rel=1e-9)


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


def test_a_port_that_somebody_else_takes_first_is_left_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

    monkeypatch.setenv("ASSAY_BOOTSTRAP_KEY", "meant for another server")
    taken = next(demo_server_module._free_ports())
    with HTTPServer(("127.0.0.1", taken), Healthy) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        monkeypatch.setattr(demo_server_module, "_free_ports", lambda: iter([taken, 0]))
        with demo_server(tmp_path / "data") as server:
            assert server.alive
            assert not server.url.endswith(f":{taken}")
            assert server.api_key == (tmp_path / "data" / "owner.key").read_text().strip()
            assert (tmp_path / "data.log").stat().st_mode & 0o777 == 0o600, "the key is in it"
        other.shutdown()


def test_rules_by_name() -> None:
    assert broken_rules(None) == ["no playlist"]
    assert broken_rules({"minutes": 29.9, "genres": 3}) == []
    assert broken_rules({"minutes": 30.0, "genres": 1}) == ["too long", "one genre"]
