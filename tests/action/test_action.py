"""The GitHub Action as a runner would run it: its own scripts, a real server, a GitHub on the loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.servers import KEY, ServerProcess, running_server

ACTION = Path(__file__).parents[2] / ".github" / "actions" / "eval"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
Row = dict[str, Any]


class GitHub:
    """Comments of pull request 7, for a token of a workflow that may not ask who it is."""

    def __init__(self) -> None:
        self.comments: list[Row] = []
        self.requests: list[tuple[str, str]] = []
        self.read_only = False

    def answer(self, method: str, path: str, body: Any, key: str | None) -> tuple[int, Any]:
        self.requests.append((method, path))
        if key != "Bearer the-token":
            return 401, {"message": "Bad credentials"}
        if path == "/user" or (self.read_only and method != "GET"):
            return 403, {"message": "Resource not accessible by integration"}
        if found := re.fullmatch(r"/repos/me/app/issues/7/comments\?per_page=100&page=(\d+)", path):
            start = 100 * (int(found[1]) - 1)
            return 200, self.comments[start : start + 100]
        if (method, path) == ("POST", "/repos/me/app/issues/7/comments"):
            self.comments.append(comment(len(self.comments) + 1, body["body"]))
            return 201, self.comments[-1]
        if found := re.fullmatch(r"/repos/me/app/issues/comments/(\d+)", path):
            one = next(c for c in self.comments if c["id"] == int(found[1]))
            one["body"] = body["body"]
            return 200, one
        return 404, {"message": "Not Found"}


def comment(number: int, body: str, login: str = "github-actions[bot]") -> Row:
    return {"id": number, "body": body, "user": {"login": login}}


@pytest.fixture
def github() -> Iterator[tuple[GitHub, str]]:
    """A GitHub API and its URL."""
    hub = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = hub.answer(self.command, self.path, body, self.headers.get("Authorization"))
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = any

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield hub, f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("action") / "data") as found:
        yield found


class Runner:
    """Runs the steps of the action: expressions filled in, scripts in bash as GitHub starts it."""

    def __init__(self, folder: Path, api: str) -> None:
        self.folder = folder
        self.definition = yaml.safe_load((ACTION / "action.yml").read_text())
        self.summary = folder / "step-summary.md"
        event = folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7}}))
        self.environment = {
            **os.environ,
            "PATH": f"{self._commands()}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_API_URL": api,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": "me/app",
            "GITHUB_RUN_ID": "42",
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        self.out = ""

    def _commands(self) -> Path:
        """`python` as a workflow has it, except that installing only notes what it was asked for."""
        folder = self.folder / "bin"
        folder.mkdir()
        python = folder / "python"
        python.write_text(
            f'#!/bin/sh\nif [ "$2" = pip ]; then echo "$@" >> {self.folder}/pip; else exec {sys.executable} "$@"; fi\n'
        )
        python.chmod(0o755)
        return folder

    def run(self, **inputs: str) -> int:
        """All steps; the exit code of the first one that fails, as the job would end."""
        values = {
            f"inputs.{name}": about.get("default", "") for name, about in self.definition["inputs"].items()
        }
        values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        values["inputs.github-token"] = inputs.get("github_token", "the-token")
        for number, step in enumerate(self.definition["runs"]["steps"]):
            if "if" in step and not self._holds(step["if"], values):
                continue
            assert step["shell"] == "bash"
            output = self.folder / f"output-{number}"
            output.touch()
            script = self.folder / f"step-{number}.sh"
            script.write_text(step["run"])
            given = {name: self._filled(text, values) for name, text in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                env={**self.environment, "GITHUB_OUTPUT": str(output), **given},
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
            )
            self.out += done.stdout
            for line in output.read_text().splitlines():
                name, _, value = line.partition("=")
                values[f"steps.{step['id']}.outputs.{name}"] = value
            if done.returncode:
                return done.returncode
        return 0

    @staticmethod
    def _filled(text: str, values: dict[str, str]) -> str:
        return EXPRESSION.sub(lambda match: values[match[1]], text)

    @staticmethod
    def _holds(condition: str, values: dict[str, str]) -> bool:
        match = EXPRESSION.fullmatch(condition)
        assert match
        name, operator, text = match[1].split(" ", 2)
        return (values[name] == text.strip("'")) == (operator == "==")


EVAL = """
import os
from assay import Eval

def quality(output):
    return output

Eval(
    os.environ["PROJECT"],
    data=[{"input": n} for n in range(30)],
    task=lambda n: float(os.environ["LEVEL"]) * (1 + 0.05 * (n % 5)),
    scores=[quality],
)
"""


@pytest.fixture
def runner(server: ServerProcess, github: tuple[GitHub, str], tmp_path: Path) -> Runner:
    """A checkout with one evaluation, whose level the environment sets."""
    made = Runner(tmp_path, github[1])
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "eval_it.py").write_text(EVAL)
    made.environment |= {"PROJECT": f"action {uuid.uuid4().hex[:8]}", "LEVEL": "0.7"}
    return made


def test_one_comment_is_kept_up_to_date(
    server: ServerProcess, github: tuple[GitHub, str], runner: Runner
) -> None:
    hub = github[0]
    given = {
        "paths": "\n  evals\n\n",
        "url": server.url,
        "api_key": KEY,
        "fail_if": "  quality drops 0.02 \nquality below 0.1\n",
    }
    assert runner.run(**given) == 0, runner.out
    [first] = hub.comments
    assert first["body"].startswith("<!-- assay: evaluation -->\n\n### `action")
    assert "❔ inconclusive" in first["body"]  # nothing to compare with yet
    assert (runner.folder / "pip").read_text().split()[-1] == "assay"

    runner.environment["LEVEL"] = "0.6"
    assert runner.run(**given) == 4, runner.out
    [second] = hub.comments
    assert "A gate failed. ([log](https://github.com/me/app/actions/runs/42), exit code 4)" in second["body"]
    assert "| `quality drops 0.02` | ❌ failed | -11.0 pp" in second["body"]
    assert "- the smallest difference this run could have seen: quality " in second["body"]
    assert runner.summary.read_text().count("### `action") == 2

    assert runner.run(**given, name="other", install="") == 0, runner.out  # against the run before: no drop
    assert [c["body"].partition("\n")[0] for c in hub.comments] == [
        "<!-- assay: evaluation -->",
        "<!-- assay: other -->",
    ]


def test_further_arguments_and_no_comment(
    server: ServerProcess, github: tuple[GitHub, str], runner: Runner
) -> None:
    runner.environment |= {"ASSAY_URL": server.url, "ASSAY_API_KEY": KEY}
    code = runner.run(
        paths="evals/eval_it.py",
        comment="false",
        arguments="--first\n5\n--experiment\nnamed; touch injected",
        fail_if="quality below 0.9",
        confidence="0.8",
        fail_on_inconclusive="true",
    )
    assert code == 4, runner.out
    assert "named; touch injected: 5 cases" in runner.out
    assert "80 % sure" in runner.out
    assert not (runner.folder / "injected").exists()
    assert github[0].requests == []


def test_only_comments_of_its_own_are_changed(github: tuple[GitHub, str], runner: Runner) -> None:
    hub = github[0]
    filler = [comment(number, "hello") for number in range(1, 101)]
    copied = comment(101, "<!-- assay: evaluation --> mine", "somebody")
    own = comment(102, "<!-- assay: evaluation -->\n\nearlier")
    hub.comments = [*filler, copied, own]
    assert runner.run(paths="evals", url="http://127.0.0.1:1", api_key="k") == 3
    assert len(hub.comments) == 102
    assert copied["body"].endswith("mine")
    assert "There is no server, or no access to it" in own["body"]
    assert "could not run" in own["body"]


def test_a_wrong_condition_is_said_in_the_comment(github: tuple[GitHub, str], runner: Runner) -> None:
    assert runner.run(paths="evals", fail_if="quality dorps", github_token="the-token") == 2
    assert "quality dorps" in runner.out
    assert "The command line or a condition is wrong." in github[0].comments[0]["body"]


def test_a_token_that_may_only_read_is_a_warning(github: tuple[GitHub, str], runner: Runner) -> None:
    github[0].read_only = True
    assert runner.run(paths="evals", fail_if="quality dorps") == 2
    assert "::warning title=Assay::the comment could not be written: HTTP Error 403" in runner.out
    Path(runner.environment["GITHUB_EVENT_PATH"]).write_text("{}")
    runner.out = ""
    assert runner.run(paths="evals", fail_if="quality dorps") == 2
    assert "no pull request: no comment" in runner.out


def test_nothing_from_outside_is_pasted_into_a_script() -> None:
    definition = yaml.safe_load((ACTION / "action.yml").read_text())
    assert definition["runs"]["using"] == "composite"
    for step in definition["runs"]["steps"]:
        assert not EXPRESSION.search(step["run"]), step["name"]
        assert step["shell"] == "bash"
    used = {name for step in definition["runs"]["steps"] for name in EXPRESSION.findall(json.dumps(step))}
    known = {f"inputs.{name}" for name in definition["inputs"]}
    known |= {
        match for about in definition["outputs"].values() for match in EXPRESSION.findall(about["value"])
    }
    assert {name.split(" ")[0] for name in used} <= known
    described = [*definition["inputs"].values(), *definition["outputs"].values()]
    assert all(about["description"] for about in described)
