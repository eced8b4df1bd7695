"""What a request is told when the server cannot look up a parent."""

from __future__ import annotations

import pytest

from assay_server.engines.authz import ObjectRef
from assay_server.engines.otel.protobuf import read_protobuf
from assay_server.engines.otel.rows import Place
from assay_server.errors import AssayError, BadRequest, Forbidden, TooMany, Unavailable
from assay_server.features.otlp import service
from assay_server.features.otlp.service import read_export
from tests.server.otlp.spans import SPAN, protobuf_request

BODY = protobuf_request({}, {"span_id": "00000000000000a1"}).SerializeToString()


@pytest.mark.parametrize("trouble", [TooMany("slow down"), Unavailable("down")])
def test_what_can_be_sent_again_fails_whole(trouble: AssayError) -> None:
    def resolve(_reference: str, _source: str) -> Place:
        raise trouble

    with pytest.raises(type(trouble)):
        read_export(read_protobuf(BODY), "project_name:p", resolve, header_name="h")


def test_what_cannot_refuses_its_spans_and_is_asked_once() -> None:
    asked: list[str] = []

    def resolve(reference: str, _source: str) -> Place:
        asked.append(reference)
        raise Forbidden("not yours")

    export = read_export(read_protobuf(BODY), "project_name:p", resolve, header_name="h")
    assert (export.rows, len(export.refused), asked) == ([], 2, ["project_name:p"])
    assert export.message() == "2 of 2 spans were refused: not yours"


def test_too_many_spans_are_refused_before_they_are_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_SPANS", 1)
    place = Place(ObjectRef("p", "project_logs", "p", "name", "o"))
    with pytest.raises(BadRequest, match="at most 1 spans"):
        read_export(read_protobuf(BODY), "x", lambda _reference, _source: place, header_name="h")
    monkeypatch.setattr(service, "MAX_SPANS", 2)
    export = read_export(read_protobuf(BODY), "x", lambda _reference, _source: place, header_name="h")
    assert [row.id for row in export.rows] == [SPAN, "00000000000000a1"]
