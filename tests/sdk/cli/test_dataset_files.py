"""Rows out of files: what is taken, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import json

import pytest

from assay.cli.dataset_files import Mapping, read_records, to_events
from assay.cli.failures import CommandFailed


def events(text: str, fmt: str, **mapping: str) -> list[dict[str, object]]:
    """The events of a file, without the ids that are made up."""
    found = to_events(read_records(text.encode(), fmt=fmt, name="file"), Mapping(**mapping))
    return [{key: value for key, value in event.items() if key != "id"} for event in found]


def test_jsonl_fields_are_taken_and_the_rest_is_metadata() -> None:
    first = '{"input": {"q": 1}, "expected": [2], "metadata": {"a": 1}, "tier": "gold"}'
    text = first + '\n\n{"input": "x", "tags": ["t"]}\n'
    assert events(text, "jsonl") == [
        {"input": {"q": 1}, "expected": [2], "metadata": {"a": 1, "tier": "gold"}},
        {"input": "x", "tags": ["t"]},
    ]


@pytest.mark.parametrize(
    "text", ['[{"input": 1}]', '{"rows": [{"input": 1}]}', '{"events": [{"input": 1}]}', '{"input": 1}']
)
def test_json_arrays_envelopes_and_single_objects(text: str) -> None:
    assert events(text, "json") == [{"input": 1}]


def test_csv_keeps_text_as_text_and_reads_json_cells() -> None:
    text = 'input,expected,tags,zip\n"{""q"": [1]}",007,"a, b",01234\n"line one\nline two",,,\n'
    assert events(text, "csv") == [
        {"input": {"q": [1]}, "expected": "007", "tags": ["a", "b"], "metadata": {"zip": "01234"}},
        {"input": "line one\nline two", "metadata": {"zip": None}},
    ]


def test_csv_with_a_byte_order_mark_and_an_unfinished_brace() -> None:
    assert events("\ufeffinput\n{not json\n", "csv") == [{"input": "{not json"}]


def test_columns_can_be_named() -> None:
    text = "question,answer,key,topic\nwhy?,because,k1,life\n"
    records = read_records(text.encode(), fmt="csv", name="file")
    assert to_events(records, Mapping(input="question", expected="answer", id="key")) == [
        {"id": "k1", "input": "why?", "expected": "because", "metadata": {"topic": "life"}}
    ]


def test_a_server_row_comes_back_as_it_was() -> None:
    row = {
        "id": "r1",
        "input": 1,
        "expected": None,
        "_xact_id": "1000",
        "created": "2026-01-01",
        "is_root": True,
    }
    assert to_events(read_records(json.dumps([row]).encode(), fmt="json", name="f"), Mapping()) == [
        {"id": "r1", "input": 1}
    ]


def test_columns_called_like_server_columns_survive_in_a_file_of_ones_own() -> None:
    assert events("input,created,output\nx,today,y\n", "csv") == [
        {"input": "x", "metadata": {"created": "today", "output": "y"}}
    ]


def test_rows_without_id_get_different_ones() -> None:
    found = to_events([{"input": 1}, {"input": 1}, {"input": 2, "id": ""}, {"input": 3, "id": 7}], Mapping())
    assert len({event["id"] for event in found}) == 4
    assert found[3]["id"] == "7"


@pytest.mark.parametrize(
    ("text", "fmt", "message"),
    [
        ('{"input": 1}\n{"input": }\n', "jsonl", "file, line 2 is not JSON"),
        ('{"input": 1}\n[2]\n', "jsonl", "file, line 2 is list, not an object"),
        ("[1]", "json", "file, item 1 is int, not an object"),
        ('"x"', "json", "must hold an array"),
        ("nope", "json", "file is not JSON"),
        ('{"input": 1}\n{"expected": 1}\n', "jsonl", "row 2 has no input"),
        ('{"input": 1, "metadata": [1]}', "jsonl", "row 1: metadata must be an object, not list"),
        ('{"input": 1, "tags": "a"}', "jsonl", "row 1: tags must be a list of texts"),
        ("input,input\n1,2\n", "csv", "several columns called input"),
        ("input,b\n1\n", "csv", "row 1 has 1 cells where the heading has 2"),
        ('input\n"open\n', "csv", "file is not CSV"),
    ],
)
def test_bad_rows_are_named(text: str, fmt: str, message: str) -> None:
    with pytest.raises(CommandFailed, match=message):
        events(text, fmt)


def test_a_missing_column_says_which_there_are() -> None:
    with pytest.raises(CommandFailed, match="row 1 has no column 'question': it has q, a"):
        events("q,a\n1,2\n", "csv", input="question")


def test_unknown_endings_and_other_encodings() -> None:
    with pytest.raises(CommandFailed, match=r"cannot tell the format of 'rows.txt'"):
        read_records(b"", fmt=None, name="rows.txt")
    with pytest.raises(CommandFailed, match=r"not UTF-8 text \(byte 1\)"):
        read_records(b"a\xff", fmt="csv", name="rows.csv")
    assert read_records(b'{"input":1}', fmt=None, name="rows.NDJSON") == [{"input": 1}]


def test_huge_cells_are_read() -> None:
    assert events(f"input\n{'x' * 500_000}\n", "csv") == [{"input": "x" * 500_000}]
