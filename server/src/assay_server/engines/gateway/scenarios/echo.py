"""The last resort: repeats what it was asked, and fills whatever tool or JSON schema it is forced into."""

from __future__ import annotations

import msgspec

from assay_server.engines.gateway.scenario import ChatRequest, Reply, ToolCall
from assay_server.engines.gateway.schema_fill import fill

PRIORITY = 1000
_LONGEST_ECHO = 500


def matches(request: ChatRequest) -> bool:
    """Always."""
    return True


def reply(request: ChatRequest) -> Reply:
    """The user's words back; a value by chance where a schema is demanded."""
    said = request.last_user.strip()[:_LONGEST_ECHO]
    if request.forced_tool is not None:
        tool = request.tool(request.forced_tool) or {}
        value = fill(tool.get("parameters") or {"type": "object"}, said, request.random("tool"))
        return Reply(tool_calls=[ToolCall(request.forced_tool, value)])
    if request.schema is not None:
        return Reply(text=msgspec.json.encode(fill(request.schema, said, request.random("schema"))).decode())
    return Reply(
        text=f"The scripted model has no scenario for this and repeats it: {said}"
        if said
        else "Nothing asked."
    )
