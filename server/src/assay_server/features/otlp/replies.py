"""Answers in the encoding of the request: OTLP's response message, and google.rpc.Status for errors."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response

from assay_server.errors import AssayError
from assay_server.http.errors import error_response, request_id_of

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_PROTOBUF_NAMES = (PROTOBUF, "application/protobuf")

# The canonical codes of google.rpc.Code; 2 is UNKNOWN.
_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 413: 3, 415: 3, 429: 8, 501: 12, 503: 14}
_GRPC_UNKNOWN = 2


class MediaTypeUnknown(AssayError):
    """A body in neither of OTLP's two encodings."""

    status, code = 415, "media_type_unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many spans of a request were refused, and why; nothing refused is 0 and an empty text."""

    refused: int = 0
    message: str = ""


def encoding_of(request: Request) -> str:
    """`PROTOBUF` or `JSON`. Raises MediaTypeUnknown for anything else."""
    name = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if name in _PROTOBUF_NAMES:
        return PROTOBUF
    if name == JSON:
        return JSON
    raise MediaTypeUnknown(f"content type {name!r} is not taken here: send {PROTOBUF} or {JSON}")


def success(encoding: str, outcome: Outcome) -> Response:
    """200, with `partial_success` when spans were refused."""
    if encoding == JSON:
        partial = {"rejectedSpans": str(outcome.refused), "errorMessage": outcome.message}
        return Response(
            msgspec.json.encode({"partialSuccess": partial} if outcome.refused else {}), media_type=JSON
        )
    message = ExportTraceServiceResponse()
    if outcome.refused:
        message.partial_success.rejected_spans = outcome.refused
        message.partial_success.error_message = outcome.message
    return Response(message.SerializeToString(), media_type=PROTOBUF)


def failure(request: Request, error: AssayError) -> Response:
    """An error: in protobuf a Status, in JSON our own body with the Status' `code` and `message` beside it."""
    response = error_response(error, request_id_of(request.scope))
    code = _GRPC_CODES.get(error.status, _GRPC_UNKNOWN)
    content_type = request.headers.get("content-type", "")
    if content_type.split(";")[0].strip().lower() in _PROTOBUF_NAMES:
        body, media_type = (
            Status(code=code, message=f"{error.code}: {error.message}").SerializeToString(),
            PROTOBUF,
        )
    else:
        ours = error.body(request_id_of(request.scope))
        body, media_type = msgspec.json.encode({"code": code, "message": error.message, **ours}), JSON
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in ("content-length", "content-type")
    }
    return Response(body, error.status, headers, media_type=media_type)
