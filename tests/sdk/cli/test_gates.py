"""Gates from the command line: real files, a real server, exit codes a pipeline can use."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assay.client.state import set_current_state
from tests.sdk.cli.conftest import Assay, Outcome, run

EVAL = """
from assay import Eval

def quality(output):
    return output

def task(n):
    if n == {broken}:
        raise ValueError("it broke")
    return {level} * (1 + 0.05 * (n % 5))

Eval(
    {project!r},
    data=[{{"input": n, "tags": ["golden"] if n == 7 else []}} for n in range(30)],
    task=task,
    scores=[quality],
    experiment_name={name!r},
)
"""


class Site:
    """A project with a run at 0.7, and a way to run others."""

    def __init__(self, assay: Assay, folder: Path) -> None:
        self.assay = assay
        self.folder = folder
        self.project = f"gates {uuid.uuid4().hex[:8]}"
        assert self.run("v1", 0.7).code == 0

    def run(self, name: str, level: float, *options: str | Path, broken: int = -1) -> Outcome:
        """`assay eval` of one file."""
        path = self.folder / f"eval_{name}.py"
        path.write_text(EVAL.format(project=self.project, name=name, level=level, broken=broken))
        return self.assay("eval", path, *options)


@pytest.fixture(autouse=True)
def own_state() -> Iterator[None]:
    """A connection of the test's own: the commands run in this process."""
    before = set_current_state(None)
    yield
    state = set_current_state(before)
    if state is not None:
        state.close()


@pytest.fixture
def site(assay: Assay, tmp_path: Path) -> Site:
    return Site(assay, tmp_path)


def test_a_shown_drop_ends_with_4_and_a_smaller_one_with_0(site: Site, tmp_path: Path) -> None:
    junit, markdown = tmp_path / "junit.xml", tmp_path / "summary.md"
    files = ("--junit", junit, "--markdown", markdown)
    done = site.run("worse", 0.6, "--fail-if", "quality drops 0.02", *files)
    assert done.code == 4, done.err
    assert "gate failed (95 % sure)\n  failed  quality drops 0.02: -11.0 pp" in done.out
    tests = ElementTree.parse(junit).getroot()[0]
    assert (tests.attrib["tests"], tests.attrib["failures"]) == ("31", "1")
    assert "| `quality drops 0.02` | ❌ failed | -11.0 pp" in markdown.read_text()
    done = site.run("fine", 0.71, "--base", "v1", "--fail-if", "quality drops 0.02", *files)
    assert done.code == 0, done.out
    assert "passed  quality drops 0.02" in done.out
    assert "✅ passed" in markdown.read_text()


def test_errors_of_cases_come_before_the_gate(site: Site) -> None:
    done = site.run("broken", 0.6, "--fail-if", "quality drops 0.02", broken=3)
    assert done.code == 1
    assert "failed  quality drops" in done.out


def test_json_carries_the_gate(site: Site) -> None:
    done = site.run("json", 0.6, "--fail-if", "quality drops 0.02", "--confidence", "0.99", "--json")
    assert done.code == 4
    [line] = done.out.splitlines()
    gate = json.loads(line)["gate"]
    assert (gate["passed"], gate["level"], gate["findings"][0]["outcome"]) == (False, 0.99, "failed")


def test_finished_experiments_are_judged_alike(site: Site, tmp_path: Path) -> None:
    assert site.run("later", 0.6).code == 0
    place = ("-p", site.project)
    gate = ("experiments", "gate", "later", "v1", *place)
    markdown = tmp_path / "x.md"
    done = site.assay(*gate, "--fail-if", "any score worsens 2pp", "--markdown", markdown)
    assert done.code == 4, done.err
    assert "later against v1\ngate failed" in done.out
    assert "[Open the comparison](<http://" in markdown.read_text()
    report = site.assay(*gate, "--fail-if", "regression on tag golden", "--json")
    assert report.code == 4
    assert report.json["findings"][0]["cases"] == [7]
    assert site.assay(*gate, "--fail-if", "regression on tag silver").code == 0
    assert site.assay(*gate, "--fail-if", "regression on tag silver", "--fail-on-inconclusive").code == 4
    assert site.assay("experiments", "gate", "v1", "later", *place, "--fail-if", "any regression").code == 0
    done = site.assay(*gate, "--fail-if", "qualitee drops")
    assert done.code == 1
    assert "names nothing: later has nothing called 'qualitee'; it has: quality" in done.err
    assert site.assay(*gate).code == 2


def test_a_condition_may_be_about_one_evaluation_of_several(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "several"
    folder.mkdir()
    for name in ("a", "b"):
        text = EVAL.format(project=site.project, name=name, level=0.6, broken=-1)
        (folder / f"eval_{name}.py").write_text(text.replace("quality", f"quality_{name}"))
    done = site.assay("eval", folder, "--fail-if", "quality_b below 0.9")
    assert done.code == 4
    assert done.out.count("gate failed") == 1
    assert site.assay("eval", folder, "--fail-if", "quality_c below 0.9").code == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fail-if", "Variety dorps 0.02"), "Variety dorps 0.02\n          ^ expected drops"),
        (("--fail-if", "Variety drops", "--confidence", "95"), "a confidence of 95 makes no sense"),
        (("--confidence", "0.9"), "go with --fail-if"),
        (("--fail-if", "Variety drops", "--no-send-logs"), "needs the server's intervals"),
    ],
)
def test_a_wrong_gate_is_refused_before_anything_runs(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "eval_x.py").write_text("raise RuntimeError('this must not run')")
    done = run("eval", tmp_path, *options)
    assert done.code == 2
    assert said in done.err


def test_reports_are_written_without_a_server_too(tmp_path: Path) -> None:
    path = tmp_path / "eval_local.py"
    path.write_text(EVAL.format(project="p", name="n", level=0.5, broken=3))
    done = run("eval", path, "--no-send-logs", "--junit", tmp_path / "j.xml", "--markdown", tmp_path / "m.md")
    assert done.code == 1
    root = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert (root.attrib["tests"], root.attrib["errors"]) == ("30", "1")
    assert "| `quality` | 54.9 %" in (tmp_path / "m.md").read_text()


def test_an_evaluation_that_cannot_run_is_in_the_reports(tmp_path: Path) -> None:
    (tmp_path / "eval_x.py").write_text(EVAL.format(project="p", name="n", level=0.5, broken=3))
    done = run(
        "eval", tmp_path, "--junit", tmp_path / "j.xml", ASSAY_URL="http://127.0.0.1:1", ASSAY_API_KEY="k"
    )
    assert done.code == 3
    assert ElementTree.parse(tmp_path / "j.xml").getroot().attrib["errors"] == "1"
    done = run("eval", tmp_path, "--no-send-logs", "--markdown", tmp_path / "no" / "m.md")
    assert done.code == 1
    assert "cannot write" in done.err
