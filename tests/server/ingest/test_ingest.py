"""The ingest engine over a real store: merges, versions, crashes and replays."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from assay_server.engines.ingest.ingest import Ingest
from assay_server.engines.ingest.wal import CorruptLog, Record, WriteAheadLog, encode
from tests.support.stores import embedded_store, running_ingest, select, writes


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    made = embedded_store(tmp_path_factory.mktemp("store"))
    made.start()
    yield made
    made.close()


@pytest.fixture
def ingest(store: Any, tmp_path: Path):
    store._call(lambda c: c.command("TRUNCATE TABLE spans"))
    with running_ingest(store, tmp_path / "wal") as made:
        yield made


def send(ingest: Ingest, *batches: list[Any]) -> None:
    async def run() -> None:
        for batch in batches:
            await ingest.append(batch, author="u1")
        await ingest.caught_up()

    asyncio.run(run())


def head(store: Any, columns: str) -> list[dict[str, Any]]:
    return select(store, f"SELECT {columns} FROM spans FINAL WHERE _deleted = 0 ORDER BY id")


def test_start_and_end_of_a_span_become_one_row(store: Any, ingest: Ingest) -> None:
    start = {
        "id": "a",
        "span_id": "1" * 16,
        "root_span_id": "2" * 32,
        "input": {"q": 1},
        "metrics": {"start": 1.0},
    }
    end = {"id": "a", "_is_merge": True, "output": "done", "metrics": {"end": 2.0}, "tags": ["x"]}
    send(ingest, writes(start), writes(end))
    (row,) = head(store, "id, span_id, root_span_id, is_root, input, output, metrics, metrics_x, tags")
    assert row == {
        "id": "a", "span_id": "1" * 16, "root_span_id": "2" * 32, "is_root": True, "input": '{"q": 1}',
        "output": '"done"', "metrics": '{"start":1.0,"end":2.0}', "metrics_x": {"start": 1.0, "end": 2.0},
        "tags": ["x"],
    }  # fmt: skip


def test_a_start_that_arrives_after_its_end_is_the_lower_layer(store: Any, ingest: Ingest) -> None:
    end = {"id": "a", "_is_merge": True, "span_id": "s", "output": 2, "metrics": {"end": 2.0}}
    start = {"id": "a", "span_id": "s", "root_span_id": "r", "input": 1, "metrics": {"start": 1.0}}
    send(ingest, writes(end), writes(start))
    (row,) = head(store, "input, output, root_span_id, metrics")
    assert row == {"input": "1", "output": "2", "root_span_id": "r", "metrics": '{"start":1.0,"end":2.0}'}


def test_a_start_may_arrive_after_several_merges(store: Any, ingest: Ingest) -> None:
    end = {"id": "a", "_is_merge": True, "span_id": "s", "output": 2, "metrics": {"end": 2.0}}
    score = {"id": "a", "_is_merge": True, "scores": {"good": 1}}
    start = {"id": "a", "span_id": "s", "root_span_id": "r", "input": 1, "metrics": {"start": 1.0}}
    send(ingest, writes(end), writes(score), writes(start))
    (row,) = head(store, "input, output, root_span_id, scores")
    assert row == {"input": "1", "output": "2", "root_span_id": "r", "scores": '{"good": 1}'}


def test_a_plain_write_replaces_the_row_but_keeps_its_creation_time(store: Any, ingest: Ingest) -> None:
    send(ingest, writes({"id": "a", "created": "2026-01-01T00:00:00Z", "input": 1, "output": 1}))
    send(ingest, writes({"id": "a", "created": "2026-02-01T00:00:00Z", "input": 2}))
    (row,) = head(store, "input, output, toString(created) AS created")
    assert row == {"input": "2", "output": "", "created": "2026-01-01 00:00:00.000000"}


def test_merge_reaches_rows_that_left_the_cache(store: Any, tmp_path: Path) -> None:
    store._call(lambda c: c.command("TRUNCATE TABLE spans"))
    with running_ingest(store, tmp_path / "w") as first:
        send(first, writes({"id": "old", "input": {"a": {"b": 1}}, "metadata": {"k": 1}}))
    with running_ingest(store, tmp_path / "w") as second:  # nothing cached
        send(second, writes({"id": "old", "_is_merge": True, "metadata": {"l": 2}}))
    (row,) = head(store, "input, metadata")
    assert row == {"input": '{"a": {"b": 1}}', "metadata": '{"k":1,"l":2}'}


def test_deletes_revivals_and_versions(store: Any, ingest: Ingest) -> None:
    data = {"kind": "dataset", "obj": "d"}
    send(ingest, writes({"id": "a", "input": 1}, **data), writes({"id": "a", "input": 2}, **data))
    send(ingest, writes({"id": "a", "_object_delete": True}, **data), writes({"id": "a", "input": 3}, **data))
    rows = select(store, "SELECT input, _deleted FROM spans FINAL WHERE object_id = 'd' ORDER BY _xact_id")
    assert [row["input"] for row in rows if not row["_deleted"]] == ["1", "2", "3"]
    send(
        ingest,
        writes({"id": "log"}),
        writes({"id": "log", "_object_delete": True}),
        writes({"id": "never", "_object_delete": True}),
    )
    assert head(store, "object_id") == [{"object_id": "d"}] * 3


def test_comments_hang_on_their_row(store: Any, ingest: Ingest) -> None:
    note = {"id": "c", "origin": {"id": "a"}, "comment": {"text": "why?"}}
    send(ingest, writes({"id": "a", "input": 1}), writes(note), writes(note))
    (row,) = head(store, "id, comments")
    assert [c["comment"] for c in json.loads(row["comments"])] == [{"text": "why?"}]


def test_who_changed_a_row_is_noted_beside_it_and_not_in_its_metadata(store: Any, ingest: Ingest) -> None:
    def feedback(thumbs: int) -> dict[str, Any]:
        audit = {"_audit_source": "app", "_audit_metadata": {"user_id": 7}}
        return {"id": "a", "_is_merge": True, "scores": {"thumbs": thumbs}, **audit}

    quiet = {"id": "a", "_is_merge": True, "output": 1, "_audit_source": None}
    (first,) = writes({"id": "a", "input": 1})
    first.fields["extra"] = b'{"odd":12345678901234567890123}'
    send(ingest, [first], *(writes(one) for one in (feedback(1), feedback(1), feedback(0), quiet)))
    (row,) = head(store, "metadata, scores, extra")
    assert (row["metadata"], json.loads(row["scores"])) == ("", {"thumbs": 0})
    extra = json.loads(row["extra"])
    notes = extra.pop("audit_data")
    assert extra == {"odd": 12345678901234567890123}
    told = {"source": "app", "metadata": {"user_id": 7}, "action": "merge", "user_id": "u1", "key_id": None}
    wanted = [
        {
            **told,
            "to": {"scores": {"thumbs": now}},
            "from": {"scores": was} if was is None else {"scores": {"thumbs": was}},
        }
        for was, now in ((None, 1), (1, 0))
    ]
    assert [{name: note[name] for name in wanted[0]} for note in notes] == wanted
    assert [set(note) - set(wanted[0]) for note in notes] == [{"_xact_id", "created"}] * 2


def test_parent_id_places_the_row_in_its_trace(store: Any, ingest: Ingest) -> None:
    send(
        ingest,
        writes({"id": "a", "span_id": "s", "root_span_id": "r"}),
        writes({"id": "b", "_parent_id": "a"}),
    )
    (row,) = select(store, "SELECT root_span_id, span_parents, is_root FROM spans FINAL WHERE id = 'b'")
    assert row == {"root_span_id": "r", "span_parents": ["s"], "is_root": False}


def test_hostile_payloads_are_stored_and_do_not_stop_the_writer(store: Any, ingest: Ingest) -> None:
    deep = json.loads("[" * 400 + "]" * 400)
    keys = {f"key {i} \ud83d.": i for i in range(1000)}
    rows = [
        {"id": "big", "input": "x" * 10_000_000},
        {"id": "deep", "metadata": {"d": deep}},
        {"id": "keys", "metadata": keys},
        {"id": "huge", "metadata": {"n": 10**40}, "metrics": {"m": 10**40}},
        {"id": "mixed", "metadata": {"a": [1, "x", None, {"b": []}], "": {}, "a.b": 1}},
        {"id": "fine", "input": 1},
    ]
    send(ingest, *[writes(row) for row in rows])
    found = {row["id"]: row for row in head(store, "id, length(input) AS size, metadata")}
    assert set(found) == {row["id"] for row in rows}
    assert found["big"]["size"] == 10_000_002
    assert json.loads(found["huge"]["metadata"]) == {"n": 10**40}
    assert len(json.loads(found["keys"]["metadata"])) == 1000


def kill_engine(store: Any) -> None:
    while True:  # it may still be coming back from, or going down after, the last time
        with suppress(ProcessLookupError, TypeError):
            os.kill(store._process.pid, signal.SIGKILL)
            return
        time.sleep(0.05)


def test_engine_death_under_load_loses_and_doubles_nothing(store: Any, ingest: Ingest) -> None:
    async def run() -> None:
        for i in range(60):
            if i in (20, 40):
                kill_engine(store)
            await ingest.append(writes(*({"id": f"{i}-{j}", "input": j} for j in range(20))), author="u1")
        await ingest.caught_up()

    asyncio.run(run())
    assert select(store, "SELECT count() AS n, uniqExact(id) AS u FROM spans") == [{"n": 1200, "u": 1200}]


def test_replay_after_a_lost_checkpoint_changes_nothing(store: Any, tmp_path: Path) -> None:
    store._call(lambda c: c.command("TRUNCATE TABLE spans"))
    folder = tmp_path / "wal"
    with running_ingest(store, folder) as ingest:
        send(
            ingest,
            writes({"id": "a", "metrics": {"start": 1}}),
            writes({"id": "a", "_is_merge": True, "metrics": {"end": 2}}),
        )
        send(ingest, writes({"id": "b"}), writes({"id": "b", "_object_delete": True}))
        send(
            ingest,
            writes({"id": "v", "input": 1}, kind="dataset", obj="d"),
            writes({"id": "v", "input": 2}, kind="dataset", obj="d"),
        )
    before = select(store, "SELECT id, _xact_id, metrics, _deleted FROM spans FINAL ORDER BY ALL")
    (folder / "applied").write_text("0")
    with running_ingest(store, folder) as ingest:
        asyncio.run(ingest.caught_up())
    assert select(store, "SELECT id, _xact_id, metrics, _deleted FROM spans FINAL ORDER BY ALL") == before


def test_a_torn_tail_is_cut_and_damage_before_it_is_refused(tmp_path: Path) -> None:
    frames = [encode(Record(x, writes({"id": str(x)}))) for x in (1, 2, 3)]
    (tmp_path / "000000000001.wal").write_bytes(frames[0] + frames[1] + frames[2][:-3])
    assert [r.xact for r in WriteAheadLog(tmp_path).replay(0)] == [1, 2]
    damaged = bytearray(frames[0] + frames[1] + frames[2])
    damaged[12] ^= 0xFF
    (tmp_path / "000000000001.wal").write_bytes(damaged)
    (tmp_path / "000000000002.wal").write_bytes(frames[2])
    with pytest.raises(CorruptLog, match=r"000000000001\.wal is damaged"):
        list(WriteAheadLog(tmp_path).replay(0))


def test_the_log_is_trimmed_once_applied(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_server.engines.ingest.wal.SEGMENT_BYTES", 10_000)
    with running_ingest(store, tmp_path) as ingest:
        for i in range(20):
            send(ingest, writes({"id": f"trim{i}", "input": "x" * 2000}))
        assert len(list(tmp_path.glob("*.wal"))) <= 2
