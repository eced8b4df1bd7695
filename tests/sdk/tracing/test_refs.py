"""The notation of exported spans."""

from __future__ import annotations

import base64
import contextlib
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidReference
from assay.core.refs import SpanRef, decode_ref, encode_ref, format_traceparent, parse_traceparent

UUIDS = st.uuids().map(str)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
HEX16 = st.binary(min_size=8, max_size=8).map(bytes.hex)
HEX32 = st.binary(min_size=16, max_size=16).map(bytes.hex)
OBJECTS = st.dictionaries(TEXTS, TEXTS | st.integers(-(2**53), 2**53), min_size=1, max_size=3)


@given(
    ref=st.builds(
        SpanRef,
        object_type=st.sampled_from(["experiment", "project_logs", "playground_logs"]),
        object_id=st.none() | UUIDS | TEXTS,
        metadata_args=st.none() | OBJECTS,
        row_id=st.none() | UUIDS | TEXTS,
        span_id=st.none() | HEX16 | UUIDS | TEXTS,
        root_span_id=st.none() | HEX32 | UUIDS | TEXTS,
        propagated_event=st.none() | OBJECTS,
    )
)
def test_every_reference_survives_the_round_trip(ref: SpanRef) -> None:
    assert decode_ref(encode_ref(ref)) == ref


def test_ids_of_fixed_form_are_packed_as_the_contract_says() -> None:
    object_id, row_id = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    slug = encode_ref(
        SpanRef(
            object_type="project_logs", object_id=object_id, row_id=row_id, span_id="0123456789abcdef",
            root_span_id="00112233445566778899aabbccddeeff",
        )
    )  # fmt: skip
    assert base64.b64decode(slug) == (
        bytes([4, 2, 4])
        + b"\x01" + uuid.UUID(object_id).bytes
        + b"\x02" + uuid.UUID(row_id).bytes
        + b"\x03" + bytes.fromhex("0123456789abcdef")
        + b"\x04" + bytes.fromhex("00112233445566778899aabbccddeeff")
    )  # fmt: skip


def test_a_parent_without_an_id_names_its_project_in_the_tail() -> None:
    data = base64.b64decode(
        encode_ref(SpanRef(object_type="project_logs", metadata_args={"project_name": "p"}))
    )
    assert data[:3] == bytes([4, 2, 0])
    assert json.loads(data[3:]) == {"compute_object_metadata_args": {"project_name": "p"}}


def test_version_3_slugs_and_unknown_keys_are_read() -> None:
    ids = [uuid.UUID(int=n) for n in (1, 2, 3, 4)]
    packed = b"".join(bytes([code]) + value.bytes for code, value in enumerate(ids, start=1))
    slug = base64.b64encode(bytes([3, 1, 4]) + packed + b'{"later":1,"propagated_event":{"a":1}}').decode()
    found = decode_ref(slug)
    assert (found.object_type, found.object_id, found.span_id) == ("experiment", str(ids[0]), str(ids[2]))
    assert found.propagated_event == {"a": 1}


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()))
def test_other_text_is_refused_or_read_but_never_crashes(text: str) -> None:
    with contextlib.suppress(InvalidReference):
        assert isinstance(decode_ref(text), SpanRef)


def test_an_older_version_says_so() -> None:
    with pytest.raises(InvalidReference, match="version 1"):
        decode_ref(base64.b64encode(bytes([1, 1, 0])).decode())


def test_traceparent_round_trip() -> None:
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    header = format_traceparent(trace, span)
    assert header == f"00-{trace}-{span}-01"
    assert parse_traceparent(header) == (trace, span)
    assert parse_traceparent(f" 00-{trace.upper()}-{span}-00 ") == (trace, span)


@pytest.mark.parametrize(
    "header",
    ["", "00-abc-def-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
     "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"],
)  # fmt: skip
def test_headers_the_standard_calls_invalid_are_no_parent(header: str) -> None:
    assert parse_traceparent(header) is None


def test_ids_that_are_not_hex_have_no_traceparent() -> None:
    assert format_traceparent(str(uuid.uuid4()), str(uuid.uuid4())) is None
