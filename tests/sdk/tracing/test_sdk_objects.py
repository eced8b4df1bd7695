"""Datasets, experiments and attachments through the SDK."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import assay
from assay.client.git import ancestor_commits, collect_repo_info
from assay.client.state import State
from assay.core.errors import AssayError
from tests.sdk.tracing.support.server import LogServer


@pytest.fixture
def dataset(state: State) -> assay.Dataset:
    """An empty dataset."""
    return assay.init_dataset("p", "cases", description="all of them", metadata={"owner": "me"})


def test_insert_update_delete(dataset: assay.Dataset, server: LogServer) -> None:
    first = dataset.insert(input={"q": 1}, expected="a", tags=["x"], metadata={"tier": "gold", "n": 1})
    second = dataset.insert(input={"q": 2}, output="older name of expected")
    dataset.update(first, expected="b", metadata={"n": 2})
    dataset.delete(second)
    dataset.flush()

    row = server.rows[first]
    assert (row["input"], row["expected"], row["tags"]) == ({"q": 1}, "b", ["x"])
    assert row["metadata"] == {"tier": "gold", "n": 2}
    assert row["dataset_id"] == dataset.id
    assert server.rows[second]["_object_delete"] is True
    assert [found["id"] for found in dataset] == [first]
    (made,) = server.objects["dataset"].values()
    assert (made["description"], made["metadata"]) == ("all of them", {"owner": "me"})


def test_inserting_an_existing_id_replaces_the_row(dataset: assay.Dataset, server: LogServer) -> None:
    dataset.insert(id="r", input=1, expected=1, metadata={"a": 1})
    dataset.insert(id="r", input=2)
    dataset.flush()
    assert server.rows["r"]["input"] == 2
    assert "expected" not in server.rows["r"]


def test_rows_are_fetched_page_by_page_including_unflushed_ones(
    dataset: assay.Dataset, server: LogServer
) -> None:
    for n in range(25):
        dataset.insert(input=n, id=f"r{n}")
    assert sorted(row["input"] for row in dataset.fetch(batch_size=10)) == list(range(25))
    assert len([path for _, path, _ in server.requests if path.endswith("/fetch")]) == 3
    assert len(dataset) == 25
    dataset.insert(input=99)
    assert len(dataset) == 26
    assert dataset.summarize().total_records == 26


def test_a_pinned_version_is_read_and_cannot_be_written(dataset: assay.Dataset) -> None:
    dataset.insert(input="old", id="a")
    dataset.flush()
    version = dataset.version
    dataset.insert(input="new", id="b")
    dataset.flush()
    pinned = assay.init_dataset("p", "cases", version=version)
    assert [row["input"] for row in pinned] == ["old"]
    assert pinned.version == version
    assert dataset.version != version
    with pytest.raises(assay.ConfigError, match="pinned"):
        pinned.insert(input=1)


def test_an_empty_dataset_has_no_version(dataset: assay.Dataset) -> None:
    assert dataset.version is None
    assert list(dataset) == []


def test_experiment_log_and_summary(state: State, server: LogServer) -> None:
    experiment = assay.init("p", "tuning", metadata={"prompt": "v2"}, tags=["nightly"])
    row_id = assay.log(input=1, output=2, expected=2, scores={"exact": True}, metadata={"k": 1})
    experiment.log_feedback(row_id, scores={"human": 0.5}, comment="fine")
    summary = assay.summarize()
    row = server.rows[row_id]
    assert row["experiment_id"] == experiment.id
    assert row["scores"] == {"exact": 1, "human": 0.5}
    assert row["span_attributes"]["type"] == "eval"
    assert (summary.experiment_name, summary.comparison_experiment_name) == ("tuning", "before")
    assert (summary.scores["exact"].score, summary.scores["exact"].diff) == (0.75, 0.25)
    assert (summary.metrics["duration"].metric, summary.metrics["duration"].unit) == (1.5, "s")
    (made,) = server.objects["experiment"].values()
    assert (made["ensure_new"], made["metadata"], made["tags"]) == (True, {"prompt": "v2"}, ["nightly"])


def test_a_taken_name_gets_a_suffix_unless_updated(state: State) -> None:
    names = [assay.init("p", "run", update=update).name for update in (None, None, True)]
    assert names[0] == names[2] == "run"
    assert names[1].startswith("run-")


def test_open_reads_an_existing_experiment(state: State) -> None:
    with assay.init("p", "base") as written:
        written.log(input="i", output="o")
        written.log(input="j", output="p", expected="q")
    opened = assay.init("p", "base", open=True)
    assert isinstance(opened, assay.ReadonlyExperiment)
    assert sorted(row["input"] for row in opened) == ["i", "j"]
    assert sorted((row["input"], row["expected"]) for row in opened.as_dataset()) == [("i", "o"), ("j", "q")]
    with pytest.raises(assay.ConfigError, match="no experiment 'none'"):
        assay.init("p", "none", open=True)


def test_base_experiments(state: State, server: LogServer) -> None:
    base = assay.init("p", "base")
    assert base.fetch_base_experiment() is None
    named = assay.init("p", "named", base_experiment="base")
    found = named.fetch_base_experiment()
    assert found is not None
    assert found.id == base.id
    assert server.objects["experiment"]["named"]["base_exp_id"] == base.id


def test_the_dataset_and_its_version_are_kept_with_the_experiment(
    state: State, server: LogServer, dataset: assay.Dataset
) -> None:
    dataset.insert(input=1)
    dataset.flush()
    assert assay.init("p", "on data", dataset=dataset).name == "on data"
    made = server.objects["experiment"]["on data"]
    assert (made["dataset_id"], made["dataset_version"]) == (dataset.id, dataset.version)


def test_experiment_spans_nest_and_become_the_current_target(state: State, server: LogServer) -> None:
    assay.init_logger("logs")
    experiment = assay.init("p", "e")

    @assay.traced
    def task(x: int) -> int:
        return x + 1

    with experiment.start_span("case", input=1) as case:
        task(1)
    task(5)
    assay.flush()
    nested, alone = sorted(server.named("task"), key=lambda row: row["input"]["x"])
    assert nested["span_parents"] == [case.span_id]
    assert nested["experiment_id"] == alone["experiment_id"] == experiment.id


def test_without_an_experiment_log_says_what_to_call(state: State) -> None:
    with pytest.raises(assay.ConfigError, match=r"assay\.init"):
        assay.log(input=1)


def test_git_metadata(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        done = subprocess.run(["git", "-C", tmp_path, *identity, *arguments], capture_output=True, check=True)
        return done.stdout.decode().strip()

    assert collect_repo_info(str(tmp_path)) is None
    git("init", "-q", "-b", "trunk")
    for n in range(3):
        (tmp_path / "file").write_text(f"{n}\n")
        git("add", "file")
        git("commit", "-q", "-m", f"commit {n}\n\nbody")
    git("tag", "v1")
    info = collect_repo_info(str(tmp_path))
    assert info is not None
    assert (info.commit, info.branch, info.tag, info.dirty) == (
        git("rev-parse", "HEAD"),
        "trunk",
        "v1",
        False,
    )
    assert (info.author_name, info.author_email, info.commit_message) == (
        "Ann",
        "ann@example.org",
        "commit 2\n\nbody",
    )
    assert "git_diff" not in info.as_json()
    assert ancestor_commits(str(tmp_path)) == git("rev-list", "HEAD").split()[1:]
    (tmp_path / "file").write_text("changed\n")
    dirty = collect_repo_info(str(tmp_path))
    assert dirty is not None
    assert dirty.dirty is True
    assert dirty.git_diff is not None
    assert "+changed" in dirty.git_diff


def test_an_attachment_is_stored_after_the_row_and_reads_back(
    logger: assay.Logger, server: LogServer
) -> None:
    picture = assay.Attachment(data=b"\x89PNG", filename="a.png", content_type="image/png")
    with assay.start_span("seen", input={"images": [picture]}) as span:
        span.log(output=picture)
    assay.flush()
    reference = server.span("seen")["input"]["images"][0]
    assert reference == server.span("seen")["output"]
    assert reference == {
        **reference,
        "type": "braintrust_attachment",
        "filename": "a.png",
        "content_type": "image/png",
    }
    assert server.files == {reference["key"]: b"\x89PNG"}
    assert server.file_status[reference["key"]] == {"upload_status": "done"}
    paths = [path for _, path, _ in server.requests]
    assert paths.index("/logs3") < paths.index("/attachment")
    assert len([path for path in paths if path == "/attachment"]) == 1
    assert assay.ReadonlyAttachment(reference, logger.state).data == b"\x89PNG"


def test_files_json_and_external_attachments(logger: assay.Logger, server: LogServer, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("from disk")
    logger.log(
        input=[
            assay.Attachment(data=tmp_path / "notes.txt", filename="notes.txt", content_type="text/plain"),
            assay.JSONAttachment({"big": [1, 2]}, filename="big.json"),
            assay.ExternalAttachment(url="s3://bucket/key", filename="v.mp4", content_type="video/mp4"),
        ]
    )
    assay.flush()
    (row,) = server.rows.values()
    text, big, external = row["input"]
    assert server.files[text["key"]] == b"from disk"
    assert (server.files[big["key"]], big["content_type"]) == (b'{"big": [1, 2]}', "application/json")
    assert external["url"] == "s3://bucket/key"
    assert len(server.files) == 2


def test_a_failing_upload_is_reported_once_and_marked(
    logger: assay.Logger, server: LogServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    server.upload_status = 403
    for data in (b"a", tmp_path / "missing"):
        logger.log(input=assay.Attachment(data=data, filename="f", content_type="text/plain"))
    assay.flush()
    assert len(server.rows) == 2
    assert server.files == {}
    assert {status["upload_status"] for status in server.file_status.values()} == {"error"}
    assert len(caplog.records) == 1
    reference = next(row["input"] for row in server.rows.values())
    with pytest.raises(AssayError, match="'error'"):
        _ = assay.ReadonlyAttachment(reference, logger.state).data
