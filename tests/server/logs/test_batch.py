"""Bodies and batches: every kind of damage is named, and good rows survive bad neighbours."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import Any

import pytest
import zstandard
from starlette.requests import Request

from assay_server.engines.authz import ObjectRef
from assay_server.errors import BadRequest, NotFound, TooLarge
from assay_server.features.logs.batch import by_fields, read_batch, split_rows
from assay_server.features.logs.feedback import feedback_rows
from assay_server.http.body import read_body

REF = ObjectRef("p", "project_logs", "p", "project", "o")


def body_of(data: bytes, encoding: str = "", limit: int = 1 << 20, chunk: int = 1000) -> bytes:
    parts = [data[at : at + chunk] for at in range(0, len(data), chunk)] or [b""]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    headers = [(b"content-encoding", encoding.encode())] if encoding else []
    return asyncio.run(read_body(Request({"type": "http", "headers": headers}, receive), limit))


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_bodies_are_unpacked(encoding: str, pack: object) -> None:
    data = json.dumps({"rows": [{"input": "x" * 50_000}]}).encode()
    assert body_of(pack(data), encoding) == data  # type: ignore[operator]


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor(3).compress)]
)
def test_a_bomb_is_stopped_at_the_limit(encoding: str, pack: object) -> None:
    bomb = pack(b"\0" * (200 << 20))  # type: ignore[operator]
    assert len(bomb) < 1 << 20
    with pytest.raises(TooLarge, match="larger than 1,048,576 bytes"):
        body_of(bomb, encoding, chunk=1 << 20)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_damaged_and_unknown_encodings_are_named(encoding: str) -> None:
    with pytest.raises(BadRequest, match=f"the {encoding} body is damaged"):
        body_of(b"certainly not compressed", encoding)
    with pytest.raises(BadRequest, match="'br' is not known; use gzip or zstd"):
        body_of(b"x", "br")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "json_invalid"), (b'{"rows": [', "json_invalid"), (b"[]", "rows_invalid"), (b'{"rows": 5}', "rows_invalid"),
     (b"{}", "rows_invalid"), (b'{"rows":[{"input":"\xff"}]}', "json_invalid")],
)  # fmt: skip
def test_bodies_that_are_not_rows(body: bytes, code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        split_rows(body, "rows")
    assert caught.value.code == code


def test_good_rows_survive_bad_neighbours() -> None:
    deep = "[" * 5000 + "]" * 5000
    body = (
        '{"api_version":2,"rows":[{"id":"a","input":"},]{"}, {"id":"b","input":' + deep + "},"
        '{"id":"c","scores":{"x":"y"}},{"id":"d","input":"\\ud800"},{"id":"e"}]}'
    ).encode()
    batch = read_batch(split_rows(body, "rows"), lambda _wire, _at: REF)
    assert batch.ids == ["a", None, None, "d", "e"]
    assert [row.fields.get("input") for row in batch.rows] == [b'"},]{"', '"\ufdd0\ue000"'.encode(), None]
    assert [(e.code, e.details["row"]) for e in batch.errors] == [("row_invalid", 1), ("row_invalid", 2)]


def test_rows_find_their_object_once_each() -> None:
    asked: list[tuple[str, str]] = []

    def resolve(kind: str, ref: str) -> ObjectRef:
        asked.append((kind, ref))
        if ref == "gone":
            raise NotFound("no such dataset")
        return ObjectRef("p", kind, ref, ref, "o")

    rows = [
        {"experiment_id": "e"}, {"experiment_id": "e"}, {"dataset_id": "d", "project_id": "p"},
        {"project_id": "p", "log_id": "g"}, {"dataset_id": "gone"}, {}, {"project_id": "p", "log_id": "p"},
    ]  # fmt: skip
    batch = read_batch([json.dumps(row).encode() for row in rows], by_fields(resolve))
    assert [row.object_type for row in batch.rows] == ["experiment", "experiment", "dataset", "project_logs"]
    assert asked.count(("experiment", "e")) == 1
    assert [(e.code, e.details["row"]) for e in batch.errors] == [
        ("not_found", 4),
        ("row_unaddressed", 5),
        ("row_invalid", 6),
    ]


def test_unknown_fields_are_kept() -> None:
    batch = read_batch(
        [b'{"id":"a","my_field":{"x":1.50},"_skip_async_scoring":true}'], lambda _wire, _at: REF
    )
    assert batch.rows[0].fields["extra"] == b'{"my_field":{"x":1.50}}'


def test_feedback_becomes_merges_and_comments() -> None:
    body = json.dumps(
        {"feedback": [{"id": "a", "scores": {"s": 1}, "comment": "hm", "metadata": {"u": 1}}, {"id": "b"}]}
    )
    rows = [json.loads(row) for row in feedback_rows(body.encode(), dataset=False)]
    audit = {"_audit_source": "api", "_audit_metadata": {"u": 1}}
    assert rows[0] == {"id": "a", "_is_merge": True, "scores": {"s": 1}, **audit}
    assert rows[1].items() >= audit.items()
    assert rows[1]["comment"] == {"text": "hm"}
    assert rows[1]["origin"] == {"id": "a"}
    assert len(rows) == 2
    with pytest.raises(BadRequest, match="feedback 0: a dataset row takes tags and comments only"):
        feedback_rows(body.encode(), dataset=True)


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        ({"audit_data": [{"source": "app", "to": {}}]}, True),
        ({"audit_data": [{"source": "app"}], "_is_merge": True}, False),  # would rewrite what is there
        ({"audit_data": [1]}, False),
        ({"audit_data": {"action": "upsert"}}, False),
        ({"audit_data": None}, False),
    ],
)
def test_a_row_written_again_brings_the_notes_on_its_changes_along(
    members: dict[str, Any], kept: bool
) -> None:
    batch = read_batch([json.dumps({"id": "a", "input": 1, **members}).encode()], lambda _wire, _at: REF)
    extra = json.loads(batch.rows[0].fields.get("extra", b"{}"))
    assert extra == ({"audit_data": members["audit_data"]} if kept else {})
