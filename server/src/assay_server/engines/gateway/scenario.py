"""What a scenario file of the scripted model is written against.

A scenario is a Python module with

    PRIORITY: int                                  lower is asked first; the echo scenario is 1000
    def matches(request: ChatRequest) -> bool      is this call mine?
    def reply(request: ChatRequest) -> Reply       the answer

`reply` must depend on the request only. Chance comes from `request.random("purpose")`, which is seeded by the
model, the messages before the first assistant message, and the request's `seed`: the same call gets the same
answer, every turn of one conversation sees the same luck, and another `seed` is another trial.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import msgspec

from assay_server.errors import BadRequest

_MAX_SUFFIXES = 16
_JUDGE_MARK = re.compile(r"^\s*\[judge:\s*([^\]\n]+?)\s*\]")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool the request offers."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A scripted answer: text, tool calls, or both."""

    text: str = ""
    tool_calls: Sequence[ToolCall] = ()


class Scenario(Protocol):
    """The shape of a scenario module."""

    __name__: str
    PRIORITY: int

    def matches(self, request: ChatRequest) -> bool:
        """Whether this scenario answers the request."""
        ...

    def reply(self, request: ChatRequest) -> Reply:
        """The answer."""
        ...


@dataclass(frozen=True)
class ChatRequest:
    """A chat request as scenarios see it; `choice` counts from 0 when several answers (`n`) are wanted."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]] = ()
    forced_tool: str | None = None
    schema: Mapping[str, Any] | None = None
    seed: int | None = None
    choice: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def system(self) -> str:
        """All system and developer messages as one text."""
        return "\n".join(text_of(m) for m in self.messages if m["role"] in ("system", "developer"))

    @cached_property
    def last_user(self) -> str:
        """The newest user message, "" when there is none."""
        return next((text_of(m) for m in reversed(self.messages) if m["role"] == "user"), "")

    @cached_property
    def judge(self) -> str | None:
        """The name on a first line such as `[judge: Variety]`, in whatever message comes first."""
        for message in self.messages:
            if found := _JUDGE_MARK.match(text_of(message)):
                return found.group(1)
        return None

    def tool(self, name: str) -> Mapping[str, Any] | None:
        """The function description of an offered tool (`name`, `description`, `parameters`)."""
        return next((tool for tool in self.tools if tool.get("name") == name), None)

    @cached_property
    def turn(self) -> Sequence[Mapping[str, Any]]:
        """The messages after the newest user message: the calls and results of the turn going on."""
        for index in range(len(self.messages) - 1, -1, -1):
            if self.messages[index]["role"] == "user":
                return self.messages[index + 1 :]
        return self.messages

    def results(self, tool: str) -> list[Any]:
        """What calls of one tool returned in this turn, oldest first; JSON is decoded, other text stays
        text.
        """
        names = {
            call.get("id"): (call.get("function") or {}).get("name")
            for message in self.turn
            for call in message.get("tool_calls") or ()
        }
        return [
            _decoded(text_of(message))
            for message in self.turn
            if message["role"] == "tool" and names.get(message.get("tool_call_id")) == tool
        ]

    def random(self, purpose: str) -> random.Random:
        """A generator that always starts the same for this conversation, seed and purpose."""
        opening: list[Mapping[str, Any]] = []
        for message in self.messages:
            if message["role"] == "assistant":
                break
            opening.append(message)
        key = msgspec.json.encode([self.model, opening, self.seed, self.choice, purpose], order="sorted")
        return random.Random(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message whose content is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def read_chat(model: str, body: Mapping[str, Any]) -> ChatRequest:
    """Check and reshape the body of a chat request. Raises BadRequest naming what is wrong."""
    messages = _messages(body.get("messages"), "messages")
    tools = _functions(body.get("tools"))
    choice = body.get("tool_choice")
    seed = body.get("seed")
    return ChatRequest(
        model=model,
        messages=messages,
        tools=[] if choice == "none" else tools,
        forced_tool=_forced(choice, tools),
        schema=_response_schema(body.get("response_format")),
        seed=seed if isinstance(seed, int) else None,
        extra=body,
    )


def read_suffixes(body: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """`suffix_messages`: conversations that each go on from the shared messages and get an answer of their own.

    None or at most 16. Raises BadRequest naming what is wrong.
    """
    suffixes = body.get("suffix_messages")
    if suffixes is None:
        return []
    if not isinstance(suffixes, list) or len(suffixes) > _MAX_SUFFIXES:
        raise BadRequest(f"`suffix_messages` must be a list of at most {_MAX_SUFFIXES} lists of messages.")
    return [_messages(suffix, f"suffix_messages[{at}]") for at, suffix in enumerate(suffixes)]


def _messages(messages: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(messages, list) or not messages:
        raise BadRequest(f"`{name}` must be a list with at least one message.")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest(f"{name}[{index}] must be an object with a `role`.", index=index)
    return messages


def _functions(tools: Any) -> list[Mapping[str, Any]]:
    if tools is None:
        return []
    if not isinstance(tools, list):
        raise BadRequest("`tools` must be a list.")
    functions: list[Mapping[str, Any]] = []
    for index, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise BadRequest(f"tools[{index}] must be a function tool with a name.", index=index)
        functions.append(function)
    return functions


def _forced(choice: Any, tools: Sequence[Mapping[str, Any]]) -> str | None:
    if choice == "required":
        if not tools:
            raise BadRequest('`tool_choice` is "required" but no tools are offered.')
        return str(tools[0]["name"])
    if not isinstance(choice, dict):
        return None
    name = (choice.get("function") or {}).get("name")
    if name not in [tool["name"] for tool in tools]:
        raise BadRequest(f"`tool_choice` names {name!r}, which is not among the tools offered.")
    return str(name)


def _response_schema(response_format: Any) -> Mapping[str, Any] | None:
    if not isinstance(response_format, dict):
        return None
    if response_format.get("type") == "json_object":
        return {"type": "object"}
    schema = (response_format.get("json_schema") or {}).get("schema")
    return schema if isinstance(schema, dict) else None


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
