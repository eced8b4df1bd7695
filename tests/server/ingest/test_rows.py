"""Decoding and checking of rows: lossless where possible, a precise error where not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.merge import merge_rows
from assay_server.engines.halves import replace_lone_surrogates
from assay_server.engines.ingest.rawmerge import delete_members, merge_text
from assay_server.engines.ingest.rows import (
    RowRejected,
    decode_row,
    normalise,
    unescape,
)


def fields(text: str) -> dict[str, bytes]:
    return normalise(decode_row(text.encode(), 3), 3, now_us=1).fields


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('{"input": 123456789012345678901234567890}', b"123456789012345678901234567890"),
        ('{"input": 1.10}', b"1.10"),
        ('{"input": {"a":1,"a":2}}', b'{"a":1,"a":2}'),
        (
            '{"input": "caf\\u00e9 \\ud83d\\ude00 \\u0000 \\\\u00e9"}',
            b'"caf\xc3\xa9 \\ud83d\\ude00 \\u0000 \\\\u00e9"',
        ),
        ('{"input": "\\ud800 lone"}', '"\ufdd0\ue000 lone"'.encode()),
        ('{"input": "\\ufdd0"}', '"\ufdd0\ufdd0"'.encode()),
        ('{"output": null}', b"null"),
    ],
)
def test_payloads_stay_what_was_sent(sent: str, kept: bytes) -> None:
    (value,) = fields(sent).values()
    assert value == kept


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ('{"metadata": []}', "row 3: metadata must be an object, not a list"),
        ('{"scores": {"a": "high"}}', "row 3: scores must be an object of numbers or nulls"),
        ('{"tags": "x"}', "row 3: tags must be a list of strings"),
        ('{"created": "yesterday"}', "row 3: created 'yesterday' is not an ISO 8601 time"),
        ('{"created": "0001-01-01T00:00:00Z"}', "outside 1900–2200"),
        ('{"id": 5}', "row 3: Expected `str | null`, got `int` - at `$.id`"),
        ('{"id": "a\\u0000b"}', "row 3: id must be at most 1,024 characters without NUL"),
        ('{"input": NaN}', "row 3 is not JSON"),
        ('{"input": ' + "[" * 5000 + "]" * 5000 + "}", "row 3 is nested deeper than 1,000 levels"),
        ('{"comment": {"text": "x"}}', "row 3: a comment needs origin.id"),
        ('{"_array_delete": 5}', "row 3: _array_delete must be a list of"),
        ('{"_array_delete": [{"path": []}]}', "row 3: _array_delete must be a list of"),
        ('{"_array_delete": [{"path": ["a"]}]}', "missing required field `delete`"),
        (
            '{"_array_delete": [{"path": ["a"], "delete": 1}]}',
            "Expected `array`, got `int` - at `$[0].delete`",
        ),
        (
            '{"_array_delete": [{"path": [1], "delete": [1]}]}',
            "Expected `str`, got `int` - at `$[0].path[0]`",
        ),
        ('{"id": "\\ud800"}', "row 3: an id holds half of a surrogate pair"),
        ('{"tags": ["\\ud800"]}', "row 3: tags holds half of a surrogate pair"),
        ('{"scores": {"\\udc00": 1}}', "row 3: scores holds half of a surrogate pair"),
        ('{"span_parents": ["a\\u0000"]}', "row 3: id must be at most 1,024 characters without NUL"),
        ('{"root_span_id": "' + "r" * 1025 + '"}', "row 3: id must be at most 1,024 characters"),
        ('["not a row"]', "row 3: Expected `object`, got `array`"),
    ],
)
def test_bad_rows_say_what_is_wrong(sent: str, message: str) -> None:
    with pytest.raises(RowRejected) as caught:
        fields(sent)
    assert message in caught.value.message
    assert caught.value.details["row"] == 3


def test_times_keep_their_microseconds() -> None:
    for text in (
        "2026-11-21T00:23:59.123456789Z",
        "2026-11-21T02:23:59.123456+02:00",
        "2026-11-21T00:23:59.123456",
    ):
        row = normalise(decode_row(json.dumps({"created": text}).encode(), 0), 0, now_us=1)
        assert row.created_us == 1_795_220_639_123_456


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, json_values)
def test_merging_text_equals_merging_values(old: object, new: object) -> None:
    merged = merge_text("metadata", json.dumps(old).encode(), json.dumps(new).encode())
    assert json.loads(merged) == merge_rows({"metadata": old}, {"metadata": new})["metadata"]


@given(st.text())
def test_unescape_keeps_the_value(text: str) -> None:
    assert json.loads(unescape(json.dumps(text).encode())) == text


@given(st.text(st.characters(exclude_categories=())))
def test_surrogate_replacement_makes_valid_json_text(text: str) -> None:
    repaired = json.loads(replace_lone_surrogates(json.dumps(text).encode()))
    assert repaired.encode("utf-8") is not None
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert len(repaired) >= len(paired) // 2


def test_taking_members_out_of_a_list_leaves_the_other_bytes_alone() -> None:
    long = b"9" * 6000
    fields = {"metadata": b'{"l": [1, 1.10, "x", {"a":2}, ' + long + b'], "n": 1.50}', "input": b"[1]"}
    instructions = (
        b'[{"path": ["metadata", "l"], "delete": [1, {"a": 2}]}, {"path": ["metadata", "n"], "delete": [1]},'
        b' {"path": ["metadata", "no"], "delete": [1]}, {"path": ["output"], "delete": [1]}]'
    )
    left = delete_members(fields, instructions)
    assert left == {"metadata": b'{"l":[1.10,"x",' + long + b'],"n":1.50}', "input": b"[1]"}


@given(st.lists(json_values, max_size=4), st.lists(json_values, max_size=2))
def test_taking_members_out_of_text_equals_taking_them_out_of_values(
    old: list[object], gone: list[object]
) -> None:
    entry = [{"path": ["input", "l"], "delete": [*gone, *old[:1]]}]
    left = delete_members({"input": json.dumps({"l": old}).encode()}, json.dumps(entry).encode())
    assert json.loads(left["input"]) == merge_rows({"input": {"l": old}}, {"_array_delete": entry})["input"]


def test_a_context_that_became_a_text_costs_no_row() -> None:
    assert fields('{"context": "masking failed"}') == {"context": b'"masking failed"'}
