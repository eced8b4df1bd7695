"""What every span store must do: the embedded engine, and a ClickHouse server when CLICKHOUSE_TEST_URL names one."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assay_server.adapters.spans.clickhouse import ClickHouseSpanStore
from assay_server.engines.ingest.seen import row_hash
from assay_server.ports.spans import Limits, RowKey, StoreRejected, StoreUnavailable
from assay_server.settings import Settings
from tests.support.stores import embedded_store, select

CREATED_US = 1_763_699_039_123_456


def line(row_id: str, xact: int = 1, **fields: Any) -> bytes:
    row = {
        "project_id": "p", "object_type": "project_logs", "object_id": "o", "created": "2025-11-21 04:23:59.123456",
        "root_span_id": "r", "id": row_id, "span_id": "s", "span_parents": [], "is_root": True, "_xact_id": xact,
        **fields,
    }  # fmt: skip
    return json.dumps(row).encode()


SERVER_URL = os.environ.get("CLICKHOUSE_TEST_URL", "")


@pytest.fixture(scope="module", params=["embedded", "server"] if SERVER_URL else ["embedded"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    if request.param == "server":
        made = ClickHouseSpanStore(**Settings(clickhouse_url=SERVER_URL).clickhouse)  # type: ignore[arg-type]
    else:
        made = embedded_store(tmp_path_factory.mktemp("store"))
    made.start()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _empty(store: Any) -> None:
    store._call(lambda c: c.command("TRUNCATE TABLE spans"))


def test_rows_come_back_as_sent(store: Any) -> None:
    text = '{"text":"é \\ud800 \\" \\\\ \\u0000","big":123456789012345678901234567890}'
    store.insert([line("a", input=text, tags=["x", "ü"], metadata_x={"a.b": {"c": 1}})], token="t1")
    (row,) = select(store, "SELECT input, tags, created FROM spans")
    assert row["input"] == text
    assert row["tags"] == ["x", "ü"]
    assert row["created"].isoformat() == "2025-11-21T04:23:59.123456"


def test_a_retried_insert_is_one_insert(store: Any) -> None:
    for _ in range(3):
        store.insert([line("a"), line("b")], token="same")
    assert select(store, "SELECT count() AS n FROM spans") == [{"n": 2}]


def test_a_refused_row_leaves_nothing_of_its_batch(store: Any) -> None:
    with pytest.raises(StoreRejected) as caught:
        store.insert([line("a"), line("b", created="yesterday")], token="bad")
    assert caught.value.details["store_code"] in (27, 41)
    assert select(store, "SELECT count() AS n FROM spans") == [{"n": 0}]


def test_newer_version_wins_and_a_tombstone_hides(store: Any) -> None:
    store.insert([line("a", 1, input="1"), line("b", 1, input="1")], token="v1")
    store.insert([line("a", 2, input="2"), line("b", 2, _deleted=1)], token="v2")
    assert select(store, "SELECT id, input FROM spans FINAL ORDER BY id") == [{"id": "a", "input": "2"}]


def test_versioned_rows_keep_every_version(store: Any) -> None:
    store.insert([line("a", 1, _ver=1, input="1")], token="v1")
    store.insert([line("a", 2, _ver=2, input="2")], token="v2")
    rows = select(store, "SELECT input FROM spans FINAL ORDER BY _xact_id")
    assert [row["input"] for row in rows] == ["1", "2"]


def test_lookup_finds_the_newest_version_also_when_deleted(store: Any) -> None:
    store.insert([line("a", 1, input="1"), line("it's \\ odd\0", 1, input="3")], token="v1")
    store.insert([line("a", 2, _deleted=1)], token="v2")
    keys = [
        (RowKey("o", "a"), CREATED_US),
        (RowKey("o", "it's \\ odd\0"), CREATED_US),
        (RowKey("o", "none"), CREATED_US),
    ]
    found = store.lookup(keys)
    assert set(found) == {keys[0][0], keys[1][0]}
    assert (found[keys[0][0]]["_xact_id"], found[keys[0][0]]["_deleted"]) == (2, 1)
    assert found[keys[1][0]]["input"] == "3"


def test_seen_hashes_equal_ours(store: Any) -> None:
    store.insert([line("a"), line("ü")], token="s")
    pairs = {int(h): int(c) for hashes, created in store.seen() for h, c in zip(hashes, created, strict=True)}
    assert pairs == {row_hash("o", "a"): CREATED_US, row_hash("o", "ü"): CREATED_US}


def test_bad_sql_and_run_time_limit_are_reported(store: Any) -> None:
    with pytest.raises(StoreRejected, match="nowhere"):
        store.query("SELECT 1 FROM nowhere")
    with pytest.raises(StoreRejected) as caught:
        store.query(
            "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1",
            limits=Limits(seconds=0.2),
        )
    assert caught.value.details["store_code"] == 159


def test_stream_yields_whole_documents(store: Any) -> None:
    store.insert([line(str(i), input=str(i)) for i in range(5000)], token="many")
    data = b"".join(store.stream("SELECT id FROM spans ORDER BY toUInt32(id)", "JSONEachRow"))
    assert [json.loads(row)["id"] for row in data.splitlines()] == [str(i) for i in range(5000)]


def test_readers_run_side_by_side(store: Any) -> None:
    store.insert([line(str(i)) for i in range(100)], token="side")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: store.query("SELECT count() FROM spans").rows[0][0], range(64)))
    assert results == [100] * 64


def test_the_engine_comes_back_after_a_kill(store: Any) -> None:
    process = store._process
    if process is None:
        pytest.skip("only the embedded engine is ours to kill")
    store.insert([line("kept")], token="kept")
    before = process.restarts
    os.kill(process.pid, signal.SIGKILL)
    for _ in range(100):
        try:
            rows = select(store, "SELECT id FROM spans")
            break
        except StoreUnavailable:
            continue
    assert rows == [{"id": "kept"}]
    assert process.restarts == before + 1
    assert store.health()["restarts"] == before + 1


def test_a_wrong_password_reads_nothing(store: Any, tmp_path: Path) -> None:
    if store._process is None:
        pytest.skip("only the embedded engine has a password of ours")
    stranger = ClickHouseSpanStore(
        host="127.0.0.1", port=store._process.port, user="default", password="guess"
    )
    with pytest.raises(StoreRejected, match="password"):
        stranger.query("SELECT 1")


def test_rows_before_a_time_are_removed_and_no_others(store: Any) -> None:
    before = datetime(2025, 11, 21, tzinfo=UTC)
    edge, old = "2025-11-21 00:00:00.000000", "2025-11-20 23:59:59.999999"
    store.insert(
        [
            line("edge", created=edge),
            line("old", created=old, metadata_x={"a": 1}),
            line("old", xact=2, created=old, _ver=2),
            line("other type", created=old, object_type="dataset"),
            line("other project", created=old, project_id="q"),
        ],
        token="expire",
    )
    for _ in range(2):
        store.expire("p", "project_logs", before)
    found = select(store, "SELECT id FROM spans ORDER BY id")
    assert [row["id"] for row in found] == ["edge", "other project", "other type"]
