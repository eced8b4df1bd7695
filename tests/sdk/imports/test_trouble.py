"""Imports that are killed, sides that answer badly or not at all, rows that are refused."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.cli.conftest import run
from tests.sdk.imports.compare import history, objects, project_id, rest_rows
from tests.sdk.imports.conftest import Importer
from tests.sdk.imports.sameness import same_everywhere
from tests.sdk.imports.world import BROKEN_FILE, World
from tests.support.proxy import LOST, Proxy, proxy
from tests.support.servers import KEY, ServerProcess, running_server

READS = ("/btql", "/api/apikey/login")


@pytest.fixture
def behind(target: ServerProcess) -> Iterator[Proxy]:
    """A proxy in front of the target."""
    with proxy(target.port) as made:
        yield made


@pytest.fixture
def before(source: ServerProcess) -> Iterator[Proxy]:
    """A proxy in front of the source."""
    with proxy(source.port) as made:
        yield made


def writes(method: str, path: str) -> bool:
    return method != "GET" and path not in READS


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_killed_again_and_again_it_ends_with_the_same(
    source: ServerProcess, world: World, target: ServerProcess, behind: Proxy, tmp_path: Path
) -> None:
    """Killed at its 4th write, then at its 8th, and so on: before one reaches the target, or before its answer."""
    command = [sys.executable, "-m", "assay", "import", "braintrust", "--from-url", source.url]
    command += ["--state", str(tmp_path / "import.db"), "--json"]
    environment = {**os.environ, "ASSAY_URL": behind.url, "ASSAY_API_KEY": KEY, "ASSAY_IMPORT_KEY": KEY}
    count = kills = 0

    def fault(method: str, path: str, body: bytes) -> int | None:
        nonlocal count
        count += writes(method, path)
        if not writes(method, path) or count != 4 * (kills + 1):
            return None
        running.kill()
        running.wait()
        return LOST if kills % 2 else 503

    behind.fault = fault
    while True:
        count = 0
        running = start(command, environment)
        err = running.communicate(timeout=60)[1]
        if running.returncode != -signal.SIGKILL:
            break
        kills += 1
    assert (running.returncode, kills > 4) == (1, True), err
    here = same_everywhere(source, target, world)
    for one in (world.base, world.candidate):
        assert len(history(target, "experiment", here[one])) == len(
            rest_rows(target, "experiment", here[one])
        )


def test_interrupted_it_says_how_to_go_on(
    source: ServerProcess, world: World, target: ServerProcess, behind: Proxy, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "assay", "import", "braintrust", "--from-url", source.url]
    environment = {**os.environ, "ASSAY_URL": behind.url, "ASSAY_API_KEY": KEY, "ASSAY_IMPORT_KEY": KEY,
                   "XDG_STATE_HOME": str(tmp_path)}  # fmt: skip

    def fault(method: str, path: str, body: bytes) -> int | None:
        if path == "/logs3":
            running.send_signal(signal.SIGINT)
        return None

    behind.fault = fault
    running = start(command, environment)
    err = running.communicate(timeout=60)[1]
    assert running.returncode == 130, err
    assert "run the same command again to go on" in err
    assert "Traceback" not in err
    (state,) = (tmp_path / "assay" / "import").glob("*.db")
    assert state.stat().st_mode & 0o077 == 0
    assert KEY.encode() not in state.read_bytes()
    behind.fault = lambda method, path, body: None
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    same_everywhere(source, target, world)


def test_busy_sides_are_waited_for(
    source: ServerProcess,
    world: World,
    target: ServerProcess,
    before: Proxy,
    behind: Proxy,
    importer: Importer,
) -> None:
    """Each side answers every eleventh request with 429 or 500, or drops the connection; the target loses every other
    answer to a write of rows.
    """

    def unwell(side: Proxy, faults: list[int]) -> None:
        seen = {"requests": 0, "rows": 0}

        def fault(method: str, path: str, body: bytes) -> int | None:
            seen["requests"] += 1
            seen["rows"] += path == "/logs3"
            if path == "/logs3" and seen["rows"] % 2:
                return LOST
            return faults[seen["requests"] // 11 % len(faults)] if seen["requests"] % 11 == 0 else None

        side.fault = fault

    unwell(before, [429, 500, LOST])
    unwell(behind, [429, 503])
    done = importer(behind.url, url=before.url)
    assert [one["id"] for one in done.json["refused"]] == [BROKEN_FILE], done.err
    assert {status for status, _ in before.spoiled} == {429, 500, LOST}
    assert {status for status, _ in behind.spoiled} == {429, 503, LOST}
    here = same_everywhere(source, target, world)
    for one in (world.base, world.candidate):
        assert len(history(target, "experiment", here[one])) == len(
            rest_rows(target, "experiment", here[one])
        )


def test_wrong_keys_and_addresses(source: ServerProcess, untouched: Proxy, importer: Importer) -> None:
    wrong = importer(untouched.url, key=KEY[::-1])
    assert wrong.code == 3
    assert f"{source.url} does not accept the key to copy from (--key)" in wrong.err
    nowhere = importer(untouched.url, url="http://127.0.0.1:1", key=KEY)
    assert nowhere.code == 3
    assert "127.0.0.1:1" in nowhere.err
    org = importer(untouched.url, "--org", "elsewhere")
    assert org.code == 1
    assert "no access to organization 'elsewhere'" in org.err
    project = importer(untouched.url, "-p", "no such project")
    assert project.code == 1
    assert "no project 'no such project'" in project.err
    for options in (("--since", "yesterday"), ("--only", "everything")):
        assert importer(untouched.url, *options).code == 2
    assert importer(untouched.url, url="ftp://example").code == 2


def test_keys_log_in_at_the_app(
    source: ServerProcess, spare: ServerProcess, before: Proxy, importer: Importer
) -> None:
    chosen = ("-p", "other", "--only", "logs")
    assert importer(spare.url, *chosen, "--from-app-url", before.url).code == 0
    assert before.requests == [("POST", "/api/apikey/login")]
    words = ("import", "braintrust", *chosen, "--from-app-url", before.url, "--key", KEY)
    alone = run(*words, ASSAY_URL=spare.url, ASSAY_API_KEY=KEY)  # the API is where the login says
    assert alone.code == 0, alone.err
    assert len(rest_rows(spare, "project_logs", project_id(spare, "other"))) == 1
    neither = run("import", "braintrust", "--key", KEY, ASSAY_URL=spare.url, ASSAY_API_KEY=KEY)
    assert neither.code == 2
    assert "give --from-url" in neither.err


def test_what_the_source_does_not_have_is_said_and_skipped(
    source: ServerProcess, world: World, target: ServerProcess, before: Proxy, importer: Importer
) -> None:
    def fault(method: str, path: str, body: bytes) -> int | None:
        if path.startswith(("/v1/project_score", "/environment")):
            return 404
        if path.startswith(("/v1/function?", "/v1/view")):
            return 501
        return 400 if path == "/btql" and b'"audit_log": true' in body else None

    before.fault = fault
    done = importer(target.url, "--skip", "attachments", url=before.url)
    assert done.code == 1
    assert {(one["kind"], one["id"]) for one in done.json["refused"]} == {
        ("snapshots", name) for name in ("empty", "first", "second")
    }
    said = "\n".join(done.json["skipped"])
    for text in (
        "/v1/project_score (404)", "/environment (404)", "/v1/function (501)", "/v1/view (501)",
        "old versions of datasets", "old versions of prompts", "parameters_version of experiment",
    ):  # fmt: skip
        assert text in said
        assert text in done.err
    shop = project_id(target, "shop")
    assert rest_rows(target, "project_logs", shop) == rest_rows(source, "project_logs", world.project)
    (cases,) = objects(target, "/v1/dataset", project_id=shop)
    rows = rest_rows(source, "dataset", world.dataset)
    assert rest_rows(target, "dataset", cases["id"]) == rows
    (prompt,) = objects(target, "/v1/prompt", project_id=shop)
    assert prompt["description"] == "the third"
    assert [one["name"] for one in objects(target, "/v1/project_tag", project_id=shop)] == ["urgent"]


def test_rows_that_are_too_large_are_named_and_the_others_copied(
    source: ServerProcess, importer: Importer, tmp_path: Path
) -> None:
    made = source.request("POST", "/v1/project", {"name": "large"})["id"]
    cases = source.request("POST", "/v1/dataset", {"project_id": made, "name": "cases"})["id"]
    rows = [{"id": "small", "input": 1}, {"id": "upload", "input": "x" * 100_000},
            {"id": "monster", "input": "x" * 300_000}, {"id": "last", "input": 2}]  # fmt: skip
    for kind, one in (("project_logs", made), ("dataset", cases)):
        source.request("POST", f"/v1/{kind}/{one}/insert", {"events": rows})
    try:
        with running_server(tmp_path / "small", ASSAY_MAX_BODY="65536") as small:
            done = importer(small.url, "-p", "large")
            assert done.code == 1
            assert [(one["kind"], one["in"], one["id"]) for one in done.json["refused"]] == [
                ("dataset rows", "large/cases", "monster"), ("log rows", "large", "monster"),
            ]  # fmt: skip
            assert all("413" in one["reason"] for one in done.json["refused"])
            large = project_id(small, "large")
            (copy,) = objects(small, "/v1/dataset", project_id=large)
            for kind, here, there in (("project_logs", large, made), ("dataset", copy["id"], cases)):
                wanted = rest_rows(source, kind, there)
                wanted.pop("monster")
                assert rest_rows(small, kind, here) == wanted
            assert importer(small.url, "-p", "large").json["counts"]["dataset rows"]["copied"] == 0
    finally:
        source.request("DELETE", f"/v1/project/{made}")


def test_the_record_of_another_import_is_not_used(
    source: ServerProcess, spare: ServerProcess, importer: Importer, tmp_path: Path
) -> None:
    state = tmp_path / "state.db"
    chosen = ("-p", "other", "--state", state)
    assert importer(spare.url, *chosen).code == 0
    with sqlite3.connect(state) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        busy = importer(spare.url, *chosen)
        assert busy.code == 1
        assert "another import is using it" in busy.err
    holder.close()
    other = importer(source.url, *chosen)
    assert other.code == 1
    assert "is the record of an import from" in other.err
    state.write_bytes(b"not a database" * 100)
    damaged = importer(spare.url, *chosen)
    assert damaged.code == 1
    assert "give another file with --state" in damaged.err
