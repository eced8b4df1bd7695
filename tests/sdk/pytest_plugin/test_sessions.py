"""Real pytest sessions in processes of their own, against a real server and against none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import KEY, ServerProcess, running_server

TESTS = """
import asyncio
import assay
import pytest

def exact(output, expected):
    return output == expected

async def soft(output):
    await asyncio.sleep(0)
    return 0.5

@assay.traced
def answer(n):
    return 7 if n == 3 else 2 * n

@assay.case(
    data=[{"input": n, "expected": 2 * n, "tags": ["golden"] if n == 4 else []} for n in range(40)],
    scores=[exact, soft],
    metadata={"suite": "sums"},
)
def test_sums(assay_case):
    assay_case.log(output=answer(assay_case.input), metadata={"seen": True})
    assay_case.score("size", 0.25)
    assert assay_case.result.output == assay_case.expected

@assay.case(input={"q": "x"}, expected="X", tags=["one"], scores=[exact])
def test_returned():
    return "X"

@assay.case
@pytest.mark.parametrize("n", [1, 2])
def test_of_its_own_name(n):
    if n == 2:
        raise RuntimeError("out of luck")

@assay.case(input="skipped")
def test_skipped():
    pytest.skip("not today")

@pytest.mark.xfail(reason="known")
@assay.case(input="known")
def test_known():
    assert False

@assay.case(input="again", trials=3)
def test_trials(): pass

class TestGroup:
    @assay.case(input="method")
    def test_method(self, tmp_path):
        assert tmp_path.exists()

def test_plain():
    pass
"""
CASES = 40 + 1 + 2 + 1 + 1 + 3 + 1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for these sessions."""
    with running_server(tmp_path_factory.mktemp("pytest") / "data") as found:
        yield found


class Project:
    """A folder of tests, run as a user would."""

    def __init__(self, folder: Path, text: str, **environment: str) -> None:
        self.folder = folder
        self.name = f"pytest-{uuid.uuid4().hex[:8]}"
        self._environment = environment
        (folder / "pytest.ini").write_text(f"[pytest]\nassay_project = {self.name}\n")
        (folder / "test_app.py").write_text(text)

    def run(self, *options: str, plugins: tuple[str, ...] = ("assay", "xdist")) -> tuple[int, str]:
        """Exit status and output; without `plugins`, with all that are installed."""
        chosen = [word for name in plugins for word in ("-p", name)]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen, *options]
        alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if plugins else {}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **alone, **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout


@pytest.fixture
def project(server: ServerProcess, tmp_path: Path) -> Project:
    return Project(tmp_path, TESTS, ASSAY_URL=server.url, ASSAY_API_KEY=KEY)


def experiments(server: ServerProcess, project: Project) -> list[dict[str, Any]]:
    return server.request("GET", f"/v1/experiment?project_name={project.name}")["objects"]


def compared(server: ServerProcess, experiment: dict[str, Any]) -> dict[str, Any]:
    return server.request("GET", f"/v1/experiment/{experiment['id']}/compare")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_each_test_is_a_case_of_one_experiment(
    server: ServerProcess, project: Project, workers: tuple[str, ...]
) -> None:
    status, out = project.run(*workers)
    assert status == 1, out
    assert "2 failed, 46 passed, 1 skipped, 1 xfailed" in out
    [experiment] = experiments(server, project)
    found = compared(server, experiment)
    assert (found["totals"]["rows"], found["totals"]["errors"]) == (CASES, 1)
    scores = {item["name"]: item for item in found["scores"]}
    assert {name: (item["n"], item["nulls"]) for name, item in scores.items()} == {
        "exact": (41, 0),
        "passed": (CASES - 1, 1),
        "size": (40, 0),
        "soft": (40, 0),
    }
    assert scores["exact"]["mean"] == pytest.approx(40 / 41)
    assert scores["passed"]["mean"] == pytest.approx((CASES - 4) / (CASES - 1))
    assert f"{experiment['name']}: {CASES - 2} cases, {CASES} runs, 1 error" in out
    assert f"/p/{project.name}/experiments/{experiment['name']}" in out
    check_trace(server, experiment)


def check_trace(server: ServerProcess, experiment: dict[str, Any]) -> None:
    """The case of input 3: what came out, why the test failed, and what was recorded below it."""
    rows = server.sql(f"SELECT * FROM experiment('{experiment['id']}') WHERE root_span_id IN (SELECT root_span_id "
                      f"FROM experiment('{experiment['id']}') WHERE input = 3 AND is_root)")  # fmt: skip
    root = next(row for row in rows if row["is_root"])
    assert (root["output"], root["expected"], root["error"]) == (7, 6, None)
    assert root["metadata"]["suite"] == "sums"
    assert root["metadata"]["test"] == "test_app.py::test_sums[3]"
    assert "assert 7 == 6" in root["metadata"]["failure"]
    below = {row["span_attributes"]["name"]: row for row in rows if not row["is_root"]}
    assert set(below) == {"answer", "size", "exact", "soft"}
    assert below["answer"]["output"] == 7
    assert (below["exact"]["span_attributes"]["purpose"], below["exact"]["scores"]) == (
        "scorer",
        {"exact": 0},
    )
    tagged = server.sql(
        f"SELECT input FROM experiment('{experiment['id']}') WHERE is_root AND len(tags) = 1 AND input = 4"
    )
    assert tagged == [{"input": 4}]


def test_the_gate_decides_over_the_session(project: Project) -> None:
    keep = ("-k", "sums and not 3")
    status, out = project.run(*keep, "--assay-fail-if", "size below 90%", "--assay-fail-if", "exact drops")
    assert status == 1, out
    assert "failed        size below 90%: 25.0 %" in out
    assert "inconclusive  exact drops: no baseline" in out
    assert "failed" not in out.splitlines()[-1]
    status, out = project.run(*keep, "--assay-fail-if", "size below 20%")
    assert status == 0, out
    status, out = project.run(*keep, "--assay-fail-if", "sise below 20%")
    assert (status, "names nothing" in out) == (1, True)


def test_a_wrong_key_or_base_ends_the_session_before_it_costs(project: Project) -> None:
    keep = ("-k", "sums", "--assay-base", "nobody")
    status, out = project.run(*keep)
    assert (status, "passed" in out) == (pytest.ExitCode.USAGE_ERROR, False), out
    assert "assay: no experiment 'nobody'" in out


def test_a_broken_condition_stops_the_run_before_it_starts(project: Project) -> None:
    status, out = project.run("--assay-fail-if", "exact dorps")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "exact dorps\n      ^ expected drops" in out


def test_without_a_server_tests_run_and_say_so(server: ServerProcess, tmp_path: Path) -> None:
    state = tmp_path / "state"
    environment = {"ASSAY_URL": "http://127.0.0.1:1", "ASSAY_API_KEY": "k", "XDG_STATE_HOME": str(state)}
    offline = Project(tmp_path, TESTS, **environment)
    keep = ("-k", "sums or returned", "--assay-fail-if", "exact below 10%")
    status, out = offline.run(*keep, "-n", "2")
    assert "1 failed, 40 passed" in out
    assert "no server (no answer from http://127.0.0.1:1" in out
    assert "the gate was not judged" in out
    assert "97.6 %" in out  # 40 of 41
    assert status == 1
    spool = state / "assay" / "spool"
    assert sum(path.read_text().count('"expected":') >= 1 for path in spool.iterdir()) >= 1
    push = [sys.executable, "-m", "assay", "sync", "push"]
    sent = {**os.environ, **environment, "ASSAY_URL": server.url, "ASSAY_API_KEY": KEY}
    subprocess.run(push, env=sent, check=True, capture_output=True, timeout=60)
    [experiment] = experiments(server, offline)
    assert compared(server, experiment)["totals"]["rows"] == 41


def test_a_gate_that_must_be_judged_fails_without_a_server(tmp_path: Path) -> None:
    offline = Project(tmp_path, TESTS, ASSAY_OFFLINE=str(tmp_path / "spool"))
    keep = ("-k", "returned", "--assay-fail-if", "exact below 10%")
    assert offline.run(*keep)[0] == 0
    assert offline.run(*keep, "--assay-fail-on-inconclusive")[0] == 1


PLAIN = """
import sys

def test_nothing_was_loaded():
    loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("assay", "urllib3", "msgspec", "click"))
    assert loaded == ["assay", "assay.pytest_plugin"]

def test_a_fixture_of_that_kind_is_nobodys_business(case):
    assert case == "mine"
"""
PLAIN_CONFTEST = """
import pytest

@pytest.fixture
def case():
    return "mine"
"""


def test_runs_that_do_not_use_it_are_left_alone(tmp_path: Path) -> None:
    plain = Project(tmp_path, PLAIN, ASSAY_URL="http://127.0.0.1:1")
    (tmp_path / "conftest.py").write_text(PLAIN_CONFTEST)
    quiet = "addopts = --strict-markers -p no:schemathesis"  # another plugin here, which imports urllib3
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{quiet}\n")
    status, out = plain.run("-n", "1", plugins=())
    assert status == 0, out
    assert "2 passed" in out
    assert "assay" not in out


def test_pytest_is_no_dependency_of_the_wheel() -> None:
    from importlib.metadata import entry_points, requires

    assert not any(name.startswith("pytest") for name in requires("assay") or ())
    [found] = entry_points(group="pytest11", name="assay")
    assert found.value == "assay.pytest_plugin"
    import assay

    assert "PYTEST_DONT_REWRITE" in (
        assay.__doc__ or ""
    )  # no warning when it was imported before pytest began


ASYNC = """
import asyncio
import assay

@assay.case(input=1, expected=2, scores=[lambda output, expected: float(output == expected)])
async def test_async():
    await asyncio.sleep(0)
    assay.current_span().log(metadata={"inside": True})
    return 2
"""
ASYNC_CONFTEST = """
import asyncio, inspect
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        asyncio.run(pyfuncitem.obj())
        return True
"""


def test_async_tests_are_cases_too(server: ServerProcess, tmp_path: Path) -> None:
    project = Project(tmp_path, ASYNC, ASSAY_URL=server.url, ASSAY_API_KEY=KEY)
    (tmp_path / "conftest.py").write_text(ASYNC_CONFTEST)
    status, out = project.run()
    assert status == 0, out
    [experiment] = experiments(server, project)
    [root] = server.sql(f"SELECT output, metadata FROM experiment('{experiment['id']}') WHERE is_root")
    assert (root["output"], root["metadata"]["inside"]) == (2, True)
    assert {item["name"]: item["mean"] for item in compared(server, experiment)["scores"]}["passed"] == 1.0


def test_the_example_of_the_page_runs(server: ServerProcess, tmp_path: Path) -> None:
    page = (
        (Path(__file__).parents[3] / "docs" / "ci.md").read_text(encoding="utf-8").partition("## pytest")[2]
    )
    code, ini = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[0] for kind in ("python", "ini"))
    capitals = (
        "def capital_of(country):\n    return {'France': 'Paris', 'Italy': 'Rome', 'Peru': 'Lima'}[country]\n"
    )
    project = Project(tmp_path, capitals + code, ASSAY_URL=server.url, ASSAY_API_KEY=KEY)
    (tmp_path / "pytest.ini").write_text(
        ini.replace("assay_project = geography", f"assay_project = {project.name}")
    )
    status, out = project.run()
    assert status == 0, out
    assert "gate passed" in out
    [experiment] = experiments(server, project)
    assert compared(server, experiment)["totals"]["rows"] == 7


def test_contradictions_are_refused_where_they_are_written() -> None:
    from assay import case

    with pytest.raises(ValueError, match="either data or input"):
        case(data=[], input=1)
    with pytest.raises(ValueError, match="trials is 0"):
        case(trials=0)
