"""What a span becomes on the server."""

from __future__ import annotations

import re
import threading
import time
import uuid
from datetime import UTC, datetime

import pytest

import assay
from assay.client.state import State
from assay.core.times import iso_time
from assay.tracing.idgen import row_id_of
from tests.sdk.tracing.support.server import LogServer


def test_times_are_written_in_utc_to_the_microsecond() -> None:
    seconds = (0.0, 1.7e9, 1.7e9 + 0.25, 1.7e9 + 0.9999999, 1.7e9 + 1, 1.7e9, 4.0e9 + 0.000001)
    for at in (*seconds, *reversed(seconds)):
        exact = datetime.fromtimestamp(round(at * 1e6) // 1_000_000, UTC)
        micros = round(at * 1e6) % 1_000_000
        assert iso_time(at) == f"{exact:%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


def test_row_ids_are_uuids_of_version_4() -> None:
    for bits in (0, 2**128 - 1, 0x0123456789ABCDEF0123456789ABCDEF):
        made = uuid.UUID(row_id_of(bits))
        assert (made.version, made.variant, str(made)) == (4, uuid.RFC_4122, row_id_of(bits))


def test_a_span_that_ends_before_the_flush_is_one_complete_row(
    logger: assay.Logger, server: LogServer
) -> None:
    before = time.time()
    with assay.start_span("step", "tool", input={"q": 1}) as span:
        span.log(output=[1, 2], metadata={"a": {"x": 1}})
        span.log(metadata={"a": {"y": 2}}, tags=["t"], scores={"ok": True})
    assay.flush()

    (row,) = server.written()
    assert "_is_merge" not in row
    assert row["id"] == span.id
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["id"])
    assert re.fullmatch(r"[0-9a-f]{16}", row["span_id"])
    assert re.fullmatch(r"[0-9a-f]{32}", row["root_span_id"])
    assert row["span_parents"] is None
    assert row["input"] == {"q": 1}
    assert row["output"] == [1, 2]
    assert row["metadata"] == {"a": {"x": 1, "y": 2}}
    assert row["tags"] == ["t"]
    assert row["scores"] == {"ok": 1}
    assert row["span_attributes"]["name"] == "step"
    assert row["span_attributes"]["type"] == "tool"
    assert before <= row["metrics"]["start"] <= row["metrics"]["end"] <= time.time()
    assert row["project_id"] == server.objects["project"]["p"]["id"]
    assert row["log_id"] == "g"
    assert row["created"].endswith("Z")
    assert row["context"]["caller_filename"] == __file__
    assert (
        row["context"]["caller_functionname"]
        == test_a_span_that_ends_before_the_flush_is_one_complete_row.__name__
    )


def test_a_span_flushed_before_its_end_is_completed_by_a_merge(
    logger: assay.Logger, server: LogServer
) -> None:
    span = assay.start_span("long", input=1)
    assay.flush()
    (started,) = server.written()
    assert "end" not in started["metrics"]
    span.log(output=2)
    span.end(started["metrics"]["start"] + 5)
    assay.flush()

    patch = server.written()[1]
    assert patch["_is_merge"] is True
    assert "input" not in patch
    row = server.span("long")
    assert row["output"] == 2
    assert row["metrics"]["end"] - row["metrics"]["start"] == pytest.approx(5)


def test_children_share_root_and_object_and_name_their_parent(
    logger: assay.Logger, server: LogServer
) -> None:
    with assay.start_span("root") as root, assay.start_span("child") as child:
        assert assay.current_span() is child
        grandchild = child.start_span("grandchild")
        grandchild.end()
    assert assay.current_span() is assay.NOOP_SPAN
    assay.flush()

    assert server.span("child")["span_parents"] == [root.span_id]
    assert server.span("grandchild")["span_parents"] == [child.span_id]
    assert {row["root_span_id"] for row in server.rows.values()} == {root.root_span_id}
    counters = [
        server.span(name)["span_attributes"]["exec_counter"] for name in ("root", "child", "grandchild")
    ]
    assert counters == sorted(counters)


def test_an_exception_is_logged_with_its_traceback_and_goes_on(
    logger: assay.Logger, server: LogServer
) -> None:
    with pytest.raises(ValueError, match="no such song"), assay.start_span("broken"):
        raise ValueError("no such song")
    assay.flush()
    error = server.span("broken")["error"]
    assert error.startswith("ValueError: no such song\n\nTraceback")
    assert "end" in server.span("broken")["metrics"]


def test_without_a_logger_spans_are_noop(state: State, server: LogServer) -> None:
    with assay.start_span("nobody") as span:
        span.log(input=1)
        assert span is assay.NOOP_SPAN
        assert span.start_span("child") is assay.NOOP_SPAN
        assert span.export() == ""
        assert span.link() == ""
    assay.flush()
    assert server.requests == []


def test_nothing_contacts_the_server_before_the_first_row(state: State, server: LogServer) -> None:
    assay.init_logger(project="quiet")
    assay.init_dataset("quiet", "d")
    assay.init("quiet", "e", git_metadata_settings=False)
    time.sleep(0.1)
    assert server.requests == []


def test_set_attributes_renames_and_adds(logger: assay.Logger, server: LogServer) -> None:
    span = logger.start_span("old", span_attributes={"purpose": "scorer"})
    span.set_attributes(name="new", type="score", span_attributes={"level": 3})
    span.end()
    assay.flush()
    attributes = server.span("new")["span_attributes"]
    assert (attributes["type"], attributes["purpose"], attributes["level"]) == ("score", "scorer", 3)


def test_end_counts_once_and_returns_the_end(logger: assay.Logger, server: LogServer) -> None:
    span = logger.start_span("twice")
    first = span.end()
    assert span.end(first + 100) == first
    assay.flush()
    assert server.span("twice")["metrics"]["end"] == first


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("metadata", "text", {"value": "text"}),
        ("metadata", [1], {"value": [1]}),
        ("metrics", 3, {"value": 3}),
        ("tags", "one", ["one"]),
        ("tags", ("a", 2), ["a", "2"]),
        ("scores", {"s": False, "t": None}, {"s": 0, "t": None}),
    ],
)
def test_odd_shapes_are_repaired(
    logger: assay.Logger, server: LogServer, column: str, value: object, stored: object
) -> None:
    span = logger.start_span("odd")
    span.log(**{column: value})
    span.end()
    assay.flush()
    found = server.span("odd")[column]
    assert {k: found[k] for k in stored} == stored if isinstance(stored, dict) else found == stored


def test_columns_the_sdk_owns_cannot_be_overwritten(logger: assay.Logger, server: LogServer) -> None:
    span = logger.start_span("owned")
    span.log(id="mine", span_id="x", _is_merge=True, project_id="other", output=1, custom={"kept": 1})
    span.end()
    assay.flush()
    row = server.span("owned")
    assert (row["id"], row["span_id"], row["output"], row["custom"]) == (
        span.id,
        span.span_id,
        1,
        {"kept": 1},
    )
    assert "_is_merge" not in row


def test_none_is_a_value_for_output_and_nothing_for_metadata(logger: assay.Logger, server: LogServer) -> None:
    span = logger.start_span("nulls", metadata={"a": 1})
    span.log(output=None, metadata=None, scores=None)
    span.end()
    assay.flush()
    row = server.span("nulls")
    assert row["output"] is None
    assert row["metadata"] == {"a": 1}
    assert "scores" not in row


def test_a_logged_value_is_a_snapshot(logger: assay.Logger, server: LogServer) -> None:
    messages = [{"role": "user"}]
    span = logger.start_span("snapshot", input=messages)
    messages.append({"role": "assistant"})
    span.end()
    assay.flush()
    assert server.span("snapshot")["input"] == [{"role": "user"}]


def test_threads_keep_their_own_current_span(logger: assay.Logger, server: LogServer) -> None:
    ready = threading.Barrier(4)

    def work(n: int) -> None:
        with assay.start_span(f"t{n}"):
            ready.wait(5)
            assay.start_span(f"c{n}").end()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assay.flush()
    for n in range(4):
        assert server.span(f"c{n}")["span_parents"] == [server.span(f"t{n}")["span_id"]]


def test_the_traced_pool_carries_the_current_span(logger: assay.Logger, server: LogServer) -> None:
    with assay.TracedThreadPoolExecutor(2) as pool, assay.start_span("submitter") as span:
        pool.submit(lambda: assay.start_span("inside").end()).result()
    assay.flush()
    assert server.span("inside")["span_parents"] == [span.span_id]


def test_logger_log_writes_a_finished_span(logger: assay.Logger, server: LogServer) -> None:
    row_id = logger.log(input="q", output="a", scores={"s": 0.5}, metadata={"user": 1}, tags=["x"])
    logger.flush()
    row = server.rows[row_id]
    assert (row["input"], row["output"], row["scores"], row["tags"]) == ("q", "a", {"s": 0.5}, ["x"])
    assert "end" in row["metrics"]


def test_feedback_merges_scores_and_writes_a_comment_row(logger: assay.Logger, server: LogServer) -> None:
    row_id = logger.log(input="q", output="a")
    assay.log_feedback(row_id, scores={"thumbs": 1}, comment="good", tags=["seen"], metadata={"user_id": "u"})
    assay.flush()
    assert server.rows[row_id]["scores"] == {"thumbs": 1}
    assert server.rows[row_id]["tags"] == ["seen"]
    patch = server.written()[1]
    assert (patch["_is_merge"], patch["_audit_source"], patch["_audit_metadata"]) == (
        True,
        "external",
        {"user_id": "u"},
    )
    (comment,) = [row for row in server.rows.values() if "comment" in row]
    assert comment["origin"] == {"id": row_id}
    assert comment["comment"] == {"text": "good"}
    assert "_is_merge" not in comment


def test_update_span_reaches_a_span_by_its_export(logger: assay.Logger, server: LogServer) -> None:
    span = logger.start_span("later", metadata={"a": 1})
    exported = span.export()
    span.end()
    assay.flush()
    assay.update_span(exported, output="late", metadata={"b": 2})
    assay.flush()
    row = server.span("later")
    assert (row["output"], row["metadata"]) == ("late", {"a": 1, "b": 2})


def test_masking_changes_what_leaves_and_hides_what_it_cannot_mask(
    logger: assay.Logger, server: LogServer
) -> None:
    def mask(value: object) -> object:
        if value in ("explode", {"explode": 1}):
            raise RuntimeError("boom")
        return "***" if isinstance(value, str) else value

    assay.set_masking_function(mask)
    with assay.start_span("masked", input="secret", metadata={"k": "v"}) as span:
        span.log(output="explode")
    with assay.start_span("numbers", error="known", scores={"explode": 1}):
        pass
    assay.flush()
    row = server.span("masked")
    assert (row["input"], row["metadata"]) == ("***", {"k": "v"})
    assert row["output"] == "masking failed for output: RuntimeError"
    numbers = server.span("numbers")  # a text among the scores would be refused, and the row with it
    assert numbers["error"] == "***; masking failed for scores: RuntimeError"
    assert "scores" not in numbers
    assert "explode" not in str(server.batches)


def test_a_synchronous_logger_delivers_at_the_end_of_each_trace(state: State, server: LogServer) -> None:
    logger = assay.init_logger("p", async_flush=False)

    @assay.traced
    def handler() -> str:
        assay.start_span("inside").end()
        return "answered"

    handler()
    assert server.span("handler")["output"] == "answered"
    assert server.named("inside")
    row_id = logger.log(input="next")
    assert server.rows[row_id]["input"] == "next"


def test_feedback_needs_somewhere_to_go(state: State) -> None:
    with pytest.raises(assay.ConfigError, match="init_logger"):
        assay.log_feedback("row", scores={"s": 1})
