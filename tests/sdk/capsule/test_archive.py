"""Hostile files are refused before anything is read out of them."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.capsule import archive
from assay.capsule.archive import Capsule, CapsuleError, Writer
from assay.capsule.verify import check_members, verify


def write(path: Path) -> str:
    """A capsule of sound shape and no sense."""
    writer = Writer(path)
    for name in ("experiment.json", "comparison.json", "evidence.json"):
        writer.add_json(name, {"id": "e", "text": "ü\ud800"})
    assert writer.add_rows("spans.jsonl", [{"n": 1}, {"n": 2}]) == 2
    return writer.close({"experiment": {"id": "e"}})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    digest = write(tmp_path / "c")
    with Capsule(tmp_path / "c") as found:
        assert found.digest == digest
        assert found.names == ["experiment.json", "comparison.json", "evidence.json", "spans.jsonl"]
        assert found.json("evidence.json") == {"id": "e", "text": "ü\ud800"}
        assert list(found.rows("spans.jsonl")) == [{"n": 1}, {"n": 2}]
        assert found.manifest["files"]["spans.jsonl"]["rows"] == 2
        assert check_members(found) == []
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    assert write(tmp_path / "a") == write(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def entry(name: str, **values: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for key, value in values.items():
        setattr(info, key, value)
    return info


def bomb(file: zipfile.ZipFile) -> None:
    file.writestr(entry("spans.jsonl", compress_type=zipfile.ZIP_DEFLATED), b"0" * (64 << 20))


def twice(file: zipfile.ZipFile) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of what is made on purpose here
        file.writestr("spans.jsonl", b"1")
        file.writestr("spans.jsonl", b"2")


@pytest.mark.parametrize(
    ("poison", "said"),
    [
        (lambda file: file.writestr("../evil", b""), "'../evil' is no member"),
        (lambda file: file.writestr("/etc/passwd", b""), "'/etc/passwd' is no member"),
        (lambda file: file.writestr("spans.jsonl/", b""), "is no member"),
        (lambda file: file.writestr("notes.txt", b""), "is no member"),
        (lambda file: [file.writestr(f"{n}", b"") for n in range(50)], "members: a capsule has at most"),
        (
            lambda file: file.writestr(entry("spans.jsonl", external_attr=0o120777 << 16), b"x"),
            "no plain file",
        ),
        (
            lambda file: file.writestr(entry("spans.jsonl", compress_type=zipfile.ZIP_LZMA), b"x"),
            "compressed in a way",
        ),
        (bomb, "spans.jsonl would grow from"),
        (twice, "spans.jsonl is in it twice"),
    ],
)
def test_members_a_capsule_never_has(
    tmp_path: Path, poison: Callable[[zipfile.ZipFile], object], said: str
) -> None:
    path = tmp_path / "hostile"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("manifest.json", b"{}")
        poison(file)
    with pytest.raises(CapsuleError, match=said.replace("'", ".").replace("/", ".")):
        Capsule(path)
    assert [found.name for found in tmp_path.iterdir()] == ["hostile"]


def test_members_that_claim_more_than_the_file_has(tmp_path: Path) -> None:
    path = tmp_path / "c"
    write(path)
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 20 : central + 24] = (1 << 30).to_bytes(4, "little")  # the first member's compressed size
    path.write_bytes(data)
    with pytest.raises(CapsuleError, match="claim more bytes than the file has"):
        Capsule(path)


def test_too_much_altogether(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "c")
    monkeypatch.setattr(archive, "MAX_TOTAL", 100)
    with pytest.raises(CapsuleError, match="more than 100"):
        Capsule(tmp_path / "c")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"[]", "no JSON object"),
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"format":"assay-capsule/9"}', "this program reads assay-capsule/1"),
        (b'{"format":"assay-capsule/1","files":{"spans.jsonl":7}}', "does not list the members"),
        (b'{"format":"assay-capsule/1"}', "does not list the members"),
    ],
)
def test_manifests_that_make_no_sense(tmp_path: Path, manifest: bytes, said: str) -> None:
    with zipfile.ZipFile(tmp_path / "c", "w") as file:
        file.writestr("manifest.json", manifest)
    with pytest.raises(CapsuleError, match=said):
        Capsule(tmp_path / "c")


def test_files_that_are_no_zip(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("text", b"hello"), ("cut", None)):
        path = tmp_path / name
        if content is None:
            write(path)
            content = path.read_bytes()[:-30]
        path.write_bytes(content)
        with pytest.raises(CapsuleError, match="is no capsule"):
            Capsule(path)


def test_a_row_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "c")
    monkeypatch.setattr(archive, "MAX_LINE", 3)
    monkeypatch.setattr(archive, "_CHUNK", 5)
    with Capsule(tmp_path / "c") as found, pytest.raises(CapsuleError, match="more than 3 bytes"):
        list(found.rows("spans.jsonl"))


def test_members_without_the_shape_of_a_capsule_are_named(tmp_path: Path) -> None:
    write(tmp_path / "c")
    with Capsule(tmp_path / "c") as found:
        steps = {step.name: step for step in verify(found)}
    assert steps["members"].outcome == "ok"
    assert "do not have the shape" in steps["rows"].problems[0]
    assert steps["statistics"].outcome == "failed"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_no_changed_byte_goes_unnoticed(tmp_path: Path, place: float, value: int) -> None:
    path = tmp_path / "c"
    digest = write(path)
    data = bytearray(path.read_bytes())
    at = int(place * len(data))
    before = data[at]
    data[at] = value
    path.write_bytes(data)
    try:
        with Capsule(path) as found:
            wrong = [step for step in verify(found, digest=digest) if step.name in ("members", "digest")]
            content = {name: json.dumps(found.json(name)) for name in found.names if name.endswith(".json")}
    except CapsuleError:
        return
    if any(step.outcome == "failed" for step in wrong) or before == value:
        return
    # What is left are bytes of the container that say nothing: times, versions, flags nobody reads.
    write(path)
    with Capsule(path) as found:
        assert content == {
            name: json.dumps(found.json(name)) for name in found.names if name.endswith(".json")
        }
