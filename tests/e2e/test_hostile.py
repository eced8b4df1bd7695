"""Hostile and damaged requests over real HTTP: a precise error or a lossless store, and the server goes on."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
import urllib3
import zstandard

from tests.support.servers import KEY, Refused, ServerProcess, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with running_server(tmp_path_factory.mktemp("hostile") / "data") as made:
        made.project = made.request("POST", "/v1/project", {"name": "hostile"})["id"]  # type: ignore[attr-defined]
        yield made


def log(server: Any, *rows: str, encoding: str = "") -> Any:
    members = [
        row[:-1] + ("," if len(row) > 2 else "") + f'"project_id":"{server.project}","log_id":"g"}}'
        for row in rows
    ]
    body = ('{"rows":[' + ",".join(members) + "]}").encode()
    packed = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}.get(encoding, bytes)(body)
    return server.request(
        "POST", "/logs3", packed, headers={"Content-Encoding": encoding} if encoding else {}
    )


def read(server: Any, row_id: str) -> dict[str, Any]:
    (row,) = server.sql(f"SELECT * FROM project_logs('hostile') WHERE id = '{row_id}'")
    return row


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("nul", '"a\\u0000b"'),
        ("surrogate pair", '"\\ud83d\\ude00"'),
        ("big int", "123456789012345678901234567890"),
        ("deep", "[" * 900 + "]" * 900),
        ("quotes", json.dumps("'; DROP TABLE spans; -- \\ \" \n\t \u2028 \u202e")),
        ("keys", json.dumps({f"key.{n} \N{SNOWMAN}": n for n in range(1000)})),
        ("markup", json.dumps("<script>alert(1)</script>")),
    ],
)
def test_strange_payloads_come_back_as_sent(server: Any, name: str, payload: str) -> None:
    log(server, f'{{"id":"{name}","input":{payload},"metadata":{{"v":{payload}}}}}')
    row = read(server, name)
    assert row["input"] == row["metadata"]["v"] == json.loads(payload)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("repeated keys", '{"a":1,"a":2}'),
        ("past a double", "[1e400,-1e400]"),
        ("past 64 bit", "[18446744073709551616,0.1000000000000000055,-0.0]"),
    ],
)
def test_payloads_are_kept_letter_by_letter(server: Any, name: str, payload: str) -> None:
    log(server, f'{{"id":"{name}","input":{payload}}}')
    query = f"SELECT input FROM project_logs('hostile') WHERE id = '{name}'"
    answer = urllib3.request(
        "POST",
        f"http://127.0.0.1:{server.port}/btql",
        json={"query": query, "fmt": "jsonl"},
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert answer.data.decode() == f'{{"input":{payload}}}\n'


HALVES = '"cut \\ud83d short, \\udc00\\ud800 and \\ufdd0\\ue000 \\\\ud800 \\ud83d\\ude00"'


def answer(server: Any, query: str, fmt: str) -> str:
    found = urllib3.request(
        "POST",
        f"http://127.0.0.1:{server.port}/btql",
        json={"query": query, "fmt": fmt},
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert found.status == 200, found.data
    return found.data.decode()


def test_halves_of_surrogate_pairs_come_back_as_sent(server: Any) -> None:
    """Applications cut texts in the middle of a character: merged, found, fetched or exported, they stay that."""
    log(
        server,
        f'{{"id":"half","input":{HALVES},"output":[{HALVES}],"metadata":{{"a":{HALVES},"\\udc00":1,"tier":"pro"}},'
        f'"span_attributes":{{"name":{HALVES}}},"unknown":{{"x":{HALVES}}}}}',
    )
    log(server, f'{{"id":"half","_is_merge":true,"metadata":{{"b":{HALVES}}},"expected":{HALVES}}}')
    said = json.loads(HALVES)
    for row in (
        read(server, "half"),
        server.sql("SELECT * FROM project_logs('hostile') WHERE metadata.tier = 'pro' AND id = 'half'")[0],
        next(
            row
            for row in server.request("GET", f"/v1/project_logs/{server.project}/fetch?limit=1000")["events"]
            if row["id"] == "half"
        ),
    ):
        assert (
            row["input"] == row["expected"] == row["unknown"]["x"] == row["span_attributes"]["name"] == said
        )
        assert row["output"] == [said]
        assert row["metadata"] == {"a": said, "b": said, "\udc00": 1, "tier": "pro"}
    query = "SELECT input, metadata.a AS a, span_attributes.name AS n FROM project_logs('hostile') WHERE id = 'half'"
    shown = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    (line,) = map(json.loads, answer(server, query, "jsonl").splitlines())
    assert (line["input"], line["a"], line["n"]) == (said, said, shown)
    assert list(csv.reader(io.StringIO(answer(server, query, "csv"))))[1] == [shown] * 3


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ('{"tags":["\\ud800"]}', "tags"),
        ('{"scores":{"\\ud800":1}}', "scores"),
        ('{"span_id":"\\ud800"}', "id"),
    ],
)
def test_halves_that_cannot_be_kept_are_named(server: Any, row: str, field: str) -> None:
    with pytest.raises(Refused) as caught:
        log(server, row)
    assert caught.value.status == 400
    assert f"{field} holds half of a surrogate pair" in json.dumps(caught.value.body)


def test_ten_megabytes_and_every_encoding(server: Any) -> None:
    text = "long text " * 1_000_000
    for encoding in ("", "gzip", "zstd"):
        log(server, json.dumps({"id": f"big{encoding}", "input": text}), encoding=encoding)
        assert read(server, f"big{encoding}")["input"] == text


def test_good_rows_survive_and_bad_ones_are_named(server: Any) -> None:
    deep = "[" * 5000 + "]" * 5000
    with pytest.raises(Refused) as caught:
        log(
            server,
            '{"id":"g1"}',
            f'{{"id":"b1","input":{deep}}}',
            '{"id":"g2","input":"\\ud800"}',
            '{"id":"b2","scores":{"s":"x"}}',
        )
    assert caught.value.status == 400
    error = caught.value.body["error"]
    assert (error["code"], error["stored"]) == ("rows_rejected", 2)
    assert [(row["row"], row["code"]) for row in error["rows"]] == [(1, "row_invalid"), (3, "row_invalid")]
    rows = server.sql(
        "SELECT id FROM project_logs('hostile') WHERE id IN ('g1', 'g2', 'b1', 'b2') ORDER BY id"
    )
    assert [row["id"] for row in rows] == ["g1", "g2"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "json_invalid"),
        (b"\xff\xfe", {}, 400, "json_invalid"),
        (b"[]", {}, 400, "rows_invalid"),
        (b"x", {"Content-Encoding": "gzip"}, 400, "encoding_invalid"),
        (b"x", {"Content-Encoding": "lzma"}, 400, "encoding_unknown"),
        (gzip.compress(b" " * (80 << 20)), {"Content-Encoding": "gzip"}, 413, "body_too_large"),
    ],
)
def test_damaged_bodies(server: Any, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    with pytest.raises(Refused) as caught:
        server.request("POST", "/logs3", body, headers=headers)
    assert (caught.value.status, caught.value.body["error"]["code"]) == (status, code)


def test_a_large_body_is_taken_and_an_oversized_one_refused(server: Any) -> None:
    row = json.dumps({"id": "huge", "input": "x" * (40 << 20)})
    log(server, row)
    assert server.sql("SELECT len(input) AS n FROM project_logs('hostile') WHERE id = 'huge'") == [
        {"n": 40 << 20}
    ]
    with pytest.raises((Refused, ConnectionError)) as caught:
        log(server, json.dumps({"id": "toolarge", "input": "x" * (70 << 20)}))
    if isinstance(caught.value, Refused):
        assert caught.value.body["error"]["code"] == "body_too_large"


def test_no_key_wrong_key_wrong_project(server: Any) -> None:
    for key, status in ((None, 401), ("sk-wrong", 401)):
        with pytest.raises(Refused) as caught:
            server.request("POST", "/logs3", {"rows": []}, key=key)
        assert caught.value.status == status
    with pytest.raises(Refused) as caught:
        server.request(
            "POST",
            "/logs3",
            {"rows": [{"id": "x", "project_id": "00000000-0000-4000-8000-000000000000", "log_id": "g"}]},
        )
    assert caught.value.status in (403, 404)


def test_a_second_server_on_the_same_data_is_refused(server: Any, tmp_path: Path) -> None:
    second = ServerProcess(server.data)
    with pytest.raises(RuntimeError):
        second.start()
    assert "is in use by another Assay server" in (server.data.parent / f"{server.data.name}.log").read_text()
    assert oct(server.data.stat().st_mode & 0o777) == "0o700"


def test_the_server_still_works_after_all_this(server: Any) -> None:
    log(server, '{"id":"last","input":1}')
    assert read(server, "last")["input"] == 1
    health = server.request("GET", "/health", key=None)
    assert health["status"] == "ok"
    assert health["ingest"]["rows_rejected"] == 0
