"""A capsule from a real server: saved, read and checked offline, and every edit named."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.capsule.archive import MEMBERS, REQUIRED
from tests.sdk.cli.conftest import Assay, Outcome, run
from tests.server.verdicts.traces import eval_trace
from tests.support.servers import KEY, ServerProcess

LEAK = "sk-live-0123456789abcdefghijkl"
Row = dict[str, Any]


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def site(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Row:
    """A project with two experiments on a dataset, run from a repository with a lock file."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q")
    (folder / "uv.lock").write_text(f"index = https://me:{LEAK}@example.org/simple\nname = thing\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    commit = git(folder, "rev-parse", "HEAD")
    name = f"capsules {uuid.uuid4().hex[:8]}"
    project = server.request("POST", "/v1/project", {"name": name})["id"]
    settings = {"settings": {"score_directions": {"password": "lower"}}}
    server.request("PATCH", f"/v1/project/{project}", settings)
    dataset = server.request("POST", "/v1/dataset", {"project_id": project, "name": "d"})["id"]
    rows = [{"id": f"{name}{i}", "input": {"n": i}, "expected": str(i)} for i in range(25)]
    server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": rows})
    version = max(
        row["_xact_id"] for row in server.request("POST", f"/v1/dataset/{dataset}/fetch", {})["events"]
    )
    server.request(
        "POST", f"/v1/dataset/{dataset}/insert", {"events": [{"id": f"{name}late", "input": "late"}]}
    )
    for run_name, shift in (("old", 0.0), ("new", 0.1)):
        diff = f"diff --git a/app.py b/app.py\n+key = '{LEAK}'\n+temperature = 0.2\n"
        body = {
            "project_id": project,
            "name": run_name,
            "dataset_id": dataset,
            "dataset_version": version,
            "repo_info": {"commit": commit, "branch": "main", "dirty": True, "git_diff": diff},
            "metadata": {
                "parameters": {"temperature": 0.2, "seed": 7},
                "api_key": "hidden",
                "versions": {"scorers": {"S": "v-123"}},
            },
        }
        experiment = server.request("POST", "/v1/experiment", body)["id"]
        server.request(
            "POST", f"/v1/experiment/{experiment}/insert", {"events": list(traces(run_name, name, shift))}
        )
    return {"project": name, "folder": folder, "version": version}


def traces(run_name: str, project: str, shift: float) -> Iterator[Row]:
    for i in range(25):
        # A score may be called like a secret: its numbers are none.
        scores: dict[str, float | None] = {"S": None if i == 9 else (i % 7) / 9 + shift, "password": i % 2}
        found = eval_trace(
            f"{project}{run_name}{i}",
            input={"n": i // 2},
            scores=scores,
            at=i,
            error="broke" if i == 3 else None,
        )
        for row in found:
            if row["span_attributes"].get("type") == "llm":
                row["input"] = [
                    {"role": "system", "content": f"Be brief. {LEAK}"},
                    {"role": "user", "content": "x"},
                ]
                row["metadata"] = {"model": "small-1", "provider": "acme", "temperature": 0.2}
        yield from found


@pytest.fixture(scope="module")
def saved(server: ServerProcess, site: Row, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The capsule of `new` against `old`."""
    path = tmp_path_factory.mktemp("saved") / "new.capsule"
    with pytest.MonkeyPatch.context() as changes:
        changes.chdir(site["folder"])
        changes.setenv("ACME_SECRET", "a value of this process")
        words = ("capsule", "save", "new", "old", "-p", site["project"], "-o", path)
        done = run(*words, ASSAY_URL=server.url, ASSAY_API_KEY=KEY)
    assert done.code == 0, done.err
    assert done.out.strip() == run("capsule", "verify", path).out.strip().splitlines()[-1]
    return path


def member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as file:
        return file.read(name)


def edited(
    path: Path, target: Path, change: dict[str, Callable[[bytes], bytes | None]], *, forge: bool
) -> Path:
    """A copy with members changed (None takes one away); `forge` also writes a manifest that fits."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    for name, alter in change.items():
        new = alter(contents.get(name, b""))
        contents.pop(name, None)
        if new is not None:
            contents[name] = new
    if forge:
        manifest = json.loads(contents.pop("manifest.json"))
        manifest["files"] = {n: {"sha256": hashlib.sha256(c).hexdigest()} for n, c in contents.items()}
        contents["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return target


def changed_json(alter: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        value = json.loads(content)
        alter(value)
        return json.dumps(value).encode()

    return change


def test_everything_is_in_it(saved: Path, site: Row) -> None:
    opened = run("capsule", "open", saved, "--json")
    assert opened.code == 0, opened.err
    found = opened.json
    files = found["manifest"]["files"]
    assert set(files) == {
        "experiment.json", "comparison.json", "evidence.json", "models.json", "prompts.json", "scorers.json",
        "spans.jsonl", "dataset.jsonl", "diff.patch", "lockfile.txt",
    }  # fmt: skip
    assert (files["dataset.jsonl"]["rows"], files["spans.jsonl"]["rows"]) == (25, 125)  # the pinned version
    assert found["manifest"]["dataset"]["version"] == site["version"]
    assert found["manifest"]["parameters"] == {"temperature": 0.2, "seed": 7}
    assert found["models"] == [
        {"purpose": "task", "model": "small-1", "provider": "acme", "temperature": 0.2, "calls": 25}
    ]
    assert found["scorers"][0]["version"] == "v-123"
    assert (found["comparison"]["baseline"]["name"], found["comparison"]["totals"]["rows"]) == ("old", 25)
    assert b"name = thing" in member(saved, "lockfile.txt")
    assert b"+temperature = 0.2" in member(saved, "diff.patch")
    [prompt] = json.loads(member(saved, "prompts.json"))
    assert (prompt["text"], prompt["uses"]) == ("Be brief. [redacted]", 25)
    assert files["lockfile.txt"]["origin"].startswith("commit ")


def test_no_secret_is_in_it(saved: Path) -> None:
    for name in [*run("capsule", "open", saved, "--json").json["manifest"]["files"], "manifest.json"]:
        content = member(saved, name).decode()
        for secret in (LEAK, KEY, "hidden", "a value of this process"):
            assert secret not in content, name
        assert "git_diff" not in content
    assert json.loads(member(saved, "manifest.json"))["redacted"] > 25


def test_the_same_numbers_as_everywhere(assay: Assay, saved: Path, site: Row) -> None:
    shown = assay("experiments", "compare", "new", "old", "-p", site["project"], "--json").json
    stated = json.loads(member(saved, "comparison.json"))
    assert (stated["scores"], stated["metrics"], stated["totals"]) == (
        shown["scores"],
        shown["metrics"],
        shown["totals"],
    )


def test_it_is_read_and_checked_without_a_server(saved: Path) -> None:
    nowhere = {"ASSAY_URL": "http://127.0.0.1:1", "ASSAY_API_KEY": None}
    shown = run("capsule", "open", saved, **nowhere)
    assert shown.code == 0
    assert "experiment  new of capsules" in shown.out
    assert "with old, 13 cases in both" in shown.out
    assert "S " in shown.out
    assert "small-1" in shown.out
    checked = run("capsule", "verify", saved, "--json", **nowhere)
    assert checked.code == 0, checked.out
    assert [step["outcome"] for step in checked.json["steps"]] == ["ok", "ok", "ok"]
    digest = checked.json["digest"]
    assert run("capsule", "verify", saved, "--digest", f"sha256:{digest}").code == 0
    assert run("capsule", "verify", saved, "--digest", "0" * 64).code == 1
    printed = run("capsule", "open", saved, "--print", "spans.jsonl").out
    assert len([json.loads(line) for line in printed.splitlines()]) == 125
    assert run("capsule", "open", saved, "--print", "nothing").code == 1


def nudge(value: Row) -> None:
    """The smallest change a number can take."""
    value["scores"][0]["diff_interval"][0] += 2**-52


def first_score(value: Row) -> None:
    value["experiment"]["table"]["scores"]["S"][0] += 0.25


def one_span(content: bytes) -> bytes:
    rows = [json.loads(line) for line in content.splitlines()]
    row = next(row for row in rows if "S" in (row.get("scores") or {}))
    row["scores"]["S"] = 0.123
    return b"\n".join(json.dumps(row).encode() for row in rows)


def drop_a_trace(content: bytes) -> bytes:
    rows = [json.loads(line) for line in content.splitlines()]
    gone = rows[0]["root_span_id"]
    return b"\n".join(json.dumps(row).encode() for row in rows if row["root_span_id"] != gone)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("comparison.json", changed_json(nudge), "scores.S.diff_interval.0 is stated as"),
        (
            "comparison.json",
            changed_json(lambda v: v["totals"].pop("errors")),
            "totals.errors is only in what the",
        ),
        ("comparison.json", changed_json(lambda v: v["scores"].clear()), "scores has 0 members"),
        (
            "comparison.json",
            changed_json(lambda v: v["experiment"].update(id="x")),
            "speaks of several experiments",
        ),
        ("evidence.json", changed_json(first_score), "in the evidence"),
        ("spans.jsonl", one_span, "S is 0.123 in the spans"),
        ("spans.jsonl", drop_a_trace, "is not in the spans"),
        ("diff.patch", lambda _: b"other", "diff.patch was changed: its checksum is"),
        ("lockfile.txt", lambda _: None, "lockfile.txt is missing"),
        ("spans.jsonl", lambda _: None, "spans.jsonl is missing"),
        ("manifest.json", changed_json(lambda v: v["files"].pop("diff.patch")), "diff.patch is not listed"),
    ],
)
def test_every_edit_is_named(
    saved: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes | None], said: str
) -> None:
    naive = run("capsule", "verify", edited(saved, tmp_path / "naive", {name: change}, forge=False))
    assert naive.code == 1
    assert f"{name} was changed" in naive.out or said in naive.out
    numbers = name in ("comparison.json", "evidence.json") or "in the spans" in said
    forged = run("capsule", "verify", edited(saved, tmp_path / "forged", {name: change}, forge=True))
    if numbers:  # a manifest that fits does not help: the numbers no longer follow
        assert forged.code == 1
        assert said in forged.out
    digest = run("capsule", "verify", saved, "--json").json["digest"]
    assert run("capsule", "verify", tmp_path / "forged", "--digest", digest).code == 1


def test_without_the_server_wheel_it_says_what_to_install(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "assay_server.recompute", None)
    done = run("capsule", "verify", saved)
    assert done.code == 1
    assert "ok           rows" in done.out
    assert "not checked  statistics" in done.out
    assert 'pip install "assay[server]"' in done.out


def test_what_is_not_there_is_said(assay: Assay, server: ServerProcess, site: Row, tmp_path: Path) -> None:
    project = server.request("POST", "/v1/project", {"name": f"bare {uuid.uuid4().hex[:8]}"})
    body = {"project_id": project["id"], "name": "a/b: ü"}
    experiment = server.request("POST", "/v1/experiment", body)["id"]
    rows = eval_trace(project["name"], input=1, scores={"S": 0.5})
    server.request("POST", f"/v1/experiment/{experiment}/insert", {"events": rows})
    lock = tmp_path / "my.lock"
    lock.write_text("pinned")

    def save(*words: str | Path) -> Outcome:
        return assay("capsule", "save", "a/b: ü", "-p", project["name"], *words)

    with pytest.MonkeyPatch.context() as changes:
        changes.chdir(tmp_path)
        done = save("--json")
    assert done.json["file"] == "a-b.capsule"
    assert [text.partition(":")[0] for text in done.json["notes"]] == ["no dataset", "no lock file"]
    assert run("capsule", "verify", tmp_path / "a-b.capsule").code == 0
    assert "only large" not in run("capsule", "open", tmp_path / "a-b.capsule").out
    assert save("--lock", lock, "-o", tmp_path / "c").code == 0
    assert member(tmp_path / "c", "lockfile.txt") == b"pinned"
    failed = save("-o", tmp_path / "no" / "c")
    assert (failed.code, "cannot write" in failed.err) == (1, True)
    assert assay("capsule", "save", "nothing", "-p", project["name"]).code == 1


STRANGE: list[Any] = [
    [],
    {},
    1,
    "x",
    None,
    [{}],
    {"experiment": {"table": {"scores": []}}},
    {"scores": [{"name": 1}]},
]


@pytest.mark.parametrize("name", [n for n in MEMBERS if n.endswith(".json")])
def test_members_of_another_shape_are_no_crash(saved: Path, tmp_path: Path, name: str) -> None:
    for at, value in enumerate(STRANGE):
        content = json.dumps(value).encode()
        path = edited(saved, tmp_path / f"{at}", {name: lambda _, c=content: c}, forge=True)
        opened, checked = run("capsule", "open", path), run("capsule", "verify", path)
        assert opened.code in (0, 1)
        if name in REQUIRED:
            assert checked.code == 1
            assert "failed" in checked.out


@pytest.mark.parametrize("about", [{"bytes": "x"}, {"rows": [1]}, {"bytes": None}])
def test_a_strange_manifest_is_no_crash(saved: Path, tmp_path: Path, about: Row) -> None:
    def change(manifest: Row) -> None:
        manifest["files"]["spans.jsonl"] |= about
        manifest["experiment"] = 7
        manifest["notes"] = {"a": 1}

    path = edited(saved, tmp_path / "strange", {"manifest.json": changed_json(change)}, forge=False)
    assert run("capsule", "open", path).code in (0, 1)
    assert run("capsule", "verify", path).code == 1


def test_hostile_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../../evil", b"x")
    for command in ("open", "verify"):
        done = run("capsule", command, path)
        assert done.code == 1
        assert "'../../evil' is no member of a capsule" in done.err
