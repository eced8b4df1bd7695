"""`POST /function/invoke`: threads of traces; every other function is answered with 501."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from assay_server.errors import BadRequest, NotBuilt
from assay_server.features.threads.service import PREPROCESSORS, thread
from assay_server.features.threads.types import Invocation, TraceInput, TraceRef
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute

router = APIRouter(tags=["prompts and functions"], route_class=ObjectRoute)


@router.post("/function/invoke")
async def invoke(request: Request, actor: CurrentActor, body: Invocation | None = None) -> Response:
    """The messages of a trace's model calls, by `global_function` `thread` or `project_default`."""
    name = body.global_function if body else None
    if body is None or name not in PREPROCESSORS or body.function_type not in (None, "preprocessor"):
        raise NotBuilt(
            "Functions are stored, not run. Of the global ones the preprocessors thread and project_default are; "
            "run code where it is, with `assay eval` or the SDK."
        )
    found = await thread(request.app.state.services, actor, str(name), _trace(body))
    result = msgspec.json.encode(found)
    if body.stream:
        events = b"event: json_delta\ndata: " + result + b"\n\nevent: done\ndata: \n\n"
        return Response(events, media_type="text/event-stream")
    return Response(result, media_type="application/json")


def _trace(body: Invocation) -> TraceRef:
    try:
        return TraceInput.model_validate(body.input).trace_ref
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in ("input", *first["loc"]))
        raise BadRequest(
            f"{where}: {first['msg']}. A preprocessor takes the input "
            '{"trace_ref": {"object_type", "object_id", "root_span_id"}}.',
            code="body_invalid",
        ) from None
