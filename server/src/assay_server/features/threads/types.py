"""Bodies of calls of functions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from assay_server.http.models import Wire


class TraceRef(Wire):
    """A trace."""

    object_type: Literal["project_logs", "experiment", "playground_logs"]
    object_id: str = Field(min_length=1, max_length=1000)
    root_span_id: str = Field(min_length=1, max_length=1000)


class Invocation(Wire):
    """A call of a function. Only the preprocessors `thread` and `project_default` run here."""

    global_function: str | None = None
    function_type: str | None = None
    input: Any = Field(
        None, description="For a preprocessor `{trace_ref: {object_type, object_id, root_span_id}}`"
    )
    stream: bool | None = Field(None, description="Answer as server-sent events: `json_delta`, then `done`")


class TraceInput(Wire):
    """The input of a preprocessor."""

    trace_ref: TraceRef
