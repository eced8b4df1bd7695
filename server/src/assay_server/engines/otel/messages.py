"""Chat messages of every notation in OpenAI's, which is what the rest of Assay reads.

A message is known by its looks, not by who sent it: GenAI's `parts`, the AI SDK's `tool-call` content, flat
tool calls of indexed attributes. What is not recognised stays as it is, and no field is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay_server.engines.otel.values import json_text, parse_structure

_FINISH = {"tool_call": "tool_calls", "tool-calls": "tool_calls", "content-filter": "content_filter"}
_CALLS = ("tool_call", "tool-call")
_RESULTS = ("tool_call_response", "tool-result")
_ASIDES = {"reasoning": "reasoning_content", "refusal": "refusal"}
"""Parts that are fields of their own in OpenAI's messages."""


def chat(value: Any) -> Any:
    """A list of messages in OpenAI's shape; a single message becomes a list, anything else stays."""
    found = parse_structure(value)
    if isinstance(found, dict) and "role" in found:
        found = [found]
    if not _is_chat(found):
        return value if isinstance(value, str) else found
    return [message for original in found for message in _messages(original)]


def choices(value: Any) -> Any:
    """Answers of a model as OpenAI's `choices`; a list that is more than answers stays a list of messages."""
    messages = chat(value)
    if not _is_chat(messages) or any(message.get("role", "assistant") != "assistant" for message in messages):
        return messages
    return [_choice(index, message) for index, message in enumerate(messages)]


def answer(
    text: Any, *, tool_calls: Any = None, reasoning: Any = None, finish_reason: Any = None
) -> list[dict[str, Any]] | None:
    """One answer put together from its pieces, as `choices`; None when there is no piece."""
    if text is None and tool_calls is None and reasoning is None:
        return None
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if reasoning is not None:
        message["reasoning_content"] = reasoning
    calls = parse_structure(tool_calls)
    if isinstance(calls, list) and calls and all(isinstance(call, dict) for call in calls):
        message["tool_calls"] = [_tool_call(call) for call in calls]
    elif calls not in (None, []):
        message["tool_calls"] = calls
    if finish_reason is not None:
        message["finish_reason"] = finish_reason
    return [_choice(0, message)]


def with_system(instructions: Any, messages: Any) -> Any:
    """The messages with the instructions, text or parts, as a system message in front."""
    found = parse_structure(instructions)
    if found in (None, "", []):
        return messages
    held = {"parts": found} if isinstance(found, list) else {"content": found}
    system = _messages({"role": "system", **held})
    return [*system, *messages] if isinstance(messages, list) else system


def tools(value: Any) -> Any:
    """Tools on offer as OpenAI's list, from definitions in JSON or flat ones; anything else stays."""
    found = parse_structure(value)
    if not isinstance(found, list):
        return found
    return [_tool(parse_structure(item)) for item in found]


def _tool(item: Any) -> Any:
    if not isinstance(item, dict) or "function" in item or not isinstance(item.get("name"), str):
        return item
    if item.get("type", "function") != "function":  # a tool of the provider's
        return item
    function = {name: value for name, value in item.items() if name != "type"}
    schema = next((key for key in ("parameters", "inputSchema", "input_schema") if key in function), None)
    if schema is not None:
        function["parameters"] = parse_structure(function.pop(schema))
    return {"type": "function", "function": function}


def _is_chat(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and ("role" in item or "parts" in item or "content" in item) for item in value
    )


def _choice(index: int, message: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in message.items() if name != "finish_reason"}
    found: dict[str, Any] = {"index": index, "message": kept}
    reason = message.get("finish_reason")
    if reason:
        found["finish_reason"] = _FINISH.get(reason, reason) if isinstance(reason, str) else reason
    return found


def _messages(original: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One message, or several where one carries the results of several tools."""
    message = dict(original)
    if isinstance(message.get("tool_calls"), list):
        message["tool_calls"] = [
            _tool_call(call) if isinstance(call, dict) else call for call in message["tool_calls"]
        ]
    parts = message.pop("parts", message.get("content"))
    if not _are_parts(parts):
        return [{**message, "content": parts}]
    return _from_parts(_without(message, "content"), parts)


def _are_parts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(part, dict) and isinstance(part.get("type"), str) for part in value
    )


def _from_parts(message: dict[str, Any], parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results = [_tool_result(message, part) for part in parts if part["type"] in _RESULTS]
    others = [part for part in parts if part["type"] not in _RESULTS]
    if results and not others:
        return results
    calls = [_tool_call(part) for part in others if part["type"] in _CALLS]
    asides = [part for part in others if _is_aside(part)]
    said = [part for part in others if part["type"] not in _CALLS and not _is_aside(part)]
    message = {"role": message.pop("role", "assistant"), "content": _content(said), **message}
    for part in asides:
        name = _ASIDES[part["type"]]
        message[name] = "\n".join(filter(None, (message.get(name), _text_of(part))))
    if calls:
        message["tool_calls"] = calls
    return [*results, message]


def _is_aside(part: Mapping[str, Any]) -> bool:
    """Whether a part is nothing but such a text; a signed one, say, stays whole in the content."""
    return part["type"] in _ASIDES and part.keys() <= {"type", "content", "text", "refusal"}


def _content(parts: list[dict[str, Any]]) -> Any:
    shown = [_content_part(part) for part in parts]
    if not shown:
        return None
    only = shown[0]
    if len(shown) == 1 and only.keys() == {"type", "text"} and only["type"] == "text":
        return only["text"]
    return shown


def _content_part(part: dict[str, Any]) -> dict[str, Any]:
    kind = part["type"]
    if kind == "text":
        return {"type": "text", "text": _text_of(part), **_without(part, "type", "text", "content")}
    image = kind == "image" or part.get("modality") == "image"
    url = _url(part)
    if image and url:
        return {"type": "image_url", "image_url": {"url": url, **_without(part, "type", "modality", *_MEDIA)}}
    if kind == "blob" and url:
        return {"type": "file", "file": {"file_data": url, **_without(part, "type", *_MEDIA)}}
    return part


_MEDIA = ("uri", "url", "image", "content", "data", "mime_type", "mediaType", "mimeType")


def _url(part: Mapping[str, Any]) -> str | None:
    """Where the media of a part is: its address, or its bytes as a data URI."""
    for name in ("uri", "url", "image", "content", "data"):
        value = part.get(name)
        if isinstance(value, dict):  # {"image": {"url": …}}
            value = value.get("url")
        if isinstance(value, str) and value:
            if name in ("uri", "url") or value.startswith(("http:", "https:", "data:")):
                return value
            mime = part.get("mime_type") or part.get("mediaType") or part.get("mimeType")
            return f"data:{mime or 'application/octet-stream'};base64,{value}"
    return None


def _text_of(part: Mapping[str, Any]) -> str:
    for name in ("content", "text", "refusal"):
        if part.get(name) is not None:
            return json_text(part[name])
    return ""


_CALL_FIELDS = ("type", "id", "toolCallId", "name", "toolName", "arguments", "args", "input", "toolCallType")


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    """OpenAI's `{"id", "type": "function", "function": {"name", "arguments": JSON text}}`."""
    if isinstance(call.get("function"), dict):
        return {"type": "function", **call}
    name = _first(call, "name", "toolName")
    if name is None:
        return call
    arguments = _first(call, "arguments", "args", "input")
    function = {"name": name, "arguments": "{}" if arguments is None else json_text(arguments)}
    found = {"id": _first(call, "id", "toolCallId"), "type": "function", "function": function}
    return {**found, **_without(call, *_CALL_FIELDS)}


def _tool_result(message: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    result = _first(part, "response", "result", "output", "content")
    if isinstance(result, dict) and result.keys() == {"type", "value"}:  # the AI SDK says what kind of value
        result = result["value"]
    found: dict[str, Any] = {
        "role": "tool",
        "tool_call_id": _first(part, "id", "toolCallId"),
        "content": None if result is None else json_text(result),
    }
    name = _first(part, "name", "toolName")
    if name is not None:
        found["name"] = name
    taken = ("type", "id", "toolCallId", "response", "result", "output", "name", "toolName")
    return {**_without(message, "role"), **found, **_without(part, *taken)}


def _first(owner: Mapping[str, Any], *names: str) -> Any:
    return next((owner[name] for name in names if owner.get(name) is not None), None)


def _without(owner: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in owner.items() if name not in names}
