"""Model calls → one list of chat messages.

Providers are sent the whole conversation at every call. A call adds what its input has beyond the messages that the
call before it had already, and its output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Message = dict[str, Any]


def conversation(calls: Iterable[Mapping[str, Any]]) -> list[Message]:
    """The messages of model calls, given by `input` and `output` in the order of their start.

    Messages stay what was logged. Text that is no message becomes one: of the user in an input, of the assistant in
    an output; other values are in it as JSON text.
    """
    thread: list[Message] = []
    shown: list[Message] = []
    for call in calls:
        asked, answered = messages_of(call["input"], "user"), messages_of(call["output"], "assistant")
        thread += asked[_shared(shown, asked) :] + answered
        shown = asked + answered
    return thread


def messages_of(value: Any, role: str) -> list[Message]:
    """The messages in an input or output of a model call; `role` is whose it is when it does not say."""
    if isinstance(value, Mapping):
        for name in ("messages", "choices"):
            if isinstance(value.get(name), list):
                return messages_of(value[name], role)
    if isinstance(value, list) and any(_known(one) for one in value):
        return [_message(one, role) for one in value]
    return [] if value in (None, "", [], {}) else [_message(value, role)]


def _message(value: Any, role: str) -> Message:
    return _known(value) or {
        "role": role,
        "content": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
    }


def _known(value: Any) -> Message | None:
    """A message of chat completions as it is, an item of the responses API as one; None for other values."""
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("message"), Mapping):
        return _known(value["message"])
    if isinstance(value.get("role"), str):
        return dict(value)
    if value.get("type") == "function_call":
        function = {"name": value.get("name"), "arguments": value.get("arguments")}
        call = {"id": value.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if value.get("type") == "function_call_output":
        return {"role": "tool", "tool_call_id": value.get("call_id"), "content": value.get("output")}
    return None


def _shared(shown: list[Message], asked: list[Message]) -> int:
    """How many messages `asked` begins with that were shown."""
    for at, (old, new) in enumerate(zip(shown, asked, strict=False)):
        if _same(old) != _same(new):
            return at
    return min(len(shown), len(asked))


def _same(message: Message) -> tuple[Any, ...]:
    """What a message keeps when it is sent again: an answer has more fields than its repetition."""
    calls = message.get("tool_calls")
    return message["role"], _text(message.get("content")), message.get("tool_call_id"), len(calls or ())


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else json.dumps(content, sort_keys=True)
    return "\n".join(
        str(part["text"])
        if isinstance(part, Mapping) and isinstance(part.get("text"), str)
        else json.dumps(part)
        for part in content
    )
