"""docs/migration.md says what is true: each row of its tables is run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.published import NODE_PACKAGES, PYTHON_PACKAGES
from tests.support.servers import Refused, ServerProcess, running_server

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
TEXT = PAGE.read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Cells of the table below a heading, its own head left out."""
    section = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 3, f"no table under {heading!r}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


WORKS, BETTER, MISSING = (
    table(heading) for heading in ("What works unchanged", "What is better", "What is not there yet")
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with running_server(tmp_path_factory.mktemp("migration") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def experiments(server: ServerProcess) -> dict[str, str]:
    """The names the examples use: a dataset and two experiments over it; experiment name → id."""
    project = server.request("POST", "/v1/project", {"name": "playlist"})["id"]
    songs = server.request("POST", "/v1/dataset", {"project_id": project, "name": "songs"})["id"]
    rows = [{"id": f"d{at}", "input": at, "expected": at * 2} for at in range(3)]
    server.request("POST", f"/v1/dataset/{songs}/insert", {"events": rows})
    made: dict[str, str] = {}
    for name, quality in (("old", 0.25), ("new", 0.5)):
        made[name] = server.request("POST", "/v1/experiment", {"project_id": project, "name": name})["id"]
        cases = [
            {"id": f"{name}{at}", "input": at, "scores": {"quality": quality},
             "origin": {"object_type": "dataset", "object_id": songs, "id": f"d{at}"}}
            for at in range(3)
        ]  # fmt: skip
        server.request("POST", f"/v1/experiment/{made[name]}/insert", {"events": cases})
    return made


@pytest.mark.parametrize("row", WORKS, ids=lambda row: row[0])
def test_what_works_has_a_test_with_each_client(row: list[str]) -> None:
    named = [cell for cell in row[1:] if cell != "–"]
    assert named, row
    for cell in named:
        file, _, name = cell.strip("`").partition("::")
        tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, cell


def test_the_versions_are_those_of_the_tests() -> None:
    for package in (*PYTHON_PACKAGES[:2], *(name.rpartition("/")[2] for name in NODE_PACKAGES)):
        name, version = re.split("==|@", package)
        assert f"`{name.removesuffix('-linux-x64')}` {version}" in TEXT


@pytest.mark.parametrize(("what", "attempt"), BETTER, ids=lambda cell: cell[:40])
def test_what_is_better_runs(
    server: ServerProcess, experiments: dict[str, str], what: str, attempt: str
) -> None:
    text = attempt.strip("`")
    if not text.startswith("GET "):
        assert server.sql(text), what
        return
    comparison = server.request("GET", text.removeprefix("GET ").format(**experiments))
    (quality,) = [item for item in comparison["scores"] if item["name"] == "quality"]
    assert (quality["diff"], quality["verdict"]) == (0.25, "inconclusive")  # three cases are too few
    assert len(quality["diff_interval"]) == 2


@pytest.mark.parametrize(("what", "request_", "answer"), MISSING, ids=lambda cell: cell[:40])
def test_what_is_missing_says_so(server: ServerProcess, what: str, request_: str, answer: str) -> None:
    method, path = request_.strip("`").split(" ", 1)
    status, code = answer.split(" ")
    with pytest.raises(Refused) as caught:
        server.request(method, path, {} if method == "POST" else None)
    assert (str(caught.value.status), caught.value.body["error"]["code"]) == (status, code.strip("`"))
